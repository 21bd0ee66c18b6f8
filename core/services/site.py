"""What the services know of the business: its zone, its currency, and the calendar rules that hold everywhere."""

from datetime import datetime
from functools import lru_cache

import msgspec

from core import html_sanitizer
from core.db import fetch_all, writing
from core.domain.schedule import CalendarRule
from core.domain.site import Site
from core.models import SiteState
from core.services.repository import decode_rules
from core.subject_locks import lock_subjects

_site = Site()


def configure(site: Site) -> None:
    """Told once at start-up by whoever read the configuration."""
    global _site
    _site = site


def current() -> Site:
    return _site


def rules_text() -> str:
    """The site's calendar rules as stored text (the key of what is computed from them)."""
    found = fetch_all("SELECT rules FROM site_state WHERE id = 1")
    return found[0][0] if found else "[]"


def rules() -> tuple[CalendarRule, ...]:
    """The calendar rules that hold for every service."""
    return decode_rules(rules_text())


def extras(dialect: str) -> dict:
    """What one dialect keeps about the site as a whole."""
    found = fetch_all("SELECT extras FROM site_state WHERE id = 1")
    return dict(_decoded(found[0][0]).get(dialect) or {}) if found else {}


# Read with every request, changed hardly ever.
@lru_cache(maxsize=64)
def _decoded(text: str) -> dict:
    return msgspec.json.decode(text)


def lock() -> None:
    """Shut out others that change the site's rules or extras until the transaction ends."""
    lock_subjects([("site state", 1)])


def save(
    *,
    now: datetime,
    rules: tuple[CalendarRule, ...] | None = None,
    dialect: str = "",
    extras: dict | None = None,
) -> None:
    """Replace the site's rules, one dialect's site-wide extras, or both."""
    with writing():
        lock()
        row = SiteState.get_or_none(SiteState.id == 1)
        if row is None:
            row = SiteState.create(id=1)
        changed = {}
        if rules is not None:
            changed["rules"] = rules
        if extras is not None:
            changed["extras"] = {**row.extras, dialect: html_sanitizer.sanitize(extras)}
        if changed:
            SiteState.update(version=SiteState.version + 1, **changed).where(SiteState.id == 1).execute()
