"""Currencies: how many decimals they have and their symbols; the data is CLDR's, through babel."""

from decimal import Decimal
from functools import lru_cache

from babel.numbers import get_currency_precision, get_currency_symbol

from core.domain.money import round_half_up


@lru_cache(maxsize=512)
def exponent(currency: str) -> int:
    """The decimals of a currency: 2 for dollars, 0 for yen, 3 for Kuwaiti dinars; 2 where none is named."""
    return get_currency_precision(currency) if currency else 2


@lru_cache(maxsize=512)
def symbol(currency: str, locale: str) -> str:
    """The sign that people of a locale know a currency by; its code where there is none."""
    return get_currency_symbol(currency, locale=locale)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount as money of a currency, halves away from zero."""
    return round_half_up(amount, exponent(currency))
