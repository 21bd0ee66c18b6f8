"""What a booking claims of its service, its resource and the service's pools."""

from collections.abc import Iterable

from core.domain.claims import UNLIMITED, ClaimRequest, Subject
from core.domain.day_layout import DayLayout, Interval
from core.domain.durations import buffer_seconds
from core.domain.opening_hours import Capacity, OpeningHours
from core.domain.schedule import FixedSlot, Pool, ResourceCalendar, ServiceCalendar
from core.domain.zones import DAY


def service_subject(calendar: ServiceCalendar) -> Subject:
    """The subject of a booking's claim on the service itself."""
    if calendar.plan.capacity.scope == "location" and calendar.location_id:
        return f"service@{calendar.location_id}", calendar.service_id
    return "service", calendar.service_id


def subjects_of(calendar: ServiceCalendar, resource_id: int | None = None) -> list[Subject]:
    """Whose claims matter: the service, its resources (or only ``resource_id``) and its pools."""
    subjects: list[Subject] = [service_subject(calendar)]
    subjects += [("resource", resource.id) for resource in calendar.resources if resource_id in (None, resource.id)]
    subjects += [pool.subject for pool in calendar.plan.capacity.pools]
    return subjects


def session_key(calendar: ServiceCalendar, start: int, end: int, sharing: str, by: str) -> str:
    """The key of a session: two bookings with equal keys are held together. "" where units are shared freely."""
    if sharing != "session":
        return ""
    if by == "service":
        return str(calendar.service_id)
    if by == "start":
        return f"{calendar.service_id}:{calendar.location_id}:{start}"
    return f"{calendar.service_id}:{calendar.location_id}:{start}:{end}"


def pool_capacity(pool: Pool) -> int:
    """The units of a pool; ``UNLIMITED`` where it sets none."""
    return UNLIMITED if pool.capacity is None else pool.capacity


def service_capacity(hours: OpeningHours, interval: Interval, fixed_slot: FixedSlot | None) -> Capacity:
    """The capacity of the service over an interval: that of its fixed slot, of its rules, or its limit."""
    if fixed_slot is not None and fixed_slot.capacity is not None:
        return fixed_slot.capacity
    return hours.capacity(interval, hours.plan.capacity.limit, of_resource=False)


def end_in_lists(layout: DayLayout, interval: Interval) -> int:
    """The instant until which lists count claims: the interval's end, or a day after its start if that is earlier."""
    if layout.day_based and layout.calendar.plan.compatibility.listed_capacity == "first_day":
        return min(interval.end, layout.instant(interval.wall_start + DAY))
    return interval.end


def claim_requests_of(
    hours: OpeningHours,
    interval: Interval,
    *,
    units: int,
    resource: ResourceCalendar | None,
    fixed_slot: FixedSlot | None,
    service_units: int | None,
    for_listing: bool,
) -> Iterable[ClaimRequest]:
    """The claims of one booking on service, resource and pools, cut where the capacity changes."""
    calendar, plan = hours.layout.calendar, hours.plan
    rules = plan.capacity
    before, after = (0, 0) if for_listing and plan.buffers.checked != "always" else buffer_seconds(plan)
    claims: list[tuple[Subject, Capacity, str, str, int]] = []
    units_of_service = units if service_units is None else service_units
    if units_of_service > 0:
        capacity = service_capacity(hours, interval, fixed_slot)
        claims.append((service_subject(calendar), capacity, rules.sharing, rules.session_by, units_of_service))
    if resource is not None:
        capacity = hours.capacity(interval, resource.capacity, of_resource=True)
        claims.append((("resource", resource.id), capacity, resource.sharing, rules.session_by, units))
    for pool in rules.pools:
        claims.append((pool.subject, pool_capacity(pool), pool.sharing, pool.session_by, units))
    start, end = interval.start, interval.end
    stop = end_in_lists(hours.layout, interval) if for_listing else end
    for subject, capacity, sharing, session_by, claimed_units in claims:
        key = session_key(calendar, start, end, sharing, session_by)
        parts = ((start, end, capacity),) if isinstance(capacity, int) else capacity
        for low, high, part_capacity in parts:
            if low < stop:
                high = min(high, stop)
                yield ClaimRequest(
                    subject,
                    low,
                    high,
                    claimed_units,
                    part_capacity,
                    before=before if low == start else 0,
                    after=after if high == stop else 0,
                    exclusive=sharing == "session",
                    session=key,
                    buffer_combination=plan.buffers.combination,
                    overlap_counting=plan.compatibility.overlap_counting,
                    each_side=plan.buffers.checked == "on_booking_each_side",
                )
