"""The starts of one resource (or of none): which the rules allow, and how much room claims leave at each."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from core.domain.claims import UNLIMITED, Claim, Subject
from core.domain.intervals import (
    Places,
    buffers,
    capacity_over,
    first_day_end,
    interval_of,
    pool_capacity,
    service_subject,
    session_key,
)
from core.domain.occupancy import Occupancy
from core.domain.schedule import ResourceCalendar, ServiceCalendar, Slot
from core.domain.slot_grid import OpeningHours, is_day_based
from core.request_budget import checkpoint

HeldClaims = Mapping[Subject, Sequence[Claim]]


class SlotCapacity(NamedTuple):
    """How many places there are at a start, and for how many seconds from there lists count claims."""

    service: Places
    resource: Places
    counted: int


class CandidateSlots(NamedTuple):
    """The candidate starts with one resource (None: with none), in order.

    ``free`` is what is offered as long as nobody holds anything, ``starts`` its instants, ``depths`` what belongs to
    each; ``longest`` is the longest count of seconds among these, ``latest`` the last end.
    """

    resource: ResourceCalendar | None
    starts: list[int]
    free: list[Slot]
    depths: list[SlotCapacity]
    longest: int
    latest: int


def subjects_of(calendar: ServiceCalendar, resource_id: int | None = None) -> list[Subject]:
    """What claims have to be read for: the service, its resources (or the one given) and its pools."""
    found: list[Subject] = [service_subject(calendar)]
    found += [("resource", one.id) for one in calendar.resources if resource_id in (None, one.id)]
    found += [pool.subject for pool in calendar.plan.capacity.pools]
    return found


def candidates_for(
    calendar: ServiceCalendar,
    resource: ResourceCalendar | None,
    first: int,
    last: int,
    blocks: int,
    reach: int,
) -> CandidateSlots:
    """Every start that the rules allow on the days (ordinals) ``first``..``last``; spans end within ``reach`` days."""
    plan = calendar.plan
    opens = OpeningHours(calendar, resource, first - 1, last + reach)
    sure = opens.grid_decides(blocks)
    first_day = is_day_based(plan) and plan.compatibility.listed_capacity == "first_day"
    resource_id = resource.id if resource else 0
    rows: list[tuple[Slot, SlotCapacity]] = []
    # Most starts are alike.
    known: dict[SlotCapacity, SlotCapacity] = {}
    for number, (wall_start, listed) in enumerate(opens.starts(first, last, blocks)):
        if not number & 1023:
            checkpoint()
        span = interval_of(calendar, wall_start, blocks, listed)
        if span is None:
            continue
        certain = sure and span.wall_end == span.nominal_end
        if not certain and opens.closing_rule(wall_start, span.checked_end, blocks):
            continue
        if listed is not None and listed.capacity is not None:
            own: Places = listed.capacity
        else:
            own = capacity_over(calendar, opens, span, plan.capacity.limit, of_resource=False)
        theirs = (
            UNLIMITED if resource is None else capacity_over(calendar, opens, span, resource.capacity, of_resource=True)
        )
        counted = (first_day_end(calendar, span) if first_day else span.end) - span.start
        depth = SlotCapacity(own, theirs, counted)
        offer = Slot(span.start, span.end, wall_start, span.wall_end, resource_id, 0, 0)
        rows.append((offer, known.setdefault(depth, depth)))
    rows.sort(key=itemgetter(0))
    free = list(map(_offering(calendar, _Rooms(calendar, resource, {})), *zip(*rows, strict=True))) if rows else []
    return CandidateSlots(
        resource,
        [offer.start for offer in free],
        free,
        [depth for _, depth in rows],
        max((depth.counted for depth in known), default=1) or 1,
        max((offer.end for offer in free), default=0),
    )


def subtract_bookings(
    calendar: ServiceCalendar,
    lane: CandidateSlots,
    held: HeldClaims,
    since: tuple[HeldClaims, list[Slot]] | None = None,
) -> list[Slot]:
    """What a lane offers beside these claims, one offer for each of its starts; not to be changed.

    Args:
        since: Other claims, and what the lane offers beside those: then only starts that the difference can touch are
            looked at again. Else only those that a claim can touch at all.
    """
    before, known = since or ({}, lane.free)
    changed = {}
    for subject in subjects_of(calendar, lane.resource.id if lane.resource else 0):
        now, then = held.get(subject, ()), before.get(subject, ())
        if now is not then and now != then:
            # The same claim twice would be lost in a set.
            alike = len(set(now)) == len(now) and len(set(then)) == len(then)
            changed[subject] = list(set(now) ^ set(then)) if alike else [*now, *then]
    if not changed:
        return known
    found = known.copy()
    offering = _offering(calendar, _Rooms(calendar, lane.resource, held))
    done = 0
    for begin, end in _Rooms(calendar, lane.resource, changed).stretches():
        index = max(done, bisect_right(lane.starts, begin - lane.longest))
        done = max(index, bisect_left(lane.starts, end))
        found[index:done] = map(offering, lane.free[index:done], lane.depths[index:done])
    return found


class _Rooms:
    """The room on everything that the bookings of one lane take places of."""

    def __init__(self, calendar: ServiceCalendar, resource: ResourceCalendar | None, held: HeldClaims) -> None:
        plan = calendar.plan
        before, after = buffers(calendar)
        gap = plan.buffers.combination if plan.buffers.checked == "always" else None

        def room(subject: Subject, sharing: str) -> Occupancy:
            return Occupancy(
                held.get(subject, ()),
                before=before,
                after=after,
                buffer_combination=gap,
                exclusive=sharing == "session",
                overlap_counting=plan.compatibility.overlap_counting,
            )

        self.of = resource
        self.service = room(service_subject(calendar), plan.capacity.sharing)
        self.resource = None if resource is None else room(("resource", resource.id), resource.sharing)
        self.pools = [(room(pool.subject, pool.sharing), pool) for pool in plan.capacity.pools]

    def stretches(self) -> list[tuple[int, int]]:
        """When anything is held, in order; stretches of different subjects may overlap."""
        found = self.service.busy_intervals()
        for room in (self.resource, *(room for room, _ in self.pools)):
            if room is not None and not room.is_empty:
                found = sorted(found + room.busy_intervals())
        return found


def _offering(calendar: ServiceCalendar, rooms: _Rooms) -> Callable[[Slot, SlotCapacity], Slot]:
    """What says how much room there is for a candidate start of one lane."""
    plan = calendar.plan
    own_session = plan.capacity.sharing == "session"
    their_session = rooms.of is not None and rooms.of.sharing == "session"
    spans, by_start = plan.capacity.session_by == "span", plan.capacity.session_by == "start"
    fixed_key = session_key(calendar, 0, 0, "service") if plan.capacity.session_by == "service" else ""
    prefix = f"{calendar.service_id}:{calendar.location_id}:"
    keyed = own_session or their_session
    service, theirs, pools = rooms.service, rooms.resource, rooms.pools
    service_left, their_left = service.remaining, theirs.remaining if theirs is not None else None
    make = tuple.__new__

    def offering(offer: Slot, depth: SlotCapacity) -> Slot:
        start, end, wall_start, wall_end, resource_id, _, _ = offer
        own, their, counted = depth
        counted += start
        key = ""
        if keyed:
            key = f"{prefix}{start}:{end}" if spans else f"{prefix}{start}" if by_start else fixed_key
        if own.__class__ is int:
            capacity, left = own, service_left(start, counted, own, key if own_session else "")
        else:
            capacity, left = _least(service, own, counted, key if own_session else "")
        if their_left is not None:
            if their.__class__ is int:
                places_there, left_there = their, their_left(start, counted, their, key if their_session else "")
            else:
                places_there, left_there = _least(theirs, their, counted, key if their_session else "")
            if left_there < left or (left_there == left and places_there < capacity):
                capacity, left = places_there, left_there
        for pool_room, pool in pools:
            pool_key = session_key(calendar, start, end, pool.session_by) if pool.sharing == "session" else ""
            left_there = pool_room.remaining(start, counted, pool_capacity(pool), pool_key)
            if left_there < left:
                capacity, left = pool_capacity(pool), left_there
        return make(Slot, (start, end, wall_start, wall_end, resource_id, capacity, left))

    return offering


def _least(room: Occupancy, parts: Sequence[tuple[int, int, int]], end: int, key: str) -> tuple[int, int]:
    """(places, left) where the fewest are left, of a span whose number of places changes."""
    best = (UNLIMITED, UNLIMITED)
    for low, high, capacity in parts:
        if low < end:
            left = room.remaining(low, min(high, end), capacity, key)
            if left < best[1]:
                best = (capacity, left)
    return best
