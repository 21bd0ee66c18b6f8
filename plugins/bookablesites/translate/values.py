"""Amounts, dates, times and zones as the API writes them, and what this dialect stores with a record of core.

Dates and times are the tenant's wall clock, without an offset (README, "Requests").
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from frontdesk.errors import Invalid
from frontdesk.money import exponent, rounded
from frontdesk.times import zone

NAME = "bookablesites"
MAX_AMOUNT = Decimal(10) ** 12
_COUNT_WORDS = ("no", "one", "two", "three", "four")
DAY = 1440
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"(\d{2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)? ?(Z|z|[+-]\d{2}:?\d{2})?", re.ASCII
)


def to_amount(value: Decimal, field: str, *, currency: str) -> Decimal:
    """Check an amount of money: not negative, with no more decimals than the currency has.

    Raises:
        Invalid: "amount", "decimals" or "no_decimals".
    """
    if not value.is_finite() or not 0 <= value <= MAX_AMOUNT:
        raise Invalid(field=field, reason="amount", value=str(value))
    if value != rounded(value, currency):
        decimals = exponent(currency)
        reason = "decimals" if decimals else "no_decimals"
        raise Invalid(field=field, reason=reason, value=str(value), limit=_COUNT_WORDS[decimals])
    return value


def to_zone(name: str | None, field: str = "timezone") -> str:
    """Check the name of a time zone; an empty name stays empty."""
    if not name:
        return ""
    try:
        zone(name)
    except Invalid:
        raise Invalid(field=field, reason="zone", value=name) from None
    return name


def none_if_empty(text: str | None) -> str | None:
    """Empty texts are null in replies."""
    return text or None


# -- dates and times ---------------------------------------------------------------------------------------------------


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


# -- extras ------------------------------------------------------------------------------------------------------------


class Record(Protocol):
    """Any of core's records that dialects store fields with."""

    @property
    def extras(self) -> Mapping[str, Any]: ...


def stored_extras(record: Record) -> dict[str, Any]:
    """The fields this dialect stores with a record; treat them as read-only."""
    return record.extras.get(NAME) or {}


def with_own_extras(record: Record | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A record's extras with this dialect's part replaced; those of other dialects stay."""
    return {**(record.extras if record is not None else {}), NAME: dict(fields)}
