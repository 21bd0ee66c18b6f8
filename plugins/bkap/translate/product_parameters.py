"""The parameters of ``PUT`` and ``POST /products``, applied to a product's settings (sheet 4.13)."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec

from core.errors import Invalid
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
from plugins.bkap.translate.formats import (
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
#: Parameters that do not touch calendars or prices.
COSMETIC = frozenset({*_SWITCHES, "booking_maximum_dates"}) | {
    "booking_can_be_cancelled",
    "booking_can_be_cancelled_duration",
    "booking_can_be_cancelled_period",
}
#: All of them, with what each takes.
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
    """The settings with the API's parameters applied; those that are missing, null or empty stay as they are.

    Args:
        today: The shop's date; month ranges begin in its year.

    Raises:
        Invalid: ``field`` is ``product.<parameter>``.
    """
    wanted = {name: value for name, value in body.items() if name in PARAMETERS and value not in (None, "")}
    changes: dict[str, Any] = {}
    if wanted.get("booking_requires_confirmation") in ("yes", "no"):
        # A record says it in these words, and what it says can be sent back.
        wanted["booking_requires_confirmation"] = "on" if wanted["booking_requires_confirmation"] == "yes" else "off"
    for name, attribute in _SWITCHES.items():
        if name in wanted:
            changes[attribute] = read_switch(wanted[name], f"product.{name}")
    for name, attribute in _NUMBERS.items():
        if name in wanted:
            changes[attribute] = _places(wanted[name], f"product.{name}")
    if changes.get("max_nights", settings.max_nights) and changes.get("min_nights", settings.min_nights) > changes.get(
        "max_nights", settings.max_nights
    ):
        raise Invalid(field="product.booking_minimum_number_nights_book", reason="range")
    if "booking_advance_period" in wanted:
        hours = read_amount(wanted["booking_advance_period"], "product.booking_advance_period", minimum=0)
        if hours > 1_000_000:
            raise Invalid(field="product.booking_advance_period", reason="range", value=hours)
        changes["advance_hours"] = hours
    changes |= _type_changes(settings, wanted)
    changes |= _cancellation(settings, wanted)
    settings = msgspec.structs.replace(settings, **changes)
    if "availability_weekday" in wanted:
        settings = _with_weekdays(settings, wanted["availability_weekday"])
    if "availability_dates_months" in wanted:
        settings = _with_dates(settings, wanted["availability_dates_months"], today)
    return settings


def _type_changes(settings: Settings, wanted: Mapping[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    prefix = "booking_date_fixed_time_"
    if "booking_type" in wanted:
        kind = wanted["booking_type"]
        if kind not in BOOKING_TYPES if isinstance(kind, str) else True:
            raise Invalid(field="product.booking_type", reason="choice", value=kind)
        changes["booking_type"] = kind
        if kind in MULTI_DATE_TYPES and f"{prefix}selection" not in wanted:
            raise Invalid(field=f"product.{prefix}selection", reason="missing")
    selection = settings.multidates_type
    if f"{prefix}selection" in wanted:
        selection = wanted[f"{prefix}selection"]
        if selection not in ("fixed", "range"):
            raise Invalid(field=f"product.{prefix}selection", reason="choice", value=selection)
        changes["multidates_type"] = selection
        needed = ("number_dates",) if selection == "fixed" else ("min_dates", "max_dates")
        for name in needed:
            if f"{prefix}{name}" not in wanted:
                raise Invalid(field=f"product.{prefix}{name}", reason="missing")
    for name, attribute, least in (
        ("number_dates", "multidates_number", 2),
        ("min_dates", "multidates_min", 1),
        ("max_dates", "multidates_max", 1),
    ):
        if f"{prefix}{name}" in wanted:
            changes[attribute] = read_int(wanted[f"{prefix}{name}"], f"product.{prefix}{name}", minimum=least)
    low = changes.get("multidates_min", settings.multidates_min)
    high = changes.get("multidates_max", settings.multidates_max)
    if selection == "range" and low > high > 0:
        raise Invalid(field=f"product.{prefix}min_dates", reason="range", value=low, limit=high)
    return changes


def _cancellation(settings: Settings, wanted: Mapping[str, Any]) -> dict[str, Any]:
    names = [f"booking_can_be_cancelled{end}" for end in ("", "_duration", "_period")]
    if not any(name in wanted for name in names):
        return {}
    status, duration, period = (
        settings.cancellation.status,
        settings.cancellation.duration,
        settings.cancellation.period,
    )
    if names[0] in wanted:
        status = read_switch(wanted[names[0]], f"product.{names[0]}")
    if (names[1] in wanted) != (names[2] in wanted):
        missing = names[2] if names[1] in wanted else names[1]
        raise Invalid(field=f"product.{missing}", reason="missing")
    if names[1] in wanted:
        duration = str(read_int(wanted[names[1]], f"product.{names[1]}", minimum=1))
        period = wanted[names[2]]
        if period not in ("day", "hour", "minute"):
            raise Invalid(field=f"product.{names[2]}", reason="choice", value=period)
    return {"cancellation": Cancellation(status="on" if status == "on" else "", duration=duration, period=period)}


def _entries(value: Any, field: str) -> list[Mapping[str, Any]]:
    """A list of maps; a single map counts as a list of one."""
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise Invalid(field=field, reason="type")
    return value


def _with_weekdays(settings: Settings, value: Any) -> Settings:
    """Merged by weekday; switching a day off clears its lockout and price."""
    field = "product.availability_weekday"
    on, lockouts = dict(settings.weekdays), dict(settings.weekday_lockouts)
    prices = {row.booking_special_weekday: row for row in settings.special_prices if row.booking_special_weekday}
    for entry in _entries(value, field):
        name = entry.get("weekday")
        if not isinstance(name, str) or name.lower() not in WEEKDAYS:
            raise Invalid(field=f"{field}.weekday", reason="choice", value=name)
        key = WEEKDAY_KEYS[WEEKDAYS.index(name.lower())]
        status = entry.get("status")
        switch = on.get(key) or "off" if status in (None, "") else read_switch(status, f"{field}.status")
        on[key] = "on" if switch == "on" else ""
        if switch == "off":
            lockouts.pop(key, None)
            prices.pop(key, None)
            continue
        if entry.get("lockout") not in (None, ""):
            lockouts[key] = _places(entry["lockout"], f"{field}.lockout")
        if entry.get("price") not in (None, ""):
            price = read_amount(entry["price"], f"{field}.price", minimum=0)
            prices.pop(key, None)
            if price:
                prices[key] = SpecialPrice(booking_special_weekday=key, booking_special_price=price)
    dated = [row for row in settings.special_prices if not row.booking_special_weekday]
    ordered = [prices[key] for key in WEEKDAY_KEYS if key in prices]
    return msgspec.structs.replace(
        settings,
        weekdays={key: on[key] for key in WEEKDAY_KEYS if key in on},
        weekday_lockouts={key: lockouts[key] for key in WEEKDAY_KEYS if key in lockouts},
        special_prices=ordered + dated,
    )


def _with_dates(settings: Settings, value: Any, today: date) -> Settings:
    """Every type that is present replaces all stored entries of that type."""
    field = "product.availability_dates_months"
    entries = _entries(value, field)
    found: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        if entry.get("type") not in _RANGE_TYPES:
            raise Invalid(field=f"{field}.type", reason="choice", value=entry.get("type"))
        found.setdefault(entry["type"], []).append(entry)
    changes: dict[str, Any] = {}
    if "specific_dates" in found:
        lockouts: dict[str, int] = {}
        prices: list[SpecialPrice] = []
        for entry in found["specific_dates"]:
            places = _places(entry.get("lockout") or 0, f"{field}.lockout")
            price = read_amount(entry.get("price") or 0, f"{field}.price", minimum=0)
            for day in _days(entry, field):
                lockouts[format_settings_date(day)] = places
                if price:
                    prices.append(SpecialPrice(booking_special_date=format_date(day), booking_special_price=price))
        changes["specific_dates"] = lockouts
        changes["special_prices"] = [row for row in settings.special_prices if not row.booking_special_date] + prices
    if "holidays" in found:
        changes["holidays"] = {
            format_settings_date(day): _years(entry, field)
            for entry in found["holidays"]
            for day in _days(entry, field)
        }
    if "custom_range" in found:
        changes["custom_ranges"] = [
            _range(
                read_date(entry.get("date_from"), f"{field}.date_from"),
                read_date(entry.get("date_to"), f"{field}.date_to"),
                entry,
                field,
            )
            for entry in found["custom_range"]
        ]
    if "range_months" in found:
        changes["month_ranges"] = [_months(entry, field, today) for entry in found["range_months"]]
    return msgspec.structs.replace(settings, **changes)


def _days(entry: Mapping[str, Any], field: str) -> Iterable[date]:
    wanted = entry.get("date")
    if isinstance(wanted, str):
        wanted = [wanted]
    if not isinstance(wanted, list) or not wanted:
        raise Invalid(field=f"{field}.date", reason="missing")
    return [read_date(day, f"{field}.date") for day in wanted]


def _months(entry: Mapping[str, Any], field: str, today: date) -> DateRange:
    numbers = []
    for name in ("month_from", "month_to"):
        month = entry.get(name)
        if not isinstance(month, str) or month.lower() not in _MONTHS:
            raise Invalid(field=f"{field}.{name}", reason="choice", value=month)
        numbers.append(_MONTHS.index(month.lower()) + 1)
    first = date(today.year, numbers[0], 1)
    after = date(today.year + numbers[1] // 12, numbers[1] % 12 + 1, 1)
    return _range(first, date.fromordinal(after.toordinal() - 1), entry, field)


def _range(start: date, end: date, entry: Mapping[str, Any], field: str) -> DateRange:
    if start > end:
        raise Invalid(field=f"{field}.date_from", reason="range", value=format_date(start))
    years = _years(entry, field)
    return DateRange(
        start=format_settings_date(start), end=format_settings_date(end), years_to_recur=str(years) if years else ""
    )


def _years(entry: Mapping[str, Any], field: str) -> int:
    """``maximum_booking`` really is the number of years that the entry comes back."""
    return min(1000, read_int(entry.get("maximum_booking") or 0, f"{field}.maximum_booking", minimum=0))


def _places(value: Any, field: str) -> int:
    places = read_int(value, field, minimum=0)
    if places >= 2**31:
        raise Invalid(field=field, reason="range", value=value)
    return places
