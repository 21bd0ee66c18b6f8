"""The callers of the API: client credentials on the token route, a bearer token and its limits on all others.

An access token is signed, not stored. It holds the id of the credential and the version of its secret, so that a new
secret or a revoked credential ends all of its tokens at once.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import falcon
from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from frontdesk import CredentialIssuer, Host, Principal, RequestSteps, credentials
from frontdesk import database as best_effort
from frontdesk.errors import Invalid, MalformedBody, NotFound, Unauthenticated
from frontdesk.rate_limits import LimitResult, Window
from plugins.bookablesites.errors import (
    FeatureDisabled,
    MissingClientCredentials,
    UnreadableBasicCredentials,
)
from plugins.bookablesites.handlers.base import decode
from plugins.bookablesites.schemas import TokenBody
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate.values import NAME
from plugins.bookablesites.usecases.service_catalog import recompile_after_settings_change
from plugins.bookablesites.usecases.tokens import (
    REALM,
    ClientCredentials,
    digest,
    rate_limited,
    stored_signing_key,
)

PREFIX = "bks_"
_SALT = "bookablesites.access-token"
_MAX_CACHED = 10_000
_MAX_TOKEN = 2048
_WRITES = frozenset(("POST", "PUT", "PATCH", "DELETE"))


def _secret_version(stored_secret: str) -> str:
    """The part of a token that ends it when the secret changes."""
    return hashlib.sha256(f"version:{stored_secret}".encode()).hexdigest()[:16]


class AccessTokens:
    """Issues and reads access tokens by the host's clock."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._stored_key = ""
        # Token -> credential id, secret version and second of issue. The signing keys of a process do not change, so a
        # signature stays valid.
        self._verified: dict[str, tuple[int, str, int]] = {}
        self._serializers: dict[tuple[str, ...], URLSafeTimedSerializer] = {}

    def issue(self, credential: credentials.Credential) -> str:
        """A token that is valid for ``token_seconds`` from now."""
        return PREFIX + self._serializer().dumps([credential.id, _secret_version(credential.secret)])

    def read(self, token: str) -> credentials.Credential:
        """The credential of a token.

        Raises:
            Unauthenticated: "expired", "signature" (cut, changed or never issued here) or "unknown" (the credential is
                gone or has a new secret).
        """
        credential_id, version, issued = self._verified.get(token) or self._verify(token)
        if self._clock().timestamp() >= issued + self._settings.token_seconds:
            self._verified.pop(token, None)
            raise Unauthenticated(reason="expired")
        try:
            credential = credentials.get(credential_id)
        except NotFound:
            raise Unauthenticated(reason="unknown") from None
        usable = credential.realm == REALM and credential.usable(self._clock())
        if not usable or not hmac.compare_digest(_secret_version(credential.secret), version):
            raise Unauthenticated(reason="unknown")
        return credential

    def _verify(self, token: str) -> tuple[int, str, int]:
        """The content of a token with a valid signature: credential id, secret version and second of issue."""
        if not token.startswith(PREFIX) or len(token) > _MAX_TOKEN:
            raise Unauthenticated(reason="signature")
        try:
            (credential_id, version), issued = self._serializer().loads(token[len(PREFIX) :], return_timestamp=True)
        except BadData:
            raise Unauthenticated(reason="signature") from None
        if len(self._verified) >= _MAX_CACHED:
            self._verified.clear()
        self._verified[token] = credential_id, version, int(issued.timestamp())
        return self._verified[token]

    def _serializer(self) -> URLSafeTimedSerializer:
        if not self._settings.token_keys and not self._stored_key:
            self._stored_key = stored_signing_key(self._clock())
        signing_keys = self._settings.token_keys or (self._stored_key,)
        serializer = self._serializers.get(signing_keys)
        if serializer is None:
            clock = self._clock

            class Signer(TimestampSigner):
                def get_timestamp(self) -> int:
                    return int(clock().timestamp())

            serializer = URLSafeTimedSerializer(list(signing_keys), salt=_SALT, signer=Signer)
            self._serializers = {signing_keys: serializer}
        return serializer


class Gate(RequestSteps):
    """The step before every handler: token, limits, feature."""

    def __init__(self, host: Host, access_tokens: AccessTokens) -> None:
        self._clock = host.clock
        self._limits = host.limiter
        self._settings: Settings = host.settings(NAME)
        self._access_tokens = access_tokens
        self._is_compiled = False

    def before_handler(
        self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]
    ) -> None:
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
        credentials.touch(credential, now=self._clock())
        if not self._is_compiled:
            # Once in the life of a process, whose settings do not change.
            self._is_compiled = best_effort.attempt(
                lambda: recompile_after_settings_change(self._settings, now=self._clock())
            )

    def _count(self, req: falcon.Request, resp: falcon.Response, credential: credentials.Credential) -> None:
        windows = [Window("all", self._settings.calls_per_minute, 60, sliding=True)]
        if req.method in _WRITES:
            windows.append(Window("writes", self._settings.writes_per_minute, 60, sliding=True))
        taken = self._limits.take(f"{NAME}:{credential.id}", windows, now=self._clock())
        _set_limit_headers(resp, taken)
        if not taken.allowed:
            raise rate_limited(taken)


def _set_limit_headers(resp: falcon.Response, taken: LimitResult) -> None:
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


def credential_issuer(host: Host, curl: Callable[..., str], read: Callable[..., str]) -> CredentialIssuer:
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
    ) -> tuple[credentials.Credential, Mapping[str, str]]:
        client_id, secret = secrets.token_hex(12), secrets.token_urlsafe(32)
        credential = credentials.create(
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

    return CredentialIssuer(
        dialect=NAME,
        realm=REALM,
        create=create,
        booking_command=command,
        reading_command=read,
        request_headers=_bearer_header,
    )


def _bearer_header(fields: Mapping[str, str], send: Callable[[str, str, Any], Any]) -> Mapping[str, str]:
    """Exchange client id and secret for a token."""
    login = {"client_id": fields["client_id"], "client_secret": fields["client_secret"]}
    answer = send("POST", "/auth/token", {**login, "grant_type": "client_credentials"})
    return {"Authorization": f"Bearer {answer['access_token']}"}
