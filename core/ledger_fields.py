"""What an export keeps of a booking beyond the dialect's own fields, so that an import restores it exactly.

A booking made through another dialect keeps its origin, exact interval and party; a status that the dialect cannot
express stands beside the nearest one.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from core.documents import Entry, join_path, read_value
from core.domain import statuses
from core.domain.records import Booking
from core.domain.requests import BookingRequest
from core.errors import Invalid

#: The key of ``LedgerFields`` in an entry.
LEDGER_KEY = "ledger"
#: Short holds are not exported as bookings.
TEMPORARY_STATUSES = (statuses.HOLD, statuses.RELEASED)


class LedgerFields(Entry, kw_only=True):
    """The ``ledger`` record of an exported booking."""

    #: The dialect it was made in.
    origin: str | None = None
    #: Its status in core's words.
    status: str | None = None
    #: Its wall clock, ``YYYY-MM-DD HH:MM:SS``.
    start: str | None = None
    end: str | None = None
    persons: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


def ledger_fields(booking: Booking, dialect: str, usual_status: str) -> dict[str, Any]:
    """``{"ledger": {...}}`` with what a round trip would lose; empty for most bookings of the dialect.

    Args:
        usual_status: The core status that an import reads from the dialect's status.
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


def restore_request(request: BookingRequest, entry: Mapping[str, Any], path: str) -> BookingRequest:
    """The request with the values of the entry's ``ledger``."""
    raw = entry.get(LEDGER_KEY)
    if not raw:
        return request
    ledger_path = join_path(path, LEDGER_KEY)
    ledger = read_value(raw, LedgerFields, ledger_path)
    changes: dict[str, Any] = {}
    if ledger.status is not None:
        if ledger.status not in statuses.ALL or ledger.status in TEMPORARY_STATUSES:
            raise Invalid(field=f"{ledger_path}.status", reason="choice", value=ledger.status)
        changes["status"] = ledger.status
    if ledger.origin is not None:
        if not 0 < len(ledger.origin) <= 64:
            raise Invalid(field=f"{ledger_path}.origin", reason="range", value=ledger.origin)
        changes["origin"] = ledger.origin
    for name, field in (("start", "wall_start"), ("end", "wall_end")):
        value = getattr(ledger, name)
        if value is not None:
            changes[field] = _parse_wall_clock(value, f"{ledger_path}.{name}")
    changes |= {name: getattr(ledger, name) for name in ("persons", "quantity") if getattr(ledger, name)}
    request = replace(request, **changes)
    if request.wall_end is not None and request.wall_end <= request.wall_start:
        raise Invalid(field=f"{ledger_path}.end", reason="order", value=ledger.end)
    return request


def _parse_wall_clock(text: str, path: str) -> datetime:
    try:
        wall = datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        raise Invalid(field=path, reason="date_time", value=text) from None
    if not 1970 <= wall.year < 9000:
        raise Invalid(field=path, reason="range", value=text)
    return wall
