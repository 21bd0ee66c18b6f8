"""Finding the place a request gets: its span, its resource, the claims it needs; and taking them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from core.db import lock_subjects
from core.domain import availability
from core.domain.availability import max_buffer_seconds, subjects_of, units_needed
from core.domain.booking_rules import BookingCandidate, RuleCheck, violation_error
from core.domain.claims import Claim, ClaimRequest, Subject
from core.domain.party import split_by_type
from core.domain.records import Service
from core.domain.requests import SKIP_ALL, BookingRequest
from core.domain.schedule import ServiceCalendar
from core.domain.statuses import ALL, HOLD, OCCUPYING
from core.errors import Invalid, NotAvailable, NotFound
from core.services import calendars, filters, ledger, references
from core.services.calendars import LoadedCalendar
from core.services.repository import extras, to_epoch

_DAY = 86_400
#: More of anything than a business can hold; beyond it numbers stop meaning places.
_MOST = 1_000_000


class BookedInterval(NamedTuple):
    """A booked stretch: instants in epoch seconds, wall clocks (naive), and how many blocks it has."""

    start: int
    end: int
    wall_start: datetime
    wall_end: datetime
    blocks: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """A request that found its place."""

    request: BookingRequest
    loaded: LoadedCalendar
    resource_id: int
    span: BookedInterval


def check_request(request: BookingRequest) -> None:
    """Refuse what no calendar needs to be asked about."""
    if request.status not in ALL:
        raise Invalid(field="status", reason="unknown", value=request.status)
    if request.persons < 1 or request.quantity < 1:
        raise Invalid(field="persons", reason="range", value=min(request.persons, request.quantity))
    if request.persons > _MOST or request.quantity > _MOST:
        raise NotAvailable(reason="full", wanted=max(request.persons, request.quantity))


def lock_calendars(loaded: Iterable[LoadedCalendar], resource_ids: Iterable[int] = ()) -> bool:
    """Shut other writers out of what these services use; True where the calendars must be read again after it."""
    wanted = {subject for one in loaded for subject in subjects_of(one.calendar)}
    return lock_subjects(wanted | {("resource", number) for number in resource_ids if number})


def load_locked_calendars(requests: Sequence[BookingRequest]) -> list[LoadedCalendar]:
    """The calendar for each request, with other writers shut out of everything that stands in it."""
    while True:
        loaded = load_calendars(requests)
        if not lock_calendars(loaded, (request.resource_id for request in requests)):
            return loaded


def load_calendars(
    requests: Sequence[BookingRequest], *, known: Mapping[int, Service] | None = None
) -> list[LoadedCalendar]:
    """The calendar for each request, with its resource, location and extras in it; never ``known`` for selling."""
    return [_load_one(request, known) for request in requests]


def _load_one(request: BookingRequest, known_services: Mapping[int, Service] | None) -> LoadedCalendar:
    minutes = 0
    if request.extras:
        known = extras.get_many(number for number, _ in request.extras)
        for number, quantity in request.extras:
            extra = known.get(number)
            if extra is None or extra.service_id != request.service_id:
                raise NotFound(kind="extra", id=number)
            if quantity < 1 or quantity > (extra.max_quantity or _MOST):
                raise Invalid(field="extras", reason="range", value=quantity, limit=extra.max_quantity)
            minutes += extra.minutes * quantity
    place_id = 0 if references.may_name_deleted("location", request.location_id) else request.location_id
    one = calendars.load_calendar(request.service_id, location_id=place_id, extra_minutes=minutes, known=known_services)
    if request.zone:
        one = calendars.in_zone(one, request.zone)
    if references.may_name_deleted("resource", request.resource_id):
        return one
    return calendars.with_resource(one, request.resource_id)


def with_person_types(request: BookingRequest, loaded: LoadedCalendar) -> BookingRequest:
    """The request with its party by type, where the service has types and the caller names none."""
    bounds = loaded.calendar.plan.persons.by_type
    if not bounds or request.person_counts or request.overrides.persons:
        return request
    return replace(request, person_counts=split_by_type(bounds, request.persons))


def wall_minute(clock: datetime) -> int:
    """A wall clock as the engine counts it; seconds are dropped."""
    return clock.toordinal() * 1440 + clock.hour * 60 + clock.minute


def wall_clock(minute: int) -> datetime:
    """The engine's wall minute as a naive datetime."""
    day, rest = divmod(minute, 1440)
    return datetime.fromordinal(day) + timedelta(minutes=rest)


def check_rules(
    request: BookingRequest, calendar: ServiceCalendar, resource_id: int, *, now: datetime, anyway: bool = False
) -> tuple[BookedInterval, tuple[ClaimRequest, ...]]:
    """The span a request means and the claims it needs.

    Args:
        anyway: Whatever the rules say; what is left is the arithmetic of a span.

    Raises:
        NotAvailable: A rule of the service speaks against it.
    """
    units = units_needed(calendar.plan, quantity=request.quantity, persons=request.persons)
    candidate = BookingCandidate(
        wall_start=wall_minute(request.wall_start),
        now=to_epoch(now),
        wall_end=None if request.wall_end is None else wall_minute(request.wall_end),
        blocks=request.blocks,
        units=units,
        resource_id=resource_id,
        persons=request.persons,
        person_counts=request.person_counts,
        overrides=SKIP_ALL if anyway else request.overrides,
        service_units=request.service_units,
    )
    check = RuleCheck(calendar, candidate)
    violations = check.violations()
    if anyway:
        all_violations = list(violations)
        violations = iter([] if check.interval is not None else all_violations)
    for violation in violations:
        raise violation_error(check, violation)
    span = check.interval
    if span is None:
        raise NotAvailable(reason="duration", wanted=units)
    return (
        BookedInterval(span.start, span.end, wall_clock(span.wall_start), wall_clock(span.wall_end), check.blocks),
        check.claim_requests,
    )


def interval_of(request: BookingRequest, calendar: ServiceCalendar, *, now: datetime) -> BookedInterval:
    """The span a request means, whatever the rules say of it."""
    return check_rules(request, calendar, _resource_in(calendar, request), now=now, anyway=True)[0]


def _resource_in(calendar: ServiceCalendar, request: BookingRequest) -> int:
    """The resource a request names, as far as it can still be looked at."""
    number = request.resource_id
    return number if any(resource.id == number for resource in calendar.resources) else 0


def claims_around(
    calendar: ServiceCalendar, span: BookedInterval, *, now: datetime, without: Sequence[int] = ()
) -> Mapping[Subject, Sequence[Claim]]:
    """Claims on everything the service uses, over the span and as far around it as its choice of resource looks."""
    reach = 7 * _DAY if calendar.plan.resources.order.endswith("week") else _DAY
    return ledger.claims_on(
        subjects_of(calendar),
        span.start - reach,
        span.end + reach,
        now=now,
        pause=max_buffer_seconds(calendar),
        without=without,
    )


def choose_resource(
    request: BookingRequest, loaded: LoadedCalendar, *, now: datetime, without: Sequence[int] = ()
) -> tuple[int, BookedInterval, tuple[ClaimRequest, ...]]:
    """The resource a request gets, its span and the claims it needs.

    Raises:
        NotAvailable: Nothing fits; of several reasons the most telling one.
    """
    calendar = loaded.calendar
    plan = calendar.plan
    choices = {"automatic", "either", "customer"} if request.any_resource else {"automatic", "either"}
    automatic = not request.resource_id and plan.resources.choice in choices
    if not automatic or not calendar.resources:
        span, demands = check_rules(request, calendar, _resource_in(calendar, request), now=now)
        return request.resource_id, span, demands
    taken = claims_around(calendar, interval_of(request, calendar, now=now), now=now, without=without)
    refused = NotAvailable(reason="resource")
    order = availability.automatic_resources(calendar, taken, wall_start=wall_minute(request.wall_start))
    for resource_id in order:
        try:
            span, demands = check_rules(request, calendar, resource_id, now=now)
            if not request.overrides.capacity:
                refuse_shortage(demands, taken)
            return resource_id, span, demands
        except NotAvailable as error:
            # A full resource says more than a closed one.
            if refused.reason == "resource" or (refused.reason != "full" and error.reason == "full"):
                refused = error
    raise refused


def refuse_shortage(demands: Iterable[ClaimRequest], taken: Mapping[Subject, Sequence[Claim]]) -> None:
    """Raise NotAvailable where one of the demands does not fit beside what is taken."""
    for demand in demands:
        left = ledger.shortage(demand, taken)
        if left is not None:
            raise ledger.not_available(demand, left)


def allocate(request: BookingRequest, loaded: LoadedCalendar, booking_id: int, *, now: datetime) -> Allocation:
    """Check a request against everything and take its places in the ledger, inside ``writing()``."""
    if not loaded.bookable and not request.overrides.hours:
        raise NotAvailable(reason="closed")
    if request.status not in OCCUPYING:
        return Allocation(request, loaded, request.resource_id, interval_of(request, loaded.calendar, now=now))
    resource_id, span, demands = choose_resource(request, loaded, now=now)
    ledger.claim(
        booking_id,
        demands,
        now=now,
        expires_at=request.expires_at if request.status == HOLD else None,
        overbook=request.overrides.capacity,
    )
    return Allocation(request, loaded, resource_id, span)


def ask_vetoes(request: BookingRequest, loaded: LoadedCalendar) -> None:
    """Let plugins refuse, before any lock is taken."""
    for check in filters.current().check_booking:
        check(request, loaded)
