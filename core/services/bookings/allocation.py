"""Allocates a request: finds its interval, its resource and the claims it needs, and takes them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from core.domain import availability
from core.domain.availability import units_needed
from core.domain.booking_rules import BookingCandidate, RuleCheck, violation_error
from core.domain.claim_requests import subjects_of
from core.domain.claims import Claim, ClaimRequest, Subject
from core.domain.durations import max_buffer_seconds
from core.domain.party import split_by_type
from core.domain.records import Service
from core.domain.requests import SKIP_ALL, BookingRequest, RuleOverrides
from core.domain.schedule import ServiceCalendar
from core.domain.statuses import BOOKING, HOLD, OCCUPYING
from core.errors import Invalid, NotAvailable, NotFound
from core.services import calendars, ledger, references
from core.services.calendars import LoadedCalendar
from core.services.repository import extras, to_epoch
from core.subject_locks import lock_subjects

_DAY = 86_400
#: Each round locks what the one before did not know of; more than two need several writers in a row.
_MAX_LOCK_ROUNDS = 20
#: More persons or units than any business has; a larger request is refused as full.
_MAX_UNITS = 1_000_000


class BookedInterval(NamedTuple):
    """The interval of a booking: instants in epoch seconds, naive wall clocks, and its length in blocks."""

    start: int
    end: int
    wall_start: datetime
    wall_end: datetime
    blocks: int

    def values(self, resource_id: int) -> dict[str, Any]:
        """What a request says of this interval and a resource, by field."""
        return {
            "wall_start": self.wall_start,
            "wall_end": self.wall_end,
            "blocks": self.blocks,
            "resource_id": resource_id,
        }

    def applied_to(self, request: BookingRequest, resource_id: int) -> BookingRequest:
        """The request with this interval and a resource."""
        return replace(request, **self.values(resource_id))


@dataclass(frozen=True, slots=True)
class Allocation:
    """A request with the resource and the interval it gets, and the claims it takes."""

    request: BookingRequest
    loaded: LoadedCalendar
    resource_id: int
    interval: BookedInterval
    claim_requests: tuple[ClaimRequest, ...] = ()
    #: The claims do not fit, and are taken all the same.
    overbooked: bool = False

    def take(self, booking_id: int) -> None:
        """Take the claims for a booking, in the transaction that found room for them."""
        request = self.request
        ledger.take(
            booking_id,
            self.claim_requests,
            expires_at=request.expires_at if request.status == HOLD else None,
            overbooked=self.overbooked,
        )


def check_request(request: BookingRequest) -> None:
    """Refuse a request that is invalid under any calendar.

    Raises:
        Invalid: The status is unknown, or persons or quantity are below 1.
        NotAvailable: More is requested than any business has.
    """
    for status in (request.status, request.status_if_free or request.status):
        if status not in BOOKING or (status in OCCUPYING) != (request.status in OCCUPYING):
            raise Invalid(field="status", reason="unknown", value=status)
    if request.persons < 1 or request.quantity < 1:
        raise Invalid(field="persons", reason="range", value=min(request.persons, request.quantity))
    if request.persons > _MAX_UNITS or request.quantity > _MAX_UNITS:
        raise NotAvailable(reason="full", requested=max(request.persons, request.quantity))


def lock_calendars(loaded: Iterable[LoadedCalendar], resource_ids: Iterable[int] = ()) -> bool:
    """Lock everything these services claim; True where the calendars must be read again after that."""
    subjects = {subject for calendar_source in loaded for subject in subjects_of(calendar_source.calendar)}
    return lock_subjects(subjects | {("resource", resource_id) for resource_id in resource_ids if resource_id})


def load_locked_calendars(requests: Sequence[BookingRequest]) -> list[LoadedCalendar]:
    """The calendar for each request, with everything it can claim locked against other writers."""
    for _ in range(_MAX_LOCK_ROUNDS):
        loaded = load_calendars(requests)
        if not lock_calendars(loaded, (request.resource_id for request in requests)):
            return loaded
    # A plugin's filter that names other resources each time would go on for ever.
    raise RuntimeError("the calendars of a booking name other resources each time they are read")


def load_calendars(
    requests: Sequence[BookingRequest], *, preloaded_services: Mapping[int, Service] | None = None
) -> list[LoadedCalendar]:
    """The calendar for each request, with its resource, location and extras.

    Args:
        preloaded_services: Services the caller has just read. Never use this to book.
    """
    return [_load_calendar_for(request, preloaded_services) for request in requests]


def _load_calendar_for(request: BookingRequest, preloaded_services: Mapping[int, Service] | None) -> LoadedCalendar:
    extra_minutes = 0
    if request.extras:
        extras_by_id = extras.get_many(extra_id for extra_id, _ in request.extras)
        for extra_id, quantity in request.extras:
            extra = extras_by_id.get(extra_id)
            if extra is None or extra.service_id != request.service_id:
                raise NotFound(kind="extra", id=extra_id)
            if quantity < 1 or quantity > (extra.max_quantity or _MAX_UNITS):
                raise Invalid(field="extras", reason="range", value=quantity, limit=extra.max_quantity)
            extra_minutes += extra.minutes * quantity
    location_id = 0 if references.may_name_deleted("location", request.location_id) else request.location_id
    loaded = calendars.load_calendar(
        request.service_id, location_id=location_id, extra_minutes=extra_minutes, preloaded_services=preloaded_services
    )
    if request.zone:
        loaded = calendars.in_zone(loaded, request.zone)
    if references.may_name_deleted("resource", request.resource_id):
        return loaded
    return calendars.with_resource(loaded, request.resource_id)


def with_person_types(request: BookingRequest, loaded: LoadedCalendar) -> BookingRequest:
    """The request with its persons split by type, where the service has types and the request names none."""
    bounds = loaded.calendar.plan.persons.by_type
    if not bounds or request.person_counts or request.overrides.persons:
        return request
    return replace(request, person_counts=split_by_type(bounds, request.persons))


def wall_minute(clock: datetime) -> int:
    """A wall clock as the engine's wall minute; seconds are dropped."""
    return clock.toordinal() * 1440 + clock.hour * 60 + clock.minute


def wall_clock(minute: int) -> datetime:
    """A wall minute of the engine as a naive datetime."""
    day, rest = divmod(minute, 1440)
    return datetime.fromordinal(day) + timedelta(minutes=rest)


def rule_check(
    request: BookingRequest,
    calendar: ServiceCalendar,
    resource_id: int,
    *,
    now: datetime,
    overrides: RuleOverrides | None = None,
) -> RuleCheck:
    """The check of a request; its ``with_resource`` checks other resources on the same days.

    Args:
        overrides: Instead of the request's own.
    """
    return RuleCheck(
        calendar,
        BookingCandidate(
            wall_start=wall_minute(request.wall_start),
            now=to_epoch(now),
            wall_end=None if request.wall_end is None else wall_minute(request.wall_end),
            blocks=request.blocks,
            units=units_needed(calendar.plan, quantity=request.quantity, persons=request.persons),
            resource_id=resource_id,
            persons=request.persons,
            person_counts=request.person_counts,
            overrides=request.overrides if overrides is None else overrides,
            service_units=request.service_units,
        ),
    )


def check_rules(check: RuleCheck) -> tuple[BookedInterval, tuple[ClaimRequest, ...]]:
    """The interval of a request and the claims it needs.

    Raises:
        NotAvailable: A rule of the service forbids it.
    """
    for violation in check.violations():
        raise violation_error(check, violation)
    return _interval_of(check), check.claim_requests


def interval_of(request: BookingRequest, calendar: ServiceCalendar, *, now: datetime) -> BookedInterval:
    """The interval of a request, without regard to the rules."""
    return _interval_of(rule_check(request, calendar, _resource_in(calendar, request), now=now, overrides=SKIP_ALL))


def _interval_of(check: RuleCheck) -> BookedInterval:
    """The interval of a checked request.

    Raises:
        NotAvailable: It can have none.
    """
    interval = check.interval
    if interval is None:
        raise violation_error(check, next(check.violations()))
    return BookedInterval(
        interval.start, interval.end, wall_clock(interval.wall_start), wall_clock(interval.wall_end), check.blocks
    )


def _resource_in(calendar: ServiceCalendar, request: BookingRequest) -> int:
    """The resource a request names; 0 where the calendar does not have it any more."""
    resource_id = request.resource_id
    return resource_id if any(resource.id == resource_id for resource in calendar.resources) else 0


def claims_around(
    calendar: ServiceCalendar, interval: BookedInterval, *, now: datetime, excluded_booking_ids: Sequence[int] = ()
) -> Mapping[Subject, Sequence[Claim]]:
    """Claims on everything the service uses, around the interval as far as the choice of a resource considers."""
    reach = 7 * _DAY if calendar.plan.resources.order.endswith("week") else _DAY
    return ledger.claims_on(
        subjects_of(calendar),
        interval.start - reach,
        interval.end + reach,
        now=now,
        buffer_seconds=max_buffer_seconds(calendar.plan),
        excluded_booking_ids=excluded_booking_ids,
    )


def choose_resource(
    request: BookingRequest, loaded: LoadedCalendar, *, now: datetime, excluded_booking_ids: Sequence[int] = ()
) -> tuple[int, BookedInterval, tuple[ClaimRequest, ...]]:
    """The resource a request gets, its interval and the claims it needs.

    Raises:
        NotAvailable: No resource is free; of several reasons the most specific one.
    """
    calendar = loaded.calendar
    plan = calendar.plan
    automatic_choices = {"automatic", "either", "customer"} if request.any_resource else {"automatic", "either"}
    if request.resource_id or plan.resources.choice not in automatic_choices or not calendar.resources:
        check = rule_check(request, calendar, _resource_in(calendar, request), now=now)
        return request.resource_id, *check_rules(check)
    check = rule_check(request, calendar, calendar.resources[0].id, now=now)
    claims = claims_around(calendar, _interval_of(check), now=now, excluded_booking_ids=excluded_booking_ids)
    refusal = NotAvailable(reason="resource")
    resource_ids = availability.automatic_resources(calendar, claims, wall_start=wall_minute(request.wall_start))
    for resource_id in resource_ids:
        try:
            interval, claim_requests = check_rules(check.with_resource(resource_id))
            if not request.overrides.capacity:
                refuse_shortage(claim_requests, claims)
            return resource_id, interval, claim_requests
        except NotAvailable as error:
            # "full" tells the caller more than "closed".
            if refusal.reason == "resource" or (refusal.reason != "full" and error.reason == "full"):
                refusal = error
    raise refusal


def refuse_shortage(claim_requests: Iterable[ClaimRequest], claims: Mapping[Subject, Sequence[Claim]]) -> None:
    """Raise NotAvailable where one of the requests for claims does not fit beside the existing claims."""
    for claim_request in claim_requests:
        units_left = ledger.shortage(claim_request, claims)
        if units_left is not None:
            raise ledger.not_available(claim_request, units_left)


def allocate(request: BookingRequest, loaded: LoadedCalendar, *, now: datetime) -> Allocation:
    """Check a request against all rules and claims, inside ``writing()``; ``take`` takes what it needs.

    Raises:
        NotAvailable: A rule forbids it, or something is full.
    """
    if not loaded.bookable and not request.overrides.hours:
        raise NotAvailable(reason="closed")
    if request.status not in OCCUPYING:
        return Allocation(request, loaded, request.resource_id, interval_of(request, loaded.calendar, now=now))
    resource_id, interval, claim_requests = choose_resource(request, loaded, now=now)
    overbooked = ledger.check_capacity(claim_requests, now=now, overbook=request.overrides.capacity)
    return Allocation(request, loaded, resource_id, interval, claim_requests, overbooked)
