"""A booking that would work now, for commands and examples that are printed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from core.domain.records import Service
from core.domain.zones import zone as zone_of
from core.services import availability, site
from core.services.bookings.allocation import wall_clock
from core.services.repository import services

_AHEAD = timedelta(days=60)


class Sample(NamedTuple):
    """A start that is free: wall clocks, the resource that is (0 for none), and the smallest party."""

    service: Service
    start: datetime
    end: datetime
    resource_id: int
    persons: int


def first_start(service: Service, *, now: datetime) -> Sample | None:
    """The first free start of a service from tomorrow on; None where there is none in the next two months."""
    if service.status != "publish" or not service.bookable:
        return None
    plan = service.plan
    persons = max(1, plan.persons.minimum, sum(bound.minimum for bound in plan.persons.by_type))
    today = now.astimezone(zone_of(service.zone or site.current().timezone)).date()
    location = service.locations[0] if service.locations else 0
    offers = availability.list_slots(
        service.id,
        first=today + timedelta(days=1),
        last=today + _AHEAD,
        now=now,
        blocks=max(1, plan.min_blocks),
        units=persons if plan.capacity.units_per == "person" else 1,
        location_id=location,
        include_full=False,
    )
    for offer in offers:
        return Sample(service, wall_clock(offer.wall_start), wall_clock(offer.wall_end), offer.resource_id, persons)
    return None


def first_sample(service_ids: Iterable[int], *, now: datetime) -> Sample | None:
    """The first free start of the first of these services that has one."""
    known = services.get_many(service_ids)
    for number in service_ids:
        found = first_start(known[number], now=now) if number in known else None
        if found is not None:
            return found
    return None
