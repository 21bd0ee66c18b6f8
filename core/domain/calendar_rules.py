"""Calendar rules painted, from the weakest to the strongest, on an integer timeline of wall minutes.

``dateutil`` reads recurrence rules; it is the one package outside the standard library that ``core.domain`` uses.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise

from dateutil.rrule import rrulestr

from core.domain.schedule import CalendarRule
from core.domain.zones import DAY
from core.errors import AnswerTooLarge, Invalid
from core.request_budget import checkpoint

#: (low, high, rank, whole): minutes of the day, the end past 1440 over midnight; rank is the rule's place in the order.
PaintedWindow = tuple[int, int, int, bool]
#: (low, high, open, rank, owner): absolute wall minutes; rank -1 is the default; owner is the day whose rule it is.
Segment = tuple[int, int, bool, int, int]

_MAX_YEARS = 200
#: Times that rules may speak of a day in one calendar: 270 rules for every day of ten years. Each takes 100 bytes.
MAX_WINDOWS = 1_000_000


def cyclic_range(first: int, last: int, count: int) -> tuple[int, ...]:
    """The numbers ``first``..``last`` of a cycle 1..``count``; an end before the start goes round."""
    if last >= first:
        return tuple(range(first, last + 1))
    return (*range(first, count + 1), *range(1, last + 1))


def applicable_rules(rules: Iterable[CalendarRule], service_id: int, location_id: int) -> tuple[CalendarRule, ...]:
    """The rules that speak about a service at a location, weakest first.

    Without a location everything that opens somewhere counts, and nothing that closes only somewhere.
    """
    kept = [
        rule
        for rule in rules
        if (not rule.services or service_id in rule.services)
        and (not rule.locations or location_id in rule.locations or (not location_id and rule.effect == "open"))
    ]
    kept.sort(key=lambda rule: rule.strength)
    return tuple(kept)


def _moved(day: date, years: int, *, end: bool) -> date:
    """The same day some years later; 29 February is 28 February as an end and 1 March as a start."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        if not 1 <= day.year + years <= 9998:
            return date.max if years > 0 else date.min
        return date(day.year + years, 2, 28) if end else date(day.year + years, 3, 1)


def _shifts(rule: CalendarRule, base: date, first: int, last: int) -> Iterable[int]:
    """How many years later the rule's dates count once more, as far as ``first``..``last`` can tell."""
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
        found = rrulestr(text, dtstart=datetime(start.year, start.month, start.day), ignoretz=True, cache=False)
        low, high = datetime.fromordinal(max(1, first)), datetime.fromordinal(last)
        return tuple(moment.toordinal() for moment in found.between(low, high.replace(hour=23, minute=59), inc=True))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise Invalid(field="rrule", reason="format", value=text) from error


def _stretches(rule: CalendarRule, first: int, last: int) -> list[tuple[int, int]]:
    """The inclusive day ranges a rule's dates name, clipped to ``first``..``last``, before its other selectors."""
    if rule.dates:
        found = []
        for day in rule.dates:
            for years in _shifts(rule, day, first, last):
                if years and (day.month, day.day) == (2, 29) and _moved(day, years, end=False).month == 3:
                    continue
                number = _moved(day, years, end=False).toordinal()
                if first <= number <= last:
                    found.append((number, number))
        return found
    if rule.rrule:
        start = rule.from_date or date.fromordinal(max(1, first))
        if rule.to_date and not rule.continuous:
            last = min(last, rule.to_date.toordinal())
        return [(day, day) for day in _occurrences(rule.rrule, start, first, last)]
    if rule.repeat_years and rule.from_date and rule.to_date:
        found = []
        for years in _shifts(rule, rule.from_date, first, last):
            low = _moved(rule.from_date, years, end=False).toordinal()
            high = _moved(rule.to_date, years, end=True).toordinal()
            if high >= first and low <= last:
                found.append((max(low, first), min(high, last)))
        return found
    low = max(first, rule.from_date.toordinal()) if rule.from_date else first
    high = min(last, rule.to_date.toordinal()) if rule.to_date else last
    return [(low, high)] if low <= high else []


def days_matching(rule: CalendarRule, first: int, last: int) -> list[int]:
    """The days (ordinals, ``first``..``last`` included) that all selectors of a rule agree on."""
    found: list[int] = []
    for low, high in _stretches(rule, first, last):
        if rule.weekdays:
            for weekday in rule.weekdays:
                found.extend(range(low + (weekday - 1 - (low - 1)) % 7, high + 1, 7))
        else:
            found.extend(range(low, high + 1))
    if rule.months:
        found = [day for day in found if date.fromordinal(day).month in rule.months]
    if rule.weeks:
        found = [day for day in found if date.fromordinal(day).isocalendar()[1] in rule.weeks]
    return found


def _one_span(rule: CalendarRule, first: int, last: int) -> list[tuple[int, int, int]]:
    """(day, low, high) of every day that a rule of one stretch touches."""
    length = 0
    if rule.from_date and rule.to_date:
        length = rule.to_date.toordinal() - rule.from_date.toordinal()
    if rule.rrule or rule.dates:
        begins = days_matching(rule, first - length, last)
    elif rule.from_date and rule.to_date and rule.repeat_years:
        begins = [
            _moved(rule.from_date, years, end=False).toordinal()
            for years in _shifts(rule, rule.from_date, first - length, last)
        ]
    else:
        begins = [rule.from_date.toordinal() if rule.from_date else first]
        length = (rule.to_date.toordinal() if rule.to_date else last) - begins[0]
    found = []
    for begin in begins:
        for day in range(max(begin, first), min(begin + length, last) + 1):
            low = rule.from_minute if day == begin and rule.from_date else 0
            high = rule.to_minute if day == begin + length and (rule.to_date or length == 0) else DAY
            if low < high:
                found.append((day, low, high))
    return found


class RuleTimeline:
    """One calendar: its rules in order, and what they paint on the days ``first``..``last``."""

    __slots__ = ("_segments", "_starts", "default", "first", "last", "rules", "windows")

    def __init__(
        self, rules: Sequence[CalendarRule], first: int, last: int, *, default: bool, day_units: bool = False
    ) -> None:
        """
        Args:
            rules: Weakest first.
            first, last: Days to know about, both included.
            default: Whether time that no rule speaks of is open.
            day_units: A rule for part of a day opens all of it and never closes it.

        Raises:
            AnswerTooLarge: So many rules speak of so many days that the memory of a worker would not do.
        """
        self.rules = rules
        self.first = first
        self.last = last
        self.default = default
        self.windows: dict[int, list[PaintedWindow]] = {}
        count = 0
        for rank, rule in enumerate(rules):
            checkpoint()
            count += self._add(rank, rule, day_units)
            if count > MAX_WINDOWS:
                # As if all rules were alike; a few of the days are there for what runs over the edges.
                days = (last - first + 1) * (rank + 1) * MAX_WINDOWS // (count * len(rules))
                raise AnswerTooLarge(what="days", limit=max(1, days - 4))
        self._segments: list[Segment] | None = None
        self._starts: list[int] = []

    def _add(self, rank: int, rule: CalendarRule, day_units: bool) -> int:
        """Note the windows of one rule and return how many they are."""
        windows = self.windows
        low, high = rule.from_minute, rule.to_minute
        if high <= low:
            high += DAY
        whole = low == 0 and high == DAY and not rule.part_of_day
        if rule.continuous and not whole:
            spans = _one_span(rule, self.first - 1, self.last)
        else:
            spans = [(day, low, high) for day in days_matching(rule, self.first - 1, self.last)]
        if day_units and not whole:
            if rule.effect == "close":
                return 0
            spans = [(day, 0, DAY) for day, _, _ in spans]
        for day, low, high in spans:
            windows.setdefault(day, []).append((low, high, rank, whole))
        return len(spans)

    def _pattern(self, pieces: Sequence[tuple[int, int, int, int]]) -> list[tuple[int, int, bool, int, int]]:
        """Paint one day from (low, high, rank, owner) pieces, weakest first."""
        rules = self.rules
        for index in range(len(pieces) - 1, -1, -1):
            if pieces[index][0] == 0 and pieces[index][1] == DAY:
                pieces = pieces[index:]
                break
        edges = sorted({0, DAY, *(edge for piece in pieces for edge in piece[:2])})
        painted: list[tuple[int, int, bool, int, int]] = []
        for low, high in pairwise(edges):
            rank, owner = -1, 0
            for piece in reversed(pieces):
                if piece[0] <= low and piece[1] >= high:
                    rank, owner = piece[2], piece[3]
                    break
            is_open = self.default if rank < 0 else rules[rank].effect == "open"
            if painted and painted[-1][2:] == (is_open, rank, owner):
                painted[-1] = (painted[-1][0], high, is_open, rank, owner)
            else:
                painted.append((low, high, is_open, rank, owner))
        return painted

    @property
    def segments(self) -> list[Segment]:
        """The whole timeline, painted when first asked for, without holes between segments."""
        if self._segments is None:
            found: list[Segment] = []
            patterns: dict[tuple[tuple[int, int, int, int], ...], list[tuple[int, int, bool, int, int]]] = {}
            windows = self.windows
            spill = [
                (max(0, low - DAY), high - DAY, rank, -1)
                for low, high, rank, _ in windows.get(self.first - 1, ())
                if high > DAY
            ]
            for day in range(self.first, self.last + 1):
                if not day & 31:
                    # With thousands of rules each day takes a while.
                    checkpoint()
                own = windows.get(day, ())
                pieces = [(low, min(high, DAY), rank, 0) for low, high, rank, _ in own if low < DAY]
                if spill:
                    # Sorted by rank: what runs over midnight is no weaker than what begins on the day itself.
                    pieces = sorted(pieces + spill, key=lambda piece: piece[2])
                spill = [(max(0, low - DAY), high - DAY, rank, -1) for low, high, rank, _ in own if high > DAY]
                key = tuple(pieces)
                pattern = patterns.get(key)
                if pattern is None:
                    pattern = patterns[key] = self._pattern(pieces)
                base = day * DAY
                for low, high, is_open, rank, owner in pattern:
                    found.append((base + low, base + high, is_open, rank, day + owner))
            self._segments = found
            self._starts = [segment[0] for segment in found]
        return self._segments

    def at(self, wall: int) -> Segment | None:
        """The segment a wall minute lies in; None outside of the painted days."""
        segments = self.segments
        index = bisect_right(self._starts, wall) - 1
        return segments[index] if index >= 0 and wall < segments[index][1] else None

    def between(self, low: int, high: int) -> list[Segment]:
        """The segments that touch ``[low, high)``, not cut."""
        segments = self.segments
        index = max(0, bisect_right(self._starts, low) - 1)
        found = []
        while index < len(segments) and segments[index][0] < high:
            if segments[index][1] > low:
                found.append(segments[index])
            index += 1
        return found

    def first_closed(self, low: int, high: int, seam: int = 0) -> Segment | None:
        """The first closed segment in ``[low, high)`` longer than ``seam`` there; None when all of it is open."""
        for segment in self.between(low, high):
            if not segment[2] and min(segment[1], high) - max(segment[0], low) > seam:
                return segment
        return None

    def strongest_rule_closes(self, low: int, high: int, *, fixed: bool, loose_end: bool = False) -> tuple[bool, int]:
        """Judge ``[low, high)`` by the strongest rule that touches it on its first day: (open, rank).

        A rule that opens part of a day counts only when all of the span lies inside it (with ``loose_end``: when it
        begins there), one that closes as soon as it touches. A window over midnight counts whenever the span ends
        after its start. A span that is not ``fixed`` and goes on past midnight is judged again from there, with the
        answer so far as the default.
        """
        answer, decided = self.default, -1
        while True:
            day = low // DAY
            base = day * DAY
            start, end = low - base, high - base
            for from_minute, to_minute, rank, whole in self.windows.get(day, ()):
                opens = self.rules[rank].effect == "open"
                if whole:
                    answer, decided = opens, rank
                elif to_minute > DAY:
                    if end > from_minute:
                        answer, decided = opens, rank
                elif start < to_minute and end > from_minute:
                    inside = start >= from_minute and (loose_end or end <= to_minute)
                    if inside or not opens:
                        answer, decided = opens, rank
            if fixed or not answer or end <= DAY:
                return answer, decided
            low = base + DAY

    def has_capacity(self) -> bool:
        return any(rule.capacity is not None for rule in self.rules)

    def capacities(self, low: int, high: int, otherwise: int) -> list[tuple[int, int, int]]:
        """(low, high, places) over ``[low, high)``, neighbours with the same number of places as one."""
        found: list[tuple[int, int, int]] = []
        for start, end, is_open, rank, _ in self.between(low, high):
            places = self.rules[rank].capacity if rank >= 0 and is_open else None
            if places is None:
                places = otherwise
            if found and found[-1][2] == places:
                found[-1] = (found[-1][0], min(end, high), places)
            else:
                found.append((max(start, low), min(end, high), places))
        return found
