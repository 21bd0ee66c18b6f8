"""Products and resources: lists, records, settings, deletion (README, "Resources" to "Product parameters")."""

import pytest

from tests.plugins.bkap.conftest import ALL_WEEK, product, slots

P = "bkap_api_product_"


@pytest.fixture
def catalog_shop(shop):
    """Products created on different days, with different statuses, types and prices."""
    for day, product_id, more in (
        (1, 61, {"price": "50"}),
        (2, 62, {"price": "200", "_bkap_booking_type": "multiple_days"}),
        (3, 63, {"price": "80", "status": "draft"}),
        (4, 64, {"price": "90", "_bkap_booking_type": "date_time"}),
        (5, 65, {"price": "90", "_bkap_enable_booking": "off"}),
        (6, 66, {"price": "120", "status": "pending"}),
    ):
        shop.load({"products": [{**product(product_id), "created_at": f"2021-09-0{day}T10:00:00Z", **more}]})
    return shop


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [64, 62, 61]),
        ({"limit": 2}, [64, 62]),
        ({"status": "draft"}, [63]),
        ({"status": "published"}, [64, 62, 61]),
        ({"status": ["draft", "pending"]}, [66, 63]),
        ({"booking_type": "only_day"}, [61]),
        ({"booking_type": ["only_day", "date_time"]}, [64, 61]),
        ({"booking_type": ["only_day", "date_time"], "limit": 1}, [64]),
        ({"price": 50}, [64, 62]),
        ({"price": "49.99"}, [64, 62, 61]),
        ({"start_date": "2021-09-02"}, [64, 62]),
        ({"end_date": "2021-09-02"}, [62, 61]),
        ({"start_date": "2021-09-02", "end_date": "2021-09-03"}, [62]),
    ],
)
def test_filters(catalog_shop, body, expected):
    reply = catalog_shop.get("/products", body)
    assert [record["id"] for record in reply["products"]] == expected
    assert reply["count"] == len(expected)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"status": "gone"}, "invalid_parameter"),
        ({"limit": "x"}, "invalid_parameter"),
        ({"price": "x"}, "invalid_parameter"),
        ({"start_date": "x"}, "invalid_parameter"),
        ({"booking_type": "none"}, "invalid_booking_type"),
        ({"booking_type": [[]]}, "invalid_booking_type"),
    ],
)
def test_filters_that_are_refused(catalog_shop, body, code):
    assert catalog_shop.refused("GET", "/products", body) == P + code


def test_a_product_that_is_off_is_neither_listed_nor_counted_but_found(catalog_shop):
    assert catalog_shop.get("/products/count") == {"count": 3}
    assert catalog_shop.get("/products/65")["product"]["id"] == 65


def test_an_empty_list_says_so(shop):
    assert shop.get("/products") == {"products": [], "count": 0, "message": "No Products"}
    assert shop.get("/resources") == {"resources": [], "count": 0, "message": "No Resources"}


def test_fields_of_products(catalog_shop):
    assert catalog_shop.get("/products", {"fields": ["id"], "limit": 1})["products"] == [{"id": 64}]
    assert catalog_shop.get("/products/61?filter[fields][]=title")["product"] == {"title": "Product 61"}


# -- settings -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def product_shop(shop):
    shop.load({"products": [product(61, booking_recurring_lockout={"booking_weekday_5": 4})]})
    return shop


def put(shop, booking, **top):
    return shop.put("/products/61", {"booking": booking, **top})


def test_the_answer_is_the_bare_record_and_the_same_under_product(product_shop):
    reply = put(product_shop, {"booking_requires_confirmation": "on", "enable_inline_calendar": "on"})
    again = reply.pop("product")
    assert reply == again == product_shop.get("/products/61")["product"]
    assert (reply["booking_requires_confirmation"], reply["booking_calendar_type"]) == ("yes", "inline")


@pytest.mark.parametrize("setting", ["on", "off"])
def test_a_record_can_be_sent_back(product_shop, setting):
    put(product_shop, {"booking_requires_confirmation": setting})
    record = product_shop.get("/products/61")["product"]
    product_shop.put("/products/61", record)
    again = product_shop.get("/products/61")["product"]
    assert {**again, "updated_at": ""} == {**record, "updated_at": ""}


def test_keys_at_the_top_are_taken_too(product_shop):
    assert (
        product_shop.put("/products/61", {"booking_requires_confirmation": "on"})["booking_requires_confirmation"]
        == "yes"
    )


def test_weekdays_are_merged_and_switching_off_clears(product_shop):
    reply = put(
        product_shop,
        {
            "availability_weekday": [
                {"weekday": "Friday", "status": "off"},
                {"weekday": "sunday", "status": "on", "lockout": "7", "price": 150},
            ]
        },
    )
    days = {day["day"]: day["lockout"] for day in reply["booking_availability_weekday"]["available_dates"]}
    assert days == {"sunday": 7, "monday": 0, "tuesday": 0, "wednesday": 0, "thursday": 0, "saturday": 0}
    assert product_shop.left(61, "2021-09-24", "2021-09-26") == {
        "2021-09-24": 0,
        "2021-09-25": "Unlimited",
        "2021-09-26": 7,
    }
    assert product_shop.price(61, start_date="2021-09-26") == "150.00"
    reply = put(product_shop, {"availability_weekday": [{"weekday": "friday", "status": "on"}]})
    days = {day["day"]: day["lockout"] for day in reply["booking_availability_weekday"]["available_dates"]}
    assert days["friday"] == 0


def test_dates_and_months(product_shop):
    reply = put(
        product_shop,
        {
            "availability_dates_months": [
                {"type": "specific_dates", "date": ["2021-09-05", "2021-10-03"], "lockout": 3, "price": 80},
                {"type": "holidays", "date": ["2021-09-06"], "maximum_booking": 2},
                {
                    "type": "custom_range",
                    "date_from": "2021-09-01",
                    "date_to": "2021-09-30",
                    "maximum_booking": 0,
                },
                {
                    "type": "range_months",
                    "month_from": "october",
                    "month_to": "december",
                    "maximum_booking": 1,
                },
            ]
        },
    )
    assert reply["booking_availability_specific_date"] == {
        "status": "on",
        "specific_dates": [{"date": "5-9-2021", "lockout": 3}, {"date": "3-10-2021", "lockout": 3}],
    }
    assert reply["booking_custom_range"] == [
        {"start": "1-9-2021", "end": "30-9-2021", "years_to_recur": "", "range_type": ""}
    ]
    assert reply["booking_month_range"] == [
        {"start": "1-10-2021", "end": "31-12-2021", "years_to_recur": "1", "range_type": ""}
    ]
    product_shop.clock.now = product_shop.clock.now.replace(day=1)
    assert product_shop.left(61, "2021-09-05", "2021-09-07") == {
        "2021-09-05": 3,
        "2021-09-06": 0,
        "2021-09-07": "Unlimited",
    }
    # The month range comes back next year, the custom range does not; the holiday does, twice.
    assert list(product_shop.left(61, "2022-09-30", "2022-10-02").values()) == [0, "Unlimited", "Unlimited"]
    assert product_shop.left(61, "2022-09-06") == {"2022-09-06": 0}
    assert product_shop.price(61, start_date="2021-10-03", quantity=2) == "160.00"
    # A type that comes again replaces its entries; the others stay.
    reply = put(product_shop, {"availability_dates_months": [{"type": "specific_dates", "date": "2021-09-08"}]})
    assert [day["date"] for day in reply["booking_availability_specific_date"]["specific_dates"]] == ["8-9-2021"]
    assert len(reply["booking_month_range"]) == 1


def test_cancellation_is_an_object_or_off(product_shop):
    assert product_shop.get("/products/61")["product"]["booking_cancellation"] == "off"
    on = {
        "booking_can_be_cancelled": "on",
        "booking_can_be_cancelled_duration": 3,
        "booking_can_be_cancelled_period": "hour",
    }
    assert put(product_shop, on)["booking_cancellation"] == {"status": "on", "duration": "3", "period": "hour"}
    assert put(product_shop, {"booking_can_be_cancelled": "off"})["booking_cancellation"] == "off"
    assert put(product_shop, {"booking_can_be_cancelled": "on"})["booking_cancellation"]["duration"] == "3"


def test_nights_and_the_advance_period(product_shop):
    put(
        product_shop,
        {
            "booking_type": "multiple_days",
            "booking_maximum_bookings_on_date": 2,
            "booking_minimum_number_nights_book": 2,
            "booking_maximum_number_nights_book": "3",
            "booking_advance_period": 24,
        },
    )
    assert list(product_shop.left(61, "2021-09-21", "2021-09-24").values()) == [0, 0, 2, 2]
    refused = {"product_id": 61, "price": 1, "start_date": "2021-09-24"}
    for end in ("2021-09-25", "2021-09-28"):
        code = product_shop.refused("POST", "/bookings", {**refused, "end_date": end})
        assert code == "bkap_api_booking_create_booking_error"
    product_shop.book(61, "2021-09-24", "2021-09-27")
    # What is not sent stays.
    put(product_shop, {"enable_inline_calendar": "on"})
    assert product_shop.left(61, "2021-09-24") == {"2021-09-24": 1}


def test_a_weekday_that_is_off_only_takes_no_arrivals(shop):
    weekdays = {**ALL_WEEK, "booking_weekday_6": "", "booking_weekday_0": ""}
    settings = {
        "booking_recurring": weekdays,
        "_bkap_product_holidays": {"1-10-2021": 0},
        "booking_specific_date": {"3-10-2021": 1},
    }
    shop.load({"products": [product(61, "multiple_days", **settings)]})
    shop.book(61, "2021-09-24", "2021-09-27")
    for start, end in (("2021-09-25", "2021-09-27"), ("2021-09-30", "2021-10-02")):
        body = {"product_id": 61, "price": 1, "start_date": start, "end_date": end}
        assert shop.refused("POST", "/bookings", body) == "bkap_api_booking_full_booking_error"
    shop.book(61, "2021-10-03", "2021-10-04")
    body = {"product_id": 61, "price": 1, "start_date": "2021-10-02", "end_date": "2021-10-04"}
    assert list(shop.left(61, "2021-10-01", "2021-10-04").values()) == [0, 0, 0, "Unlimited"]


def test_a_new_type_needs_what_belongs_to_it(product_shop):
    refused = "booking_date_fixed_time_"
    for booking in (
        {"booking_type": "multidates"},
        {"booking_type": "multidates", f"{refused}selection": "fixed"},
        {"booking_type": "multidates", f"{refused}selection": "fixed", f"{refused}number_dates": 1},
        {"booking_type": "multidates", f"{refused}selection": "range", f"{refused}min_dates": "2"},
        {
            "booking_type": "multidates",
            f"{refused}selection": "range",
            f"{refused}min_dates": "3",
            f"{refused}max_dates": 2,
        },
    ):
        assert product_shop.refused("PUT", "/products/61", {"booking": booking}) == f"{P}invalid_parameter"
    assert product_shop.get("/products/61")["product"]["booking_type"] == "only_day"
    put(
        product_shop,
        {
            "booking_type": "multidates",
            f"{refused}selection": "range",
            f"{refused}min_dates": "2",
            f"{refused}max_dates": "3",
        },
    )
    body = {"product_id": 61, "price": 1, "dates": ["2021-09-24"]}
    assert product_shop.refused("POST", "/bookings", body) == "bkap_api_booking_invalid_date_count"


@pytest.mark.parametrize(
    "booking",
    [
        {"enable_booking": "yes"},
        {"booking_type": "weekly"},
        {"booking_advance_period": "soon"},
        {"booking_advance_period": -1},
        {"booking_maximum_dates": 1.5},
        {"booking_can_be_cancelled_duration": 3},
        {"booking_can_be_cancelled_duration": 3, "booking_can_be_cancelled_period": "week"},
        {"booking_can_be_cancelled_duration": 0, "booking_can_be_cancelled_period": "day"},
        {"availability_weekday": [{"weekday": "someday", "status": "on"}]},
        {"availability_weekday": [{"weekday": "monday", "status": "maybe"}]},
        {"availability_weekday": [{"weekday": "monday", "lockout": -1}]},
        {"availability_weekday": "monday"},
        {"availability_dates_months": [{"type": "someday"}]},
        {"availability_dates_months": [{"type": "specific_dates"}]},
        {"availability_dates_months": [{"type": "specific_dates", "date": ["2021-09-05", "2021-11.11"]}]},
        {"availability_dates_months": [{"type": "custom_range", "date_from": "2021-05-04", "date_to": "2021-03-01"}]},
        {"availability_dates_months": [{"type": "range_months", "month_from": "march", "month_to": "january"}]},
        {"availability_dates_months": [{"type": "range_months", "month_from": "march"}]},
        {"availability_dates_months": 7},
        {"booking_maximum_bookings_on_date": 10**12},
    ],
)  # fmt: skip
def test_settings_that_are_refused_save_nothing(product_shop, booking):
    before = product_shop.get("/products/61")
    body = {"booking": {"booking_requires_confirmation": "on", **booking}, "product_title": "New"}
    assert product_shop.refused("PUT", "/products/61", body) == f"{P}invalid_parameter"
    assert product_shop.get("/products/61") == before


def test_title_status_and_type_change_this_product(product_shop):
    reply = put(
        product_shop, {}, product_title="Tour", product_status="draft", product_type="variable", product_price="42"
    )
    assert (reply["title"], reply["status"], reply["type"], reply["price"]) == (
        "Tour",
        "draft",
        "variable",
        "42",
    )
    assert product_shop.price(61, start_date="2021-09-24") == "42.00"
    assert product_shop.get("/products/count") == {"count": 0}


def test_switching_booking_off_ends_selling(product_shop):
    put(product_shop, {"enable_booking": "off"})
    assert product_shop.get("/products")["count"] == 0
    assert product_shop.left(61, "2021-09-24") == {"2021-09-24": 0}
    body = {"product_id": 61, "price": 1, "start_date": "2021-09-24", "end_date": "2021-09-24"}
    assert product_shop.refused("POST", "/bookings", body) == "bkap_api_booking_create_booking_error"
    put(product_shop, {"enable_booking": "on"})
    assert product_shop.left(61, "2021-09-24") == {"2021-09-24": 4}


@pytest.mark.parametrize("raw", ["{}", "null", ""])
def test_an_empty_update_is_refused(product_shop, raw):
    assert product_shop.refused("PUT", "/products/61", raw=raw) == "woocommerce_api_missing_callback_param"


@pytest.mark.parametrize("product_id", [0, 99999])
def test_an_update_of_an_unknown_product_is_400(product_shop, product_id):
    assert product_shop.refused("PUT", f"/products/{product_id}", {"booking": {}}) == f"{P}invalid_product_id"


def test_a_product_can_be_made(shop):
    week = [{"weekday": "friday", "status": "on", "lockout": 2}]
    created = shop.post(
        "/products",
        {
            "product_title": "City Tour",
            "product_price": 20,
            "product_type": "simple",
            "booking": {"booking_type": "only_day", "availability_weekday": week},
        },
    )
    assert (created["title"], created["price"], created["booking_type"]) == ("City Tour", "20", "only_day")
    assert created["permalink"].endswith("/product/city-tour/")
    assert list(shop.left(created["id"], "2021-09-24", "2021-09-25").values()) == [2, 0]
    assert shop.price(created["id"], start_date="2021-09-24") == "20.00"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"product_title": "x", "product_price": 1, "product_type": "simple"}, "booking_data_not_found"),
        ({"booking": {"booking_type": "only_day"}}, "missing_product_title"),
        ({"product_title": "x", "booking": {"booking_type": "only_day"}}, "missing_product_title"),
        (
            {"product_title": "x", "product_price": 1, "booking": {"booking_type": "only_day"}},
            "missing_product_type",
        ),
        (
            {
                "product_title": "x",
                "product_price": 1,
                "product_type": "odd",
                "booking": {"booking_type": "only_day"},
            },
            "invalid_product_type",
        ),
        (
            {"product_title": "x", "product_price": 1, "product_type": "simple", "booking": {"a": 1}},
            "missing_required_parameter",
        ),
        (
            {
                "product_title": "x",
                "product_price": 1,
                "product_type": "simple",
                "booking": {"booking_type": "zzz"},
            },
            "invalid_booking_type",
        ),
    ],
)
def test_what_making_a_product_refuses(shop, body, code):
    assert shop.refused("POST", "/products", body) == P + code
    assert shop.get("/products/count") == {"count": 0}


def test_a_deleted_product_leaves_its_bookings(product_shop):
    booking_id = product_shop.book(61, "2021-09-24")["booking_id"]
    assert product_shop.delete("/products/61") == {"message": "Product has been deleted"}
    assert product_shop.refused("DELETE", "/products/61", status=404) == "woocommerce_api_no_product_found"
    record = product_shop.get(f"/bookings/{booking_id}")["booking"]
    assert (record["product_id"], record["start_date"]) == ("61", "20210924000000")
    body = {"product_id": 61, "price": 1, "start_date": "2021-09-24", "end_date": "2021-09-24"}
    assert product_shop.refused("POST", "/bookings", body) == "bkap_api_booking_user_invalid_product"
    assert product_shop.refused("GET", "/bookings/price", {"product_id": 61}) == "bkap_api_booking_invalid_parameter"
    product_shop.put(f"/bookings/{booking_id}", {"status": "cancelled"})


# -- resources ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def resource_shop(shop):
    shop.load(
        {
            "customers": [{"id": 2, "first_name": "Mba"}, {"id": 3, "first_name": "Ada"}],
            "resources": [{"resource_id": n, "resource_title": f"R{n}", "resource_quantity": 8} for n in (10, 11, 12)],
            "products": [
                product(61, _bkap_product_resources=[11, 10], _bkap_resource_base_costs={"10": "2.50"}),
                product(62),
            ],
        }
    )
    for resource, quantity, customer, status in (
        (10, 1, 2, "paid"),
        (11, 4, 2, "confirmed"),
        (12, 6, 3, "paid"),
    ):
        created = shop.book(61, "2021-09-24", resource_id=resource, quantity=quantity, customer_id=customer)
        shop.put(f"/bookings/{created['booking_id']}", {"status": status})
    return shop


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [12, 11, 10]),
        ({"limit": 1}, [12]),
        ({"product_id": 61}, [11, 10]),
        ({"product_id": 62}, []),
        ({"customer_id": 2}, [10]),
        ({"customer_id": 2, "quantity": 2}, []),
        ({"quantity": 1}, [12, 10]),
        ({"quantity": "6"}, [12]),
        ({"product_id": 61, "quantity": 1}, [10]),
    ],
)
def test_filters_of_resources(resource_shop, body, expected):
    assert [record["resource_id"] for record in resource_shop.get("/resources", body)["resources"]] == expected


@pytest.mark.parametrize("body", [{"product_id": 999}, {"customer_id": 999}, {"quantity": "x"}, {"limit": "x"}])
def test_filters_of_resources_that_are_refused(resource_shop, body):
    assert resource_shop.refused("GET", "/resources", body) == "bkap_api_resource_invalid_parameter"


def test_the_base_cost_is_that_of_the_pair(resource_shop):
    resources = resource_shop.get("/resources", {"product_id": 61})["resources"]
    assert [record["base_cost"] for record in resources] == [0, 2.5]
    assert {record["base_cost"] for record in resource_shop.get("/resources")["resources"]} == {0}


def test_a_deleted_resource_leaves_an_empty_title(resource_shop):
    booking_id = resource_shop.get("/bookings", {"resource_id": 10})["bookings"][0]["booking_id"]
    assert resource_shop.get(f"/bookings/{booking_id}")["booking"]["resource"] == "R10"
    resource_shop.delete("/resources/10")
    assert resource_shop.refused("DELETE", "/resources/10", status=404) == "woocommerce_api_no_bkap_resource_found"
    record = resource_shop.get(f"/bookings/{booking_id}")["booking"]
    assert (record["resource_id"], record["resource"]) == ("10", "")
    assert [record["resource_id"] for record in resource_shop.get("/resources", {"product_id": 61})["resources"]] == [
        11
    ]


@pytest.mark.parametrize(
    ("rows", "open_days"),
    [
        ([], "21222324"),
        ([("0", "custom", 10, "2021-09-22", "2021-09-23")], "2124"),
        ([("1", "custom", 5, "2021-09-22", "2021-09-22"), ("0", "months", 10, "9", "9")], "22"),
        ([("0", "months", 10, "9", "9"), ("1", "custom", 10, "2021-09-22", "2021-09-22")], ""),
        ([("0", "days", 10, "3", "4")], "2124"),
        ([("0", "weeks", 10, "38", "38")], ""),
        ([("0", "custom", 10, "", "")], "21222324"),
    ],
)
def test_a_resources_rows_close_dates(shop, rows, open_days):
    names = ("bookable", "type", "priority", "from", "to")
    listed = [dict(zip(names, row, strict=True)) for row in rows]
    shop.load(
        {
            "resources": [{"resource_id": 10, "resource_title": "Ten", "resource_availability": listed}],
            "products": [product(61, _bkap_product_resources=[10])],
        }
    )
    left = shop.left(61, "2021-09-21", "2021-09-24", resource_id=10)
    assert "".join(day[-2:] for day, room in left.items() if room) == open_days
    assert set(shop.left(61, "2021-09-21", "2021-09-24").values()) == {"Unlimited"}
    assert shop.get("/resources/10")["resource"]["resource_availability"] == listed


def test_a_resource_with_hours_closes_slots(shop):
    rows = [{"bookable": "0", "type": "time:5", "priority": 10, "from": "09:00", "to": "10:00"}]
    times = {key: slots(("09:00", "10:00", 2, ""), ("11:00", "12:00", 2, "")) for key in ALL_WEEK}
    shop.load(
        {
            "resources": [{"resource_id": 10, "resource_title": "Ten", "resource_availability": rows}],
            "products": [product(61, "date_time", _bkap_product_resources=[10], _bkap_time_settings=times)],
        }
    )
    days = shop.get(
        "/bookings/availability",
        {"product_id": 61, "resource_id": 10, "start_date": "2021-09-23", "end_date": "2021-09-24"},
    )
    assert [[slot["start_time"] for slot in day[0]["slots"]] for day in days] == [["09:00", "11:00"], ["11:00"]]
