"""Dates and times as the API writes them: the tenant's wall clock, without an offset (README, "Requests")."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from core.domain.zones import zone
from core.errors import Invalid

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"(\d{2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)? ?(Z|z|[+-]\d{2}:?\d{2})?", re.ASCII
)
DAY = 1440


def to_date(text: Any, field: str) -> date:
    """``YYYY-MM-DD``."""
    if isinstance(text, str) and _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise Invalid(field=field, reason="date", value=text)


def to_minute(text: Any, field: str, *, end: bool = False) -> int:
    """``HH:mm`` or ``HH:mm:00`` as a minute of the day; ``24:00`` only as an end."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match and int(match[2]) < 60 and not int(match[3] or 0):
        minute = int(match[1]) * 60 + int(match[2])
        if minute < DAY or (end and minute == DAY):
            return minute
    raise Invalid(field=field, reason="time", value=text)


def to_wall(text: Any, zone_name: str, field: str, *, seconds: bool = False) -> datetime:
    """A date-time on the wall clock of a zone; one with an offset or ``Z`` is converted to it.

    Args:
        seconds: Accept other seconds than zero; appointments start on a minute.
    """
    match = _MOMENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise Invalid(field=field, reason="date_time", value=text)
    day, hour, minute, second, offset = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day} {hour}:{minute}:{second or '00'}")
        if offset:
            moment = _to_utc(moment, offset).astimezone(zone(zone_name)).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise Invalid(field=field, reason="date_time", value=text) from None
    if moment.second and not seconds:
        raise Invalid(field=field, reason="date_time", value=text)
    return moment


def _to_utc(moment: datetime, offset: str) -> datetime:
    if offset in "Zz":
        return moment.replace(tzinfo=UTC)
    digits = offset[1:].replace(":", "")
    distance = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return (moment + (distance if offset[0] == "-" else -distance)).replace(tzinfo=UTC)


def from_wall(moment: datetime) -> str:
    """``YYYY-MM-DD HH:mm:ss``."""
    return moment.isoformat(sep=" ", timespec="seconds")


def from_instant(moment: datetime, zone_name: str) -> str:
    """An aware instant on the tenant's clock."""
    return from_wall(moment.astimezone(zone(zone_name)).replace(tzinfo=None))


def from_minute(minute: int) -> str:
    """A minute of the day as ``HH:mm``; the day's end is ``24:00``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def today(now: datetime, zone_name: str) -> date:
    """The tenant's date at an instant."""
    return now.astimezone(zone(zone_name)).date()
