"""Bookings and appointments as replies show them, and the records events refer to.

One query for each kind of related record, whatever the number of bookings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from core.domain.records import Booking, Event
from core.services import bookings as core_bookings
from core.services.records import customers, extras, locations, resources, services
from plugins.bookablesites.translate.bookings import RelatedRecords, to_appointment, to_booking, to_group
from plugins.bookablesites.translate.events import EventRecords
from plugins.bookablesites.usecases.service_catalog import service_views


def render_bookings(bookings: Sequence[Booking]) -> list[dict[str, Any]]:
    related = _booking_records(bookings)
    return [to_booking(booking, related) for booking in bookings]


def render_group(bookings: Sequence[Booking]) -> dict[str, Any]:
    """A group order from its bookings, oldest first."""
    return to_group(bookings, _booking_records(bookings))


def render_appointments(appointments: Iterable[Sequence[Booking]], zone: str) -> list[dict[str, Any]]:
    """Appointments, each from its bookings, oldest first; ``zone`` is the zone of ``created_at``."""
    appointments = list(appointments)
    related = _appointment_records([booking for bookings in appointments for booking in bookings])
    return [to_appointment(bookings, related, zone) for bookings in appointments]


def _booking_records(bookings: Sequence[Booking]) -> RelatedRecords:
    return RelatedRecords(
        customers=customers.many(booking.customer_id for booking in bookings),
        extras=extras.many(extra_id for booking in bookings for extra_id, _ in booking.extras_chosen),
    )


def _appointment_records(bookings: Sequence[Booking]) -> RelatedRecords:
    booked = services.many(booking.service_id for booking in bookings)
    views = {view.service.id: view for view in service_views(list(booked.values()), with_extras=False)}
    employees = {id: record for view in views.values() for id, record in view.employees.items()}
    pairs = {(booking.service_id, booking.resource_id) for booking in bookings if booking.service_id in views}
    return replace(
        _booking_records(bookings),
        services=booked,
        resources=employees | resources.many({booking.resource_id for booking in bookings} - employees.keys()),
        locations=locations.many(booking.location_id for booking in bookings),
        party_limits={pair: views[pair[0]].party_limits(pair[1]) for pair in pairs},
    )


def event_records(event: Event) -> EventRecords:
    """The records an event refers to, as they are now."""
    if event.subject_kind == "customer":
        return EventRecords(customer=customers.many([event.subject_id]).get(event.subject_id))
    ids = event.data["booking"]
    booking = core_bookings.many([ids["id"]]).get(ids["id"])
    service = services.many([ids["service_id"]]).get(ids["service_id"])
    view = service_views([service])[0] if service is not None else None
    return EventRecords(
        booking=booking,
        customer=customers.many([ids["customer_id"]]).get(ids["customer_id"]),
        resource=resources.many([ids["resource_id"]]).get(ids["resource_id"]),
        service=service,
        category=view.category if view is not None else None,
        location=locations.many([ids["location_id"]]).get(ids["location_id"]),
        duration=view.fields["duration"] if view is not None else 0,
        extras=extras.many(extra_id for extra_id, _ in booking.extras_chosen) if booking is not None else {},
    )
