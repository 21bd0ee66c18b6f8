"""The vendor's dates, times, amounts and switches: read strictly, written as the plugin prints them (sheet 3)."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from core.domain.currency import rounded
from core.errors import Invalid

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\Z", re.ASCII)
_PLUGIN_DAY = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})\Z", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::00)?\Z", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,18}\Z", re.ASCII)
_MOST = Decimal(10) ** 12


def parameter(data: dict[str, Any], name: str) -> Any:
    """A value of a create or update: empty text counts as absent there."""
    value = data.get(name)
    return None if value == "" else value


def read_int(value: Any, field: str, *, minimum: int | None = None) -> int:
    """A whole number, also as text or as ``2.0``."""
    number = value
    if isinstance(value, str):
        number = int(value.strip()) if _WHOLE.match(value.strip()) else read_amount(value, field)
    if isinstance(number, (Decimal, float)) and not isinstance(number, bool):
        found = read_amount(number, field)
        if found != found.to_integral_value():
            raise Invalid(field=field, reason="type", value=value)
        number = int(found)
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
    if abs(amount) >= _MOST or amount.as_tuple().exponent < -12 or (minimum is not None and amount < minimum):
        raise Invalid(field=field, reason="range", value=value, limit=minimum)
    return amount


def read_date(value: Any, field: str) -> date:
    """``2021-09-24`` or ``2021-9-4``; a day that does not exist is refused."""
    found = _DAY.match(value.strip()) if isinstance(value, str) else None
    try:
        return date(*map(int, found.groups()))  # type: ignore[union-attr]
    except (AttributeError, ValueError):
        raise Invalid(field=field, reason="format", value=value) from None


def read_time(value: Any, field: str) -> int:
    """``13:30`` as minutes of the day."""
    found = _CLOCK.match(value.strip()) if isinstance(value, str) else None
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise Invalid(field=field, reason="format", value=value)
    return int(found[1]) * 60 + int(found[2])


def read_switch(value: Any, field: str) -> str:
    """``on`` or ``off``, in lower case."""
    if not isinstance(value, str) or value.lower() not in ("on", "off"):
        raise Invalid(field=field, reason="choice", value=value)
    return value.lower()


def parse_settings_date(text: Any) -> date | None:
    """A date of the settings: ``29-9-2021``, or ``2021-09-29`` where the plugin stores that; None for neither."""
    if not isinstance(text, str):
        return None
    text = text.strip()
    try:
        if found := _PLUGIN_DAY.match(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date(*map(int, found.groups())) if (found := _DAY.match(text)) else None
    except ValueError:
        return None


def format_settings_date(day: date) -> str:
    """``29-9-2021``."""
    return f"{day.day}-{day.month}-{day.year}"


def iso_weekday(weekday: int) -> int:
    """The plugin's weekday (0 is Sunday) as ISO's (7 is Sunday)."""
    return weekday or 7


def wall_time(day: date, minute: int = 0) -> datetime:
    """A wall-clock moment; minute 1440 is the next midnight."""
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def minute_of_day(clock: datetime) -> int:
    return clock.hour * 60 + clock.minute


def format_digits(clock: datetime) -> str:
    """``20210921090000``."""
    return f"{clock.year:04}{clock:%m%d%H%M%S}"


def format_date(clock: date) -> str:
    """``2021-09-21``."""
    return f"{clock.year:04}-{clock.month:02}-{clock.day:02}"


def format_time_12(clock: datetime) -> str:
    """``09:00 AM``."""
    return f"{clock.hour % 12 or 12:02}:{clock.minute:02} {'AM' if clock.hour < 12 else 'PM'}"


def format_time_24(clock: datetime) -> str:
    """``09:00``."""
    return f"{clock.hour:02}:{clock.minute:02}"


def format_minutes(minute: int) -> str:
    """Minutes of the day as ``09:00``; the end of the day is ``00:00``."""
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def format_us_date(clock: datetime) -> str:
    """``09/21/21``."""
    return f"{clock.month:02}/{clock.day:02}/{clock.year % 100:02}"


def format_utc(moment: datetime) -> str:
    """``2021-09-21T04:23:33Z``."""
    moment = moment.astimezone(UTC)
    return f"{moment.year:04}{moment:-%m-%dT%H:%M:%SZ}"


def parse_utc(text: str) -> datetime | None:
    """The instant that ``utc_text`` wrote; None for anything else."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return None


def format_amount(amount: Decimal, currency: str = "") -> str:
    """No more decimals than the currency has, no trailing zeros, no point when whole: ``200``, ``99.5``."""
    text = f"{rounded(amount, currency):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def json_amount(amount: Decimal, currency: str = "") -> int | Decimal:
    """An amount as a JSON number: whole ones without a point."""
    if amount == amount.to_integral_value():
        return int(amount)
    return rounded(amount, currency)
