"""Which dialect's document a record goes into when dialects are exported one by one.

A service is in the document of the dialect it comes from, and so is every booking on it, whoever made that. A booking
on no service goes where it was made. So all documents together hold every booking exactly once.
"""

from collections.abc import Sequence
from typing import Any

from core.db import fetch_all
from core.domain.records import Booking, Service
from core.ledger_fields import TEMPORARY_STATUSES
from core.services import bookings, repository


def exported_services(dialect: str) -> list[Service]:
    """The services whose settings ``dialect``'s document carries."""
    return [service for service in repository.services.list_all() if service.origin == dialect]


def exported_bookings(dialect: str, services: Sequence[Service]) -> list[Booking]:
    """The bookings that go into ``dialect``'s document, oldest id first; ``services`` are its ``owned_services``."""
    numbers = [service.id for service in services]
    where: list[list[Any]] = [[("service_id", "in", numbers)]] if numbers else []
    where.append([("service_id", "=", 0), ("origin", "=", dialect)])
    owned: list[Booking] = []
    for part in where:
        part.append(("status", "not_in", TEMPORARY_STATUSES))
        owned += bookings.page(part, order=(("id", "asc"),), count=False).items
    return sorted(owned, key=lambda booking: booking.id)


_OWNER = "CASE WHEN b.service_id = 0 THEN b.origin ELSE COALESCE(s.origin, '') END"


def count_exported_bookings() -> dict[str, int]:
    """How many bookings each dialect's document carries; "" where no dialect does."""
    counted = fetch_all(
        f"SELECT {_OWNER}, COUNT(*) FROM booking b LEFT JOIN service s ON s.id = b.service_id"
        f" WHERE b.status NOT IN ({', '.join('?' * len(TEMPORARY_STATUSES))}) GROUP BY {_OWNER}",
        TEMPORARY_STATUSES,
    )
    return dict(sorted(counted))
