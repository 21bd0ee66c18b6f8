"""From a wall-clock start to what it claims: its instants, its capacity and the key of its session."""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from core.domain.claims import UNLIMITED, ClaimRequest, Subject
from core.domain.schedule import FixedSlot, Pool, ResourceCalendar, ServiceCalendar
from core.domain.slot_grid import OpeningHours, fixed_slot_end, is_day_based, wall_end
from core.domain.zones import DAY, utc_to_wall, wall_to_utc, wall_to_utc_forward

#: The longest buffer around a booking, in minutes; about ten years.
_MAX_BUFFER = 3700 * DAY

#: Units of a subject over an interval: one number, or ``(start, end, units)`` where it changes.
Capacity = int | tuple[tuple[int, int, int], ...]


class Interval(NamedTuple):
    """The time of a booking: instants, wall minutes, and the wall end on a clock without transitions."""

    start: int
    end: int
    wall_start: int
    wall_end: int
    nominal_end: int

    @property
    def checked_end(self) -> int:
        """How far open time must go: over a change of the clock the later of the two readings."""
        return max(self.wall_end, self.nominal_end)


def interval_of(
    calendar: ServiceCalendar,
    wall_start: int,
    blocks: int,
    fixed_slot: FixedSlot | None = None,
    end: int | None = None,
) -> Interval | None:
    """The interval that begins at ``wall_start``; None inside a gap of the clock or where a day does not exist.

    ``end`` states the wall end outright (an operator's irregular length).
    """
    zone = calendar.zone
    if is_day_based(calendar.plan):
        nominal = wall_end(calendar, wall_start, blocks) if end is None else end
        start, stop = wall_to_utc_forward(wall_start, zone), wall_to_utc_forward(nominal, zone)
        return Interval(start, stop, wall_start, nominal, nominal) if stop > start else None
    start_or_gap = wall_to_utc(wall_start, zone)
    if start_or_gap is None:
        return None
    if end is not None:
        stop = wall_to_utc_forward(end, zone)
        return Interval(start_or_gap, stop, wall_start, end, end) if stop > start_or_gap else None
    if fixed_slot is not None:
        # Fixed slots are meant as the wall clock shows them, whatever elapses between.
        nominal = fixed_slot_end(fixed_slot, wall_start) + calendar.extra_minutes
        stop = wall_to_utc_forward(nominal, zone)
        return Interval(start_or_gap, stop, wall_start, nominal, nominal) if stop > start_or_gap else None
    # Blocks are counted on the wall clock, whatever elapses between; an end that the clock skips is as long after it.
    nominal = wall_end(calendar, wall_start, blocks)
    stop = wall_to_utc_forward(nominal, zone)
    if stop <= start_or_gap:
        return None
    return Interval(start_or_gap, stop, wall_start, utc_to_wall(stop, zone), nominal)


def capacity_over(
    calendar: ServiceCalendar,
    opening_hours: OpeningHours,
    interval: Interval,
    limit: int | None,
    *,
    of_resource: bool,
) -> Capacity:
    """The capacity of a subject over an interval; ``limit`` (None: unlimited) holds where no rule sets another."""
    default = UNLIMITED if limit is None else limit
    timeline = opening_hours.resource if of_resource else opening_hours.service
    if timeline is None or not timeline.has_capacity():
        return default
    parts = opening_hours.capacities(
        interval.wall_start, interval.checked_end, of_resource=of_resource, default=default
    )
    if len(parts) == 1:
        return parts[0][2]
    zone = calendar.zone
    edges = [interval.start, *(wall_to_utc_forward(part[0], zone) for part in parts[1:]), interval.end]
    return tuple((low, high, part[2]) for (low, high), part in zip(pairwise(edges), parts, strict=True) if low < high)


def service_subject(calendar: ServiceCalendar) -> Subject:
    """The subject of a booking's claim on the service itself."""
    if calendar.plan.capacity.scope == "location" and calendar.location_id:
        return f"service@{calendar.location_id}", calendar.service_id
    return "service", calendar.service_id


def session_key(calendar: ServiceCalendar, start: int, end: int, by: str) -> str:
    """The key of a session: two bookings with equal keys are held together."""
    if by == "service":
        return str(calendar.service_id)
    if by == "start":
        return f"{calendar.service_id}:{calendar.location_id}:{start}"
    return f"{calendar.service_id}:{calendar.location_id}:{start}:{end}"


def buffer_seconds(calendar: ServiceCalendar) -> tuple[int, int]:
    """Seconds kept free before and after a booking.

    Buffers of whole days are cut by two hours: bookings of days begin and end at the same time of day, so this changes
    no answer, but a day of 23 hours would otherwise make the buffer reach into one more day.
    """
    plan = calendar.plan
    day_based = is_day_based(plan)
    seconds = []
    for minutes in (plan.buffers.before_minutes, plan.buffers.after_minutes):
        trim = 7200 if minutes and day_based and minutes % DAY == 0 else 0
        seconds.append(min(max(0, minutes), _MAX_BUFFER) * 60 - trim)
    return seconds[0], seconds[1]


def first_day_end(calendar: ServiceCalendar, interval: Interval) -> int:
    """The instant a day after the start, or the interval's end when that is earlier."""
    return min(interval.end, wall_to_utc_forward(interval.wall_start + DAY, calendar.zone))


def claim_requests_of(
    calendar: ServiceCalendar,
    opening_hours: OpeningHours,
    interval: Interval,
    *,
    units: int,
    resource: ResourceCalendar | None,
    fixed_slot: FixedSlot | None,
    service_units: int | None,
    for_listing: bool,
) -> Iterable[ClaimRequest]:
    """The claims of one booking on service, resource and pools, cut where the capacity changes."""
    plan = calendar.plan
    rules, buffers, overlap_counting = plan.capacity, plan.buffers, plan.compatibility.overlap_counting
    before, after = (0, 0) if for_listing and buffers.checked != "always" else buffer_seconds(calendar)
    claims: list[tuple[Subject, Capacity, str, str, int]] = []
    units_of_service = units if service_units is None else service_units
    if units_of_service > 0:
        if fixed_slot is not None and fixed_slot.capacity is not None:
            capacity: Capacity = fixed_slot.capacity
        else:
            capacity = capacity_over(calendar, opening_hours, interval, rules.limit, of_resource=False)
        claims.append((service_subject(calendar), capacity, rules.sharing, rules.session_by, units_of_service))
    if resource is not None:
        capacity = capacity_over(calendar, opening_hours, interval, resource.capacity, of_resource=True)
        claims.append((("resource", resource.id), capacity, resource.sharing, rules.session_by, units))
    for pool in rules.pools:
        claims.append((pool.subject, pool_capacity(pool), pool.sharing, pool.session_by, units))
    stop = interval.end
    if for_listing and is_day_based(plan) and plan.compatibility.listed_capacity == "first_day":
        stop = first_day_end(calendar, interval)
    for subject, capacity, sharing, session_by, claimed_units in claims:
        exclusive = sharing == "session"
        key = session_key(calendar, interval.start, interval.end, session_by) if exclusive else ""
        parts = ((interval.start, interval.end, capacity),) if isinstance(capacity, int) else capacity
        for low, high, part_capacity in parts:
            if low < stop:
                yield ClaimRequest(
                    subject,
                    low,
                    min(high, stop),
                    claimed_units,
                    part_capacity,
                    before=before if low == interval.start else 0,
                    after=after if min(high, stop) in (interval.end, stop) else 0,
                    exclusive=exclusive,
                    session=key,
                    buffer_combination=buffers.combination,
                    overlap_counting=overlap_counting,
                    each_side=buffers.checked == "on_booking_each_side",
                )


def pool_capacity(pool: Pool) -> int:
    """The units of a pool; ``UNLIMITED`` where it sets none."""
    return UNLIMITED if pool.capacity is None else pool.capacity
