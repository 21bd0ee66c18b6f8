"""Access tokens for client ids and secrets."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from frontdesk import credentials, site
from frontdesk.database import writing
from frontdesk.errors import RateLimited
from frontdesk.rate_limits import LimitResult, Window
from plugins.bookablesites.errors import (
    FeatureDisabled,
    InvalidClient,
    MissingClientCredentials,
    UnsupportedGrantType,
)
from plugins.bookablesites.translate.values import NAME
from plugins.bookablesites.usecases.context import Context

REALM = NAME
#: Compared with the secret of an unknown client id, so that both refusals take the same time.
_NO_SECRET = hashlib.sha256(b"nobody").hexdigest()


def digest(secret: str) -> str:
    """A client secret as stored; it is long and random, so a plain hash cannot be searched."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What a token request says; empty texts where a field is missing."""

    client_id: str
    secret: str
    grant_type: str


def issue_token(
    client: ClientCredentials, context: Context, issue: Callable[[credentials.Credential], str], *, address: str
) -> dict[str, Any]:
    """A token for a client id and secret.

    Args:
        issue: Signs a token for a credential.
        address: The client's network address; the limit counts requests by address and client id.

    Raises:
        RateLimited: Too many requests.
        FeatureDisabled: The API is switched off.
        OAuthError: The grant type is not supported, id or secret is missing, or they do not match.
    """
    now, settings = context.now(), context.settings
    window = Window("tokens", settings.tokens_per_minute, 60, sliding=True)
    taken = context.limits.take(f"{NAME}:token:{address}:{client.client_id[:64]}", [window], now=now)
    if not taken.allowed:
        raise rate_limited(taken)
    if not settings.features.api:
        raise FeatureDisabled(feature="API")
    if client.grant_type not in ("", "client_credentials"):
        raise UnsupportedGrantType
    if not client.client_id or not client.secret:
        raise MissingClientCredentials
    token = issue(_check_client(client.client_id, client.secret, now=now))
    return {
        "token_type": "Bearer",
        "expires_in": settings.token_seconds,
        "access_token": token,
        "token": token,
    }


def _check_client(client_id: str, secret: str, *, now: datetime) -> credentials.Credential:
    """The credential with this id and secret; raises InvalidClient, whether the id exists or not."""
    credential = credentials.find(REALM, client_id) if "\x00" not in client_id and len(client_id) <= 255 else None
    stored = credential.secret if credential is not None else _NO_SECRET
    matches = hmac.compare_digest(stored, digest(secret) if secret.isprintable() else "")
    if credential is None or not matches or not credential.usable(now):
        raise InvalidClient
    return credential


def rate_limited(taken: LimitResult) -> RateLimited:
    """The error for an exhausted limit."""
    window = taken.exhausted.window if taken.exhausted else None
    return RateLimited(
        retry_after=taken.retry_after,
        window=window.name if window else "",
        limit=window.amount if window else 0,
    )


def stored_signing_key(now: datetime) -> str:
    """The datastore's own signing key, created on first use, for hosts without ``token_keys``."""
    key: str | None = site.extras(NAME).get("token_key")
    if key is None:
        with writing():
            site.lock()
            stored = site.extras(NAME)
            key = stored.get("token_key") or secrets.token_hex(32)
            site.save(now=now, dialect=NAME, extras={**stored, "token_key": key})
    return key
