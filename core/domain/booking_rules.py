"""One concrete booking against a service's rules: its violations, and the claims it needs."""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from core.domain.booking_window import booking_window
from core.domain.claim_requests import claim_requests_of
from core.domain.claims import ClaimRequest
from core.domain.day_layout import DayLayout, Interval
from core.domain.durations import MAX_DAYS, block_minutes, is_day_based, nominal_end
from core.domain.opening_hours import OpeningHours
from core.domain.requests import RuleOverrides
from core.domain.schedule import CalendarRule, FixedSlot, ResourceCalendar, ServiceCalendar
from core.domain.slot_grid import fixed_slots_on, is_start
from core.domain.zones import DAY, FIRST_DAY, LAST_DAY
from core.errors import NotAvailable

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
    """Checks one booking, on days that are laid out once.

    ``blocks``, ``fixed_slot`` and ``interval`` are those of the booking; ``interval`` is None where it can have no such
    length or the clock skips its start. ``violations`` yields what is wrong in the order in which clients learn of it;
    then ``claim_requests`` is set.
    """

    def __init__(self, calendar: ServiceCalendar, candidate: BookingCandidate) -> None:
        self.calendar = calendar
        self.candidate = candidate
        self.blocks = 1
        self.fixed_slot: FixedSlot | None = None
        self.interval: Interval | None = None
        self.claim_requests: tuple[ClaimRequest, ...] = ()
        self._layout: DayLayout | None = None
        self._length_violations: list[Violation] = []
        first = candidate.wall_start // DAY
        self._in_range = FIRST_DAY <= first <= LAST_DAY - MAX_DAYS
        measured = self._measure() if self._in_range else None
        if measured is not None:
            end, stated_end = measured
            last = end // DAY + 1 + calendar.plan.buffers.after_minutes // DAY
            self._layout = DayLayout(calendar, first - 1, last)
            self.interval = self._layout.interval(candidate.wall_start, end, stated_end=stated_end)

    def with_resource(self, resource_id: int) -> "RuleCheck":
        """A check of the same booking with another resource, on the same layout."""
        if resource_id == self.candidate.resource_id:
            return self
        check = copy(self)
        check.candidate = replace(self.candidate, resource_id=resource_id)
        return check

    def violations(self) -> Iterator[Violation]:
        """Every rule that the booking breaks. Stops early where further checks make no sense."""
        candidate, interval = self.candidate, self.interval
        if not self._in_range:
            yield Violation("horizon", "outside of the calendar")
            return
        resource = None
        if candidate.resource_id:
            resource = next((one for one in self.calendar.resources if one.id == candidate.resource_id), None)
        yield from self._resource_violations(resource)
        yield from self._length_violations
        if self._layout is None:
            return
        if interval is None:
            yield Violation("closed", "the clock skips this time")
            return
        yield from self._window_violations(interval)
        if not candidate.for_listing:
            yield from self._party_violations()
        opening_hours = OpeningHours(self._layout, resource)
        yield from self._opening_violations(opening_hours, interval)
        self.claim_requests = tuple(
            claim_requests_of(
                opening_hours,
                interval,
                units=candidate.units,
                resource=resource,
                fixed_slot=self.fixed_slot,
                service_units=candidate.service_units,
                for_listing=candidate.for_listing,
            )
        )

    def _resource_violations(self, resource: ResourceCalendar | None) -> Iterator[Violation]:
        id = self.candidate.resource_id
        if id and resource is None:
            yield Violation("resource", "not one of this service", fields={"subject": ("resource", id)})
        elif (
            not id
            and self.calendar.resources
            and not self.candidate.for_listing
            and self.calendar.plan.resources.choice in ("customer", "automatic", "either")
        ):
            yield Violation("resource", "none chosen")

    def _measure(self) -> tuple[int, bool] | None:
        """The nominal end, and whether it is stated; None where there is none. Notes what is wrong with the length."""
        calendar, candidate, plan = self.calendar, self.candidate, self.calendar.plan
        start, wall_end, violations = candidate.wall_start, candidate.wall_end, self._length_violations
        no_length = Violation("duration", "length", fields={"limit": plan.length})
        if calendar.extra_minutes > MAX_DAYS * DAY:
            violations.append(no_length)
            return None
        if plan.grid.starts == "fixed" and not is_day_based(plan):
            day, minute = divmod(start, DAY)
            for slot in fixed_slots_on(plan, day):
                slot_end = nominal_end(calendar, start, 1, slot)
                if slot.from_minute == minute and wall_end in (None, slot_end):
                    self.fixed_slot = slot
                    return slot_end, True
            if not candidate.overrides.grid:
                violations.append(Violation("grid", "no such fixed slot"))
        blocks = candidate.blocks if candidate.blocks is not None else max(1, plan.min_blocks)
        if wall_end is not None:
            block_count = self._blocks_until(wall_end)
            if block_count is None:
                if candidate.overrides.duration and 0 < wall_end - start <= MAX_DAYS * DAY:
                    return wall_end, True
                violations.append(no_length)
                return None
            blocks = block_count
        fields = {"requested": blocks, "limit": plan.max_blocks or plan.min_blocks}
        if blocks < 1 or blocks * block_minutes(plan) + calendar.extra_minutes > MAX_DAYS * DAY:
            violations.append(Violation("duration", "length", fields=fields))
            return None
        self.blocks = blocks
        if not (candidate.for_listing or candidate.overrides.duration):
            if plan.max_blocks and blocks > plan.max_blocks:
                violations.append(Violation("duration", "too long", fields=fields))
            elif blocks < plan.min_blocks:
                violations.append(Violation("duration", "too short", fields=fields | {"limit": plan.min_blocks}))
        return nominal_end(calendar, start, blocks), False

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
        if not is_start(opening_hours, interval.wall_start, self.blocks):
            yield Violation("grid")


def violation_error(check: RuleCheck, violation: Violation) -> NotAvailable:
    """A violation as the error that services raise."""
    fields = {"requested": check.candidate.units, "detail": violation.detail, **violation.fields}
    if violation.reason == "duration":
        plan = check.calendar.plan
        fields["unit"] = (plan.length, plan.unit)
    start = check.interval.start if check.interval else None
    return NotAvailable(reason=violation.reason, start=None if start is None else instant(start), **fields)
