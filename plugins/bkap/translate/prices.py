"""A product's prices as core's price plan, and the reply of the price route (README, "Booking types" and "Price").

Settings come as a mapping from the plugin's own meta names. PHP writes an empty map as a list and leaves texts where
numbers are meant; a price that is empty or 0 means "no special price".
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from frontdesk import money as currencies
from frontdesk.coerce import to_dict, to_dicts, to_int
from frontdesk.money import parse_amount
from frontdesk.prices import (
    Base,
    BlockRange,
    BlockRanges,
    DatePrice,
    FixedStay,
    FixedStays,
    PerBlock,
    PricePlan,
    ResourceCosts,
    ResourcePrice,
    Scale,
    SlotPrice,
)
from frontdesk.texts import amount_text, number_style

_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_HOUR_NAMES = ("hours", "hour", "hrs")


def to_price_plan(settings: Mapping[str, Any], *, booking_type: str, base_price: Any) -> PricePlan:
    """The price plan of a product or, with a variation's own ``base_price``, of that variation.

    For the two multi-date types it is the plan of one date.

    Raises:
        Invalid: A price is not a number.
    """
    base = parse_amount(base_price)
    weekdays, dates = _special_prices(settings.get("_bkap_special_price"))
    unit: Literal["minute", "hour", "day", "night"] = "day"
    length = 1
    steps: list[Any] = []
    if booking_type == "duration_time":
        duration = to_dict(settings.get("_bkap_duration_settings"))
        unit = "hour" if duration.get("duration_type") in _HOUR_NAMES else "minute"
        length = max(1, to_int(duration.get("duration"), 1))
        price = parse_amount(duration.get("duration_price"))
        if price > 0:
            steps.append(PerBlock(amount=price))
        else:
            steps.append(DatePrice(amount=base, weekdays=weekdays, dates=dates, by="start"))
    else:
        timed = booking_type in ("date_time", "multidates_fixedtime")
        slots = tuple(_slots(to_dict(settings.get("_bkap_time_settings")))) if timed else ()
        plain = not (weekdays or dates or slots) and booking_type != "multiple_days"
        step = Base(amount=base) if plain else DatePrice(amount=base, weekdays=weekdays, dates=dates, slots=slots)
        steps.append(step)
    if booking_type == "multiple_days":
        unit = "night"
        if ranges := tuple(_ranges(settings.get("_bkap_price_ranges"))):
            steps.append(BlockRanges(ranges=ranges))
        if stays := tuple(_stays(settings.get("_bkap_fixed_blocks_data"))):
            steps.append(FixedStays(stays=stays))
    if costs := to_dict(settings.get("_bkap_resource_base_costs")):
        prices = (ResourcePrice(resource_id=to_int(key, 0), base=parse_amount(cost)) for key, cost in costs.items())
        steps.append(ResourceCosts(prices=tuple(prices)))
    if settings.get("_bkap_person") == "on" and settings.get("_bkap_price_per_person") == "on":
        steps.append(Scale(by="persons"))
    steps.append(Scale(by="quantity"))
    fixed = booking_type not in ("multiple_days", "duration_time")
    return PricePlan(steps=tuple(steps), block_unit=unit, block_length=length, single_block=fixed)


def to_amount_text(amount: Decimal, currency: str = "USD") -> str:
    """``1000.00``: the decimals of the currency and a point, nothing else."""
    return f"{currencies.rounded(amount, currency):f}"


def to_price_text(amount: Decimal, currency: str = "USD", locale: str = "en_US") -> str:
    """``Total: 1,000.00 $``."""
    text = amount_text(amount, currencies.exponent(currency), number_style(locale))
    return f"Total: {text} {currencies.symbol(currency, locale)}"


def to_price_answer(amount: Decimal, currency: str = "USD", locale: str = "en_US") -> dict[str, str]:
    """The body of ``GET /bookings/price`` when a date was given."""
    text = to_amount_text(amount, currency)
    return {
        "total_price_calculated": text,
        "bkap_price_charged": text,
        "bkap_price": to_price_text(amount, currency, locale),
    }


def _weekday(name: Any) -> int | None:
    """ISO weekday of ``booking_weekday_0`` (Sunday) or ``sunday``."""
    text = str(name or "").lower()
    number = to_int(text.removeprefix("booking_weekday_"), -1)
    if text in _WEEKDAYS:
        number = _WEEKDAYS.index(text)
    return (number or 7) if 0 <= number <= 6 else None


def _date(text: Any) -> date | None:
    """``2026-03-15``, or day, month and year unpadded: ``15-3-2026``."""
    parts = [to_int(part, 0) for part in str(text or "").split("-")]
    try:
        year, month, day = parts if parts[0] > 31 else reversed(parts)
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def _special_prices(value: Any) -> tuple[tuple[tuple[int, Decimal], ...], tuple[tuple[date, Decimal], ...]]:
    weekdays: dict[int, Decimal] = {}
    dates: dict[date, Decimal] = {}
    for row in to_dicts(value):
        price = parse_amount(row.get("booking_special_price"))
        weekday, day = _weekday(row.get("booking_special_weekday")), _date(row.get("booking_special_date"))
        if price > 0 and day:
            dates[day] = price
        elif price > 0 and weekday:
            weekdays[weekday] = price
    return tuple(sorted(weekdays.items())), tuple(sorted(dates.items()))


def _slots(settings: Mapping[str, Any]) -> Iterable[SlotPrice]:
    for key, entries in settings.items():
        weekday, day = _weekday(key), _date(key)
        when: dict[str, Any] = {"weekdays": (weekday,)} if weekday else {"dates": (day,)} if day else {}
        for row in to_dicts(entries) if when else ():
            start, end = _clock(row, "from"), _clock(row, "to")
            if start is not None:
                price = parse_amount(row.get("slot_price"))
                yield SlotPrice(from_minute=start, to_minute=end or None, amount=price if price > 0 else None, **when)


def _clock(row: Mapping[str, Any], side: str) -> int | None:
    hours, minutes = row.get(f"{side}_slot_hrs"), row.get(f"{side}_slot_min")
    if hours in (None, ""):
        hours, _, minutes = str(row.get(side) or "").partition(":")
    hour = to_int(hours, -1)
    return hour * 60 + to_int(minutes, 0) if 0 <= hour <= 24 else None


def _ranges(settings: Any) -> Iterable[BlockRange]:
    for row in to_dicts(settings):
        fixed, daily = parse_amount(row.get("fixed_price")), parse_amount(row.get("per_day_price"))
        low, high = to_int(row.get("min_number"), 0), to_int(row.get("max_number"), 0)
        if high > 0 and (fixed > 0 or daily > 0):
            yield BlockRange(min_blocks=low, max_blocks=high, amount=fixed if fixed > 0 else daily, flat=fixed > 0)


def _stays(settings: Any) -> Iterable[FixedStay]:
    for row in to_dicts(settings):
        weekday = _weekday(row.get("start_day")) or _weekday(f"booking_weekday_{row.get('start_day')}")
        nights = to_int(row.get("number_of_days"), 0)
        if nights > 0:
            yield FixedStay(
                blocks=nights,
                amount=parse_amount(row.get("price")),
                start_weekdays=(weekday,) if weekday else (),
                label=str(row.get("block_name") or ""),
            )
