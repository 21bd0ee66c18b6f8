"""From a wall-clock start to what it claims: its instants, its places and the key of its session."""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from core.domain.claims import UNLIMITED, ClaimRequest, Subject
from core.domain.schedule import FixedSlot, Pool, ResourceCalendar, ServiceCalendar
from core.domain.slot_grid import OpeningHours, fixed_slot_end, is_day_based, wall_end
from core.domain.zones import DAY, utc_to_wall, wall_to_utc, wall_to_utc_forward

#: The longest pause that is kept around a booking, in minutes; about ten years.
_LONGEST_PAUSE = 3700 * DAY

#: Places of a subject over a span: one number, or (start, end, places) where it changes.
Places = int | tuple[tuple[int, int, int], ...]


class Interval(NamedTuple):
    """A concrete stretch: instants, wall minutes, and the wall end that a clock without transitions would show."""

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
    listed: FixedSlot | None = None,
    end: int | None = None,
) -> Interval | None:
    """The span that begins at ``wall_start``; None inside a gap of the clock or where a day does not exist.

    ``end`` states the wall end outright (an operator's odd length).
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
    if listed is not None:
        # Listed times are meant as the wall clock shows them, whatever elapses between.
        nominal = fixed_slot_end(listed, wall_start) + calendar.extra_minutes
        stop = wall_to_utc_forward(nominal, zone)
        return Interval(start_or_gap, stop, wall_start, nominal, nominal) if stop > start_or_gap else None
    # Blocks are counted on the wall clock, whatever elapses between; an end that the clock skips is as long after it.
    nominal = wall_end(calendar, wall_start, blocks)
    stop = wall_to_utc_forward(nominal, zone)
    if stop <= start_or_gap:
        return None
    return Interval(start_or_gap, stop, wall_start, utc_to_wall(stop, zone), nominal)


def capacity_over(
    calendar: ServiceCalendar, opens: OpeningHours, span: Interval, capacity: int | None, *, of_resource: bool
) -> Places:
    """How many places a subject has over a span; ``capacity`` holds where no rule says another number."""
    otherwise = UNLIMITED if capacity is None else capacity
    layer = opens.resource if of_resource else opens.service
    if layer is None or not layer.has_capacity():
        return otherwise
    parts = opens.capacities(span.wall_start, span.checked_end, of_resource=of_resource, otherwise=otherwise)
    if len(parts) == 1:
        return parts[0][2]
    zone = calendar.zone
    edges = [span.start, *(wall_to_utc_forward(part[0], zone) for part in parts[1:]), span.end]
    return tuple((low, high, part[2]) for (low, high), part in zip(pairwise(edges), parts, strict=True) if low < high)


def service_subject(calendar: ServiceCalendar) -> Subject:
    """What a booking's places on the service itself are counted under."""
    if calendar.plan.capacity.scope == "location" and calendar.location_id:
        return f"service@{calendar.location_id}", calendar.service_id
    return "service", calendar.service_id


def session_key(calendar: ServiceCalendar, start: int, end: int, by: str) -> str:
    """What tells one session from another: two bookings with equal keys are held together."""
    if by == "service":
        return str(calendar.service_id)
    if by == "start":
        return f"{calendar.service_id}:{calendar.location_id}:{start}"
    return f"{calendar.service_id}:{calendar.location_id}:{start}:{end}"


def buffers(calendar: ServiceCalendar) -> tuple[int, int]:
    """Seconds kept free before and after a booking.

    Pauses of whole days are cut by two hours: bookings of days begin and end at the same time of day, so this changes
    no answer, but a day of 23 hours would otherwise make the pause reach into one more day.
    """
    plan = calendar.plan
    found = []
    for minutes in (plan.buffers.before_minutes, plan.buffers.after_minutes):
        trim = 7200 if minutes and is_day_based(plan) and minutes % DAY == 0 else 0
        found.append(min(max(0, minutes), _LONGEST_PAUSE) * 60 - trim)
    return found[0], found[1]


def first_day_end(calendar: ServiceCalendar, span: Interval) -> int:
    """The instant a day after a long span's start, or its end when that is earlier."""
    return min(span.end, wall_to_utc_forward(span.wall_start + DAY, calendar.zone))


def claim_requests_of(
    calendar: ServiceCalendar,
    opens: OpeningHours,
    span: Interval,
    *,
    units: int,
    resource: ResourceCalendar | None,
    listed: FixedSlot | None,
    service_units: int | None,
    listing: bool,
) -> Iterable[ClaimRequest]:
    """The demands of one booking: service, resource and pools, cut where the number of places changes."""
    plan = calendar.plan
    before, after = (0, 0) if listing and plan.buffers.checked != "always" else buffers(calendar)
    capacity = plan.capacity.limit if listed is None or listed.capacity is None else listed.capacity
    wanted: list[tuple[tuple[str, int], Places, str, str, int]] = []
    own = units if service_units is None else service_units
    if own > 0:
        found = capacity_over(calendar, opens, span, capacity, of_resource=False)
        if listed is not None and listed.capacity is not None:
            found = listed.capacity
        wanted.append((service_subject(calendar), found, plan.capacity.sharing, plan.capacity.session_by, own))
    if resource is not None:
        found = capacity_over(calendar, opens, span, resource.capacity, of_resource=True)
        wanted.append((("resource", resource.id), found, resource.sharing, plan.capacity.session_by, units))
    for pool in plan.capacity.pools:
        wanted.append((pool.subject, pool_capacity(pool), pool.sharing, pool.session_by, units))
    stop = (
        first_day_end(calendar, span)
        if listing and is_day_based(plan) and plan.compatibility.listed_capacity == "first_day"
        else span.end
    )
    for subject, found, sharing, session_by, count in wanted:
        exclusive = sharing == "session"
        key = session_key(calendar, span.start, span.end, session_by) if exclusive else ""
        parts = ((span.start, span.end, found),) if isinstance(found, int) else found
        for low, high, room in parts:
            if low < stop:
                yield ClaimRequest(
                    subject,
                    low,
                    min(high, stop),
                    count,
                    room,
                    before=before if low == span.start else 0,
                    after=after if min(high, stop) in (span.end, stop) else 0,
                    exclusive=exclusive,
                    session=key,
                    buffer_combination=plan.buffers.combination,
                    overlap_counting=plan.compatibility.overlap_counting,
                    each_side=plan.buffers.checked == "on_booking_each_side",
                )


def pool_capacity(pool: Pool) -> int:
    return UNLIMITED if pool.capacity is None else pool.capacity
