"""What happens around every request for a page: sign-in, roles, forms that come from here, and security headers."""

import hashlib
import secrets
from typing import Any
from urllib.parse import urlsplit

import falcon

from core.console.context import Console
from core.console.rendering import FORM_PURPOSE
from core.console.static_files import StaticFiles
from core.errors import Forbidden, Unauthenticated
from core.http.body import read_body
from core.http.dialect import Principal, RequestSteps
from core.services import actors, operators

NAME = "console"
SESSION_COOKIE, VISITOR_COOKIE = "frontdesk_session", "frontdesk_visitor"
SESSION_PURPOSE = "session"
_SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
#: Seconds for which a form stays usable; as long as the longest session.
FORM_SECONDS = 7 * 24 * 3600


class SignInNeeded(Unauthenticated):
    """Nobody is signed in, or not any more."""


class ForeignForm(Forbidden):
    """A form that this console did not make, or that another session got."""


class Steps(RequestSteps):
    """The guard of all pages."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def before_handler(
        self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]
    ) -> None:
        context = req.context
        if isinstance(resource, StaticFiles):
            # The same for everybody, and a page has several of them.
            context.operator, context.form_subject = None, ""
            return
        token = self._session_token(req)
        operator = operators.find_session(token, now=self._console.clock()) if token else None
        context.operator, context.session_token = operator, token
        if operator is not None:
            context.form_subject = f"session {hashlib.sha256(token.encode()).hexdigest()[:32]}"
            context.principal = Principal(NAME, operator.name, permissions=frozenset((operator.role,)))
        else:
            context.form_subject = f"visitor {self._visitor(req, resp)}" if _is_sign_in(resource) else ""
        is_write = req.method not in _SAFE_METHODS
        if not getattr(resource, "is_open", False):
            if operator is None:
                raise SignInNeeded
            role = getattr(resource, "writes" if is_write else "reads")
            if not operator.may(role):
                raise Forbidden(reason="role", permission=role)
        if is_write:
            self._check_form(req)
            if operator is not None:
                actors.set_current(f"operator:{operator.name}")

    def after_response(self, req: falcon.Request, resp: falcon.Response, succeeded: bool) -> None:
        for name, value in SECURITY_HEADERS.items():
            if resp.get_header(name) is None:
                resp.set_header(name, value)
        if resp.get_header("Cache-Control") is None:
            resp.set_header("Cache-Control", "no-store")

    def start_session(self, req: falcon.Request, resp: falcon.Response, token: str) -> None:
        """Give the browser the cookie of a new session, and forget the visitor it was."""
        hours = self._console.config.console.session_hours
        self._set_cookie(req, resp, SESSION_COOKIE, self._console.signer.sign(SESSION_PURPOSE, token), hours * 3600)
        resp.unset_cookie(VISITOR_COOKIE, path=self._cookie_path, same_site="Strict")

    def end_session(self, resp: falcon.Response) -> None:
        """Let the browser forget its session."""
        resp.unset_cookie(SESSION_COOKIE, path=self._cookie_path, same_site="Strict")

    @property
    def _cookie_path(self) -> str:
        return f"{self._console.base}{self._console.prefix}"

    def _session_token(self, req: falcon.Request) -> str:
        token = self._console.signer.read(SESSION_PURPOSE, req.cookies.get(SESSION_COOKIE) or "")
        return token if isinstance(token, str) else ""

    def _visitor(self, req: falcon.Request, resp: falcon.Response) -> str:
        """A random word for a browser without a session, so that forms before sign-in have a token too."""
        visitor = req.cookies.get(VISITOR_COOKIE) or ""
        if len(visitor) != 22 or not visitor.replace("-", "").replace("_", "").isalnum():
            visitor = secrets.token_urlsafe(16)
            self._set_cookie(req, resp, VISITOR_COOKIE, visitor, 3600)
        return visitor

    def _set_cookie(self, req: falcon.Request, resp: falcon.Response, name: str, value: str, seconds: int) -> None:
        resp.set_cookie(
            name,
            value,
            max_age=seconds,
            path=self._cookie_path,
            secure=req.context.scheme == "https",
            http_only=True,
            same_site="Strict",
        )

    def _check_form(self, req: falcon.Request) -> None:
        """Refuse a form from another site or another session."""
        origin = req.env.get("HTTP_ORIGIN")
        if origin and origin != "null" and urlsplit(origin).netloc != (req.env.get("HTTP_HOST") or ""):
            raise ForeignForm(reason="form")
        if req.env.get("HTTP_SEC_FETCH_SITE") in ("cross-site", "same-site"):
            raise ForeignForm(reason="form")
        token = req.env.get("HTTP_X_FORM_TOKEN")
        if token is None:
            body = read_body(req, default={})
            token = body.get("form_token") if isinstance(body, dict) else None
        subject = self._console.signer.read(FORM_PURPOSE, token if isinstance(token, str) else "", max_age=FORM_SECONDS)
        if not subject or subject != req.context.form_subject:
            raise ForeignForm(reason="form")


def _is_sign_in(resource: object) -> bool:
    return bool(getattr(resource, "has_form_for_visitors", False))
