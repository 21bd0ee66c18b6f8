"""Who may call: IP lists, the one security key of the site, its expiry and the rate limits (fact sheet, section 2)."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from core import Host, Principal
from core.domain.zones import zone
from core.errors import Forbidden, RateLimited, Unauthenticated
from core.services import credentials
from core.services.rate_limits import LimitResult, Window
from core.wordpress.rest import RestRequest
from plugins.bookingpress.settings import Settings, expires_on, is_listed, read_networks

REALM = "bookingpress"
HEADER = "X-Bookingpress-Api-Key"


def hashed(key: str) -> str:
    """What is stored and looked up instead of the key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def generate(
    *,
    now: datetime,
    label: str = "",
    permissions: str | None = None,
    user: str | None = None,
    expires_at: datetime | None = None,
) -> tuple[credentials.Credential, Mapping[str, str]]:
    """Make a key of the site; revoking the one before is up to whoever asks for it.

    The permission switches belong to the site, not to the key, so ``permissions`` and ``user`` mean nothing here.
    """
    key = secrets.token_hex(32)
    made = credentials.create(
        realm=REALM, lookup=hashed(key), now=now, label=label, tail=key[-4:], expires_at=expires_at
    )
    return made, {"api_key": key}


class Gate:
    """Checks 2 to 5 of the sheet's order, once per request."""

    def __init__(self, host: Host, settings: Settings) -> None:
        self._clock = host.clock
        self._zone = zone(host.site.timezone)
        self._limits = host.limiter
        self._settings = settings
        self._black = read_networks(settings.blacklisted_ips)
        self._white = read_networks(settings.whitelisted_ips)
        self._windows = (
            Window("minute", settings.rate_limit_minute, 60),
            Window("hour", settings.rate_limit_hour, 3600),
        )

    def admit(self, request: RestRequest) -> None:
        """Let the caller in or say why not.

        Raises:
            Forbidden: Its address is not welcome, or the key is wrong or expired.
            Unauthenticated: There is no key.
            RateLimited: A window is used up.
        """
        http = request.php_request.http
        self._check_address(http.context.remote_addr)
        credential = self._credential(http.get_header(HEADER) or "")
        request.principal = Principal(REALM, str(credential.id))
        taken = self._limits.take(f"{REALM}:{credential.id}", self._windows, now=self._clock())
        request.headers |= limit_headers(taken)
        if not taken.allowed:
            window = taken.exhausted.window
            raise RateLimited(retry_after=taken.retry_after, window=window.name, limit=window.amount)

    def check(self, permission: str) -> None:
        """Ask one of the 35 switches; raises Forbidden when it is off."""
        if not self._settings.permissions.allows(permission):
            raise Forbidden(reason="permission", permission=permission)

    def _check_address(self, address: str) -> None:
        if is_listed(address, self._black):
            raise Forbidden(reason="ip_blacklisted")
        if self._white and not is_listed(address, self._white):
            raise Forbidden(reason="ip_not_whitelisted")

    def _credential(self, given: str) -> credentials.Credential:
        given = given.strip()
        # PHP's empty() takes the text "0" for nothing.
        if given in ("", "0"):
            raise Unauthenticated(reason="missing")
        credential = credentials.find(REALM, hashed(given))
        if credential is None or credential.revoked_at is not None:
            raise Forbidden(reason="invalid_key")
        now = self._clock()
        over = ends(credential, self._zone, years=self._settings.key_years)
        if over is not None and over <= now:
            raise Forbidden(reason="expired_key")
        credentials.touch(credential, now=now)
        return credential


def limit_headers(taken: LimitResult) -> dict[str, str]:
    """The headers of section 2.5; a limit that is switched off has none."""
    headers: dict[str, Any] = {}
    tight = min(taken.usages, key=lambda usage: usage.remaining, default=None)
    for usage in taken.usages:
        name = usage.window.name.title()
        headers[f"X-RateLimit-Limit-{name}"] = usage.window.amount
        headers[f"X-RateLimit-Remaining-{name}"] = usage.remaining
        headers[f"X-RateLimit-Reset-{name}"] = usage.reset
    if tight is not None:
        headers["X-RateLimit-Limit"] = tight.window.amount
        headers["X-RateLimit-Remaining"] = tight.remaining
        headers["X-RateLimit-Reset"] = tight.reset
    return {name: str(value) for name, value in headers.items()}


def ends(key: credentials.Credential, where: tzinfo, *, years: int | None) -> datetime | None:
    """When a key ends: after the last day of its years in the site's zone, or when it says so itself, if sooner."""
    last = expires_on(key.created_at.astimezone(where).date(), years)
    if last is None:
        return key.expires_at
    over = datetime.combine(last + timedelta(days=1), time(), where).astimezone(UTC)
    return over if key.expires_at is None else min(over, key.expires_at)
