"""Opening hours as the second version writes them: time slots by weekday and by date (section 9.2)."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from core.domain.schedule import CalendarRule

Slots = Sequence[Mapping[str, str]]

#: Weaker than any rule of a product or the shop: hours are what holds where nothing else is said.
_WEEKLY = -4_000_000
_DAILY = _WEEKLY + 2
#: Before and after the hours of a single date the shop is closed whatever products say, as with a closing shop rule.
_CLOSED = -28


class HoursError(ValueError):
    """Time slots that cannot be: ``code`` and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def read_slots(value: Any) -> list[dict[str, str]]:
    """Time slots of a day, checked and in order.

    Raises:
        HoursError: With the vendor's code.
    """
    if not isinstance(value, list) or len(value) > 96:
        raise HoursError("invalid_time_slots", "Time slots must be a list.")
    spans = []
    for item in value:
        if not isinstance(item, Mapping) or not item.get("start") or not item.get("end"):
            raise HoursError("missing_time_fields", "Each time slot needs a start and an end time.")
        start, end = _minute(item["start"]), _minute(item["end"])
        if start is None or start == 1440:
            raise HoursError("invalid_start_time", "Start time must be in the form HH:MM.")
        if end is None:
            raise HoursError("invalid_end_time", "End time must be in the form HH:MM.")
        end = end or 1440
        if end <= start:
            raise HoursError("invalid_time_range", "End time must be after start time.")
        spans.append((start, end))
    spans.sort()
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise HoursError("overlapping_time_slots", "Time slots must not overlap.")
    return [{"start": _clock(start), "end": _clock(end)} for start, end in spans]


def _minute(value: Any) -> int | None:
    text = value if isinstance(value, str) else ""
    hours, _, minutes = text.partition(":")
    if not (hours.isascii() and hours.isdigit() and minutes.isascii() and minutes.isdigit()):
        return None
    if len(hours) > 2 or len(minutes) != 2 or int(minutes) > 59:
        return None
    found = int(hours) * 60 + int(minutes)
    return found if found <= 1440 else None


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _windows(slots: Slots) -> list[tuple[int, int]]:
    return [(_minute(slot["start"]) or 0, _minute(slot["end"]) or 1440) for slot in slots]


def _gaps(slots: Slots) -> list[tuple[int, int]]:
    gaps, at = [], 0
    for start, end in _windows(slots):
        if start > at:
            gaps.append((at, start))
        at = end
    return [*gaps, (at, 1440)] if at < 1440 else gaps


def to_rules(
    weekly: Mapping[str, Slots], overrides: Mapping[str, Slots], *, closes: bool = True
) -> tuple[CalendarRule, ...]:
    """Calendar rules for hours by ISO weekday and by date.

    Args:
        closes: Outside of a date's hours the calendar is closed against weaker and stronger rules alike; without it
            only against weaker ones.
    """
    rules: list[CalendarRule] = []
    for key, slots in sorted(weekly.items()):
        days = (int(key),)
        rules += [
            CalendarRule(effect="close", strength=_WEEKLY, weekdays=days, from_minute=a, to_minute=b)
            for a, b in _gaps(slots)
        ]
        rules += [
            CalendarRule(effect="open", strength=_WEEKLY + 1, weekdays=days, from_minute=a, to_minute=b)
            for a, b in _windows(slots)
        ]
    for key, slots in sorted(overrides.items()):
        day = date.fromisoformat(key)
        rules += [
            CalendarRule(
                effect="close",
                strength=_CLOSED if closes else _DAILY,
                from_date=day,
                to_date=day,
                from_minute=a,
                to_minute=b,
            )
            for a, b in _gaps(slots)
        ]
        rules += [
            CalendarRule(effect="open", strength=_DAILY + 1, from_date=day, to_date=day, from_minute=a, to_minute=b)
            for a, b in _windows(slots)
        ]
    return tuple(rules)


def to_member_rules(weekly: Mapping[str, Slots], overrides: Mapping[str, Slots]) -> tuple[CalendarRule, ...]:
    """Rules of a team member with hours of their own: closed but for these."""
    if not weekly and not overrides:
        return ()
    return (CalendarRule(effect="close", strength=_WEEKLY - 1), *to_rules(weekly, overrides, closes=False))
