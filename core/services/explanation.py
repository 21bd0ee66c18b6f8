"""Explains one start of one service: whether it can be booked and why, what is left, and where the price comes from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from core.domain import records, statuses
from core.domain.booking_rules import RuleCheck, instant
from core.domain.claims import UNLIMITED, Claim, Subject
from core.domain.durations import is_day_based
from core.domain.explain import explain_check
from core.domain.explanations import BlockingClaim, Cause, Choice, ExplainedLine, ExplainedPrice, Explanation
from core.domain.requests import BookingRequest
from core.domain.rule_sentences import (
    Surroundings,
    describe_rule,
    line_origin,
    plan_summary,
    reason_sentence,
)
from core.domain.schedule import CalendarRule, Reason
from core.domain.zones import DAY, FIRST_DAY, LAST_DAY
from core.error_sentences import error_sentence
from core.errors import DomainError, Invalid, NotAvailable, Vetoed
from core.services import availability, bookings, ledger, pricing, repository, site
from core.services.bookings.allocation import (
    BookedInterval,
    check_request,
    claims_around,
    load_calendars,
    rule_check,
    wall_clock,
    wall_minute,
    with_person_types,
)
from core.services.bookings.vetoes import check_booking
from core.services.calendars import LoadedCalendar

#: Limits: resources explained one by one, and claims named for one reason.
MAX_RESOURCES = 50
MAX_CLAIMS = 100


def parse_start(text: str, service: records.Service) -> datetime:
    """A start as operators write it: ``2026-03-02T10:00`` on the service's clock, or a date where lengths are days.

    Raises:
        Invalid: It is neither, has an offset, or names no time where the service has times.
    """
    text = text.strip()
    try:
        on_date = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        if not is_day_based(service.plan):
            raise Invalid(field="start", reason=f"needs a time too, such as {on_date.isoformat()}T10:00")
        return datetime.combine(on_date, time(0)) + timedelta(minutes=service.plan.check_in_minute)
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(field="start", reason="date_time", value=text[:60]) from None
    if start.tzinfo is not None:
        raise Invalid(field="start", reason="is on the service's own clock and takes no offset")
    return start.replace(second=0, microsecond=0)


def explain_start(request: BookingRequest, *, now: datetime) -> Explanation:
    """Explain the start of a request: as a booking of it would be judged at ``now`` (aware UTC), and nothing is held.

    A request that names no resource of a service that needs one is explained for each of them, up to
    ``MAX_RESOURCES``.

    Raises:
        NotFound: There is no such service, resource, location, variant or extra.
        Invalid: The request is no booking under any calendar.
    """
    check_request(request)
    service = repository.services.get(request.service_id)
    loaded = load_calendars([request])[0]
    request = with_person_types(request, loaded)
    check = rule_check(request, loaded.calendar, 0, now=now)
    names = _names(loaded)
    resource_ids = _resource_ids(request, loaded)
    held = claims_around(loaded.calendar, _probe(check), now=now)
    choices = tuple(
        _choice(request, service, loaded, check.with_resource(id), held, names=names, now=now) for id in resource_ids
    )
    best = max(choices, key=lambda choice: (choice.bookable, _sort_key(choice.remaining)))
    slots = _listed_slots(request, check, now=now)
    units = check.candidate.units
    listed = any(slot.remaining >= units and slot.resource_id in (0, *resource_ids) for slot in slots)
    interval = check.interval
    return Explanation(
        service_id=service.id,
        service=service.name,
        zone=loaded.calendar.zone,
        wall_start=request.wall_start,
        wall_end=None if interval is None else wall_clock(interval.wall_end),
        start=None if interval is None else instant(interval.start),
        end=None if interval is None else instant(interval.end),
        bookable=best.bookable,
        listed=listed,
        remaining=best.remaining,
        capacity=best.capacity,
        choices=choices,
        price=_price(request, loaded, best, names=names, now=now),
        plan=plan_summary(loaded.calendar.plan),
        notes=tuple(_notes(service, loaded, bookable=best.bookable, listed=listed)),
    )


def _resource_ids(request: BookingRequest, loaded: LoadedCalendar) -> Sequence[int]:
    plan, resources = loaded.calendar.plan.resources, loaded.calendar.resources
    if request.resource_id or not resources or plan.choice not in ("customer", "automatic", "either"):
        return (request.resource_id,)
    return [resource.id for resource in resources if resource.listed][:MAX_RESOURCES] or (0,)


def _probe(check: RuleCheck) -> BookedInterval:
    """The interval of a check, or some time at its start where it has none, to look for claims in."""
    interval = check.interval
    if interval is None:
        return BookedInterval(0, 0, datetime.min, datetime.min, 1)
    return BookedInterval(interval.start, interval.end, datetime.min, datetime.min, check.blocks)


def _names(loaded: LoadedCalendar) -> dict[Subject, str]:
    calendar = loaded.calendar
    names: dict[Subject, str] = {("service", calendar.service_id): loaded.name}
    for resource in repository.resources.get_many(one.id for one in calendar.resources).values():
        names["resource", resource.id] = resource.name
    for person_type in repository.person_types.get_many(
        bound.person_type_id for bound in calendar.plan.persons.by_type
    ).values():
        names["person_type", person_type.id] = person_type.name
    return names


def _choice(
    request: BookingRequest,
    service: records.Service,
    loaded: LoadedCalendar,
    check: RuleCheck,
    held: Mapping[Subject, Sequence[Claim]],
    *,
    names: Mapping[Subject, str],
    now: datetime,
) -> Choice:
    resource_id = check.candidate.resource_id
    resource = next((one for one in loaded.calendar.resources if one.id == resource_id), None)
    reasons = [reason for reason in explain_check(check, held) if reason.code != "offered"]
    around = Surroundings(
        calendar=loaded.calendar,
        wall_start=wall_minute(request.wall_start),
        resource=resource,
        blocks=check.blocks,
        names=names,
    )
    causes = []
    if not loaded.bookable:
        causes.append(Cause(code="unbookable", sentence="Bookings of this service are switched off."))
    causes += _causes(reasons, service, loaded, around)
    if not causes:
        causes += _vetoes(request, check, now=now)
    lefts = [(ledger.remaining(one, held), one.capacity) for one in check.claim_requests]
    remaining, capacity = min(lefts, default=(UNLIMITED if check.interval else 0, UNLIMITED if check.interval else 0))
    return Choice(
        resource_id=resource_id,
        resource=names.get(("resource", resource_id), ""),
        bookable=not causes,
        remaining=None if remaining >= UNLIMITED else max(0, remaining),
        capacity=None if capacity >= UNLIMITED else capacity,
        causes=tuple(causes),
    )


def _causes(
    reasons: Sequence[Reason], service: records.Service, loaded: LoadedCalendar, around: Surroundings
) -> Iterator[Cause]:
    claims = [claim for reason in reasons for claim in (*reason.overlapping, *reason.within_buffer)]
    holders = bookings.get_many({claim.booking_id for claim in claims[:MAX_CLAIMS]}) if claims else {}
    told = set()
    for reason in reasons:
        owner = _rule_owner(reason.rule, service, loaded, around)
        sentence = " ".join(reason_sentence(reason, around).split())
        if owner:
            sentence = sentence.replace("A rule ", f"A rule of {_OWNERS[owner]} ", 1)
        # A start beside the fixed slots breaks two checks that are one reason.
        if sentence in told:
            continue
        told.add(sentence)
        yield Cause(
            code=reason.code,
            sentence=sentence,
            rule="" if reason.rule is None else describe_rule(reason.rule),
            rule_owner=owner,
            subject=reason.subject,
            claims=tuple(_blocking_claims(reason, holders)),
        )


_OWNERS = {
    "site": "the site",
    "location": "the location",
    "service": "the service",
    "resource": "the resource",
    "plugin": "a plugin",
}


def _rule_owner(
    rule: CalendarRule | None, service: records.Service, loaded: LoadedCalendar, around: Surroundings
) -> str:
    """Who has a rule. Of several with the same one the strongest place, in the order in which rules are laid."""
    if rule is None:
        return ""
    calendar = loaded.calendar
    if around.resource is not None and rule in around.resource.rules:
        return "resource"
    if rule in service.rules:
        return "service"
    if rule in site.rules():
        return "site"
    if calendar.location_id and rule in repository.locations.get(calendar.location_id).rules:
        return "location"
    return "plugin"


def _blocking_claims(reason: Reason, holders: Mapping[int, records.Booking]) -> Iterator[BlockingClaim]:
    claims: Iterable[tuple[Claim, bool]] = (
        *((claim, False) for claim in reason.overlapping),
        *((claim, True) for claim in reason.within_buffer),
    )
    for claim, within_buffer in list(claims)[:MAX_CLAIMS]:
        booking = holders.get(claim.booking_id)
        yield BlockingClaim(
            booking_id=claim.booking_id,
            status="" if booking is None else booking.status,
            origin="" if booking is None else booking.origin,
            start=instant(claim.start),
            end=instant(claim.end),
            units=claim.units,
            within_buffer=within_buffer,
        )


def _vetoes(request: BookingRequest, check: RuleCheck, *, now: datetime) -> Iterator[Cause]:
    """What plugins say against a request that no rule forbids."""
    interval = check.interval
    if interval is None:
        return
    booked = BookedInterval(
        interval.start, interval.end, wall_clock(interval.wall_start), wall_clock(interval.wall_end), check.blocks
    )
    try:
        check_booking(booked.applied_to(request, check.candidate.resource_id), "quote", now=now)
    except Vetoed as error:
        yield Cause(
            code="vetoed", sentence=f"The plugin {error.plugin} refuses it: {error.reason or 'it gives no reason'}."
        )


def _listed_slots(request: BookingRequest, check: RuleCheck, *, now: datetime) -> list[Any]:
    """The slots that lists show at this start, full ones included."""
    day = wall_minute(request.wall_start) // DAY
    if not FIRST_DAY < day < LAST_DAY - 1:
        return []
    on_date = request.wall_start.date()
    slots = availability.list_slots(
        request.service_id,
        first=on_date,
        last=on_date,
        now=now,
        blocks=check.blocks,
        units=check.candidate.units,
        resource_id=request.resource_id or None,
        location_id=check.calendar.location_id,
        extra_minutes=check.calendar.extra_minutes,
    )
    minute = wall_minute(request.wall_start)
    return [slot for slot in slots if slot.wall_start == minute]


def _price(
    request: BookingRequest, loaded: LoadedCalendar, best: Choice, *, names: Mapping[Subject, str], now: datetime
) -> ExplainedPrice:
    try:
        quote, _ = bookings.quote(replace(request, resource_id=best.resource_id), now=now, check=False)
    except NotAvailable:
        return ExplainedPrice(problem="There is no price for a booking that has no length.")
    except DomainError as error:
        return ExplainedPrice(problem=error_sentence(error))
    step_kinds = [step.kind for step in pricing.price_plan_of(loaded).steps]
    lines = []
    after = 0
    for line in quote.lines:
        step, origin = line_origin(line.kind, step_kinds, after)
        after = step or after
        label = line.label
        if line.kind == "resource" and label.isdigit():
            label = names.get(("resource", int(label)), label)
        lines.append(
            ExplainedLine(
                kind=line.kind, origin=origin, label=label, quantity=line.quantity, amount=line.amount, step=step
            )
        )
    return ExplainedPrice(currency=quote.currency, total=quote.total, due_now=quote.due_now, lines=tuple(lines))


def _notes(service: records.Service, loaded: LoadedCalendar, *, bookable: bool, listed: bool) -> Iterator[str]:
    if service.status != statuses.ACTIVE:
        yield f"The service is not active but {service.status.replace('_', ' ')}; most dialects do not offer it."
    if bookable and not listed:
        yield "It can be booked, but lists of slots do not show it with room."
    if len(loaded.calendar.resources) > MAX_RESOURCES:
        yield f"Only the first {MAX_RESOURCES} of its {len(loaded.calendar.resources)} resources are explained."


def _sort_key(remaining: int | None) -> int:
    return UNLIMITED if remaining is None else remaining
