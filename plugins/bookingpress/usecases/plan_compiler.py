"""Compiles what this dialect stores with services, staff members and locations into core's plans, rules and prices.

Settings are compiled here alone: a use case that changes a setting calls ``services``, ``staff`` or ``location``
afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from frontdesk import catalog
from frontdesk import site as site_service
from frontdesk.records import Extra, Service, ServiceResource
from frontdesk.repository import locations, resources
from frontdesk.repository import services as service_table
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.hours import DEFAULT_HOURS
from plugins.bookingpress.translate.locations import location_entries
from plugins.bookingpress.translate.schedule import location_rules, service_plan, service_rules, staff_rules
from plugins.bookingpress.translate.services import native_price_plan, service_settings
from plugins.bookingpress.translate.values import NAME, is_native, stored_extras
from plugins.bookingpress.usecases.base import extras_by_service, links_by_service
from plugins.bookingpress.usecases.context import site_settings

Entry = Mapping[str, Any]


def services(ids: Iterable[int] | None = None, *, now: datetime) -> None:
    """Recompile services of this dialect, all or some; services of other dialects stay as they are."""
    records = service_table.list_all() if ids is None else list(service_table.get_many(ids).values())
    records = [service for service in records if is_native(service)]
    if not records:
        return
    settings, calendar = site_settings(), site_service.extras(NAME)
    native_ids = [service.id for service in records]
    links, extras, entries = (
        links_by_service(native_ids),
        extras_by_service(native_ids),
        location_entries(locations.list_all()),
    )
    for service in records:
        _compile_service(
            service,
            links=links.get(service.id, []),
            extras=extras.get(service.id, []),
            entries={location_id: entry for (location_id, id), entry in entries.items() if id == service.id},
            settings=settings,
            calendar=calendar,
            now=now,
        )


def _compile_service(
    service: Service,
    *,
    links: list[ServiceResource],
    extras: Sequence[Extra],
    entries: Mapping[int, Entry],
    settings: SiteSettings,
    calendar: Mapping[str, Any],
    now: datetime,
) -> None:
    """Compile one service.

    Args:
        entries: What locations say of it, by location id.
        calendar: The site's weekly hours (``workhours``) and holidays (``daysoff``).
    """
    own_settings = service_settings(service)
    links = _compile_links(service, links, own_settings, settings)
    smallest_parties = [{"min_capacity": link.min_capacity} for link in links]
    smallest_parties += [{"min_capacity": entry.get("service_min_qty")} for entry in entries.values()]
    capacities = {id: entry["service_qty"] for id, entry in entries.items() if entry.get("service_qty")}
    hours = calendar.get("workhours")
    service_table.update(
        service.id,
        now=now,
        plan=service_plan(own_settings, settings, staff=smallest_parties if links else None),
        rules=service_rules(
            own_settings,
            hours=DEFAULT_HOURS if hours is None else hours,
            daysoff=calendar.get("daysoff") or [],
            places=None if links else capacities,
        ),
        price_plan=native_price_plan(service, extras, links, entries, settings.tax_percentage),
        origin=NAME,
    )


def _compile_links(
    service: Service, links: list[ServiceResource], own_settings: Mapping[str, Any], settings: SiteSettings
) -> list[ServiceResource]:
    """Capacity of each link (the member's own, else the service's), and their order by price where that counts."""
    compiled: list[dict[str, Any]] = []
    for link in links:
        terms = link.extras.get(NAME)
        compiled.append(
            {
                "resource_id": link.resource_id,
                "base_cost": link.base_cost,
                "block_cost": link.block_cost,
                "price": link.price,
                "capacity": link.capacity if terms is None else terms.get("capacity") or own_settings["max_capacity"],
                "min_capacity": link.min_capacity,
                "extras": link.extras,
            }
        )
    if settings.any_staff_rule in ("least_expensive", "most_expensive"):

        def price(link: Mapping[str, Any]) -> Decimal:
            return service.price if link["price"] is None else Decimal(link["price"])

        compiled.sort(key=price, reverse=settings.any_staff_rule == "most_expensive")
    stored = [{name: getattr(link, name) for name in compiled[0]} for link in links] if compiled else []
    if compiled == stored:
        return links
    catalog.set_resources(service.id, compiled)
    return catalog.resource_links(service_ids=[service.id])


def staff(ids: Iterable[int] | None = None, *, now: datetime) -> None:
    """Recompile the rules of staff members of this dialect, all or some."""
    members = resources.list_all() if ids is None else list(resources.get_many(ids).values())
    members = [member for member in members if stored_extras(member)]
    if not members:
        return
    entries = location_entries(locations.list_all())
    service_ids: dict[int, list[int]] = {}
    for link in catalog.resource_links(resource_ids=[member.id for member in members]):
        service_ids.setdefault(link.resource_id, []).append(link.service_id)
    for member in members:
        capacities: dict[tuple[int, int], int] = {}
        for (location_id, service_id), entry in entries.items():
            if service_id in service_ids.get(member.id, ()):
                capacity = _capacity_at(entry, member.id)
                if capacity:
                    capacities[(service_id, location_id)] = capacity
        settings = stored_extras(member)
        hidden = not settings.get("status", 1) or settings.get("visibility") == "private"
        rules = staff_rules(settings, places=capacities)
        resources.update(member.id, now=now, rules=rules, status="hidden" if hidden else "active")


def _capacity_at(entry: Entry, resource_id: int) -> int:
    """The capacity a location gives a staff member, else the service there; 0 where it says nothing."""
    for member in entry.get("staffmembers") or ():
        if member["staffmember_id"] == resource_id and member.get("staff_location_qty"):
            return int(member["staff_location_qty"])
    return int(entry.get("service_qty") or 0)


def location(id: int, *, now: datetime) -> None:
    """Compile the rules of one location."""
    locations.update(id, now=now, rules=location_rules(stored_extras(locations.get(id))))


def everything(*, now: datetime) -> None:
    """Compile all there is, after the site's settings have changed."""
    for record in locations.list_all():
        if stored_extras(record):
            location(record.id, now=now)
    services(now=now)
    staff(now=now)
