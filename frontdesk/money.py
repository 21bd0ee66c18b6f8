"""Exact amounts: parsed, rounded to the currency's exponent, and the lines of a quote."""

from core.domain.currency import exponent, rounded, symbol
from core.domain.money import Quote, QuoteLine, parse_amount, round_half_up

__all__ = [
    "Quote",
    "QuoteLine",
    "exponent",
    "parse_amount",
    "round_half_up",
    "rounded",
    "symbol",
]
