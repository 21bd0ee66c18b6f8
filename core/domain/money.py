"""Exact decimals with a currency's own exponent. Never floats."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from core.errors import Invalid

#: One unit of the last of so many decimals.
_UNITS = tuple(Decimal(1).scaleb(-places) for places in range(13))


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One amount of a quote and where it came from.

    ``kind`` is the step's name ("base", "unit", "person", "extra", "resource", "modifier", "coupon", "package",
    "gift_card", "tax", ...); ``amount`` is signed, in major units of the quote's currency.
    """

    kind: str
    amount: Decimal
    label: str = ""
    quantity: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Quote:
    """A price and the lines that make it; the lines always add up to ``total``."""

    currency: str
    total: Decimal
    lines: tuple[QuoteLine, ...] = ()
    due_now: Decimal | None = None
    facts: dict[str, Decimal] = field(default_factory=dict)

    @classmethod
    def stated(cls, amount: Decimal, currency: str) -> "Quote":
        """A price the caller states, kept as it is."""
        return cls(currency, amount, (QuoteLine("stated", amount),))


def round_half_up(amount: Decimal, exponent: int = 2) -> Decimal:
    """Round half away from zero to ``exponent`` decimal places."""
    unit = _UNITS[exponent] if 0 <= exponent < len(_UNITS) else Decimal(1).scaleb(-exponent)
    return amount.quantize(unit, rounding=ROUND_HALF_UP)


def total(lines: Iterable[QuoteLine]) -> Decimal:
    """The sum of all lines."""
    return sum((line.amount for line in lines), Decimal(0))


def parse_amount(value: Any, field: str = "price", default: Decimal = Decimal(0)) -> Decimal:
    """An amount as clients and stored settings write it: a number or a text with a point; empty is ``default``.

    Raises:
        Invalid: It is no number, or beyond what money can be.
    """
    if value is None or value is False or value == "":
        return default
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        raise Invalid(field=field, reason="type", value=value) from None
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or abs(amount) >= 10**15 or exponent < -12:
        raise Invalid(field=field, reason="range", value=value)
    return amount
