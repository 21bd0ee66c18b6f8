"""The settings of any product: those it was set up with here, or the nearest ones for another dialect's service.

README, "Services of other dialects".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from frontdesk.records import Service, Variant
from frontdesk.schedule import UNLIMITED, CalendarRule, FixedSlot, Offset, SchedulePlan
from plugins.bkap.schemas import NAME, SLOT_TYPES, WEEKDAY_KEYS, DurationSettings, Settings, TimeSlot
from plugins.bkap.translate.schedule import fingerprint
from plugins.bkap.translate.settings import read_settings
from plugins.bkap.translate.values import format_minutes, format_settings_date, iso_weekday

_DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True)
class NamedProduct:
    """The product that a request names, perhaps by one of its variations.

    Attributes:
        is_own: The product belongs to this dialect; another dialect's service is sold by its own rules.
        variant_id: The variation; 0 for none.
        base_price: The price of the variation, or of the product.
    """

    service: Service
    settings: Settings
    is_own: bool
    variant_id: int
    base_price: Decimal


def to_named_product(service: Service, variant: Variant | None = None) -> NamedProduct:
    is_own = is_own_product(service)
    priced = variant or service
    return NamedProduct(service, _settings_of(service, is_own), is_own, variant.id if variant else 0, priced.price)


def is_own_product(service: Service) -> bool:
    """Does the calendar still come from this dialect's settings? Else another dialect made or changed it."""
    own_extras = service.extras.get(NAME, {})
    return bool(own_extras.get("settings")) and own_extras.get("compiled") == fingerprint(service.plan, service.rules)


def settings_of(service: Service) -> Settings:
    """The settings of any service."""
    return _settings_of(service, is_own_product(service))


def _settings_of(service: Service, is_own: bool) -> Settings:
    own_extras = service.extras.get(NAME, {})
    if is_own:
        settings = _stored_settings(msgspec.json.encode(own_extras["settings"]))
    else:
        settings = derive_settings(service.plan, service.rules)
        if own_extras.get("overrides"):
            settings = read_settings({**msgspec.to_builtins(settings, str_keys=True), **own_extras["overrides"]})
    enable = "on" if service.bookable else "off"
    return settings if settings.enable == enable else msgspec.structs.replace(settings, enable=enable)


@lru_cache(maxsize=4096)
def _stored_settings(text: bytes) -> Settings:
    """The settings that ``dump_settings`` wrote, as JSON; every read of a product asks for the same text."""
    return read_settings(msgspec.json.decode(text))


# -- another dialect's service ----------------------------------------------------------------------------------------


def booking_type(plan: SchedulePlan) -> str:
    """The booking type that comes closest to a plan."""
    if plan.unit in ("night", "month") or (plan.unit == "day" and (plan.max_blocks != 1 or plan.length != 1)):
        return "multiple_days"
    if plan.unit == "day":
        return "only_day"
    if plan.grid.starts == "fixed" or plan.max_blocks == 1:
        return "date_time"
    return "duration_time"


# Every read of a service returns the same plan and rules.
@lru_cache(maxsize=4096)
def derive_settings(plan: SchedulePlan, rules: tuple[CalendarRule, ...]) -> Settings:
    """The settings that come closest to a service's plan and rules."""
    nearest_type = booking_type(plan)
    weekdays, lockouts = _open_weekdays(plan, rules)
    changes: dict[str, Any] = {
        "booking_type": nearest_type,
        "weekdays": weekdays,
        "weekday_lockouts": lockouts,
        "advance_hours": _hours(plan.booking_window.notice),
    }
    if nearest_type == "multiple_days":
        changes["night_lockout"] = _lockout(plan.capacity.limit)
        changes["min_nights"] = plan.min_blocks * plan.length
        changes["max_nights"] = plan.max_blocks * plan.length
    if nearest_type == "duration_time":
        changes["duration"] = DurationSettings(
            duration=plan.length,
            duration_type="hours" if plan.unit == "hour" else "mins",
            duration_min=plan.min_blocks,
            duration_max=plan.max_blocks,
            duration_max_booking=_lockout(plan.capacity.limit),
        )
    if nearest_type in SLOT_TYPES and plan.grid.starts == "fixed":
        changes["time_settings"] = _time_slots(plan.grid.fixed_slots)
    if plan.resources.choice in ("automatic", "either"):
        changes["resource_selection"] = "automatic"
    closed_dates = {day for rule in rules if _closes_whole_dates(rule) for day in rule.dates}
    changes["holidays"] = {format_settings_date(day): 0 for day in sorted(closed_dates)}
    return Settings(**changes)


def _closes_whole_dates(rule: CalendarRule) -> bool:
    return (
        rule.effect == "close"
        and bool(rule.dates)
        and not rule.starts_only
        and rule.from_minute == 0
        and rule.to_minute == _DAY_MINUTES
    )


def _open_weekdays(plan: SchedulePlan, rules: Iterable[CalendarRule]) -> tuple[dict[str, str], dict[str, int]]:
    """The weekdays that undated rules leave open, and their lockouts."""
    undated = [
        rule
        for rule in sorted(rules, key=lambda rule: rule.strength)
        if not (rule.from_date or rule.dates or rule.weeks or rule.months or rule.rrule or rule.locations)
    ]
    switches, lockouts = {}, {}
    for index, key in enumerate(WEEKDAY_KEYS):
        weekday = iso_weekday(index)
        is_open, capacity = plan.opening.open_by_default, plan.capacity.limit
        for rule in undated:
            if rule.weekdays and weekday not in rule.weekdays:
                continue
            if rule.effect == "open":
                is_open, capacity = True, plan.capacity.limit if rule.capacity is None else rule.capacity
            elif not rule.from_minute and rule.to_minute == _DAY_MINUTES:
                is_open = False
        if plan.grid.starts == "fixed" and not any(
            not slot.weekdays or weekday in slot.weekdays for slot in plan.grid.fixed_slots
        ):
            is_open = False
        if is_open:
            switches[key] = "on"
            if _lockout(capacity):
                lockouts[key] = _lockout(capacity)
    return switches, lockouts


def _time_slots(listed: Iterable[FixedSlot]) -> dict[str, list[TimeSlot]]:
    """Fixed slots by weekday key or date."""
    slots: dict[str, list[TimeSlot]] = {}
    for listed_slot in listed:
        keys = [format_settings_date(day) for day in listed_slot.dates] or [
            WEEKDAY_KEYS[weekday % 7] for weekday in (listed_slot.weekdays or range(1, 8))
        ]
        from_hours, from_minutes = format_minutes(listed_slot.from_minute).split(":")
        to_hours, to_minutes = format_minutes(listed_slot.to_minute).split(":")
        for key in keys:
            slot = TimeSlot(
                from_slot_hrs=from_hours,
                from_slot_min=from_minutes,
                to_slot_hrs=to_hours,
                to_slot_min=to_minutes,
                lockout_slot=_lockout(listed_slot.capacity),
            )
            slots.setdefault(key, []).append(slot)
    return slots


def _lockout(capacity: int | None) -> int:
    """A capacity as a lockout; 0 is unlimited."""
    return 0 if capacity is None or capacity >= UNLIMITED else capacity


def _hours(notice: Offset) -> Decimal:
    unit_minutes = {"minute": 1, "hour": 60, "day": _DAY_MINUTES, "week": 7 * _DAY_MINUTES, "month": 30 * _DAY_MINUTES}
    return Decimal(notice.value * unit_minutes[notice.unit]) / 60
