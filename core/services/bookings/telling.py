"""What events say about bookings."""

from datetime import UTC, datetime
from typing import Any

from core.domain.records import Booking
from core.domain.statuses import CANCELLED
from core.services import events
from core.services.records import seconds


def facts(booking: Booking) -> dict[str, Any]:
    """A booking as plain data for events: no personal data beyond ids and the names it was booked under."""
    return {
        "id": booking.id,
        "session_id": booking.session_id,
        "group_id": booking.group_id,
        "service_id": booking.service_id,
        "resource_id": booking.resource_id,
        "location_id": booking.location_id,
        "customer_id": booking.customer_id,
        "order_id": booking.order_id,
        "status": booking.status,
        "wall_start": booking.wall_start.isoformat(sep=" "),
        "wall_end": booking.wall_end.isoformat(sep=" "),
        "zone": booking.zone,
        "start": seconds(booking.start.astimezone(UTC)),
        "end": seconds(booking.end.astimezone(UTC)),
        "persons": booking.persons,
        "quantity": booking.quantity,
        "currency": booking.currency,
        "total": str(booking.total),
    }


def tell(kind: str, before: Booking, after: Booking, *, now: datetime, origin: str) -> None:
    events.record(
        kind,
        "booking",
        after.id,
        now=now,
        origin=origin or after.origin,
        data={"booking": facts(after), "previous": facts(before)},
    )


def tell_status(before: Booking, after: Booking, *, now: datetime, origin: str) -> None:
    cancelled = after.status == CANCELLED
    tell("booking.cancelled" if cancelled else "booking.status_changed", before, after, now=now, origin=origin)
