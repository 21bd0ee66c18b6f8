"""Worked examples of the README's rules, through HTTP: the documented samples and the vendor's demo shop."""

import pytest

from tests.plugins.bkap.conftest import product, slots

WEEK = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


def a_shop_for_single_days(shop):
    shop.load(
        {
            "products": [
                product(
                    48,
                    booking_recurring_lockout={"booking_weekday_0": 50},
                    booking_specific_date={"25-9-2021": 8, "28-9-2021": 8, "29-9-2021": 8},
                )
            ]
        }
    )
    paid = shop.book(48, "2021-09-26", quantity=40)
    shop.put(f"/bookings/{paid['booking_id']}", {"status": "paid"})
    confirmed = shop.book(48, "2021-09-28", quantity=3)
    shop.put(f"/bookings/{confirmed['booking_id']}", {"status": "confirmed"})
    cancelled = shop.book(48, "2021-09-28", quantity=5)
    shop.put(f"/bookings/{cancelled['booking_id']}", {"status": "cancelled"})
    shop.book(48, "2021-09-25", quantity=8)


def test_a_single_days_weekdays_and_specific_dates(shop):
    a_shop_for_single_days(shop)

    reply = shop.get("/bookings/availability", {"product_id": 48, "start_date": "2021-09-25", "end_date": "2021-09-29"})

    assert reply == [
        [{"date": "2021-09-25", "availability": 0, "message": "Bookings are full."}],
        [{"date": "2021-09-26", "availability": 10}],
        [{"date": "2021-09-27", "availability": "Unlimited"}],
        [{"date": "2021-09-28", "availability": 5}],
        [{"date": "2021-09-29", "availability": 8}],
    ]


def test_a_custom_range_closes_everything_outside_of_it(shop):
    a_shop_for_single_days(shop)
    shop.put(
        "/products/48",
        {
            "booking": {
                "availability_dates_months": [
                    {"type": "custom_range", "date_from": "2021-09-29", "date_to": "2021-09-30"}
                ]
            }
        },
    )

    assert shop.left(48, "2021-09-25", "2021-09-30") == {
        "2021-09-25": 0,
        "2021-09-26": 0,
        "2021-09-27": 0,
        "2021-09-28": 0,
        "2021-09-29": 8,
        "2021-09-30": "Unlimited",
    }


def test_b_nights_take_neither_the_checkout_day_nor_more_than_there_is(shop):
    shop.load({"products": [product(69, "multiple_days", _bkap_date_lockout=3)]})
    shop.book(69, "2024-09-29", "2024-10-02", quantity=2)
    shop.book(69, "2024-10-01", "2024-10-03")

    assert list(shop.left(69, "2024-09-28", "2024-10-03").values()) == [3, 1, 1, 0, 2, 3]
    shop.book(69, "2024-09-29", "2024-10-01")
    body = {"product_id": 69, "price": 1, "start_date": "2024-09-29", "end_date": "2024-10-02"}
    assert shop.refused("POST", "/bookings", body) == "bkap_api_booking_full_booking_error"
    shop.book(69, "2024-10-02", "2024-10-04", quantity=2)


SUNDAY = [{"booking_special_weekday": "booking_weekday_0", "booking_special_price": 150}]
FIRST = [{"booking_special_date": "2024-10-01", "booking_special_price": "80"}]


@pytest.mark.parametrize(
    ("special", "quantity", "price"),
    [([], 1, "600.00"), (SUNDAY, 1, "650.00"), (SUNDAY + FIRST, 1, "630.00"), (SUNDAY + FIRST, 2, "1260.00")],
    ids=["base", "sunday", "sunday and a date", "two"],
)
def test_c_the_price_of_nights(shop, special, quantity, price):
    shop.load({"products": [product(69, "multiple_days", _bkap_special_price=special)]})

    assert shop.price(69, start_date="2024-09-29", end_date="2024-10-05", quantity=quantity) == price


@pytest.mark.parametrize(("quantity", "price"), [(1, "620.00"), (2, "1240.00")])
def test_c_a_resource_costs_once_per_unit(shop, quantity, price):
    shop.load(
        {
            "resources": [{"resource_id": 10, "resource_title": "Boat"}],
            "products": [
                product(
                    69,
                    "multiple_days",
                    _bkap_product_resources=[10],
                    _bkap_resource_base_costs={"10": 20},
                )
            ],
        }
    )

    reply = shop.price(69, start_date="2024-09-29", end_date="2024-10-05", quantity=quantity, resource_id=10)

    assert reply == price


@pytest.mark.parametrize(("nights", "price"), [(1, 50), (3, 135), (4, 180), (7, 280), (10, 400), (12, 500)])
def test_d_price_ranges(shop, nights, price):
    ranges = [
        {"min_number": 2, "max_number": 4, "per_day_price": 45, "fixed_price": ""},
        {"min_number": 5, "max_number": 10, "per_day_price": 40, "fixed_price": ""},
    ]
    shop.load({"products": [product(69, "multiple_days", price="50", _bkap_price_ranges=ranges)]})

    reply = shop.price(69, start_date="2024-09-02", end_date=f"2024-09-{2 + nights:02}")

    assert float(reply) == price


@pytest.mark.parametrize(("nights", "price"), [(3, 150), (7, 300), (12, 400)])
def test_d_a_flat_price_range(shop, nights, price):
    ranges = [{"min_number": 5, "max_number": 10, "per_day_price": "", "fixed_price": 300}]
    shop.load({"products": [product(69, "multiple_days", price="50", _bkap_price_ranges=ranges)]})

    assert float(shop.price(69, start_date="2024-09-02", end_date=f"2024-09-{2 + nights:02}")) == price


def test_d_special_nights_inside_a_range(shop):
    ranges = [{"min_number": 2, "max_number": 4, "per_day_price": 45}]
    special = [{"booking_special_date": day, "booking_special_price": 60} for day in ("2024-09-03", "2024-09-04")]
    settings = {"_bkap_price_ranges": ranges, "_bkap_special_price": special}
    shop.load({"products": [product(69, "multiple_days", price="50", **settings)]})

    assert shop.price(69, start_date="2024-09-02", end_date="2024-09-06") == "210.00"


def test_d_special_nights_inside_a_fixed_block(shop):
    special = [{"booking_special_date": day, "booking_special_price": 150} for day in ("2024-09-03", "2024-09-04")]
    blocks = [{"block_name": "Five", "number_of_days": 5, "start_day": "any_days", "price": 500}]
    settings = {"_bkap_fixed_blocks_data": blocks, "_bkap_special_price": special}
    shop.load({"products": [product(69, "multiple_days", price="120", **settings)]})

    reply = shop.price(69, start_date="2024-09-02", end_date="2024-09-07", fixed_block=5)

    assert reply == "600.00"


def test_e_fixed_times(shop):
    times = slots(("09:00", "10:00", 4, 120), ("10:00", "11:00", 0, ""), ("11:00", "12:00", 2, ""))
    shop.load({"products": [product(70, "date_time", _bkap_time_settings={"booking_weekday_2": times})]})
    day = "2024-09-10"
    created = shop.book(70, day, start_time="09:00", end_time="10:00", quantity=3, price=360)

    entry = shop.get("/bookings/availability", {"product_id": 70, "start_date": day})[0][0]
    assert entry["availability"] == "Unlimited"
    assert entry["slots"] == [
        {"start_time": "09:00", "end_time": "10:00", "availability": 1},
        {"start_time": "10:00", "end_time": "11:00", "availability": "Unlimited"},
        {"start_time": "11:00", "end_time": "12:00", "availability": 2},
    ]
    again = {"product_id": 70, "start_date": day, "end_date": day, "price": 1, "quantity": 2}
    times = {"start_time": "09:00", "end_time": "10:00"}
    assert shop.refused("POST", "/bookings", {**again, **times}) == "bkap_api_booking_full_booking_error"
    assert shop.price(70, start_date=day, quantity=3, **times) == "360.00"
    assert shop.price(70, start_date=day, start_time="11:00", end_time="12:00") == "100.00"
    assert (created["start_date"], created["end_date"]) == ("20240910090000", "20240910100000")
    assert (created["start_time"], created["cost"]) == ("09:00 AM", "120")


def test_f_durations(shop):
    duration = {
        "duration": 1,
        "duration_type": "hours",
        "duration_min": 1,
        "duration_max": 4,
        "duration_price": 50,
        "duration_max_booking": 2,
    }
    shop.load({"products": [product(71, "duration_time", _bkap_duration_settings=duration)]})
    body = {"product_id": 71, "start_date": "2024-09-15", "start_time": "09:00"}

    answer = shop.get("/bookings/price", {**body, "duration": 2, "quantity": 3})
    assert answer == {
        "total_price_calculated": "300.00",
        "bkap_price_charged": "300.00",
        "bkap_price": "Total: 300.00 $",
    }
    day = "2024-09-15"
    shop.book(71, day, start_time="09:00", duration=120)
    shop.book(71, day, start_time="10:00", duration=2)
    more = {"product_id": 71, "start_date": day, "end_date": day, "price": 1, "duration": 60}
    code = shop.refused("POST", "/bookings", {**more, "start_time": "10:00"})
    assert code == "bkap_api_booking_full_booking_error"
    assert shop.refused("POST", "/bookings", {**more, "start_time": "11:00", "quantity": 2}) == code
    shop.post("/bookings", {**more, "start_time": "11:00"})
    shop.post("/bookings", {**more, "start_time": "12:00", "quantity": 2})


def test_g_several_dates_make_one_order(shop):
    settings = {"_bkap_multidates_type": "fixed", "_bkap_multidates_fixed_number": 2}
    shop.load({"products": [product(273, "multidates", price="150", **settings)]})

    created = shop.post(
        "/bookings", {"product_id": 273, "price": 150, "dates": ["2021-09-24", "2021-09-25"], "quantity": 5}
    )

    assert created["total"] == "300"
    assert created["start_date"] == "20210925000000"
    listed = shop.get("/bookings", {"order_id": created["order_id"]})
    assert sorted(record["booking_id"] for record in listed["bookings"]) == created["booking_ids"]
    assert [(record["cost"], record["quantity"]) for record in listed["bookings"]] == [("150", "1"), ("150", "1")]
    assert len({record["order_item_id"] for record in listed["bookings"]}) == 1
    three = ["2021-09-24", "2021-09-25", "2021-09-26"]
    code = shop.refused("POST", "/bookings", {"product_id": 273, "price": 150, "dates": three})
    assert code == "bkap_api_booking_invalid_date_count"


def test_h_several_resources_share_the_order_and_the_price(shop):
    costs = {"10": 10, "18": 15, "22": 5}
    shop.load(
        {
            "resources": [{"resource_id": n, "resource_title": f"R{n}"} for n in (10, 18, 22)],
            "products": [
                product(
                    273,
                    price="200",
                    booking_recurring_lockout={"booking_weekday_5": 1},
                    _bkap_product_resources=[10, 18, 22],
                    _bkap_resource_base_costs=costs,
                    _bkap_product_resource_selection_type="multiple",
                )
            ],
        }
    )

    assert shop.price(273, start_date="2021-09-24", resource_id=10) == "210.00"
    created = shop.book(273, "2021-09-24", resource_id=[10, 18, 22], price=230)

    listed = shop.get("/bookings", {"order_id": created["order_id"]})["bookings"]
    assert sorted(record["resource_id"] for record in listed) == ["10", "18", "22"]
    assert {record["cost"] for record in listed} == {"230"}
    assert created["total"] == "230"
    # The product's own last place was taken once.
    assert shop.left(273, "2021-09-24") == {"2021-09-24": 0}


def test_i_updates_keep_or_state_the_total(shop):
    shop.load({"products": [product(68)]})
    booking_id = shop.book(68, "2021-09-24", price=200)["booking_id"]

    assert shop.put(f"/bookings/{booking_id}", {"quantity": 2, "price": 400})["cost"] == "200"
    after = shop.put(f"/bookings/{booking_id}", {"quantity": 4})
    assert (after["price"], after["cost"]) == (400, "100")


@pytest.mark.parametrize(
    ("price", "plain", "text"),
    [
        ("1000", "1000.00", "Total: 1,000.00 $"),
        ("1234567.5", "1234567.50", "Total: 1,234,567.50 $"),
    ],
)
def test_j_money_text(shop, price, plain, text):
    shop.load({"products": [product(68, price=price)]})

    assert shop.get("/bookings/price", {"product_id": 68, "start_date": "2024-09-29", "quantity": 1}) == {
        "total_price_calculated": plain,
        "bkap_price_charged": plain,
        "bkap_price": text,
    }
