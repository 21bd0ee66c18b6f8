"""Columns that models share: exact amounts of money, and JSON."""

from decimal import Decimal
from typing import Any

import msgspec
from peewee import BigIntegerField, TextField


class MoneyField(BigIntegerField):
    """An exact decimal with up to six places, stored as an integer so that it can be compared and summed."""

    def db_value(self, value: Decimal | int | None) -> int | None:
        if value is None:
            return None
        amount = Decimal(value)
        # As an integer, a number with a large exponent would exhaust the memory.
        if not amount.is_finite() or amount.adjusted() > 18:
            raise OverflowError("no amount of money")
        return int((amount * 1_000_000).to_integral_value())

    def python_value(self, value: int | None) -> Decimal | None:
        return None if value is None else decode_money(value)


def decode_money(stored: int) -> Decimal:
    """A stored money integer as a plain decimal without trailing zeros."""
    units, micros = divmod(stored, 1_000_000)
    if not micros:
        return Decimal(units)
    return Decimal(stored).scaleb(-6).normalize()


class JSONField(TextField):
    """Plain data as compact JSON text, the same on both databases."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def python_value(self, value: str | None) -> Any:
        return None if value is None else msgspec.json.decode(value)
