"""Dates as WordPress and PHP read and write them.

Wall-clock times are naive ``datetime`` here: PHP under WordPress runs in UTC and plugins store what the shop's clock
shows, so a "wall stamp" is the wall clock counted as if it were UTC.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from urllib.parse import unquote_plus
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1)
_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?"
    r"(Z|[+-][0-9]{2}(?::[0-9]{2})?)?\Z"
)
_OFFSET = re.compile(r"([+-])([0-9]{1,2}):?([0-9]{2})?\Z")


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo:
    """The site zone: an IANA name, or a fixed offset such as ``+05:30``."""
    found = _OFFSET.match(name)
    if not found:
        return UTC if name.upper() in ("UTC", "Z", "") else ZoneInfo(name)
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))


def gmt_offset(name: str, at: datetime) -> float:
    """Hours between the site zone and UTC at an instant."""
    return at.astimezone(zone(name)).utcoffset().total_seconds() / 3600


def to_wall(at: datetime, site: tzinfo) -> datetime:
    """The site's wall clock (naive) at an aware instant."""
    return at.astimezone(site).replace(tzinfo=None)


def from_wall(wall: datetime, site: tzinfo) -> datetime:
    """The UTC instant at which the site's clock shows ``wall`` (the first one where it shows it twice)."""
    return wall.replace(tzinfo=site, fold=0).astimezone(UTC)


def wall_stamp(wall: datetime) -> int:
    """Seconds of a naive wall-clock time counted as if it were UTC."""
    return int((wall - _EPOCH).total_seconds())


def stamp_of(at: datetime, site: tzinfo) -> int:
    """The wall stamp of an aware instant."""
    return wall_stamp(to_wall(at, site))


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


def _build(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime | None:
    """A time with PHP's leniency: day 30 of February rolls over, 24:00 is the next midnight."""
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
    found = _RFC3339.match(text)
    if not found:
        return None
    wall = _build(*(int(part) for part in found.groups()[:6]))
    if wall is None or found[7] is None:
        return wall
    delta = _offset(found[7])
    return None if delta is None else wall.replace(tzinfo=timezone(delta))


def _offset(text: str) -> timedelta | None:
    if text in ("Z", "z"):
        return timedelta(0)
    found = _OFFSET.match(text)
    if not found or int(found[3] or 0) > 59:
        return None
    delta = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return None if delta >= timedelta(hours=24) else (-delta if found[1] == "-" else delta)


def parse_param(text: str, site: tzinfo, *, gmt: bool = False) -> datetime | None:
    """The UTC instant of a checked date-time parameter: its own offset, else UTC if ``gmt``, else the site's clock."""
    found = parse_rfc3339(text)
    if found is None:
        return None
    try:
        if found.tzinfo is None:
            return found.replace(tzinfo=UTC) if gmt else from_wall(found, site)
        return found.astimezone(UTC)
    except OverflowError:
        return None


_TIME = r"(?:([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?\s*([ap]\.?m\.?)?|([0-9]{1,2})\s*([ap]\.?m\.?))"
_FORMS = [
    (re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})"), "ymd"),
    (re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})"), "mdy"),
    (re.compile(r"([0-9]{1,2})[-.]([0-9]{1,2})[-.]([0-9]{4})"), "dmy"),
    (re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?![0-9:])"), "ymd"),
    (re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})\.?,?[ -]([0-9]{4})"), "dMy"),
    (re.compile(r"([a-z]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})"), "Mdy"),
    (re.compile(r"([0-9]{4})-([a-z]{3,9})-([0-9]{1,2})"), "yMd"),
    (re.compile(r"([a-z]{3,9})\.?[ -]([0-9]{4})"), "My"),
    (re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})(?![a-z])"), "dM"),
    (re.compile(r"([a-z]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?(?![0-9:])"), "Md"),
    (re.compile(r"([0-9]{4})-([0-9]{1,2})(?![-0-9])"), "ym"),
    (re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{2})(?![0-9])"), "mdy"),
    (re.compile(r"([0-9]{2})-([0-9]{1,2})-([0-9]{1,2})(?![0-9])"), "ymd"),
    (re.compile(r"([0-9]{1,2})/([0-9]{1,2})(?![/0-9])"), "md"),
]
#: A time without colons, behind the ``t`` that ends a date.
_BARE_TIME = re.compile(r"t([0-9]{2})([0-9]{2})?([0-9]{2})?(?![0-9:])")
_FOUR_DIGITS = re.compile(r"([01][0-9]|2[0-4])([0-5][0-9])(?![0-9:])")
_EDGE = re.compile(r"(first|last) day of(?![a-z])")
_MONTH_NAMES = re.compile(
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\Z"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RELATIVE = re.compile(
    r"(?:([+-]?\s*[0-9]{1,6})|(next|last|previous|this))\s*"
    r"(sec(?:ond)?|min(?:ute)?|hour|day|week|fortnight|month|year|mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|"
    r"thu(?:rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)s?(?:\s+(ago))?(?![a-z])"
)
_ZONE = re.compile(r"(?:utc|gmt|z)?\s*([+-][0-9]{1,2}(?::?[0-9]{2})?)(?![0-9])|(?:utc|gmt|z)(?![a-z])")


def parse_loose(text: str, now: datetime, *, decode: bool = True) -> datetime | None:
    """Read a date text as PHP's ``strtotime`` does, as far as clients use it.

    Args:
        text: ``2026-03-02``, ``2026-03-02T10:00:00Z``, ``2-3-2026``, ``3/2/2026``, ``2 Mar 2026 4pm``, ``tomorrow``,
            ``+3 days``, ``next monday``, ``@1772445600``, and combinations.
        now: The site's wall clock (naive) that relative words start from.
        decode: Undo one more round of percent-encoding first, and another where there is one.

    Returns:
        A naive wall-clock time; an offset in the text is turned into UTC digits. None when it cannot be read.
    """
    if len(text) > 200:
        return None
    if decode:
        text = unquote_plus(text)
        # Where percent signs are left it was encoded once more; else a plus sign is meant as it stands.
        text = unquote_plus(text) if "%" in text else text
    rest = re.sub(r"\s+", " ", text.replace("\0", "").replace("\ufffd", " ")).strip().lower()
    if re.fullmatch(r"@-?[0-9]{1,13}", rest):
        return from_stamp(int(rest[1:]))
    return _Reader(rest, now).read() if rest else None


class _Reader:
    """One pass over a date text, eating what it knows; whatever is left over makes the text unreadable."""

    def __init__(self, rest: str, now: datetime) -> None:
        self._rest = rest
        self._wall: datetime | None = now.replace(microsecond=0)
        self._dated = self._timed = self._clocked = False
        self._shifts: list[tuple[int, str]] = []
        self._delta: timedelta | None = None
        self._edge = ""

    def read(self) -> datetime | None:
        while self._rest and self._wall is not None:
            if not (self._word() or self._date() or self._relative() or self._time() or self._zone()):
                return None
            self._rest = self._rest.lstrip(" ,")
        if self._wall is None:
            return None
        if self._dated and not self._timed:
            self._wall = self._wall.replace(hour=0, minute=0, second=0)
        if self._edge:
            self._wall = self._wall.replace(day=1)
        for count, unit in self._shifts:
            self._wall = self._wall and _move(self._wall, count, unit)
        if self._edge == "last":
            self._wall = self._wall and _move(self._wall, 1, "month")
            self._wall = self._wall and _move(self._wall, -1, "day")
        return _shift(self._wall, -self._delta) if self._wall and self._delta else self._wall

    def _word(self) -> bool:
        found = _EDGE.match(self._rest)
        if found:
            self._edge = found[1]
            return self._eat(found)
        found = re.match(r"(now|today|midnight|noon|tomorrow|yesterday)(?![a-z])", self._rest)
        if not found:
            return False
        if found[1] != "now":
            self._wall = self._wall.replace(hour=12 if found[1] == "noon" else 0, minute=0, second=0)
            self._timed = True
        self._shifts.append(({"tomorrow": 1, "yesterday": -1}.get(found[1], 0), "day"))
        return self._eat(found)

    def _date(self) -> bool:
        for form, order in _FORMS:
            found = None if self._dated else form.match(self._rest)
            if not found:
                continue
            parts = dict(zip(order, found.groups(), strict=True))
            if "M" in parts and not _MONTH_NAMES.match(parts["M"]):
                continue
            month = _MONTHS.index(parts["M"][:3]) + 1 if "M" in parts else int(parts["m"])
            self._dated = True
            clock = (self._wall.hour, self._wall.minute, self._wall.second) if self._timed else (0, 0, 0)
            year = int(parts.get("y", self._wall.year))
            if len(parts.get("y", "")) == 2:
                year += 2000 if year < 70 else 1900
            self._wall = _build(year, month, int(parts.get("d", 1)), *clock)
            self._eat(found)
            bare = _BARE_TIME.match(self._rest) if self._wall else None
            if bare:
                return self._at(bare, *(int(part or 0) for part in bare.groups()))
            self._rest = re.sub(r"^t(?=[0-9])", "", self._rest)
            return True
        return False

    def _time(self) -> bool:
        found = None if self._clocked else re.match(_TIME, self._rest)
        if not found:
            found = None if self._dated or self._timed else _FOUR_DIGITS.match(self._rest)
            return bool(found) and self._at(found, int(found[1]), int(found[2]), 0)
        hour, minute, second = int(found[1] or found[5]), int(found[2] or 0), int(found[3] or 0)
        half = (found[4] or found[6] or "").replace(".", "")
        if half:
            if not 1 <= hour <= 12:
                return False
            hour = hour % 12 + (12 if half == "pm" else 0)
        return self._at(found, hour, minute, second)

    def _at(self, found: re.Match[str], hour: int, minute: int, second: int) -> bool:
        base = self._wall
        self._wall = _build(base.year, base.month, base.day, hour, minute, second)
        self._timed = self._clocked = True
        return self._eat(found)

    def _relative(self) -> bool:
        found = _RELATIVE.match(self._rest)
        if found:
            steps = {"next": 1, "last": -1, "previous": -1, "this": 0}
            count = steps[found[2]] if found[2] else int(found[1].replace(" ", ""))
            self._shifts.append((-count if found[4] else count, found[3]))
            if found[3][:3] in _DAYS and found[3] != "month" and not self._timed:
                self._wall, self._timed = self._wall.replace(hour=0, minute=0, second=0), True
            return self._eat(found)
        found = re.match(r"(mon|tue|wed|thu|fri|sat|sun)[a-z]*", self._rest)
        if found and not self._dated:
            if not self._timed:
                self._wall, self._timed = self._wall.replace(hour=0, minute=0, second=0), True
            self._shifts.append((0, found[1]))
        return self._eat(found) if found else False

    def _zone(self) -> bool:
        found = _ZONE.match(self._rest) if (self._dated or self._timed) and self._delta is None else None
        if not found:
            return False
        self._delta = _offset(found[1]) if found[1] else timedelta(0)
        return self._delta is not None and self._eat(found)

    def _eat(self, found: re.Match[str]) -> bool:
        self._rest = self._rest[found.end() :]
        return True


def _move(wall: datetime, count: int, unit: str) -> datetime | None:
    if unit.startswith("month") or unit == "year":
        months = wall.year * 12 + wall.month - 1 + (count * 12 if unit == "year" else count)
        return _build(months // 12, months % 12 + 1, wall.day, wall.hour, wall.minute, wall.second)
    if unit[:3] in _DAYS:
        ahead = (_DAYS.index(unit[:3]) - wall.weekday()) % 7
        if count > 0:
            ahead = (ahead or 7) + 7 * (count - 1)
        elif count < 0:
            ahead += 7 * count
        return _shift(wall, timedelta(days=ahead))
    seconds = {"sec": 1, "min": 60, "hou": 3600, "day": 86400, "wee": 604800, "for": 1209600}
    return _shift(wall, timedelta(seconds=count * seconds[unit[:3]]))


def local_text(wall: datetime) -> str:
    """``2026-03-02T10:00:00``, the form of ``date_created`` and its like."""
    return wall.strftime("%Y-%m-%dT%H:%M:%S") if wall.year > 999 else wall.isoformat(timespec="seconds")


def formatted(wall: datetime, form: str) -> str:
    """A wall clock in one of PHP's ``date`` formats; a backslash keeps the letter behind it as it is."""
    written = []
    letters = iter(form)
    for letter in letters:
        if letter == "\\":
            written.append(next(letters, ""))
        else:
            written.append(_LETTERS[letter](wall) if letter in _LETTERS else letter)
    return "".join(written)


def _ordinal(day: int) -> str:
    return "th" if 11 <= day % 100 <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


#: English whatever the locale of the process: what WordPress writes without a language pack.
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
