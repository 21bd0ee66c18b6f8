"""How operators see and change services (README, "Changes by operators")."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from frontdesk import ServiceEditor, catalog
from frontdesk.errors import Invalid
from frontdesk.records import Service, ServiceChange, ServiceOffer, ServiceResource, WeeklyOpening
from frontdesk.repository import locations, resources, services
from frontdesk.schedule import check_whole_days, is_day_based, openings_of
from plugins.bookingpress.translate.hours import StoredHours
from plugins.bookingpress.translate.locations import location_entries
from plugins.bookingpress.translate.services import service_settings
from plugins.bookingpress.translate.values import DAYS, NAME, clock, is_native, stored_extras, with_stored_extras
from plugins.bookingpress.usecases import plan_compiler
from plugins.bookingpress.usecases.context import Context
from plugins.bookingpress.usecases.services import Services


def service_editor(context: Context) -> ServiceEditor:
    return ServiceEditor(
        dialect=NAME,
        show=lambda service_id: Services(context).get(service_id)[0],
        offer=_offer,
        change=_change,
    )


def _offer(service: Service) -> ServiceOffer | None:
    if not is_native(service):
        return None
    fixed, notes = {}, {}
    links = catalog.resource_links(service_ids=[service.id])
    entries = [entry for (_, id), entry in location_entries(locations.list_all()).items() if id == service.id]
    if any(link.price is not None for link in links) or any(entry.get("price") for entry in entries):
        notes["price"] = "Some staff members or locations have a price of their own, which stays."
    own_places = [link for link in links if _has_own_places(link)]
    if links and len(own_places) == len(links):
        fixed["capacity"] = "Every staff member has a number of places of their own."
    elif own_places or any(entry.get("service_qty") for entry in entries):
        notes["capacity"] = "Some staff members or locations have places of their own, which stay."
    members = resources.get_many(link.resource_id for link in links).values()
    with_hours = [member.name for member in members if stored_extras(member).get("workhours") is not None]
    if members and len(with_hours) == len(members):
        fixed["hours"] = f"The hours are those of its staff: {', '.join(with_hours[:10])}."
    elif with_hours:
        notes["hours"] = f"These staff members have hours of their own: {', '.join(with_hours[:10])}."
    return ServiceOffer(
        price=service.price,
        capacity=service_settings(service)["max_capacity"],
        hours=openings_of(service.plan, service.rules),
        fixed=fixed,
        notes=notes,
    )


def _has_own_places(link: ServiceResource) -> bool:
    """Does the staff member take another number than the service says?"""
    terms = link.extras.get(NAME)
    return link.capacity is not None if terms is None else bool(terms.get("capacity"))


def _change(service: Service, change: ServiceChange, *, now: datetime) -> None:
    fields: dict[str, Any] = {
        name: value
        for name, value in (("name", change.name), ("status", change.status), ("price", change.price))
        if value is not None
    }
    settings: dict[str, Any] = {}
    if change.capacity is not None:
        smallest = service_settings(service)["min_capacity"]
        if change.capacity < smallest:
            raise Invalid(field="capacity", reason=f"the smallest party of this service is {smallest}")
        settings["max_capacity"] = change.capacity
    if change.hours is not None:
        if is_day_based(service.plan):
            check_whole_days(change.hours)
        settings["workhours"] = _workhours(change.hours)
    if settings:
        fields["extras"] = with_stored_extras(service, **settings)
    services.update(service.id, now=now, **fields)
    if settings or change.price is not None:
        plan_compiler.services([service.id], now=now)


def _workhours(openings: Sequence[WeeklyOpening]) -> list[StoredHours]:
    names = {number: name for name, number in DAYS.items()}
    return [
        {
            "day": names[opening.weekday],
            "start_time": clock(opening.from_minute),
            "end_time": clock(opening.to_minute),
            "breaks": [],
        }
        for opening in sorted(openings)
    ]
