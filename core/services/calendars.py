"""Loads what the availability engine needs of services: one query for the services, one for their resources."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from core.db import fetch_all
from core.domain.records import Service
from core.domain.schedule import CalendarRule, ResourceCalendar, SchedulePlan, ServiceCalendar
from core.errors import NotFound
from core.fields import decode_money
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
    links_by_service, site_rules_json = _links(ids)
    location_rules: tuple[CalendarRule, ...] = ()
    location_zone, location_key = "", (0, 0)
    if location_id:
        location = locations.get(location_id)
        location_rules, location_zone, location_key = location.rules, location.zone, (location_id, location.version)
    rule_filters = filters.current().calendar_rules
    loaded = {}
    for source in _sources(ids, preloaded_services or {}):
        links = links_by_service.get(source.id, [])
        site_json = site_rules_json if source.plan.opening.includes_site_rules else "[]"
        calendar = ServiceCalendar(
            service_id=source.id,
            plan=source.plan,
            rules=location_rules + decode_rules(site_json) + source.rules,
            resources=_resource_calendars(links),
            zone=source.zone or location_zone or site.current().timezone,
            extra_minutes=extra_minutes,
            location_id=location_id,
        )
        key: tuple[object, ...] = (source.key, site_json, tuple(links), calendar.zone, extra_minutes, location_key)
        if rule_filters:
            calendar = filters.run(rule_filters, calendar)
            # A filter may go by the clock or by a table of its own: what it returns stands for what it read.
            key = (*key, calendar)
        loaded[source.id] = LoadedCalendar(
            calendar=calendar,
            key=key,
            name=source.name,
            status=source.status,
            bookable=bool(source.bookable),
            price_plan_json=source.price_plan_json,
            price=source.price,
            min_capacity={link[0]: link[5] for link in links if link[5]},
        )
    return loaded


class _Source(NamedTuple):
    """What a calendar needs of a service. ``key`` stands for its id, plan and rules in the cache key."""

    id: int
    key: tuple[object, ...]
    plan: SchedulePlan
    rules: tuple[CalendarRule, ...]
    zone: str
    name: str
    status: str
    bookable: bool
    price_plan_json: str
    price: Decimal


def _sources(ids: Sequence[int], preloaded_services: Mapping[int, Service]) -> list[_Source]:
    """Services from those preloaded, the others from the database."""
    sources = [_preloaded_source(preloaded_services[id]) for id in ids if id in preloaded_services]
    ids_to_read = [id for id in ids if id not in preloaded_services]
    if ids_to_read:
        rows = fetch_all(
            "SELECT id, plan, rules, zone, name, status, bookable, price_plan, price"
            f" FROM service WHERE id IN ({', '.join('?' * len(ids_to_read))})",
            ids_to_read,
        )
        for id, plan, rules, zone, name, status, bookable, price_plan, price in rows:
            sources.append(
                _Source(
                    id,
                    (id, plan, rules),
                    decode_plan(plan),
                    decode_rules(rules),
                    zone,
                    name,
                    status,
                    bookable,
                    price_plan,
                    decode_money(price),
                )
            )
    return sources


def _preloaded_source(service: Service) -> _Source:
    price_plan_json = msgspec.json.encode(service.price_plan).decode() if service.price_plan else ""
    return _Source(
        service.id,
        (service.id, service.plan, service.rules),
        service.plan,
        service.rules,
        service.zone,
        service.name,
        service.status,
        service.bookable,
        price_plan_json,
        service.price,
    )


#: Resource id, units of the link, units of the resource, sharing, rules (JSON), smallest party, status.
_Link = tuple[Any, ...]


def _links(ids: Sequence[int]) -> tuple[dict[int, list[_Link]], str]:
    """The linked resources by service, and the site's rules as JSON, in one query."""
    links_by_service: dict[int, list[_Link]] = {}
    site_rules_json = "[]"
    for row in fetch_all(
        "SELECT s.id, r.id, l.capacity, r.capacity, r.sharing, r.rules, l.min_capacity, r.status,"
        " (SELECT rules FROM site_state WHERE id = 1)"
        " FROM service s LEFT JOIN service_resource l ON l.service_id = s.id"
        " LEFT JOIN resource r ON r.id = l.resource_id AND r.status <> 'deleted'"
        f" WHERE s.id IN ({', '.join('?' * len(ids))}) ORDER BY s.id, l.position, r.id",
        list(ids),
    ):
        site_rules_json = row[8] or site_rules_json
        if row[1] is not None:
            links_by_service.setdefault(row[0], []).append(row[1:8])
    return links_by_service, site_rules_json


def _resource_calendars(links: Sequence[_Link]) -> tuple[ResourceCalendar, ...]:
    return tuple(
        ResourceCalendar(
            id=link[0],
            rules=decode_rules(link[4]),
            capacity=link[1] if link[1] is not None else link[2],
            sharing=link[3],
            listed=link[6] != "hidden",
        )
        for link in links
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
