"""One concrete booking against a service's rules: its violations, and the claims it needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from core.domain.booking_window import booking_window
from core.domain.claims import ClaimRequest
from core.domain.intervals import Interval, buffer_seconds, claim_requests_of, interval_of
from core.domain.requests import RuleOverrides
from core.domain.schedule import CalendarRule, FixedSlot, ResourceCalendar, ServiceCalendar
from core.domain.slot_grid import OpeningHours, block_minutes, fixed_slot_end, fixed_slots_on, is_day_based
from core.domain.zones import DAY, FIRST_DAY, LAST_DAY
from core.errors import NotAvailable

#: The longest booking, in days.
MAX_DAYS = 3700
NO_OVERRIDES = RuleOverrides()


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingCandidate:
    """One booking to check.

    Args:
        wall_start: Wall minute (``date.toordinal() * 1440 + minute``).
        now: Epoch seconds UTC.
        wall_end: Wall minute of the end (for days and nights the day after the last night); else ``blocks`` counts,
            else the plan's shortest length.
        units: Units to claim; see ``core.domain.availability.units_needed``.
        resource_id: 0 for none. Where the plan needs one, choose first (``automatic_resources``).
        persons, person_counts: Size of the party, and by person type.
        overrides: Checks to skip. ``notice`` covers the horizon too.
        for_listing: Check as lists do: no bounds on length and party, no start weekdays, the lists' own capacity and
            buffers.
        service_units: Units to claim of the service itself (0: none), where they differ from ``units``.
    """

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
    """One rule that a booking breaks."""

    reason: str
    detail: str = ""
    rule: CalendarRule | None = None
    fields: Mapping[str, Any] = {}


def instant(seconds: int) -> datetime:
    """Epoch seconds as an aware UTC instant, also beyond the range of ``datetime.fromtimestamp``."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


class RuleCheck:
    """Checks one booking.

    ``violations`` yields what is wrong in the order in which clients learn of it; then ``interval``, ``resource``,
    ``fixed_slot`` and ``claim_requests`` are set.
    """

    def __init__(self, calendar: ServiceCalendar, candidate: BookingCandidate) -> None:
        self.calendar = calendar
        self.candidate = candidate
        self.interval: Interval | None = None
        self.resource: ResourceCalendar | None = None
        self.fixed_slot: FixedSlot | None = None
        self.claim_requests: tuple[ClaimRequest, ...] = ()
        self.blocks = 1
        self._irregular_end: int | None = None

    def violations(self) -> Iterator[Violation]:
        """Every rule that the booking breaks. Stops early where further checks make no sense."""
        if not FIRST_DAY <= self.candidate.wall_start // DAY <= LAST_DAY - MAX_DAYS:
            yield Violation("horizon", "outside of the calendar")
            return
        yield from self._resource_violations()
        violations = list(self._length_violations())
        yield from violations
        if any(violation.detail == "length" for violation in violations):
            return
        self.interval = interval_of(
            self.calendar, self.candidate.wall_start, self.blocks, self.fixed_slot, self._irregular_end
        )
        if self.interval is None:
            yield Violation("closed", "the clock skips this time")
            return
        yield from self._window_violations(self.interval)
        if not self.candidate.for_listing:
            yield from self._party_violations()
        opening_hours = self._opening_hours(self.interval)
        yield from self._opening_violations(opening_hours, self.interval)
        self.claim_requests = tuple(
            claim_requests_of(
                self.calendar,
                opening_hours,
                self.interval,
                units=self.candidate.units,
                resource=self.resource,
                fixed_slot=self.fixed_slot,
                service_units=self.candidate.service_units,
                for_listing=self.candidate.for_listing,
            )
        )

    def _resource_violations(self) -> Iterator[Violation]:
        id = self.candidate.resource_id
        if id:
            self.resource = next((resource for resource in self.calendar.resources if resource.id == id), None)
            if self.resource is None:
                yield Violation("resource", "not one of this service", fields={"subject": ("resource", id)})
        elif (
            self.calendar.resources
            and not self.candidate.for_listing
            and self.calendar.plan.resources.choice in ("customer", "automatic", "either")
        ):
            yield Violation("resource", "none chosen")

    def _length_violations(self) -> Iterator[Violation]:
        candidate, plan = self.candidate, self.calendar.plan
        if plan.grid.starts == "fixed" and not is_day_based(plan):
            day, minute = divmod(candidate.wall_start, DAY)
            for slot in fixed_slots_on(plan, day):
                slot_end = fixed_slot_end(slot, candidate.wall_start) + self.calendar.extra_minutes
                if slot.from_minute == minute and candidate.wall_end in (None, slot_end):
                    self.fixed_slot = slot
                    return
            if not candidate.overrides.grid:
                yield Violation("grid", "no such fixed slot")
        blocks = candidate.blocks if candidate.blocks is not None else max(1, plan.min_blocks)
        if candidate.wall_end is not None:
            block_count = self._blocks_until(candidate.wall_end)
            if block_count is None:
                if (
                    not candidate.overrides.duration
                    or not 0 < candidate.wall_end - candidate.wall_start <= MAX_DAYS * DAY
                ):
                    yield Violation("duration", "length", fields={"limit": plan.length})
                    return
                self._irregular_end = candidate.wall_end
                block_count = 1
            blocks = block_count
        if blocks < 1 or blocks * block_minutes(plan) > MAX_DAYS * DAY:
            yield Violation(
                "duration", "length", fields={"requested": blocks, "limit": plan.max_blocks or plan.min_blocks}
            )
            return
        self.blocks = blocks
        if candidate.for_listing or candidate.overrides.duration:
            return
        if plan.max_blocks and blocks > plan.max_blocks:
            yield Violation("duration", "too long", fields={"requested": blocks, "limit": plan.max_blocks})
        elif blocks < plan.min_blocks:
            yield Violation("duration", "too short", fields={"requested": blocks, "limit": plan.min_blocks})

    def _blocks_until(self, wall_end: int) -> int | None:
        """How many blocks end at ``wall_end``; None when no whole number does."""
        plan, start = self.calendar.plan, self.candidate.wall_start
        if is_day_based(plan):
            first, last = start // DAY, wall_end // DAY
            if last - first > MAX_DAYS:
                return None
            if plan.unit == "month":
                begin, end = datetime.fromordinal(first), datetime.fromordinal(max(1, last))
                months = (end.year - begin.year) * 12 + end.month - begin.month
                count, rest = divmod(months, plan.length)
                return count if count > 0 and not rest and end.day == begin.day else None
            count, rest = divmod(last - first, plan.length)
            return count if count > 0 and not rest else None
        if not 0 < wall_end - start <= MAX_DAYS * DAY:
            return None
        count, rest = divmod(wall_end - start - self.calendar.extra_minutes, block_minutes(plan))
        return count if count > 0 and not rest else None

    def _window_violations(self, interval: Interval) -> Iterator[Violation]:
        candidate, plan = self.candidate, self.calendar.plan
        overrides = candidate.overrides
        window = booking_window(
            plan,
            self.calendar.zone,
            candidate.now,
            past=not overrides.past,
            notice=not overrides.notice,
            horizon=not overrides.notice,
        )
        reason = window.violation(interval.start, interval.end + plan.buffers.after_minutes * 60)
        if reason:
            limits = {"past": window.past, "notice": window.notice, "horizon": min(window.start, window.end)}
            yield Violation(reason, fields={"limit": instant(limits[reason])})
        weekdays = plan.booking_window.start_weekdays
        checked = weekdays and not candidate.for_listing and not overrides.start_weekday
        if checked and (interval.wall_start // DAY - 1) % 7 + 1 not in weekdays:
            yield Violation("weekday", fields={"limit": weekdays})

    def _party_violations(self) -> Iterator[Violation]:
        candidate, plan = self.candidate, self.calendar.plan
        if candidate.overrides.persons:
            return
        rules = plan.persons
        if rules.maximum and candidate.persons > rules.maximum:
            yield Violation("persons", "too many", fields={"requested": candidate.persons, "limit": rules.maximum})
        elif candidate.persons < rules.minimum:
            yield Violation("persons", "too few", fields={"requested": candidate.persons, "limit": rules.minimum})
        for bound in rules.by_type:
            count = candidate.person_counts.get(bound.person_type_id, 0)
            fields = {"requested": count, "subject": ("person_type", bound.person_type_id)}
            if bound.maximum and count > bound.maximum:
                yield Violation("persons", "too many", fields=fields | {"limit": bound.maximum})
            elif count < bound.minimum:
                yield Violation("persons", "too few", fields=fields | {"limit": bound.minimum})

    def _opening_hours(self, interval: Interval) -> OpeningHours:
        last = interval.checked_end // DAY + 1 + self.calendar.plan.buffers.after_minutes // DAY
        return OpeningHours(self.calendar, self.resource, interval.wall_start // DAY - 1, last)

    def _opening_violations(self, opening_hours: OpeningHours, interval: Interval) -> Iterator[Violation]:
        candidate, plan = self.candidate, self.calendar.plan
        if candidate.overrides.hours:
            return
        closing = opening_hours.closing_rule(interval.wall_start, interval.checked_end, self.blocks)
        if closing:
            timeline, rank = closing
            rule = timeline.rules[rank] if rank >= 0 else None
            yield Violation("closed", "by default" if rule is None else "by a rule", rule)
            return
        if candidate.overrides.grid or plan.grid.starts == "any" or self.fixed_slot is not None:
            return
        day = interval.wall_start // DAY
        if all(start != interval.wall_start for start, _ in opening_hours.starts(day, day, self.blocks)):
            yield Violation("grid")


def violation_error(check: RuleCheck, violation: Violation) -> NotAvailable:
    """A violation as the error that services raise."""
    fields = {"requested": check.candidate.units, "detail": violation.detail, **violation.fields}
    if violation.reason == "duration":
        plan = check.calendar.plan
        fields["unit"] = (plan.length, plan.unit)
    start = check.interval.start if check.interval else None
    return NotAvailable(reason=violation.reason, start=None if start is None else instant(start), **fields)


def max_buffer_seconds(calendar: ServiceCalendar) -> int:
    """The longer buffer of a booking: how far beyond its own time claims matter."""
    return max(buffer_seconds(calendar))
