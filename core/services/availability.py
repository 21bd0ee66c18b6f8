"""What can be booked now: the engine's answer for stored services, with two queries for any number of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from core import request_budget
from core.domain import availability as engine
from core.domain.claims import UNLIMITED, Claim, Subject
from core.domain.claims import first_shortage as first_claims_shortage
from core.domain.records import Service
from core.domain.requests import BookingRequest
from core.domain.schedule import Reason, Slot
from core.domain.zones import utc_to_wall
from core.errors import AnswerTooLarge, NotAvailable, NotFound
from core.lru import SizedLRU
from core.services import calendars, filters, ledger
from core.services.bookings.allocation import (
    BookedInterval,
    check_rules,
    claims_around,
    load_calendars,
    wall_clock,
    wall_minute,
    with_person_types,
)
from core.services.calendars import LoadedCalendar
from core.services.repository import to_epoch

#: The most days that are looked at of one service, ten years of them, and the most starts that all may have together:
#: ten years of every quarter of an hour. A service's own horizon counts first.
MOST_DAYS = 3_660
MOST_STARTS = 400_000
#: The same for several services at once: every one of them is prepared and written apart.
MOST_STARTS_TOGETHER = 120_000
#: From here on a process answers one such request at a time; each start takes some 500 bytes meanwhile.
LARGE_WORK_STARTS = 20_000


class _Beside(NamedTuple):
    """Claims by subject, as they are stored and as they are counted, and the slots beside them."""

    texts: dict[Subject, tuple[str, ...]]
    claims: dict[Subject, list[Claim]]
    offered: tuple[list[Slot], ...]


class _Kept:
    """What the rules of a service allow, and what that came to beside the claims that were held last.

    ``key`` is what it was made from: a changed service has another one. Claims are read for every request; only what
    follows from them is kept. So this can speed up reading, but not sell anything twice.
    """

    __slots__ = ("beside", "key", "prepared")

    def __init__(self, key: tuple[object, ...], prepared: engine.ServiceCandidates) -> None:
        self.key = key
        self.prepared = prepared
        self.beside: _Beside | None = None

    def listed(self, held: Mapping[Subject, tuple[str, ...]], subjects: Sequence[Subject]) -> tuple[list[Slot], ...]:
        """The slots beside these claims, a list for each resource."""
        texts = {subject: held[subject] for subject in subjects}
        known = self.beside
        if known is not None and known.texts == texts:
            return known.offered
        if known is None:
            claims = {subject: ledger.decode_claims(each) for subject, each in texts.items()}
            offered = engine.subtract_claims(self.prepared, claims)
        else:
            # What has not changed is neither read nor counted again.
            claims = {
                subject: known.claims[subject] if known.texts[subject] == each else ledger.decode_claims(each)
                for subject, each in texts.items()
            }
            offered = engine.subtract_claims(self.prepared, claims, (known.claims, known.offered))
        self.beside = _Beside(texts, claims, offered)
        return offered


def _size(kept: _Kept) -> int:
    return 1 + sum(len(part.starts) for part in kept.prepared.by_resource)


#: By service, place, days, length and resource; so many starts in all, of some 400 bytes each.
_kept: SizedLRU[tuple[Any, ...], _Kept] = SizedLRU(60_000, _size)


def list_slots(service_id: int, **wanted: Any) -> list[Slot]:
    """The starts of one service; see ``offers_of``.

    Raises:
        NotFound: There is no such service.
    """
    found = list_slots_of([service_id], **wanted)
    if service_id not in found:
        raise NotFound(kind="service", id=service_id)
    return found[service_id]


def list_slots_of(
    service_ids: Iterable[int],
    *,
    first: date,
    last: date,
    now: datetime,
    blocks: int = 1,
    units: int = 1,
    resource_id: int | None = None,
    location_id: int = 0,
    extra_minutes: int = 0,
    per_resource: bool = True,
    include_past: bool = False,
    include_full: bool = True,
    ignore_notice: bool = False,
    without: Sequence[int] = (),
    known: Mapping[int, Service] | None = None,
) -> dict[int, list[Slot]]:
    """Starts on the wall dates ``first``..``last`` (both included) by service; unknown services are left out.

    Args:
        now: Aware UTC.
        blocks: Length of the bookings that are meant.
        units: Places wanted.
        resource_id: One resource (also one that a service does not list), 0 for none, None for each that can be chosen.
        per_resource: One offer per resource and start; else the best resource's alone.
        include_past, ignore_notice: Also starts that have gone by; or only those too soon or too far ahead.
        include_full: Also starts with fewer than ``units`` places left.
        without: Bookings that are treated as gone.
        known: Services the caller has just read, which need not be read again.

    Raises:
        NotFound: There is no such resource.
        AnswerTooLarge: There are more than ``MOST_DAYS`` between the dates, or they may hold more than ``MOST_STARTS``
            (several services ``MOST_STARTS_TOGETHER``).
    """
    loaded = calendars.load_calendars(service_ids, location_id=location_id, extra_minutes=extra_minutes, known=known)
    if resource_id:
        # As a booking that names it is judged, whether the service lists it or not.
        loaded = {number: calendars.with_resource(one, resource_id) for number, one in loaded.items()}
    active = {number: one for number, one in loaded.items() if one.bookable}
    found: dict[int, list[Slot]] = {number: [] for number in loaded}
    if not active or last < first:
        return found
    stamp = to_epoch(now)
    within = {
        number: engine.listing_window(one.calendar, stamp, include_past=include_past, ignore_notice=ignore_notice)
        for number, one in active.items()
    }
    days = {number: engine.clip_dates(one.calendar, first, last, within[number]) for number, one in active.items()}
    active = {number: one for number, one in active.items() if days[number][0] <= days[number][1]}
    if not active:
        return found
    _check_size(active, days, resource_id)
    windows = [engine.claims_window(one.calendar, *days[number], blocks=blocks) for number, one in active.items()]
    subjects = {number: engine.subjects_of(one.calendar, resource_id) for number, one in active.items()}
    held = ledger.claims_json(
        {subject for each in subjects.values() for subject in each},
        min(window[0] for window in windows),
        max(window[1] for window in windows),
        now=now,
        pause=max(engine.max_buffer_seconds(one.calendar) for one in active.values()),
        without=without,
    )
    slot_filters = filters.current().slots
    for number, one in active.items():
        request_budget.checkpoint()
        kept = _keep(one, *days[number], blocks, resource_id)
        offered = engine.bookable_slots(
            kept.prepared,
            kept.listed(held, subjects[number]),
            within[number],
            units=units,
            include_full=include_full,
            per_resource=per_resource,
        )
        found[number] = filters.run(slot_filters, offered, one.calendar) if slot_filters else offered
    return found


def _check_size(
    active: Mapping[int, LoadedCalendar], days: Mapping[int, tuple[date, date]], resource_id: int | None
) -> None:
    """Refuse before any work what would be too much of it. A single day of one service is never too much."""
    starts = 0
    for number, one in active.items():
        count = (days[number][1] - days[number][0]).days + 1
        if count > MOST_DAYS:
            raise AnswerTooLarge(what="days", limit=MOST_DAYS)
        if count > 1 or len(active) > 1:
            starts += count * engine.max_starts_per_day(one.calendar, resource_id)
    most = MOST_STARTS if len(active) == 1 else MOST_STARTS_TOGETHER
    if starts > most:
        raise AnswerTooLarge(what="starts", limit=most)
    if starts > LARGE_WORK_STARTS:
        request_budget.reserve_large_work()


def _keep(one: LoadedCalendar, first: date, last: date, blocks: int, resource_id: int | None) -> _Kept:
    calendar = one.calendar
    place = (calendar.service_id, calendar.location_id, calendar.extra_minutes, first, last, blocks, resource_id)
    known = _kept.get(place)
    if known is not None and known.key == one.key:
        return known
    made = _Kept(one.key, engine.service_candidates(calendar, first, last, blocks, resource_id))
    _kept.put(place, made)
    return made


def remaining(request: BookingRequest, *, now: datetime) -> int:
    """Places left for one concrete span (``UNLIMITED`` where nothing is scarce), for the resource it names.

    Raises:
        NotAvailable: A rule of the service speaks against the span, whatever is left.
    """
    found = remaining_by_resource(request, [request.resource_id], now=now)[0]
    if isinstance(found, NotAvailable):
        raise found
    return found


def remaining_by_resource(
    request: BookingRequest,
    resource_ids: Iterable[int],
    *,
    now: datetime,
    known: Mapping[int, Service] | None = None,
) -> list[int | NotAvailable]:
    """The same for several resources of the service, or why it cannot be; the claims are read once."""
    one = load_calendars([request], known=known)[0]
    request = with_person_types(request, one)
    found: list[int | NotAvailable] = []
    taken: dict[BookedInterval, Mapping[Subject, Sequence[Claim]]] = {}
    for resource_id in resource_ids:
        try:
            if not one.bookable:
                raise NotAvailable(reason="closed")
            span, demands = check_rules(request, one.calendar, resource_id, now=now)
        except NotAvailable as error:
            found.append(error)
            continue
        if span not in taken:
            taken[span] = claims_around(one.calendar, span, now=now)
        found.append(min((ledger.remaining(demand, taken[span]) for demand in demands), default=UNLIMITED))
    return found


def first_shortage(
    request: BookingRequest, resource_id: int, *, now: datetime, known: Mapping[int, Service] | None = None
) -> tuple[datetime, int] | None:
    """Where a span first meets too few places (wall clock), and how many are left there: in it or at a neighbour.

    Raises:
        NotAvailable: A rule of the service speaks against the span, whatever is left.
    """
    one = load_calendars([request], known=known)[0]
    span, demands = check_rules(request, one.calendar, resource_id, now=now)
    taken = claims_around(one.calendar, span, now=now)
    shortages = (first_claims_shortage(demand, taken.get(demand.subject, ())) for demand in demands)
    first = min((shortage for shortage in shortages if shortage is not None), default=None)
    return None if first is None else (wall_clock(utc_to_wall(first[0], one.calendar.zone)), first[1])


def explain(request: BookingRequest, *, now: datetime, for_listing: bool = False) -> list[Reason]:
    """Why a span can or cannot be booked: the rule, claim, notice or pause that decides."""
    one = load_calendars([request])[0]
    units = engine.units_needed(one.calendar.plan, quantity=request.quantity, persons=request.persons)
    minute = wall_minute(request.wall_start)
    low, high = engine.claims_window(
        one.calendar, request.wall_start.date(), request.wall_start.date(), blocks=request.blocks or 1
    )
    held = ledger.claims_on(
        engine.subjects_of(one.calendar), low, high, now=now, pause=engine.max_buffer_seconds(one.calendar)
    )
    return engine.explain_booking(
        one.calendar,
        held,
        wall_start=minute,
        now=to_epoch(now),
        wall_end=None if request.wall_end is None else wall_minute(request.wall_end),
        blocks=request.blocks,
        units=units,
        resource_id=request.resource_id,
        persons=request.persons,
        person_counts=request.person_counts,
        overrides=request.overrides,
        for_listing=for_listing,
    )
