"""What is open, and with what capacity, on days that are laid out: for a service alone or with one resource."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from core.domain.calendar_rules import BY_STRENGTH, RuleTimeline, RuleWindow, Segment
from core.domain.claims import UNLIMITED
from core.domain.date_openings import Minutes, openings_of_date
from core.domain.day_layout import STARTS_ONLY, DayLayout, Interval, interval_rules
from core.domain.durations import block_minutes, nominal_end
from core.domain.schedule import CalendarRule, ResourceCalendar, SchedulePlan
from core.domain.zones import DAY

#: Units of a subject over an interval: one number, or ``(start, end, units)`` where it changes.
Capacity = int | tuple[tuple[int, int, int], ...]


class OpenInterval(NamedTuple):
    """Open time ``[low, high)`` in wall minutes, where a grid of the day ``owner`` begins.

    Open time goes on until ``limit``, in intervals with grids of their own.
    """

    low: int
    high: int
    limit: int
    owner: int


class OpeningHours:
    """Everything that is open for one service, with one resource or none, on the days of a layout.

    ``merged`` is the calendar under the grid. A booking needs all of ``timelines`` open, and its start all of
    ``start_timelines``.
    """

    def __init__(self, layout: DayLayout, resource: ResourceCalendar | None) -> None:
        self.layout = layout
        self.plan = plan = layout.calendar.plan
        self.with_resource = resource is not None
        self._resource_rules = layout.applicable(resource.rules) if resource and resource.rules else ()
        rules: Sequence[CalendarRule] = layout.rules
        if self._resource_rules:
            rules = sorted((*rules, *self._resource_rules), key=BY_STRENGTH)
        self._intersects = bool(self._resource_rules) and plan.resources.calendar == "intersect"
        open_by_default = plan.opening.open_by_default
        if self._intersects or not self._resource_rules:
            self.merged = layout.service
        else:
            self.merged = layout.timeline(interval_rules(rules), default=open_by_default)
        self.timelines = [self.merged, self._resource] if self._intersects else [self.merged]
        self.start_timelines: list[RuleTimeline] = []
        if any(map(STARTS_ONLY, rules)):
            if self._intersects:
                self.start_timelines = [
                    layout.timeline(layout.rules, default=open_by_default),
                    layout.timeline(self._resource_rules, default=True),
                ]
            else:
                self.start_timelines = [layout.timeline(rules, default=open_by_default)]
        self.first_minute_timeline: RuleTimeline | None = None
        if resource is not None and layout.day_based and plan.compatibility.resource_open_at_midnight:
            self.first_minute_timeline = layout.timeline(rules, default=open_by_default, by_minute=True)
        # The calendars by themselves, where one of their rules sets a capacity.
        self._service_capacities = layout.service if any(map(_sets_capacity, layout.rules)) else None
        self._resource_capacities = self._resource if any(map(_sets_capacity, self._resource_rules)) else None
        self._openings: dict[tuple[RuleWindow, ...], Minutes] = {}

    @cached_property
    def _resource(self) -> RuleTimeline:
        """The resource's calendar by itself."""
        return self.layout.timeline(interval_rules(self._resource_rules), default=True)

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
        if self.layout.day_based:
            day = wall_start // DAY
            last = end // DAY
            if must_be_open == "first_day":
                last = day + 1
            elif must_be_open == "first_block":
                last = nominal_end(self.layout.calendar, wall_start, 1) // DAY
            return [(day * DAY, max(last, day + 1) * DAY)]
        if must_be_open == "first_day":
            end = min(end, (wall_start // DAY + 1) * DAY)
        elif must_be_open == "first_block":
            end = min(end, wall_start + block_minutes(plan))
        if plan.compatibility.buffers_need_open_time:
            end += plan.buffers.before_minutes + plan.buffers.after_minutes
        if plan.opening.merge_adjacent == "always" or blocks <= 1 or must_be_open != "all":
            return [(wall_start, end)]
        block_starts = [wall_start + block_minutes(plan) * index for index in range(blocks)]
        return [*pairwise(block_starts), (block_starts[-1], end)]

    def closing_rule(self, wall_start: int, end: int, blocks: int) -> tuple[RuleTimeline, int] | None:
        """The calendar and rank of the rule that closes a booking; rank -1 is the default. None: it is open."""
        low, high = wall_start, wall_start + 1
        if self.layout.day_based:
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
        if self.by_strongest_rule and not self.layout.day_based:
            fixed, open_ended = plan.min_blocks == plan.max_blocks, plan.opening.must_be_open == "first_block"
            for timeline in self.timelines:
                is_open, rank = timeline.judge_by_strongest_rule(low, high, fixed=fixed, open_ended=open_ended)
                if not is_open:
                    return timeline, rank
            return None
        if self.opens_by_date:
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
        if plan.opening.merge_adjacent != "always" and not self.layout.day_based:
            interval = self._open_interval_at(low)
            if interval is None or high > interval.limit + overrun:
                return self.timelines[0], -1
        return None

    def capacity(self, interval: Interval, limit: int | None, *, of_resource: bool) -> Capacity:
        """The capacity of service or resource over an interval; ``limit`` (None: unlimited) is that without a rule."""
        default = UNLIMITED if limit is None else limit
        timeline = self._resource_capacities if of_resource else self._service_capacities
        if timeline is None or not timeline.sets_capacity:
            return default
        layout = self.layout
        low, high, shift = interval.wall_start, interval.checked_end, 0
        if layout.day_based:
            # A night belongs to the day it begins on, so the capacity changes at check-in, not at midnight.
            low = low // DAY * DAY
            high = max(high // DAY, low // DAY + 1) * DAY
            shift = self.plan.check_in_minute
        parts = timeline.capacities(low, high, default)
        if len(parts) == 1:
            return parts[0][2]
        edges = [interval.start, *(layout.instant(part[0] + shift) for part in parts[1:]), interval.end]
        return tuple(
            (low, high, part[2]) for (low, high), part in zip(pairwise(edges), parts, strict=True) if low < high
        )

    def capacities(self, low: int, high: int, limit: int | None, *, of_resource: bool) -> list[tuple[int, int, int]]:
        """``(low, high, units)`` over open wall minutes; ``limit`` (None: unlimited) is that without a rule."""
        default = UNLIMITED if limit is None else limit
        timeline = self._resource_capacities if of_resource else self._service_capacities
        if timeline is None or not timeline.sets_capacity:
            return [(low, high, default)]
        return timeline.capacities(low, high, default)

    # Open intervals -------------------------------------------------------------------------------------------------

    @cached_property
    def open_intervals(self) -> list[OpenInterval]:
        """The intervals under the grid, in order."""
        segments = self.merged.segments
        if self._intersects:
            segments = _intersection(segments, self._resource.segments)
        return list(_open_intervals(segments, self.plan))

    def _open_interval_at(self, wall: int) -> OpenInterval | None:
        """The open interval that contains a wall minute."""
        intervals = self.open_intervals
        index = bisect_left(intervals, (wall + 1,)) - 1
        return intervals[index] if index >= 0 and wall < intervals[index].high else None

    # Openings of single dates ---------------------------------------------------------------------------------------

    @property
    def opens_by_date(self) -> bool:
        """Whether a booking is open exactly where it lies in one opening of one date."""
        plan = self.plan
        return (
            plan.grid.per_opening
            and not plan.opening.open_by_default
            and not self._resource_rules
            and not self.layout.day_based
        )

    def openings_on(self, day: int) -> Minutes:
        """What the rules of a day open, in minutes from its midnight; most days have the same rules."""
        windows = tuple(self.merged.windows.get(day, ()))
        openings = self._openings.get(windows)
        if openings is None:
            plan, rules = self.plan, self.merged.rules
            of_resource = set() if self._intersects else set(map(id, self._resource_rules))
            openings = self._openings[windows] = openings_of_date(
                [
                    (low, high, rules[rank].effect == "open", id(rules[rank]) in of_resource)
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
            for base, openings in ((day * DAY, self.openings_on(day)), ((day - 1) * DAY, self.openings_on(day - 1)))
            for start, end in openings
        )


def _sets_capacity(rule: CalendarRule) -> bool:
    return rule.capacity is not None


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
