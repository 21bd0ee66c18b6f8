"""Parses date texts as PHP's ``strtotime`` does: all formats of its manual; at each position the longest match wins.

Wall-clock times are naive ``datetime`` here; see ``core.wordpress.dates``. (No package on PyPI parses these formats:
dateutil and dateparser accept others and give other dates.)
"""

import re
from datetime import date, datetime, timedelta
from urllib.parse import unquote_plus
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.wordpress.date_formats import MONTHS, NUMBERS, patterns

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
#: Hours ahead of UTC; other zones go by their name in the zone database.
_ZONES = {
    "utc": 0, "gmt": 0, "z": 0, "wet": 0, "bst": 1, "cet": 1, "west": 1, "cest": 2, "eet": 2, "sast": 2, "eest": 3,
    "msk": 3, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "ast": -4, "adt": -3, "est": -5,
    "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10,
}  # fmt: skip
_PLAIN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?\Z")
_STAMP = re.compile(r"@[0-9]{1,11}\Z")
_EPOCH = datetime(1970, 1, 1)


def parse_date_text(text: str, now: datetime, *, decode: bool = True) -> datetime | None:
    """Parse a date text.

    Args:
        text: ``2026-03-02``, ``2026-03-02T10:00:00Z``, ``2-3-2026``, ``3/2/2026``, ``2 Mar 2026 4pm``, ``2026-W18-1``,
            ``tomorrow``, ``+3 weekdays``, ``third friday of march``, ``@1772445600``, and combinations.
        now: The site's wall clock (naive), the base of relative formats.
        decode: Decode percent-encoding once more first, and twice for double-encoded texts.

    Returns:
        A naive wall-clock time; with an offset in the text it is in UTC. None for a text that is no date.
    """
    if len(text) > 200:
        return None
    if _STAMP.match(text):
        return _EPOCH + timedelta(seconds=int(text[1:]))
    if decode:
        text = unquote_plus(text)
        # Remaining percent signs mean that it was encoded twice; otherwise a plus sign is literal.
        text = unquote_plus(text) if "%" in text else text
    if _PLAIN.match(text):
        # Nearly every client sends this format: skip the other patterns.
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    rest = re.sub(r"\s+", " ", text.replace("\0", "").replace("\ufffd", " ")).strip()
    if not rest:
        return None
    try:
        return _Reader(now).read(rest)
    except (ValueError, OverflowError):
        return None


class _Reader:
    """Parses one text: collects all parts first, then applies them to ``now`` in PHP's order."""

    def __init__(self, now: datetime) -> None:
        self._now = now.replace(microsecond=0)
        self._date: dict[str, int] = {}
        self._dated = self._timed = False
        self._clock: tuple[int, int, int] | None = None
        self._offset: timedelta | ZoneInfo | None = None
        self._shifts: dict[str, int] = {}
        self._weekday: int | None = None
        #: 0: after today, unless weeks go back; 1: today counts; 2: of the week from Monday.
        self._weekday_mode = 0
        self._workdays: int | None = None
        self._edge = ""

    def read(self, rest: str) -> datetime | None:
        while rest := rest.lstrip(" .,;\t"):
            token = self._longest(rest)
            if token is None:
                return None
            kind, match = token
            getattr(self, f"_{kind}_")(match)
            rest = rest[match.end() :]
        return self._result()

    @staticmethod
    def _longest(rest: str) -> tuple[str, re.Match[str]] | None:
        best = None
        for kind, pattern in patterns():
            match = pattern.match(rest)
            if match and match.end() and (best is None or match.end() > best[1].end()):
                best = kind, match
        return best

    # One method per format ------------------------------------------------------------------------------------------

    def _word_(self, match: re.Match[str]) -> None:
        word = match["word"].lower()
        if word == "now":
            return
        self._forget_time()
        if word == "noon":
            self._timed, self._clock = True, (12, 0, 0)
        self._shift("day", {"tomorrow": 1, "yesterday": -1}.get(word, 0))

    def _stamp_(self, match: re.Match[str]) -> None:
        self._set_date(1970, 1, 1)
        self._set_clock(0, 0, 0)
        self._shift("second", int(match["stamp"]))
        self._set_offset(timedelta(0))

    def _edge_(self, match: re.Match[str]) -> None:
        self._edge = match["edge"].lower()

    def _around_(self, match: re.Match[str]) -> None:
        hour = _hour(match)
        self._set_clock(*((hour, 15, 0) if match["around"].lower() == "back" else (hour - 1, 45, 0)))

    def _weekday_of_(self, match: re.Match[str]) -> None:
        self._forget_time()
        count = NUMBERS[match["number"].lower()]
        self._edge = "weekday" if count > 0 else "last weekday"
        self._to_weekday(match["unit"], count, 1 if count >= 0 else 0)

    def _time_(self, match: re.Match[str]) -> None:
        parts = match.groupdict()
        self._set_clock(_hour(match), int(parts.get("minute") or 0), int(parts.get("second") or 0))
        self._zoned(parts)

    def _digits_(self, match: re.Match[str]) -> None:
        """Four digits are a time; after a time they are a year."""
        if self._timed:
            self._date["year"] = int(match[0])
        else:
            self._time_(match)

    def _date_(self, match: re.Match[str]) -> None:
        parts = match.groupdict()
        self._set_date(_year(parts), _month(parts), int(parts.get("day") or 1))

    def _month_day_(self, match: re.Match[str]) -> None:
        self._date_(match)

    def _date_time_(self, match: re.Match[str]) -> None:
        self._date_(match)
        self._time_(match)

    def _day_of_year_(self, match: re.Match[str]) -> None:
        self._set_date(int(match["year"]), 1, int(match["nth"]))

    def _week_(self, match: re.Match[str]) -> None:
        first = date.fromisocalendar(int(match["year"]), 1, 1)
        weekday = 1 if match["weekday"] is None else int(match["weekday"])
        day = first + timedelta(weeks=int(match["week"]) - 1, days=weekday - 1)
        self._set_date(day.year, day.month, day.day)

    def _year_(self, match: re.Match[str]) -> None:
        self._date["year"] = int(match["year"])

    def _month_(self, match: re.Match[str]) -> None:
        self._set_date(None, _month(match.groupdict()), None)

    def _ago_(self, match: re.Match[str]) -> None:
        self._shifts = {unit: -count for unit, count in self._shifts.items()}
        self._workdays = self._workdays and -self._workdays

    def _weekday_(self, match: re.Match[str]) -> None:
        self._forget_time()
        if match["unit"].lower().startswith("weekday"):
            self._workdays = 0
            return
        self._weekday = _DAYS.index(match["unit"].lower()[:3])
        self._weekday_mode = self._weekday_mode or 1

    def _in_week_(self, match: re.Match[str]) -> None:
        self._shift("day", 7 * NUMBERS[match["number"].lower()])
        self._weekday_mode = 2

    def _shift_(self, match: re.Match[str]) -> None:
        amount, unit = match["number"].lower(), match["unit"].lower()
        named = amount in NUMBERS
        digits = re.sub(r"[^0-9]", "", amount)
        count = NUMBERS[amount] if named else int(digits) * (-1) ** amount.count("-")
        if unit.startswith("weekday"):
            self._workdays = (self._workdays or 0) + count
        elif unit[:3] in _DAYS and not unit.startswith("month"):
            self._to_weekday(unit, count, int(not named or amount == "this"))
        else:
            self._shift(unit, count)
            return
        if named:
            self._forget_time()

    def _zone_(self, match: re.Match[str]) -> None:
        self._zoned(match.groupdict())

    # Collecting -----------------------------------------------------------------------------------------------------

    def _set_date(self, year: int | None, month: int, day: int | None) -> None:
        if self._dated:
            raise ValueError("two dates")
        self._dated = True
        parts = {"year": year, "month": month, "day": day}
        self._date |= {name: value for name, value in parts.items() if value is not None}

    def _set_clock(self, hour: int, minute: int, second: int) -> None:
        if self._timed:
            raise ValueError("two times")
        self._timed, self._clock = True, (hour, minute, second)

    def _forget_time(self) -> None:
        self._timed, self._clock = False, (0, 0, 0)

    def _shift(self, unit: str, count: int) -> None:
        name, factor = next((name, factor) for begin, name, factor in _SHIFTS if unit.startswith(begin))
        self._shifts[name] = self._shifts.get(name, 0) + factor * count

    def _to_weekday(self, unit: str, count: int, mode: int) -> None:
        self._weekday, self._weekday_mode = _DAYS.index(unit.lower()[:3]), mode
        self._shift("day", 7 * (count - 1 if count > 0 else count))

    def _zoned(self, parts: dict[str, str | None]) -> None:
        if offset := parts.get("offset"):
            self._set_offset(_delta(offset))
        elif name := parts.get("zone"):
            if name.lower() in _ZONES:
                self._set_offset(timedelta(hours=_ZONES[name.lower()]))
            elif "/" in name:
                self._set_offset(_zone_named(name))
            else:
                raise ValueError("no such zone")

    def _set_offset(self, offset: timedelta | ZoneInfo) -> None:
        if self._offset is not None:
            raise ValueError("two zones")
        self._offset = offset

    # Applying -------------------------------------------------------------------------------------------------------

    def _result(self) -> datetime | None:
        now = self._now
        clock = self._clock
        if clock is None:
            clock = (0, 0, 0) if self._dated else (now.hour, now.minute, now.second)
        year, month = self._date.get("year", now.year), self._date.get("month", now.month)
        day = self._date.get("day", now.day)
        months = self._shifts.get("month", 0)
        if self._edge:
            day = 1
        if self._edge.endswith("weekday"):
            month, months = month + months + self._edge.startswith("last"), 0
        moment = _at(year, month, day) + timedelta(hours=clock[0], minutes=clock[1], seconds=clock[2])
        if self._weekday is not None or self._weekday_mode == 2:
            moment += timedelta(days=self._days_to_weekday(moment))
        moment = _at(moment.year + self._shifts.get("year", 0), moment.month + months, moment.day, moment)
        if self._edge in ("first", "last"):
            # A shift in days may change the month, which then counts.
            moment += timedelta(days=self._shifts.pop("day", 0))
            moment = _at(moment.year, moment.month + (self._edge == "last"), 1, moment)
            moment -= timedelta(days=self._edge == "last")
        moment += timedelta(days=self._shifts.get("day", 0), seconds=self._shifts.get("second", 0))
        moment = _workdays_on(moment, self._workdays or 0)
        if isinstance(self._offset, ZoneInfo):
            return moment - (moment.replace(tzinfo=self._offset).utcoffset() or timedelta(0))
        return moment - self._offset if self._offset else moment

    def _days_to_weekday(self, moment: datetime) -> int:
        today = moment.isoweekday() % 7
        if self._weekday_mode == 2:
            target = today if self._weekday is None else self._weekday
            return (target or 7) - (today or 7)
        distance = (self._weekday or 0) - today
        back = self._shifts.get("day", 0) < 0
        if (back and distance < 0) or (not back and distance <= -self._weekday_mode):
            distance += 7
        return distance


#: Prefix of a unit, the unit it is counted in, and the factor; the first match wins.
_SHIFTS = (
    ("sec", "second", 1), ("min", "second", 60), ("hour", "second", 3600), ("day", "day", 1), ("week", "day", 7),
    ("fort", "day", 14), ("forth", "day", 14), ("month", "month", 1), ("year", "year", 1),
    # Fractions of a second are dropped.
    ("m", "second", 0), ("u", "second", 0),
)  # fmt: skip


def _at(year: int, month: int, day: int, clock: datetime | None = None) -> datetime:
    """A day with PHP's leniency: 30 February rolls over, month 13 is the next year's first."""
    years, month = divmod(month - 1, 12)
    first = datetime(year + years, month + 1, 1)
    if clock is not None:
        first = first.replace(hour=clock.hour, minute=clock.minute, second=clock.second)
    return first + timedelta(days=day - 1)


def _workdays_on(moment: datetime, count: int) -> datetime:
    if abs(count) > 10_000:
        raise OverflowError("too many weekdays")
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        moment += step
        while moment.isoweekday() > 5:
            moment += step
    return moment


def _hour(match: re.Match[str]) -> int:
    hour, half = int(match["hour"]), match.groupdict().get("half")
    return hour % 12 + (12 if half.lower() == "p" else 0) if half else hour


def _year(parts: dict[str, str | None]) -> int | None:
    text = parts.get("year")
    if text is None:
        return None
    year = int(text)
    return year + (2000 if year < 70 else 1900) if year < 100 and len(text) < 4 else year


def _month(parts: dict[str, str | None]) -> int:
    named = parts.get("named")
    if named is None:
        return int(parts["month"] or 0)
    if named in _ROMAN:
        return _ROMAN.index(named) + 1
    return MONTHS.index(named.lower()[:3]) + 1


def _delta(text: str) -> timedelta:
    digits = text[1:]
    hours, _, minutes = digits.partition(":") if ":" in digits else (digits[:-2] or digits, "", digits[-2:])
    if ":" not in digits and len(digits) <= 2:
        hours, minutes = digits, "0"
    delta = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if delta >= timedelta(hours=24):
        raise ValueError("no such offset")
    return -delta if text[0] == "-" else delta


def _zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo("/".join(part[:1].upper() + part[1:] for part in name.split("/")))
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError("no such zone") from error
