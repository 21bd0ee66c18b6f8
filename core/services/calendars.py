"""Loads what the availability engine needs of services: them, their resources and the site's rules, in one query."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Literal, NamedTuple

import msgspec

from core.db import is_postgres
from core.domain.records import Service
from core.domain.schedule import CalendarRule, ResourceCalendar, SchedulePlan, ServiceCalendar
from core.domain.statuses import HIDDEN
from core.errors import NotFound
from core.fields import decode_money
from core.kept_reads import fetch_setup
from core.lru import LastResults
from core.services import filters, site
from core.services.repository import checked_id, decode_plan, decode_rules, locations, resources
from core.typed_data import json_decoder


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


#: By service, location and extra minutes.
_loaded: LastResults[tuple[int, int, int], LoadedCalendar] = LastResults(2_048, lambda _: 1)


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
    location_rules: tuple[CalendarRule, ...] = ()
    location_zone, location_key = "", (0, 0)
    if location_id:
        location = locations.get(location_id)
        location_rules, location_zone, location_key = location.rules, location.zone, (location_id, location.version)
    rule_filters = filters.current().calendar_rules
    default_zone = location_zone or site.current().timezone
    loaded_calendars = {}
    for source in _sources(ids, preloaded_services or {}):
        loaded = _loaded.get(
            (source.id, location_id, extra_minutes),
            (source, default_zone, location_key),
            partial(_load, source, location_rules, default_zone, location_key, extra_minutes),
        )
        if rule_filters:
            calendar = filters.run(rule_filters, loaded.calendar)
            # A filter may go by the clock or by a table of its own: what it returns stands for what it read.
            loaded = replace(loaded, calendar=calendar, key=(*loaded.key, calendar))
        loaded_calendars[source.id] = loaded
    return loaded_calendars


def _load(
    source: "_Source",
    location_rules: tuple[CalendarRule, ...],
    default_zone: str,
    location_key: tuple[int, int],
    extra_minutes: int,
) -> LoadedCalendar:
    """The calendar of one service, before filters; ``location_key`` is the id and version of its location."""
    site_json = source.site_rules if source.plan.opening.includes_site_rules else "[]"
    links = _links(source.links_json)
    calendar = ServiceCalendar(
        service_id=source.id,
        plan=source.plan,
        rules=location_rules + decode_rules(site_json) + source.rules,
        resources=tuple(link.calendar() for link in links),
        zone=source.zone or default_zone,
        extra_minutes=extra_minutes,
        location_id=location_key[0],
    )
    return LoadedCalendar(
        calendar=calendar,
        key=(source.key, site_json, source.links_json, calendar.zone, extra_minutes, location_key),
        name=source.name,
        status=source.status,
        bookable=bool(source.bookable),
        price_plan_json=source.price_plan_json,
        price=source.price,
        min_capacity={link.resource_id: link.min_capacity for link in links if link.min_capacity},
    )


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
    #: JSON: the site's rules, and the linked resources as ``_Link``.
    site_rules: str
    links_json: str


class _Link(msgspec.Struct, array_like=True, frozen=True):
    """A linked resource, as ``_LINK_COLUMNS`` select it."""

    position: int
    resource_id: int
    #: Units of the link; None for those of the resource.
    link_capacity: int | None
    resource_capacity: int | None
    sharing: Literal["units", "session"]
    rules: str
    #: The smallest party, where one is set.
    min_capacity: int | None
    status: str

    def calendar(self) -> ResourceCalendar:
        return ResourceCalendar(
            id=self.resource_id,
            rules=decode_rules(self.rules),
            capacity=self.link_capacity if self.link_capacity is not None else self.resource_capacity,
            sharing=self.sharing,
            listed=self.status != HIDDEN,
        )


_LINK_COLUMNS = "l.position, r.id, l.capacity, r.capacity, r.sharing, r.rules, l.min_capacity, r.status"
_SERVICE_COLUMNS = "s.plan, s.rules, s.zone, s.name, s.status, s.bookable, s.price_plan, s.price"
_links_decoder = json_decoder(list[_Link])


def _links(links_json: str) -> list[_Link]:
    if links_json == "[]":
        return []
    links = _links_decoder.decode(links_json)
    links.sort(key=lambda link: (link.position, link.resource_id))
    return links


def _sources(ids: Sequence[int], preloaded_services: Mapping[int, Service]) -> list[_Source]:
    """The services with their links and the site's rules, in one query; of those preloaded, only the links are read."""
    is_preloaded = all(id in preloaded_services for id in ids)
    array_sql = "json_agg(json_build_array({}))::text" if is_postgres() else "json_group_array(json_array({}))"
    rows = fetch_setup(
        "SELECT s.id, (SELECT rules FROM site_state WHERE id = 1),"
        f" (SELECT {array_sql.format(_LINK_COLUMNS)} FROM service_resource l JOIN resource r ON r.id = l.resource_id"
        f" WHERE l.service_id = s.id AND r.status <> 'deleted'){'' if is_preloaded else f', {_SERVICE_COLUMNS}'}"
        f" FROM service s WHERE s.id IN ({', '.join('?' * len(ids))}) ORDER BY s.id",
        ids,
    )
    sources = []
    for id, site_rules, links_json, *columns in rows:
        shared = (site_rules or "[]", links_json or "[]")
        if id in preloaded_services:
            sources.append(_preloaded_source(preloaded_services[id], *shared))
            continue
        plan, rules, zone, name, status, bookable, price_plan, price = columns
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
                *shared,
            )
        )
    return sources


def _preloaded_source(service: Service, site_rules: str, links_json: str) -> _Source:
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
        site_rules,
        links_json,
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
