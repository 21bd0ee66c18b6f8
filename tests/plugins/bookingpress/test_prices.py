"""The worked examples of README, "Prices", and how amounts are shown."""

from datetime import datetime
from decimal import Decimal

import pytest

from core.domain.price_context import CouponTerms, GiftCardBalance, PackageCredit, PriceContext
from core.domain.pricing import evaluate
from core.errors import BalanceRefused, Invalid
from plugins.bookingpress.translate.prices import to_price_plan, to_price_text

START = datetime(2026, 6, 2, 9)
EXTRAS = [{"id": 3, "name": "Oven", "price": 7.50, "duration": 1, "duration_unit": "h", "max_qty": 2}]
SERVICE = {"service_id": 12, "service_price": 40, "service_duration_val": 1, "service_duration_unit": "h"}
RICH = {**SERVICE, "extra_services": EXTRAS, "deposit_type": "percentage", "deposit_amount": 25}
OLA = {"staffmember_id": 4, "assigned_service_list": [{"assign_service_id": 12, "assign_service_price": 55}]}


def plan(price=40, **settings):
    service = {**settings.pop("service", SERVICE), "service_price": price}
    return to_price_plan(service, **settings)


def quote(plan, **chosen):
    quoted = evaluate(plan, PriceContext(start=START, service_id=12, **{"persons": 1, **chosen}))
    assert sum(line.amount for line in quoted.lines) == quoted.total
    return quoted


def percentage(value):
    return CouponTerms(code="C", type="percentage", value=Decimal(value))


def fixed(value):
    return CouponTerms(code="C", type="fixed", value=Decimal(value))


RICH_BOOKING = {
    "resource_ids": (4,),
    "persons": 3,
    "extras": ((3, 2),),
    "coupon": percentage(10),
    "use_deposit": True,
}


def test_1_everything_at_once_paid_online():
    quoted = quote(plan(service=RICH, staff=[OLA], tax_percentage=8), payment="paypal", **RICH_BOOKING)
    assert (quoted.total, quoted.due_now) == (Decimal("174.96"), Decimal("43.74"))
    assert quoted.total - quoted.due_now == Decimal("131.22")
    steps = {name: str(quoted.facts[name]) for name in ("unit", "extras", "subtotal", "coupon", "tax", "deposit")}
    assert steps == {
        "unit": "55", "extras": "15.0", "subtotal": "180.00", "coupon": "18.00", "tax": "12.96", "deposit": "43.74",
    }  # fmt: skip


def test_2_on_site_takes_no_deposit():
    quoted = quote(plan(service=RICH, staff=[OLA], tax_percentage=8), payment="on-site", **RICH_BOOKING)
    assert (quoted.total, quoted.due_now, quoted.facts["deposit"]) == (Decimal("174.96"), None, 0)


@pytest.mark.parametrize(
    ("price", "chosen", "tax", "total", "taken"),
    [
        ("45", {"coupon": fixed(60)}, 0, "45.00", {"coupon": "0"}),
        ("45", {"coupon": percentage(100)}, 0, "0.00", {"coupon": "45.00"}),
        ("45", {"coupon": fixed(45)}, 0, "0.00", {"coupon": "45"}),
        ("80", {"gift_card": GiftCardBalance(code="G", balance=Decimal(50))}, 10, "33.00", {"gift_card": "50"}),
        ("24.25", {"coupon": percentage(10)}, 0, "21.82", {"coupon": "2.43"}),
        ("20", {"gift_card": GiftCardBalance(code="G", balance=Decimal(50))}, 10, "0.00", {"gift_card": "20"}),
    ],
    ids=["3", "4", "5", "8", "9", "card left"],
)
def test_discounts_and_cards(price, chosen, tax, total, taken):
    quoted = quote(plan(price, tax_percentage=tax), **chosen)
    assert quoted.total == Decimal(total)
    assert {name: quoted.facts[name] for name in taken} == {name: Decimal(value) for name, value in taken.items()}


WITH_EXTRA = {**SERVICE, "extra_services": [{"id": 1, "name": "Tea", "price": 4}]}


def test_6_a_package_pays_for_persons_not_for_extras():
    chosen = {"persons": 2, "extras": ((1, 1),), "package": PackageCredit(code="P1", left=5)}
    quoted = quote(plan(30, service=WITH_EXTRA), **chosen)
    assert (quoted.total, quoted.facts["package"]) == (4, 60)


@pytest.mark.parametrize(("left", "reason"), [(1, "short"), (0, "used_up")])
def test_7_a_package_with_too_few_left_refuses(left, reason):
    with pytest.raises(BalanceRefused) as refused:
        quote(plan(30), persons=2, package=PackageCredit(code="P1", left=left))
    assert (refused.value.kind, refused.value.reason, refused.value.remaining) == ("package", reason, left)


def test_an_oversize_discount_is_compared_with_what_a_package_leaves():
    package = PackageCredit(code="P1", left=1)
    quoted = quote(plan(30, service=WITH_EXTRA), extras=((1, 1),), package=package, coupon=fixed(5))
    assert (quoted.total, quoted.facts["coupon"]) == (4, 0)


@pytest.mark.parametrize(
    ("deposit", "due"),
    [
        ({"deposit_type": "fixed", "deposit_amount": 500}, "40.00"),
        ({"deposit_type": "Fixed", "deposit_amount": 15}, "15"),
        ({"deposit_type": "percentage", "deposit_amount": "33.33"}, "13.33"),
        ({"deposit_amount": 0}, None),
    ],
)
def test_deposits(deposit, due):
    quoted = quote(plan(service={**SERVICE, **deposit}), payment="paypal", use_deposit=True)
    assert quoted.due_now == (due and Decimal(due))


LOCATIONS = [
    {
        "location_id": 2,
        "services": [
            {
                "service_id": 12,
                "price": 48,
                "staffmembers": [{"staffmember_id": 5, "price": "61"}, {"staffmember_id": 4}],
            },
            {"service_id": 13, "price": 1},
        ],
    },
    {"location_id": 3, "services": [{"service_id": 12, "price": ""}]},
]


@pytest.mark.parametrize(
    ("location", "staff", "price"),
    [(0, 0, 40), (0, 4, 55), (2, 0, 48), (2, 4, 48), (2, 5, 61), (3, 4, 55), (3, 9, 40)],
)
def test_the_unit_price_is_the_most_particular_one(location, staff, price):
    chosen = {"location_id": location, "resource_ids": (staff,) if staff else ()}
    assert quote(plan(staff=[OLA], locations=LOCATIONS), **chosen).total == price


@pytest.mark.parametrize("extras", [((99, 1),), ((3, 3),), ((3, -1),)], ids=["unknown", "too many", "negative"])
def test_extras_that_are_not_offered_are_refused(extras):
    with pytest.raises(Invalid):
        quote(plan(service=RICH), extras=extras)


@pytest.mark.parametrize("price", ["a lot", "NaN", "Infinity", "1e99", [], {}])
def test_a_price_must_be_a_number(price):
    with pytest.raises(Invalid):
        plan(price)


@pytest.mark.parametrize(
    ("amount", "settings", "text"),
    [
        ("45", {}, "$45.00"),
        ("1234.5", {}, "$1,234.50"),
        ("1234.5", {"position": "before_with_space"}, "$ 1,234.50"),
        ("1234.5", {"position": "after", "symbol": "€", "separator": "dot-comma"}, "1.234,50€"),
        ("1234.5", {"position": "after_with_space", "symbol": "€", "separator": "space-comma"}, "1 234,50 €"),
        ("1234567.891", {"separator": "space-dot"}, "$1 234 567.89"),
        ("1234.5", {"separator": "Custom", "custom": "'."}, "$1'234.50"),
        ("1234.5", {"symbol": "¥", "decimals": 0}, "¥1,235"),
        ("1234.5", {"decimals": 3}, "$1,234.500"),
        ("-3", {}, "-$3.00"),
        ("-0.001", {}, "$0.00"),
    ],
)
def test_money_is_shown_as_the_settings_say(amount, settings, text):
    assert to_price_text(Decimal(amount), **settings) == text
