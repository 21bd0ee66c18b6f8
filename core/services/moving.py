"""Which dialect's document a record goes into when dialects are exported one by one.

A service is in the document of the dialect it comes from, and so is every booking on it, whoever made that. A booking
on no service goes where it was made. So all documents together hold every booking exactly once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from core.db import rows
from core.domain import statuses
from core.domain.records import Booking, Service
from core.errors import Invalid
from core.services import bookings, records

#: What a document keeps of a booking that the dialect's own words cannot say.
LEDGER = "ledger"
#: Places that are held for a few minutes are no bookings yet.
_PASSING = (statuses.HOLD, statuses.RELEASED)


def owned_services(dialect: str) -> list[Service]:
    """The services whose settings ``dialect``'s document carries."""
    return [service for service in records.services.all() if service.origin == dialect]


def owned_bookings(dialect: str, services: Sequence[Service]) -> list[Booking]:
    """The bookings that go into ``dialect``'s document, oldest id first; ``services`` are its ``owned_services``."""
    numbers = [service.id for service in services]
    where: list[list[Any]] = [[("service_id", "in", numbers)]] if numbers else []
    gone = [service_id for service_id, owner in _homeless() if owner == dialect]
    if gone:
        where.append([("service_id", "in", gone), ("origin", "=", dialect)])
    owned: list[Booking] = []
    for part in where:
        part.append(("status", "not_in", _PASSING))
        owned += bookings.page(part, order=(("id", "asc"),), count=False).items
    return sorted(owned, key=lambda booking: booking.id)


def _homeless() -> list[tuple[int, str]]:
    """Services that bookings name and that are not there, with the dialects those bookings came from."""
    return [
        (number, origin)
        for number, origin in rows(
            "SELECT DISTINCT b.service_id, b.origin FROM booking b LEFT JOIN service s ON s.id = b.service_id"
            " WHERE s.id IS NULL"
        )
    ]


def bookings_by_owner() -> dict[str, int]:
    """How many bookings each dialect's document carries; "" where no dialect does."""
    counted = rows(
        "SELECT COALESCE(s.origin, b.origin), COUNT(*) FROM booking b LEFT JOIN service s ON s.id = b.service_id"
        f" WHERE b.status NOT IN ({', '.join('?' * len(_PASSING))}) GROUP BY COALESCE(s.origin, b.origin)",
        _PASSING,
    )
    return dict(sorted(counted))


def ledger_entry(booking: Booking, dialect: str, usual_status: str) -> dict[str, Any]:
    """``{"ledger": {...}}`` with what the way back would change: the origin and the exact status; else empty."""
    kept: dict[str, Any] = {}
    if booking.origin != dialect:
        kept["origin"] = booking.origin
    if booking.status != usual_status:
        kept["status"] = booking.status
    return {LEDGER: kept} if kept else {}


def read_ledger(entry: Mapping[str, Any], path: str, *, origin: str, status: str) -> tuple[str, str]:
    """Origin and status of a booking of a document: what its ``ledger`` says, else what its own words mean."""
    kept = entry.get(LEDGER) or {}
    status = kept.get("status", status)
    if status not in statuses.ALL:
        raise Invalid(field=f"{path}.{LEDGER}.status", reason="choice", value=status)
    origin = kept.get("origin", origin)
    if not origin or len(origin) > 64:
        raise Invalid(field=f"{path}.{LEDGER}.origin", reason="range", value=origin)
    return origin, status
