"""The ``ledger`` of a booking in a dialect's document: what the dialect's own fields cannot express.

It holds the origin, exact times and party of a booking made through another dialect, and a status for which the dialect
has no word. With it an import restores the booking unchanged.
"""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from core.documents import Entry
from core.domain import statuses
from core.domain.records import Booking
from core.domain.requests import BookingRequest
from core.errors import Invalid

#: The key that ``Ledger`` stands under.
LEDGER_KEY = "ledger"
#: Statuses of holds, which documents leave out.
TEMPORARY_STATUSES = (statuses.HOLD, statuses.RELEASED)
#: What older documents call a status, by its name there.
_EARLIER_NAMES = {"trashed": statuses.DELETED}


class LedgerFields(Entry, kw_only=True):
    """The fields under ``ledger``; None where the dialect's own fields say it."""

    #: The dialect through which the booking was made.
    origin: str | None = None
    #: Its core status.
    status: str | None = None
    #: Its wall clock times, ``YYYY-MM-DD HH:MM:SS``.
    start: str | None = None
    end: str | None = None
    persons: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


def ledger_fields(booking: Booking, dialect: str, usual_status: str) -> dict[str, Any]:
    """Return ``{"ledger": {...}}`` for an exported booking, or ``{}`` where the dialect's own fields suffice.

    Args:
        usual_status: The core status that an import reads from the dialect's own status.
    """
    ledger: dict[str, Any] = {}
    if booking.status != usual_status:
        ledger["status"] = booking.status
    if booking.origin != dialect:
        ledger |= {
            "origin": booking.origin,
            "start": booking.wall_start.isoformat(sep=" "),
            "end": booking.wall_end.isoformat(sep=" "),
            "persons": booking.persons,
            "quantity": booking.quantity,
        }
    return {LEDGER_KEY: ledger} if ledger else {}


def with_ledger(request: BookingRequest, ledger: LedgerFields | None) -> BookingRequest:
    """Return the request as the entry's ``ledger`` says it was made.

    Raises:
        Invalid: ``field`` starts with ``ledger``.
    """
    if ledger is None:
        return request
    changes: dict[str, Any] = {}
    if ledger.status is not None:
        status = _EARLIER_NAMES.get(ledger.status, ledger.status)
        if status not in statuses.BOOKING or status in TEMPORARY_STATUSES:
            raise Invalid(field=f"{LEDGER_KEY}.status", reason="choice", value=ledger.status)
        changes["status"] = status
    if ledger.origin is not None:
        if not 0 < len(ledger.origin) <= 64:
            raise Invalid(field=f"{LEDGER_KEY}.origin", reason="range", value=ledger.origin)
        changes["origin"] = ledger.origin
    if ledger.start is not None:
        changes["wall_start"] = _wall_clock(ledger.start, f"{LEDGER_KEY}.start")
    if ledger.end is not None:
        changes["wall_end"] = _wall_clock(ledger.end, f"{LEDGER_KEY}.end")
    changes |= {name: getattr(ledger, name) for name in ("persons", "quantity") if getattr(ledger, name)}
    request = replace(request, **changes)
    if request.wall_end is not None and request.wall_end <= request.wall_start:
        raise Invalid(field=f"{LEDGER_KEY}.end", reason="order", value=ledger.end)
    return request


def _wall_clock(text: str, path: str) -> datetime:
    try:
        wall = datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        raise Invalid(field=path, reason="date_time", value=text) from None
    if not 1970 <= wall.year < 9000:
        raise Invalid(field=path, reason="range", value=text)
    return wall
