"""Titles and slugs of bookings, which strict mode shows: the real server makes both of the time a row was stored.

Neither is stored. Imported bookings count as stored when they were imported, others when they were created. A title
search or an order by slug reads every booking; with more than ``MAX_BOOKINGS`` of them both are off.
"""

from datetime import datetime, tzinfo

from core.domain.records import Booking
from core.services import bookings, site
from core.wordpress import sanitize, search
from plugins.wc_bookings.translate.values import NAME

MAX_BOOKINGS = 5000


def title(booking: Booking, zone: tzinfo) -> str:
    """``Booking &ndash; Mar 02, 2026 @ 10:00 AM``, on the clock of ``zone``."""
    imported = site.extras(NAME).get("imported") or {}
    stored_at = booking.created_at
    if booking.id <= imported.get("bookings", 0):
        stored_at = datetime.fromisoformat(imported["at"])
    return f"Booking &ndash; {stored_at.astimezone(zone):%b %d, %Y @ %I:%M %p}"


def ids_by_title(phrase: str, zone: tzinfo) -> list[int] | None:
    """Ids of the bookings whose title matches a search; None with too many bookings to search."""
    titles = _titles(zone)
    if titles is None:
        return None
    words = search.parse_search(phrase.lower())
    matches = {
        title: all((word.text in title.lower()) != word.is_excluded for word in words) for title in set(titles.values())
    }
    return [booking_id for booking_id, title in titles.items() if matches[title]]


def ids_by_slug(slug: str, zone: tzinfo) -> list[int]:
    """Ids of the bookings with this slug; none with too many bookings to search."""
    return [booking_id for booking_id, other in (_slugs(zone) or {}).items() if other == slug]


def slug_ranks(zone: tzinfo, *, descending: bool) -> dict[int, int] | None:
    """The rank of each booking in the order of the slugs; None with too many bookings.

    Slugs of one title end in a number, and numbers are ordered as text.
    """
    slugs = _slugs(zone)
    if slugs is None:
        return None
    booking_ids = sorted(slugs, key=slugs.__getitem__, reverse=descending)
    return {booking_id: rank for rank, booking_id in enumerate(booking_ids)}


def _titles(zone: tzinfo) -> dict[int, str] | None:
    """Every booking's title in the order of the ids; None with too many bookings."""
    page = bookings.page(order=(("id", "asc"),), limit=MAX_BOOKINGS + 1, count=False).items
    return None if len(page) > MAX_BOOKINGS else {booking.id: title(booking, zone) for booking in page}


def _slugs(zone: tzinfo) -> dict[int, str] | None:
    titles = _titles(zone)
    if titles is None:
        return None
    slug_of = {title: sanitize.slug(title) for title in set(titles.values())}
    uses: dict[str, int] = {}
    slugs = {}
    for booking_id, title_ in titles.items():
        uses[title_] = uses.get(title_, 0) + 1
        slugs[booking_id] = slug_of[title_] if uses[title_] == 1 else f"{slug_of[title_]}-{uses[title_]}"
    return slugs
