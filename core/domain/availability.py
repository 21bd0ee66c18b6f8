"""What can be booked: pure functions over a service's calendar, the claims already held, and now.

Three stages. ``prepare`` paints rules and cuts candidate starts; it depends on the calendar and the days alone.
``listed`` subtracts claims. ``still_open`` looks at the clock and at what is wanted. Callers may keep the results of
the first two as long as the calendar's key and the claims are the same.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import NamedTuple

from core.domain.claims import UNLIMITED, Busy, Demand, Subject
from core.domain.explain import explain
from core.domain.grid import Open, block_minutes, is_long
from core.domain.judging import NOTHING_RELAXED, Ask, Judgement, pause_seconds, refusal
from core.domain.limits import Limits, limits
from core.domain.requests import Relax
from core.domain.room import Room
from core.domain.schedule import Offer, ResourceCalendar, SchedulePlan, ServiceCalendar
from core.domain.spans import (
    Places,
    first_day_end,
    pauses,
    places,
    pool_places,
    service_subject,
    session_key,
    span_of,
)
from core.domain.zones import DAY, FIRST_DAY, LAST_DAY, utc_to_wall, wall_to_utc_forward

__all__ = [
    "Lane",
    "Prepared",
    "bounds",
    "candidates",
    "clipped",
    "demands",
    "explain",
    "listed",
    "offers",
    "pause_seconds",
    "prepare",
    "still_open",
    "subjects",
    "units_for",
    "window",
]


class Depth(NamedTuple):
    """How many places there are at a start, and for how many seconds from there lists count claims."""

    service: Places
    resource: Places
    counted: int


class Lane(NamedTuple):
    """The candidate starts with one resource (None: with none), in order.

    ``free`` is what is offered as long as nobody holds anything, ``starts`` its instants, ``depths`` what belongs to
    each; ``longest`` is the longest count of seconds among these, ``latest`` the last end.
    """

    resource: ResourceCalendar | None
    starts: list[int]
    free: list[Offer]
    depths: list[Depth]
    longest: int
    latest: int


class Prepared(NamedTuple):
    """Candidate starts of a service, before claims and now."""

    calendar: ServiceCalendar
    blocks: int
    lanes: tuple[Lane, ...]


def units_for(plan: SchedulePlan, *, quantity: int = 1, persons: int = 1) -> int:
    """Places that a booking takes."""
    return max(1, quantity) * (max(1, persons) if plan.units_per == "person" else 1)


def subjects(calendar: ServiceCalendar, resource_id: int | None = None) -> list[Subject]:
    """What claims have to be read for: the service, its resources (or the one given) and its pools."""
    found: list[Subject] = [service_subject(calendar)]
    found += [("resource", one.id) for one in calendar.resources if resource_id in (None, one.id)]
    found += [pool.subject for pool in calendar.plan.pools]
    return found


def window(calendar: ServiceCalendar, first: date, last: date, *, blocks: int = 1) -> tuple[int, int]:
    """The instants between which claims matter to the starts on ``first``..``last``, without pauses."""
    span = blocks * block_minutes(calendar.plan) + calendar.extra_minutes + 2 * DAY
    low = min(max(FIRST_DAY, first.toordinal()), LAST_DAY) * DAY
    high = min(last.toordinal() * DAY + span, LAST_DAY * DAY)
    return wall_to_utc_forward(low, calendar.zone), wall_to_utc_forward(max(low, high), calendar.zone)


def prepare(
    calendar: ServiceCalendar, first: date, last: date, blocks: int = 1, resource_id: int | None = None
) -> Prepared:
    """Every start that the rules allow on the wall dates ``first``..``last``, both included.

    Args:
        calendar: The service.
        first, last: Wall dates in the calendar's zone.
        blocks: Length of the bookings that are meant.
        resource_id: One resource, 0 for none, None for all that can be chosen.
    """
    begin, end = max(first.toordinal(), FIRST_DAY), min(last.toordinal(), LAST_DAY)
    blocks = max(1, blocks)
    reach = (blocks * block_minutes(calendar.plan) + calendar.extra_minutes + calendar.plan.after_minutes) // DAY + 2
    if begin > end or begin + reach > LAST_DAY:
        return Prepared(calendar, blocks, ())
    end = min(end, LAST_DAY - reach)
    lanes = tuple(_lane(calendar, one, begin, end, blocks, reach) for one in _resources(calendar, resource_id))
    return Prepared(calendar, blocks, lanes)


def bounds(calendar: ServiceCalendar, now: int, *, include_past: bool = False, ignore_notice: bool = False) -> Limits:
    """Between which instants ``offers`` lists starts: not gone by, not too soon, within the horizon."""
    return limits(
        calendar.plan,
        calendar.zone,
        now,
        past=not include_past,
        notice=not (include_past or ignore_notice),
        horizon=not ignore_notice,
    )


def clipped(calendar: ServiceCalendar, first: date, last: date, within: Limits) -> tuple[date, date]:
    """The part of the wall dates ``first``..``last`` in which there can be starts within ``bounds``."""
    soonest = max(within.past, within.notice)
    if soonest > 0:
        first = max(first, date.fromordinal(min(utc_to_wall(soonest, calendar.zone) // DAY, LAST_DAY)))
    if within.start < 2**60:
        last = min(last, date.fromordinal(min(utc_to_wall(within.start, calendar.zone) // DAY, LAST_DAY)))
    return first, last


def _resources(calendar: ServiceCalendar, resource_id: int | None) -> Iterable[ResourceCalendar | None]:
    if resource_id == 0:
        return (None,)
    if resource_id is not None:
        return [one for one in calendar.resources if one.id == resource_id]
    if not calendar.resources or calendar.plan.resource_choice in ("none", "optional"):
        return (None,)
    return [one for one in calendar.resources if one.offered]


def _lane(
    calendar: ServiceCalendar,
    resource: ResourceCalendar | None,
    first: int,
    last: int,
    blocks: int,
    reach: int,
) -> Lane:
    plan = calendar.plan
    opens = Open(calendar, resource, first - 1, last + reach)
    sure = opens.grid_decides(blocks)
    first_day = is_long(plan) and plan.listed_room == "first_day"
    resource_id = resource.id if resource else 0
    rows: list[tuple[Offer, Depth]] = []
    # Most starts are alike.
    known: dict[Depth, Depth] = {}
    for wall_start, listed in opens.starts(first, last, blocks):
        span = span_of(calendar, wall_start, blocks, listed)
        if span is None:
            continue
        certain = sure and span.wall_end == span.nominal_end
        if not certain and opens.why_closed(wall_start, span.judged_end, blocks):
            continue
        if listed is not None and listed.capacity is not None:
            own: Places = listed.capacity
        else:
            own = places(calendar, opens, span, plan.capacity, of_resource=False)
        theirs = UNLIMITED if resource is None else places(calendar, opens, span, resource.capacity, of_resource=True)
        counted = (first_day_end(calendar, span) if first_day else span.end) - span.start
        depth = Depth(own, theirs, counted)
        offer = Offer(span.start, span.end, wall_start, span.wall_end, resource_id, 0, 0)
        rows.append((offer, known.setdefault(depth, depth)))
    rows.sort(key=itemgetter(0))
    free = list(map(_offering(calendar, _Rooms(calendar, resource, {})), *zip(*rows, strict=True))) if rows else []
    return Lane(
        resource,
        [offer.start for offer in free],
        free,
        [depth for _, depth in rows],
        max((depth.counted for depth in known), default=1) or 1,
        max((offer.end for offer in free), default=0),
    )


def listed(prepared: Prepared, held: Mapping[Subject, Sequence[Busy]]) -> tuple[list[Offer], ...]:
    """What each lane offers beside the claims in ``held``, one offer for each of its starts; not to be changed."""
    return tuple(_lane_offers(prepared.calendar, lane, held) for lane in prepared.lanes)


def _lane_offers(calendar: ServiceCalendar, lane: Lane, held: Mapping[Subject, Sequence[Busy]]) -> list[Offer]:
    if not any(map(held.get, subjects(calendar, lane.resource.id if lane.resource else 0))):
        return lane.free
    # Only the starts that a claim can touch are looked at again.
    found = lane.free.copy()
    rooms = _Rooms(calendar, lane.resource, held)
    offering = _offering(calendar, rooms)
    done = 0
    for begin, end in rooms.stretches():
        index = max(done, bisect_right(lane.starts, begin - lane.longest))
        done = max(index, bisect_left(lane.starts, end))
        found[index:done] = map(offering, lane.free[index:done], lane.depths[index:done])
    return found


def offers(
    calendar: ServiceCalendar,
    held: Mapping[Subject, Sequence[Busy]],
    *,
    first: date,
    last: date,
    now: int,
    blocks: int = 1,
    units: int = 1,
    resource_id: int | None = None,
    include_past: bool = False,
    include_full: bool = True,
    per_resource: bool = True,
    ignore_notice: bool = False,
    prepared: Prepared | None = None,
) -> list[Offer]:
    """The starts on the wall dates ``first``..``last`` (both included), in order, with the places that are left.

    Args:
        calendar: The service.
        held: Claims by subject; at least those ``subjects`` and ``window`` name.
        now: Epoch seconds UTC.
        blocks: Length of the bookings that are meant; the plan's bounds are asked only when booking.
        units: Places wanted; matters to ``include_full`` and to the choice of a resource.
        resource_id: One resource, 0 for none, None for all that can be chosen.
        include_past: Also starts that have gone by or are too soon.
        include_full: Also starts with fewer than ``units`` places left.
        per_resource: One offer per resource and start, by resource and then start; else the best resource's alone.
        ignore_notice: Neither notice nor horizon counts.
        prepared: The result of ``prepare`` for the same calendar, days and resource.
    """
    within = bounds(calendar, now, include_past=include_past, ignore_notice=ignore_notice)
    if prepared is None:
        prepared = prepare(calendar, *clipped(calendar, first, last, within), blocks, resource_id)
    found = listed(prepared, held)
    return still_open(prepared, found, within, units=units, include_full=include_full, per_resource=per_resource)


def still_open(
    prepared: Prepared,
    listed: Sequence[Sequence[Offer]],
    within: Limits,
    *,
    units: int = 1,
    include_full: bool = True,
    per_resource: bool = True,
) -> list[Offer]:
    """The last stage of ``offers``: what ``bounds`` leaves of ``listed``, and of that what is wanted."""
    soonest = max(within.past, within.notice)
    pause = prepared.calendar.plan.after_minutes * 60
    lists = []
    for lane, every in zip(prepared.lanes, listed, strict=True):
        found = every[bisect_left(lane.starts, soonest) : bisect_left(lane.starts, within.start)]
        if lane.latest + pause > within.end:
            found = [offer for offer in found if offer.end + pause <= within.end]
        if not include_full:
            found = [offer for offer in found if offer.left >= units]
        lists.append(found)
    if len(lists) == 1:
        return lists[0]
    if per_resource:
        return [offer for each in lists for offer in each]
    return _merged(lists, units)


class _Rooms:
    """The room on everything that the bookings of one lane take places of."""

    def __init__(
        self, calendar: ServiceCalendar, resource: ResourceCalendar | None, held: Mapping[Subject, Sequence[Busy]]
    ) -> None:
        plan = calendar.plan
        before, after = pauses(calendar)
        gap = None if plan.pauses == "booking" else plan.gap

        def room(subject: Subject, sharing: str) -> Room:
            return Room(
                held.get(subject, ()),
                before=before,
                after=after,
                gap=gap,
                exclusive=sharing == "session",
                sum_closes=plan.sum_closes,
            )

        self.of = resource
        self.service = room(service_subject(calendar), plan.sharing)
        self.resource = None if resource is None else room(("resource", resource.id), resource.sharing)
        self.pools = [(room(pool.subject, pool.sharing), pool) for pool in plan.pools]

    def stretches(self) -> list[tuple[int, int]]:
        """When anything is held, in order; stretches of different subjects may overlap."""
        found = self.service.stretches()
        for room in (self.resource, *(room for room, _ in self.pools)):
            if room is not None and not room.is_empty:
                found = sorted(found + room.stretches())
        return found


def _offering(calendar: ServiceCalendar, rooms: _Rooms) -> Callable[[Offer, Depth], Offer]:
    """What says how much room there is for a candidate start of one lane."""
    plan = calendar.plan
    own_session = plan.sharing == "session"
    their_session = rooms.of is not None and rooms.of.sharing == "session"
    spans, by_start = plan.session_by == "span", plan.session_by == "start"
    fixed_key = session_key(calendar, 0, 0, "service") if plan.session_by == "service" else ""
    prefix = f"{calendar.service_id}:{calendar.location_id}:"
    keyed = own_session or their_session
    service, theirs, pools = rooms.service, rooms.resource, rooms.pools
    service_left, their_left = service.left, theirs.left if theirs is not None else None
    make = tuple.__new__

    def offering(offer: Offer, depth: Depth) -> Offer:
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
            left_there = pool_room.left(start, counted, pool_places(pool), pool_key)
            if left_there < left:
                capacity, left = pool_places(pool), left_there
        return make(Offer, (start, end, wall_start, wall_end, resource_id, capacity, left))

    return offering


def _least(room: Room, parts: Sequence[tuple[int, int, int]], end: int, key: str) -> tuple[int, int]:
    """(places, left) where the fewest are left, of a span whose number of places changes."""
    best = (UNLIMITED, UNLIMITED)
    for low, high, capacity in parts:
        if low < end:
            left = room.left(low, min(high, end), capacity, key)
            if left < best[1]:
                best = (capacity, left)
    return best


def _merged(lists: Sequence[Sequence[Offer]], units: int) -> list[Offer]:
    """One offer per start: the first resource with enough room, else the one with the most."""
    best: dict[tuple[int, int], Offer] = {}
    for each in lists:
        for offer in each:
            key = (offer[0], offer[1])
            known = best.get(key)
            if known is None or (known.left < units and offer.left > known.left):
                best[key] = offer
    return [best[key] for key in sorted(best)]


def candidates(
    calendar: ServiceCalendar, held: Mapping[Subject, Sequence[Busy]] | None = None, *, wall_start: int
) -> tuple[int, ...]:
    """Resource ids in the order in which an automatic choice tries them.

    By the plan's ``resource_order``; ``held`` must then hold every claim of the wall day of ``wall_start``, or of its
    ISO week where the order looks at weeks.
    """
    ids = [one.id for one in calendar.resources if one.offered]
    order = calendar.plan.resource_order
    if order == "listed" or not held:
        return tuple(ids)
    first = min(max(wall_start // DAY, FIRST_DAY + 7), LAST_DAY - 8)
    days = 1
    if order.endswith("week"):
        first, days = first - (first - 1) % 7, 7
    low, high = (
        wall_to_utc_forward(first * DAY, calendar.zone),
        wall_to_utc_forward((first + days) * DAY, calendar.zone),
    )

    def load(resource_id: int) -> int:
        if order == "fewest_day":
            spans_there = {
                (busy.start, busy.end, busy.session)
                for busy in held.get(("resource", resource_id), ())
                if low <= busy.start < high
            }
            return len(spans_there)
        spans = ((max(low, busy.start), min(high, busy.end)) for busy in held.get(("resource", resource_id), ()))
        return sum(end - start for start, end in spans if end > start)

    if order == "fewest_day":
        ids.sort()
    sign = -1 if order.startswith("most") else 1
    return tuple(sorted(ids, key=lambda resource_id: sign * load(resource_id)))


def demands(
    calendar: ServiceCalendar,
    *,
    wall_start: int,
    now: int,
    wall_end: int | None = None,
    blocks: int | None = None,
    units: int = 1,
    resource_id: int = 0,
    persons: int = 1,
    person_counts: Mapping[int, int] | None = None,
    relax: Relax = NOTHING_RELAXED,
    for_listing: bool = False,
    service_units: int | None = None,
    start_weekdays: tuple[int, ...] | None = None,
) -> tuple[Demand, ...]:
    """The claims that one concrete booking needs.

    Args:
        calendar: The service.
        wall_start: Wall minute (``date.toordinal() * 1440 + minute``).
        now: Epoch seconds UTC.
        wall_end: Wall minute of the end (for days and nights the day after the last night); else ``blocks`` counts,
            else the plan's shortest length.
        units: Places taken; see ``units_for``.
        resource_id: 0 for none. Where the plan wants one, choose first (``candidates``).
        persons, person_counts: Size of the party, and by person type.
        relax: Checks to leave out. ``notice`` covers the horizon too.
        for_listing: Judge as lists do: no bounds on length and party, no start weekdays, lists' own room and pauses.
        service_units: Places taken on the service itself (0: none), where it differs from ``units``.
        start_weekdays: Instead of the plan's.

    Raises:
        NotAvailable: ``reason`` says which rule speaks against it; whether there is room is for the ledger to see.
    """
    ask = Ask(
        wall_start=wall_start, now=now, wall_end=wall_end, blocks=blocks, units=units, resource_id=resource_id,
        persons=persons, person_counts=person_counts or {}, relax=relax, for_listing=for_listing,
        service_units=service_units, start_weekdays=start_weekdays,
    )  # fmt: skip
    judgement = Judgement(calendar, ask)
    for problem in judgement.problems():
        raise refusal(ask, judgement, problem)
    return judgement.demands
