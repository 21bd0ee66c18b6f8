"""The settings of any service: its own, or the nearest ones where another dialect made or changed it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from core.domain.claims import UNLIMITED
from core.domain.records import Service
from core.domain.schedule import CalendarRule, FixedSlot, Offset, SchedulePlan
from plugins.bkap.schemas import (
    SLOT_TYPES,
    WEEKDAY_KEYS,
    DurationSettings,
    Settings,
    TimeSlot,
)
from plugins.bkap.translate.schedule import NAME, fingerprint
from plugins.bkap.translate.settings import read_settings, stored_settings
from plugins.bkap.translate.values import iso_weekday, minutes_24, to_plugin_day

_DAY = 1440


def is_own(service: Service) -> bool:
    """Does a service keep the settings its calendar was compiled from? Else another dialect made or changed it."""
    own = service.extras.get(NAME, {})
    return bool(own.get("settings")) and own.get("compiled") == fingerprint(service.plan, service.rules)


def settings_of(service: Service) -> Settings:
    """The settings of any service: its own, or the nearest ones where another dialect made or changed it."""
    own = service.extras.get(NAME, {})
    if is_own(service):
        settings = stored_settings(own["settings"])
    else:
        settings = derived(service)
        if own.get("overrides"):
            settings = read_settings({**msgspec.to_builtins(settings, str_keys=True), **own["overrides"]})
    enable = "on" if service.bookable else "off"
    return settings if settings.enable == enable else msgspec.structs.replace(settings, enable=enable)


def booking_type(plan: SchedulePlan) -> str:
    """The booking type that comes closest to a plan."""
    if plan.unit in ("night", "month") or (plan.unit == "day" and (plan.max_blocks != 1 or plan.length != 1)):
        return "multiple_days"
    if plan.unit == "day":
        return "only_day"
    if plan.grid.starts == "fixed" or plan.max_blocks == 1:
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
        "advance_hours": _hours(plan.booking_window.notice),
    }
    if kind == "multiple_days":
        changes["night_lockout"] = _lockout(plan.capacity.limit)
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
            duration_max_booking=_lockout(plan.capacity.limit),
        )
    if kind in SLOT_TYPES and plan.grid.starts == "fixed":
        changes["time_settings"] = _slots_of(plan.grid.fixed_slots)
    if plan.resources.choice in ("automatic", "either"):
        changes["resource_selection"] = "automatic"
    days = sorted(
        {day for rule in service.rules if rule.effect == "close" and _plain_dates(rule) for day in rule.dates}
    )
    changes["holidays"] = {to_plugin_day(day): 0 for day in days}
    return Settings(**changes)


def _plain_dates(rule: CalendarRule) -> bool:
    return bool(rule.dates) and not rule.starts_only and rule.from_minute == 0 and rule.to_minute == _DAY


def _open_weekdays(plan: SchedulePlan, rules: Iterable[CalendarRule]) -> tuple[dict[str, str], dict[str, int]]:
    ordered = sorted(rules, key=lambda rule: rule.strength)
    on, lockouts = {}, {}
    for number, key in enumerate(WEEKDAY_KEYS):
        weekday = iso_weekday(number)
        is_open, capacity = plan.opening.open_by_default, plan.capacity.limit
        for rule in ordered:
            dated = rule.from_date or rule.dates or rule.weeks or rule.months or rule.rrule or rule.locations
            if dated or (rule.weekdays and weekday not in rule.weekdays):
                continue
            if rule.effect == "open":
                is_open, capacity = True, plan.capacity.limit if rule.capacity is None else rule.capacity
            elif not rule.from_minute and rule.to_minute == _DAY:
                is_open = False
        if plan.grid.starts == "fixed" and not any(
            not one.weekdays or weekday in one.weekdays for one in plan.grid.fixed_slots
        ):
            is_open = False
        if is_open:
            on[key] = "on"
            if _lockout(capacity):
                lockouts[key] = _lockout(capacity)
    return on, lockouts


def _slots_of(listed: Iterable[FixedSlot]) -> dict[str, list[TimeSlot]]:
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
