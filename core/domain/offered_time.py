"""How much time a calendar offers on some days: its open time with the units that can be sold in it. Pure."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from core.domain.claims import UNLIMITED
from core.domain.day_layout import DayLayout
from core.domain.durations import fixed_slot_end
from core.domain.opening_hours import OpeningHours
from core.domain.schedule import ResourceCalendar, ServiceCalendar
from core.domain.slot_grid import fixed_slots_on
from core.domain.zones import DAY
from core.request_budget import checkpoint


class OfferedTime(NamedTuple):
    """Open time ``[low, high)`` in wall minutes, and the units that can be sold in it; ``UNLIMITED`` for no limit.

    Where lengths are days, each open day counts from midnight to midnight.
    """

    low: int
    high: int
    units: int


def offered_times(layout: DayLayout, resource: ResourceCalendar | None, first: int, last: int) -> list[OfferedTime]:
    """What a service, with one resource or none, offers on the days ``first``..``last`` (ordinals, both included).

    Args:
        layout: The days of the service; they reach a day beyond both ends.
        resource: Its own units count too, and the fewer of both.
    """
    hours = OpeningHours(layout, resource)
    limit = layout.calendar.plan.capacity.limit
    offered = []
    for low, high in _open_spans(hours, first, last):
        for start, end, units in hours.capacities(low, high, limit, of_resource=False):
            if resource is None:
                offered.append(OfferedTime(start, end, units))
                continue
            for part in hours.capacities(start, end, _resource_units(resource), of_resource=True):
                offered.append(OfferedTime(part[0], part[1], min(units, part[2])))
    if layout.calendar.plan.grid.starts == "fixed" and not layout.day_based:
        return _in_fixed_slots(layout.calendar, offered, first, last)
    return offered


def _resource_units(resource: ResourceCalendar) -> int | None:
    # One that serves a session at a time is busy or free, whatever fits into the session.
    return 1 if resource.sharing == "session" else resource.capacity


def _open_spans(hours: OpeningHours, first: int, last: int) -> Iterable[tuple[int, int]]:
    low, high = first * DAY, (last + 1) * DAY
    if hours.layout.day_based:
        for day in range(first, last + 1):
            if not day & 31:
                checkpoint()
            if not any(timeline.first_closed(day * DAY, (day + 1) * DAY) for timeline in hours.timelines):
                yield day * DAY, (day + 1) * DAY
        return
    for interval in hours.open_intervals:
        if interval.low < high and interval.high > low:
            yield max(interval.low, low), min(interval.high, high)


def _in_fixed_slots(
    calendar: ServiceCalendar, offered: Sequence[OfferedTime], first: int, last: int
) -> list[OfferedTime]:
    """The listed slots that lie in offered time, each with its own units where it has some."""
    in_slots = []
    for day in range(first, last + 1):
        open_today = [time for time in offered if time.low < (day + 2) * DAY and time.high > day * DAY]
        for slot in fixed_slots_on(calendar.plan, day):
            low = day * DAY + slot.from_minute
            high = fixed_slot_end(slot, low)
            around = [time for time in open_today if time.low <= low < time.high]
            if around:
                units = slot.capacity if slot.capacity is not None else around[0].units
                in_slots.append(OfferedTime(low, high, units))
    return in_slots


def unit_minutes(offered: Iterable[OfferedTime], low: int, high: int) -> int | None:
    """The offered units times minutes between two wall minutes; None where any of them is unlimited."""
    total = 0
    for time in offered:
        minutes = min(time.high, high) - max(time.low, low)
        if minutes > 0:
            if time.units >= UNLIMITED:
                return None
            total += minutes * time.units
    return total


def merged(offered: Iterable[OfferedTime]) -> list[OfferedTime]:
    """The same time once, where several services offer it with one resource; the most units count."""
    ordered = sorted(offered)
    edges = sorted({edge for time in ordered for edge in (time.low, time.high)})
    result: list[OfferedTime] = []
    active: list[OfferedTime] = []
    position = 0
    for low, high in pairwise(edges):
        while position < len(ordered) and ordered[position].low <= low:
            active.append(ordered[position])
            position += 1
        active = [time for time in active if time.high > low]
        if not active:
            continue
        units = max(time.units for time in active)
        if result and result[-1].high == low and result[-1].units == units:
            result[-1] = result[-1]._replace(high=high)
        else:
            result.append(OfferedTime(low, high, units))
    return result
