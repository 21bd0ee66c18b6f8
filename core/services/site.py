"""The site: its zone and currency, the calendar rules of all services, and the site-wide data of dialects."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from core import html_sanitizer
from core.db import writing
from core.domain.schedule import CalendarRule
from core.domain.site import Site
from core.kept_reads import fetch_setup
from core.models import SiteState
from core.services.repository import decode_rules
from core.subject_locks import lock_subjects
from core.typed_data import from_json

#: Key under which a store records that it is a sandbox's (``core/sandbox/``).
SANDBOX_MARK = "sandbox"
_site = Site()


def configure(site: Site) -> None:
    """Set the site; the host calls this once at start-up."""
    global _site
    _site = site


def current() -> Site:
    """The configured site."""
    return _site


def rules_json() -> str:
    """The site's calendar rules as stored JSON; also a cache key."""
    rows = fetch_setup("SELECT rules FROM site_state WHERE id = 1")
    return rows[0][0] if rows else "[]"


def rules() -> tuple[CalendarRule, ...]:
    """The site's calendar rules; they apply to every service whose plan follows the site."""
    return decode_rules(rules_json())


def extras(dialect: str) -> dict[str, Any]:
    """The site-wide data of one dialect."""
    rows = fetch_setup("SELECT extras FROM site_state WHERE id = 1")
    return dict(_decoded(rows[0][0]).get(dialect) or {}) if rows else {}


# Read with every request and rarely changed.
@lru_cache(maxsize=64)
def _decoded(text: str) -> dict[str, Any]:
    return from_json(text, dict[str, Any])


def lock() -> None:
    """Lock the site's rules and extras against other writers until the transaction ends."""
    lock_subjects([("site state", 1)])


def save(
    *,
    now: datetime,
    rules: tuple[CalendarRule, ...] | None = None,
    dialect: str = "",
    extras: dict[str, Any] | None = None,
) -> None:
    """Replace the site's rules, one dialect's site-wide extras, or both."""
    with writing():
        lock()
        row = SiteState.get_or_none(SiteState.id == 1)
        if row is None:
            row = SiteState.create(id=1)
        changed: dict[str, Any] = {}
        if rules is not None:
            changed["rules"] = rules
        if extras is not None:
            changed["extras"] = {**row.extras, dialect: html_sanitizer.sanitize(extras)}
        if changed:
            SiteState.update(version=SiteState.version + 1, **changed).where(SiteState.id == 1).execute()
