"""Booking settings as the neutral plan and calendar rules, and the other way round for services made elsewhere.

The order of sheet section 5.1 is the order of strengths: weekdays (10), for nights the closed arrival days (20),
specific dates (30), holidays (100). Custom and month ranges narrow all that opens, so they need no rule of their own.
A lockout of 0 is unlimited everywhere.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from core.domain.claims import UNLIMITED
from core.domain.records import Service
from core.domain.schedule import CalendarRule, ListedStart, Offset, SchedulePlan
from core.errors import Invalid
from plugins.bkap.schemas import (
    SLOT_TYPES,
    WEEKDAY_KEYS,
    DateRange,
    DurationSettings,
    ResourceRow,
    Settings,
    TimeSlot,
)
from plugins.bkap.translate.settings import read_settings, slot_minutes
from plugins.bkap.translate.values import iso_weekday, minutes_24, plugin_day, read_clock, to_plugin_day

NAME = "bkap"
_HOURS = ("hours", "hour", "hrs")
_WEEKDAY, _ARRIVAL, _DATE, _HOLIDAY = 10, 20, 30, 100
_DAY = 1440


def places(lockout: int) -> int:
    """A lockout as a capacity."""
    return lockout or UNLIMITED


# -- settings to plan -------------------------------------------------------------------------------------------------


def to_plan(settings: Settings) -> SchedulePlan:
    """How the product is booked."""
    kind = settings.booking_type
    common: dict[str, Any] = {
        "capacity": None,
        "resource_choice": _choice(settings),
        "resource_calendar": "intersect",
        "notice": Offset(int(settings.advance_hours * 60), "minute"),
        "follows_site": False,
    }
    if kind == "multiple_days":
        low = max(1, settings.min_nights)
        return SchedulePlan(unit="night", min_blocks=low, max_blocks=settings.max_nights, **common)
    if kind in SLOT_TYPES:
        listed = tuple(_listed(settings.time_settings))
        if listed:
            return SchedulePlan(unit="minute", starts="listed", listed=listed, check="first_day", **common)
        return SchedulePlan(unit="hour", max_blocks=0, starts="any", **common)
    if kind == "duration_time":
        return _duration_plan(settings.duration or DurationSettings(duration_max=0), common)
    return SchedulePlan(unit="day", **common)


def _duration_plan(duration: DurationSettings, common: dict[str, Any]) -> SchedulePlan:
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
        starts="any" if first is None else "grid",
        step_minutes=unit_minutes + gap,
        grid_origin="midnight" if first is None else "first_start",
        first_start_minute=first,
        after_hole="keep",
        # The date that is picked must be open; a duration may run on past midnight, unless the day has an end.
        check="whole" if _day_end(duration) < _DAY else "first_day",
        **{**common, "capacity": places(duration.duration_max_booking)},
    )


def _day_end(duration: DurationSettings) -> int:
    end = read_clock(duration.end_duration, "end_duration") if duration.end_duration else 0
    return _DAY if end in (0, _DAY - 1) else end


def _choice(settings: Settings) -> str:
    if not settings.resources:
        return "none"
    return "automatic" if settings.resource_selection == "automatic" else "optional"


def _listed(times: Mapping[str, list[TimeSlot]]) -> Iterable[ListedStart]:
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
                yield ListedStart(from_minute=start, to_minute=end, capacity=places(slot.lockout_slot), **when)


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
    rules += _holidays(settings)
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
        rules.append(CalendarRule(effect="close", strength=_ARRIVAL, weekdays=off, start_only=True))
    if dates := tuple(sorted(day for days in _specific(settings, ranges).values() for day in days)):
        rules.append(CalendarRule(effect="open", strength=_DATE, dates=dates, start_only=True))
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


# -- resources --------------------------------------------------------------------------------------------------------


def resource_rules(rows: Iterable[ResourceRow]) -> tuple[CalendarRule, ...]:
    """A resource's availability rows: the lowest priority number wins, of two equals the first."""
    rules = []
    for row in reversed(list(rows)):
        selector = _selector(row)
        if selector is not None:
            effect = "open" if row.bookable == "1" else "close"
            rules.append(CalendarRule(effect=effect, strength=-max(-(2**31), min(row.priority, 2**31)), **selector))
    return tuple(rules)


def _selector(row: ResourceRow) -> dict[str, Any] | None:
    """What a row speaks of; None where it matches nothing."""
    kind, low, high = row.type, row.from_.strip(), row.to.strip()
    if not low or not high:
        return None
    try:
        if kind == "custom":
            start, end = plugin_day(low), plugin_day(high)
            return {"from_date": start, "to_date": end} if start and end and start <= end else None
        if kind in ("months", "weeks", "days"):
            most = {"months": 12, "weeks": 53, "days": 7}[kind]
            first, last = int(low), int(high)
            if not (0 <= first <= most and 0 <= last <= most):
                return None
            name = "weekdays" if kind == "days" else kind
            first, last = (first or 7, last or 7) if kind == "days" else (max(1, first), max(1, last))
            if first <= last:
                return {name: tuple(range(first, last + 1))}
            return {name: (*range(1, last + 1), *range(first, most + 1))}
        if kind.startswith("time"):
            window: dict[str, Any] = {
                "from_minute": read_clock(low, "from"),
                "to_minute": read_clock(high, "to") or _DAY,
            }
            if kind == "time:range":
                start, end = plugin_day(row.from_date), plugin_day(row.to_date)
                return {**window, "from_date": start, "to_date": end} if start and end and start <= end else None
            if kind != "time":
                window["weekdays"] = (iso_weekday(int(kind.removeprefix("time:")) % 7),)
            return window
    except (ValueError, Invalid):
        return None
    return None


def to_resource_calendar(rows: Iterable[ResourceRow], quantity: int) -> dict[str, Any]:
    """The neutral fields of a resource; quantity 0 is unlimited."""
    return {"rules": resource_rules(rows), "capacity": quantity or None, "sharing": "units"}


def derived_rows(calendar: Iterable[CalendarRule]) -> list[ResourceRow]:
    """The rows that say about the same as a resource's rules, for resources made elsewhere."""
    rows = []
    for place, rule in enumerate(sorted(calendar, key=lambda rule: -rule.strength)):
        kind, low, high = _as_row(rule)
        if kind:
            bookable = "1" if rule.effect == "open" else "0"
            rows.append(ResourceRow(bookable=bookable, type=kind, priority=10 + place, from_=low, to=high))
    return rows


def _as_row(rule: CalendarRule) -> tuple[str, str, str]:
    timed = rule.from_minute or rule.to_minute != _DAY
    if timed and not (rule.from_date or rule.dates or rule.months or rule.weeks):
        clocks = minutes_24(rule.from_minute), minutes_24(rule.to_minute)
        if not rule.weekdays:
            return "time", *clocks
        return f"time:{rule.weekdays[0] % 7}", *clocks
    if rule.dates:
        return "custom", rule.dates[0].isoformat(), rule.dates[-1].isoformat()
    if rule.from_date and rule.to_date:
        return "custom", rule.from_date.isoformat(), rule.to_date.isoformat()
    for name, numbers in (("months", rule.months), ("weeks", rule.weeks), ("days", rule.weekdays)):
        if numbers:
            return name, str(numbers[0]), str(numbers[-1])
    return "", "", ""


# -- which settings a service has -------------------------------------------------------------------------------------


def fingerprint(plan: SchedulePlan, rules: tuple[CalendarRule, ...]) -> str:
    """Tells whether plan and rules are still the ones that were compiled from the settings."""
    return hashlib.blake2b(msgspec.json.encode((plan, rules)), digest_size=12).hexdigest()


def compiled(settings: Settings) -> dict[str, Any]:
    """The neutral fields of a service, and the fingerprint to keep beside the settings."""
    plan, rules = to_plan(settings), to_rules(settings)
    return {"plan": plan, "rules": rules, "fingerprint": fingerprint(plan, rules)}


def settings_of(service: Service) -> Settings:
    """The settings of any service: its own, or the nearest ones where another dialect made or changed it."""
    own = service.extras.get(NAME, {})
    stored = own.get("settings")
    if stored and own.get("compiled") == fingerprint(service.plan, service.rules):
        settings = read_settings(stored)
    else:
        settings = derived(service)
        if own.get("overrides"):
            settings = read_settings({**msgspec.to_builtins(settings, str_keys=True), **own["overrides"]})
    return msgspec.structs.replace(settings, enable="on" if service.bookable else "off")


def booking_type(plan: SchedulePlan) -> str:
    """The booking type that comes closest to a plan."""
    if plan.unit in ("night", "month") or (plan.unit == "day" and (plan.max_blocks != 1 or plan.length != 1)):
        return "multiple_days"
    if plan.unit == "day":
        return "only_day"
    if plan.starts == "listed" or plan.max_blocks == 1:
        return "date_time"
    return "duration_time"


def derived(service: Service) -> Settings:
    """Settings that say about the same as a service's plan and rules."""
    plan = service.plan
    kind = booking_type(plan)
    weekdays, lockouts = _open_weekdays(plan, service.rules)
    changes: dict[str, Any] = {
        "booking_type": kind,
        "weekdays": weekdays,
        "weekday_lockouts": lockouts,
        "advance_hours": _hours(plan.notice),
    }
    if kind == "multiple_days":
        changes["night_lockout"] = _lockout(plan.capacity)
        changes["min_nights"], changes["max_nights"] = (
            plan.min_blocks * plan.length,
            plan.max_blocks * plan.length,
        )
    if kind == "duration_time":
        changes["duration"] = DurationSettings(
            duration=plan.length,
            duration_type="hours" if plan.unit == "hour" else "mins",
            duration_min=plan.min_blocks,
            duration_max=plan.max_blocks,
            duration_max_booking=_lockout(plan.capacity),
        )
    if kind in SLOT_TYPES and plan.starts == "listed":
        changes["time_settings"] = _slots_of(plan.listed)
    if plan.resource_choice in ("automatic", "either"):
        changes["resource_selection"] = "automatic"
    days = sorted(
        {day for rule in service.rules if rule.effect == "close" and _plain_dates(rule) for day in rule.dates}
    )
    changes["holidays"] = {to_plugin_day(day): 0 for day in days}
    return Settings(**changes)


def _plain_dates(rule: CalendarRule) -> bool:
    return bool(rule.dates) and not rule.start_only and rule.from_minute == 0 and rule.to_minute == _DAY


def _open_weekdays(plan: SchedulePlan, rules: Iterable[CalendarRule]) -> tuple[dict[str, str], dict[str, int]]:
    ordered = sorted(rules, key=lambda rule: rule.strength)
    on, lockouts = {}, {}
    for number, key in enumerate(WEEKDAY_KEYS):
        weekday = iso_weekday(number)
        is_open, capacity = plan.open_by_default, plan.capacity
        for rule in ordered:
            dated = rule.from_date or rule.dates or rule.weeks or rule.months or rule.rrule or rule.locations
            if dated or (rule.weekdays and weekday not in rule.weekdays):
                continue
            if rule.effect == "open":
                is_open, capacity = True, plan.capacity if rule.capacity is None else rule.capacity
            elif not rule.from_minute and rule.to_minute == _DAY:
                is_open = False
        if plan.starts == "listed" and not any(not one.weekdays or weekday in one.weekdays for one in plan.listed):
            is_open = False
        if is_open:
            on[key] = "on"
            if _lockout(capacity):
                lockouts[key] = _lockout(capacity)
    return on, lockouts


def _slots_of(listed: Iterable[ListedStart]) -> dict[str, list[TimeSlot]]:
    found: dict[str, list[TimeSlot]] = {}
    for one in listed:
        keys = [to_plugin_day(day) for day in one.dates] or [
            WEEKDAY_KEYS[weekday % 7] for weekday in (one.weekdays or range(1, 8))
        ]
        start, end = minutes_24(one.from_minute).split(":"), minutes_24(one.to_minute).split(":")
        for key in keys:
            slot = TimeSlot(
                from_slot_hrs=start[0],
                from_slot_min=start[1],
                to_slot_hrs=end[0],
                to_slot_min=end[1],
                lockout_slot=_lockout(one.capacity),
            )
            found.setdefault(key, []).append(slot)
    return found


def _lockout(capacity: int | None) -> int:
    return 0 if capacity is None or capacity >= UNLIMITED else capacity


def _hours(notice: Offset) -> Decimal:
    minutes = {"minute": 1, "hour": 60, "day": _DAY, "week": 7 * _DAY, "month": 30 * _DAY}[notice.unit]
    return Decimal(notice.value * minutes) / 60
