"""Bookings follow their order's status (README, "Statuses")."""

import pytest

from core.services import orders
from tests.plugins.bkap.conftest import product


@pytest.fixture
def ordered(shop):
    """One booking that fills its date, and its order."""
    shop.load({"products": [product(61, booking_recurring_lockout={"booking_weekday_5": 1})]})
    created = shop.book(61, "2021-09-24")
    shop.booking_id, shop.order_id = created["booking_id"], created["order_id"]
    return shop


def move(shop, *statuses):
    for status in statuses:
        orders.set_status(shop.order_id, status, now=shop.clock())
    return shop.get(f"/bookings/{shop.booking_id}")["booking"]["booking_status"]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["paid"], "confirmed"),
        (["completed"], "paid"),
        (["awaiting_payment"], "confirmed"),
        (["paid", "awaiting_payment", "completed"], "paid"),
        (["cancelled"], "cancelled"),
        (["failed"], "cancelled"),
        (["completed", "refunded"], "cancelled"),
        (["cancelled", "paid"], "confirmed"),
        (["failed", "pending"], "pending-confirmation"),
    ],
)
def test_bookings_follow_their_order(ordered, statuses, expected):
    assert move(ordered, *statuses) == expected
    assert ordered.left(61, "2021-09-24") == {"2021-09-24": 1 if expected == "cancelled" else 0}


def test_an_awaited_payment_waits_where_the_product_asks_first(ordered):
    ordered.put("/products/61", {"booking": {"booking_requires_confirmation": "on"}})
    assert move(ordered, "paid", "awaiting_payment") == "pending-confirmation"


def test_a_booking_whose_place_is_sold_stays_cancelled(ordered):
    move(ordered, "cancelled")
    ordered.book(61, "2021-09-24")
    assert move(ordered, "paid") == "cancelled"


def test_a_booking_that_was_cancelled_by_itself_stays_so(ordered):
    ordered.put(f"/bookings/{ordered.booking_id}", {"status": "cancelled"})
    assert move(ordered, "completed") == "cancelled"


def test_an_order_does_not_follow_its_booking(ordered):
    ordered.put(f"/bookings/{ordered.booking_id}", {"status": "paid"})
    assert orders.get(ordered.order_id).status == "pending"
