"""Dates as WordPress and PHP parse and format them.

Wall-clock times are naive ``datetime`` here: PHP under WordPress runs in UTC and plugins store local times, so a
"wall stamp" is the timestamp of a wall-clock time that is read as if it were UTC.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.domain.locales import day_name, is_english, month_name

_EPOCH = datetime(1970, 1, 1)
_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?"
    r"(Z|[+-][0-9]{2}(?::[0-9]{2})?)?\Z"
)
_OFFSET = re.compile(r"([+-])([0-9]{1,2}):?([0-9]{2})?\Z")


@lru_cache(maxsize=64)
def site_zone(name: str) -> tzinfo:
    """The site zone: an IANA name, or a fixed offset such as ``+05:30``."""
    match = _OFFSET.match(name)
    if not match:
        return UTC if name.upper() in ("UTC", "Z", "") else ZoneInfo(name)
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))


def gmt_offset(name: str, at: datetime) -> float:
    """Hours between the site zone and UTC at an instant."""
    offset = at.astimezone(site_zone(name)).utcoffset()
    return offset.total_seconds() / 3600 if offset else 0.0


def to_wall(at: datetime, site: tzinfo) -> datetime:
    """The site's wall clock (naive) at an aware instant."""
    return at.astimezone(site).replace(tzinfo=None)


def from_wall(wall: datetime, site: tzinfo) -> datetime:
    """The UTC instant at which the site's clock shows ``wall`` (the earlier one in a fold)."""
    return wall.replace(tzinfo=site, fold=0).astimezone(UTC)


def wall_stamp(wall: datetime) -> int:
    """Seconds of a naive wall-clock time counted as if it were UTC."""
    return int((wall - _EPOCH).total_seconds())


def from_stamp(stamp: int) -> datetime | None:
    """The naive wall-clock time of a wall stamp, or None beyond the years 1 to 9999."""
    try:
        return _EPOCH + timedelta(seconds=stamp)
    except OverflowError:
        return None


def _shift(wall: datetime, delta: timedelta) -> datetime | None:
    try:
        return wall + delta
    except OverflowError:
        return None


def _lenient_datetime(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0
) -> datetime | None:
    """A time, as lenient as PHP: 30 February rolls over, and 24:00 is the next midnight."""
    if not (1 <= year <= 9999 and 0 <= month <= 12 and 0 <= day <= 31 and 0 <= hour <= 24):
        return None
    if not (0 <= minute <= 59 and 0 <= second <= 60):
        return None
    if month == 0:
        year, month = year - 1, 12
    if year < 1:
        return None
    return _shift(datetime(year, month, 1), timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second))


def parse_rfc3339(text: str) -> datetime | None:
    """A full date-time parameter, or None. Without an offset the result is naive, otherwise aware."""
    match = _RFC3339.match(text)
    if not match:
        return None
    wall = _lenient_datetime(*(int(part) for part in match.groups()[:6]))
    if wall is None or match[7] is None:
        return wall
    delta = _parse_offset(match[7])
    return None if delta is None else wall.replace(tzinfo=timezone(delta))


def _parse_offset(text: str) -> timedelta | None:
    if text in ("Z", "z"):
        return timedelta(0)
    match = _OFFSET.match(text)
    if not match or int(match[3] or 0) > 59:
        return None
    delta = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return None if delta >= timedelta(hours=24) else (-delta if match[1] == "-" else delta)


def parse_date_param(text: str, site: tzinfo, *, gmt: bool = False) -> datetime | None:
    """The UTC instant of a checked date-time parameter: its own offset, else UTC if ``gmt``, else the site's clock."""
    moment = parse_rfc3339(text)
    if moment is None:
        return None
    try:
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC) if gmt else from_wall(moment, site)
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def local_text(wall: datetime) -> str:
    """``2026-03-02T10:00:00``, the format of ``date_created``."""
    return wall.strftime("%Y-%m-%dT%H:%M:%S") if wall.year > 999 else wall.isoformat(timespec="seconds")


def format_date(wall: datetime, form: str, locale: str = "en_US") -> str:
    """A wall clock in one of PHP's ``date`` formats, with the locale's names of months and weekdays.

    A backslash escapes the next letter.
    """
    written = []
    names = {} if is_english(locale) else _names(wall, locale)
    letters = iter(form)
    for letter in letters:
        if letter == "\\":
            written.append(next(letters, ""))
        else:
            plain = _LETTERS[letter](wall) if letter in _LETTERS else letter
            written.append(names.get(letter, plain))
    return "".join(written)


def _names(wall: datetime, locale: str) -> dict[str, str]:
    return {
        "D": day_name(wall, locale, short=True),
        "l": day_name(wall, locale),
        "M": month_name(wall, locale, short=True),
        "F": month_name(wall, locale),
    }


def _ordinal(day: int) -> str:
    return "th" if 11 <= day % 100 <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


#: English names, which WordPress uses without a language pack; independent of the process's locale.
_LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LONG_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_LETTERS: dict[str, Callable[[datetime], str]] = {
    "d": lambda wall: f"{wall.day:02}",
    "j": lambda wall: str(wall.day),
    "S": lambda wall: _ordinal(wall.day),
    "D": lambda wall: _LONG_DAYS[wall.weekday()][:3],
    "l": lambda wall: _LONG_DAYS[wall.weekday()],
    "N": lambda wall: str(wall.isoweekday()),
    "w": lambda wall: str(wall.isoweekday() % 7),
    "m": lambda wall: f"{wall.month:02}",
    "n": lambda wall: str(wall.month),
    "M": lambda wall: _LONG_MONTHS[wall.month - 1][:3],
    "F": lambda wall: _LONG_MONTHS[wall.month - 1],
    "Y": lambda wall: f"{wall.year:04}",
    "y": lambda wall: f"{wall.year % 100:02}",
    "H": lambda wall: f"{wall.hour:02}",
    "G": lambda wall: str(wall.hour),
    "h": lambda wall: f"{wall.hour % 12 or 12:02}",
    "g": lambda wall: str(wall.hour % 12 or 12),
    "i": lambda wall: f"{wall.minute:02}",
    "s": lambda wall: f"{wall.second:02}",
    "a": lambda wall: "am" if wall.hour < 12 else "pm",
    "A": lambda wall: "AM" if wall.hour < 12 else "PM",
}
