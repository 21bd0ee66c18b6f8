"""Booking settings as core's schedule plan and calendar rules (README, "Booking types").

The strengths follow the order of the README's list: weekdays (10), for nights the weekdays without arrivals (20),
specific dates (30), closing rows of the time availability (90), holidays (100). Custom and month ranges limit the rules
that open, so they need no rule of their own. A lockout of 0 is unlimited.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

import msgspec

from frontdesk.schedule import (
    UNLIMITED,
    BookingWindowRules,
    CalendarRule,
    CapacityRules,
    FixedSlot,
    Offset,
    OpeningRules,
    PersonRules,
    ResourceRules,
    SchedulePlan,
    SlotGrid,
)
from plugins.bkap.schemas import SLOT_TYPES, WEEKDAY_KEYS, DateRange, DurationSettings, Settings, TimeSlot
from plugins.bkap.translate.resources import closing_rules
from plugins.bkap.translate.settings import slot_minutes
from plugins.bkap.translate.values import iso_weekday, parse_settings_date, read_time

_HOURS = ("hours", "hour", "hrs")
_WEEKDAY, _ARRIVAL, _DATE, _TAKEN_AWAY, _HOLIDAY = 10, 20, 30, 90, 100
_DAY = 1440
_fingerprints: dict[tuple[int, int], tuple[SchedulePlan, tuple[CalendarRule, ...], str]] = {}


def places(lockout: int) -> int:
    """A lockout as a capacity."""
    return lockout or UNLIMITED


def to_plan(settings: Settings) -> SchedulePlan:
    """How the product is booked."""
    kind = settings.booking_type
    per_person = settings.counts_persons and settings.each_person == "on"
    common: dict[str, Any] = {
        "resources": ResourceRules(choice=_choice(settings), calendar="intersect"),
        "booking_window": BookingWindowRules(notice=Offset(int(settings.advance_hours * 60), "minute")),
        "capacity": CapacityRules(limit=None, units_per="person" if per_person else "booking"),
    }
    # Hours of a resource that another dialect set up open a date; no part of a day closes one.
    opening = OpeningRules(includes_site_rules=False, partial_day_rules="opens_only")
    if settings.counts_persons:
        common["persons"] = PersonRules(minimum=max(1, settings.min_persons), maximum=settings.max_persons)
    if kind == "duration_time":
        return _duration_plan(settings.duration or DurationSettings(duration_max=0), opening, common)
    if kind == "multiple_days":
        low = max(1, settings.min_nights)
        return SchedulePlan(unit="night", min_blocks=low, max_blocks=settings.max_nights, opening=opening, **common)
    if kind not in SLOT_TYPES:
        return SchedulePlan(unit="day", opening=opening, **common)
    fixed_slots = tuple(_fixed_slots(settings.time_settings))
    if not fixed_slots:
        return SchedulePlan(unit="hour", max_blocks=0, grid=SlotGrid(starts="any"), opening=opening, **common)
    return SchedulePlan(
        unit="minute",
        grid=SlotGrid(starts="fixed", fixed_slots=fixed_slots),
        opening=replace(opening, must_be_open="first_day"),
        **common,
    )


def _duration_plan(duration: DurationSettings, opening: OpeningRules, common: dict[str, Any]) -> SchedulePlan:
    hours = duration.duration_type in _HOURS
    unit_minutes = duration.duration * (60 if hours else 1)
    gap = duration.duration_gap * (60 if duration.duration_gap_type in _HOURS else 1)
    first = read_time(duration.first_duration, "first_duration") if duration.first_duration else None
    low = max(1, duration.duration_min)
    return SchedulePlan(
        unit="hour" if hours else "minute",
        length=duration.duration,
        min_blocks=low,
        max_blocks=max(low, duration.duration_max) if duration.duration_max else 0,
        grid=SlotGrid(
            starts="any" if first is None else "grid",
            step_minutes=unit_minutes + gap,
            origin="midnight" if first is None else "first_start",
            first_start_minute=first,
            after_break="keep",
        ),
        # The date that is picked must be open; a duration may run on past midnight, unless the day has an end.
        opening=replace(opening, must_be_open="all" if _day_end(duration) < _DAY else "first_day"),
        **{**common, "capacity": replace(common["capacity"], limit=places(duration.duration_max_booking))},
    )


def _day_end(duration: DurationSettings) -> int:
    end = read_time(duration.end_duration, "end_duration") if duration.end_duration else 0
    return _DAY if end in (0, _DAY - 1) else end


def _choice(settings: Settings) -> Any:
    if not settings.resources:
        return "none"
    return "automatic" if settings.resource_selection == "automatic" else "optional"


def _fixed_slots(times: Mapping[str, list[TimeSlot]]) -> Iterable[FixedSlot]:
    for key, slots in times.items():
        when: dict[str, Any]
        if key in WEEKDAY_KEYS:
            when = {"weekdays": (iso_weekday(WEEKDAY_KEYS.index(key)),)}
        else:
            when = {"dates": (parse_settings_date(key),)}
        for slot in slots:
            start = slot_minutes(slot.from_slot_hrs, slot.from_slot_min) or 0
            end = slot_minutes(slot.to_slot_hrs, slot.to_slot_min) or _DAY
            if start < _DAY:
                yield FixedSlot(from_minute=start, to_minute=end, capacity=places(slot.lockout_slot), **when)


def to_rules(settings: Settings) -> tuple[CalendarRule, ...]:
    """When the product is open, and how many places a date has."""
    kind = settings.booking_type
    open_ranges = _open_ranges([*settings.custom_ranges, *settings.month_ranges])
    slots = kind in SLOT_TYPES and bool(settings.time_settings)
    counted = kind != "duration_time" and not slots
    window: dict[str, Any] = {}
    if kind == "duration_time" and settings.duration is not None:
        window = {"to_minute": _day_end(settings.duration)}
    open_weekdays = [weekday for weekday, key in enumerate(WEEKDAY_KEYS) if settings.weekdays.get(key) == "on"]
    rules: list[CalendarRule] = []
    if kind == "multiple_days":
        rules += _night_rules(settings, open_ranges, open_weekdays)
    else:
        groups: dict[int | None, list[int]] = {}
        for weekday in open_weekdays:
            lockout = settings.weekday_lockouts.get(WEEKDAY_KEYS[weekday], 0)
            groups.setdefault(places(lockout) if counted else None, []).append(iso_weekday(weekday))
        for capacity, weekdays in groups.items():
            for open_range in open_ranges:
                rules.append(
                    CalendarRule(
                        effect="open",
                        capacity=capacity,
                        strength=_WEEKDAY,
                        weekdays=tuple(sorted(weekdays)),
                        **open_range,
                        **window,
                    )
                )
    for capacity, dates in _specific_dates(settings, open_ranges).items():
        rules.append(
            CalendarRule(effect="open", capacity=capacity if counted else None, strength=_DATE, dates=dates, **window)
        )
    rules += closing_rules(
        settings.time_availability, strength=_TAKEN_AWAY, timed=kind in SLOT_TYPES or kind == "duration_time"
    )
    rules += _holiday_rules(settings)
    if settings.is_all_unavailable:
        rules.append(CalendarRule(effect="close", strength=_HOLIDAY, label="unavailable"))
    return tuple(rules)


def _night_rules(settings: Settings, open_ranges: list[dict[str, Any]], open_weekdays: list[int]) -> list[CalendarRule]:
    """Nights are open on all weekdays of the ranges; a weekday that is off takes no arrivals."""
    if not open_weekdays and not settings.specific_dates:
        return []
    rules = [
        CalendarRule(effect="open", capacity=places(settings.night_lockout), strength=_WEEKDAY, **open_range)
        for open_range in open_ranges
    ]
    off = tuple(sorted(iso_weekday(weekday) for weekday in range(7) if weekday not in open_weekdays))
    if off:
        rules.append(CalendarRule(effect="close", strength=_ARRIVAL, weekdays=off, starts_only=True))
    if dates := tuple(sorted(day for days in _specific_dates(settings, open_ranges).values() for day in days)):
        rules.append(CalendarRule(effect="open", strength=_DATE, dates=dates, starts_only=True))
    return rules


def _specific_dates(settings: Settings, open_ranges: list[dict[str, Any]]) -> dict[int, tuple[date, ...]]:
    """Specific dates by capacity, without those outside of all ranges: they are closed."""
    dates: dict[int, list[date]] = {}
    for text, lockout in settings.specific_dates.items():
        day = parse_settings_date(text)
        if day is not None and any(_is_inside(day, open_range) for open_range in open_ranges):
            dates.setdefault(places(lockout), []).append(day)
    return {capacity: tuple(sorted(days)) for capacity, days in dates.items()}


def _open_ranges(ranges: list[DateRange]) -> list[dict[str, Any]]:
    """The ranges in which dates can be open; without any, one range without ends."""
    return [_selector(date_range) for date_range in ranges] or [{}]


def _selector(date_range: DateRange) -> dict[str, Any]:
    return {
        "from_date": parse_settings_date(date_range.start),
        "to_date": parse_settings_date(date_range.end),
        "repeat_years": min(1000, int(date_range.years_to_recur or 0)),
    }


def _is_inside(day: date, open_range: dict[str, Any]) -> bool:
    if not open_range:
        return True
    start, end = open_range["from_date"], open_range["to_date"]
    for years in range(open_range["repeat_years"] + 1):
        if start.year + years > day.year:
            return False
        if _years_later(start, years) <= day <= _years_later(end, years):
            return True
    return False


def _years_later(day: date, years: int) -> date:
    if day.year + years > 9999:
        return date.max
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)


def _holiday_rules(settings: Settings) -> Iterable[CalendarRule]:
    groups: dict[int, list[date]] = {}
    for text, years in settings.holidays.items():
        groups.setdefault(min(1000, years), []).append(parse_settings_date(text))  # type: ignore[arg-type]  # settings are checked
    for years, days in groups.items():
        # The years of a recurring rule count from its first date, so each recurring date gets its own rule.
        date_groups = [tuple(sorted(days))] if not years else [(day,) for day in sorted(days)]
        for dates in date_groups:
            yield CalendarRule(effect="close", strength=_HOLIDAY, dates=dates, repeat_years=years, label="holiday")
    for holiday_range in settings.holiday_ranges:
        yield CalendarRule(effect="close", strength=_HOLIDAY, label="holiday", **_selector(holiday_range))


def fingerprint(plan: SchedulePlan, rules: tuple[CalendarRule, ...]) -> str:
    """A digest of plan and rules, which shows whether they still are the ones compiled from the settings."""
    # Core returns the same two objects for the same stored texts, so their identity saves hashing them.
    cached = _fingerprints.get((id(plan), id(rules)))
    if cached is not None and cached[0] is plan and cached[1] is rules:
        return cached[2]
    digest = hashlib.blake2b(msgspec.json.encode(_non_default((plan, rules))), digest_size=12).hexdigest()
    if len(_fingerprints) > 4096:
        _fingerprints.clear()
    _fingerprints[id(plan), id(rules)] = (plan, rules, digest)
    return digest


def _non_default(value: Any) -> Any:
    """The fields that differ from their defaults, so that a new field does not change stored fingerprints."""
    if isinstance(value, tuple):
        return [_non_default(item) for item in value]
    if not is_dataclass(value):
        return value
    values = ((field, getattr(value, field.name)) for field in fields(value))
    return {field.name: _non_default(item) for field, item in values if item != field.default}


def compiled(settings: Settings) -> dict[str, Any]:
    """The plan and rules of core's service, and the fingerprint to store beside the settings."""
    plan, rules = to_plan(settings), to_rules(settings)
    return {"plan": plan, "rules": rules, "fingerprint": fingerprint(plan, rules)}
