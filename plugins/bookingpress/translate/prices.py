"""A service's prices as a neutral price plan (README, "Prices"), and money as the settings want it shown."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from frontdesk.coerce import to_dicts, to_int
from frontdesk.money import exponent, parse_amount, round_half_up
from frontdesk.prices import (
    Base,
    BaseOverride,
    Coupon,
    Deposit,
    ExtraPrice,
    Extras,
    GiftCard,
    Package,
    PricePlan,
    Scale,
    Tax,
    TaxRate,
)
from frontdesk.texts import number_style

#: Thousands mark and decimal mark by the name of the setting ``price_separator``.
_SEPARATORS = {"comma-dot": ",.", "dot-comma": ".,", "space-dot": " .", "space-comma": " ,"}
_MINUTES = {"m": 1, "h": 60, "d": 1440}
ON_SITE = "on-site"


def to_price_plan(
    service: Mapping[str, Any],
    *,
    staff: Iterable[Mapping[str, Any]] = (),
    locations: Iterable[Mapping[str, Any]] = (),
    tax_percentage: Any = None,
) -> PricePlan:
    """The price plan of a service.

    Args:
        service: ``service_price``, ``extra_services``, ``deposit_type`` and ``deposit_amount`` of the record.
        staff: Staff members with their ``assigned_service_list``.
        locations: Locations with their ``services`` and, in those, ``staffmembers``.
        tax_percentage: The site's tax, added on top.

    Raises:
        Invalid: A price is not a number.
    """
    service_id = to_int(service.get("service_id") or service.get("id"))
    minutes = _MINUTES.get(str(service.get("service_duration_unit")), 1) * to_int(service.get("service_duration_val"))
    overrides = tuple(_overrides(service_id, list(staff), list(locations)))
    steps: list[Any] = [
        Base(amount=parse_amount(service.get("service_price"), "service_price"), overrides=overrides),
        Scale(by="persons"),
    ]
    if extras := tuple(_extras(to_dicts(service.get("extra_services")))):
        steps.append(Extras(prices=extras))
    steps += checkout(service, tax_percentage=tax_percentage)
    return PricePlan(steps=tuple(steps), block_unit="minute", block_length=max(1, minutes), single_block=True)


def checkout(service: Mapping[str, Any], *, tax_percentage: Any = None) -> list[Any]:
    """The steps from price to payment, also for a service that another dialect made (``with_checkout``)."""
    # A discount larger than the price is not taken off at all: the vendor's rule.
    steps: list[Any] = [Package(), Coupon(oversize="dropped"), GiftCard()]
    tax = parse_amount(tax_percentage, "tax")
    if tax > 0:
        steps.append(Tax(rates=(TaxRate(value=tax),)))
    deposit = parse_amount(service.get("deposit_amount"), "deposit_amount")
    if deposit > 0:
        is_fixed = str(service.get("deposit_type")).lower() == "fixed"
        steps.append(Deposit(value=deposit, type="fixed" if is_fixed else "percentage", not_for=(ON_SITE,)))
    return steps


def to_price_text(
    amount: Decimal,
    *,
    symbol: str = "$",
    position: str = "before",
    separator: str = "comma-dot",
    decimals: int = 2,
    custom: str = ",.",
) -> str:
    """An amount as the site shows it, e.g. ``$1,234.50``.

    Args:
        position: ``before``, ``before_with_space``, ``after`` or ``after_with_space``.
        separator: A value of ``price_separator``; ``Custom`` takes thousands mark and decimal mark from ``custom``.
    """
    marks = custom.ljust(2) if separator == "Custom" else _SEPARATORS.get(separator, ",.")
    thousands, point = marks[0], marks[1]
    digits = f"{abs(round_half_up(amount, decimals)):,f}".translate({ord(","): thousands, ord("."): point})
    space = " " if position.endswith("_with_space") else ""
    text = f"{digits}{space}{symbol}" if position.startswith("after") else f"{symbol}{space}{digits}"
    return f"-{text}" if amount < 0 and digits.strip("0., ") else text


def _overrides(
    service_id: int, staff: list[Mapping[str, Any]], locations: list[Mapping[str, Any]]
) -> list[BaseOverride]:
    """Location and staff, then location, then staff: the first that has a price wins."""
    by_location_and_staff: list[BaseOverride] = []
    by_location: list[BaseOverride] = []
    by_staff: list[BaseOverride] = []
    for location in locations:
        location_id = to_int(location.get("location_id") or location.get("id"))
        for entry in to_dicts(location.get("services")):
            if to_int(entry.get("service_id")) != service_id:
                continue
            _override(by_location, entry.get("price"), location_id=location_id)
            for member in to_dicts(entry.get("staffmembers")):
                resource_id = to_int(member.get("staffmember_id"))
                _override(by_location_and_staff, member.get("price"), location_id=location_id, resource_id=resource_id)
    for member in staff:
        resource_id = to_int(member.get("staffmember_id") or member.get("id"))
        for entry in to_dicts(member.get("assigned_service_list")):
            if to_int(entry.get("assign_service_id")) == service_id:
                _override(by_staff, entry.get("assign_service_price"), resource_id=resource_id)
    return by_location_and_staff + by_location + by_staff


def _override(overrides: list[BaseOverride], price: Any, **ids: int) -> None:
    if price not in (None, "") and all(ids.values()):
        overrides.append(BaseOverride(amount=parse_amount(price), **ids))


def _extras(entries: Iterable[Mapping[str, Any]]) -> Iterable[ExtraPrice]:
    for entry in entries:
        minutes = _MINUTES.get(str(entry.get("duration_unit") or "m"), 1) * to_int(entry.get("duration"))
        yield ExtraPrice(
            extra_id=to_int(entry.get("id")),
            amount=parse_amount(entry.get("price")),
            minutes=minutes,
            max_quantity=max(0, to_int(entry.get("max_qty"))),
            label=str(entry.get("name") or ""),
        )


@lru_cache(maxsize=64)
def usual_settings(currency: str, locale: str) -> dict[str, Any]:
    """The settings of money and language of a site where nobody has said otherwise."""
    style = number_style(locale)
    separator = next((name for name, marks in _SEPARATORS.items() if marks == style.thousands + style.point), "Custom")
    return {
        "locale": locale,
        "price_number_of_decimals": exponent(currency),
        "price_symbol_position": style.sign,
        "price_separator": separator,
        "custom_comma_separator": style.thousands,
        "custom_dot_separator": style.point,
    }
