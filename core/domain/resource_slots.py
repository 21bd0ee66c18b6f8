"""The starts of one resource (or of none): which the rules allow, and how much capacity claims leave at each."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import NamedTuple

from core.domain.claim_requests import (
    end_in_lists,
    pool_capacity,
    service_capacity,
    service_subject,
    session_key,
    subjects_of,
)
from core.domain.claims import UNLIMITED, Claim, Subject
from core.domain.day_layout import DayLayout
from core.domain.durations import buffer_seconds, nominal_end
from core.domain.occupancy import Occupancy
from core.domain.opening_hours import Capacity, OpeningHours
from core.domain.schedule import Pool, ResourceCalendar, ServiceCalendar, Slot
from core.domain.slot_grid import grid_decides, starts
from core.request_budget import checkpoint

HeldClaims = Mapping[Subject, Sequence[Claim]]


class SlotCapacity(NamedTuple):
    """The capacities of service and resource at a start, and for how many seconds from there lists count claims."""

    service: Capacity
    resource: Capacity
    seconds: int


class ResourceCandidates(NamedTuple):
    """The candidate starts with one resource (None: with none), in order.

    ``slots`` are the slots as long as there are no claims, ``starts`` their instants and ``capacities`` what each can
    hold; ``max_seconds`` is the most ``SlotCapacity.seconds`` among them, ``last_end`` the last instant.
    """

    resource: ResourceCalendar | None
    starts: list[int]
    slots: list[Slot]
    capacities: list[SlotCapacity]
    max_seconds: int
    last_end: int


def resource_candidates(
    layout: DayLayout, resource: ResourceCalendar | None, first: int, last: int, blocks: int
) -> ResourceCandidates:
    """Every start that the rules allow on the days (ordinals) ``first``..``last``, all of whose time is laid out."""
    calendar = layout.calendar
    hours = OpeningHours(layout, resource)
    always_open = grid_decides(hours, blocks)
    resource_id = resource.id if resource else 0
    fill = _remaining_in(calendar, _Occupancies(calendar, resource, {}))
    rows: list[tuple[Slot, SlotCapacity]] = []
    # Most starts have equal capacities, of which as much remains as long as there are no claims.
    known: dict[SlotCapacity, tuple[SlotCapacity, int, int]] = {}
    for index, (wall_start, fixed_slot) in enumerate(starts(hours, first, last, blocks)):
        if not index & 1023:
            checkpoint()
        nominal = nominal_end(calendar, wall_start, blocks, fixed_slot)
        interval = layout.interval(wall_start, nominal, stated_end=fixed_slot is not None)
        if interval is None:
            continue
        start, end, _, wall_end, _ = interval
        is_open = always_open and wall_end == nominal
        # A fixed slot is one block, however long it is.
        if not is_open and hours.closing_rule(wall_start, interval.checked_end, 1 if fixed_slot else blocks):
            continue
        of_service = service_capacity(hours, interval, fixed_slot)
        of_resource: Capacity = UNLIMITED
        if resource is not None:
            of_resource = hours.capacity(interval, resource.capacity, of_resource=True)
        capacity = SlotCapacity(of_service, of_resource, end_in_lists(layout, interval) - start)
        if capacity not in known:
            slot = fill(Slot(start, end, wall_start, wall_end, resource_id, 0, 0), capacity)
            known[capacity] = capacity, slot.capacity, slot.remaining
        capacity, units, remaining = known[capacity]
        rows.append((Slot(start, end, wall_start, wall_end, resource_id, units, remaining), capacity))
    rows.sort(key=itemgetter(0))
    slots = [slot for slot, _ in rows]
    return ResourceCandidates(
        resource,
        [slot.start for slot in slots],
        slots,
        [capacity for _, capacity in rows],
        max((capacity.seconds for capacity in known), default=1) or 1,
        max((slot.end for slot in slots), default=0),
    )


def subtract_resource_claims(
    calendar: ServiceCalendar,
    candidates: ResourceCandidates,
    held: HeldClaims,
    since: tuple[HeldClaims, list[Slot]] | None = None,
) -> list[Slot]:
    """The slots of the candidates with what the claims leave, one for each start. Callers must not change the list.

    Args:
        calendar: The service.
        candidates: Its starts with one resource.
        held: Claims by subject.
        since: Other claims, and the slots beside those: then only the starts that the difference can touch are
            computed again. Without it, only the starts that any claim can touch are.
    """
    previous_claims, previous_slots = since or ({}, candidates.slots)
    changed: dict[Subject, Sequence[Claim]] = {}
    for subject in subjects_of(calendar, candidates.resource.id if candidates.resource else 0):
        claims, previous = held.get(subject, ()), previous_claims.get(subject, ())
        if claims is not previous and claims != previous:
            # A set loses a claim that stands there twice.
            distinct = len(set(claims)) == len(claims) and len(set(previous)) == len(previous)
            changed[subject] = list(set(claims) ^ set(previous)) if distinct else [*claims, *previous]
    if not changed:
        return previous_slots
    slots = previous_slots.copy()
    remaining = _remaining_in(calendar, _Occupancies(calendar, candidates.resource, held))
    starts, max_seconds = candidates.starts, candidates.max_seconds
    done = 0
    for begin, end in _Occupancies(calendar, candidates.resource, changed).busy_intervals():
        index = max(done, bisect_right(starts, begin - max_seconds))
        done = max(index, bisect_left(starts, end))
        slots[index:done] = map(remaining, candidates.slots[index:done], candidates.capacities[index:done])
    return slots


class _Occupancies:
    """The occupancy of every subject that bookings with one resource claim."""

    def __init__(self, calendar: ServiceCalendar, resource: ResourceCalendar | None, held: HeldClaims) -> None:
        plan = calendar.plan
        self._plan, self._held = plan, held
        self._buffers = buffer_seconds(plan)
        self._occupancies: dict[tuple[Subject, str, int, int], Occupancy] = {}
        self.resource_calendar = resource
        self._service_claim = service_subject(calendar), plan.capacity.sharing
        self._resource_claim = None if resource is None else (("resource", resource.id), resource.sharing)
        self.service = self._occupancy(*self._service_claim)
        self.resource = None if self._resource_claim is None else self._occupancy(*self._resource_claim)
        self.pools: list[tuple[Occupancy, Pool]] = [
            (self._occupancy(pool.subject, pool.sharing), pool) for pool in plan.capacity.pools
        ]

    def _occupancy(self, subject: Subject, sharing: str, *, is_first: bool = True, is_last: bool = True) -> Occupancy:
        before, after = self._buffers
        before, after = before if is_first else 0, after if is_last else 0
        key = subject, sharing, before, after
        occupancy = self._occupancies.get(key)
        if occupancy is None:
            occupancy = self._occupancies[key] = Occupancy(
                self._held.get(subject, ()),
                before=before,
                after=after,
                buffer_combination=self._plan.buffers.combination if self._plan.buffers.checked == "always" else None,
                exclusive=sharing == "session",
                overlap_counting=self._plan.compatibility.overlap_counting,
            )
        return occupancy

    def of_part(self, *, of_resource: bool, is_first: bool, is_last: bool) -> Occupancy:
        """What a part of a newcomer's interval meets: its buffers lie before the first and after the last."""
        claim = self._resource_claim if of_resource and self._resource_claim is not None else self._service_claim
        return self._occupancy(*claim, is_first=is_first, is_last=is_last)

    def busy_intervals(self) -> list[tuple[int, int]]:
        """When anything is claimed, in order; intervals of different subjects may overlap."""
        intervals = self.service.busy_intervals()
        for occupancy in (self.resource, *(occupancy for occupancy, _ in self.pools)):
            if occupancy is not None and not occupancy.is_empty:
                intervals = sorted(intervals + occupancy.busy_intervals())
        return intervals


def _remaining_in(calendar: ServiceCalendar, occupancies: _Occupancies) -> Callable[[Slot, SlotCapacity], Slot]:
    """A function that fills in capacity and remaining units of a candidate slot."""
    rules = calendar.plan.capacity
    service_session = rules.sharing == "session"
    resource_session = occupancies.resource_calendar is not None and occupancies.resource_calendar.sharing == "session"
    by_span, by_start = rules.session_by == "span", rules.session_by == "start"
    service_key = str(calendar.service_id)
    prefix = f"{calendar.service_id}:{calendar.location_id}:"
    keyed = service_session or resource_session
    service, resource, pools = occupancies.service, occupancies.resource, occupancies.pools
    service_remaining = service.remaining
    resource_remaining = resource.remaining if resource is not None else None
    least = partial(_least, occupancies=occupancies)
    make = tuple.__new__

    def fill(slot: Slot, slot_capacity: SlotCapacity) -> Slot:
        start, end, wall_start, wall_end, resource_id, _, _ = slot
        of_service, of_resource, seconds = slot_capacity
        until = start + seconds
        key = ""
        if keyed:
            key = f"{prefix}{start}:{end}" if by_span else f"{prefix}{start}" if by_start else service_key
        # A capacity is an int or a tuple; comparing the class takes less time than isinstance.
        if of_service.__class__ is int:
            capacity = of_service
            remaining = service_remaining(start, until, of_service, key if service_session else "")
        else:
            capacity, remaining = least(of_service, until, key if service_session else "")  # type: ignore[arg-type]
        if resource_remaining is not None:
            if of_resource.__class__ is int:
                other_capacity = of_resource
                other = resource_remaining(start, until, of_resource, key if resource_session else "")
            else:
                other_key = key if resource_session else ""
                other_capacity, other = least(of_resource, until, other_key, of_resource=True)  # type: ignore[arg-type]
            if other < remaining or (other == remaining and other_capacity < capacity):
                capacity, remaining = other_capacity, other
        for occupancy, pool in pools:
            pool_key = session_key(calendar, start, end, pool.sharing, pool.session_by)
            other = occupancy.remaining(start, until, pool_capacity(pool), pool_key)
            if other < remaining:
                capacity, remaining = pool_capacity(pool), other
        return make(Slot, (start, end, wall_start, wall_end, resource_id, capacity, remaining))

    return fill


def _least(
    parts: Sequence[tuple[int, int, int]], end: int, key: str, *, occupancies: _Occupancies, of_resource: bool = False
) -> tuple[int, int]:
    """``(capacity, remaining)`` where the fewest units remain, of an interval whose capacity changes."""
    least = (UNLIMITED, UNLIMITED)
    start = parts[0][0]
    for low, high, capacity in parts:
        if low < end:
            high = min(high, end)
            occupancy = occupancies.of_part(of_resource=of_resource, is_first=low == start, is_last=high == end)
            remaining = occupancy.remaining(low, high, capacity, key)
            if remaining < least[1]:
                least = (capacity, remaining)
    return least
