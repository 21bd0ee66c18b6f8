"""The days around one booking or one list, laid out once for every question about them."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import filterfalse
from operator import attrgetter
from typing import NamedTuple

from core.domain.calendar_rules import RuleTimeline, applicable_rules
from core.domain.durations import is_day_based
from core.domain.schedule import CalendarRule, ServiceCalendar
from core.domain.zones import DAY, EPOCH_WALL, LAST_DAY, offset_by_day, utc_to_wall, wall_to_utc, wall_to_utc_forward

#: Whether a rule applies to the start of a booking alone.
STARTS_ONLY = attrgetter("starts_only")


class Interval(NamedTuple):
    """The time of a booking: instants, wall minutes, and the wall end on a clock without transitions."""

    start: int
    end: int
    wall_start: int
    wall_end: int
    nominal_end: int

    @property
    def checked_end(self) -> int:
        """How far open time must go: over a change of the clock the later of the two readings."""
        return max(self.wall_end, self.nominal_end)


class DayLayout:
    """The days ``first``..``last`` (ordinals) of one service: its rules over them and the offsets of its zone.

    Lists, checks, claims and ``explain`` read this value, and nobody changes it. What a resource adds is in
    ``OpeningHours``, so that the resources of a service share one layout.
    """

    def __init__(self, calendar: ServiceCalendar, first: int, last: int) -> None:
        self.calendar = calendar
        self.first, self.last = first, last
        self.day_based = is_day_based(calendar.plan)
        #: The rules of the service that apply to its unit and location, weakest first.
        self.rules = self.applicable(calendar.rules)
        self._offsets = offset_by_day(calendar.zone, first, min(last, LAST_DAY + 7))

    def applicable(self, rules: Iterable[CalendarRule]) -> tuple[CalendarRule, ...]:
        """Those of the rules that apply to the service, its unit and its location, weakest first."""
        if self.day_based:
            rules = (rule for rule in rules if rule.for_day_units)
        return applicable_rules(rules, self.calendar.service_id, self.calendar.location_id)

    def timeline(self, rules: Sequence[CalendarRule], *, default: bool, by_minute: bool = False) -> RuleTimeline:
        """Rules, weakest first, over the days of the layout.

        Args:
            rules: Weakest first.
            default: Whether time is open that no rule covers.
            by_minute: Apply rules for part of a day to its minutes, whatever the plan says.
        """
        day_units = self.day_based and self.calendar.plan.opening.partial_day_rules == "opens_only" and not by_minute
        return RuleTimeline(rules, self.first, self.last, default=default, day_units=day_units)

    @cached_property
    def service(self) -> RuleTimeline:
        """The service's calendar by itself, without rules that only decide where bookings start."""
        return self.timeline(interval_rules(self.rules), default=self.calendar.plan.opening.open_by_default)

    def instant(self, wall: int) -> int:
        """The instant of a wall minute of these days; one that the clock skips counts from the start of the gap."""
        offset = self._offsets[wall // DAY - self.first]
        if offset is None:
            return wall_to_utc_forward(wall, self.calendar.zone)
        return (wall - EPOCH_WALL) * 60 - offset

    def interval(self, wall_start: int, nominal_end: int, *, stated_end: bool = False) -> Interval | None:
        """The interval that begins at ``wall_start``; None inside a gap of the clock or where a day does not exist.

        Blocks are counted on the wall clock, whatever elapses between; an end that the clock skips is as long after it.

        Args:
            wall_start, nominal_end: Wall minutes; see ``core.domain.durations.nominal_end``.
            stated_end: The end is meant as the wall clock shows it: that of a fixed slot, or an operator's own.
        """
        if nominal_end <= wall_start:
            return None
        zone = self.calendar.zone
        offset = self._offsets[wall_start // DAY - self.first]
        if offset is not None:
            start = (wall_start - EPOCH_WALL) * 60 - offset
        elif self.day_based:
            start = wall_to_utc_forward(wall_start, zone)
        else:
            start_or_gap = wall_to_utc(wall_start, zone)
            if start_or_gap is None:
                return None
            start = start_or_gap
        offset = self._offsets[nominal_end // DAY - self.first]
        wall_end = nominal_end
        if offset is not None:
            end = (nominal_end - EPOCH_WALL) * 60 - offset
        else:
            end = wall_to_utc_forward(nominal_end, zone)
            if not (stated_end or self.day_based):
                wall_end = utc_to_wall(end, zone)
        return Interval(start, end, wall_start, wall_end, nominal_end) if end > start else None


def interval_rules(rules: Iterable[CalendarRule]) -> tuple[CalendarRule, ...]:
    """The rules that apply to all of a booking, not only to its start."""
    return tuple(filterfalse(STARTS_ONLY, rules))
