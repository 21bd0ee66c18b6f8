"""Wall clock and UTC, on integers.

A *wall minute* is ``date.toordinal() * 1440 + minute of the day`` on some zone's clock; an *instant* is epoch seconds
UTC. ``zoneinfo`` runs once per zone and day; days without a transition are plain arithmetic afterwards.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.domain.schedule import Offset
from core.errors import Invalid

DAY = 1440
#: The wall minute of 1970-01-01 00:00.
EPOCH_WALL = date(1970, 1, 1).toordinal() * DAY
#: Days outside of these are refused: near the ends of the calendar ``datetime`` overflows.
FIRST_DAY = date(1900, 1, 1).toordinal()
LAST_DAY = date(9998, 12, 1).toordinal()

_OFFSET = re.compile(r"(?:UTC)?([+-])(\d{1,2})(?::?(\d{2}))?")


@lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo:
    """The zone called ``name``: an IANA name ("Europe/Berlin"), "UTC", "Z" or a fixed offset ("+05:30").

    Raises:
        Invalid: there is no such zone; field "timezone".
    """
    if name in ("UTC", "Z", "Etc/UTC"):
        return UTC
    fixed = _OFFSET.fullmatch(name)
    if fixed:
        minutes = int(fixed[2]) * 60 + int(fixed[3] or 0)
        if minutes < DAY and int(fixed[3] or 0) < 60:
            return timezone(timedelta(minutes=-minutes if fixed[1] == "-" else minutes), name)
        raise Invalid(field="timezone", reason="unknown", value=name)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, UnicodeError) as error:
        raise Invalid(field="timezone", reason="unknown", value=name) from error


def _seconds(moment: datetime) -> int:
    offset = moment.utcoffset()
    return offset.days * 86400 + offset.seconds if offset else 0


@lru_cache(maxsize=65536)
def _wall_offset(name: str, day: int) -> int | None:
    """The offset in seconds that holds all through the wall day ``day``; None when it changes within."""
    tz = zone(name)
    midnight = datetime.fromordinal(day)
    offsets = {
        _seconds((midnight + timedelta(hours=hours)).replace(tzinfo=tz, fold=fold))
        for hours in (-3, 0, 6, 12, 18, 24, 27)
        for fold in (0, 1)
    }
    return offsets.pop() if len(offsets) == 1 else None


@lru_cache(maxsize=65536)
def _utc_offset(name: str, day: int) -> int | None:
    """The offset in seconds that holds all through the UTC day ``day`` (days since 1970)."""
    tz = zone(name)
    offsets = {_seconds(datetime.fromtimestamp(day * 86400 + hours * 3600, tz)) for hours in (0, 6, 12, 18, 24)}
    return offsets.pop() if len(offsets) == 1 else None


def offset_by_day(name: str, first: int, last: int) -> list[int | None]:
    """For each of the wall days ``first``..``last`` the offset in seconds; None where it changes within the day."""
    return [_wall_offset(name, day) for day in range(first, last + 1)]


def _wall_datetime(wall: int) -> datetime:
    return datetime.fromordinal(wall // DAY) + timedelta(minutes=wall % DAY)


def wall_to_utc(wall: int, name: str) -> int | None:
    """The instant of a wall minute; None inside a gap of the clock, the first of two where it is put back."""
    offset = _wall_offset(name, wall // DAY)
    if offset is not None:
        return (wall - EPOCH_WALL) * 60 - offset
    instant = wall_to_utc_forward(wall, name)
    return instant if utc_to_wall(instant, name) == wall else None


def wall_to_utc_forward(wall: int, name: str) -> int:
    """As ``wall_to_utc``, but a wall minute inside a gap counts from the start of the gap. For midnights."""
    offset = _wall_offset(name, wall // DAY)
    if offset is None:
        offset = _seconds(_wall_datetime(wall).replace(tzinfo=zone(name)))
    return (wall - EPOCH_WALL) * 60 - offset


def utc_to_wall(instant: int, name: str) -> int:
    """The wall minute that the clock of the zone shows at ``instant`` (seconds are cut off)."""
    offset = _utc_offset(name, instant // 86400)
    if offset is None:
        offset = _seconds(datetime.fromtimestamp(instant, zone(name)))
    return EPOCH_WALL + (instant + offset) // 60


def add_months(day: int, months: int) -> int:
    """The ordinal ``months`` later; a day the month does not have becomes its last."""
    start = date.fromordinal(day)
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    for day_of_month in (start.day, 30, 29, 28):
        try:
            return date(year, month + 1, day_of_month).toordinal()
        except ValueError:
            continue
    raise OverflowError(f"no such year: {year}")


def add_offset(instant: int, offset: Offset, name: str) -> int:
    """``instant`` plus an offset: minutes and hours elapse, days, weeks and months are counted on the wall clock."""
    if offset.unit == "minute":
        return instant + offset.value * 60
    if offset.unit == "hour":
        return instant + offset.value * 3600
    wall = utc_to_wall(instant, name)
    day, minute = divmod(wall, DAY)
    if offset.unit == "month":
        day = add_months(day, offset.value)
    else:
        day += offset.value * (7 if offset.unit == "week" else 1)
    return wall_to_utc_forward(min(day, LAST_DAY) * DAY + minute, name) + instant % 60
