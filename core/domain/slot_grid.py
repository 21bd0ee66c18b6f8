"""Where bookings may begin and how far open time goes from there, for a service alone or with a resource."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from core.domain.calendar_rules import PaintedWindow, RuleTimeline, Segment, applicable_rules
from core.domain.date_openings import Minutes, openings_of_date
from core.domain.schedule import CalendarRule, FixedSlot, ResourceCalendar, SchedulePlan, ServiceCalendar
from core.domain.zones import DAY, add_months
from core.request_budget import checkpoint

LONG_UNITS = frozenset({"day", "night", "month"})


def is_day_based(plan: SchedulePlan) -> bool:
    """Whether lengths are whole days rather than minutes."""
    return plan.unit in LONG_UNITS


def block_minutes(plan: SchedulePlan) -> int:
    """Minutes of one block; a month counts as 31 days."""
    return max(1, plan.length) * {"minute": 1, "hour": 60, "month": 31 * DAY}.get(plan.unit, DAY)


def wall_end(calendar: ServiceCalendar, wall_start: int, blocks: int) -> int:
    """The end on a clock without transitions; nights end at their check-out minute."""
    plan = calendar.plan
    count = max(1, plan.length) * blocks
    if plan.unit == "month":
        return add_months(wall_start // DAY, count) * DAY + plan.check_out_minute
    if is_day_based(plan):
        return (wall_start // DAY + count) * DAY + plan.check_out_minute
    return wall_start + count * (60 if plan.unit == "hour" else 1) + calendar.extra_minutes


@dataclass(frozen=True, slots=True)
class OpenInterval:
    """An open stretch ``[low, high)`` that begins a grid of ``owner``'s day; open time goes on until ``limit``."""

    low: int
    high: int
    limit: int
    owner: int


class OpeningHours:
    """Everything that is open for one service, with one resource or none, on the days ``first``..``last``.

    ``service`` and ``resource`` are the two calendars by themselves (they say how many places there are), ``merged``
    is the one a span is judged by, ``runs`` are the stretches the grid is laid over.
    """

    def __init__(self, calendar: ServiceCalendar, resource: ResourceCalendar | None, first: int, last: int) -> None:
        plan = calendar.plan
        self.plan = plan
        self.calendar = calendar
        self.first, self.last = first, last
        numbers = calendar.service_id, calendar.location_id
        own = applicable_rules(_heard(calendar.rules, plan), *numbers)
        theirs = applicable_rules(_heard(resource.rules, plan), *numbers) if resource else ()
        self.with_resource = resource is not None
        through = _through(own)
        self.service = self._layer(through, plan.opening.open_by_default)
        self.resource = self._layer(_through(theirs), True) if theirs else None
        intersect = plan.resources.calendar == "intersect"
        self._resource_ranks: set[int] = set()
        if not theirs:
            self.merged = self.service
            self.all = [self.service]
        elif intersect:
            self.merged = self.service
            self.all = [self.service, self.resource]
        else:
            both = _through(applicable_rules((*own, *theirs), *numbers))
            self.merged = self._layer(both, plan.opening.open_by_default)
            self.all = [self.merged]
            of_resource = set(map(id, theirs))
            self._resource_ranks = {rank for rank, rule in enumerate(both) if id(rule) in of_resource}
        self.start_layers = self._start_layers(own, theirs, intersect)
        self.minute_layer: RuleTimeline | None = None
        if resource is not None and is_day_based(plan) and plan.compatibility.resource_open_at_midnight:
            both = sorted((*own, *theirs), key=lambda rule: rule.strength)
            self.minute_layer = RuleTimeline(both, first, last, default=plan.opening.open_by_default)
        self._theirs = theirs
        self._openings: dict[tuple[PaintedWindow, ...], Minutes] = {}
        self._runs: list[OpenInterval] | None = None
        self._run_starts: list[int] = []

    def _layer(self, rules: Sequence, default: bool) -> RuleTimeline:
        day_units = is_day_based(self.plan) and self.plan.opening.partial_day_rules == "opens_only"
        return RuleTimeline(rules, self.first, self.last, default=default, day_units=day_units)

    def _start_layers(self, own: Sequence, theirs: Sequence, intersect: bool) -> list[RuleTimeline]:
        """The calendars that only say where a booking may begin; empty where no rule is of that kind."""
        if not any(rule.starts_only for rule in (*own, *theirs)):
            return []
        if intersect and theirs:
            return [self._layer(own, self.plan.opening.open_by_default), self._layer(theirs, True)]
        both = sorted((*own, *theirs), key=lambda rule: rule.strength)
        return [self._layer(both, self.plan.opening.open_by_default)]

    # Spans ----------------------------------------------------------------------------------------------------------

    @property
    def is_ranked(self) -> bool:
        coverage = self.plan.compatibility.rule_evaluation
        return coverage == "strongest_rule" or (coverage == "strongest_rule_with_resource" and self.with_resource)

    def intervals_to_check(self, wall_start: int, end: int, blocks: int) -> list[tuple[int, int]]:
        """The spans of which each must be open for a booking over ``[wall_start, end)``."""
        plan = self.plan
        if is_day_based(plan):
            day = wall_start // DAY
            last = end // DAY
            if plan.opening.must_be_open == "first_day":
                last = day + 1
            elif plan.opening.must_be_open == "first_block":
                last = wall_end(self.calendar, wall_start, 1) // DAY
            return [(day * DAY, max(last, day + 1) * DAY)]
        block = block_minutes(plan)
        if plan.opening.must_be_open == "first_day":
            end = min(end, (wall_start // DAY + 1) * DAY)
        elif plan.opening.must_be_open == "first_block":
            end = min(end, wall_start + block)
        if plan.compatibility.buffers_need_open_time:
            end += plan.buffers.before_minutes + plan.buffers.after_minutes
        if plan.opening.merge_adjacent == "always" or blocks <= 1 or plan.opening.must_be_open != "all":
            return [(wall_start, end)]
        cuts = [wall_start + block * number for number in range(blocks)]
        return [*pairwise(cuts), (cuts[-1], end)]

    def closing_rule(self, wall_start: int, end: int, blocks: int) -> tuple[RuleTimeline, int] | None:
        """The calendar and rank of the rule that closes a span; rank -1 is the default. None: it is open."""
        low, high = wall_start, wall_start + 1
        if is_day_based(self.plan):
            low = wall_start // DAY * DAY
            high = low + DAY
        for layer in self.start_layers:
            closed = layer.first_closed(low, high)
            if closed:
                return layer, closed[3]
        if self.minute_layer is not None:
            is_open, rank = self.minute_layer.strongest_rule_closes(low, low + 1, fixed=True)
            if not is_open:
                return self.minute_layer, rank
        for low, high in self.intervals_to_check(wall_start, end, blocks):
            found = self._why_closed(low, high)
            if found:
                return found
        return None

    def _why_closed(self, low: int, high: int) -> tuple[RuleTimeline, int] | None:
        if self.is_ranked and not is_day_based(self.plan):
            fixed, loose = self.plan.min_blocks == self.plan.max_blocks, self.plan.opening.must_be_open == "first_block"
            for layer in self.all:
                is_open, rank = layer.strongest_rule_closes(low, high, fixed=fixed, loose_end=loose)
                if not is_open:
                    return layer, rank
            return None
        if self._opened_by_dates:
            if self._in_opening(low, high):
                return None
            closed = self.merged.first_closed(low, high)
            return self.merged, closed[3] if closed else -1
        seam = max(self.plan.compatibility.merge_gap_minutes, self.plan.compatibility.overrun_minutes)
        for layer in self.all:
            closed = layer.first_closed(low, high, seam)
            if closed:
                return layer, closed[3]
        if self.plan.opening.merge_adjacent != "always" and not is_day_based(self.plan):
            run = self.open_interval_at(low)
            if run is None or high > run.limit + self.plan.compatibility.overrun_minutes:
                return self.all[0], -1
        return None

    def capacities(self, wall_start: int, end: int, *, of_resource: bool, otherwise: int) -> list[tuple[int, int, int]]:
        """(low, high, places) over a booking's span, for the service or for the resource."""
        layer = self.resource if of_resource else self.service
        if layer is None or not layer.has_capacity():
            return [(wall_start, end, otherwise)]
        if not is_day_based(self.plan):
            return layer.capacities(wall_start, end, otherwise)
        # A night belongs to the day it begins on, so the places change at check-in, not at midnight.
        low = wall_start // DAY * DAY
        high = max(end // DAY, low // DAY + 1) * DAY
        found = layer.capacities(low, high, otherwise)
        shift = self.plan.check_in_minute
        return [
            (wall_start if start == low else start + shift, end if stop == high else stop + shift, places)
            for start, stop, places in found
        ]

    def grid_decides(self, blocks: int) -> bool:
        """Whether a start of the grid is open for all of its span without being judged again."""
        plan = self.plan
        return (
            not is_day_based(plan)
            and plan.grid.starts != "fixed"
            and not self.is_ranked
            and not self.start_layers
            and not plan.compatibility.buffers_need_open_time
            and (not plan.grid.per_opening or self._opened_by_dates)
            and (
                blocks == 1
                or plan.opening.must_be_open == "first_block"
                or (plan.opening.merge_adjacent == "always" and plan.opening.must_be_open == "all")
            )
        )

    # Runs -----------------------------------------------------------------------------------------------------------

    @property
    def open_intervals(self) -> list[OpenInterval]:
        if self._runs is None:
            self._runs = list(_runs(self._grid_segments(), self.plan))
            self._run_starts = [run.low for run in self._runs]
        return self._runs

    def open_interval_at(self, wall: int) -> OpenInterval | None:
        runs = self.open_intervals
        index = bisect_right(self._run_starts, wall) - 1
        return runs[index] if index >= 0 and wall < runs[index].high else None

    def _grid_segments(self) -> list[Segment]:
        """The segments that the grid is laid over."""
        if not self._theirs:
            return self.service.segments
        if self.plan.resources.calendar == "intersect":
            return _combined(self.service.segments, self.resource.segments)
        return self.merged.segments

    # Openings of single dates ---------------------------------------------------------------------------------------

    @property
    def _opened_by_dates(self) -> bool:
        """Whether a span is open exactly where it lies in one opening of one date."""
        plan = self.plan
        return (
            plan.grid.per_opening and not plan.opening.open_by_default and not self._theirs and not is_day_based(plan)
        )

    def _opened(self, day: int) -> Minutes:
        """What the rules of a day open, in minutes from its midnight; most days have the same rules."""
        windows = tuple(self.merged.windows.get(day, ()))
        opening = self._openings.get(windows)
        if opening is None:
            plan, rules = self.plan, self.merged.rules
            opening = self._openings[windows] = openings_of_date(
                [
                    (low, high, rules[rank].effect == "open", rank in self._resource_ranks)
                    for low, high, rank, _ in windows
                ],
                seam=plan.compatibility.merge_gap_minutes,
                first=0 if plan.opening.open_by_default else plan.grid.first_start_minute or 0,
            )
        return opening

    def _in_opening(self, low: int, high: int) -> bool:
        """Whether ``[low, high)`` lies in one opening of its own day or of the one before."""
        day = low // DAY
        return any(
            base + start <= low and high <= base + end + self.plan.compatibility.overrun_minutes
            for base, opening in ((day * DAY, self._opened(day)), ((day - 1) * DAY, self._opened(day - 1)))
            for start, end in opening
        )

    # Starts ---------------------------------------------------------------------------------------------------------

    def starts(self, first: int, last: int, blocks: int) -> Iterator[tuple[int, FixedSlot | None]]:
        """Wall minutes on the days ``first``..``last`` at which the plan lets bookings begin, not yet judged."""
        plan = self.plan
        if is_day_based(plan):
            for day in range(first, last + 1):
                if plan.unit != "month" or date.fromordinal(day).day == 1:
                    yield day * DAY + plan.check_in_minute, None
        elif plan.grid.starts == "fixed":
            for day in range(first, last + 1):
                for listed in fixed_slots_on(plan, day):
                    yield day * DAY + listed.from_minute, listed
        else:
            found: set[int] = set()
            need = block_minutes(plan) * (
                blocks if plan.opening.must_be_open == "all" and plan.opening.merge_adjacent == "always" else 1
            )
            need += self.calendar.extra_minutes
            if not plan.grid.per_opening:
                found.update(self._run_grid(need))
            else:
                found.update(self._date_grids(first, last, need))
                if plan.opening.open_by_default:
                    found.update(self._day_grids(first, last))
            low, high = first * DAY, (last + 1) * DAY
            for wall in sorted(found):
                if low <= wall < high:
                    yield wall, None

    def _run_grid(self, need: int) -> Iterator[int]:
        plan = self.plan
        step = step_minutes(self.plan)
        owner = phase = -1
        for run in self.open_intervals:
            base = run.owner * DAY
            low = run.low if plan.grid.first_start_minute is None else max(run.low, base + plan.grid.first_start_minute)
            if low >= run.high:
                continue
            if run.owner != owner:
                owner = run.owner
                phase = low if plan.grid.origin == "opening" else base
                if plan.grid.origin == "first_start":
                    phase = base + (plan.grid.first_start_minute or 0)
            elif plan.grid.after_break == "restart":
                phase = low
            begin = low + (phase - low) % step
            end = min(run.high, run.limit + plan.compatibility.overrun_minutes - need + 1)
            yield from range(begin, end, step)

    def _date_grids(self, first: int, last: int, need: int) -> Iterator[int]:
        """A grid in every opening of every date, from its first minute."""
        step, over = step_minutes(self.plan), self.plan.compatibility.overrun_minutes - need + 1
        for day in range(first - 1, last + 1):
            if not day & 31:
                checkpoint()
            base = day * DAY
            for low, high in self._opened(day):
                yield from range(base + low, base + high + over, step)

    def _day_grids(self, first: int, last: int) -> Iterator[int]:
        """A grid over every whole day, whatever closes; one that ends at midnight has that start too."""
        step, begin = step_minutes(self.plan), self.plan.grid.first_start_minute or 0
        for day in range(first - 1, last + 1):
            yield from range(day * DAY + begin, (day + 1) * DAY + 1, step)


def step_minutes(plan: SchedulePlan) -> int:
    """Minutes from one start of the grid to the next."""
    return plan.grid.step_minutes or block_minutes(plan) + plan.buffers.before_minutes + plan.buffers.after_minutes


def max_starts_of_day(plan: SchedulePlan) -> int:
    """How many starts one day can have at most."""
    if is_day_based(plan):
        return 1
    if plan.grid.starts == "fixed":
        return max(1, len(plan.grid.fixed_slots))
    return max(1, DAY // max(1, step_minutes(plan)))


def fixed_slots_on(plan: SchedulePlan, day: int) -> Iterable[FixedSlot]:
    """The listed starts of a day; those that name the date replace those of its weekday."""
    then = date.fromordinal(day)
    listed = [one for one in plan.grid.fixed_slots if 0 <= one.from_minute < DAY]
    dated = [one for one in listed if then in one.dates]
    if dated:
        return dated
    weekday = then.isoweekday()
    return [one for one in listed if not one.dates and (not one.weekdays or weekday in one.weekdays)]


def fixed_slot_end(listed: FixedSlot, wall_start: int) -> int:
    """The wall minute a listed start ends at; an end at or before its start is the next day's."""
    length = listed.to_minute - listed.from_minute
    return wall_start + (length if length > 0 else length % DAY or DAY)


def _heard(rules: Iterable[CalendarRule], plan: SchedulePlan) -> Iterable[CalendarRule]:
    """The rules that speak to bookings of this plan's unit."""
    return [rule for rule in rules if rule.for_day_units] if is_day_based(plan) else rules


def _through(rules: Iterable) -> tuple:
    return tuple(rule for rule in rules if not rule.starts_only)


def _combined(ours: Sequence[Segment], theirs: Sequence[Segment]) -> list[Segment]:
    """Two timelines over the same days as one, open where both are. A rule's day beats the default's."""
    found: list[Segment] = []
    left = right = 0
    while left < len(ours) and right < len(theirs):
        one, other = ours[left], theirs[right]
        low, high = max(one[0], other[0]), min(one[1], other[1])
        owner = other[4] if other[3] >= 0 else one[4]
        # Only equality of ranks matters from here on, so both are kept in one number.
        found.append((low, high, one[2] and other[2], (one[3] + 1) * 1_000_000 + other[3], owner))
        if one[1] == high:
            left += 1
        if other[1] == high:
            right += 1
    return found


def _runs(segments: Iterable[Segment], plan: SchedulePlan) -> Iterator[OpenInterval]:
    """Open segments put together as the plan's ``join`` says."""
    joined: list[list[int]] = []
    for low, high, is_open, rank, owner in segments:
        if not is_open:
            continue
        last = joined[-1] if joined else None
        joins = last is not None and last[2] == owner and low - last[1] <= plan.compatibility.merge_gap_minutes
        if joins and (plan.opening.merge_adjacent != "same_rule" or last[3] == rank):
            last[1] = high
        else:
            joined.append([low, high, owner, rank])
    limits = [part[1] for part in joined]
    if plan.opening.merge_adjacent == "always":
        for index in range(len(joined) - 2, -1, -1):
            if joined[index][1] == joined[index + 1][0]:
                limits[index] = limits[index + 1]
    for part, limit in zip(joined, limits, strict=True):
        yield OpenInterval(part[0], part[1], limit, part[2])
