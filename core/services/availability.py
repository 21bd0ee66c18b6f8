"""Lists bookable slots of stored services, checks capacity and explains refusals, with two queries per call."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from core import request_budget
from core.domain import availability as engine
from core.domain.booking_window import BookingWindow
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
    """A service to list, with the instants and the wall dates (both included) that its rules allow."""

    loaded: LoadedCalendar
    bounds: BookingWindow
    first: date
    last: date


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
    for loaded in loaded_calendars.values():
        if not loaded.bookable or last < first:
            continue
        calendar = loaded.calendar
        bounds = engine.listing_window(calendar, to_epoch(now), include_past=include_past, ignore_notice=ignore_notice)
        listing = _Listing(loaded, bounds, *engine.clip_dates(calendar, first, last, bounds))
        if listing.first <= listing.last:
            listings.append(listing)
    if not listings:
        return slots_by_service
    _check_size(listings, resource_id)
    subjects = [engine.subjects_of(loaded.calendar, resource_id) for loaded, *_ in listings]
    windows = [engine.claims_window(loaded.calendar, first, last, blocks=blocks) for loaded, _, first, last in listings]
    claims_json = ledger.claims_json(
        {subject for service_subjects in subjects for subject in service_subjects},
        min(window[0] for window in windows),
        max(window[1] for window in windows),
        now=now,
        buffer_seconds=max(engine.max_buffer_seconds(loaded.calendar) for loaded, *_ in listings),
        excluded_booking_ids=excluded_booking_ids,
    )
    slot_filters = filters.current().slots
    for listing, service_subjects in zip(listings, subjects, strict=True):
        request_budget.checkpoint()
        cached = _cached_slots(listing, blocks, resource_id)
        slots = engine.bookable_slots(
            cached.candidates,
            cached.slots_beside(claims_json, service_subjects),
            listing.bounds,
            units=units,
            include_full=include_full,
            per_resource=per_resource,
        )
        calendar = listing.loaded.calendar
        slots_by_service[calendar.service_id] = filters.run(slot_filters, slots, calendar) if slot_filters else slots
    return slots_by_service


def _check_size(listings: Sequence[_Listing], resource_id: int | None) -> None:
    """Raise AnswerTooLarge before a listing that is too large. A single day of one service never is."""
    starts = 0
    for loaded, _, first, last in listings:
        count = (last - first).days + 1
        if count > MAX_DAYS:
            raise AnswerTooLarge(unit="days", limit=MAX_DAYS)
        if count > 1 or len(listings) > 1:
            starts += count * engine.max_starts_per_day(loaded.calendar, resource_id)
    max_starts = MAX_STARTS if len(listings) == 1 else MAX_STARTS_COMBINED
    if starts > max_starts:
        raise AnswerTooLarge(unit="starts", limit=max_starts)
    if starts > LARGE_WORK_STARTS:
        request_budget.reserve_large_work()


def _cached_slots(listing: _Listing, blocks: int, resource_id: int | None) -> _CachedSlots:
    loaded, _, first, last = listing
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
    """As ``remaining`` for several resources of the service; the error where a rule forbids the interval."""
    loaded = load_calendars([request], preloaded_services=preloaded_services)[0]
    request = with_person_types(request, loaded)
    results: list[int | NotAvailable] = []
    claims_by_interval: dict[BookedInterval, Mapping[Subject, Sequence[Claim]]] = {}
    for resource_id in resource_ids:
        try:
            if not loaded.bookable:
                raise NotAvailable(reason="closed")
            interval, claim_requests = check_rules(request, loaded.calendar, resource_id, now=now)
        except NotAvailable as error:
            results.append(error)
            continue
        if interval not in claims_by_interval:
            claims_by_interval[interval] = claims_around(loaded.calendar, interval, now=now)
        results.append(
            min(
                (ledger.remaining(claim_request, claims_by_interval[interval]) for claim_request in claim_requests),
                default=UNLIMITED,
            )
        )
    return results


def first_shortage(
    request: BookingRequest, resource_id: int, *, now: datetime, preloaded_services: Mapping[int, Service] | None = None
) -> tuple[datetime, int] | None:
    """The first wall clock at which capacity is short for a request, and the units left there; None where it fits.

    Raises:
        NotAvailable: A rule of the service forbids the interval, whatever capacity is left.
    """
    loaded = load_calendars([request], preloaded_services=preloaded_services)[0]
    interval, claim_requests = check_rules(request, loaded.calendar, resource_id, now=now)
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
        engine.subjects_of(loaded.calendar),
        low,
        high,
        now=now,
        buffer_seconds=engine.max_buffer_seconds(loaded.calendar),
    )
    return engine.explain_booking(
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
