"""The ``booking`` parameters of ``PUT`` and ``POST /products``, applied to a product's settings.

README, "Product parameters". Refusals name ``product.<parameter>``.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec

from frontdesk.errors import Invalid
from plugins.bkap.schemas import (
    BOOKING_TYPES,
    MULTI_DATE_TYPES,
    WEEKDAY_KEYS,
    WEEKDAYS,
    Cancellation,
    DateRange,
    Settings,
    SpecialPrice,
)
from plugins.bkap.translate.values import (
    format_date,
    format_settings_date,
    read_amount,
    read_date,
    read_int,
    read_switch,
)

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MAX_ADVANCE_HOURS = 1_000_000
_MAX_YEARS = 1000
_RANGE_TYPES = ("specific_dates", "custom_range", "range_months", "holidays")

_SWITCHES = {
    "enable_booking": "enable",
    "enable_inline_calendar": "inline",
    "purchase_without_date": "without_date",
    "booking_requires_confirmation": "confirmation",
}
_NUMBERS = {
    "booking_maximum_dates": "maximum_dates",
    "booking_maximum_bookings_on_date": "night_lockout",
    "booking_minimum_number_nights_book": "min_nights",
    "booking_maximum_number_nights_book": "max_nights",
}
#: Parameters that change neither calendar nor prices.
COSMETIC = frozenset({*_SWITCHES, "booking_maximum_dates"}) | {
    "booking_can_be_cancelled",
    "booking_can_be_cancelled_duration",
    "booking_can_be_cancelled_period",
}
#: Every parameter, with the shape of its values.
PARAMETERS: Mapping[str, Any] = {
    **dict.fromkeys(_SWITCHES, Literal["on", "off"]),
    "booking_requires_confirmation": Literal["on", "off", "yes", "no"],
    **dict.fromkeys(_NUMBERS, int),
    "booking_can_be_cancelled": Literal["on", "off"],
    "booking_can_be_cancelled_duration": int,
    "booking_can_be_cancelled_period": Literal["day", "hour", "minute"],
    "booking_type": Literal[tuple(BOOKING_TYPES)],
    "booking_date_fixed_time_selection": Literal["fixed", "range"],
    "booking_date_fixed_time_number_dates": int,
    "booking_date_fixed_time_min_dates": int,
    "booking_date_fixed_time_max_dates": int,
    "booking_advance_period": Decimal,
    "availability_weekday": [{"weekday": str, "status": Literal["on", "off"], "lockout": int, "price": Decimal}],
    "availability_dates_months": [
        {
            "type": Literal[_RANGE_TYPES],
            "date": (date, [date]),
            "date_from": date,
            "date_to": date,
            "month_from": str,
            "month_to": str,
            "lockout": int,
            "price": Decimal,
            "maximum_booking": int,
        }
    ],
}


def changed_settings(settings: Settings, body: Mapping[str, Any], *, today: date) -> Settings:
    """The settings with the parameters of a body applied; what is missing, null or empty stays as it is.

    Args:
        today: The shop's date; month ranges begin in its year.

    Raises:
        Invalid: ``field`` is ``product.<parameter>``.
    """
    parameters = {name: value for name, value in body.items() if name in PARAMETERS and value not in (None, "")}
    confirmation = parameters.get("booking_requires_confirmation")
    if confirmation in ("yes", "no"):
        # A record says yes or no, and a record can be sent back.
        parameters["booking_requires_confirmation"] = "on" if confirmation == "yes" else "off"
    changes: dict[str, Any] = {}
    for name, attribute in _SWITCHES.items():
        if name in parameters:
            changes[attribute] = read_switch(parameters[name], f"product.{name}")
    for name, attribute in _NUMBERS.items():
        if name in parameters:
            changes[attribute] = _read_count(parameters[name], f"product.{name}")
    min_nights = changes.get("min_nights", settings.min_nights)
    max_nights = changes.get("max_nights", settings.max_nights)
    if max_nights and min_nights > max_nights:
        raise Invalid(field="product.booking_minimum_number_nights_book", reason="range")
    if "booking_advance_period" in parameters:
        hours = read_amount(parameters["booking_advance_period"], "product.booking_advance_period", minimum=0)
        if hours > _MAX_ADVANCE_HOURS:
            raise Invalid(field="product.booking_advance_period", reason="range", value=hours)
        changes["advance_hours"] = hours
    changes |= _type_changes(settings, parameters)
    changes |= _cancellation(settings, parameters)
    settings = msgspec.structs.replace(settings, **changes)
    if "availability_weekday" in parameters:
        settings = _with_weekdays(settings, parameters["availability_weekday"])
    if "availability_dates_months" in parameters:
        settings = _with_dates(settings, parameters["availability_dates_months"], today)
    return settings


def _type_changes(settings: Settings, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The booking type, and how many dates one booking of a multi-date type takes."""
    changes: dict[str, Any] = {}
    prefix = "booking_date_fixed_time_"
    if "booking_type" in parameters:
        booking_type = parameters["booking_type"]
        if not isinstance(booking_type, str) or booking_type not in BOOKING_TYPES:
            raise Invalid(field="product.booking_type", reason="choice", value=booking_type)
        changes["booking_type"] = booking_type
        if booking_type in MULTI_DATE_TYPES and f"{prefix}selection" not in parameters:
            raise Invalid(field=f"product.{prefix}selection", reason="missing")
    selection = settings.multidates_type
    if f"{prefix}selection" in parameters:
        selection = parameters[f"{prefix}selection"]
        if selection not in ("fixed", "range"):
            raise Invalid(field=f"product.{prefix}selection", reason="choice", value=selection)
        changes["multidates_type"] = selection
        required = ("number_dates",) if selection == "fixed" else ("min_dates", "max_dates")
        for name in required:
            if f"{prefix}{name}" not in parameters:
                raise Invalid(field=f"product.{prefix}{name}", reason="missing")
    for name, attribute, minimum in (
        ("number_dates", "multidates_number", 2),
        ("min_dates", "multidates_min", 1),
        ("max_dates", "multidates_max", 1),
    ):
        if f"{prefix}{name}" in parameters:
            changes[attribute] = read_int(parameters[f"{prefix}{name}"], f"product.{prefix}{name}", minimum=minimum)
    min_dates = changes.get("multidates_min", settings.multidates_min)
    max_dates = changes.get("multidates_max", settings.multidates_max)
    if selection == "range" and min_dates > max_dates > 0:
        raise Invalid(field=f"product.{prefix}min_dates", reason="range", value=min_dates, limit=max_dates)
    return changes


def _cancellation(settings: Settings, parameters: Mapping[str, Any]) -> dict[str, Any]:
    names = [f"booking_can_be_cancelled{suffix}" for suffix in ("", "_duration", "_period")]
    switch, duration_name, period_name = names
    if not any(name in parameters for name in names):
        return {}
    cancellation = settings.cancellation
    status, duration, period = cancellation.status, cancellation.duration, cancellation.period
    if switch in parameters:
        status = read_switch(parameters[switch], f"product.{switch}")
    if (duration_name in parameters) != (period_name in parameters):
        missing = period_name if duration_name in parameters else duration_name
        raise Invalid(field=f"product.{missing}", reason="missing")
    if duration_name in parameters:
        duration = str(read_int(parameters[duration_name], f"product.{duration_name}", minimum=1))
        period = parameters[period_name]
        if period not in ("day", "hour", "minute"):
            raise Invalid(field=f"product.{period_name}", reason="choice", value=period)
    return {"cancellation": Cancellation(status="on" if status == "on" else "", duration=duration, period=period)}


def _entries(value: Any, field: str) -> list[Mapping[str, Any]]:
    """A list of maps; a single map counts as a list of one."""
    entries = [value] if isinstance(value, Mapping) else value
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise Invalid(field=field, reason="type")
    return entries


def _with_weekdays(settings: Settings, value: Any) -> Settings:
    """The weekdays of ``availability_weekday`` merged in; switching a day off clears its lockout and price."""
    field = "product.availability_weekday"
    switches, lockouts = dict(settings.weekdays), dict(settings.weekday_lockouts)
    prices = {row.booking_special_weekday: row for row in settings.special_prices if row.booking_special_weekday}
    for entry in _entries(value, field):
        name = entry.get("weekday")
        if not isinstance(name, str) or name.lower() not in WEEKDAYS:
            raise Invalid(field=f"{field}.weekday", reason="choice", value=name)
        key = WEEKDAY_KEYS[WEEKDAYS.index(name.lower())]
        status = entry.get("status")
        switch = switches.get(key) or "off" if status in (None, "") else read_switch(status, f"{field}.status")
        switches[key] = "on" if switch == "on" else ""
        if switch == "off":
            lockouts.pop(key, None)
            prices.pop(key, None)
            continue
        if entry.get("lockout") not in (None, ""):
            lockouts[key] = _read_count(entry["lockout"], f"{field}.lockout")
        if entry.get("price") not in (None, ""):
            price = read_amount(entry["price"], f"{field}.price", minimum=0)
            prices.pop(key, None)
            if price:
                prices[key] = SpecialPrice(booking_special_weekday=key, booking_special_price=price)
    date_prices = [row for row in settings.special_prices if not row.booking_special_weekday]
    weekday_prices = [prices[key] for key in WEEKDAY_KEYS if key in prices]
    return msgspec.structs.replace(
        settings,
        weekdays={key: switches[key] for key in WEEKDAY_KEYS if key in switches},
        weekday_lockouts={key: lockouts[key] for key in WEEKDAY_KEYS if key in lockouts},
        special_prices=weekday_prices + date_prices,
    )


def _with_dates(settings: Settings, value: Any, today: date) -> Settings:
    """The entries of ``availability_dates_months``: each type in it replaces all stored entries of that type."""
    field = "product.availability_dates_months"
    entries: dict[str, list[Mapping[str, Any]]] = {}
    for entry in _entries(value, field):
        if entry.get("type") not in _RANGE_TYPES:
            raise Invalid(field=f"{field}.type", reason="choice", value=entry.get("type"))
        entries.setdefault(entry["type"], []).append(entry)
    changes: dict[str, Any] = {}
    if "specific_dates" in entries:
        changes |= _specific_dates(settings, entries["specific_dates"], field)
    if "holidays" in entries:
        changes["holidays"] = {
            format_settings_date(day): _read_years(entry, field)
            for entry in entries["holidays"]
            for day in _read_dates(entry, field)
        }
    if "custom_range" in entries:
        changes["custom_ranges"] = [
            _date_range(
                read_date(entry.get("date_from"), f"{field}.date_from"),
                read_date(entry.get("date_to"), f"{field}.date_to"),
                entry,
                field,
            )
            for entry in entries["custom_range"]
        ]
    if "range_months" in entries:
        changes["month_ranges"] = [_month_range(entry, field, today) for entry in entries["range_months"]]
    return msgspec.structs.replace(settings, **changes)


def _specific_dates(settings: Settings, entries: Iterable[Mapping[str, Any]], field: str) -> dict[str, Any]:
    lockouts: dict[str, int] = {}
    date_prices: list[SpecialPrice] = []
    for entry in entries:
        lockout = _read_count(entry.get("lockout") or 0, f"{field}.lockout")
        price = read_amount(entry.get("price") or 0, f"{field}.price", minimum=0)
        for day in _read_dates(entry, field):
            lockouts[format_settings_date(day)] = lockout
            if price:
                date_prices.append(SpecialPrice(booking_special_date=format_date(day), booking_special_price=price))
    weekday_prices = [row for row in settings.special_prices if not row.booking_special_date]
    return {"specific_dates": lockouts, "special_prices": weekday_prices + date_prices}


def _read_dates(entry: Mapping[str, Any], field: str) -> Iterable[date]:
    value = entry.get("date")
    dates = [value] if isinstance(value, str) else value
    if not isinstance(dates, list) or not dates:
        raise Invalid(field=f"{field}.date", reason="missing")
    return [read_date(day, f"{field}.date") for day in dates]


def _month_range(entry: Mapping[str, Any], field: str, today: date) -> DateRange:
    """From the first day of ``month_from`` to the last of ``month_to``, both in the current year."""
    months = []
    for name in ("month_from", "month_to"):
        month = entry.get(name)
        if not isinstance(month, str) or month.lower() not in _MONTHS:
            raise Invalid(field=f"{field}.{name}", reason="choice", value=month)
        months.append(_MONTHS.index(month.lower()) + 1)
    first_month, last_month = months
    following = date(today.year + last_month // 12, last_month % 12 + 1, 1)
    last = date.fromordinal(following.toordinal() - 1)
    return _date_range(date(today.year, first_month, 1), last, entry, field)


def _date_range(start: date, end: date, entry: Mapping[str, Any], field: str) -> DateRange:
    if start > end:
        raise Invalid(field=f"{field}.date_from", reason="range", value=format_date(start))
    years = _read_years(entry, field)
    return DateRange(
        start=format_settings_date(start), end=format_settings_date(end), years_to_recur=str(years) if years else ""
    )


def _read_years(entry: Mapping[str, Any], field: str) -> int:
    """``maximum_booking`` is the number of years that the entry recurs."""
    return min(_MAX_YEARS, read_int(entry.get("maximum_booking") or 0, f"{field}.maximum_booking", minimum=0))


def _read_count(value: Any, field: str) -> int:
    count = read_int(value, field, minimum=0)
    if count >= 2**31:
        raise Invalid(field=field, reason="range", value=value)
    return count
