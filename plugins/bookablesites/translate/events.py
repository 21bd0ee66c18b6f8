"""Core's events as this dialect's: which they are, and the flat body that receivers get (fact sheet, section 9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.domain.records import Booking, Category, Customer, Event, Location, Resource, Service
from core.errors import Invalid
from plugins.bookablesites.translate import bookings as words
from plugins.bookablesites.translate import phones
from plugins.bookablesites.translate.catalog import blank, person_names
from plugins.bookablesites.translate.prices import to_number
from plugins.bookablesites.translate.times import from_wall

BOOKED, CANCELED = "appointment.booked", "appointment.canceled"
RESCHEDULED, STATUS_CHANGED = "appointment.rescheduled", "appointment.statusChanged"
CUSTOMER_CREATED = "customer.created"
EVENTS = (BOOKED, CANCELED, RESCHEDULED, STATUS_CHANGED, CUSTOMER_CREATED)
#: The kinds of core's events that can be one of these.
KINDS = (
    "booking.created",
    "booking.cancelled",
    "booking.rescheduled",
    "booking.status_changed",
    "customer.created",
)
_NAMES = {"booking.cancelled": CANCELED, "booking.rescheduled": RESCHEDULED, "customer.created": CUSTOMER_CREATED}


def core_kinds(name: str) -> tuple[str, ...]:
    """The kinds of core's events that may be told under a name."""
    if name == BOOKED:
        return ("booking.created", "booking.status_changed")
    if name == STATUS_CHANGED:
        return ("booking.status_changed",)
    return tuple(kind for kind, known in _NAMES.items() if known == name)


def name_of(event: Event) -> str | None:
    """What this dialect calls an event; None for what it does not tell.

    A hold or draft is nobody's appointment until it becomes a booking. Who was cancelled before is not told again.
    """
    if event.kind == "customer.created":
        return CUSTOMER_CREATED
    status = (event.data.get("booking") or {}).get("status")
    before = (event.data.get("previous") or {}).get("status")
    if event.kind == "booking.cancelled":
        # Also of what was thrown away or deleted; what nobody saw is not missed.
        return CANCELED if before is None or before in words.VISIBLE else None
    if status not in words.VISIBLE:
        return None
    if event.kind == "booking.created" or (event.kind == "booking.status_changed" and before not in words.VISIBLE):
        return BOOKED
    if event.kind == "booking.rescheduled":
        return RESCHEDULED if words.shown_status(status) in words.ACTIVE else None
    if event.kind == "booking.status_changed":
        return STATUS_CHANGED if words.shown_status(status) != words.shown_status(before) else None
    return _NAMES.get(event.kind)


@dataclass(frozen=True, slots=True)
class About:
    """Everything an event points to, where it still exists."""

    booking: Booking | None = None
    customer: Customer | None = None
    resource: Resource | None = None
    service: Service | None = None
    category: Category | None = None
    location: Location | None = None
    duration: int = 0
    names: words.Names = field(default_factory=words.Names)


def event_id(event: Event) -> str:
    return f"evt_{event.id}"


def to_event_number(text: str, field: str = "after") -> int:
    """``evt_91`` as 91."""
    digits = text.removeprefix("evt_")
    if digits.isascii() and digits.isdigit() and len(digits) < 19:
        return int(digits)
    raise Invalid(field=field, reason="event", value=text)


def to_payload(event: Event, name: str, about: About) -> dict[str, Any]:
    """The body of one event."""
    head = {"event": name, "eventId": event_id(event)}
    kept = _snapshot(event, about).get("customer")
    if name == CUSTOMER_CREATED:
        return {**head, "customerId": event.subject_id, **_customer(about.customer, kept)}
    facts = event.data["booking"]
    around = _around(about, _snapshot(event, about))
    body = {**head, **_appointment(facts), **_customer(about.customer, kept), **around}
    before = event.data.get("previous") or {}
    if name == RESCHEDULED:
        body["previousStartDateTime"] = before.get("wall_start")
        body["previousEndDateTime"] = before.get("wall_end")
    if name == STATUS_CHANGED:
        body["previousStatus"] = words.shown_status(before.get("status"))
    return body


def _appointment(facts: Mapping[str, Any]) -> dict[str, Any]:
    start, end = datetime.fromisoformat(facts["wall_start"]), datetime.fromisoformat(facts["wall_end"])
    return {
        "appointmentId": facts["session_id"],
        "bookingId": facts["id"],
        "appointmentStatus": words.shown_status(facts["status"]),
        "appointmentStartDate": start.date().isoformat(),
        "appointmentStartTime": f"{start:%H:%M}",
        "appointmentEndDate": end.date().isoformat(),
        "appointmentEndTime": f"{end:%H:%M}",
        "appointmentStartDateTime": from_wall(start),
        "appointmentEndDateTime": from_wall(end),
        "appointmentPrice": to_number(Decimal(facts["total"])),
    }


def _customer(record: Customer | None, kept: Mapping[str, Any] | None) -> dict[str, Any]:
    kept = kept or {}
    first = record.first_name if record else kept.get("first_name") or ""
    last = record.last_name if record else kept.get("last_name") or ""
    return {
        "customerFullName": f"{first} {last}".strip(),
        "customerFirstName": first,
        "customerLastName": last,
        "customerEmail": record.email if record else kept.get("email") or "",
        "customerPhone": _phone(record.phone if record else kept.get("phone") or ""),
    }


def _phone(number: str) -> str | None:
    try:
        return blank(phones.to_number(number))
    except Invalid:
        return blank(number)


def _snapshot(event: Event, about: About) -> Mapping[str, Any]:
    """The names a booking was made under; of a deleted one the event has kept them."""
    return about.booking.snapshot if about.booking is not None else event.data.get("snapshot") or {}


def _around(about: About, kept: Mapping[str, Any]) -> dict[str, Any]:
    booking, employee, place = about.booking, about.resource, about.location
    first, last = person_names(employee) if employee else ((kept.get("resource") or {}).get("name") or "", "")
    price = booking and words.stored_quote(booking).facts.get("unit")
    return {
        "employeeFullName": blank(f"{first} {last}".strip()),
        "employeeFirstName": blank(first),
        "employeeLastName": blank(last),
        "employeeEmail": blank(employee.email) if employee else None,
        "employeePhone": _phone(employee.phone) if employee else None,
        "serviceCategory": about.category.name if about.category else None,
        "serviceName": about.service.name if about.service else (kept.get("service") or {}).get("name") or "",
        "serviceDuration": about.duration,
        "servicePrice": to_number(price or (about.service.price if about.service else Decimal(0))),
        "extras": words.to_extras_of(booking, about.names) if booking is not None else [],
        "locationName": place.name if place else (kept.get("location") or {}).get("name"),
        "locationAddress": blank(place.address) if place else None,
        "locationPhone": _phone(place.phone) if place else None,
        "customFields": (words.own(booking).get("custom_fields") or {}) if booking is not None else {},
    }


_PEOPLE = {
    "customerFullName": "Mira Holt",
    "customerFirstName": "Mira",
    "customerLastName": "Holt",
    "customerEmail": "mira@example.org",
    "customerPhone": "+16508546574",
}
_SAMPLE = {
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
    **_PEOPLE,
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
    """A body of this kind with invented people in it, for tests of receivers."""
    head = {"event": name, "eventId": id}
    if name == CUSTOMER_CREATED:
        return {**head, "customerId": 57, **_PEOPLE}
    body = {**head, **_SAMPLE}
    if name == CANCELED:
        body["appointmentStatus"] = words.CANCELED
    if name == RESCHEDULED:
        body |= {"previousStartDateTime": "2026-06-01 09:00:00", "previousEndDateTime": "2026-06-01 10:00:00"}
    if name == STATUS_CHANGED:
        body["previousStatus"] = words.PENDING
    return body
