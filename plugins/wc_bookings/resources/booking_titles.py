"""Titles and links of bookings, which only strict mode shows: the real server makes both of the time a row was stored.

Neither is kept. What came with an import was stored when it was imported, everything else when it was made. Whoever
asks for titles or their order makes us look at every booking, so past ``MOST`` of them nobody gets either.
"""

from datetime import datetime, tzinfo

from core.domain.records import Booking
from core.services import bookings, site
from core.wordpress import sanitize, search
from plugins.wc_bookings.translate.bookings import NAME

MOST = 5000


def title(booking: Booking, zone: tzinfo) -> str:
    """``Booking &ndash; Mar 02, 2026 @ 10:00 AM``."""
    imported = site.extras(NAME).get("imported") or {}
    stored = booking.created_at
    if booking.id <= imported.get("bookings", 0):
        stored = datetime.fromisoformat(imported["at"])
    return f"Booking &ndash; {stored.astimezone(zone):%b %d, %Y @ %I:%M %p}"


def _titles(zone: tzinfo) -> dict[int, str] | None:
    """Every booking's title in the order of their numbers; None where there are too many to look at."""
    found = bookings.page(order=(("id", "asc"),), limit=MOST + 1, count=False).items
    return None if len(found) > MOST else {one.id: title(one, zone) for one in found}


def matching(query: str, zone: tzinfo) -> list[int] | None:
    """Numbers of the bookings whose title has these words; None where titles cannot be searched."""
    known = _titles(zone)
    if known is None:
        return None
    wanted = search.parse_search(query.lower())
    fits = {
        text: all((word.text in text.lower()) != word.is_excluded for word in wanted) for text in set(known.values())
    }
    return [number for number, text in known.items() if fits[text]]


def places(zone: tzinfo, *, backwards: bool) -> dict[int, int] | None:
    """Where each booking stands in the order of their links; None where that cannot be told.

    Bookings of one title have links that are numbered, and numbers are ordered as texts.
    """
    links = _links(zone)
    if links is None:
        return None
    ordered = sorted(links, key=links.__getitem__, reverse=backwards)
    return {number: place for place, number in enumerate(ordered)}


def linked(slug: str, zone: tzinfo) -> list[int]:
    """Numbers of the bookings with this link; none where links cannot be told."""
    return [number for number, link in (_links(zone) or {}).items() if link == slug]


def _links(zone: tzinfo) -> dict[int, str] | None:
    known = _titles(zone)
    if known is None:
        return None
    base = {text: sanitize.slug(text) for text in set(known.values())}
    seen: dict[str, int] = {}
    links = {}
    for number, text in known.items():
        seen[text] = seen.get(text, 0) + 1
        links[number] = base[text] if seen[text] == 1 else f"{base[text]}-{seen[text]}"
    return links
