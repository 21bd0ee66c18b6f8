"""Dates, times and numbers as the people of a locale write them; the data is CLDR's, through babel.

English, of any country, is written as the vendors write it by default.
"""

from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from babel import Locale
from babel.dates import format_date, format_time, get_day_names, get_month_names

from core.domain.money import round_half_up


class NumberStyle(NamedTuple):
    """How amounts are written: the marks, and where the sign of the currency stands."""

    thousands: str = ","
    point: str = "."
    sign: Literal["before", "after", "before_with_space", "after_with_space"] = "before"


@lru_cache(maxsize=128)
def is_english(locale: str) -> bool:
    """Whether a locale such as ``en_GB`` is English."""
    return Locale.parse(locale).language == "en"


@lru_cache(maxsize=128)
def number_style(locale: str) -> NumberStyle:
    """How a locale writes amounts."""
    if is_english(locale):
        return NumberStyle()
    parsed = Locale.parse(locale)
    marks = parsed.number_symbols["latn"]
    pattern = parsed.currency_formats["standard"].pattern.partition(";")[0].strip("\u200e\u200f")
    spaced = any(blank in pattern for blank in "\u00a0\u202f ")
    sign = ("before" if pattern.startswith("¤") else "after") + ("_with_space" if spaced else "")
    return NumberStyle(marks["group"], marks["decimal"], sign)  # type: ignore[arg-type]


@lru_cache(maxsize=4096)
def amount_text(amount: Decimal, decimals: int, style: NumberStyle) -> str:
    """An amount in digits and marks alone, such as ``1,234.50``."""
    text = f"{round_half_up(amount, decimals):,f}"
    return text.translate({ord(","): style.thousands, ord("."): style.point})


@lru_cache(maxsize=4096)
def long_date(day: date, locale: str) -> str:
    """A date with the name of its month."""
    return format_date(day, "long", locale=locale)


@lru_cache(maxsize=4096)
def short_time(moment: time, locale: str) -> str:
    """Hours and minutes."""
    return format_time(moment, "short", locale=locale)


def month_name(day: date, locale: str, *, short: bool = False) -> str:
    """The name of a day's month, as it stands in dates."""
    return str(get_month_names("abbreviated" if short else "wide", locale=locale)[day.month])


def day_name(moment: datetime, locale: str, *, short: bool = False) -> str:
    """The name of a day's weekday."""
    return str(get_day_names("abbreviated" if short else "wide", locale=locale)[moment.weekday()])
