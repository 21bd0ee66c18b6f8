"""One concrete booking against a service's rules: what speaks against it, and the claims it needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from core.domain.booking_window import booking_window
from core.domain.claims import ClaimRequest
from core.domain.intervals import Interval, buffers, claim_requests_of, interval_of
from core.domain.requests import RuleOverrides
from core.domain.schedule import CalendarRule, FixedSlot, ResourceCalendar, ServiceCalendar
from core.domain.slot_grid import OpeningHours, block_minutes, fixed_slot_end, fixed_slots_on, is_day_based
from core.domain.zones import DAY, FIRST_DAY, LAST_DAY
from core.errors import NotAvailable

#: Longest span that is ever judged, in days.
LONGEST = 3700
NO_OVERRIDES = RuleOverrides()


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingCandidate:
    """One booking somebody wants; see ``core.domain.availability.demands`` for the fields."""

    wall_start: int
    now: int
    wall_end: int | None = None
    blocks: int | None = None
    units: int = 1
    resource_id: int = 0
    persons: int = 1
    person_counts: Mapping[int, int] = field(default_factory=dict)
    overrides: RuleOverrides = NO_OVERRIDES
    for_listing: bool = False
    service_units: int | None = None


class Violation(NamedTuple):
    """One thing that speaks against a booking."""

    reason: str
    detail: str = ""
    rule: CalendarRule | None = None
    facts: Mapping[str, Any] = {}


def instant(seconds: int) -> datetime:
    """Epoch seconds as an aware UTC instant; None-safe callers check the range first."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


class RuleCheck:
    """Judges one ``Ask``. ``problems`` yields what is wrong in the order clients are told; then ``demands`` is set."""

    def __init__(self, calendar: ServiceCalendar, ask: BookingCandidate) -> None:
        self.calendar = calendar
        self.ask = ask
        self.span: Interval | None = None
        self.resource: ResourceCalendar | None = None
        self.listed: FixedSlot | None = None
        self.demands: tuple[ClaimRequest, ...] = ()
        self.blocks = 1
        self._odd_end: int | None = None

    def violations(self) -> Iterator[Violation]:
        """Everything that speaks against the booking. Stops early where the rest makes no sense any more."""
        if not FIRST_DAY <= self.ask.wall_start // DAY <= LAST_DAY - LONGEST:
            yield Violation("horizon", "outside of the calendar")
            return
        yield from self._resource()
        found = list(self._length())
        yield from found
        if any(problem.detail == "length" for problem in found):
            return
        self.span = interval_of(self.calendar, self.ask.wall_start, self.blocks, self.listed, self._odd_end)
        if self.span is None:
            yield Violation("closed", "the clock skips this time")
            return
        yield from self._limits(self.span)
        if not self.ask.for_listing:
            yield from self._party()
        opens = self._opens(self.span)
        yield from self._hours(opens, self.span)
        self.demands = tuple(
            claim_requests_of(
                self.calendar,
                opens,
                self.span,
                units=self.ask.units,
                resource=self.resource,
                listed=self.listed,
                service_units=self.ask.service_units,
                listing=self.ask.for_listing,
            )
        )

    def _resource(self) -> Iterator[Violation]:
        wanted = self.ask.resource_id
        if wanted:
            self.resource = next((one for one in self.calendar.resources if one.id == wanted), None)
            if self.resource is None:
                yield Violation("resource", "not one of this service", facts={"subject": ("resource", wanted)})
        elif (
            self.calendar.resources
            and not self.ask.for_listing
            and self.calendar.plan.resources.choice in ("customer", "automatic", "either")
        ):
            yield Violation("resource", "none chosen")

    def _length(self) -> Iterator[Violation]:
        ask, plan = self.ask, self.calendar.plan
        if plan.grid.starts == "fixed" and not is_day_based(plan):
            day, minute = divmod(ask.wall_start, DAY)
            for listed in fixed_slots_on(plan, day):
                ends = fixed_slot_end(listed, ask.wall_start) + self.calendar.extra_minutes
                if listed.from_minute == minute and ask.wall_end in (None, ends):
                    self.listed = listed
                    return
            if not ask.overrides.grid:
                yield Violation("grid", "no such listed start")
        blocks = ask.blocks if ask.blocks is not None else max(1, plan.min_blocks)
        if ask.wall_end is not None:
            counted = self._counted(ask.wall_end)
            if counted is None:
                if not ask.overrides.duration or not 0 < ask.wall_end - ask.wall_start <= LONGEST * DAY:
                    yield Violation("duration", "length", facts={"limit": plan.length})
                    return
                self._odd_end = ask.wall_end
                counted = 1
            blocks = counted
        if blocks < 1 or blocks * block_minutes(plan) > LONGEST * DAY:
            yield Violation("duration", "length", facts={"wanted": blocks, "limit": plan.max_blocks or plan.min_blocks})
            return
        self.blocks = blocks
        if ask.for_listing or ask.overrides.duration:
            return
        if plan.max_blocks and blocks > plan.max_blocks:
            yield Violation("duration", "too long", facts={"wanted": blocks, "limit": plan.max_blocks})
        elif blocks < plan.min_blocks:
            yield Violation("duration", "too short", facts={"wanted": blocks, "limit": plan.min_blocks})

    def _counted(self, wall_end: int) -> int | None:
        """How many blocks end at ``wall_end``; None when no whole number does."""
        plan, start = self.calendar.plan, self.ask.wall_start
        if is_day_based(plan):
            first, last = start // DAY, wall_end // DAY
            if last - first > LONGEST:
                return None
            if plan.unit == "month":
                then, end = datetime.fromordinal(first), datetime.fromordinal(max(1, last))
                months = (end.year - then.year) * 12 + end.month - then.month
                count, rest = divmod(months, plan.length)
                return count if count > 0 and not rest and end.day == then.day else None
            count, rest = divmod(last - first, plan.length)
            return count if count > 0 and not rest else None
        if not 0 < wall_end - start <= LONGEST * DAY:
            return None
        count, rest = divmod(wall_end - start - self.calendar.extra_minutes, block_minutes(plan))
        return count if count > 0 and not rest else None

    def _limits(self, span: Interval) -> Iterator[Violation]:
        ask, plan = self.ask, self.calendar.plan
        found = booking_window(
            plan, self.calendar.zone, ask.now, past=not ask.overrides.past, notice=not ask.overrides.notice,
            horizon=not ask.overrides.notice,
        )  # fmt: skip
        reason = found.violation(span.start, span.end + plan.buffers.after_minutes * 60)
        if reason:
            edge = {"past": found.past, "notice": found.notice, "horizon": min(found.start, found.end)}[reason]
            yield Violation(reason, facts={"limit": instant(edge)})
        weekdays = plan.booking_window.start_weekdays
        asked = weekdays and not ask.for_listing and not ask.overrides.start_weekday
        if asked and (span.wall_start // DAY - 1) % 7 + 1 not in weekdays:
            yield Violation("weekday", facts={"limit": weekdays})

    def _party(self) -> Iterator[Violation]:
        ask, plan = self.ask, self.calendar.plan
        if ask.overrides.persons:
            return
        if plan.persons.maximum and ask.persons > plan.persons.maximum:
            yield Violation("persons", "too many", facts={"wanted": ask.persons, "limit": plan.persons.maximum})
        elif ask.persons < plan.persons.minimum:
            yield Violation("persons", "too few", facts={"wanted": ask.persons, "limit": plan.persons.minimum})
        for bound in plan.persons.by_type:
            count = ask.person_counts.get(bound.person_type_id, 0)
            facts = {"wanted": count, "subject": ("person_type", bound.person_type_id)}
            if bound.maximum and count > bound.maximum:
                yield Violation("persons", "too many", facts=facts | {"limit": bound.maximum})
            elif count < bound.minimum:
                yield Violation("persons", "too few", facts=facts | {"limit": bound.minimum})

    def _opens(self, span: Interval) -> OpeningHours:
        last = span.checked_end // DAY + 1 + self.calendar.plan.buffers.after_minutes // DAY
        return OpeningHours(self.calendar, self.resource, span.wall_start // DAY - 1, last)

    def _hours(self, opens: OpeningHours, span: Interval) -> Iterator[Violation]:
        ask, plan = self.ask, self.calendar.plan
        if ask.overrides.hours:
            return
        closed = opens.closing_rule(span.wall_start, span.checked_end, self.blocks)
        if closed:
            layer, rank = closed
            yield Violation(
                "closed", "by a rule" if rank >= 0 else "by default", layer.rules[rank] if rank >= 0 else None
            )
            return
        if ask.overrides.grid or plan.grid.starts == "any" or self.listed is not None:
            return
        day = span.wall_start // DAY
        if all(start != span.wall_start for start, _ in opens.starts(day, day, self.blocks)):
            yield Violation("grid")


def violation_error(ask: BookingCandidate, judgement: RuleCheck, problem: Violation) -> NotAvailable:
    """A problem as the error that services raise."""
    facts = {"wanted": ask.units, "detail": problem.detail, **problem.facts}
    if problem.reason == "duration":
        plan = judgement.calendar.plan
        facts["unit"] = (plan.length, plan.unit)
    start = judgement.span.start if judgement.span else None
    return NotAvailable(reason=problem.reason, start=None if start is None else instant(start), **facts)


def max_buffer_seconds(calendar: ServiceCalendar) -> int:
    """The longest pause around a booking; how much further than its span claims must be read."""
    return max(buffers(calendar))
