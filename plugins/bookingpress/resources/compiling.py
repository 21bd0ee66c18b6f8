"""Turns what this dialect keeps with services, staff members and locations into the core's plans, rules and prices.

The one place where settings are compiled: whoever changes a setting calls ``services`` or ``staff`` here afterwards.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.domain.price_plan import plan_data
from core.domain.records import Location, Service, ServiceResource
from core.services import catalog, site
from core.services.repository import extras, locations, resources
from core.services.repository import services as service_table
from plugins.bookingpress.resources.base import site_settings
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.catalog import is_own, own, service_settings, to_extra
from plugins.bookingpress.translate.prices import to_price_plan
from plugins.bookingpress.translate.schedule import (
    DEFAULT_HOURS,
    location_rules,
    service_plan,
    service_rules,
    staff_rules,
)
from plugins.bookingpress.translate.values import NAME

Entries = dict[tuple[int, int], Mapping[str, Any]]


def site_hours() -> list[dict[str, Any]]:
    """The site's weekly hours."""
    hours = site.extras(NAME).get("workhours")
    return DEFAULT_HOURS if hours is None else hours


def site_daysoff() -> list[dict[str, Any]]:
    """The site's holidays."""
    return site.extras(NAME).get("daysoff") or []


def entries(places: Iterable[Location]) -> Entries:
    """What locations say of services: (location id, service id) -> their entry."""
    return {(place.id, entry["service_id"]): entry for place in places for entry in own(place).get("services") or ()}


def services(ids: Iterable[int] | None = None, *, now: datetime) -> None:
    """Compile services of this dialect anew: all of them, or some. Those of other dialects are left alone."""
    found = service_table.list_all() if ids is None else list(service_table.get_many(ids).values())
    found = [service for service in found if is_own(service)]
    if not found:
        return
    settings, hours, daysoff = site_settings(), site_hours(), site_daysoff()
    places = locations.list_all()
    numbers = [service.id for service in found]
    linked: dict[int, list[ServiceResource]] = {}
    for link in catalog.resource_links(service_ids=numbers):
        linked.setdefault(link.service_id, []).append(link)
    offered: dict[int, list[Any]] = {}
    for extra in extras.list_all([("service_id", "in", numbers)], order=(("position", "asc"), ("id", "asc"))):
        offered.setdefault(extra.service_id, []).append(extra)
    known = entries(places)
    for service in found:
        links = linked.get(service.id, [])
        given = service_settings(service)
        here = {place: entry for (place, number), entry in known.items() if number == service.id}
        links = _compile_links(service, links, given, settings, now=now)
        limits = {place: entry["service_qty"] for place, entry in here.items() if entry.get("service_qty")}
        smallest = [{"min_capacity": link.min_capacity} for link in links]
        smallest += [{"min_capacity": entry.get("service_min_qty")} for entry in here.values()]
        plan = service_plan(given, settings, service_id=service.id, staff=smallest if links else None)
        rules = service_rules(given, hours=hours, daysoff=daysoff, places=None if links else limits)
        prices = to_price_plan(
            {
                **given,
                "service_id": service.id,
                "service_price": service.price,
                "extra_services": [to_extra(extra) for extra in offered.get(service.id, ())],
            },
            staff=[_priced(link) for link in links],
            locations=[{"location_id": place, "services": [entry]} for place, entry in here.items()],
            tax_percentage=settings.tax_percentage,
        )
        service_table.update(service.id, now=now, plan=plan, rules=rules, price_plan=plan_data(prices), origin=NAME)


def _priced(link: ServiceResource) -> dict[str, Any]:
    entry = {"assign_service_id": link.service_id, "assign_service_price": link.price}
    return {"staffmember_id": link.resource_id, "assigned_service_list": [entry]}


def _compile_links(
    service: Service,
    links: list[ServiceResource],
    given: Mapping[str, Any],
    settings: SiteSettings,
    *,
    now: datetime,
) -> list[ServiceResource]:
    """Capacity of each link (the member's own, else the service's), and their order by price where that counts."""
    wanted = []
    for link in links:
        kept = link.extras.get(NAME)
        wanted.append(
            {
                "resource_id": link.resource_id,
                "base_cost": link.base_cost,
                "block_cost": link.block_cost,
                "price": link.price,
                "capacity": link.capacity if kept is None else kept.get("capacity") or given["max_capacity"],
                "min_capacity": link.min_capacity,
                "extras": link.extras,
            }
        )
    if settings.any_staff_rule in ("least_expensive", "most_expensive"):
        dearest_first = settings.any_staff_rule == "most_expensive"

        def price(item: Mapping[str, Any]) -> Decimal:
            return service.price if item["price"] is None else item["price"]

        wanted.sort(key=price, reverse=dearest_first)
    before = [{name: getattr(link, name) for name in wanted[0]} for link in links] if wanted else []
    if wanted != before:
        catalog.set_resources(service.id, wanted)
        return catalog.resource_links(service_ids=[service.id])
    return links


def staff(ids: Iterable[int] | None = None, *, now: datetime) -> None:
    """Compile the rules of staff members of this dialect anew."""
    found = resources.list_all() if ids is None else list(resources.get_many(ids).values())
    found = [member for member in found if own(member)]
    if not found:
        return
    known = entries(locations.list_all())
    linked: dict[int, list[int]] = {}
    for link in catalog.resource_links(resource_ids=[member.id for member in found]):
        linked.setdefault(link.resource_id, []).append(link.service_id)
    for member in found:
        places: dict[tuple[int, int], int] = {}
        for (place, service), entry in known.items():
            if service not in linked.get(member.id, ()):
                continue
            ours = [one for one in entry.get("staffmembers") or () if one["staffmember_id"] == member.id]
            count = next((one["staff_location_qty"] for one in ours if one.get("staff_location_qty")), None)
            count = count or entry.get("service_qty")
            if count:
                places[(service, place)] = count
        kept = own(member)
        status = "hidden" if not kept.get("status", 1) or kept.get("visibility") == "private" else "active"
        resources.update(member.id, now=now, rules=staff_rules(kept, places=places), status=status)


def location(id: int, *, now: datetime) -> None:
    """Compile the rules of one location."""
    place = locations.get(id)
    locations.update(id, now=now, rules=location_rules(own(place)))


def everything(*, now: datetime) -> None:
    """Compile all there is, after the site's settings have changed."""
    for place in locations.list_all():
        if own(place):
            location(place.id, now=now)
    services(now=now)
    staff(now=now)
