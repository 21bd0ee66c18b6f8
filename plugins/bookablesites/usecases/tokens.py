"""Access tokens: issued for a client id and secret, and read back (README, "Tokens").

A token is signed, not stored. It holds the id of the credential and the version of its secret, so that a new secret or
a revoked credential ends all of its tokens at once.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from core.db import writing
from core.errors import NotFound, RateLimited, Unauthenticated
from core.services import keys, site
from core.services.limits import Taken, Window
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate.errors import (
    FeatureDisabled,
    InvalidClient,
    MissingClientCredentials,
    UnsupportedGrantType,
)
from plugins.bookablesites.translate.own_fields import NAME
from plugins.bookablesites.usecases.context import Context

REALM = NAME
PREFIX = "bks_"
_SALT = "bookablesites.access-token"
_MAX_CACHED = 10_000
_MAX_TOKEN = 2048
#: Compared with the secret of an unknown client id, so that both refusals take the same time.
_NO_SECRET = hashlib.sha256(b"nobody").hexdigest()


def digest(secret: str) -> str:
    """A client secret as stored; it is long and random, so a plain hash cannot be searched."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _secret_version(stored_secret: str) -> str:
    """The part of a token that ends it when the secret changes."""
    return hashlib.sha256(f"version:{stored_secret}".encode()).hexdigest()[:16]


class AccessTokens:
    """Issues and reads access tokens by the host's clock."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._stored_key = ""
        # Token -> (credential id, secret version) and issue time. The signing keys of a process do not change, so a
        # signature stays valid.
        self._verified: dict[str, tuple[Any, int]] = {}
        self._serializers: dict[tuple[str, ...], URLSafeTimedSerializer] = {}

    def issue(self, credential: keys.Credential) -> str:
        """A token that is valid for ``token_seconds`` from now."""
        return PREFIX + self._serializer().dumps([credential.id, _secret_version(credential.secret)])

    def read(self, token: str) -> keys.Credential:
        """The credential of a token.

        Raises:
            Unauthenticated: "expired", "signature" (cut, changed or never issued here) or "unknown" (the credential is
                gone or has a new secret).
        """
        (credential_id, version), issued = self._verified.get(token) or self._verify(token)
        if self._clock().timestamp() >= issued + self._settings.token_seconds:
            self._verified.pop(token, None)
            raise Unauthenticated(reason="expired")
        try:
            credential = keys.get(credential_id)
        except NotFound:
            raise Unauthenticated(reason="unknown") from None
        usable = credential.realm == REALM and credential.usable(self._clock())
        if not usable or not hmac.compare_digest(_secret_version(credential.secret), str(version)):
            raise Unauthenticated(reason="unknown")
        return credential

    def _verify(self, token: str) -> tuple[Any, int]:
        """The content of a token with a valid signature, and the second it was issued."""
        if not token.startswith(PREFIX) or len(token) > _MAX_TOKEN:
            raise Unauthenticated(reason="signature")
        try:
            content, issued = self._serializer().loads(token[len(PREFIX) :], return_timestamp=True)
        except BadData:
            raise Unauthenticated(reason="signature") from None
        if len(self._verified) >= _MAX_CACHED:
            self._verified.clear()
        self._verified[token] = content, int(issued.timestamp())
        return self._verified[token]

    def _serializer(self) -> URLSafeTimedSerializer:
        if not self._settings.token_keys and not self._stored_key:
            self._stored_key = _stored_signing_key(self._clock())
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


def _stored_signing_key(now: datetime) -> str:
    """The datastore's own signing key, created on first use, for hosts without ``token_keys``."""
    key: str | None = site.extras(NAME).get("token_key")
    if key is None:
        with writing():
            site.lock()
            stored = site.extras(NAME)
            key = stored.get("token_key") or secrets.token_hex(32)
            site.save(now=now, dialect=NAME, extras={**stored, "token_key": key})
    return key


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What a token request says; empty texts where a field is missing."""

    client_id: str
    secret: str
    grant_type: str


def issue_token(
    client: ClientCredentials, context: Context, access_tokens: AccessTokens, *, address: str
) -> dict[str, Any]:
    """A token for a client id and secret.

    Args:
        address: The client's network address; the limit counts requests by address and client id.

    Raises:
        RateLimited: Too many requests.
        FeatureDisabled: The API is switched off.
        OAuthError: The grant type is not supported, id or secret is missing, or they do not match.
    """
    now, settings = context.now(), context.settings
    window = Window("tokens", settings.tokens_per_minute, 60, sliding=True)
    refuse_excess(context.limits.take(f"{NAME}:token:{address}:{client.client_id[:64]}", [window], now=now))
    if not settings.features.api:
        raise FeatureDisabled(feature="API")
    if client.grant_type not in ("", "client_credentials"):
        raise UnsupportedGrantType
    if not client.client_id or not client.secret:
        raise MissingClientCredentials
    token = access_tokens.issue(_check_client(client.client_id, client.secret, now=now))
    return {
        "token_type": "Bearer",
        "expires_in": settings.token_seconds,
        "access_token": token,
        "token": token,
    }


def _check_client(client_id: str, secret: str, *, now: datetime) -> keys.Credential:
    """The credential with this id and secret; raises InvalidClient, whether the id exists or not."""
    credential = keys.find(REALM, client_id) if "\x00" not in client_id and len(client_id) <= 255 else None
    stored = credential.secret if credential is not None else _NO_SECRET
    matches = hmac.compare_digest(stored, digest(secret) if secret.isprintable() else "")
    if credential is None or not matches or not credential.usable(now):
        raise InvalidClient
    return credential


def refuse_excess(taken: Taken) -> None:
    """Raise RateLimited where a limit is exhausted."""
    if not taken.allowed:
        window = taken.exhausted.window if taken.exhausted else None
        raise RateLimited(
            retry_after=taken.retry_after,
            window=window.name if window else "",
            limit=window.amount if window else 0,
        )
