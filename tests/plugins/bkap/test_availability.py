"""Availability and prices: ranges, refusals, booking types (README, "Availability" and "Price")."""

import pytest

from tests.plugins.bkap.conftest import ALL_WEEK, product, slots


@pytest.fixture
def open_shop(shop):
    shop.load({"products": [product(68, booking_recurring_lockout=dict.fromkeys(ALL_WEEK, 5))]})
    return shop


@pytest.mark.parametrize(
    ("body", "days"),
    [
        ({"start_date": "2021-09-25"}, ["2021-09-25"]),
        ({}, ["2021-09-21"]),
        ({"end_date": "2021-09-22"}, ["2021-09-21", "2021-09-22"]),
        ({"start_date": "2021-10-5", "end_date": "2021-10-6"}, ["2021-10-05", "2021-10-06"]),
        ({"start_date": "2021-09-25", "end_date": "2021-12-31", "limit": 2}, ["2021-09-25", "2021-09-26"]),
        ({"start_date": "2021-09-25", "end_date": "2021-09-25", "limit": 5}, ["2021-09-25"]),
    ],
)
def test_ranges(open_shop, body, days):
    reply = open_shop.get("/bookings/availability", {"product_id": 68, **body})
    assert [day[0]["date"] for day in reply] == days
    assert all(len(day) == 1 and day[0]["availability"] == 5 for day in reply)


@pytest.mark.parametrize("path", ["/bookings/availability", "/bookings/price"])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"product_id": None}, "required_parameter"),
        ({"product_id": ""}, "required_parameter"),
        ({"product_id": 999}, "invalid_parameter"),
        ({"product_id": "x"}, "invalid_parameter"),
        ({"variation_id": 999}, "invalid_parameter"),
        ({"start_date": "2021-09-25", "end_date": "2021-09-24"}, "date_error"),
        ({"start_date": ["2021-09-25"]}, "date_error"),
        ({"start_date": "2021-09-10", "end_date": ["2021-09-25"]}, "date_error"),
        ({"start_date": "x"}, "invalid_parameter"),
        ({"start_date": "2021-09-25", "end_date": "x"}, "invalid_parameter"),
        ({"limit": "x"}, "invalid_parameter"),
        ({"resource_id": "x"}, "invalid_parameter"),
        ({"resource_id": 999}, "invalid_parameter"),
    ],
)
def test_what_is_refused(open_shop, path, body, code):
    assert open_shop.refused("GET", path, {"product_id": 68, **body}) == f"bkap_api_booking_{code}"


def test_a_year_is_the_longest_range(open_shop):
    body = {"product_id": 68, "start_date": "2021-01-01"}
    assert len(open_shop.get("/bookings/availability", {**body, "end_date": "2022-01-01"})) == 366
    code = open_shop.refused("GET", "/bookings/availability", {**body, "end_date": "2022-01-02"})
    assert code == "bkap_api_booking_invalid_parameter"


@pytest.mark.parametrize(("status", "left"), [
    ("pending-confirmation", 3), ("confirmed", 3), ("paid", 3), ("cancelled", 5),
])  # fmt: skip
def test_statuses_that_use_capacity(open_shop, status, left):
    booking_id = open_shop.book(68, "2021-09-24", quantity=2)["booking_id"]
    open_shop.put(f"/bookings/{booking_id}", {"status": status})
    assert open_shop.left(68, "2021-09-24") == {"2021-09-24": left}


def test_a_draft_takes_nothing(open_shop):
    open_shop.load({"bookings": [{"booking_id": 900, "product_id": 68, "status": "draft", "start_date": "2021-09-24"}]})
    assert open_shop.left(68, "2021-09-24") == {"2021-09-24": 5}
    assert open_shop.get("/bookings", {"status": "draft"})["count"] == 1


def test_slots_of_a_date_replace_those_of_its_weekday_and_overlaps_share(shop):
    times = {
        "booking_weekday_5": slots(("09:00", "11:00", 3, ""), ("10:00", "12:00", 2, "")),
        "1-10-2021": slots(("20:00", "22:00", 1, 500)),
    }
    shop.load({"products": [product(70, "date_time", _bkap_time_settings=times)]})
    shop.book(70, "2021-09-24", start_time="09:00", end_time="11:00")

    def entry(day):
        return shop.get("/bookings/availability", {"product_id": 70, "start_date": day})[0][0]

    assert entry("2021-09-24") == {
        "date": "2021-09-24",
        "availability": 3,
        "slots": [
            {"start_time": "09:00", "end_time": "11:00", "availability": 2},
            {"start_time": "10:00", "end_time": "12:00", "availability": 1},
        ],
    }
    assert [slot["start_time"] for slot in entry("2021-10-01")["slots"]] == ["20:00"]
    assert entry("2021-09-23") == {
        "date": "2021-09-23",
        "availability": 0,
        "message": "Bookings are full.",
        "slots": [],
    }
    assert shop.price(70, start_date="2021-10-01", start_time="20:00", end_time="22:00") == "500.00"
    assert shop.price(70, start_date="2021-10-01") == "100.00"


def test_a_durations_date_has_the_room_of_its_emptiest_start(shop):
    settings = {
        "duration": 4,
        "duration_type": "hours",
        "duration_min": 1,
        "duration_max": 2,
        "duration_max_booking": 3,
        "first_duration": "08:00",
        "end_duration": "16:00",
        "duration_gap": 0,
    }
    shop.load({"products": [product(71, "duration_time", _bkap_duration_settings=settings)]})
    assert shop.left(71, "2021-09-24") == {"2021-09-24": 3}
    shop.book(71, "2021-09-24", start_time="08:00", duration=240, quantity=2)
    assert shop.left(71, "2021-09-24") == {"2021-09-24": 3}
    shop.book(71, "2021-09-24", start_time="12:00", duration=1)
    assert shop.left(71, "2021-09-24") == {"2021-09-24": 2}
    for start in ("09:00", "16:00"):
        body = {
            "product_id": 71,
            "price": 1,
            "start_date": "2021-09-24",
            "end_date": "2021-09-24",
            "duration": 1,
        }
        assert shop.refused("POST", "/bookings", {**body, "start_time": start}) == "bkap_api_booking_full_booking_error"


def test_minutes_may_run_past_midnight(shop):
    settings = {"duration": 30, "duration_type": "mins", "duration_min": 1, "duration_max": 6}
    weekdays = {"booking_weekday_5": "on"}
    shop.load(
        {"products": [product(71, "duration_time", _bkap_duration_settings=settings, booking_recurring=weekdays)]}
    )
    created = shop.book(71, "2021-09-24", start_time="23:30", duration=60)
    assert (created["end_date"], created["end_time"], created["duration"]) == ("20210925003000", "12:30 AM", "60")
    body = {
        "product_id": 71,
        "price": 1,
        "start_date": "2021-09-25",
        "end_date": "2021-09-25",
        "duration": 30,
    }
    assert shop.refused("POST", "/bookings", body) == "bkap_api_booking_full_booking_error"


@pytest.mark.parametrize(
    ("more", "price"),
    [
        ({"duration": 2}, "30.00"),
        ({"duration": 60}, "30.00"),
        ({"duration": 90}, "45.00"),
        ({"duration": 3, "quantity": 2}, "90.00"),
        ({"duration": 1}, "15.00"),
    ],
)
def test_prices_of_durations(shop, more, price):
    settings = {"duration": 30, "duration_type": "mins", "duration_max": 9, "duration_price": 15}
    shop.load({"products": [product(71, "duration_time", _bkap_duration_settings=settings)]})
    assert shop.price(71, start_date="2021-09-24", start_time="09:00", **more) == price


@pytest.mark.parametrize(
    ("more", "price"),
    [
        ({"start_date": "2021-09-24"}, "100.00"),
        ({"start_date": "2021-09-24", "quantity": "3"}, "300.00"),
        ({"start_date": "2021-09-25"}, "150.00"),
        ({"start_date": "2021-09-26"}, "70.00"),
        ({"start_date": "2021-09-26", "resource_id": 10}, "80.00"),
        # The price route asks neither for capacity nor for open days.
        ({"start_date": "2021-09-27"}, "100.00"),
    ],
)
def test_prices_of_single_days(shop, more, price):
    special = [
        {"booking_special_weekday": "booking_weekday_6", "booking_special_price": 150},
        {"booking_special_weekday": "booking_weekday_0", "booking_special_price": 150},
        {"booking_special_date": "2021-09-26", "booking_special_price": 70},
    ]
    shop.load(
        {
            "resources": [{"resource_id": 10, "resource_title": "Ten"}],
            "products": [
                product(
                    68,
                    _bkap_special_price=special,
                    _bkap_product_holidays={"27-9-2021": 0},
                    _bkap_product_resources=[10],
                    _bkap_resource_base_costs={"10": 10},
                )
            ],
        }
    )
    assert shop.price(68, **more) == price


def test_without_a_date_the_base_price_is_told(open_shop):
    assert open_shop.get("/bookings/price", {"product_id": 68}) == {"price": "100"}


def test_nights_without_a_checkout_are_one(shop):
    shop.load({"products": [product(69, "multiple_days")]})
    assert shop.price(69, start_date="2021-09-24") == "100.00"
    assert shop.price(69, start_date="2021-09-24", end_date="2021-09-24") == "100.00"


def test_the_shops_day_is_today(make_shop):
    shop = make_shop(timezone="Asia/Tokyo")
    shop.clock.now = shop.clock.now.replace(hour=20)
    shop.load({"products": [product(68)]})
    assert [day[0]["date"] for day in shop.get("/bookings/availability", {"product_id": 68})] == ["2021-09-22"]
