"""What a price request means, in the fields of the vendor's booking form (fact sheet, sections 5.8 and 9.2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from plugins.wc_bookings.translate.values import to_int

_FIELD = "wc_bookings_field_"
_DATE = re.compile(r"\s*(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400, "night": 86_400}


@dataclass(frozen=True, slots=True)
class Read:
    """A date text: the wall clock it names, and whether it named a time."""

    moment: datetime
    timed: bool


def read_date(text: str) -> Read | None:
    """A date or date-time as wall-clock digits, whatever offset follows them; None for what is written otherwise."""
    found = _DATE.match(text)
    if not found:
        return None
    year, month, day, hour, minute, second = found.groups()
    try:
        moment = datetime(int(year), int(month), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None
    return Read(moment, hour is not None)


def to_posted(
    product: Mapping[str, Any],
    *,
    start: Read | None,
    end: Read | None,
    duration: Any,
    persons: Any,
    resource_id: int,
) -> dict[str, Any]:
    """The booking form that asks for the same.

    Args:
        product: The product's settings.
        duration: The number of blocks; without it ``end`` says how many.
        persons: A total, or numbers by person type.
    """
    posted: dict[str, Any] = {}
    if start is not None:
        moment = start.moment
        posted[f"{_FIELD}start_date_year"] = moment.year
        posted[f"{_FIELD}start_date_month"] = moment.month
        posted[f"{_FIELD}start_date_day"] = moment.day
        posted[f"{_FIELD}start_date_yearmonth"] = f"{moment.year}-{moment.month}"
        if start.timed:
            posted[f"{_FIELD}start_date_time"] = f"{moment:%H:%M}"
    if duration not in (None, ""):
        posted[f"{_FIELD}duration"] = duration
    elif start is not None and end is not None:
        posted[f"{_FIELD}duration"] = blocks_between(product, start.moment, end)
    if isinstance(persons, Mapping):
        for kind, count in persons.items():
            posted[f"{_FIELD}persons_{to_int(kind, 0)}"] = count
    elif persons not in (None, ""):
        posted[f"{_FIELD}persons"] = persons
    if resource_id:
        posted[f"{_FIELD}resource"] = resource_id
    return posted


def blocks_between(product: Mapping[str, Any], start: datetime, end: Read) -> int:
    """How many blocks of the product fit between; a day named without a time is booked whole."""
    unit, length = str(product.get("duration_unit") or "day"), max(1, to_int(product.get("duration"), 1))
    stop = end.moment
    if stop.hour == 23 and stop.minute == 59:
        stop = (stop + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    elif not end.timed and unit in ("day", "month"):
        stop += timedelta(days=1)
    if unit == "month":
        months = (stop.year - start.year) * 12 + stop.month - start.month
        return max(0, months // length)
    return max(0, int((stop - start).total_seconds()) // (_SECONDS.get(unit, 86_400) * length))
