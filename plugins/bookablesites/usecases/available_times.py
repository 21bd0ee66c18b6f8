"""The free starts of a service, by date."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from frontdesk import availability, sessions
from frontdesk.caches import LastResults
from frontdesk.errors import Invalid
from frontdesk.repository import extras, locations, services
from frontdesk.schedule import Slot
from frontdesk.statuses import DELETED
from plugins.bookablesites.errors import FieldErrors
from plugins.bookablesites.translate.available_times import to_available_times, to_window
from plugins.bookablesites.translate.bookings import VISIBLE
from plugins.bookablesites.translate.params import id_or_none, to_extra_quantities, to_id, to_integer
from plugins.bookablesites.translate.services import ServiceView
from plugins.bookablesites.translate.values import today
from plugins.bookablesites.usecases.booking_requests import (
    offered_employee_id,
    offered_location_id,
    usual_location_id,
)
from plugins.bookablesites.usecases.context import Context
from plugins.bookablesites.usecases.service_catalog import service_views

_encoder = msgspec.json.Encoder(decimal_format="number")
#: Free starts by service and dates, as JSON; bounded by bytes.
_rendered: LastResults[tuple[int, date, date], bytes] = LastResults(4_000_000, len)


def list_available_times(query: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The free starts of a service, of one employee or all, in the dates of the query.

    Raises:
        FieldErrors: ``service`` is missing.
        Invalid: A parameter is wrong, or names a record that does not exist or is not offered.
    """
    if "service" not in query:
        raise FieldErrors.missing(["service"])
    service_id = to_id(query["service"], "service")
    service = services.get_many([service_id]).get(service_id)
    if service is None or service.status == DELETED:
        raise Invalid(field="service", reason="unknown", value=service_id)
    view = service_views([service], with_extras=False)[0]
    first, last = to_window(query, today(context.now(), context.zone))
    offers = _offers(view, query, first, last, context)
    inputs = (service.price, [(link.resource_id, link.price) for link in view.links], offers)
    rendered = _rendered.get(
        (service_id, first, last), inputs, lambda: _encoder.encode(to_available_times(view, offers))
    )
    return {"data": msgspec.Raw(rendered), "timezone": service.zone or context.zone}


def _offers(view: ServiceView, query: Mapping[str, Any], first: date, last: date, context: Context) -> Iterable[Slot]:
    """Every employee's free starts, each at the location where a booking of that employee would be."""
    service, plan = view.service, view.service.plan
    persons = 1 + to_integer(query.get("additional_guest_count", 0), "additional_guest_count", low=0, high=100_000)
    employee_id = offered_employee_id(view, id_or_none(query, "employee"), "employee")
    by_location = _employees_by_location(view, employee_id, id_or_none(query, "location"))
    excluded_id = id_or_none(query, "exclude_appointment")
    excluded = sessions.bookings_of([excluded_id], statuses=VISIBLE).get(excluded_id, []) if excluded_id else []
    extra_minutes = _extra_minutes(view, query)
    offers: list[Slot] = []
    for location_id, employee_ids in by_location.items():
        here = availability.list_slots(
            service.id,
            first=first,
            last=last,
            now=context.now(),
            blocks=max(1, plan.min_blocks),
            units=persons if plan.capacity.units_per == "person" else 1,
            resource_id=employee_id or None,
            location_id=location_id,
            extra_minutes=extra_minutes,
            include_full=False,
            excluded_booking_ids=[booking.id for booking in excluded],
            preloaded_services={service.id: service},
        )
        offers += [offer for offer in here if offer.resource_id in employee_ids or not offer.resource_id]
    return offers


def _employees_by_location(view: ServiceView, employee_id: int, location_id: int | None) -> dict[int, set[int]]:
    """Location id -> ids of the employees who would be booked there; employee 0 for a service without any."""
    # Services of other dialects have no usual location, so none is read for them.
    needs_locations = location_id is None and view.is_own
    active = locations.list_all([("status", "=", "active")]) if needs_locations else []
    employee_ids = [employee_id] if employee_id else [link.resource_id for link in view.links] or [0]
    by_location: dict[int, set[int]] = {}
    for candidate in employee_ids:
        if location_id is not None:
            usual_id = offered_location_id(view, location_id, candidate, "location")
        else:
            usual_id = usual_location_id(view, candidate, active)
        by_location.setdefault(usual_id, set()).add(candidate)
    return by_location


def _extra_minutes(view: ServiceView, query: Mapping[str, Any]) -> int:
    """The minutes the chosen extras add to a booking."""
    quantities = to_extra_quantities(query.get("extras"))
    records = extras.get_many(extra_id for extra_id, _ in quantities)
    minutes = 0
    for extra_id, quantity in quantities:
        extra = records.get(extra_id)
        if extra is None or extra.service_id != view.service.id:
            raise Invalid(field="extras", reason="unknown", value=extra_id)
        if extra.max_quantity and quantity > extra.max_quantity:
            raise Invalid(field="extras", reason="range", value=quantity)
        minutes += extra.minutes * quantity
    return minutes
