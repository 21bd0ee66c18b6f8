"""Calendar rules, weekly hours and lengths in plain words, and weekly hours as somebody types them."""

import re
from collections.abc import Iterable, Mapping, Sequence

from core.domain.calendar_words import MONTHS, WEEKDAYS, clock_text, count_text
from core.domain.claims import UNLIMITED
from core.domain.schedule import CalendarRule, SchedulePlan
from core.domain.service_change import WeeklyOpening, opening_text
from core.errors import Invalid

_DAY = 1440
_MAX_DAY_TEXT = 2_000
_TIMES = re.compile(r"(\d{1,2})[:.](\d{2})\s*(?:-|–|to)\s*(\d{1,2})[:.](\d{2})")


def describe_length(plan: SchedulePlan) -> str:
    """``60 minutes``, ``1 to 14 nights``, ``3 hours or more``."""
    unit = plan.unit
    low, high = plan.min_blocks * plan.length, plan.max_blocks * plan.length
    if high == low:
        return count_text(low, unit)
    return f"{count_text(low, unit)} or more" if not high else f"{low} to {count_text(high, unit)}"


def describe_rule(rule: CalendarRule) -> str:
    """A calendar rule as a sentence, such as ``Closed from 24 December 2026 to 1 January 2027.``"""
    parts = ["Open" if rule.effect == "open" else "Closed"]
    if (rule.from_minute, rule.to_minute) != (0, _DAY):
        parts.append(f"{clock_text(rule.from_minute)} to {clock_text(rule.to_minute)}")
    if rule.weekdays:
        parts.append(f"on {_listed(WEEKDAYS[weekday - 1] + 's' for weekday in rule.weekdays)}")
    if rule.dates:
        parts.append(f"on {_listed(_date(day) for day in rule.dates)}")
    if rule.weeks:
        parts.append(f"in weeks {_listed(map(str, rule.weeks))}")
    if rule.months:
        parts.append(f"in {_listed(MONTHS[month - 1] for month in rule.months)}")
    if rule.rrule:
        parts.append(f"as {rule.rrule} says")
    if rule.from_date and rule.from_date == rule.to_date:
        parts.append(f"on {_date(rule.from_date)}")
    else:
        parts += [f"from {_date(rule.from_date)}"] if rule.from_date else []
        parts += [f"to {_date(rule.to_date)}"] if rule.to_date else []
    if rule.repeat_years:
        parts.append("every year" if rule.repeat_years < 0 else f"and {count_text(rule.repeat_years, 'year')} more")
    if rule.locations:
        parts.append("at some locations")
    if rule.services:
        parts.append("for some services")
    if rule.starts_only:
        parts.append("for arrivals")
    if rule.capacity is not None and rule.capacity < UNLIMITED:
        parts.append(f"with {count_text(rule.capacity, 'place')}")
    return " ".join(parts) + (f" ({rule.label})." if rule.label else ".")


def _date(day: object) -> str:
    return f"{day:%-d %B %Y}"


def describe_value(value: object) -> str:
    """A value of an event: ``unlimited``, ``yes``, ``no``, ``nothing``, or as it is."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unlimited" if value == UNLIMITED else str(value)


def _listed(words: Iterable[str], most: int = 12) -> str:
    items = list(words)
    if len(items) > most:
        return ", ".join([*items[:most], f"and {len(items) - most} more"])
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def week_table(openings: Iterable[WeeklyOpening]) -> list[tuple[int, str, str]]:
    """The seven days as ISO number, name and times; ``closed`` or ``all day`` in words."""
    by_day = _by_day(openings)
    return [(number, name, _day_words(by_day.get(number, []))) for number, name in enumerate(WEEKDAYS, 1)]


def _by_day(openings: Iterable[WeeklyOpening]) -> dict[int, list[WeeklyOpening]]:
    days: dict[int, list[WeeklyOpening]] = {}
    for opening in sorted(openings):
        days.setdefault(opening.weekday, []).append(opening)
    return days


def _day_words(openings: Sequence[WeeklyOpening]) -> str:
    if not openings:
        return "closed"
    return "all day" if openings[0].is_whole_day else ", ".join(map(opening_text, openings))


def hours_fields(openings: Iterable[WeeklyOpening]) -> dict[str, str]:
    """The form fields ``day1`` (Monday) to ``day7`` for these openings; a closed day is empty."""
    by_day = _by_day(openings)
    return {
        f"day{number}": _day_words(by_day[number]) if number in by_day else "" for number in range(1, len(WEEKDAYS) + 1)
    }


def read_hours(fields: Mapping[str, str]) -> tuple[WeeklyOpening, ...]:
    """The openings that the fields of ``hours_fields`` name.

    Raises:
        Invalid: A field cannot be read; ``field`` is its name.
    """
    return tuple(
        opening
        for number in range(1, len(WEEKDAYS) + 1)
        for opening in _read_day(number, fields.get(f"day{number}", ""))
    )


def _read_day(weekday: int, text: str) -> list[WeeklyOpening]:
    text = text.strip().lower()
    if text in ("", "closed", "-", "–"):
        return []
    if text in ("all day", "open"):
        return [WeeklyOpening(weekday, 0, _DAY)]
    openings = []
    for part in text[:_MAX_DAY_TEXT].split(","):
        times = _TIMES.fullmatch(part.strip())
        if times is None:
            raise Invalid(field=f"day{weekday}", reason="format", value=part.strip()[:40])
        low, high = (int(times[at]) * 60 + int(times[at + 1]) for at in (1, 3))
        if int(times[2]) > 59 or int(times[4]) > 59 or not 0 <= low < high <= _DAY:
            raise Invalid(field=f"day{weekday}", reason="order", value=part.strip()[:40])
        openings.append(WeeklyOpening(weekday, low, high))
    return openings
