"""Prices of bookings and groups (README, "Prices")."""

import json
from datetime import datetime
from decimal import Decimal

import msgspec
import pytest

from core.domain.price_context import CouponTerms, PriceContext
from core.domain.pricing import evaluate
from plugins.bookablesites.translate.prices import to_group_price, to_price, to_price_plan

START = datetime(2026, 6, 2, 9)
SOAP = {"id": 3, "name": "Soap", "price": 5, "duration": 600, "max_quantity": 2}
TEN = {"name": "VAT", "type": "percentage", "value": 10}


def as_json(price):
    return json.loads(msgspec.json.Encoder(decimal_format="number").encode(price))


def booking(service_id=12, **chosen):
    return PriceContext(start=START, service_id=service_id, **{"persons": 1, **chosen})


def coupon(value, kind="percentage", **limits):
    return CouponTerms(code="SPRING", type=kind, value=Decimal(value), **limits)


@pytest.mark.parametrize(
    ("service", "chosen", "price"),
    [
        (
            {"price": 50, "employees": [{"id": 4, "price": 60}], "extras": [SOAP], "taxes": [TEN]},
            {"resource_ids": (4,), "persons": 3, "extras": ((3, 2),), "coupon": coupon(20)},
            {"unit": 60, "subtotal": 190, "discount": 38, "tax": 15.2, "total": 167.2},
        ),
        (
            {"price": 35},
            {"coupon": coupon(50, "fixed")},
            {"unit": 35, "subtotal": 35, "discount": 35, "tax": 0, "total": 0},
        ),
        (
            {"price": 33.33},
            {"persons": 3, "coupon": coupon(15)},
            {"unit": 33.33, "subtotal": 99.99, "discount": 15, "tax": 0, "total": 84.99},
        ),
        (
            {"price": 80, "taxes": [{"type": "fixed", "value": 3}, {"type": "percentage", "value": 5}]},
            {},
            {"unit": 80, "subtotal": 80, "discount": 0, "tax": 7, "total": 87},
        ),
        (
            {"price": 50, "employees": [{"id": 4, "price": None}, {"id": 5, "price": 0}]},
            {"resource_ids": (4,)},
            {"unit": 50, "subtotal": 50, "discount": 0, "tax": 0, "total": 50},
        ),
        (
            {"price": 50, "employees": [{"id": 4, "price": None}, {"id": 5, "price": 0}]},
            {"resource_ids": (5,)},
            {"unit": 0, "subtotal": 0, "discount": 0, "tax": 0, "total": 0},
        ),
    ],
    ids=["all steps", "discount capped", "rounding", "two taxes", "employee without a price", "employee for free"],
)
def test_one_booking(service, chosen, price):
    quote = evaluate(to_price_plan(service), booking(**chosen))
    assert sum(line.amount for line in quote.lines) == quote.total
    assert as_json(to_price(quote)) == {**price, "currency": "USD"}


def test_a_coupon_covers_at_most_booking_limit_amount_bookings_of_a_group():
    plan = to_price_plan({"price": 40})
    quotes = [evaluate(plan, booking(coupon=coupon(25) if index < 2 else None)) for index in range(3)]
    assert [quote.total for quote in quotes] == [30, 30, 40]
    assert to_group_price(quotes)["total"] == 100


def test_a_coupon_does_not_cover_other_services():
    spring = coupon(10, services=(12,))
    items = [
        (to_price_plan({"price": 80}), booking(15, coupon=spring)),
        (to_price_plan({"price": 50}), booking(coupon=spring)),
    ]
    assert [evaluate(*item).total for item in items] == [80, 45]


def test_a_group_with_tax_and_coupon():
    """Two persons at 60 with ten percent tax and one at 30 without, twenty percent off."""
    spring = coupon(20)
    quotes = [
        evaluate(to_price_plan({"price": 60, "taxes": [TEN]}), booking(persons=2, coupon=spring)),
        evaluate(to_price_plan({"price": 30}), booking(15, coupon=spring)),
    ]
    assert as_json(to_group_price(quotes)) == {
        "subtotal": 150,
        "discount": 30,
        "tax": 9.6,
        "total": 129.6,
        "currency": "USD",
    }


def test_a_fixed_coupon_is_taken_off_a_booking():
    plan = to_price_plan({"price": 40})
    assert evaluate(plan, booking(coupon=coupon(15, "fixed"))).total == 25


def test_taxes_are_rounded_together():
    taxes = [{"name": name, "type": "percentage", "value": "0.5"} for name in "abc"]
    quote = evaluate(to_price_plan({"price": 1, "taxes": taxes}), booking())
    assert quote.facts["tax"] == Decimal("0.02")
    assert quote.total == Decimal("1.02")
