"""The worked examples of README, "Prices", with coupons, packages and gift cards, through HTTP."""

import pytest

from core.services import doctor
from tests.plugins.bookingpress.conftest import bring
from tests.plugins.bookingpress.test_slots import ola

RICH = {"settings": {"tax_percentage": 8, "paypal_payment": True}}


def rich(start):
    """Case 1 and 2: staff price, extras, coupon, tax, deposit."""
    shop = start(document=RICH)
    service = shop.service(
        max_capacity=4,
        deposit_type="percentage",
        deposit_amount=25,
        extra_services=[{"name": "Oven", "price": 7.5, "max_qty": 5}],
    )
    member = ola(shop, (service, {"assign_service_price": 55}))
    shop.make("/coupons", coupon_code="SPRING", coupon_discount=10, coupon_discount_type="percentage")
    extra = shop.get(f"/services/{service}")["extra_services"][0]["id"]
    chosen = {
        "selected_staff_member_id": member,
        "bookingpress_selected_bring_members": 3,
        "bookingpress_selected_extra_details": [{"id": extra, "qty": 2}],
        "coupon_code": "spring",
        "use_deposit": True,
    }
    return shop, service, chosen


def test_1_everything_at_once_paid_online(start):
    shop, service, chosen = rich(start)
    booked = shop.book(service, selected_payment_method="paypal", **chosen)
    amounts = (booked["total_amount"], booked["paid_amount"], booked["due_amount"], booked["payment_status"])
    assert amounts == (174.96, 43.74, 131.22, "4")
    record = shop.get(f"/appointments/{booked['appointment_id']}")
    shown = {name: record[name] for name in ("coupon_discount_amount", "tax_amount", "deposit_amount")}
    assert shown == {"coupon_discount_amount": 18, "tax_amount": 12.96, "deposit_amount": 43.74}
    assert (record["appointment_payment"], record["coupon_code"]) == ("$174.96", "spring")
    assert record["extras"] == [{"id": record["extras"][0]["id"], "name": "Oven", "price": 7.5, "qty": 2}]
    assert record["appointment_status"] == "1"
    coupon = shop.get("/coupons")["items"][0]
    assert (coupon["coupon_total_used"], coupon["coupon_discount_type"]) == (1, "Percentage")


def test_2_on_site_takes_no_deposit(start):
    shop, service, chosen = rich(start)
    booked = shop.book(service, **chosen)
    amounts = (booked["total_amount"], booked["paid_amount"], booked["due_amount"], booked["payment_status"])
    assert amounts == (174.96, 0, 174.96, "2")
    assert booked["appointment_status"] == "2"


@pytest.mark.parametrize(
    ("discount", "kind", "price", "total", "taken"),
    [
        pytest.param(60, "Fixed", 45, 45, 0, id="3 larger than the price: nothing is taken off"),
        pytest.param(100, "Percentage", 45, 0, 45, id="4 all of it"),
        pytest.param(45, "Fixed", 45, 0, 45, id="5 exactly the price"),
        pytest.param(10, "Percentage", 24.25, 21.82, 2.43, id="9 rounded half away from zero"),
    ],
)
def test_coupons(shop, discount, kind, price, total, taken):
    service = shop.service(service_price=price)
    shop.make("/coupons", coupon_code="C", coupon_discount=discount, coupon_discount_type=kind)
    booked = shop.book(service, coupon_code="C")
    record = shop.get(f"/appointments/{booked['appointment_id']}")
    assert (record["total_amount"], record["coupon_discount_amount"]) == (total, taken)
    assert shop.get("/coupons")["items"][0]["coupon_total_used"] == 1


def test_a_free_appointment_needs_no_payment_method(shop):
    service = shop.service(service_price=0)
    booked = shop.book(service, selected_payment_method="")
    assert (booked["payment_status"], booked["appointment_status"]) == ("1", "1")
    assert shop.get("/payments")["items"][0]["payment_gateway"] == " - "


def with_package(start, left):
    shop = start()
    service = shop.service(service_price=30, max_capacity=9, extra_services=[{"name": "Mat", "price": 4}])
    customer = shop.make("/customers", firstname="Mira", email="mira@example.org")
    package = shop.make(
        "/packages",
        package_name="Ten",
        package_services=[{"service_id": service, "bookingpress_no_of_appointments": left}],
    )
    bring(
        {"package_bookings": [{"package_no": "P-1", "package_id": package, "customer_id": customer}]},
        shop.clock,
    )
    extra = shop.get(f"/services/{service}")["extra_services"][0]["id"]
    chosen = {
        "package_no": "P-1",
        "bookingpress_selected_bring_members": 2,
        "bookingpress_selected_extra_details": {str(extra): {"qty": 1}},
    }
    return shop, service, chosen


def test_6_a_package_pays_all_but_the_extras(start):
    shop, service, chosen = with_package(start, 5)
    booked = shop.book(service, **chosen)
    assert booked["total_amount"] == 4
    record = shop.get(f"/appointments/{booked['appointment_id']}")
    assert record["package_discount_amount"] == 60
    refused = shop.book(service, "10:00", **{**chosen, "bookingpress_selected_bring_members": 4})
    assert refused["msg"] == "Only 3 appointments are available in this package."
    assert shop.book(service, "11:00", **{**chosen, "bookingpress_selected_bring_members": 3})["total_amount"] == 4
    assert shop.book(service, "12:00", **chosen)["msg"] == "All appointments are booked in this package."
    shop.call("DELETE", f"/appointments/{booked['appointment_id']}")
    assert shop.book(service, "12:00", **chosen)["total_amount"] == 4


def test_7_too_few_left_in_a_package_books_nothing(start):
    shop, service, chosen = with_package(start, 1)
    assert shop.book(service, **chosen)["msg"] == "Only 1 appointments are available in this package."
    assert shop.get("/appointments")["total"] == 0
    assert shop.get("/payments")["total"] == 0


def test_a_package_belongs_to_its_customer(start):
    shop, service, chosen = with_package(start, 5)
    refused = shop.book(service, **{**chosen, "customer_email": "other@example.org"})
    assert refused == {
        "variant": "error",
        "title": "Error",
        "msg": "Package does not belong to this customer",
    }
    # The customer that came with the refused booking is gone with it.
    assert shop.get("/customers")["total"] == 1


def test_8_a_gift_card_pays_before_tax(start):
    shop = start(document={"settings": {"tax_percentage": 10}})
    service = shop.service(service_price=80)
    bring(
        {"gift_cards": [{"id": 3, "gift_card_title": "Fifty", "gift_card_amount": 45, "gift_card_value": 50}]},
        shop.clock,
    )
    bring({"sold_gift_cards": [{"gift_card_code": "GC", "gift_card_id": 3}]}, shop.clock)
    booked = shop.book(service, gift_card_code="GC")
    assert booked["total_amount"] == 33
    assert shop.get(f"/appointments/{booked['appointment_id']}")["gift_card_amount"] == 50
    assert shop.book(service, "10:00", gift_card_code="GC")["msg"] == "Gift card balance is used up"
    assert shop.get("/gift-cards/3")["total_sold"] == 1


def test_a_gift_card_keeps_the_rest_and_its_limits(shop):
    service, other_service = shop.service(service_price=20), shop.service()
    bring(
        {
            "sold_gift_cards": [
                {"gift_card_code": "A", "gift_card_balance": 50, "gift_card_services": [service]},
                {"gift_card_code": "B", "gift_card_balance": 50, "expiry_date": "2026-06-01"},
                {"gift_card_code": "C", "gift_card_balance": 50, "expiry_date": "2026-05-31"},
            ]
        },
        shop.clock,
    )
    assert [shop.book(service, at, gift_card_code="A")["total_amount"] for at in ("09:00", "10:00", "11:00")] == [
        0,
        0,
        10,
    ]
    assert shop.book(other_service, gift_card_code="A")["msg"] == "Gift card balance is used up"
    assert shop.book(service, "12:00", gift_card_code="B")["total_amount"] == 0
    assert shop.book(service, "13:00", gift_card_code="C")["msg"] == "Gift card is expired"
    assert shop.book(service, "13:00", gift_card_code="D")["msg"] == "Gift card does not exist"


def test_coupon_refusals_in_the_vendors_order(shop):
    service, other_service = shop.service(max_capacity=9), shop.service()
    for code, terms in {
        "OFF": {"coupon_status": False},
        "PAST": {
            "coupon_period_type": "date_range",
            "coupon_start_date": "2026-05-01",
            "coupon_end_date": "2026-05-31",
        },
        "LAST": {
            "coupon_period_type": "date_range",
            "coupon_start_date": "2026-06-01",
            "coupon_end_date": "2026-06-01",
        },
        "OTHER": {"coupon_services": [other_service]},
        "ONCE": {"coupon_allowed_uses": 1},
    }.items():
        shop.make("/coupons", coupon_code=code, coupon_discount=1, **terms)
    messages = {
        code: shop.book(service, coupon_code=code)["msg"] for code in ("NONE", "OFF", "PAST", "LAST", "OTHER", "ONCE")
    }
    assert messages == {
        "NONE": "Coupon code does not exist",
        "OFF": "Coupon code is not valid",
        "PAST": "Coupon code is expired",
        # Today counts, not the date of the appointment.
        "LAST": "Appointment has been booked successfully.",
        "OTHER": "Coupon is not valid for the selected service",
        "ONCE": "Appointment has been booked successfully.",
    }
    assert shop.book(service, coupon_code="ONCE")["msg"] == "Coupon usage limit is reached"


def test_deleting_does_not_give_a_coupon_back(shop):
    service = shop.service()
    shop.make("/coupons", coupon_code="ONCE", coupon_discount=1, coupon_allowed_uses=1)
    booked = shop.book(service, coupon_code="ONCE")
    shop.call("DELETE", f"/appointments/{booked['appointment_id']}")
    assert shop.book(service, coupon_code="ONCE")["msg"] == "Coupon usage limit is reached"


def test_a_refused_booking_uses_nothing_up(shop):
    service = shop.service()
    shop.make("/coupons", coupon_code="C", coupon_discount=1, coupon_allowed_uses=1)
    shop.book(service)
    assert shop.book(service, coupon_code="C")["variant"] == "error"
    assert shop.get("/coupons")["items"][0]["coupon_total_used"] == 0
    assert doctor.examine(now=shop.clock()).ok


def test_the_price_of_a_location_comes_first(shop):
    service = shop.service(service_price=10)
    member = ola(shop, (service, {"assign_service_price": 20}))
    hill = shop.make(
        "/locations",
        location_name="Hill",
        services=[
            {
                "service_id": service,
                "price": 30,
                "staffmembers": [{"staffmember_id": member, "price": 40}],
            }
        ],
    )
    shore = shop.make("/locations", location_name="Shore", services=[{"service_id": service, "price": 30}])
    assert shop.book(service, "09:00", selected_location=hill)["total_amount"] == 40
    assert shop.book(service, "10:00", selected_location=shore)["total_amount"] == 30
    assert shop.book(service, "11:00")["msg"] == "Please select a location to proceed with the booking."


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "$1,234.50"),
        ({"price_symbol_position": "after_with_space", "price_separator": "dot-comma"}, "1.234,50 $"),
        ({"price_separator": "space-comma", "price_number_of_decimals": 0}, "$1 235"),
        (
            {"price_separator": "Custom", "custom_comma_separator": "'", "custom_dot_separator": ","},
            "$1'234,50",
        ),
    ],
)
def test_amounts_look_as_the_site_wants(start, settings, text):
    shop = start(document={"settings": settings})
    service = shop.service(service_price=1234.5)
    assert shop.get(f"/services/{service}")["service_formatted_price"] == text
