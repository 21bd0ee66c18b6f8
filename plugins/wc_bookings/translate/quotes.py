"""A price request as the fields of the vendor's booking form, and its reply (README.md, "Quotes")."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from frontdesk.records import Service
from frontdesk.wordpress import php
from frontdesk.wordpress.date_texts import parse_date_text
from plugins.wc_bookings.translate.products import product_type
from plugins.wc_bookings.translate.values import to_int, to_json_number

_PREFIX = "wc_bookings_field_"
_DATE = re.compile(r"\s*(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_WALL_STAMP = re.compile(r"[0-9]{9,11}")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400, "night": 86_400}


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A date text: the wall clock it names, and whether it named a time."""

    moment: datetime
    timed: bool


def to_parsed_date(value: Any, now: datetime) -> ParsedDate | None:
    """A date as the form writes it, else whatever PHP reads; a bare number is a wall stamp. None for anything else.

    Args:
        now: The shop's wall clock.
    """
    text = php.to_text(value).strip()
    parsed = _parse_form_date(text)
    if parsed is not None:
        return parsed
    moment = parse_date_text(f"@{text}" if _WALL_STAMP.fullmatch(text) else text, now)
    return None if moment is None else ParsedDate(moment, (moment.hour, moment.minute) != (0, 0))


def _parse_form_date(text: str) -> ParsedDate | None:
    """A date or date-time as wall-clock digits, whatever offset follows them."""
    match = _DATE.match(text)
    if not match:
        return None
    year, month, day, hour, minute, second = match.groups()
    try:
        moment = datetime(int(year), int(month), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None
    return ParsedDate(moment, hour is not None)


def to_form_fields(
    settings: Mapping[str, Any],
    *,
    start: ParsedDate | None,
    end: ParsedDate | None,
    duration: Any,
    persons: Any,
    resource_id: int,
) -> dict[str, Any]:
    """The booking form that asks for the same.

    Args:
        settings: The product's.
        duration: The number of blocks; without it ``end`` says how many.
        persons: A total, or numbers by person type.
    """
    form: dict[str, Any] = {}
    if start is not None:
        moment = start.moment
        form[f"{_PREFIX}start_date_year"] = moment.year
        form[f"{_PREFIX}start_date_month"] = moment.month
        form[f"{_PREFIX}start_date_day"] = moment.day
        form[f"{_PREFIX}start_date_yearmonth"] = f"{moment.year}-{moment.month}"
        if start.timed:
            form[f"{_PREFIX}start_date_time"] = f"{moment:%H:%M}"
    if duration not in (None, ""):
        form[f"{_PREFIX}duration"] = duration
    elif start is not None and end is not None:
        form[f"{_PREFIX}duration"] = _blocks_between(settings, start.moment, end)
    counts = _to_person_counts(persons)
    if isinstance(counts, Mapping):
        for type_id, count in counts.items():
            form[f"{_PREFIX}persons_{to_int(type_id, 0)}"] = count
    elif counts is not None:
        form[f"{_PREFIX}persons"] = counts
    if resource_id:
        form[f"{_PREFIX}resource"] = resource_id
    return form


def _to_person_counts(value: Any) -> dict[Any, int] | int | None:
    """A total, or numbers by type; PHP writes a map with the keys 0, 1, 2 as a list."""
    if isinstance(value, list):
        value = {str(index): count for index, count in enumerate(value)}
    if isinstance(value, dict):
        return {type_id: max(0, php.intval(count)) for type_id, count in value.items()}
    return None if value in (None, "") else max(0, php.intval(value))


def _blocks_between(settings: Mapping[str, Any], start: datetime, end: ParsedDate) -> int:
    """How many blocks of the product fit between; a last day without a time is booked as a whole."""
    unit, length = str(settings.get("duration_unit") or "day"), max(1, to_int(settings.get("duration"), 1))
    stop = end.moment
    if stop.hour == 23 and stop.minute == 59:
        stop = (stop + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    elif not end.timed and unit in ("day", "month"):
        stop += timedelta(days=1)
    if unit == "month":
        months = (stop.year - start.year) * 12 + stop.month - start.month
        return max(0, months // length)
    return max(0, int((stop - start).total_seconds()) // (_SECONDS.get(unit, 86_400) * length))


def to_quote(
    service: Service, params: Mapping[str, Any], *, resource_id: int, cost: Decimal, currency: str
) -> dict[str, Any]:
    """The reply: a product's price, for the resource it was computed for."""
    amount = to_json_number(cost)
    return {
        "request_info": {"start": params.get("start"), "end": params.get("end")},
        "product_id": service.id,
        "bookable_name": service.name,
        "type": product_type(service),
        "resource_id": resource_id,
        "cost_breakdown": {"cost": amount, "tax": 0, "total": amount},
        "cost": amount,
        "currency": currency,
    }
