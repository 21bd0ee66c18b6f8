"""Bookings follow their order's status (sheet 6.3)."""

import pytest

from core.services import orders
from tests.plugins.bkap.conftest import product


@pytest.fixture
def ordered(shop):
    """One booking that fills its date, and its order."""
    shop.load({"products": [product(61, booking_recurring_lockout={"booking_weekday_5": 1})]})
    made = shop.book(61, "2021-09-24")
    shop.number, shop.order = made["booking_id"], made["order_id"]
    return shop


def move(shop, *statuses):
    for status in statuses:
        orders.set_status(shop.order, status, now=shop.clock())
    return shop.get(f"/bookings/{shop.number}")["booking"]["booking_status"]


@pytest.mark.parametrize(
    ("statuses", "found"),
    [
        (["processing"], "confirmed"),
        (["completed"], "paid"),
        (["on-hold"], "confirmed"),
        (["processing", "on-hold", "completed"], "paid"),
        (["cancelled"], "cancelled"),
        (["failed"], "cancelled"),
        (["completed", "refunded"], "cancelled"),
        (["cancelled", "processing"], "confirmed"),
        (["failed", "pending"], "pending-confirmation"),
    ],
)
def test_bookings_follow_their_order(ordered, statuses, found):
    assert move(ordered, *statuses) == found
    assert ordered.left(61, "2021-09-24") == {"2021-09-24": 1 if found == "cancelled" else 0}


def test_on_hold_waits_where_the_product_asks_first(ordered):
    ordered.put("/products/61", {"booking": {"booking_requires_confirmation": "on"}})
    assert move(ordered, "processing", "on-hold") == "pending-confirmation"


def test_a_booking_whose_place_is_sold_stays_cancelled(ordered):
    move(ordered, "cancelled")
    ordered.book(61, "2021-09-24")
    assert move(ordered, "processing") == "cancelled"


def test_a_booking_that_was_cancelled_by_itself_stays_so(ordered):
    ordered.put(f"/bookings/{ordered.number}", {"status": "cancelled"})
    assert move(ordered, "completed") == "cancelled"


def test_an_order_does_not_follow_its_booking(ordered):
    ordered.put(f"/bookings/{ordered.number}", {"status": "paid"})
    assert orders.get(ordered.order).status == "pending"
