"""The shop's opening hours by weekday and by date (README.md, "Opening hours")."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from frontdesk import site
from frontdesk.database import writing
from frontdesk.wordpress import php
from plugins.wc_bookings.errors import InvalidHours, Refused
from plugins.wc_bookings.translate.opening_hours import Hours, TimeSlots, to_date, to_rules, to_time_slots
from plugins.wc_bookings.translate.schedule import to_site_rules
from plugins.wc_bookings.translate.values import NAME
from plugins.wc_bookings.usecases.context import Context


def weekly_schedule() -> Hours:
    """Time slots by ISO weekday."""
    return site.extras(NAME).get("weekly_schedule", {})


def date_overrides() -> Hours:
    """Time slots by date."""
    return site.extras(NAME).get("date_overrides", {})


def date_override(day: str) -> TimeSlots:
    """The time slots of a date.

    Raises:
        Refused: The date has none of its own.
    """
    overrides = date_overrides()
    if day not in overrides:
        raise Refused("date_unknown")
    return overrides[day]


def set_weekday(context: Context, weekday: int, payload: Mapping[str, Any]) -> Hours:
    """Set the hours of an ISO weekday; returns the week's.

    Raises:
        InvalidHours: The payload's ``time_slots`` are missing or not valid.
    """
    slots = _time_slots(payload)
    with writing():
        extras = dict(site.extras(NAME))
        extras["weekly_schedule"] = {**extras.get("weekly_schedule", {}), str(weekday): slots}
        save_hours(extras, now=context.clock())
    return extras["weekly_schedule"]


def add_date(context: Context, payload: Mapping[str, Any]) -> tuple[str, TimeSlots]:
    """Set the hours of the date that the payload names; returns both."""
    text = php.to_text(payload.get("date"))
    if not text:
        raise InvalidHours("date_missing")
    return _set_date(context, text, payload)


def set_date(context: Context, day: str, payload: Mapping[str, Any]) -> tuple[str, TimeSlots]:
    """Set the hours of a date that has some; returns both."""
    date_override(day)
    return _set_date(context, day, payload)


def remove_date(context: Context, day: str) -> TimeSlots:
    """Remove the hours of a date; returns what they were."""
    removed = date_override(day)
    with writing():
        extras = dict(site.extras(NAME))
        extras["date_overrides"] = {key: slots for key, slots in date_overrides().items() if key != day}
        save_hours(extras, now=context.clock())
    return removed


def save_hours(extras: dict[str, Any], *, now: datetime) -> None:
    """Store the shop's extras, and its calendar rules as these say."""
    rules = (
        *to_rules(extras.get("weekly_schedule", {}), extras.get("date_overrides", {})),
        *to_site_rules(extras.get("global_availability", [])),
    )
    site.save(now=now, rules=rules, dialect=NAME, extras=extras)


def _set_date(context: Context, text: str, payload: Mapping[str, Any]) -> tuple[str, TimeSlots]:
    day, slots = to_date(text), _time_slots(payload)
    with writing():
        extras = dict(site.extras(NAME))
        extras["date_overrides"] = {**extras.get("date_overrides", {}), day: slots}
        save_hours(extras, now=context.clock())
    return day, slots


def _time_slots(payload: Mapping[str, Any]) -> TimeSlots:
    value = payload.get("time_slots")
    if value is None:
        raise InvalidHours("time_slots_missing")
    return to_time_slots(list(value.values()) if isinstance(value, dict) else value)
