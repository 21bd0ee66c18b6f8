"""Who may call: IP lists, the one security key of the site, its expiry, rate limits and switches (README, "Access")."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from ipaddress import ip_address
from typing import Any

from frontdesk import Host, Principal, credentials
from frontdesk.errors import Forbidden, RateLimited, Unauthenticated
from frontdesk.rate_limits import LimitResult, Window
from frontdesk.times import zone
from frontdesk.wordpress.rest import RestRequest
from plugins.bookingpress.settings import GROUPS, Network, Settings, read_networks

REALM = "bookingpress"
HEADER = "X-Bookingpress-Api-Key"


def hashed(key: str) -> str:
    """The hash under which a key is stored and looked up."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def generate(
    *,
    now: datetime,
    label: str = "",
    permissions: str | None = None,
    user: str | None = None,
    expires_at: datetime | None = None,
) -> tuple[credentials.Credential, Mapping[str, str]]:
    """Make a key of the site; the caller revokes the one before.

    The permission switches belong to the site, not to the key: ``permissions`` and ``user`` have no effect.
    """
    key = secrets.token_hex(32)
    credential = credentials.create(
        realm=REALM, lookup=hashed(key), now=now, label=label, tail=key[-4:], expires_at=expires_at
    )
    return credential, {"api_key": key}


class Authenticator:
    """Checks 2 to 5 of README, "Access", once per request."""

    def __init__(self, host: Host, settings: Settings) -> None:
        self._clock = host.clock
        self._zone = zone(host.site.timezone)
        self._limits = host.limiter
        self._key_years = settings.key_years
        self._switched_on = frozenset(
            f"{group}.{action}"
            for group, actions in GROUPS.items()
            for action in actions
            if settings.permissions.allows(group, action)
        )
        self._blocked = read_networks(settings.blacklisted_ips)
        self._allowed = read_networks(settings.whitelisted_ips)
        self._windows = (
            Window("minute", settings.rate_limit_minute, 60),
            Window("hour", settings.rate_limit_hour, 3600),
        )

    def admit(self, request: RestRequest) -> None:
        """Check address, key and limits.

        Raises:
            Forbidden: The address is not allowed, or the key is wrong or expired.
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

    def allows(self, permission: str) -> bool:
        """Whether one of the 35 switches (``group.action``) is on."""
        return permission in self._switched_on

    def check(self, permission: str) -> None:
        """Refuse with ``Forbidden`` what a switch forbids."""
        if not self.allows(permission):
            raise Forbidden(reason="permission", permission=permission)

    def _check_address(self, address: str) -> None:
        if is_listed(address, self._blocked):
            raise Forbidden(reason="ip_blacklisted")
        if self._allowed and not is_listed(address, self._allowed):
            raise Forbidden(reason="ip_not_whitelisted")

    def _credential(self, key: str) -> credentials.Credential:
        key = key.strip()
        # PHP's empty() takes the text "0" for nothing.
        if key in ("", "0"):
            raise Unauthenticated(reason="missing")
        credential = credentials.find(REALM, hashed(key))
        if credential is None or credential.revoked_at is not None:
            raise Forbidden(reason="invalid_key")
        now = self._clock()
        end = ends(credential, self._zone, years=self._key_years)
        if end is not None and end <= now:
            raise Forbidden(reason="expired_key")
        credentials.touch(credential, now=now)
        return credential


def limit_headers(taken: LimitResult) -> dict[str, str]:
    """Rate-limit headers for each window and for the one with the least left; a limit that is off has none."""
    headers: dict[str, Any] = {}
    tightest = min(taken.usages, key=lambda usage: usage.remaining, default=None)
    for usage in taken.usages:
        name = usage.window.name.title()
        headers[f"X-RateLimit-Limit-{name}"] = usage.window.amount
        headers[f"X-RateLimit-Remaining-{name}"] = usage.remaining
        headers[f"X-RateLimit-Reset-{name}"] = usage.reset
    if tightest is not None:
        headers["X-RateLimit-Limit"] = tightest.window.amount
        headers["X-RateLimit-Remaining"] = tightest.remaining
        headers["X-RateLimit-Reset"] = tightest.reset
    return {name: str(value) for name, value in headers.items()}


def ends(key: credentials.Credential, site_zone: tzinfo, *, years: int | None) -> datetime | None:
    """When a key ends: after the last day of its years in the site's zone, or when it says so itself, if sooner."""
    last = expires_on(key.created_at.astimezone(site_zone).date(), years)
    if last is None:
        return key.expires_at
    end = datetime.combine(last + timedelta(days=1), time(), site_zone).astimezone(UTC)
    return end if key.expires_at is None else min(end, key.expires_at)


def is_listed(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether a caller's address lies in one of the networks; an unreadable one never does."""
    if not networks:
        return False
    try:
        caller = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    caller = getattr(caller, "ipv4_mapped", None) or caller
    return any(caller in network for network in networks)


def expires_on(generated: date, years: int | None) -> date | None:
    """The last day a key works: the same day ``years`` later; 29 February becomes 28 February."""
    if years is None:
        return None
    try:
        return generated.replace(year=generated.year + years)
    except ValueError:
        return generated.replace(year=generated.year + years, day=28)
