"""Records events about bookings."""

from datetime import UTC, datetime
from typing import Any

from core.domain.records import Booking
from core.domain.statuses import CANCELLED, DELETED, OCCUPYING
from core.services import events
from core.services.repository import to_epoch


def event_data(booking: Booking) -> dict[str, Any]:
    """A booking as plain data for events; no personal data beyond ids."""
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
        "start": to_epoch(booking.start.astimezone(UTC)),
        "end": to_epoch(booking.end.astimezone(UTC)),
        "persons": booking.persons,
        "quantity": booking.quantity,
        "currency": booking.currency,
        "total": str(booking.total),
    }


def record_change(kind: str, before: Booking, after: Booking, *, now: datetime, origin: str) -> None:
    """Record an event with the booking before and after a change."""
    events.record_event(
        kind,
        "booking",
        after.id,
        now=now,
        origin=origin or after.origin,
        data={"booking": event_data(after), "previous": event_data(before)},
    )


def record_deletion(before: Booking, *, now: datetime, origin: str) -> None:
    """Record a deletion. For an upcoming booking a cancellation comes first, so that listeners free its time."""
    data: dict[str, Any] = {"booking": event_data(before), "snapshot": _names(before.snapshot)}
    if before.status in OCCUPYING and before.end > now:
        cancelled = {**data, "booking": {**data["booking"], "status": CANCELLED}, "previous": data["booking"]}
        events.record_event("booking.cancelled", "booking", before.id, now=now, origin=origin, data=cancelled)
    events.record_event("booking.deleted", "booking", before.id, now=now, origin=origin, data=data)


def _names(snapshot: dict[str, Any]) -> dict[str, Any]:
    """The names of a snapshot without addresses and phone numbers, which must not outlive the booking."""
    name_fields = ("name", "first_name", "last_name")
    return {
        subject: {name_field: values[name_field] for name_field in name_fields if name_field in values}
        for subject, values in snapshot.items()
        if isinstance(values, dict)
    }


def record_status(before: Booking, after: Booking, *, now: datetime, origin: str) -> None:
    """Record a change of status; deleting an upcoming booking counts as a cancellation."""
    deleted = after.status == DELETED and before.status in OCCUPYING and before.end > now
    cancelled = after.status == CANCELLED or deleted
    record_change("booking.cancelled" if cancelled else "booking.status_changed", before, after, now=now, origin=origin)
