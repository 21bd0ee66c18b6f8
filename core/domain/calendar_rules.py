"""Calendar rules, applied from the weakest to the strongest on an integer timeline of wall minutes.

``dateutil`` reads recurrence rules; it is the one package outside the standard library that ``core.domain`` uses.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cached_property, lru_cache
from itertools import pairwise
from operator import attrgetter, itemgetter

from dateutil.rrule import rrulestr

from core.domain.schedule import CalendarRule
from core.domain.zones import DAY
from core.errors import AnswerTooLarge, Invalid
from core.request_budget import checkpoint

#: (low, high, rank, all_day): minutes of the day, the end past 1440 over midnight; rank is the rule's index.
RuleWindow = tuple[int, int, int, bool]
#: (low, high, is_open, rank, owner): wall minutes; rank -1 is the default; owner is the day whose rule decides.
Segment = tuple[int, int, bool, int, int]

#: The order in which rules apply, as a sort key.
BY_STRENGTH = attrgetter("strength")
_MAX_YEARS = 200
#: The most windows in one timeline: 270 rules for every day of ten years. Each takes 100 bytes.
MAX_WINDOWS = 1_000_000


def cyclic_range(first: int, last: int, count: int) -> tuple[int, ...]:
    """The numbers ``first``..``last`` of a cycle 1..``count``; an end before the start goes round."""
    if last >= first:
        return tuple(range(first, last + 1))
    return (*range(first, count + 1), *range(1, last + 1))


def applicable_rules(rules: Iterable[CalendarRule], service_id: int, location_id: int) -> tuple[CalendarRule, ...]:
    """The rules that apply to a service at a location, weakest first.

    Without a location, rules that open single locations apply, and rules that close single locations do not.
    """
    applicable = [
        rule
        for rule in rules
        if (not rule.services or service_id in rule.services)
        and (not rule.locations or location_id in rule.locations or (not location_id and rule.effect == "open"))
    ]
    applicable.sort(key=BY_STRENGTH)
    return tuple(applicable)


def _add_years(day: date, years: int, *, end: bool) -> date:
    """The same day some years later; 29 February is 28 February as an end and 1 March as a start."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        if not 1 <= day.year + years <= 9998:
            return date.max if years > 0 else date.min
        return date(day.year + years, 2, 28) if end else date(day.year + years, 3, 1)


def _year_shifts(rule: CalendarRule, base: date, first: int, last: int) -> Iterable[int]:
    """The years after the first in which the rule repeats, as far as they matter to ``first``..``last``."""
    if not rule.repeat_years:
        return (0,)
    low = max(0, date.fromordinal(max(1, first)).year - base.year - 1)
    high = min(date.fromordinal(last).year - base.year + 1, low + _MAX_YEARS)
    return range(low, (high if rule.repeat_years < 0 else min(high, rule.repeat_years)) + 1)


@lru_cache(maxsize=4096)
def _occurrences(text: str, start: date, first: int, last: int) -> tuple[int, ...]:
    upper = text.upper()
    if any(word in upper for word in ("HOURLY", "MINUTELY", "SECONDLY")):
        raise Invalid(field="rrule", reason="range", value=text)
    try:
        recurrence = rrulestr(text, dtstart=datetime(start.year, start.month, start.day), ignoretz=True, cache=False)
        low, high = datetime.fromordinal(max(1, first)), datetime.fromordinal(last)
        return tuple(
            moment.toordinal() for moment in recurrence.between(low, high.replace(hour=23, minute=59), inc=True)
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise Invalid(field="rrule", reason="format", value=text) from error


def _date_ranges(rule: CalendarRule, first: int, last: int) -> list[tuple[int, int]]:
    """The inclusive day ranges a rule's dates name, clipped to ``first``..``last``, before its other selectors."""
    if rule.dates:
        ranges = []
        for day in rule.dates:
            for years in _year_shifts(rule, day, first, last):
                if years and (day.month, day.day) == (2, 29) and _add_years(day, years, end=False).month == 3:
                    continue
                ordinal = _add_years(day, years, end=False).toordinal()
                if first <= ordinal <= last:
                    ranges.append((ordinal, ordinal))
        return ranges
    if rule.rrule:
        start = rule.from_date or date.fromordinal(max(1, first))
        if rule.to_date and not rule.continuous:
            last = min(last, rule.to_date.toordinal())
        return [(day, day) for day in _occurrences(rule.rrule, start, first, last)]
    if rule.repeat_years and rule.from_date and rule.to_date:
        ranges = []
        for years in _year_shifts(rule, rule.from_date, first, last):
            low = _add_years(rule.from_date, years, end=False).toordinal()
            high = _add_years(rule.to_date, years, end=True).toordinal()
            if high >= first and low <= last:
                ranges.append((max(low, first), min(high, last)))
        return ranges
    low = max(first, rule.from_date.toordinal()) if rule.from_date else first
    high = min(last, rule.to_date.toordinal()) if rule.to_date else last
    return [(low, high)] if low <= high else []


def days_matching(rule: CalendarRule, first: int, last: int) -> list[int]:
    """The days (ordinals, ``first``..``last`` included) that all selectors of a rule agree on."""
    days: list[int] = []
    for low, high in _date_ranges(rule, first, last):
        if rule.weekdays:
            for weekday in rule.weekdays:
                days.extend(range(low + (weekday - 1 - (low - 1)) % 7, high + 1, 7))
        else:
            days.extend(range(low, high + 1))
    if rule.months:
        days = [day for day in days if date.fromordinal(day).month in rule.months]
    if rule.weeks:
        days = [day for day in days if date.fromordinal(day).isocalendar()[1] in rule.weeks]
    return days


def _continuous_windows(rule: CalendarRule, first: int, last: int) -> list[tuple[int, int, int]]:
    """``(day, low, high)`` of every day that a continuous rule touches."""
    length = 0
    if rule.from_date and rule.to_date:
        length = rule.to_date.toordinal() - rule.from_date.toordinal()
    if rule.rrule or rule.dates:
        begins = days_matching(rule, first - length, last)
    elif rule.from_date and rule.to_date and rule.repeat_years:
        begins = [
            _add_years(rule.from_date, years, end=False).toordinal()
            for years in _year_shifts(rule, rule.from_date, first - length, last)
        ]
    else:
        begins = [rule.from_date.toordinal() if rule.from_date else first]
        length = (rule.to_date.toordinal() if rule.to_date else last) - begins[0]
    windows = []
    for begin in begins:
        for day in range(max(begin, first), min(begin + length, last) + 1):
            low = rule.from_minute if day == begin and rule.from_date else 0
            high = rule.to_minute if day == begin + length and (rule.to_date or length == 0) else DAY
            if low < high:
                windows.append((day, low, high))
    return windows


class RuleTimeline:
    """One calendar: its rules, weakest first, and what they open and close on the days ``first``..``last``."""

    def __init__(
        self, rules: Sequence[CalendarRule], first: int, last: int, *, default: bool, day_units: bool = False
    ) -> None:
        """
        Args:
            rules: Weakest first.
            first, last: Days (ordinals), both included.
            default: Whether time is open that no rule covers.
            day_units: A rule for part of a day opens all of it and never closes it.

        Raises:
            AnswerTooLarge: The rules have more than ``MAX_WINDOWS`` windows on these days.
        """
        self.rules = rules
        self.first = first
        self.last = last
        self.default = default
        self.windows: dict[int, list[RuleWindow]] = {}
        #: Whether any rule sets a capacity on these days.
        self.sets_capacity = False
        count = 0
        for rank, rule in enumerate(rules):
            if rank & 7 == 7:
                checkpoint()
            count += self._add(rank, rule, day_units)
            if count > MAX_WINDOWS:
                # An estimate that takes all rules as alike; a few of the days only serve windows over the edges.
                days = (last - first + 1) * (rank + 1) * MAX_WINDOWS // (count * len(rules))
                raise AnswerTooLarge(unit="days", limit=max(1, days - 4))

    def _add(self, rank: int, rule: CalendarRule, day_units: bool) -> int:
        """Add the windows of one rule and return their number."""
        windows_of_day = self.windows
        low, high = rule.from_minute, rule.to_minute
        if high <= low:
            high += DAY
        all_day = low == 0 and high == DAY and not rule.part_of_day
        if rule.continuous and not all_day:
            windows = _continuous_windows(rule, self.first - 1, self.last)
        else:
            windows = [(day, low, high) for day in days_matching(rule, self.first - 1, self.last)]
        if day_units and not all_day:
            if rule.effect == "close":
                return 0
            windows = [(day, 0, DAY) for day, _, _ in windows]
        if windows and rule.capacity is not None:
            self.sets_capacity = True
        for day, low, high in windows:
            windows_of_day.setdefault(day, []).append((low, high, rank, all_day))
        return len(windows)

    def _day_segments(self, spilling: Sequence[RuleWindow], windows: Sequence[RuleWindow]) -> list[Segment]:
        """One day as segments relative to its midnight, from the windows of the day before that spill and its own."""
        # (low, high, rank, owner), weakest first. What spills is no weaker than what begins on the day itself.
        pieces = [(low, min(high, DAY), rank, 0) for low, high, rank, _ in windows if low < DAY]
        if spilling:
            pieces += [(max(0, low - DAY), high - DAY, rank, -1) for low, high, rank, _ in spilling]
            pieces.sort(key=itemgetter(2))
        for index in range(len(pieces) - 1, -1, -1):
            if pieces[index][0] == 0 and pieces[index][1] == DAY:
                pieces = pieces[index:]
                break
        rules = self.rules
        edges = sorted({0, DAY, *[piece[0] for piece in pieces], *[piece[1] for piece in pieces]})
        segments: list[Segment] = []
        for low, high in pairwise(edges):
            rank, owner = -1, 0
            for piece in reversed(pieces):
                if piece[0] <= low and piece[1] >= high:
                    rank, owner = piece[2], piece[3]
                    break
            is_open = self.default if rank < 0 else rules[rank].effect == "open"
            if segments and segments[-1][2:] == (is_open, rank, owner):
                segments[-1] = (segments[-1][0], high, is_open, rank, owner)
            else:
                segments.append((low, high, is_open, rank, owner))
        return segments

    @cached_property
    def segments(self) -> list[Segment]:
        """The whole timeline without gaps between segments."""
        timeline: list[Segment] = []
        # Most days have the same windows.
        segments_of_windows: dict[tuple[tuple[RuleWindow, ...], tuple[RuleWindow, ...]], list[Segment]] = {}
        previous = tuple(self.windows.get(self.first - 1, ()))
        for day in range(self.first, self.last + 1):
            if not day & 31:
                # With thousands of rules each day takes a while.
                checkpoint()
            windows = tuple(self.windows.get(day, ()))
            spilling = tuple([window for window in previous if window[1] > DAY])
            previous = windows
            key = spilling, windows
            day_segments = segments_of_windows.get(key)
            if day_segments is None:
                day_segments = segments_of_windows[key] = self._day_segments(*key)
            base = day * DAY
            for low, high, is_open, rank, owner in day_segments:
                timeline.append((base + low, base + high, is_open, rank, day + owner))
        return timeline

    def between(self, low: int, high: int) -> list[Segment]:
        """The segments that touch ``[low, high)``, not cut."""
        segments = self.segments
        index = max(0, bisect_left(segments, (low + 1,)) - 1)
        touching = []
        while index < len(segments) and segments[index][0] < high:
            if segments[index][1] > low:
                touching.append(segments[index])
            index += 1
        return touching

    def first_closed(self, low: int, high: int, max_gap: int = 0) -> Segment | None:
        """The first closed segment in ``[low, high)`` longer than ``max_gap`` there; None when all of it is open."""
        for segment in self.between(low, high):
            if not segment[2] and min(segment[1], high) - max(segment[0], low) > max_gap:
                return segment
        return None

    def judge_by_strongest_rule(
        self, low: int, high: int, *, fixed: bool, open_ended: bool = False
    ) -> tuple[bool, int]:
        """``(is_open, rank)`` of the strongest rule that touches ``[low, high)`` on its first day.

        A rule that opens part of a day counts only when it contains all of the span (with ``open_ended``: its start);
        one that closes counts as soon as it touches. A window over midnight counts whenever the span ends after its
        start. A span that is not ``fixed`` and goes on past midnight is judged again from there, with the answer so far
        as the default.
        """
        is_open, deciding_rank = self.default, -1
        while True:
            day = low // DAY
            base = day * DAY
            start, end = low - base, high - base
            for from_minute, to_minute, rank, all_day in self.windows.get(day, ()):
                opens = self.rules[rank].effect == "open"
                if all_day:
                    is_open, deciding_rank = opens, rank
                elif to_minute > DAY:
                    if end > from_minute:
                        is_open, deciding_rank = opens, rank
                elif start < to_minute and end > from_minute:
                    inside = start >= from_minute and (open_ended or end <= to_minute)
                    if inside or not opens:
                        is_open, deciding_rank = opens, rank
            if fixed or not is_open or end <= DAY:
                return is_open, deciding_rank
            low = base + DAY

    def capacities(self, low: int, high: int, default: int) -> list[tuple[int, int, int]]:
        """``(low, high, capacity)`` over ``[low, high)``; adjacent ones with the same capacity are one."""
        capacities: list[tuple[int, int, int]] = []
        for start, end, is_open, rank, _ in self.between(low, high):
            capacity = self.rules[rank].capacity if rank >= 0 and is_open else None
            if capacity is None:
                capacity = default
            if capacities and capacities[-1][2] == capacity:
                capacities[-1] = (capacities[-1][0], min(end, high), capacity)
            else:
                capacities.append((max(start, low), min(end, high), capacity))
        return capacities
