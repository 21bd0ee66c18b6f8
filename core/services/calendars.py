"""Loads what the availability engine needs of services: one query for the services, one for their resources."""

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
    """A service's calendar with its cache key; equal keys mean equal calendars."""

    calendar: ServiceCalendar
    key: tuple[object, ...]
    name: str
    status: str
    bookable: bool
    #: The stored price plan, and the plain price in major units.
    price_plan_json: str
    price: Decimal
    #: The smallest party by resource id, where one is set.
    min_capacity: dict[int, int]


def load_calendars(
    service_ids: Iterable[int],
    *,
    location_id: int = 0,
    extra_minutes: int = 0,
    preloaded_services: Mapping[int, Service] | None = None,
) -> dict[int, LoadedCalendar]:
    """Calendars by service id; unknown services are left out.

    Args:
        preloaded_services: Services the caller has just read, which are not read again. Never use this to book.
    """
    ids = sorted({checked_id(service_id) for service_id in service_ids} - {0})
    if not ids:
        return {}
    sources = [
        _source(preloaded_services[service_id])
        for service_id in ids
        if preloaded_services and service_id in preloaded_services
    ]
    ids_to_read = [service_id for service_id in ids if not preloaded_services or service_id not in preloaded_services]
    if ids_to_read:
        texts = fetch_all(
            "SELECT id, plan, rules, zone, name, status, bookable, price_plan, price"
            f" FROM service WHERE id IN ({', '.join('?' * len(ids_to_read))})",
            ids_to_read,
        )
        sources += [
            (row[:3], decode_plan(row[1]), decode_rules(row[2]), *row[3:8], decode_money(row[8])) for row in texts
        ]
    links_by_service: dict[int, list[tuple[Any, ...]]] = {}
    site_rules_json = "[]"
    for row in fetch_all(
        "SELECT s.id, r.id, l.capacity, r.capacity, r.sharing, r.rules, l.min_capacity, r.status,"
        " (SELECT rules FROM site_state WHERE id = 1)"
        " FROM service s LEFT JOIN service_resource l ON l.service_id = s.id"
        " LEFT JOIN resource r ON r.id = l.resource_id AND r.status <> 'trashed'"
        f" WHERE s.id IN ({', '.join('?' * len(ids))}) ORDER BY s.id, l.position, r.id",
        ids,
    ):
        site_rules_json = row[8] or site_rules_json
        if row[1] is not None:
            links_by_service.setdefault(row[0], []).append(row[1:8])
    location = locations.get(location_id) if location_id else None
    loaded = {}
    for source, plan, rules, zone, name, status, bookable, price_text, price in sources:
        service_id = source[0]
        zone = zone or (location.zone if location else "") or site.current().timezone
        if plan.follows_site:
            rules = decode_rules(site_rules_json) + rules
        if location is not None and location.rules:
            rules = location.rules + rules
        links = links_by_service.get(service_id, [])
        calendar = ServiceCalendar(
            service_id=service_id,
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
        rule_filters = filters.current().calendar_rules
        key: tuple[object, ...] = (
            source,
            site_rules_json if plan.follows_site else "",
            tuple(links),
            zone,
            extra_minutes,
            (location_id, location.version) if location else 0,
        )
        if rule_filters:
            calendar = filters.run(rule_filters, calendar)
            key = (*key, repr(calendar.rules))
        loaded[service_id] = LoadedCalendar(
            calendar=calendar,
            key=key,
            name=name,
            status=status,
            bookable=bool(bookable),
            price_plan_json=price_text,
            price=price,
            min_capacity={link[0]: link[5] for link in links if link[5]},
        )
    return loaded


def _source(service: Service) -> tuple[Any, ...]:
    """A preloaded service as a row of ``load_calendars``; plan and rules replace their texts in the cache key."""
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
    preloaded_services: Mapping[int, Service] | None = None,
) -> LoadedCalendar:
    """The calendar of one service; arguments as for ``load_calendars``.

    Raises:
        NotFound: There is no such service.
    """
    loaded_calendars = load_calendars(
        [service_id], location_id=location_id, extra_minutes=extra_minutes, preloaded_services=preloaded_services
    )
    if service_id not in loaded_calendars:
        raise NotFound(kind="service", id=service_id)
    return loaded_calendars[service_id]


def with_resource(loaded: LoadedCalendar, resource_id: int) -> LoadedCalendar:
    """The calendar with a resource added that the request names but the service does not list.

    Raises:
        NotFound: There is no such resource.
    """
    if not resource_id or any(resource.id == resource_id for resource in loaded.calendar.resources):
        return loaded
    resource = resources.get(resource_id)
    resource_calendar = ResourceCalendar(
        id=resource.id,
        rules=resource.rules,
        capacity=resource.capacity,
        sharing=resource.sharing,  # type: ignore[arg-type]  # the column holds one of these words
    )
    calendar = replace(loaded.calendar, resources=(*loaded.calendar.resources, resource_calendar))
    return replace(loaded, calendar=calendar, key=(*loaded.key, resource.id, resource.version))


def in_zone(loaded: LoadedCalendar, zone: str) -> LoadedCalendar:
    """The calendar in another time zone, for a booking made while the service was in that zone."""
    if zone == loaded.calendar.zone:
        return loaded
    return replace(loaded, calendar=replace(loaded.calendar, zone=zone), key=(*loaded.key, zone))
