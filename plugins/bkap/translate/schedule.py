"""Booking settings as the neutral plan and calendar rules.

The order of sheet section 5.1 is the order of strengths: weekdays (10), for nights the closed arrival days (20),
specific dates (30), what the time availability takes away (90), holidays (100). Custom and month ranges narrow all that
opens, so they need no rule of their own.
A lockout of 0 is unlimited everywhere.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

import msgspec

from core.domain.claims import UNLIMITED
from core.domain.schedule import (
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
from plugins.bkap.schemas import (
    SLOT_TYPES,
    WEEKDAY_KEYS,
    DateRange,
    DurationSettings,
    Settings,
    TimeSlot,
)
from plugins.bkap.translate.calendars import closing_rules
from plugins.bkap.translate.settings import slot_minutes
from plugins.bkap.translate.values import iso_weekday, plugin_day, read_clock

NAME = "bkap"
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
    first = read_clock(duration.first_duration, "first_duration") if duration.first_duration else None
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
    end = read_clock(duration.end_duration, "end_duration") if duration.end_duration else 0
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
            when = {"dates": (plugin_day(key),)}
        for slot in slots:
            start = slot_minutes(slot.from_slot_hrs, slot.from_slot_min) or 0
            end = slot_minutes(slot.to_slot_hrs, slot.to_slot_min) or _DAY
            if start < _DAY:
                yield FixedSlot(from_minute=start, to_minute=end, capacity=places(slot.lockout_slot), **when)


def to_rules(settings: Settings) -> tuple[CalendarRule, ...]:
    """When the product is open, and how many places a date has."""
    kind = settings.booking_type
    ranges = _ranges([*settings.custom_ranges, *settings.month_ranges])
    slots = kind in SLOT_TYPES and bool(settings.time_settings)
    counted = kind != "duration_time" and not slots
    window: dict[str, Any] = {}
    if kind == "duration_time" and settings.duration is not None:
        window = {"to_minute": _day_end(settings.duration)}
    on = [number for number, key in enumerate(WEEKDAY_KEYS) if settings.weekdays.get(key) == "on"]
    rules: list[CalendarRule] = []
    if kind == "multiple_days":
        rules += _night_rules(settings, ranges, on)
    else:
        groups: dict[int | None, list[int]] = {}
        for number in on:
            lockout = settings.weekday_lockouts.get(WEEKDAY_KEYS[number], 0)
            groups.setdefault(places(lockout) if counted else None, []).append(iso_weekday(number))
        for capacity, weekdays in groups.items():
            for stretch in ranges:
                rules.append(
                    CalendarRule(
                        effect="open",
                        capacity=capacity,
                        strength=_WEEKDAY,
                        weekdays=tuple(sorted(weekdays)),
                        **stretch,
                        **window,
                    )
                )
    for capacity, dates in _specific(settings, ranges).items():
        rules.append(
            CalendarRule(effect="open", capacity=capacity if counted else None, strength=_DATE, dates=dates, **window)
        )
    rules += closing_rules(
        settings.time_availability, strength=_TAKEN_AWAY, timed=kind in SLOT_TYPES or kind == "duration_time"
    )
    rules += _holidays(settings)
    if settings.is_all_unavailable:
        rules.append(CalendarRule(effect="close", strength=_HOLIDAY, label="unavailable"))
    return tuple(rules)


def _night_rules(settings: Settings, ranges: list[dict[str, Any]], on: list[int]) -> list[CalendarRule]:
    """Nights are open on all weekdays of the ranges; a weekday that is off only takes no arrivals."""
    if not on and not settings.specific_dates:
        return []
    rules = [
        CalendarRule(effect="open", capacity=places(settings.night_lockout), strength=_WEEKDAY, **stretch)
        for stretch in ranges
    ]
    off = tuple(sorted(iso_weekday(number) for number in range(7) if number not in on))
    if off:
        rules.append(CalendarRule(effect="close", strength=_ARRIVAL, weekdays=off, starts_only=True))
    if dates := tuple(sorted(day for days in _specific(settings, ranges).values() for day in days)):
        rules.append(CalendarRule(effect="open", strength=_DATE, dates=dates, starts_only=True))
    return rules


def _specific(settings: Settings, ranges: list[dict[str, Any]]) -> dict[int, tuple[date, ...]]:
    """Specific dates by capacity; those outside of all ranges are closed and so left out."""
    found: dict[int, list[date]] = {}
    for text, lockout in settings.specific_dates.items():
        day = plugin_day(text)
        if day is not None and any(_inside(day, stretch) for stretch in ranges):
            found.setdefault(places(lockout), []).append(day)
    return {capacity: tuple(sorted(days)) for capacity, days in found.items()}


def _ranges(ranges: list[DateRange]) -> list[dict[str, Any]]:
    """The stretches that something can be open in; one without ends where there are no ranges."""
    return [_stretch(one) for one in ranges] or [{}]


def _stretch(one: DateRange) -> dict[str, Any]:
    return {
        "from_date": plugin_day(one.start),
        "to_date": plugin_day(one.end),
        "repeat_years": min(1000, int(one.years_to_recur or 0)),
    }


def _inside(day: date, stretch: dict[str, Any]) -> bool:
    if not stretch:
        return True
    start, end = stretch["from_date"], stretch["to_date"]
    for years in range(stretch["repeat_years"] + 1):
        if start.year + years > day.year:
            return False
        if _moved(start, years) <= day <= _moved(end, years):
            return True
    return False


def _moved(day: date, years: int) -> date:
    if day.year + years > 9999:
        return date.max
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)


def _holidays(settings: Settings) -> Iterable[CalendarRule]:
    groups: dict[int, list[date]] = {}
    for text, years in settings.holidays.items():
        groups.setdefault(min(1000, years), []).append(plugin_day(text))  # type: ignore[arg-type]
    for years, days in groups.items():
        # Repeated dates are told apart by their first year, so each gets a rule of its own.
        parts = [tuple(sorted(days))] if not years else [(day,) for day in sorted(days)]
        for dates in parts:
            yield CalendarRule(effect="close", strength=_HOLIDAY, dates=dates, repeat_years=years, label="holiday")
    for one in settings.holiday_ranges:
        yield CalendarRule(effect="close", strength=_HOLIDAY, label="holiday", **_stretch(one))


def fingerprint(plan: SchedulePlan, rules: tuple[CalendarRule, ...]) -> str:
    """Tells whether plan and rules are still the ones that were compiled from the settings."""
    # Core hands out the same two objects for the same stored texts, so looking at who they are saves hashing them.
    known = _fingerprints.get((id(plan), id(rules)))
    if known is not None and known[0] is plan and known[1] is rules:
        return known[2]
    found = hashlib.blake2b(msgspec.json.encode(_said((plan, rules))), digest_size=12).hexdigest()
    if len(_fingerprints) > 4096:
        _fingerprints.clear()
    _fingerprints[id(plan), id(rules)] = (plan, rules, found)
    return found


def _said(value: Any) -> Any:
    """What differs from the defaults: a field that plans or rules get later changes nothing of what was kept before."""
    if isinstance(value, tuple):
        return [_said(item) for item in value]
    if not is_dataclass(value):
        return value
    named = ((field, getattr(value, field.name)) for field in fields(value))
    return {field.name: _said(held) for field, held in named if held != field.default}


def compiled(settings: Settings) -> dict[str, Any]:
    """The neutral fields of a service, and the fingerprint to keep beside the settings."""
    plan, rules = to_plan(settings), to_rules(settings)
    return {"plan": plan, "rules": rules, "fingerprint": fingerprint(plan, rules)}
