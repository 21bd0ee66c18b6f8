"""Opening hours, as v2 writes them: time slots by weekday and by date (README.md, "Opening hours")."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from frontdesk.schedule import CalendarRule
from frontdesk.wordpress import php
from plugins.wc_bookings.errors import InvalidHours

#: One ``{"start": "HH:MM", "end": "HH:MM"}`` after another.
TimeSlots = Sequence[Mapping[str, str]]
#: Time slots by ISO weekday ("1" to "7") or by date ("YYYY-MM-DD").
Hours = Mapping[str, TimeSlots]

_MINUTES_PER_DAY = 1440
_MAX_SLOTS = 96
#: Weaker than any rule of a product or the shop: hours decide where no rule does.
_WEEKLY = -4_000_000
_DAILY = _WEEKLY + 2
#: Outside the hours of a single date the shop is closed whatever products say, as with a closing rule of the shop.
_CLOSED = -28


def to_time_slots(value: Any) -> list[dict[str, str]]:
    """The time slots of a day, checked and in order.

    Raises:
        InvalidHours: They cannot be read, overlap, or end before they start.
    """
    if not isinstance(value, list) or len(value) > _MAX_SLOTS:
        raise InvalidHours("time_slots")
    windows = []
    for item in value:
        if not isinstance(item, Mapping) or not item.get("start") or not item.get("end"):
            raise InvalidHours("time_slot_fields")
        start, end = _to_minute(item["start"]), _to_minute(item["end"])
        if start is None or start == _MINUTES_PER_DAY:
            raise InvalidHours("time_slot_start")
        if end is None:
            raise InvalidHours("time_slot_end")
        end = end or _MINUTES_PER_DAY
        if end <= start:
            raise InvalidHours("time_slot_range")
        windows.append((start, end))
    windows.sort()
    for (_, end), (start, _) in pairwise(windows):
        if start < end:
            raise InvalidHours("time_slot_overlap")
    return [{"start": _to_clock(start), "end": _to_clock(end)} for start, end in windows]


def to_member_hours(sent: Any, stored: Mapping[str, Any]) -> dict[str, Any]:
    """A team member's stored hours with the days and dates that a write names.

    Raises:
        InvalidHours: A day, date or time slot is not valid.
    """
    hours = dict(stored)
    for name, key in (("weekly_schedule", "id"), ("date_overrides", "date")):
        rows = sent.get(name) if isinstance(sent, dict) else None
        if rows is None:
            continue
        if not isinstance(rows, list):
            raise InvalidHours("hours_list", name=name)
        hours[name] = dict(_to_day(row, key) for row in rows)
    return hours


def _to_day(row: Any, key: str) -> tuple[str, list[dict[str, str]]]:
    if not isinstance(row, dict):
        raise InvalidHours("hours_entry")
    slots = to_time_slots(row.get("time_slots") or [])
    if key == "date":
        return to_date(php.to_text(row.get("date"))), slots
    weekday = php.intval(row.get("id"))
    if not 1 <= weekday <= 7:
        raise InvalidHours("weekday")
    return str(weekday), slots


def to_date(text: str) -> str:
    """A date as ``YYYY-MM-DD``."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise InvalidHours("date_form") from None


def _to_minute(value: Any) -> int | None:
    """Minutes since midnight of ``HH:MM``, up to 24:00; None for anything else."""
    text = value if isinstance(value, str) else ""
    hours, _, minutes = text.partition(":")
    if not (hours.isascii() and hours.isdigit() and minutes.isascii() and minutes.isdigit()):
        return None
    if len(hours) > 2 or len(minutes) != 2 or int(minutes) > 59:
        return None
    minute = int(hours) * 60 + int(minutes)
    return minute if minute <= _MINUTES_PER_DAY else None


def _to_clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _open_windows(slots: TimeSlots) -> list[tuple[int, int]]:
    return [(_to_minute(slot["start"]) or 0, _to_minute(slot["end"]) or _MINUTES_PER_DAY) for slot in slots]


def _closed_windows(slots: TimeSlots) -> list[tuple[int, int]]:
    windows, closed_from = [], 0
    for start, end in _open_windows(slots):
        if start > closed_from:
            windows.append((closed_from, start))
        closed_from = end
    return [*windows, (closed_from, _MINUTES_PER_DAY)] if closed_from < _MINUTES_PER_DAY else windows


def to_rules(weekly: Hours, overrides: Hours, *, closes: bool = True) -> tuple[CalendarRule, ...]:
    """Calendar rules for hours by ISO weekday and by date.

    Args:
        closes: Whether a date is closed outside its hours against every other rule; without it only against weaker
            ones.
    """
    rules: list[CalendarRule] = []
    for key, slots in sorted(weekly.items()):
        weekdays = (int(key),)
        rules += [
            CalendarRule(effect="close", strength=_WEEKLY, weekdays=weekdays, from_minute=start, to_minute=end)
            for start, end in _closed_windows(slots)
        ]
        rules += [
            CalendarRule(effect="open", strength=_WEEKLY + 1, weekdays=weekdays, from_minute=start, to_minute=end)
            for start, end in _open_windows(slots)
        ]
    strength = _CLOSED if closes else _DAILY
    for key, slots in sorted(overrides.items()):
        day = date.fromisoformat(key)
        rules += [
            CalendarRule(
                effect="close", strength=strength, from_date=day, to_date=day, from_minute=start, to_minute=end
            )
            for start, end in _closed_windows(slots)
        ]
        rules += [
            CalendarRule(
                effect="open", strength=_DAILY + 1, from_date=day, to_date=day, from_minute=start, to_minute=end
            )
            for start, end in _open_windows(slots)
        ]
    return tuple(rules)


def to_member_rules(weekly: Hours, overrides: Hours) -> tuple[CalendarRule, ...]:
    """Rules of a team member with hours of their own: closed outside of these."""
    if not weekly and not overrides:
        return ()
    return (CalendarRule(effect="close", strength=_WEEKLY - 1), *to_rules(weekly, overrides, closes=False))


def to_week(weekly: Hours) -> list[dict[str, Any]]:
    """The seven days of a week as the API shows them."""
    return [to_weekday(weekday, weekly) for weekday in range(1, 8)]


def to_weekday(weekday: int, weekly: Hours) -> dict[str, Any]:
    """One ISO weekday as the API shows it."""
    return {"id": weekday, "time_slots": weekly.get(str(weekday), [])}


def to_overrides(overrides: Hours) -> list[dict[str, Any]]:
    """The dates with hours of their own as the API shows them, in order."""
    return [{"date": key, "time_slots": overrides[key]} for key in sorted(overrides)]
