"""The vendor's dates, times, amounts, switches and words: parsed strictly, formatted as the plugin prints them.

README, "Formats". A ``read_...`` function raises ``Invalid`` with the ``field`` it gets; a ``parse_...`` one returns
None for what it cannot read.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.money import rounded

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\Z", re.ASCII)
_SETTINGS_DATE = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})\Z", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::00)?\Z", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,18}\Z", re.ASCII)
_MAX_AMOUNT = Decimal(10) ** 12


# -- parsing ----------------------------------------------------------------------------------------------------------


def parameter(body: Mapping[str, Any], name: str) -> Any:
    """A parameter of a create, an update or a price; empty text counts as missing there."""
    value = body.get(name)
    return None if value == "" else value


def read_int(value: Any, field: str, *, minimum: int | None = None) -> int:
    """A whole number, also as text or as ``2.0``."""
    number = value
    if isinstance(value, str):
        text = value.strip()
        number = int(text) if _INTEGER.match(text) else read_amount(value, field)
    if isinstance(number, (Decimal, float)):
        amount = read_amount(number, field)
        if amount != amount.to_integral_value():
            raise Invalid(field=field, reason="type", value=value)
        number = int(amount)
    if not isinstance(number, int) or isinstance(number, bool) or abs(number) >= 2**62:
        raise Invalid(field=field, reason="type", value=value)
    if minimum is not None and number < minimum:
        raise Invalid(field=field, reason="range", value=value, limit=minimum)
    return number


def read_amount(value: Any, field: str, *, minimum: int | None = None) -> Decimal:
    """An exact amount, also as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise Invalid(field=field, reason="type", value=value)
    text = str(value).strip()
    try:
        # "1_000" and full-width digits are numbers to Decimal, not to the vendor.
        amount = Decimal(text) if text.isascii() and "_" not in text and len(text) < 60 else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite():
        raise Invalid(field=field, reason="type", value=value)
    decimals = -int(amount.as_tuple().exponent)
    if abs(amount) >= _MAX_AMOUNT or decimals > 12 or (minimum is not None and amount < minimum):
        raise Invalid(field=field, reason="range", value=value, limit=minimum)
    return amount


def read_date(value: Any, field: str) -> date:
    """``2021-09-24`` or ``2021-9-4``; a date that does not exist is refused."""
    match = _DATE.match(value.strip()) if isinstance(value, str) else None
    try:
        if match:
            return date(*map(int, match.groups()))
    except ValueError:
        pass
    raise Invalid(field=field, reason="format", value=value)


def read_time(value: Any, field: str) -> int:
    """``13:30`` as minutes since midnight."""
    match = _TIME.match(value.strip()) if isinstance(value, str) else None
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise Invalid(field=field, reason="format", value=value)
    return int(match[1]) * 60 + int(match[2])


def read_switch(value: Any, field: str) -> str:
    """``on`` or ``off``, in lower case."""
    if not isinstance(value, str) or value.lower() not in ("on", "off"):
        raise Invalid(field=field, reason="choice", value=value)
    return value.lower()


def read_choices(value: Any, field: str, allowed: Mapping[str, str] | Iterable[str]) -> list[str]:
    """One word or a list of words; with a mapping, what each word stands for."""
    words = value if isinstance(value, list) else [value]
    meanings = allowed if isinstance(allowed, Mapping) else {word: word for word in allowed}
    if not words:
        raise Invalid(field=field, reason="choice", value=value)
    for word in words:
        if not isinstance(word, str) or word.strip() not in meanings:
            raise Invalid(field=field, reason="choice", value=word)
    return [meanings[word.strip()] for word in words]


def read_choice(value: Any, field: str, allowed: Mapping[str, str] | Iterable[str]) -> str:
    """One word; a list is refused."""
    if isinstance(value, list):
        raise Invalid(field=field, reason="type", value=value)
    return read_choices(value, field, allowed)[0]


def parse_settings_date(text: Any) -> date | None:
    """A date of the settings: ``29-9-2021``, or ``2021-09-29`` where the plugin stores that."""
    if not isinstance(text, str):
        return None
    text = text.strip()
    try:
        if match := _SETTINGS_DATE.match(text):
            return date(int(match[3]), int(match[2]), int(match[1]))
        return date(*map(int, match.groups())) if (match := _DATE.match(text)) else None
    except ValueError:
        return None


def parse_utc(text: str) -> datetime | None:
    """The instant that ``format_utc`` wrote."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return None


def iso_weekday(weekday: int) -> int:
    """The plugin's weekday (0 is Sunday) as ISO's (7 is Sunday)."""
    return weekday or 7


# -- formatting -------------------------------------------------------------------------------------------------------


def format_settings_date(day: date) -> str:
    """``29-9-2021``."""
    return f"{day.day}-{day.month}-{day.year}"


def format_date(day: date) -> str:
    """``2021-09-21``."""
    return f"{day.year:04}-{day.month:02}-{day.day:02}"


@lru_cache(maxsize=4096)
def format_minutes(minute: int) -> str:
    """Minutes since midnight as ``09:00``; the end of the day is ``00:00``."""
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def format_utc(instant: datetime) -> str:
    """``2021-09-21T04:23:33Z``."""
    instant = instant.astimezone(UTC)
    day, hour, minute, second = instant.date(), instant.hour, instant.minute, instant.second
    return f"{format_date(day)}T{hour:02}:{minute:02}:{second:02}Z"


# A business uses few different amounts.
@lru_cache(maxsize=4096)
def format_amount(amount: Decimal, currency: str = "") -> str:
    """``200``, ``99.5``: no more decimals than the currency has, no trailing zeros, no point when whole."""
    text = f"{rounded(amount, currency):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def json_amount(amount: Decimal, currency: str = "") -> int | Decimal:
    """An amount as a JSON number; a whole one has no point."""
    if amount == amount.to_integral_value():
        return int(amount)
    return rounded(amount, currency)
