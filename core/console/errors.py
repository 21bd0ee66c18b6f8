"""Errors as pages: a sentence, and where to go from here."""

from urllib.parse import quote

import falcon

from core.console.context import Console
from core.console.pages.base import Page
from core.console.rendering import Templates
from core.console.steps import ForeignForm, SignInNeeded
from core.error_sentences import error_sentence
from core.errors import (
    BodyTooLarge,
    Conflict,
    DomainError,
    Forbidden,
    NotFound,
    PluginFailed,
    RateLimited,
    ServiceUnavailable,
    Vetoed,
)
from core.http.dialect import ErrorReply
from core.services.operators import LastOwner

_STATUSES: dict[type[Exception], int] = {
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    Vetoed: 409,
    BodyTooLarge: 413,
    RateLimited: 429,
    ServiceUnavailable: 503,
    DomainError: 422,
    PluginFailed: 500,
}
_TITLES = {
    400: "That cannot be read",
    403: "Not allowed",
    404: "There is no such page",
    405: "That does not work here",
    409: "That is not possible",
    413: "That is too much",
    422: "That is not possible",
    429: "Too many tries",
    503: "Not now",
}
_SENTENCES = {
    404: "The address is wrong, or what it named is gone.",
    405: "The page exists, but cannot be asked like this.",
    500: "Something went wrong on the server; its log says what.",
}
_REFUSED = "The request was refused."


class ErrorRenderer:
    """Renders errors for the console; an object of it is the dialect's ``render_error``."""

    def __init__(self, console: Console, templates: Templates) -> None:
        self._console = console
        self._page = Page(console, templates)

    def __call__(self, req: falcon.Request, error: Exception) -> ErrorReply:
        if isinstance(error, SignInNeeded):
            return self._to_sign_in(req)
        headers = dict(getattr(error, "headers", None) or {})
        if isinstance(error, falcon.HTTPError):
            status, sentence = error.status_code, ""
        else:
            status = next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), 500)
            sentence = _sentence(error)
        if isinstance(error, RateLimited | ServiceUnavailable):
            headers["Retry-After"] = str(error.retry_after)
        if "application/json" in (req.env.get("HTTP_ACCEPT") or ""):
            return ErrorReply(status, {"error": sentence or _SENTENCES.get(status, _REFUSED)}, headers)
        return ErrorReply(status, self._render(req, status, sentence), headers, "text/html; charset=UTF-8")

    def _to_sign_in(self, req: falcon.Request) -> ErrorReply:
        path = f"{self._console.base}{req.path}"
        query = f"?{req.query_string}" if req.query_string else ""
        target = f"?next={quote(path + query, safe='')}" if req.method == "GET" and len(path + query) < 1000 else ""
        location = self._console.url("sign-in") + target
        if req.env.get("HTTP_HX_REQUEST") == "true":
            return ErrorReply(401, b"", {"HX-Redirect": location})
        if "text/html" not in (req.env.get("HTTP_ACCEPT") or "text/html"):
            return ErrorReply(401, {"error": "Nobody is signed in."})
        return ErrorReply(303, b"", {"Location": location})

    def _render(self, req: falcon.Request, status: int, sentence: str) -> bytes:
        title = _TITLES.get(status, "Something went wrong")
        text = sentence or _SENTENCES.get(status, _REFUSED)
        if not hasattr(req.context, "operator"):
            req.context.operator = None
        resp = falcon.Response()
        self._page.show(req, resp, "error.html", title=title, sentence=text, status=status)
        return bytes(resp.data or b"")


def _sentence(error: Exception) -> str:
    if isinstance(error, ForeignForm):
        return "The form is no longer valid, or did not come from here. Go back, reload the page and send it again."
    if isinstance(error, PluginFailed):
        return f"The plugin {error.plugin} failed; the server's log says why."
    if isinstance(error, LastOwner):
        return "There must be at least one owner, who manages the others."
    if isinstance(error, Forbidden):
        return f"This needs the role {error.permission!r}." if error.permission else "This is not allowed."
    return error_sentence(error) if isinstance(error, DomainError) else ""
