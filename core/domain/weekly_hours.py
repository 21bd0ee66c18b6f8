"""The hours of an ordinary week in calendar rules: read off them, and written into them.

Rules of every week are those without dates, months, weeks, recurrence, services and locations. Everything else is an
exception, which stays when the hours change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.domain.durations import is_day_based
from core.domain.schedule import CalendarRule, FixedSlot, SchedulePlan
from core.domain.service_change import WeeklyOpening, check_whole_days

_DAY, _WEEK = 1440, range(1, 8)


def is_weekly(rule: CalendarRule) -> bool:
    """Whether a rule says something about every week."""
    return not (
        rule.from_date
        or rule.to_date
        or rule.dates
        or rule.weeks
        or rule.months
        or rule.rrule
        or rule.continuous
        or rule.starts_only
        or rule.services
        or rule.locations
    )


def openings_of(plan: SchedulePlan, rules: Iterable[CalendarRule]) -> tuple[WeeklyOpening, ...]:
    """The openings of an ordinary week: its fixed starts, or what the weekly rules leave open."""
    painted = painted_week(rules, open_by_default=plan.opening.open_by_default)
    if is_day_based(plan):
        if plan.opening.partial_day_rules == "by_minute":
            return tuple(opening for opening in painted if opening.is_whole_day)
        return tuple(WeeklyOpening(weekday, 0, _DAY) for weekday in sorted({opening.weekday for opening in painted}))
    if plan.grid.starts != "fixed":
        return painted
    open_days = {opening.weekday for opening in painted}
    return tuple(
        sorted(
            WeeklyOpening(weekday, slot.from_minute, min(slot.to_minute or _DAY, _DAY))
            for slot in plan.grid.fixed_slots
            if not slot.dates
            for weekday in (slot.weekdays or _WEEK)
            if weekday in open_days and slot.from_minute < (slot.to_minute or _DAY)
        )
    )


def painted_week(rules: Iterable[CalendarRule], *, open_by_default: bool) -> tuple[WeeklyOpening, ...]:
    """What weekly rules leave open, from the weakest to the strongest; openings end at midnight."""
    minutes = {weekday: bytearray([open_by_default]) * _DAY for weekday in _WEEK}
    for rule in sorted(filter(is_weekly, rules), key=lambda rule: rule.strength):
        paint = rule.effect == "open"
        for weekday in rule.weekdays or _WEEK:
            low, high = rule.from_minute, rule.to_minute
            if low < high:
                minutes[weekday][low:high] = bytes([paint]) * (high - low)
            else:
                minutes[weekday][low:] = bytes([paint]) * (_DAY - low)
                minutes[weekday % 7 + 1][:high] = bytes([paint]) * high
    return tuple(WeeklyOpening(weekday, low, high) for weekday in _WEEK for low, high in _runs(bytes(minutes[weekday])))


def _runs(day: bytes) -> Iterable[tuple[int, int]]:
    low = day.find(1)
    while low >= 0:
        high = day.find(0, low)
        high = len(day) if high < 0 else high
        yield low, high
        low = day.find(1, high)


def closed_times(openings: Iterable[WeeklyOpening]) -> tuple[WeeklyOpening, ...]:
    """The rest of the week."""
    closed = []
    for weekday in _WEEK:
        low = 0
        for opening in sorted(opening for opening in openings if opening.weekday == weekday):
            if opening.from_minute > low:
                closed.append(WeeklyOpening(weekday, low, opening.from_minute))
            low = max(low, opening.to_minute)
        if low < _DAY:
            closed.append(WeeklyOpening(weekday, low, _DAY))
    return tuple(closed)


def days_by_times(openings: Iterable[WeeklyOpening]) -> dict[tuple[int, int], tuple[int, ...]]:
    """Weekdays by the times that they share, in order."""
    days: dict[tuple[int, int], tuple[int, ...]] = {}
    for opening in sorted(openings, key=lambda opening: (opening.from_minute, opening.to_minute, opening.weekday)):
        times = opening.from_minute, opening.to_minute
        days[times] = (*days.get(times, ()), opening.weekday)
    return days


def rules_with_openings(
    plan: SchedulePlan, rules: Sequence[CalendarRule], openings: Sequence[WeeklyOpening]
) -> tuple[CalendarRule, ...]:
    """The rules with other weekly hours; exceptions stay, and win.

    Raises:
        Invalid: The service is booked by the day, and an opening is no whole day.
    """
    if is_day_based(plan):
        check_whole_days(openings)
    weekly = [rule for rule in rules if is_weekly(rule)]
    others = [rule for rule in rules if not is_weekly(rule)]
    capacities = [rule.capacity for rule in weekly if rule.effect == "open"]
    capacity = max((number for number in capacities if number is not None), default=None)
    # All capacities must have been stated, or the largest would take the place of the plan's.
    capacity = None if None in capacities else capacity
    strength = min((rule.strength for rule in rules), default=0)
    opens = [
        CalendarRule(
            effect="open",
            weekdays=weekdays,
            from_minute=low,
            to_minute=high,
            capacity=capacity,
            strength=strength,
        )
        for (low, high), weekdays in days_by_times(openings).items()
    ]
    closes: list[CalendarRule] = []
    if plan.opening.open_by_default or plan.opening.includes_site_rules:
        # Where a rule decides for all of a span that it touches, only closing the other times keeps bookings out.
        closes = [
            CalendarRule(effect="close", weekdays=weekdays, from_minute=low, to_minute=high, strength=strength)
            for (low, high), weekdays in days_by_times(closed_times(openings)).items()
        ]
    return (*opens, *closes, *others)


def plan_with_openings(plan: SchedulePlan, openings: Sequence[WeeklyOpening]) -> SchedulePlan:
    """The plan with these fixed starts, where it has any; those of single dates stay."""
    if plan.grid.starts != "fixed" or is_day_based(plan):
        return plan
    before = {
        (weekday, slot.from_minute): slot
        for slot in plan.grid.fixed_slots
        if not slot.dates
        for weekday in (slot.weekdays or _WEEK)
    }
    usual = next((slot for slot in plan.grid.fixed_slots if not slot.dates), FixedSlot(from_minute=0, to_minute=0))
    slots = [slot for slot in plan.grid.fixed_slots if slot.dates]
    slots += [
        replace(
            before.get((opening.weekday, opening.from_minute), usual),
            from_minute=opening.from_minute,
            to_minute=opening.to_minute,
            weekdays=(opening.weekday,),
        )
        for opening in sorted(openings)
    ]
    return replace(plan, grid=replace(plan.grid, fixed_slots=tuple(slots)))
