"""Core's events as this dialect's, and the flat body receivers get (README, "Webhooks")."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.records import Booking, Category, Customer, Event, Extra, Location, Resource, Service
from plugins.bookablesites.translate import bookings
from plugins.bookablesites.translate.employees import person_names
from plugins.bookablesites.translate.phones import shown_number
from plugins.bookablesites.translate.prices import to_number
from plugins.bookablesites.translate.values import from_wall, none_if_empty, stored_extras

BOOKED, CANCELED = "appointment.booked", "appointment.canceled"
RESCHEDULED, STATUS_CHANGED = "appointment.rescheduled", "appointment.statusChanged"
CUSTOMER_CREATED = "customer.created"
EVENTS = (BOOKED, CANCELED, RESCHEDULED, STATUS_CHANGED, CUSTOMER_CREATED)
#: For each event, the kinds of core's events it can come from; ``event_name`` decides.
_CORE_KINDS = {
    BOOKED: ("booking.created", "booking.status_changed"),
    CANCELED: ("booking.cancelled",),
    RESCHEDULED: ("booking.rescheduled",),
    STATUS_CHANGED: ("booking.status_changed",),
    CUSTOMER_CREATED: ("customer.created",),
}
#: Every kind of core's events this dialect reads.
KINDS = tuple(dict.fromkeys(kind for kinds in _CORE_KINDS.values() for kind in kinds))


def core_kinds(name: str) -> tuple[str, ...]:
    """The kinds of core's events that can be an event of this name."""
    return _CORE_KINDS[name]


def event_name(event: Event) -> str | None:
    """The name of one of core's events in this dialect; None for an event it does not send.

    A hold or draft is an appointment only once it becomes a booking; its end is no event.
    """
    if event.kind == "customer.created":
        return CUSTOMER_CREATED
    status = (event.data.get("booking") or {}).get("status")
    previous = (event.data.get("previous") or {}).get("status")
    if event.kind == "booking.cancelled":
        # Deleting a booking cancels it too; then there may be no previous status.
        return CANCELED if previous is None or previous in bookings.VISIBLE else None
    if status not in bookings.VISIBLE:
        return None
    if event.kind == "booking.created":
        return BOOKED
    vendor_status = bookings.from_core_status(status)
    if event.kind == "booking.rescheduled":
        return RESCHEDULED if vendor_status in bookings.ACTIVE else None
    if event.kind == "booking.status_changed":
        if previous not in bookings.VISIBLE:
            return BOOKED
        return STATUS_CHANGED if vendor_status != bookings.from_core_status(previous) else None
    return None


@dataclass(frozen=True, slots=True)
class EventRecords:
    """The records an event refers to, as far as they still exist; ``duration`` of the service is in seconds."""

    booking: Booking | None = None
    customer: Customer | None = None
    resource: Resource | None = None
    service: Service | None = None
    category: Category | None = None
    location: Location | None = None
    duration: int = 0
    extras: Mapping[int, Extra] = field(default_factory=dict)


def to_event_number(text: str, field: str = "after") -> int:
    """``evt_91`` as 91."""
    digits = text.removeprefix("evt_")
    if digits.isascii() and digits.isdigit() and len(digits) < 19:
        return int(digits)
    raise Invalid(field=field, reason="event", value=text)


def to_payload(event: Event, name: str, records: EventRecords) -> dict[str, Any]:
    """The body of one event."""
    head = {"event": name, "eventId": f"evt_{event.id}"}
    # The names a booking was made under; those of a deleted booking are in the event.
    booking = records.booking
    snapshot = booking.snapshot if booking is not None else event.data.get("snapshot") or {}
    customer = _customer(records.customer, snapshot.get("customer") or {})
    if name == CUSTOMER_CREATED:
        return {**head, "customerId": event.subject_id, **customer}
    payload = {**head, **_appointment(event.data["booking"]), **customer, **_details(records, snapshot)}
    previous = event.data.get("previous") or {}
    if name == RESCHEDULED:
        payload["previousStartDateTime"] = previous.get("wall_start")
        payload["previousEndDateTime"] = previous.get("wall_end")
    if name == STATUS_CHANGED:
        payload["previousStatus"] = bookings.from_core_status(previous.get("status"))
    return payload


def _appointment(booking: Mapping[str, Any]) -> dict[str, Any]:
    start, end = datetime.fromisoformat(booking["wall_start"]), datetime.fromisoformat(booking["wall_end"])
    return {
        "appointmentId": booking["session_id"],
        "bookingId": booking["id"],
        "appointmentStatus": bookings.from_core_status(booking["status"]),
        "appointmentStartDate": start.date().isoformat(),
        "appointmentStartTime": f"{start:%H:%M}",
        "appointmentEndDate": end.date().isoformat(),
        "appointmentEndTime": f"{end:%H:%M}",
        "appointmentStartDateTime": from_wall(start),
        "appointmentEndDateTime": from_wall(end),
        "appointmentPrice": to_number(Decimal(booking["total"])),
    }


def _customer(record: Customer | None, snapshot: Mapping[str, Any]) -> dict[str, Any]:
    names = ("first_name", "last_name", "email", "phone")
    values = {name: getattr(record, name) if record else snapshot.get(name) or "" for name in names}
    return {
        "customerFullName": f"{values['first_name']} {values['last_name']}".strip(),
        "customerFirstName": values["first_name"],
        "customerLastName": values["last_name"],
        "customerEmail": values["email"],
        "customerPhone": shown_number(values["phone"]),
    }


def _details(records: EventRecords, snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """Employee, service, extras, location and custom fields."""
    booking, employee, service, location = records.booking, records.resource, records.service, records.location

    def snapshot_name(kind: str) -> str | None:
        return (snapshot.get(kind) or {}).get("name")

    first, last = person_names(employee) if employee else (snapshot_name("resource") or "", "")
    price = booking and bookings.stored_quote(booking).facts.get("unit")
    return {
        "employeeFullName": none_if_empty(f"{first} {last}".strip()),
        "employeeFirstName": none_if_empty(first),
        "employeeLastName": none_if_empty(last),
        "employeeEmail": none_if_empty(employee.email) if employee else None,
        "employeePhone": shown_number(employee.phone) if employee else None,
        "serviceCategory": records.category.name if records.category else None,
        "serviceName": service.name if service else snapshot_name("service") or "",
        "serviceDuration": records.duration,
        "servicePrice": to_number(price or (service.price if service else Decimal(0))),
        "extras": bookings.to_booking_extras(booking, records.extras) if booking is not None else [],
        "locationName": location.name if location else snapshot_name("location"),
        "locationAddress": none_if_empty(location.address) if location else None,
        "locationPhone": shown_number(location.phone) if location else None,
        "customFields": (stored_extras(booking).get("custom_fields") or {}) if booking is not None else {},
    }


_SAMPLE_CUSTOMER = {
    "customerFullName": "Mira Holt",
    "customerFirstName": "Mira",
    "customerLastName": "Holt",
    "customerEmail": "mira@example.org",
    "customerPhone": "+16508546574",
}
_SAMPLE_APPOINTMENT: dict[str, Any] = {
    "appointmentId": 311,
    "bookingId": 402,
    "appointmentStatus": "approved",
    "appointmentStartDate": "2026-06-02",
    "appointmentStartTime": "09:00",
    "appointmentEndDate": "2026-06-02",
    "appointmentEndTime": "10:00",
    "appointmentStartDateTime": "2026-06-02 09:00:00",
    "appointmentEndDateTime": "2026-06-02 10:00:00",
    "appointmentPrice": 198,
    **_SAMPLE_CUSTOMER,
    "employeeFullName": "Ola Reyes",
    "employeeFirstName": "Ola",
    "employeeLastName": "Reyes",
    "employeeEmail": "ola@example.org",
    "employeePhone": None,
    "serviceCategory": "Cleaning",
    "serviceName": "Deep clean",
    "serviceDuration": 3600,
    "servicePrice": 60,
    "extras": [],
    "locationName": "North",
    "locationAddress": "1 Quay St",
    "locationPhone": None,
    "customFields": {},
}


def sample(name: str, id: str = "evt_91") -> dict[str, Any]:
    """A body of this event with invented people, for tests of receivers."""
    head = {"event": name, "eventId": id}
    if name == CUSTOMER_CREATED:
        return {**head, "customerId": 57, **_SAMPLE_CUSTOMER}
    body = {**head, **_SAMPLE_APPOINTMENT}
    if name == CANCELED:
        body["appointmentStatus"] = bookings.CANCELED
    if name == RESCHEDULED:
        body |= {"previousStartDateTime": "2026-06-01 09:00:00", "previousEndDateTime": "2026-06-01 10:00:00"}
    if name == STATUS_CHANGED:
        body["previousStatus"] = bookings.PENDING
    return body
