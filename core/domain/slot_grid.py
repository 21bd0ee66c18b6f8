"""Where bookings may start and how far open time goes from there, for a service alone or with a resource."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from core.domain.calendar_rules import RuleTimeline, RuleWindow, Segment, applicable_rules
from core.domain.date_openings import Minutes, openings_of_date
from core.domain.schedule import CalendarRule, FixedSlot, ResourceCalendar, SchedulePlan, ServiceCalendar
from core.domain.zones import DAY, add_months
from core.request_budget import checkpoint

DAY_UNITS = frozenset({"day", "night", "month"})


def is_day_based(plan: SchedulePlan) -> bool:
    """Whether lengths are whole days rather than minutes."""
    return plan.unit in DAY_UNITS


def block_minutes(plan: SchedulePlan) -> int:
    """Minutes of one block; a month counts as 31 days."""
    return max(1, plan.length) * {"minute": 1, "hour": 60, "month": 31 * DAY}.get(plan.unit, DAY)


def wall_end(calendar: ServiceCalendar, wall_start: int, blocks: int) -> int:
    """The end on a clock without transitions; units of a day and longer end at their check-out minute."""
    plan = calendar.plan
    count = max(1, plan.length) * blocks
    if plan.unit == "month":
        return add_months(wall_start // DAY, count) * DAY + plan.check_out_minute
    if is_day_based(plan):
        return (wall_start // DAY + count) * DAY + plan.check_out_minute
    return wall_start + count * (60 if plan.unit == "hour" else 1) + calendar.extra_minutes


@dataclass(frozen=True, slots=True)
class OpenInterval:
    """Open time ``[low, high)`` in wall minutes, where a grid of the day ``owner`` begins.

    Open time goes on until ``limit``, in intervals with grids of their own.
    """

    low: int
    high: int
    limit: int
    owner: int


class OpeningHours:
    """Everything that is open for one service, with one resource or none, on the days ``first``..``last``.

    ``service`` and ``resource`` are the two calendars by themselves; they hold capacities. ``merged`` is the calendar
    under the grid. A booking needs all of ``timelines`` open, and its start all of ``start_timelines``.
    """

    def __init__(self, calendar: ServiceCalendar, resource: ResourceCalendar | None, first: int, last: int) -> None:
        plan = calendar.plan
        self.plan = plan
        self.calendar = calendar
        self.first, self.last = first, last
        self.day_based = is_day_based(plan)
        open_by_default = plan.opening.open_by_default
        ids = calendar.service_id, calendar.location_id
        service_rules = applicable_rules(_rules_for_unit(calendar.rules, plan), *ids)
        resource_rules = applicable_rules(_rules_for_unit(resource.rules, plan), *ids) if resource else ()
        self.with_resource = resource is not None
        self.service = self._timeline(_span_rules(service_rules), open_by_default)
        self.resource: RuleTimeline | None = None
        self.merged = self.service
        self.timelines = [self.service]
        self._resource_ranks: set[int] = set()
        self._intersects = plan.resources.calendar == "intersect"
        if resource_rules:
            self.resource = self._timeline(_span_rules(resource_rules), True)
            if self._intersects:
                self.timelines = [self.service, self.resource]
            else:
                merged_rules = _span_rules(applicable_rules((*service_rules, *resource_rules), *ids))
                self.merged = self._timeline(merged_rules, open_by_default)
                self.timelines = [self.merged]
                resource_rule_ids = set(map(id, resource_rules))
                self._resource_ranks = {rank for rank, rule in enumerate(merged_rules) if id(rule) in resource_rule_ids}
        self.start_timelines = self._start_timelines(service_rules, resource_rules)
        self.first_minute_timeline: RuleTimeline | None = None
        if resource is not None and self.day_based and plan.compatibility.resource_open_at_midnight:
            rules = sorted((*service_rules, *resource_rules), key=lambda rule: rule.strength)
            self.first_minute_timeline = RuleTimeline(rules, first, last, default=open_by_default)
        self._openings: dict[tuple[RuleWindow, ...], Minutes] = {}
        self._open_intervals: list[OpenInterval] | None = None
        self._interval_starts: list[int] = []

    def _timeline(self, rules: Sequence[CalendarRule], default: bool) -> RuleTimeline:
        day_units = self.day_based and self.plan.opening.partial_day_rules == "opens_only"
        return RuleTimeline(rules, self.first, self.last, default=default, day_units=day_units)

    def _start_timelines(
        self, service_rules: Sequence[CalendarRule], resource_rules: Sequence[CalendarRule]
    ) -> list[RuleTimeline]:
        """The calendars that decide only where a booking may start; empty without rules of that kind."""
        if not any(rule.starts_only for rule in (*service_rules, *resource_rules)):
            return []
        open_by_default = self.plan.opening.open_by_default
        if self._intersects and resource_rules:
            return [self._timeline(service_rules, open_by_default), self._timeline(resource_rules, True)]
        rules = sorted((*service_rules, *resource_rules), key=lambda rule: rule.strength)
        return [self._timeline(rules, open_by_default)]

    # Bookings -------------------------------------------------------------------------------------------------------

    @property
    def by_strongest_rule(self) -> bool:
        """Whether the strongest rule that touches a span decides for all of it."""
        evaluation = self.plan.compatibility.rule_evaluation
        return evaluation == "strongest_rule" or (evaluation == "strongest_rule_with_resource" and self.with_resource)

    def intervals_to_check(self, wall_start: int, end: int, blocks: int) -> list[tuple[int, int]]:
        """The intervals that must each be open for a booking over ``[wall_start, end)``."""
        plan = self.plan
        must_be_open = plan.opening.must_be_open
        if self.day_based:
            day = wall_start // DAY
            last = end // DAY
            if must_be_open == "first_day":
                last = day + 1
            elif must_be_open == "first_block":
                last = wall_end(self.calendar, wall_start, 1) // DAY
            return [(day * DAY, max(last, day + 1) * DAY)]
        block = block_minutes(plan)
        if must_be_open == "first_day":
            end = min(end, (wall_start // DAY + 1) * DAY)
        elif must_be_open == "first_block":
            end = min(end, wall_start + block)
        if plan.compatibility.buffers_need_open_time:
            end += plan.buffers.before_minutes + plan.buffers.after_minutes
        if plan.opening.merge_adjacent == "always" or blocks <= 1 or must_be_open != "all":
            return [(wall_start, end)]
        block_starts = [wall_start + block * index for index in range(blocks)]
        return [*pairwise(block_starts), (block_starts[-1], end)]

    def closing_rule(self, wall_start: int, end: int, blocks: int) -> tuple[RuleTimeline, int] | None:
        """The calendar and rank of the rule that closes a booking; rank -1 is the default. None: it is open."""
        low, high = wall_start, wall_start + 1
        if self.day_based:
            low = wall_start // DAY * DAY
            high = low + DAY
        for timeline in self.start_timelines:
            closed = timeline.first_closed(low, high)
            if closed:
                return timeline, closed[3]
        if self.first_minute_timeline is not None:
            is_open, rank = self.first_minute_timeline.judge_by_strongest_rule(low, low + 1, fixed=True)
            if not is_open:
                return self.first_minute_timeline, rank
        for low, high in self.intervals_to_check(wall_start, end, blocks):
            closing = self._closing_rule_in(low, high)
            if closing:
                return closing
        return None

    def _closing_rule_in(self, low: int, high: int) -> tuple[RuleTimeline, int] | None:
        plan = self.plan
        if self.by_strongest_rule and not self.day_based:
            fixed, open_ended = plan.min_blocks == plan.max_blocks, plan.opening.must_be_open == "first_block"
            for timeline in self.timelines:
                is_open, rank = timeline.judge_by_strongest_rule(low, high, fixed=fixed, open_ended=open_ended)
                if not is_open:
                    return timeline, rank
            return None
        if self._opened_by_dates:
            if self._in_opening(low, high):
                return None
            closed = self.merged.first_closed(low, high)
            return self.merged, closed[3] if closed else -1
        overrun = plan.compatibility.overrun_minutes
        max_gap = max(plan.compatibility.merge_gap_minutes, overrun)
        for timeline in self.timelines:
            closed = timeline.first_closed(low, high, max_gap)
            if closed:
                return timeline, closed[3]
        if plan.opening.merge_adjacent != "always" and not self.day_based:
            interval = self.open_interval_at(low)
            if interval is None or high > interval.limit + overrun:
                return self.timelines[0], -1
        return None

    def capacities(self, wall_start: int, end: int, *, of_resource: bool, default: int) -> list[tuple[int, int, int]]:
        """``(low, high, capacity)`` over a booking, of the service or of the resource; ``default`` without a rule."""
        timeline = self.resource if of_resource else self.service
        if timeline is None or not timeline.has_capacity():
            return [(wall_start, end, default)]
        if not self.day_based:
            return timeline.capacities(wall_start, end, default)
        # A night belongs to the day it begins on, so the capacity changes at check-in, not at midnight.
        low = wall_start // DAY * DAY
        high = max(end // DAY, low // DAY + 1) * DAY
        shift = self.plan.check_in_minute
        return [
            (wall_start if start == low else start + shift, end if stop == high else stop + shift, capacity)
            for start, stop, capacity in timeline.capacities(low, high, default)
        ]

    def grid_decides(self, blocks: int) -> bool:
        """Whether a booking from a start of the grid is open without another check."""
        plan = self.plan
        opening = plan.opening
        return (
            not self.day_based
            and plan.grid.starts != "fixed"
            and not self.by_strongest_rule
            and not self.start_timelines
            and not plan.compatibility.buffers_need_open_time
            and (not plan.grid.per_opening or self._opened_by_dates)
            and (
                blocks == 1
                or opening.must_be_open == "first_block"
                or (opening.merge_adjacent == "always" and opening.must_be_open == "all")
            )
        )

    # Open intervals -------------------------------------------------------------------------------------------------

    @property
    def open_intervals(self) -> list[OpenInterval]:
        """The intervals under the grid, in order."""
        if self._open_intervals is None:
            self._open_intervals = list(_open_intervals(self._grid_segments(), self.plan))
            self._interval_starts = [interval.low for interval in self._open_intervals]
        return self._open_intervals

    def open_interval_at(self, wall: int) -> OpenInterval | None:
        """The open interval that contains a wall minute."""
        intervals = self.open_intervals
        index = bisect_right(self._interval_starts, wall) - 1
        return intervals[index] if index >= 0 and wall < intervals[index].high else None

    def _grid_segments(self) -> list[Segment]:
        if self.resource is not None and self._intersects:
            return _intersection(self.service.segments, self.resource.segments)
        return self.merged.segments

    # Openings of single dates ---------------------------------------------------------------------------------------

    @property
    def _opened_by_dates(self) -> bool:
        """Whether a booking is open exactly where it lies in one opening of one date."""
        plan = self.plan
        return (
            plan.grid.per_opening and not plan.opening.open_by_default and self.resource is None and not self.day_based
        )

    def _openings_on(self, day: int) -> Minutes:
        """What the rules of a day open, in minutes from its midnight; most days have the same rules."""
        windows = tuple(self.merged.windows.get(day, ()))
        openings = self._openings.get(windows)
        if openings is None:
            plan, rules = self.plan, self.merged.rules
            openings = self._openings[windows] = openings_of_date(
                [
                    (low, high, rules[rank].effect == "open", rank in self._resource_ranks)
                    for low, high, rank, _ in windows
                ],
                max_gap=plan.compatibility.merge_gap_minutes,
                first=0 if plan.opening.open_by_default else plan.grid.first_start_minute or 0,
            )
        return openings

    def _in_opening(self, low: int, high: int) -> bool:
        """Whether ``[low, high)`` lies in one opening of its own day or of the one before."""
        day = low // DAY
        high -= self.plan.compatibility.overrun_minutes
        return any(
            base + start <= low and high <= base + end
            for base, openings in ((day * DAY, self._openings_on(day)), ((day - 1) * DAY, self._openings_on(day - 1)))
            for start, end in openings
        )

    # Starts ---------------------------------------------------------------------------------------------------------

    def starts(self, first: int, last: int, blocks: int) -> Iterator[tuple[int, FixedSlot | None]]:
        """Wall minutes on the days ``first``..``last`` at which the plan lets bookings start, not yet checked."""
        plan = self.plan
        if self.day_based:
            for day in range(first, last + 1):
                if plan.unit != "month" or date.fromordinal(day).day == 1:
                    yield day * DAY + plan.check_in_minute, None
        elif plan.grid.starts == "fixed":
            for day in range(first, last + 1):
                for fixed_slot in fixed_slots_on(plan, day):
                    yield day * DAY + fixed_slot.from_minute, fixed_slot
        else:
            opening = plan.opening
            all_blocks = opening.must_be_open == "all" and opening.merge_adjacent == "always"
            minutes = block_minutes(plan) * (blocks if all_blocks else 1) + self.calendar.extra_minutes
            starts: set[int] = set()
            if not plan.grid.per_opening:
                starts.update(self._interval_grids(minutes))
            else:
                starts.update(self._opening_grids(first, last, minutes))
                if opening.open_by_default:
                    starts.update(self._day_grids(first, last))
            low, high = first * DAY, (last + 1) * DAY
            for wall_start in sorted(starts):
                if low <= wall_start < high:
                    yield wall_start, None

    def _interval_grids(self, minutes: int) -> Iterator[int]:
        """A grid over every open interval, for bookings of so many minutes."""
        grid = self.plan.grid
        first_start, origin, restarts = grid.first_start_minute, grid.origin, grid.after_break == "restart"
        overrun = self.plan.compatibility.overrun_minutes
        step = step_minutes(self.plan)
        owner = phase = -1
        for interval in self.open_intervals:
            base = interval.owner * DAY
            low = interval.low if first_start is None else max(interval.low, base + first_start)
            if low >= interval.high:
                continue
            if interval.owner != owner:
                owner = interval.owner
                phase = low if origin == "opening" else base
                if origin == "first_start":
                    phase = base + (first_start or 0)
            elif restarts:
                phase = low
            begin = low + (phase - low) % step
            end = min(interval.high, interval.limit + overrun - minutes + 1)
            yield from range(begin, end, step)

    def _opening_grids(self, first: int, last: int, minutes: int) -> Iterator[int]:
        """A grid in every opening of every date, from its first minute, for bookings of so many minutes."""
        step, margin = step_minutes(self.plan), self.plan.compatibility.overrun_minutes - minutes + 1
        for day in range(first - 1, last + 1):
            if not day & 31:
                checkpoint()
            base = day * DAY
            for low, high in self._openings_on(day):
                yield from range(base + low, base + high + margin, step)

    def _day_grids(self, first: int, last: int) -> Iterator[int]:
        """A grid over every day, whatever closes; one that ends at midnight has that start too."""
        step, begin = step_minutes(self.plan), self.plan.grid.first_start_minute or 0
        for day in range(first - 1, last + 1):
            yield from range(day * DAY + begin, (day + 1) * DAY + 1, step)


def step_minutes(plan: SchedulePlan) -> int:
    """Minutes from one start of the grid to the next."""
    return plan.grid.step_minutes or block_minutes(plan) + plan.buffers.before_minutes + plan.buffers.after_minutes


def max_starts_of_day(plan: SchedulePlan) -> int:
    """The most starts that one day can have."""
    if is_day_based(plan):
        return 1
    if plan.grid.starts == "fixed":
        return max(1, len(plan.grid.fixed_slots))
    return max(1, DAY // max(1, step_minutes(plan)))


def fixed_slots_on(plan: SchedulePlan, day: int) -> Iterable[FixedSlot]:
    """The fixed slots of a day; those that name the date replace those of its weekday."""
    on_date = date.fromordinal(day)
    fixed_slots = [slot for slot in plan.grid.fixed_slots if 0 <= slot.from_minute < DAY]
    dated = [slot for slot in fixed_slots if on_date in slot.dates]
    if dated:
        return dated
    weekday = on_date.isoweekday()
    return [slot for slot in fixed_slots if not slot.dates and (not slot.weekdays or weekday in slot.weekdays)]


def fixed_slot_end(fixed_slot: FixedSlot, wall_start: int) -> int:
    """The wall minute at which a fixed slot ends; an end at or before its start is the next day's."""
    length = fixed_slot.to_minute - fixed_slot.from_minute
    return wall_start + (length if length > 0 else length % DAY or DAY)


def _rules_for_unit(rules: Iterable[CalendarRule], plan: SchedulePlan) -> Iterable[CalendarRule]:
    """The rules that apply to bookings in this plan's unit."""
    return [rule for rule in rules if rule.for_day_units] if is_day_based(plan) else rules


def _span_rules(rules: Iterable[CalendarRule]) -> tuple[CalendarRule, ...]:
    """The rules that apply to all of a booking, not only to its start."""
    return tuple(rule for rule in rules if not rule.starts_only)


def _intersection(service: Sequence[Segment], resource: Sequence[Segment]) -> list[Segment]:
    """Two timelines over the same days as one, open where both are. A rule's day beats the default's."""
    segments: list[Segment] = []
    left = right = 0
    while left < len(service) and right < len(resource):
        service_segment, resource_segment = service[left], resource[right]
        low, high = max(service_segment[0], resource_segment[0]), min(service_segment[1], resource_segment[1])
        owner = resource_segment[4] if resource_segment[3] >= 0 else service_segment[4]
        # Only equality of ranks matters from here on, so one number holds both.
        rank = (service_segment[3] + 1) * 1_000_000 + resource_segment[3]
        segments.append((low, high, service_segment[2] and resource_segment[2], rank, owner))
        if service_segment[1] == high:
            left += 1
        if resource_segment[1] == high:
            right += 1
    return segments


def _open_intervals(segments: Iterable[Segment], plan: SchedulePlan) -> Iterator[OpenInterval]:
    """Open segments, merged as the plan's ``merge_adjacent`` says."""
    merge_adjacent, max_gap = plan.opening.merge_adjacent, plan.compatibility.merge_gap_minutes
    merged: list[tuple[int, int, int, int]] = []
    for low, high, is_open, rank, owner in segments:
        if not is_open:
            continue
        if merged:
            previous_low, previous_high, previous_owner, previous_rank = merged[-1]
            if (
                previous_owner == owner
                and low - previous_high <= max_gap
                and (merge_adjacent != "same_rule" or previous_rank == rank)
            ):
                merged[-1] = (previous_low, high, owner, previous_rank)
                continue
        merged.append((low, high, owner, rank))
    limits = [high for _, high, _, _ in merged]
    if merge_adjacent == "always":
        for index in range(len(merged) - 2, -1, -1):
            if merged[index][1] == merged[index + 1][0]:
                limits[index] = limits[index + 1]
    for (low, high, owner, _), limit in zip(merged, limits, strict=True):
        yield OpenInterval(low, high, limit, owner)
