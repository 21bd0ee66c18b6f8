"""Puts together what the availability engine needs to know of a service: one query each for services and resources."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from core.db import money, rows
from core.domain.schedule import CalendarRule, ResourceCalendar, ServiceCalendar
from core.errors import NotFound
from core.services import hooks, site
from core.services.records import checked_id, decode_plan, decode_rules, locations


@dataclass(frozen=True, slots=True)
class Loaded:
    """A service's calendar and the texts it was made from; equal keys mean equal calendars."""

    calendar: ServiceCalendar
    key: tuple[object, ...]
    name: str
    status: str
    bookable: bool
    #: The stored price plan (JSON text) and the plain price.
    price_text: str
    price: Decimal
    #: resource id -> smallest party there, where one is set
    min_capacity: dict[int, int]


def load(
    service_ids: Iterable[int], *, location_id: int = 0, extra_minutes: int = 0
) -> dict[int, Loaded]:
    """Calendars by service id; unknown services are left out."""
    wanted = sorted({checked_id(number) for number in service_ids} - {0})
    if not wanted:
        return {}
    marks = ", ".join("?" * len(wanted))
    found = rows(
        "SELECT id, plan, rules, zone, name, status, bookable, price_plan, price,"
        " (SELECT rules FROM site_state WHERE id = 1)"
        f" FROM service WHERE id IN ({marks})",
        wanted,
    )
    linked: dict[int, list[tuple]] = {}
    for row in rows(
        "SELECT l.service_id, r.id, l.capacity, r.capacity, r.sharing, r.rules, l.min_capacity, r.status"
        " FROM service_resource l JOIN resource r ON r.id = l.resource_id"
        f" WHERE l.service_id IN ({marks}) AND r.status <> 'trashed' ORDER BY l.service_id, l.position, r.id",
        wanted,
    ):
        linked.setdefault(row[0], []).append(row[1:])
    place = locations.get(location_id) if location_id else None
    loaded = {}
    for number, plan_text, rules_text, zone, name, status, bookable, price_text, price, site_text in found:
        site_text = site_text or "[]"
        plan = decode_plan(plan_text)
        zone = zone or (place.zone if place else "") or site.current().timezone
        rules: tuple[CalendarRule, ...] = decode_rules(rules_text)
        if plan.follows_site:
            rules = decode_rules(site_text) + rules
        if place is not None and place.rules:
            rules = place.rules + rules
        links = linked.get(number, [])
        calendar = ServiceCalendar(
            service_id=number,
            plan=plan,
            rules=rules,
            resources=tuple(
                ResourceCalendar(
                    id=link[0],
                    rules=decode_rules(link[4]),
                    capacity=link[1] if link[1] is not None else link[2],
                    sharing=link[3],
                    offered=link[6] != "hidden",
                )
                for link in links
            ),
            zone=zone,
            extra_minutes=extra_minutes,
            location_id=location_id,
        )
        filters = hooks.current().calendar_rules
        key: tuple[object, ...] = (
            number,
            plan_text,
            rules_text,
            site_text if plan.follows_site else "",
            tuple(links),
            zone,
            extra_minutes,
            (location_id, place.version) if place else 0,
        )
        if filters:
            calendar = hooks.run(filters, calendar)
            key = (*key, repr(calendar.rules))
        loaded[number] = Loaded(
            calendar=calendar,
            key=key,
            name=name,
            status=status,
            bookable=bool(bookable),
            price_text=price_text,
            price=money(price),
            min_capacity={link[0]: link[5] for link in links if link[5]},
        )
    return loaded


def load_one(service_id: int, *, location_id: int = 0, extra_minutes: int = 0) -> Loaded:
    """One service's calendar.

    Raises:
        NotFound: There is no such service.
    """
    found = load([service_id], location_id=location_id, extra_minutes=extra_minutes)
    if service_id not in found:
        raise NotFound(kind="service", id=service_id)
    return found[service_id]


def with_resource(loaded: Loaded, resource: ResourceCalendar) -> Loaded:
    """The same service with one more resource, for a booking that names one the service does not list."""
    calendar = replace(loaded.calendar, resources=(*loaded.calendar.resources, resource))
    return replace(loaded, calendar=calendar, key=(*loaded.key, resource.id))
