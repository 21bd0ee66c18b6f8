"""Assigns services and bookings to the export document of one dialect.

A service belongs to the dialect that created it, and so do all its bookings. A booking without a service belongs to
the dialect that created it. So all documents together hold every booking exactly once.
"""

from collections.abc import Sequence
from typing import Any

from core.db import fetch_all
from core.domain.records import Booking, Service
from core.ledger_fields import TEMPORARY_STATUSES
from core.services import bookings, repository


def exported_services(dialect: str) -> list[Service]:
    """The services in the document of ``dialect``."""
    return [service for service in repository.services.list_all() if service.origin == dialect]


def exported_bookings(dialect: str, services: Sequence[Service]) -> list[Booking]:
    """The bookings in the document of ``dialect``, by id; ``services`` are its ``exported_services``."""
    service_ids = [service.id for service in services]
    filters: list[list[Any]] = [[("service_id", "in", service_ids)]] if service_ids else []
    filters.append([("service_id", "=", 0), ("origin", "=", dialect)])
    exported: list[Booking] = []
    for conditions in filters:
        conditions.append(("status", "not_in", TEMPORARY_STATUSES))
        exported += bookings.page(conditions, order=(("id", "asc"),), count=False).items
    return sorted(exported, key=lambda booking: booking.id)


_OWNER = "CASE WHEN b.service_id = 0 THEN b.origin ELSE COALESCE(s.origin, '') END"


def count_exported_bookings() -> dict[str, int]:
    """The number of bookings by the dialect whose document holds them; "" for those in none."""
    rows = fetch_all(
        f"SELECT {_OWNER}, COUNT(*) FROM booking b LEFT JOIN service s ON s.id = b.service_id"
        f" WHERE b.status NOT IN ({', '.join('?' * len(TEMPORARY_STATUSES))}) GROUP BY {_OWNER}",
        TEMPORARY_STATUSES,
    )
    return dict(sorted(rows))
