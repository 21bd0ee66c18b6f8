"""What can be booked: pure functions over a service's calendar, the claims already held, and now.

Three stages. ``prepare`` paints rules and cuts candidate starts; it depends on the calendar and the days alone.
``listed`` subtracts claims. ``still_open`` looks at the clock and at what is wanted. Callers may keep the results of
the first two as long as the calendar's key and the claims are the same.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from core.domain.booking_rules import (
    NO_OVERRIDES,
    BookingCandidate,
    RuleCheck,
    max_buffer_seconds,
    violation_error,
)
from core.domain.booking_window import BookingWindow, booking_window
from core.domain.claims import ClaimRequest
from core.domain.explain import explain_booking
from core.domain.requests import RuleOverrides
from core.domain.resource_slots import CandidateSlots, HeldClaims, candidates_for, subjects_of, subtract_bookings
from core.domain.schedule import ResourceCalendar, SchedulePlan, ServiceCalendar, Slot
from core.domain.slot_grid import block_minutes, max_starts_of_day
from core.domain.zones import DAY, FIRST_DAY, LAST_DAY, utc_to_wall, wall_to_utc_forward

__all__ = [
    "CandidateSlots",
    "CandidateStarts",
    "automatic_resources",
    "bookable_slots",
    "candidate_starts",
    "claim_requests",
    "claims_window",
    "clip_dates",
    "explain_booking",
    "list_slots",
    "listing_bounds",
    "max_buffer_seconds",
    "max_starts_per_day",
    "slots_beside_claims",
    "subjects_of",
    "units_needed",
]


class CandidateStarts(NamedTuple):
    """Candidate starts of a service, before claims and now."""

    calendar: ServiceCalendar
    lanes: tuple[CandidateSlots, ...]


def units_needed(plan: SchedulePlan, *, quantity: int = 1, persons: int = 1) -> int:
    """Places that a booking takes."""
    return max(1, quantity) * (max(1, persons) if plan.capacity.units_per == "person" else 1)


def claims_window(calendar: ServiceCalendar, first: date, last: date, *, blocks: int = 1) -> tuple[int, int]:
    """The instants between which claims matter to the starts on ``first``..``last``, without pauses."""
    span = blocks * block_minutes(calendar.plan) + calendar.extra_minutes + 2 * DAY
    low = min(max(FIRST_DAY, first.toordinal()), LAST_DAY) * DAY
    high = min(last.toordinal() * DAY + span, LAST_DAY * DAY)
    return wall_to_utc_forward(low, calendar.zone), wall_to_utc_forward(max(low, high), calendar.zone)


def candidate_starts(
    calendar: ServiceCalendar, first: date, last: date, blocks: int = 1, resource_id: int | None = None
) -> CandidateStarts:
    """Every start that the rules allow on the wall dates ``first``..``last``, both included.

    Args:
        calendar: The service.
        first, last: Wall dates in the calendar's zone.
        blocks: Length of the bookings that are meant. What is too long for any booking has no starts.
        resource_id: One resource, 0 for none, None for all that can be chosen.
    """
    begin, end = max(first.toordinal(), FIRST_DAY), min(last.toordinal(), LAST_DAY)
    blocks = max(1, blocks)
    reach = (
        blocks * block_minutes(calendar.plan) + calendar.extra_minutes + calendar.plan.buffers.after_minutes
    ) // DAY + 2
    if begin > end or begin + reach > LAST_DAY:
        return CandidateStarts(calendar, ())
    end = min(end, LAST_DAY - reach)
    lanes = tuple(candidates_for(calendar, one, begin, end, blocks, reach) for one in _resources(calendar, resource_id))
    return CandidateStarts(calendar, lanes)


def max_starts_per_day(calendar: ServiceCalendar, resource_id: int | None = None) -> int:
    """How many starts a day can have at most, with every resource that ``resource_id`` stands for."""
    return max_starts_of_day(calendar.plan) * len(list(_resources(calendar, resource_id)))


def listing_bounds(
    calendar: ServiceCalendar, now: int, *, include_past: bool = False, ignore_notice: bool = False
) -> BookingWindow:
    """Between which instants ``offers`` lists starts: not gone by, not too soon, within the horizon."""
    return booking_window(
        calendar.plan,
        calendar.zone,
        now,
        past=not include_past,
        notice=not (include_past or ignore_notice),
        horizon=not ignore_notice,
    )


def clip_dates(calendar: ServiceCalendar, first: date, last: date, within: BookingWindow) -> tuple[date, date]:
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
    if not calendar.resources or calendar.plan.resources.choice in ("none", "optional"):
        return (None,)
    return [one for one in calendar.resources if one.listed]


def slots_beside_claims(
    prepared: CandidateStarts, held: HeldClaims, since: tuple[HeldClaims, Sequence[list[Slot]]] | None = None
) -> tuple[list[Slot], ...]:
    """What each lane offers beside the claims in ``held``, one offer for each of its starts; not to be changed.

    Args:
        since: Other claims and the answer to those, where they are known: what has not changed is not counted again.
    """
    found = []
    for number, lane in enumerate(prepared.lanes):
        known = None if since is None else (since[0], since[1][number])
        found.append(subtract_bookings(prepared.calendar, lane, held, known))
    return tuple(found)


def list_slots(
    calendar: ServiceCalendar,
    held: HeldClaims,
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
) -> list[Slot]:
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
    """
    within = listing_bounds(calendar, now, include_past=include_past, ignore_notice=ignore_notice)
    prepared = candidate_starts(calendar, *clip_dates(calendar, first, last, within), blocks, resource_id)
    found = slots_beside_claims(prepared, held)
    return bookable_slots(prepared, found, within, units=units, include_full=include_full, per_resource=per_resource)


def bookable_slots(
    prepared: CandidateStarts,
    listed: Sequence[Sequence[Slot]],
    within: BookingWindow,
    *,
    units: int = 1,
    include_full: bool = True,
    per_resource: bool = True,
) -> list[Slot]:
    """The last stage of ``offers``: what ``bounds`` leaves of ``listed``, and of that what is wanted."""
    soonest = max(within.past, within.notice)
    pause = prepared.calendar.plan.buffers.after_minutes * 60
    lists = []
    for lane, every in zip(prepared.lanes, listed, strict=True):
        found = every[bisect_left(lane.starts, soonest) : bisect_left(lane.starts, within.start)]
        if lane.latest + pause > within.end:
            found = [offer for offer in found if offer.end + pause <= within.end]
        if not include_full:
            found = [offer for offer in found if offer.remaining >= units]
        lists.append(found)
    if len(lists) == 1:
        return lists[0]
    if per_resource:
        return [offer for each in lists for offer in each]
    return _merged(lists, units)


def _merged(lists: Sequence[Sequence[Slot]], units: int) -> list[Slot]:
    """One offer per start: the first resource with enough room, else the one with the most."""
    best: dict[tuple[int, int], Slot] = {}
    for each in lists:
        for offer in each:
            key = (offer[0], offer[1])
            known = best.get(key)
            if known is None or (known.remaining < units and offer.remaining > known.remaining):
                best[key] = offer
    return [best[key] for key in sorted(best)]


def automatic_resources(
    calendar: ServiceCalendar, held: HeldClaims | None = None, *, wall_start: int
) -> tuple[int, ...]:
    """Resource ids in the order in which an automatic choice tries them.

    By the plan's ``resource_order``; ``held`` must then hold every claim of the wall day of ``wall_start``, or of its
    ISO week where the order looks at weeks.
    """
    ids = [one.id for one in calendar.resources if one.listed]
    order = calendar.plan.resources.order
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
        if order == "fewest_sessions_day":
            spans_there = {
                (busy.start, busy.end, busy.session)
                for busy in held.get(("resource", resource_id), ())
                if low <= busy.start < high
            }
            return len(spans_there)
        spans = ((max(low, busy.start), min(high, busy.end)) for busy in held.get(("resource", resource_id), ()))
        return sum(end - start for start, end in spans if end > start)

    if order == "fewest_sessions_day":
        ids.sort()
    sign = -1 if order.startswith("most") else 1
    return tuple(sorted(ids, key=lambda resource_id: sign * load(resource_id)))


def claim_requests(
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
    overrides: RuleOverrides = NO_OVERRIDES,
    for_listing: bool = False,
    service_units: int | None = None,
) -> tuple[ClaimRequest, ...]:
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

    Raises:
        NotAvailable: ``reason`` says which rule speaks against it; whether there is room is for the ledger to see.
    """
    ask = BookingCandidate(
        wall_start=wall_start, now=now, wall_end=wall_end, blocks=blocks, units=units, resource_id=resource_id,
        persons=persons, person_counts=person_counts or {}, overrides=overrides, for_listing=for_listing,
        service_units=service_units,
    )  # fmt: skip
    judgement = RuleCheck(calendar, ask)
    for problem in judgement.violations():
        raise violation_error(ask, judgement, problem)
    return judgement.demands
