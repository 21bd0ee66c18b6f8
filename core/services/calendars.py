"""Puts together what the availability engine needs to know of a service: one query each for services and resources."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import msgspec

from core.db import decode_money, fetch_all
from core.domain.records import Service
from core.domain.schedule import ResourceCalendar, ServiceCalendar
from core.errors import NotFound
from core.services import filters, site
from core.services.repository import checked_id, decode_plan, decode_rules, locations, resources


@dataclass(frozen=True, slots=True)
class LoadedCalendar:
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


def load_calendars(
    service_ids: Iterable[int],
    *,
    location_id: int = 0,
    extra_minutes: int = 0,
    known: Mapping[int, Service] | None = None,
) -> dict[int, LoadedCalendar]:
    """Calendars by service id; unknown services are left out.

    Args:
        known: Services the caller has just read, which are not read again. Never for selling.
    """
    wanted = sorted({checked_id(number) for number in service_ids} - {0})
    if not wanted:
        return {}
    found = [_source(known[number]) for number in wanted if known and number in known]
    unread = [number for number in wanted if not known or number not in known]
    if unread:
        texts = fetch_all(
            "SELECT id, plan, rules, zone, name, status, bookable, price_plan, price"
            f" FROM service WHERE id IN ({', '.join('?' * len(unread))})",
            unread,
        )
        found += [
            (row[:3], decode_plan(row[1]), decode_rules(row[2]), *row[3:8], decode_money(row[8])) for row in texts
        ]
    linked: dict[int, list[tuple]] = {}
    site_text = "[]"
    for row in fetch_all(
        "SELECT s.id, r.id, l.capacity, r.capacity, r.sharing, r.rules, l.min_capacity, r.status,"
        " (SELECT rules FROM site_state WHERE id = 1)"
        " FROM service s LEFT JOIN service_resource l ON l.service_id = s.id"
        " LEFT JOIN resource r ON r.id = l.resource_id AND r.status <> 'trashed'"
        f" WHERE s.id IN ({', '.join('?' * len(wanted))}) ORDER BY s.id, l.position, r.id",
        wanted,
    ):
        site_text = row[8] or site_text
        if row[1] is not None:
            linked.setdefault(row[0], []).append(row[1:8])
    place = locations.get(location_id) if location_id else None
    loaded = {}
    for source, plan, rules, zone, name, status, bookable, price_text, price in found:
        number = source[0]
        zone = zone or (place.zone if place else "") or site.current().timezone
        if plan.opening.includes_site_rules:
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
                    listed=link[6] != "hidden",
                )
                for link in links
            ),
            zone=zone,
            extra_minutes=extra_minutes,
            location_id=location_id,
        )
        rule_filters = filters.current().calendar_rules
        key: tuple[object, ...] = (
            source,
            site_text if plan.opening.includes_site_rules else "",
            tuple(links),
            zone,
            extra_minutes,
            (location_id, place.version) if place else 0,
        )
        if rule_filters:
            calendar = filters.run(rule_filters, calendar)
            key = (*key, repr(calendar.rules))
        loaded[number] = LoadedCalendar(
            calendar=calendar,
            key=key,
            name=name,
            status=status,
            bookable=bool(bookable),
            price_text=price_text,
            price=price,
            min_capacity={link[0]: link[5] for link in links if link[5]},
        )
    return loaded


def _source(service: Service) -> tuple[Any, ...]:
    """A record as ``load`` uses it; its plan and rules stand for the texts they were read from."""
    price_text = msgspec.json.encode(service.price_plan).decode() if service.price_plan else ""
    return (
        (service.id, service.plan, service.rules),
        service.plan,
        service.rules,
        service.zone,
        service.name,
        service.status,
        service.bookable,
        price_text,
        service.price,
    )


def load_calendar(
    service_id: int,
    *,
    location_id: int = 0,
    extra_minutes: int = 0,
    known: Mapping[int, Service] | None = None,
) -> LoadedCalendar:
    """One service's calendar; ``known`` as for ``load``.

    Raises:
        NotFound: There is no such service.
    """
    found = load_calendars([service_id], location_id=location_id, extra_minutes=extra_minutes, known=known)
    if service_id not in found:
        raise NotFound(kind="service", id=service_id)
    return found[service_id]


def with_resource(loaded: LoadedCalendar, resource_id: int) -> LoadedCalendar:
    """The same service with a resource in it that is named although the service does not list it.

    Raises:
        NotFound: There is no such resource.
    """
    if not resource_id or any(listed.id == resource_id for listed in loaded.calendar.resources):
        return loaded
    resource = resources.get(resource_id)
    named = ResourceCalendar(
        id=resource.id,
        rules=resource.rules,
        capacity=resource.capacity,
        sharing=resource.sharing,  # type: ignore[arg-type]
    )
    calendar = replace(loaded.calendar, resources=(*loaded.calendar.resources, named))
    return replace(loaded, calendar=calendar, key=(*loaded.key, resource.id, resource.version))


def in_zone(loaded: LoadedCalendar, zone: str) -> LoadedCalendar:
    """The same service read on another clock, for a booking made when that was the service's."""
    if zone == loaded.calendar.zone:
        return loaded
    return replace(loaded, calendar=replace(loaded.calendar, zone=zone), key=(*loaded.key, zone))
