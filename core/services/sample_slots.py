"""Finds slots for the commands and examples that the demo prints."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from core.domain.records import Service
from core.domain.statuses import ACTIVE
from core.domain.zones import zone as zone_of
from core.services import availability, site
from core.services.bookings.allocation import wall_clock
from core.services.repository import services

_SEARCH_SPAN = timedelta(days=60)


class SampleSlot(NamedTuple):
    """A free slot: wall clocks, the free resource (0 for none), and the smallest party."""

    service: Service
    start: datetime
    end: datetime
    resource_id: int
    persons: int


def sample_slot(service: Service, *, now: datetime) -> SampleSlot | None:
    """The first free slot of a service from tomorrow on; None if there is none in the next 60 days."""
    if service.status != ACTIVE or not service.bookable:
        return None
    plan = service.plan
    persons = max(1, plan.persons.minimum, sum(bound.minimum for bound in plan.persons.by_type))
    today = now.astimezone(zone_of(service.zone or site.current().timezone)).date()
    location_id = service.locations[0] if service.locations else 0
    slots = availability.list_slots(
        service.id,
        first=today + timedelta(days=1),
        last=today + _SEARCH_SPAN,
        now=now,
        blocks=max(1, plan.min_blocks),
        units=persons if plan.capacity.units_per == "person" else 1,
        location_id=location_id,
        include_full=False,
    )
    for slot in slots:
        return SampleSlot(service, wall_clock(slot.wall_start), wall_clock(slot.wall_end), slot.resource_id, persons)
    return None


def first_sample_slot(service_ids: Iterable[int], *, now: datetime) -> SampleSlot | None:
    """The first free slot of the first of these services that has one."""
    services_by_id = services.get_many(service_ids)
    for service_id in service_ids:
        sample = sample_slot(services_by_id[service_id], now=now) if service_id in services_by_id else None
        if sample is not None:
            return sample
    return None
