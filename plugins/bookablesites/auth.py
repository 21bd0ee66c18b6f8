"""Signing in: client id and secret for an access token, the token for everything else (fact sheet, section 2).

A token is signed, not stored. It names the credential and the version of its secret, so that a new secret or a revoked
credential ends every token at once, whatever their age.
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

from core import CredentialIssuer, Host, Principal
from core.db import writing
from core.errors import NotFound, RateLimited, Unauthenticated
from core.services import best_effort, credentials, site
from core.services.rate_limits import LimitResult, Window
from plugins.bookablesites.errors import OAuthError, Said
from plugins.bookablesites.resources import offer
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate.catalog import NAME

REALM = NAME
PREFIX = "bks_"
_SALT = "bookablesites.access-token"
_REMEMBERED = 10_000
_WRITES = frozenset(("POST", "PUT", "PATCH", "DELETE"))
#: Every token is tried against this when the client id is unknown, so that both refusals take the same time.
_NOBODY = hashlib.sha256(b"nobody").hexdigest()


def digest(secret: str) -> str:
    """How a client secret is kept. It is long and random, so a plain hash cannot be searched."""
    return hashlib.sha256(secret.encode()).hexdigest()


def version_of(stored: str) -> str:
    """What a token remembers of the secret it was given for."""
    return hashlib.sha256(f"version:{stored}".encode()).hexdigest()[:16]


class Tokens:
    """Makes and reads access tokens by the host's clock."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._stored = ""
        # A signature that was good once stays good as long as this process has its keys.
        self._known: dict[str, tuple[Any, int]] = {}
        self._serializers: dict[tuple[str, ...], URLSafeTimedSerializer] = {}

    def issue(self, credential: credentials.Credential) -> str:
        """A token that is good for ``token_seconds`` from now."""
        return PREFIX + self._serializer().dumps([credential.id, version_of(credential.secret)])

    def read(self, token: str) -> credentials.Credential:
        """The credential behind a token.

        Raises:
            Unauthenticated: "expired", "signature" (not ours, cut or changed) or "unknown" (its credential is gone).
        """
        found, issued = self._known.get(token) or self._verified(token)
        if self._clock().timestamp() >= issued + self._settings.token_seconds:
            self._known.pop(token, None)
            raise Unauthenticated(reason="expired")
        try:
            credential = credentials.get(found[0])
        except NotFound:
            raise Unauthenticated(reason="unknown") from None
        good = credential.realm == REALM and credential.usable(self._clock())
        if not good or not hmac.compare_digest(version_of(credential.secret), str(found[1])):
            raise Unauthenticated(reason="unknown")
        return credential

    def _verified(self, token: str) -> tuple[Any, int]:
        """Credential and version of a token that carries our signature, and when it was issued."""
        if not token.startswith(PREFIX) or len(token) > 2048:
            raise Unauthenticated(reason="signature")
        try:
            found, issued = self._serializer().loads(token[len(PREFIX) :], return_timestamp=True)
        except BadData:
            raise Unauthenticated(reason="signature") from None
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[token] = found, int(issued.timestamp())
        return self._known[token]

    def _serializer(self) -> URLSafeTimedSerializer:
        if not self._settings.token_keys and not self._stored:
            self._stored = stored_key(self._clock())
        wanted = self._settings.token_keys or (self._stored,)
        made = self._serializers.get(wanted)
        if made is None:
            clock = self._clock

            class Signer(TimestampSigner):
                def get_timestamp(self) -> int:
                    return int(clock().timestamp())

            made = URLSafeTimedSerializer(list(wanted), salt=_SALT, signer=Signer)
            self._serializers = {wanted: made}
        return made


def stored_key(now: datetime) -> str:
    """The datastore's own signing key, made on first use; for hosts whose config names none."""
    key = site.extras(NAME).get("token_key")
    if key is None:
        with writing():
            site.lock()
            known = site.extras(NAME)
            key = known.get("token_key") or secrets.token_hex(32)
            site.save(now=now, dialect=NAME, extras={**known, "token_key": key})
    return key


class Gate:
    """The steps around every request: who calls, how often, and whether the feature is on."""

    def __init__(self, host: Host, tokens: Tokens) -> None:
        self._clock = host.clock
        self._limits = host.limiter
        self._settings: Settings = host.settings(NAME)
        self._tokens = tokens
        self._fresh = False

    def before_handler(
        self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]
    ) -> None:
        """Method, token, rate, feature, in this order."""
        if getattr(resource, "OPEN", False) or not hasattr(resource, f"on_{req.method.lower()}"):
            return
        credential = self._tokens.read(bearer(req))
        req.context.principal = Principal(NAME, str(credential.id))
        self._count(req, resp, credential)
        if not self._settings.features.api:
            raise feature_disabled("API")
        feature = getattr(resource, "FEATURE", None)
        if feature and not getattr(self._settings.features, feature):
            raise feature_disabled(feature.replace("_", " "))
        credentials.touch(credential, now=self._clock())
        if not self._fresh:
            # Once in the life of a process: its settings cannot change any more.
            self._fresh = best_effort.attempt(lambda: offer.refresh(self._settings, now=self._clock()))

    def _count(self, req: falcon.Request, resp: falcon.Response, credential: credentials.Credential) -> None:
        windows = [Window("all", self._settings.calls_per_minute, 60, sliding=True)]
        if req.method in _WRITES:
            windows.append(Window("writes", self._settings.writes_per_minute, 60, sliding=True))
        taken = self._limits.take(f"{NAME}:{credential.id}", windows, now=self._clock())
        show_limits(resp, taken)
        refuse_excess(taken)


def show_limits(resp: falcon.Response, taken: LimitResult) -> None:
    """The headers of the window with the least room."""
    usage = taken.exhausted or min(taken.usages, key=lambda usage: usage.remaining, default=None)
    if usage is not None:
        resp.set_header("X-RateLimit-Limit", str(usage.window.amount))
        resp.set_header("X-RateLimit-Remaining", str(max(0, usage.remaining)))
        resp.set_header("X-RateLimit-Reset", str(usage.reset))


def refuse_excess(taken: LimitResult) -> None:
    if not taken.allowed:
        full = taken.exhausted
        window = full.window if full else None
        raise RateLimited(
            retry_after=taken.retry_after,
            window=window.name if window else "",
            limit=window.amount if window else 0,
        )


def bearer(req: falcon.Request) -> str:
    """The token of the ``Authorization`` header; the scheme's case does not matter.

    Raises:
        Unauthenticated: There is none, or another scheme.
    """
    scheme, _, token = (req.env.get("HTTP_AUTHORIZATION") or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(reason="missing")
    return token.strip()


def basic(req: falcon.Request) -> tuple[str, str] | None:
    """Id and secret of HTTP Basic; None without that header.

    Raises:
        OAuthError: The header cannot be read.
    """
    scheme, _, text = (req.env.get("HTTP_AUTHORIZATION") or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = base64.b64decode(text.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        name, colon, secret = "", "", ""
    if not colon:
        raise OAuthError(status=400, code="invalid_request", message="The Basic credentials cannot be read.")
    return name, secret


def check_client(client_id: str, secret: str, *, now: datetime) -> credentials.Credential:
    """The credential with this id and secret; the same refusal whether the id exists or not.

    Raises:
        OAuthError: ``invalid_client``.
    """
    found = credentials.find(REALM, client_id) if "\x00" not in client_id and len(client_id) <= 255 else None
    same = hmac.compare_digest(
        found.secret if found is not None else _NOBODY, digest(secret) if secret.isprintable() else ""
    )
    if found is None or not same or not found.usable(now):
        raise OAuthError(
            status=401,
            code="invalid_client",
            message="Client authentication failed.",
            headers={"WWW-Authenticate": "Basic"},
        )
    return found


def feature_disabled(name: str) -> Said:
    return Said(status=403, code="feature_disabled", message=f"The {name} feature is not enabled.")


def credential_issuer(host: Host, curl: Callable[..., str], read: Callable[..., str]) -> CredentialIssuer:
    """How ``frontdesk keys`` makes a client id and secret."""

    def create(
        *,
        label: str = "",
        permissions: str | None = None,
        user: str | None = None,
        expires_at: datetime | None = None,
        now: datetime,
    ) -> tuple[credentials.Credential, Mapping[str, str]]:
        client_id, secret = secrets.token_hex(12), secrets.token_urlsafe(32)
        record = credentials.create(
            realm=REALM,
            lookup=client_id,
            secret=digest(secret),
            now=now,
            user=user or "",
            label=label,
            tail=secret[-4:],
            expires_at=expires_at,
        )
        return record, {"client_id": client_id, "client_secret": secret}

    def command(fields: Mapping[str, str], *, url: str, services: Mapping[str, int]) -> str:
        return curl(fields, url=url, services=services, now=host.clock())

    return CredentialIssuer(dialect=NAME, realm=REALM, create=create, booking_command=command, reading_command=read)
