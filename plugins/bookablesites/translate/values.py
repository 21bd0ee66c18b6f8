"""Amounts, time zones and empty texts, as bodies send them and replies show them."""

from decimal import Decimal

from core.domain.currency import exponent, rounded
from core.domain.zones import zone
from core.errors import Invalid

MAX_AMOUNT = Decimal(10) ** 12
_COUNT_WORDS = ("no", "one", "two", "three", "four")


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
