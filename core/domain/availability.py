"""What can be booked: pure functions over a service's calendar, the claims on it, and now.

A list of slots takes three steps. ``service_candidates`` applies the rules and cuts candidate starts; it depends on the
calendar and the days alone. ``subtract_claims`` fills in what claims leave. ``bookable_slots`` applies the clock and
what the caller wants. Callers may keep the results of the first two while the calendar and the claims are the same.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain
from typing import NamedTuple

from core.domain.booking_window import BookingWindow, booking_window
from core.domain.day_layout import DayLayout
from core.domain.durations import MAX_DAYS, block_minutes
from core.domain.resource_slots import (
    HeldClaims,
    ResourceCandidates,
    resource_candidates,
    subtract_resource_claims,
)
from core.domain.schedule import ResourceCalendar, SchedulePlan, ServiceCalendar, Slot
from core.domain.slot_grid import max_starts_of_day
from core.domain.zones import DAY, FIRST_DAY, LAST_DAY, utc_to_wall, wall_to_utc_forward


class ServiceCandidates(NamedTuple):
    """Candidate starts of a service, before claims and now; one entry for each resource that can be chosen."""

    calendar: ServiceCalendar
    by_resource: tuple[ResourceCandidates, ...]


def units_needed(plan: SchedulePlan, *, quantity: int = 1, persons: int = 1) -> int:
    """Units that a booking takes."""
    return max(1, quantity) * (max(1, persons) if plan.capacity.units_per == "person" else 1)


def claims_window(calendar: ServiceCalendar, first: date, last: date, *, blocks: int = 1) -> tuple[int, int]:
    """The instants between which claims matter to the starts on ``first``..``last``, without buffers."""
    span = blocks * block_minutes(calendar.plan) + calendar.extra_minutes + 2 * DAY
    low = min(max(FIRST_DAY, first.toordinal()), LAST_DAY) * DAY
    high = min(last.toordinal() * DAY + span, LAST_DAY * DAY)
    return wall_to_utc_forward(low, calendar.zone), wall_to_utc_forward(max(low, high), calendar.zone)


def service_candidates(
    calendar: ServiceCalendar, first: date, last: date, blocks: int = 1, resource_id: int | None = None
) -> ServiceCandidates:
    """Every start that the rules allow on the wall dates ``first``..``last``, both included.

    Args:
        calendar: The service.
        first, last: Wall dates in the calendar's zone.
        blocks: Length of the bookings. What is too long for any booking has no starts.
        resource_id: One resource, 0 for none, None for all that can be chosen.
    """
    begin, end = max(first.toordinal(), FIRST_DAY), min(last.toordinal(), LAST_DAY)
    blocks = max(1, blocks)
    length = blocks * block_minutes(calendar.plan) + calendar.extra_minutes
    reach = (length + calendar.plan.buffers.after_minutes) // DAY + 2
    if begin > end or length > MAX_DAYS * DAY or begin + reach > LAST_DAY:
        return ServiceCandidates(calendar, ())
    end = min(end, LAST_DAY - reach)
    layout = DayLayout(calendar, begin - 1, end + reach)
    return ServiceCandidates(
        calendar,
        tuple(
            resource_candidates(layout, resource, begin, end, blocks) for resource in _resources(calendar, resource_id)
        ),
    )


def max_starts_per_day(calendar: ServiceCalendar, resource_id: int | None = None) -> int:
    """The most starts of a day, over every resource that ``resource_id`` stands for."""
    return max_starts_of_day(calendar.plan) * len(list(_resources(calendar, resource_id)))


def listing_window(
    calendar: ServiceCalendar, now: int, *, include_past: bool = False, ignore_notice: bool = False
) -> BookingWindow:
    """Between which instants lists show starts: not gone by, not too soon, within the horizon."""
    return booking_window(
        calendar.plan,
        calendar.zone,
        now,
        past=not include_past,
        notice=not (include_past or ignore_notice),
        horizon=not ignore_notice,
    )


def clip_dates(calendar: ServiceCalendar, first: date, last: date, within: BookingWindow) -> tuple[date, date]:
    """The part of the wall dates ``first``..``last`` that has any start within the booking window."""
    earliest = max(within.past, within.notice)
    if earliest > 0:
        first = max(first, date.fromordinal(min(utc_to_wall(earliest, calendar.zone) // DAY, LAST_DAY)))
    if within.start < 2**60:
        last = min(last, date.fromordinal(min(utc_to_wall(within.start, calendar.zone) // DAY, LAST_DAY)))
    return first, last


def _resources(calendar: ServiceCalendar, resource_id: int | None) -> Iterable[ResourceCalendar | None]:
    if resource_id == 0:
        return (None,)
    if resource_id is not None:
        return [resource for resource in calendar.resources if resource.id == resource_id]
    if not calendar.resources or calendar.plan.resources.choice in ("none", "optional"):
        return (None,)
    return [resource for resource in calendar.resources if resource.listed]


def subtract_claims(
    candidates: ServiceCandidates, held: HeldClaims, since: tuple[HeldClaims, Sequence[list[Slot]]] | None = None
) -> tuple[list[Slot], ...]:
    """The slots beside the claims in ``held``, a list for each resource. Callers must not change the lists.

    Args:
        candidates: The service's starts.
        held: Claims by subject.
        since: Earlier claims and the result for them: only what the difference can touch is computed again.
    """
    calendar = candidates.calendar
    return tuple(
        subtract_resource_claims(calendar, part, held, None if since is None else (since[0], since[1][index]))
        for index, part in enumerate(candidates.by_resource)
    )


def bookable_slots(
    candidates: ServiceCandidates,
    slots_by_resource: Sequence[list[Slot]],
    within: BookingWindow,
    *,
    units: int = 1,
    include_full: bool = True,
    per_resource: bool = True,
) -> list[Slot]:
    """The slots that lie within the booking window and suit the caller.

    Args:
        candidates: The service's starts.
        slots_by_resource: What ``subtract_claims`` returns for them.
        within: See ``listing_window``.
        units: Units needed; matters to ``include_full`` and to the choice of a resource.
        include_full: Also slots with fewer than ``units`` units left.
        per_resource: One slot per resource and start, by resource and then start; else only the best resource's.
    """
    earliest = max(within.past, within.notice)
    buffer = candidates.calendar.plan.buffers.after_minutes * 60
    lists = []
    for part, all_slots in zip(candidates.by_resource, slots_by_resource, strict=True):
        slots = all_slots[bisect_left(part.starts, earliest) : bisect_left(part.starts, within.start)]
        if part.last_end + buffer > within.end:
            slots = [slot for slot in slots if slot.end + buffer <= within.end]
        if not include_full:
            slots = [slot for slot in slots if slot.remaining >= units]
        lists.append(slots)
    if len(lists) == 1:
        return lists[0]
    if per_resource:
        return [slot for slots in lists for slot in slots]
    return best_of_each_start(chain.from_iterable(lists), units)


def best_of_each_start(slots: Iterable[Slot], units: int) -> list[Slot]:
    """One slot per start and end: the first resource with enough capacity, else the one with the most."""
    best: dict[tuple[int, int], Slot] = {}
    for slot in slots:
        key = (slot[0], slot[1])
        so_far = best.get(key)
        if so_far is None or (so_far.remaining < units and slot.remaining > so_far.remaining):
            best[key] = slot
    return [best[key] for key in sorted(best)]


def automatic_resources(
    calendar: ServiceCalendar, held: HeldClaims | None = None, *, wall_start: int
) -> tuple[int, ...]:
    """Resource ids in the order in which an automatic choice tries them.

    By the plan's ``resources.order``; ``held`` must then hold every claim of the wall day of ``wall_start``, or of its
    ISO week where the order looks at weeks.
    """
    ids = [resource.id for resource in calendar.resources if resource.listed]
    order = calendar.plan.resources.order
    if order == "listed" or not held:
        return tuple(ids)
    first = min(max(wall_start // DAY, FIRST_DAY + 7), LAST_DAY - 8)
    days = 1
    if order.endswith("week"):
        first, days = first - (first - 1) % 7, 7
    low = wall_to_utc_forward(first * DAY, calendar.zone)
    high = wall_to_utc_forward((first + days) * DAY, calendar.zone)

    def load(resource_id: int) -> int:
        claims = held.get(("resource", resource_id), ())
        if order == "fewest_sessions_day":
            return len({(claim.start, claim.end, claim.session) for claim in claims if low <= claim.start < high})
        return sum(max(0, min(high, claim.end) - max(low, claim.start)) for claim in claims)

    if order == "fewest_sessions_day":
        ids.sort()
    sign = -1 if order.startswith("most") else 1
    return tuple(sorted(ids, key=lambda resource_id: sign * load(resource_id)))
