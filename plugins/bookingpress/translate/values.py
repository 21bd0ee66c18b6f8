"""Dates, times, amounts and vendor extras of records as the vendor writes them (README, "Transport")."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.texts import is_english, long_date, short_time
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.prices import to_price_text

NAME = "bookingpress"
#: ISO weekday by the vendor's word.
DAYS = {
    name: number
    for number, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 1)
}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\Z", re.ASCII)
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_LENGTHS = {"m": "Mins", "h": "Hours", "d": "Days"}
_UNITS = {"m": 1, "h": 60, "d": 1440}
#: Years that both databases and the engine can hold with room to spare.
_FIRST, _LAST = date(1970, 1, 1), date(9000, 1, 1)


def to_date(value: Any, field: str = "date") -> date:
    """A ``YYYY-MM-DD`` date.

    Raises:
        Invalid: It is none.
    """
    text = str(value).strip()
    if _DATE.match(text):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = _LAST
        if _FIRST <= day < _LAST:
            return day
    raise Invalid(field=field, reason="date", value=value)


def to_minute(value: Any, field: str = "time", *, end: bool = False) -> int:
    """A time of day in minutes; as an ``end``, ``00:00`` and ``24:00`` are the midnight after the day.

    Raises:
        Invalid: It is no time.
    """
    match = _TIME.match(str(value).strip())
    if match:
        minute = int(match[1]) * 60 + int(match[2])
        if int(match[2]) < 60 and int(match[3] or 0) < 60 and (minute < 1440 or (end and minute == 1440)):
            return 1440 if end and minute == 0 else minute
    raise Invalid(field=field, reason="time", value=value)


def minutes_of(amount: int, unit: str) -> int:
    """A length in minutes; ``unit`` is ``m``, ``h`` or ``d``."""
    return amount * _UNITS.get(unit, 1)


def clock(minute: int, *, seconds: bool = True) -> str:
    """Minutes of the day as ``HH:MM:SS`` or ``HH:MM``; midnight at the end of the day is ``00:00``."""
    hours, rest = divmod(minute % 1440, 60)
    return f"{hours:02d}:{rest:02d}:00" if seconds else f"{hours:02d}:{rest:02d}"


def last_day(end: datetime, *, all_day: bool) -> date:
    """The day an appointment ends on; whole days end on their last one, not at the midnight after it."""
    return (end - timedelta(minutes=1)).date() if all_day else end.date()


def stay_end(last: date, end_minute: int) -> datetime:
    """The end of a stay by its last day: the midnight after it, or the time of day at which such stays end."""
    return datetime.combine(last, time()) + timedelta(minutes=end_minute or 1440)


def stamp(moment: datetime) -> str:
    """``YYYY-MM-DD HH:MM:SS``, without an offset."""
    return moment.isoformat(" ", "seconds")[:19]


def shown_date(day: date, locale: str = "en_US") -> str:
    """WordPress's default date format, ``F j, Y``; in other languages than English that of the locale."""
    if not is_english(locale):
        return long_date(day, locale)
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def shown_time(moment: datetime | time, locale: str = "en_US") -> str:
    """WordPress's default time format, ``g:i a``; in other languages than English that of the locale."""
    if not is_english(locale):
        return short_time(time(moment.hour, moment.minute), locale)
    return f"{(moment.hour - 1) % 12 + 1}:{moment.minute:02d} {'am' if moment.hour < 12 else 'pm'}"


def shown_minute(minute: int, locale: str = "en_US") -> str:
    """Minutes of the day in ``g:i a``."""
    return shown_time((datetime(2000, 1, 1) + timedelta(minutes=minute % 1440)).time(), locale)


# A site has few prices and shows them again and again.
@lru_cache(maxsize=4096)
def number(amount: Decimal | int) -> Decimal | int:
    """An amount as a JSON number without needless zeros."""
    if not amount:
        return 0
    integer = int(amount)
    return integer if integer == amount else Decimal(amount).normalize()


def duration(amount: int, unit: str) -> str:
    """A length in words, such as ``30 Mins``."""
    return f"{amount} {_LENGTHS[unit]}"


def length_of(minutes: int, all_day: bool) -> tuple[int, str]:
    """A length as the vendor would set it: whole days, whole hours, else minutes."""
    if all_day or (minutes and minutes % 1440 == 0):
        return max(1, round(minutes / 1440)), "d"
    return (minutes // 60, "h") if minutes and minutes % 60 == 0 else (minutes, "m")


def money_text(amount: Decimal, settings: SiteSettings, symbol: str) -> str:
    """An amount as the site shows it."""
    return _money_text(
        amount,
        symbol,
        settings.price_symbol_position,
        settings.price_separator,
        settings.price_number_of_decimals,
        settings.custom_comma_separator + settings.custom_dot_separator,
    )


@lru_cache(maxsize=4096)
def _money_text(amount: Decimal, symbol: str, position: str, separator: str, decimals: int, custom: str) -> str:
    return to_price_text(
        Decimal(amount),
        symbol=symbol,
        position=position,
        separator=separator,
        decimals=decimals,
        custom=custom,
    )


def stored_extras(record: Any) -> dict[str, Any]:
    """What this dialect stores with a record beside core's fields."""
    extras: dict[str, Any] = record.extras.get(NAME) or {}
    return extras


def with_stored_extras(record: Any, **values: Any) -> dict[str, Any]:
    """The record's ``extras`` with new values under this dialect's name; those of other dialects stay."""
    return {**record.extras, NAME: {**stored_extras(record), **values}}


def is_native(record: Any) -> bool:
    """Whether the record's plan is compiled from this dialect's settings."""
    return bool(record.origin == NAME)
