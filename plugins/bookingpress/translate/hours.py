"""Weekly hours, days off and special days as callers and import documents send them, in the shape that is stored."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from frontdesk.errors import Invalid
from frontdesk.importing import Entry
from plugins.bookingpress.translate.values import DAYS, clock, to_date, to_minute

#: Hours of a weekday, a day off or a special day, as this dialect stores and shows them.
StoredHours = dict[str, Any]

DEFAULT_HOURS: list[StoredHours] = [
    {"day": day, "start_time": "09:00:00", "end_time": "17:00:00", "breaks": []} for day in list(DAYS)[:5]
]
_WINDOW = {"start_time": str, "end_time": str, "breaks": [{"start_time": str, "end_time": str}]}
#: What the three readers take.
WORKHOURS = [{"day": Literal[tuple(DAYS)], **_WINDOW}]
DAYSOFF = [{"name": str, "start_date": date, "end_date": date, "repeat": bool}]
SPECIAL_DAYS = [{"start_date": date, "end_date": date, **_WINDOW, "services": [int]}]


#: Values of import documents, which may be written in several ways.
Text = str | int | float | None
Flag = bool | int | str | None


class BreakEntry(Entry, kw_only=True):
    start_time: Text = None
    end_time: Text = None


class HoursEntry(BreakEntry, kw_only=True):
    breaks: list[BreakEntry] | None = None


class WorkHoursEntry(HoursEntry, kw_only=True):
    day: str


class DayOffEntry(Entry, kw_only=True):
    name: Text = None
    start_date: str
    end_date: Text = None
    repeat: Flag = None


class SpecialDayEntry(HoursEntry, kw_only=True):
    start_date: str
    end_date: Text = None
    services: list[int] | str | None = None


def read_workhours(value: Any, field: str = "workhours") -> list[StoredHours]:
    """Weekly hours in one shape; a day without a start time is closed and left out.

    Raises:
        Invalid: A day, time or break is none; ``field`` is its path.
    """
    hours = []
    for index, item in enumerate(_items(value, field)):
        path = f"{field}.{index}"
        day = str(item.get("day") or "").strip().lower()
        if day not in DAYS:
            raise Invalid(field=f"{path}.day", reason="choice", value=item.get("day"))
        if item.get("start_time") in (None, ""):
            continue
        hours.append({"day": day, **_window(item, path)})
    return hours


def read_daysoff(value: Any, field: str = "daysoff") -> list[StoredHours]:
    """Days off in one shape; ``end_date`` falls back to ``start_date``."""
    days_off = []
    for index, item in enumerate(_items(value, field)):
        first, last = _range(item, f"{field}.{index}")
        repeat = str(item.get("repeat")).lower() in ("1", "true")
        days_off.append({"name": str(item.get("name") or ""), "start_date": first, "end_date": last, "repeat": repeat})
    return days_off


def read_special_days(value: Any, field: str = "special_days") -> list[StoredHours]:
    """Special days in one shape; ``services`` narrows them where there are any."""
    special_days = []
    for index, item in enumerate(_items(value, field)):
        path = f"{field}.{index}"
        first, last = _range(item, path)
        services = item.get("services")
        if isinstance(services, str):
            services = [part for part in services.split(",") if part.strip()]
        special_days.append(
            {
                "start_date": first,
                "end_date": last,
                **_window(item, path),
                "services": [_whole(number, f"{path}.services") for number in services or ()],
            }
        )
    return special_days


def _items(value: Any, field: str) -> list[Mapping[str, Any]]:
    if value in (None, ""):
        return []
    if not isinstance(value, list | tuple) or not all(isinstance(item, Mapping) for item in value):
        raise Invalid(field=field, reason="type", value=value)
    return list(value)


def _whole(value: Any, field: str) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = 0
    if not 0 < number < 2**63:
        raise Invalid(field=field, reason="type", value=value)
    return number


def _window(item: Mapping[str, Any], path: str) -> StoredHours:
    start = to_minute(item.get("start_time"), f"{path}.start_time")
    end = to_minute(item.get("end_time"), f"{path}.end_time", end=True)
    breaks = []
    for index, pause in enumerate(_items(item.get("breaks"), f"{path}.breaks")):
        low = to_minute(pause.get("start_time"), f"{path}.breaks.{index}.start_time")
        high = to_minute(pause.get("end_time"), f"{path}.breaks.{index}.end_time", end=True)
        if low == high:
            raise Invalid(field=f"{path}.breaks.{index}.end_time", reason="range", value=pause.get("end_time"))
        breaks.append({"start_time": clock(low), "end_time": clock(high)})
    return {"start_time": clock(start), "end_time": clock(end), "breaks": breaks}


def _range(item: Mapping[str, Any], path: str) -> tuple[str, str]:
    first = to_date(item.get("start_date"), f"{path}.start_date")
    last = to_date(item["end_date"], f"{path}.end_date") if item.get("end_date") else first
    if last < first:
        raise Invalid(field=f"{path}.end_date", reason="range", value=item.get("end_date"))
    return first.isoformat(), last.isoformat()
