"""A service's prices as a neutral price plan, and prices as replies show them (README, "Prices")."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from frontdesk.coerce import to_dicts, to_int
from frontdesk.money import Quote, parse_amount, rounded
from frontdesk.prices import Base, BaseOverride, Coupon, ExtraPrice, Extras, PricePlan, Scale, Tax, TaxRate

_ZERO = Decimal(0)


def to_price_plan(service: Mapping[str, Any]) -> PricePlan:
    """The price plan of a service record: ``price``, ``employees``, ``extras``, ``taxes``, ``duration`` in seconds.

    Raises:
        Invalid: A price is not a number.
    """
    overrides = tuple(
        BaseOverride(amount=parse_amount(entry.get("price")), resource_id=to_int(entry.get("id")))
        for entry in to_dicts(service.get("employees"))
        if entry.get("price") is not None and to_int(entry.get("id"))
    )
    steps: list[Any] = [
        Base(amount=parse_amount(service.get("price")), overrides=overrides),
        Scale(by="persons"),
    ]
    if extras := tuple(_extras(to_dicts(service.get("extras")))):
        steps.append(Extras(prices=extras))
    steps += checkout(to_dicts(service.get("taxes")))
    return PricePlan(
        steps=tuple(steps),
        block_unit="minute",
        block_length=max(1, to_int(service.get("duration")) // 60),
        single_block=True,
    )


def checkout(taxes: Iterable[Mapping[str, Any]] = ()) -> list[Any]:
    """The steps from price to payment, also for a service that another dialect made (``with_checkout``)."""
    steps: list[Any] = [Coupon(oversize="capped")]
    rates = tuple(
        TaxRate(
            value=parse_amount(tax.get("value"), "taxes"),
            type="fixed" if tax.get("type") == "fixed" else "percentage",
            label=str(tax.get("name") or ""),
        )
        for tax in taxes
    )
    if rates:
        steps.append(Tax(rates=rates))
    return steps


def to_price(quote: Quote) -> dict[str, Any]:
    """The ``price`` object of a booking."""
    facts, currency = quote.facts, quote.currency
    return {
        "unit": _rounded_number(facts.get("unit", _ZERO), currency),
        "subtotal": _rounded_number(facts.get("subtotal", quote.total), currency),
        "discount": _rounded_number(facts.get("discount", _ZERO), currency),
        "tax": _rounded_number(facts.get("tax", _ZERO), currency),
        "total": _rounded_number(quote.total, currency),
        "currency": currency,
    }


def to_group_price(quotes: Iterable[Quote]) -> dict[str, Any]:
    """The ``price`` object of a group order: the sums, without a unit price."""
    prices = [to_price(quote) for quote in quotes]
    names = ("subtotal", "discount", "tax", "total")
    sums = {name: to_number(sum((Decimal(str(price[name])) for price in prices), Decimal(0))) for name in names}
    return {**sums, "currency": prices[0]["currency"] if prices else ""}


# A business uses few different amounts.
@lru_cache(maxsize=4096)
def _rounded_number(amount: Decimal, currency: str) -> int | Decimal:
    return to_number(rounded(amount, currency))


def to_number(amount: Decimal) -> int | Decimal:
    """An amount for a JSON number without needless zeros."""
    return int(amount) if amount == amount.to_integral_value() else amount.normalize()


def _extras(entries: Iterable[Mapping[str, Any]]) -> Iterable[ExtraPrice]:
    for entry in entries:
        yield ExtraPrice(
            extra_id=to_int(entry.get("id")),
            amount=parse_amount(entry.get("price")),
            minutes=to_int(entry.get("duration")) // 60,
            max_quantity=max(0, to_int(entry.get("max_quantity"))),
            label=str(entry.get("name") or ""),
        )
