"""Lists bookable slots of stored services, checks capacity and explains refusals, with two queries per call."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from core import request_budget
from core.domain import availability as engine
from core.domain.booking_window import BookingWindow
from core.domain.claim_requests import subjects_of
from core.domain.claims import UNLIMITED, Claim, Subject
from core.domain.claims import first_shortage as first_claims_shortage
from core.domain.durations import max_buffer_seconds
from core.domain.explain import explain_booking
from core.domain.records import Service
from core.domain.requests import BookingRequest
from core.domain.schedule import Reason, ServiceCalendar, Slot
from core.domain.zones import utc_to_wall
from core.errors import AnswerTooLarge, NotAvailable, NotFound, Vetoed
from core.lru import SizedLRU
from core.services import calendars, filters, ledger
from core.services.bookings.allocation import (
    check_rules,
    claims_around,
    load_calendars,
    rule_check,
    wall_clock,
    wall_minute,
    with_person_types,
)
from core.services.bookings.vetoes import check_booking
from core.services.calendars import LoadedCalendar
from core.services.repository import services, to_epoch

#: Limits for one service: ten years of days, and the starts of ten years at one every quarter of an hour. The
#: service's own horizon applies first.
MAX_DAYS = 3_660
MAX_STARTS = 400_000
#: The limit of starts for several services in one call.
MAX_STARTS_COMBINED = 120_000
#: Above this number of starts a process answers one request at a time; each start takes about 500 bytes.
LARGE_WORK_STARTS = 20_000


class _CountedClaims(NamedTuple):
    """Claims by subject, as JSON and decoded, and the slots that remain beside them for each resource."""

    texts: dict[Subject, tuple[str, ...]]
    claims: dict[Subject, list[Claim]]
    slots: tuple[list[Slot], ...]


class _CachedSlots:
    """The candidate starts that a service's rules allow, and the slots beside the claims of the last request.

    A changed service has another ``key``. Claims are read for every request and only what is computed from them is
    cached, so a stale entry cannot cause a double booking.
    """

    __slots__ = ("candidates", "counted", "key")

    def __init__(self, key: tuple[object, ...], candidates: engine.ServiceCandidates) -> None:
        self.key = key
        self.candidates = candidates
        self.counted: _CountedClaims | None = None

    def slots_beside(
        self, claims_json: Mapping[Subject, tuple[str, ...]], subjects: Sequence[Subject]
    ) -> tuple[list[Slot], ...]:
        """The slots of each resource beside these claims."""
        texts = {subject: claims_json[subject] for subject in subjects}
        previous = self.counted
        if previous is not None and previous.texts == texts:
            return previous.slots
        if previous is None:
            claims = {subject: ledger.decode_claims(claim_texts) for subject, claim_texts in texts.items()}
            slots = engine.subtract_claims(self.candidates, claims)
        else:
            # Unchanged subjects are neither decoded nor counted again.
            claims = {
                subject: previous.claims[subject]
                if previous.texts[subject] == claim_texts
                else ledger.decode_claims(claim_texts)
                for subject, claim_texts in texts.items()
            }
            slots = engine.subtract_claims(self.candidates, claims, (previous.claims, previous.slots))
        self.counted = _CountedClaims(texts, claims, slots)
        return slots


def _cache_weight(entry: _CachedSlots) -> int:
    return 1 + sum(len(candidates.starts) for candidates in entry.candidates.by_resource)


#: By service, location, extra minutes, dates, blocks and resource; bounded by starts, of about 400 bytes each.
_slot_cache: SizedLRU[tuple[Any, ...], _CachedSlots] = SizedLRU(60_000, _cache_weight)


class _Listing(NamedTuple):
    """A service to list: the instants and wall dates (both included) that its rules allow, and what it can claim."""

    loaded: LoadedCalendar
    bounds: BookingWindow
    first: date
    last: date
    subjects: list[Subject]


def list_slots(service_id: int, **options: Any) -> list[Slot]:
    """The slots of one service; options as for ``list_slots_of``.

    Raises:
        NotFound: There is no such service.
    """
    slots_by_service = list_slots_of([service_id], **options)
    if service_id not in slots_by_service:
        raise NotFound(kind="service", id=service_id)
    return slots_by_service[service_id]


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
    excluded_booking_ids: Sequence[int] = (),
    preloaded_services: Mapping[int, Service] | None = None,
) -> dict[int, list[Slot]]:
    """Slots on the wall dates ``first``..``last`` (both included) by service; unknown services are left out.

    Args:
        now: Aware UTC.
        blocks: Length of the booking.
        units: Requested units.
        resource_id: One resource (also one the service does not list), 0 for none, None for each that can be chosen.
        per_resource: One slot per resource and start; else only the best resource's.
        include_past: Also starts in the past.
        ignore_notice: Also starts that are too soon or too far ahead.
        include_full: Also starts with fewer than ``units`` units left.
        excluded_booking_ids: Bookings whose claims do not count.
        preloaded_services: Services the caller has just read, which are not read again.

    Raises:
        NotFound: There is no such resource.
        AnswerTooLarge: There are more than ``MAX_DAYS`` between the dates, or possibly more than ``MAX_STARTS`` starts
            (``MAX_STARTS_COMBINED`` for several services).
    """
    loaded_calendars = calendars.load_calendars(
        service_ids, location_id=location_id, extra_minutes=extra_minutes, preloaded_services=preloaded_services
    )
    if resource_id:
        # A booking may name a resource that the service does not list.
        loaded_calendars = {
            service_id: calendars.with_resource(loaded, resource_id) for service_id, loaded in loaded_calendars.items()
        }
    slots_by_service: dict[int, list[Slot]] = {service_id: [] for service_id in loaded_calendars}
    listings = []
    # Services often have one plan between them.
    limits: dict[tuple[int, str], tuple[BookingWindow, date, date]] = {}
    now_epoch = to_epoch(now)
    for loaded in loaded_calendars.values():
        calendar = loaded.calendar
        same_limits = id(calendar.plan), calendar.zone
        if same_limits not in limits:
            bounds = engine.listing_window(calendar, now_epoch, include_past=include_past, ignore_notice=ignore_notice)
            limits[same_limits] = bounds, *engine.clip_dates(calendar, first, last, bounds)
        bounds, low, high = limits[same_limits]
        if loaded.bookable and first <= last and low <= high:
            listings.append(_Listing(loaded, bounds, low, high, subjects_of(calendar, resource_id)))
    if not listings:
        return slots_by_service
    _check_size(listings, resource_id)
    claims_json = _claims_json(listings, blocks, now=now, excluded_booking_ids=excluded_booking_ids)
    slot_filters, checks = filters.current().slots, filters.current().check_booking
    for listing in listings:
        request_budget.checkpoint()
        cached = _cached_slots(listing, blocks, resource_id)
        slots = engine.bookable_slots(
            cached.candidates,
            cached.slots_beside(claims_json, listing.subjects),
            listing.bounds,
            units=units,
            include_full=include_full,
            # A plugin may refuse the best resource alone.
            per_resource=per_resource or bool(checks),
        )
        calendar = listing.loaded.calendar
        if slot_filters:
            slots = filters.run(slot_filters, slots, calendar)
        if checks:
            slots = _without_vetoed(slots, calendar, include_full=include_full, now=now)
            slots = slots if per_resource else engine.best_of_each_start(slots, units)
        slots_by_service[calendar.service_id] = slots
    return slots_by_service


def _without_vetoed(slots: list[Slot], calendar: ServiceCalendar, *, include_full: bool, now: datetime) -> list[Slot]:
    """The slots as plugins let them be booked: one that they refuse has nothing left."""
    service = services.get(calendar.service_id)
    offered = []
    for number, slot in enumerate(slots):
        if number % 1000 == 0:
            request_budget.checkpoint()
        if slot.remaining > 0:
            request = BookingRequest(
                service_id=calendar.service_id,
                wall_start=wall_clock(slot.wall_start),
                wall_end=wall_clock(slot.wall_end),
                origin="",
                resource_id=slot.resource_id,
                location_id=calendar.location_id,
            )
            try:
                check_booking(request, "offer", now=now, service=service)
            except Vetoed:
                if not include_full:
                    continue
                slot = slot._replace(remaining=0)
        offered.append(slot)
    return offered


def _claims_json(
    listings: Sequence[_Listing], blocks: int, *, now: datetime, excluded_booking_ids: Sequence[int]
) -> dict[Subject, tuple[str, ...]]:
    """The claims that matter to any of the listings, in one query."""
    # Of those with the same limits, one.
    distinct = {(id(one.loaded.calendar.plan), one.loaded.calendar.zone): one for one in listings}.values()
    windows = [
        engine.claims_window(listing.loaded.calendar, listing.first, listing.last, blocks=blocks)
        for listing in distinct
    ]
    return ledger.claims_json(
        {subject for listing in listings for subject in listing.subjects},
        min(window[0] for window in windows),
        max(window[1] for window in windows),
        now=now,
        buffer_seconds=max(max_buffer_seconds(listing.loaded.calendar.plan) for listing in distinct),
        excluded_booking_ids=excluded_booking_ids,
    )


def _check_size(listings: Sequence[_Listing], resource_id: int | None) -> None:
    """Raise AnswerTooLarge before a listing that is too large. A single day of one service never is."""
    starts = 0
    for listing in listings:
        count = (listing.last - listing.first).days + 1
        if count > MAX_DAYS:
            raise AnswerTooLarge(unit="days", limit=MAX_DAYS)
        if count > 1 or len(listings) > 1:
            starts += count * engine.max_starts_per_day(listing.loaded.calendar, resource_id)
    max_starts = MAX_STARTS if len(listings) == 1 else MAX_STARTS_COMBINED
    if starts > max_starts:
        raise AnswerTooLarge(unit="starts", limit=max_starts)
    if starts > LARGE_WORK_STARTS:
        request_budget.reserve_large_work()


def _cached_slots(listing: _Listing, blocks: int, resource_id: int | None) -> _CachedSlots:
    loaded, _, first, last, _ = listing
    calendar = loaded.calendar
    cache_key = (calendar.service_id, calendar.location_id, calendar.extra_minutes, first, last, blocks, resource_id)
    cached = _slot_cache.get(cache_key)
    if cached is None or cached.key != loaded.key:
        cached = _CachedSlots(loaded.key, engine.service_candidates(calendar, first, last, blocks, resource_id))
        _slot_cache.put(cache_key, cached)
    return cached


def remaining(request: BookingRequest, *, now: datetime) -> int:
    """Units left for the interval and resource of a request; ``UNLIMITED`` where nothing limits it.

    Raises:
        NotAvailable: A rule of the service forbids the interval, whatever capacity is left.
        Vetoed: A plugin refuses.
    """
    result = remaining_by_resource(request, [request.resource_id], now=now)[0]
    if isinstance(result, NotAvailable):
        raise result
    return result


def remaining_by_resource(
    request: BookingRequest,
    resource_ids: Iterable[int],
    *,
    now: datetime,
    preloaded_services: Mapping[int, Service] | None = None,
) -> list[int | NotAvailable]:
    """As ``remaining`` for several resources of the service; the error where a rule forbids the interval.

    Raises:
        Vetoed: A plugin refuses, and no resource is left that it lets be booked.
    """
    loaded = load_calendars([request], preloaded_services=preloaded_services)[0]
    request = with_person_types(request, loaded)
    resource_ids = list(resource_ids)
    check = rule_check(request, loaded.calendar, resource_ids[0] if resource_ids else 0, now=now)
    is_vetoed = bool(filters.current().check_booking)
    veto: Vetoed | None = None
    results: list[int | NotAvailable] = []
    claims: Mapping[Subject, Sequence[Claim]] | None = None
    for resource_id in resource_ids:
        try:
            if not loaded.bookable:
                raise NotAvailable(reason="closed")
            interval, claim_requests = check_rules(check.with_resource(resource_id))
            if is_vetoed:
                check_booking(interval.applied_to(request, resource_id), "quote", now=now)
        except NotAvailable as error:
            results.append(error)
            continue
        except Vetoed as error:
            veto = error
            results.append(NotAvailable(reason="resource"))
            continue
        if claims is None:
            claims = claims_around(loaded.calendar, interval, now=now)
        results.append(
            min((ledger.remaining(claim_request, claims) for claim_request in claim_requests), default=UNLIMITED)
        )
    if veto is not None and not any(isinstance(result, int) for result in results):
        raise veto
    return results


def first_shortage(
    request: BookingRequest, resource_id: int, *, now: datetime, preloaded_services: Mapping[int, Service] | None = None
) -> tuple[datetime, int] | None:
    """The first wall clock at which capacity is short for a request, and the units left there; None where it fits.

    Raises:
        NotAvailable: A rule of the service forbids the interval, whatever capacity is left.
    """
    loaded = load_calendars([request], preloaded_services=preloaded_services)[0]
    interval, claim_requests = check_rules(rule_check(request, loaded.calendar, resource_id, now=now))
    claims = claims_around(loaded.calendar, interval, now=now)
    shortages = (
        first_claims_shortage(claim_request, claims.get(claim_request.subject, ())) for claim_request in claim_requests
    )
    first = min((shortage for shortage in shortages if shortage is not None), default=None)
    return None if first is None else (wall_clock(utc_to_wall(first[0], loaded.calendar.zone)), first[1])


def explain(request: BookingRequest, *, now: datetime, for_listing: bool = False) -> list[Reason]:
    """Why a request can or cannot be booked: the rule, claim, notice or buffer that decides."""
    loaded = load_calendars([request])[0]
    units = engine.units_needed(loaded.calendar.plan, quantity=request.quantity, persons=request.persons)
    minute = wall_minute(request.wall_start)
    low, high = engine.claims_window(
        loaded.calendar, request.wall_start.date(), request.wall_start.date(), blocks=request.blocks or 1
    )
    claims = ledger.claims_on(
        subjects_of(loaded.calendar),
        low,
        high,
        now=now,
        buffer_seconds=max_buffer_seconds(loaded.calendar.plan),
    )
    return explain_booking(
        loaded.calendar,
        claims,
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
