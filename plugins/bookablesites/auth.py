"""The callers of the API: client credentials on the token route, a bearer token and its limits on all others."""

import base64
import binascii
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import falcon

from core import Credentials, Host, Principal
from core.errors import Invalid, MalformedBody, Unauthenticated
from core.services import bookkeeping, keys
from core.services.limits import Taken, Window
from plugins.bookablesites.handlers.http import decode
from plugins.bookablesites.schemas import TokenBody
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate.errors import (
    FeatureDisabled,
    MissingClientCredentials,
    UnreadableBasicCredentials,
)
from plugins.bookablesites.translate.own_fields import NAME
from plugins.bookablesites.usecases.service_catalog import recompile_after_settings_change
from plugins.bookablesites.usecases.tokens import REALM, AccessTokens, ClientCredentials, digest, refuse_excess

_WRITES = frozenset(("POST", "PUT", "PATCH", "DELETE"))


class Gate:
    """The step before every handler: token, limits, feature."""

    def __init__(self, host: Host, access_tokens: AccessTokens) -> None:
        self._clock = host.clock
        self._limits = host.limits
        self._settings: Settings = host.settings(NAME)
        self._access_tokens = access_tokens
        self._is_compiled = False

    def enter(self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]) -> None:
        """Check token, limits and feature, in this order, for the methods the resource has."""
        if getattr(resource, "OPEN", False) or not hasattr(resource, f"on_{req.method.lower()}"):
            return
        credential = self._access_tokens.read(_bearer_token(req))
        req.context.principal = Principal(NAME, str(credential.id))
        self._count(req, resp, credential)
        if not self._settings.features.api:
            raise FeatureDisabled(feature="API")
        feature = getattr(resource, "FEATURE", None)
        if feature and not getattr(self._settings.features, feature):
            raise FeatureDisabled(feature=feature.replace("_", " "))
        keys.touch(credential, now=self._clock())
        if not self._is_compiled:
            # Once in the life of a process, whose settings do not change.
            self._is_compiled = bookkeeping.attempt(
                lambda: recompile_after_settings_change(self._settings, now=self._clock())
            )

    def _count(self, req: falcon.Request, resp: falcon.Response, credential: keys.Credential) -> None:
        windows = [Window("all", self._settings.calls_per_minute, 60, sliding=True)]
        if req.method in _WRITES:
            windows.append(Window("writes", self._settings.writes_per_minute, 60, sliding=True))
        taken = self._limits.take(f"{NAME}:{credential.id}", windows, now=self._clock())
        _set_limit_headers(resp, taken)
        refuse_excess(taken)


def _set_limit_headers(resp: falcon.Response, taken: Taken) -> None:
    """The headers describe the window with the fewest calls left."""
    usage = taken.exhausted or min(taken.usages, key=lambda usage: usage.remaining, default=None)
    if usage is not None:
        resp.set_header("X-RateLimit-Limit", str(usage.window.amount))
        resp.set_header("X-RateLimit-Remaining", str(max(0, usage.remaining)))
        resp.set_header("X-RateLimit-Reset", str(usage.reset))


def _bearer_token(req: falcon.Request) -> str:
    """The token of the ``Authorization`` header; raises Unauthenticated ("missing") without one."""
    scheme, _, token = (req.env.get("HTTP_AUTHORIZATION") or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(reason="missing")
    return token.strip()


def read_client(req: falcon.Request) -> ClientCredentials:
    """Client id and secret of a token request, from HTTP Basic or else from a JSON or form body.

    Raises:
        MissingClientCredentials: The body is not an object, or a field has the wrong type.
        UnreadableBasicCredentials: The ``Authorization: Basic`` header cannot be decoded.
        MalformedBody: The body is not JSON.
    """
    try:
        fields = decode(req, TokenBody, forms=True).sent_fields()
    except (Invalid, MalformedBody) as error:
        if isinstance(error, MalformedBody) and error.reason != "not an object":
            raise
        raise MissingClientCredentials from None
    client_id, secret = _basic_credentials(req) or (fields.get("client_id"), fields.get("client_secret"))
    return ClientCredentials(client_id or "", secret or "", fields.get("grant_type") or "")


def _basic_credentials(req: falcon.Request) -> tuple[str, str] | None:
    """Id and secret of HTTP Basic; None without that header."""
    scheme, _, encoded = (req.env.get("HTTP_AUTHORIZATION") or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise UnreadableBasicCredentials from None
    if not colon:
        raise UnreadableBasicCredentials
    return client_id, secret


def credentials(host: Host, curl: Callable[..., str], read: Callable[..., str]) -> Credentials:
    """How ``frontdesk keys`` creates a client id and secret.

    Args:
        curl: Renders a shell command that books (``demo.curl``).
        read: Renders a shell command that reads (``demo.read_command``).
    """

    def create(
        *,
        label: str = "",
        permissions: str | None = None,
        user: str | None = None,
        expires_at: datetime | None = None,
        now: datetime,
    ) -> tuple[keys.Credential, Mapping[str, str]]:
        client_id, secret = secrets.token_hex(12), secrets.token_urlsafe(32)
        credential = keys.create(
            realm=REALM,
            lookup=client_id,
            secret=digest(secret),
            now=now,
            user=user or "",
            label=label,
            tail=secret[-4:],
            expires_at=expires_at,
        )
        return credential, {"client_id": client_id, "client_secret": secret}

    def command(fields: Mapping[str, str], *, url: str, services: Mapping[str, int]) -> str:
        return curl(fields, url=url, services=services, now=host.clock())

    return Credentials(dialect=NAME, realm=REALM, create=create, curl=command, read=read)
