"""Create, list, update and delete bookings (README, "Bookings" to "Booking types")."""

import pytest

from core.services import bookings as ledger_bookings
from tests.plugins.bkap.conftest import ALL_WEEK, product, slots

CREATE = "bkap_api_booking_create_booking_error"
FULL = "bkap_api_booking_full_booking_error"
P = "bkap_api_booking_"
CUSTOMERS = [{"id": 2, "first_name": "Mba", "last_name": "Callista", "email": "callista@example.com"}]
HOURLY = {"duration": 1, "duration_type": "hours", "duration_min": 1, "duration_max": 4}


@pytest.fixture
def mixed(shop):
    """One product of every type, and resources 10 (unlimited) and 18 (one place)."""
    times = {key: slots(("09:00", "10:00", 2, ""), ("16:00", "0:00", 1, "")) for key in ALL_WEEK}
    shop.load(
        {
            "customers": CUSTOMERS,
            "resources": [
                {"resource_id": 10, "resource_title": "Ten"},
                {"resource_id": 18, "resource_title": "Eighteen", "resource_quantity": 1},
            ],
            "products": [
                product(68, booking_recurring_lockout=dict.fromkeys(ALL_WEEK, 5), _bkap_product_resources=[10, 18]),
                product(69, "multiple_days", _bkap_date_lockout=2),
                product(70, "date_time", _bkap_time_settings=times),
                product(71, "duration_time", _bkap_duration_settings=HOURLY),
                product(72, "multidates", _bkap_multidates_type="range", _bkap_multidates_range_min=2,
                        _bkap_multidates_range_max=3),
                product(73, "multidates_fixedtime", _bkap_time_settings=times),
                product(74, "date_time", booking_recurring_lockout=dict.fromkeys(ALL_WEEK, 1)),
                product(75, type="variable", variations=[{"id": 76, "name": "Large", "price": "250"}]),
                product(77, _bkap_enable_booking="off"),
            ],
        }
    )  # fmt: skip
    return shop


DAY = {"start_date": "2021-09-24", "end_date": "2021-09-24"}
TIMES = {"start_time": "09:00", "end_time": "10:00"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_product_id"),
        ({"product_id": 999, "price": 1}, "user_invalid_product"),
        ({"variation_id": 999, "price": 1}, "user_invalid_product"),
        ({"product_id": "x", "price": 1}, "invalid_parameter"),
        ({"product_id": 68}, "empty_booking_price"),
        ({"product_id": 68, "price": ""}, "empty_booking_price"),
        ({"product_id": 68, "price": "x", **DAY}, "invalid_parameter"),
        ({"product_id": 68, "price": -1, **DAY}, "invalid_parameter"),
        ({"product_id": 68, "price": 1, "order_id": 999, **DAY}, "user_invalid_order"),
        ({"product_id": 68, "price": 1}, "empty_booking_start_date"),
        ({"product_id": 68, "price": 1, "start_date": "24.9.2021"}, "invalid_booking_start_date"),
        ({"product_id": 68, "price": 1, "start_date": "2021-02-30"}, "invalid_booking_start_date"),
        ({"product_id": 68, "price": 1, "start_date": ["2021-02-03"]}, "invalid_booking_start_date"),
        ({"product_id": 68, "price": 1, "start_date": "2021-09-24"}, "empty_booking_end_date"),
        ({"product_id": 68, "price": 1, "start_date": "2021-09-24", "end_date": "x"}, "invalid_booking_end_date"),
        ({"product_id": 68, "price": 1, "start_date": "2021-09-24", "end_date": "2021-09-25"}, "invalid_booking_end_date"),
        ({"product_id": 69, "price": 1, "start_date": "2021-09-24", "end_date": "2021-09-23"}, "invalid_booking_end_date"),
        ({"product_id": 70, "price": 1, **DAY}, "empty_booking_start_time"),
        ({"product_id": 70, "price": 1, **DAY, "start_time": "9am"}, "invalid_booking_start_time"),
        ({"product_id": 70, "price": 1, **DAY, "start_time": "09:00"}, "empty_booking_end_time"),
        ({"product_id": 70, "price": 1, **DAY, "start_time": "09:00", "end_time": "25:00"}, "invalid_booking_end_time"),
        ({"product_id": 74, "price": 1, **DAY, "start_time": "09:00", "end_time": "08:00"}, "invalid_booking_end_time"),
        ({"product_id": 71, "price": 1, **DAY}, "empty_booking_duration"),
        ({"product_id": 71, "price": 1, **DAY, "duration": "long"}, "invalid_parameter"),
        ({"product_id": 71, "price": 1, **DAY, "duration": 90}, "create_booking_error"),
        ({"product_id": 68, "price": 1, **DAY, "resource_id": {"a": 1}}, "invalid_resource_data_format"),
        ({"product_id": 68, "price": 1, **DAY, "resource_id": 999}, "invalid_resource_id"),
        ({"product_id": 68, "price": 1, **DAY, "resource_id": [10, 999]}, "invalid_resource_id"),
        ({"product_id": 72, "price": 1}, "empty_booking_dates"),
        ({"product_id": 72, "price": 1, "dates": "2021-09-24"}, "invalid_booking_dates"),
        ({"product_id": 72, "price": 1, "dates": [{"date": "2021-09-24"}]}, "invalid_booking_dates"),
        ({"product_id": 72, "price": 1, "dates": ["2021-09-24"]}, "invalid_date_count"),
        ({"product_id": 72, "price": 1, "dates": ["2021-09-24", "x"]}, "invalid_booking_date"),
        ({"product_id": 73, "price": 1, "dates": ["2021-09-24"]}, "invalid_booking_dates"),
        ({"product_id": 73, "price": 1, "dates": [{"start_time": "09:00"}]}, "missing_date_parameter"),
        ({"product_id": 73, "price": 1, "dates": [{"date": "2021-09-24", "start_time": "09:00"}]}, "missing_time_parameter"),
        ({"product_id": 73, "price": 1, "dates": [{"date": "24", **TIMES}]}, "invalid_booking_date"),
        ({"product_id": 68, "price": 1, **DAY, "quantity": 0}, "invalid_parameter"),
        ({"product_id": 68, "price": 1, **DAY, "quantity": "x"}, "invalid_parameter"),
        ({"product_id": 68, "price": 1, **DAY, "quantity": 6}, "full_booking_error"),
        ({"product_id": 68, "price": 1, **DAY, "quantity": 10**30}, "invalid_parameter"),
        ({"product_id": 68, "price": 1, **DAY, "customer_id": 999}, "invalid_customer_id"),
        ({"product_id": 77, "price": 1, **DAY}, "create_booking_error"),
        ({"product_id": 70, "price": 1, **DAY, "start_time": "10:00", "end_time": "11:00"}, "full_booking_error"),
    ],
)  # fmt: skip
def test_what_a_create_refuses(mixed, body, code):
    assert mixed.refused("POST", "/bookings", body) == P + code
    assert mixed.get("/bookings/count") == {"count": 0}


def test_numbers_may_be_texts_and_a_guest_has_no_customer(mixed):
    created = mixed.post(
        "/bookings", {"product_id": "68", "price": "99.50", "quantity": "2", "customer_id": "0", **DAY}
    )
    assert "customer_id" not in created
    assert (created["total"], created["cost"], created["quantity"]) == ("99.5", "49.75", "2")
    record = mixed.get(f"/bookings/{created['booking_id']}")["booking"]
    assert record["customer"] == {"name": "Guest (Guest)", "email": "", "user_id": 0}
    assert (record["customer_id"], record["product_id"]) == ("0", "68")
    assert "resource" not in record


def test_a_free_booking_drops_what_php_calls_empty(mixed):
    created = mixed.post("/bookings", {"product_id": 68, "price": 0, **DAY})
    assert not {"cost", "total", "subtotal", "start_time", "end_date_formatted"} & set(created)
    assert created["duration_time"] == "00:00"


def test_a_new_order_waits_and_an_existing_one_is_paid(mixed):
    first = mixed.post("/bookings", {"product_id": 68, "price": 100, "customer_id": 2, **DAY})
    assert (first["created_booking_type"], first["booking_status"]) == (
        "created_booking_in_new_order",
        "pending-confirmation",
    )
    second = mixed.post("/bookings", {"product_id": 69, "price": 50, "order_id": first["order_id"], **DAY})
    assert (second["created_booking_type"], second["booking_status"]) == (
        "created_booking_in_existing_order",
        "paid",
    )
    assert (second["order_status"], second["total"], second["customer_id"]) == ("pending", "150", 2)
    records = mixed.get("/bookings", {"order_id": first["order_id"]})["bookings"]
    assert [record["booking_status"] for record in records] == ["paid", "pending-confirmation"]
    assert records[0]["customer"] == {"name": "Mba Callista", "email": "callista@example.com", "user_id": 2}


def test_several_dates_go_into_an_existing_order_as_one_line(mixed):
    first = mixed.post("/bookings", {"product_id": 68, "price": 100, **DAY})
    created = mixed.post(
        "/bookings",
        {"product_id": 72, "price": 30, "dates": ["2021-09-24", "2021-09-25"], "order_id": first["order_id"]},
    )
    assert created["total"] == "160"
    items = {record["order_item_id"] for record in mixed.get("/bookings", {"order_id": first["order_id"]})["bookings"]}
    assert len(items) == 2


def test_all_dates_or_none(mixed):
    mixed.book(70, "2021-09-25", quantity=2, **TIMES)
    body = {"product_id": 73, "price": 1, "dates": [{"date": "2021-09-24", **TIMES}] * 3}
    before = mixed.get("/bookings/count")
    assert mixed.refused("POST", "/bookings", body) == FULL
    assert mixed.get("/bookings/count") == before
    assert mixed.left(73, "2021-09-24") == {"2021-09-24": 3}
    assert ledger_bookings.page().total == 1


def test_all_resources_or_none(mixed):
    mixed.book(68, "2021-09-24", resource_id=18)
    assert mixed.refused("POST", "/bookings", {"product_id": 68, "price": 1, **DAY, "resource_id": [10, 18]}) == FULL
    assert mixed.left(68, "2021-09-24") == {"2021-09-24": 4}
    assert mixed.left(68, "2021-09-24", resource_id=18) == {"2021-09-24": 0}
    assert mixed.left(68, "2021-09-24", resource_id=10) == {"2021-09-24": 4}


def test_a_resource_is_shared_by_all_products_and_need_not_be_assigned(mixed):
    mixed.book(75, "2021-09-24", resource_id=18)
    assert mixed.left(68, "2021-09-24", resource_id=18) == {"2021-09-24": 0}
    assert mixed.left(75, "2021-09-24", resource_id=18) == {"2021-09-24": 0}


def test_an_automatic_resource_is_the_first_with_room(shop):
    shop.load(
        {
            "resources": [
                {"resource_id": 10, "resource_title": "Ten", "resource_quantity": 1},
                {"resource_id": 18, "resource_title": "Eighteen", "resource_quantity": 1},
            ],
            "products": [
                product(
                    68,
                    _bkap_product_resources=[10, 18],
                    _bkap_product_resource_selection="bkap_automatic_resource",
                )
            ],
        }
    )
    assert [shop.book(68, "2021-09-24")["resource_id"] for _ in range(2)] == [10, 18]
    assert shop.refused("POST", "/bookings", {"product_id": 68, "price": 1, **DAY}) == FULL


def test_an_open_end_is_stored_as_the_midnight_of_the_end_date(mixed):
    created = mixed.book(70, "2021-09-24", start_time="16:00", end_time="00:00")
    assert (created["start_date"], created["end_date"]) == ("20210924160000", "20210924000000")
    assert "end_time" not in created
    record = mixed.get(f"/bookings/{created['booking_id']}")["booking"]
    assert (record["start_time"], record["end_time"]) == ("04:00 PM", "")
    body = {"product_id": 70, "price": 1, **DAY, "start_time": "16:00", "end_time": "00:00"}
    assert mixed.refused("POST", "/bookings", body) == FULL


def test_times_without_slots_share_the_dates_lockout(mixed):
    mixed.book(74, "2021-09-24", start_time="09:15", end_time="10:05")
    mixed.book(74, "2021-09-24", start_time="10:05", end_time="11:00")
    body = {"product_id": 74, "price": 1, **DAY, "start_time": "10:00", "end_time": "10:30"}
    assert mixed.refused("POST", "/bookings", body) == FULL


@pytest.mark.parametrize(("duration", "length"), [(60, "1"), (120, "2"), (2, "2"), ("4", "4")])
def test_a_duration_is_minutes_where_it_can_be(mixed, duration, length):
    created = mixed.book(71, "2021-09-24", duration=duration, start_time="22:00")
    assert created["duration"] == length
    assert created["start_date"] == "20210924220000"


@pytest.mark.parametrize("duration", [5, 90, 300])
def test_a_duration_outside_of_the_products_limits_is_refused(mixed, duration):
    assert mixed.refused("POST", "/bookings", {"product_id": 71, "price": 1, **DAY, "duration": duration}) == CREATE


def test_nights_from_and_to_the_same_date_are_one_night(mixed):
    created = mixed.book(69, "2021-09-24", "2021-09-24", quantity=2)
    assert (created["start_date"], created["end_date"]) == ("20210924000000", "20210924000000")
    assert list(mixed.left(69, "2021-09-23", "2021-09-25").values()) == [2, 0, 2]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"fixed_block": 4, "end_date": "2021-09-27"}, "invalid_booking_end_date"),
        ({"fixed_block": 0}, "invalid_parameter"),
        ({"fixed_block": "x"}, "invalid_parameter"),
    ],
)
def test_fixed_blocks_that_do_not_fit(mixed, body, code):
    assert mixed.refused("POST", "/bookings", {"product_id": 69, "price": 1, **DAY, **body}) == P + code


def test_a_product_with_blocks_sells_only_those(shop):
    blocks = [{"block_name": "Weekend", "number_of_days": 2, "start_day": "5", "end_day": "0", "price": "180"}]
    shop.load({"products": [product(69, "multiple_days", _bkap_fixed_blocks_data=blocks)]})
    created = shop.book(69, "2021-09-24", fixed_block="2")
    assert (created["end_date"], created["fixed_block"]) == ("20210926000000", "2")
    wrong_day = {
        "product_id": 69,
        "price": 1,
        "start_date": "2021-09-23",
        "end_date": "2021-09-23",
        "fixed_block": 2,
    }
    assert shop.refused("POST", "/bookings", wrong_day) == CREATE
    assert shop.refused("POST", "/bookings", {"product_id": 69, "price": 1, **DAY, "fixed_block": 3}) == CREATE


def test_a_variation_stands_in_for_its_product(mixed):
    created = mixed.post("/bookings", {"variation_id": 76, "price": 250, **DAY})
    assert (created["product_id"], created["variation_id"]) == (75, 76)
    assert mixed.get("/bookings", {"variation_id": 76})["count"] == 1
    assert mixed.get("/bookings", {"product_id": 75})["count"] == 1
    assert mixed.get("/bookings", {"product_id": 68})["count"] == 0
    assert mixed.price(75, variation_id=76, start_date="2021-09-24") == "250.00"
    assert mixed.get("/bookings/price", {"variation_id": 76}) == {"price": "250"}


def test_past_dates_are_taken_unless_the_shop_is_strict(make_shop):
    shop = make_shop(settings={"strict_past": True})
    shop.load({"products": [product(68, _bkap_abp=48)]})
    assert (
        shop.refused(
            "POST",
            "/bookings",
            {"product_id": 68, "price": 1, "start_date": "2021-09-20", "end_date": "2021-09-20"},
        )
        == FULL
    )
    assert (
        shop.refused(
            "POST",
            "/bookings",
            {"product_id": 68, "price": 1, "start_date": "2021-09-22", "end_date": "2021-09-22"},
        )
        == FULL
    )
    assert list(shop.left(68, "2021-09-20", "2021-09-24").values()) == [0, 0, 0, 0, "Unlimited"]
    shop.book(68, "2021-09-24")


# -- lists ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def listed(mixed):
    """Bookings a to e, each created a second after the one before."""
    booking_ids = {}
    for name, body in {
        "a": {"product_id": 68, "start_date": "2021-09-10", "price": 100, "quantity": 2},
        "b": {"product_id": 68, "start_date": "2021-09-20", "price": 30, "resource_id": 10},
        "c": {
            "product_id": 69,
            "start_date": "2021-09-10",
            "end_date": "2021-09-15",
            "price": 500,
            "customer_id": 2,
        },
        "d": {"product_id": 70, "start_date": "2021-09-20", "price": 60, **TIMES},
        "e": {"product_id": 68, "start_date": "2021-10-10", "price": 400, "quantity": 4, "customer_id": 2},
    }.items():
        mixed.clock.forward(seconds=1)
        booking_ids[name] = mixed.post("/bookings", {"end_date": body["start_date"], **body})["booking_id"]
    mixed.put(f"/bookings/{booking_ids['b']}", {"status": "paid"})
    mixed.put(f"/bookings/{booking_ids['d']}", {"status": "cancelled"})
    mixed.letters = {booking_id: name for name, booking_id in booking_ids.items()}
    return mixed


def names(shop, body):
    return "".join(shop.letters[record["booking_id"]] for record in shop.get("/bookings", body)["bookings"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "edcba"),
        ({"limit": 2}, "ed"),
        ({"limit": 2, "page": 1}, "cb"),
        ({"limit": 0}, "edcba"),
        ({"limit": -1}, "edcba"),
        ({"product_id": 68}, "eba"),
        ({"customer_id": 2}, "ec"),
        ({"resource_id": 10}, "b"),
        ({"quantity": 2}, "ea"),
        ({"quantity": 3}, "e"),
        ({"quantity": 1}, "edcba"),
        ({"price": 50}, "edca"),
        ({"price": "100.00"}, "ec"),
        ({"price": 50, "limit": 2, "page": 1}, "ca"),
        ({"status": "paid"}, "b"),
        ({"status": ["paid", "cancelled"]}, "db"),
        ({"status": "draft"}, ""),
        ({"start_date": "2021-09-15"}, "edb"),
        ({"end_date": "2021-09-15"}, "ca"),
        ({"end_date": "2021-09-20"}, "cba"),
        ({"start_date": "2021-09-12", "end_date": "2021-09-25"}, "db"),
        ({"start_date": "2021-10-12", "end_date": "2021-09-25"}, ""),
        ({"product_id": 68, "customer_id": 2, "limit": 10, "quantity": 1, "status": "pending-confirmation"}, "e"),
    ],
)  # fmt: skip
def test_filters(listed, body, expected):
    assert names(listed, body) == expected


@pytest.mark.parametrize(
    "body",
    [
        {"product_id": 999},
        {"variation_id": 68},
        {"variation_id": 76, "product_id": 75},
        {"customer_id": 999},
        {"resource_id": "x"},
        {"resource_id": ""},
        {"order_id": 999},
        {"quantity": "many"},
        {"price": "x"},
        {"start_date": "soon"},
        {"end_date": "2021-02-30"},
        {"status": "bogus"},
        {"status": ["paid", 1]},
        {"status": {}},
        {"limit": "x"},
        {"limit": ""},
    ],
)
def test_filters_that_are_refused(listed, body):
    assert listed.refused("GET", "/bookings", body) == "bkap_api_booking_invalid_parameter"


def test_an_empty_list_says_so(shop):
    assert shop.get("/bookings") == {"bookings": [], "count": 0, "message": "No Bookings"}


def test_count_ignores_filters(listed):
    assert listed.get("/bookings/count", {"status": "paid"}) == {"count": 5}


def test_types(shop):
    types = shop.get("/bookings/types")
    assert types[0] == {"key": "only_day", "label": "Single Day"}
    assert [booking_type["key"] for booking_type in types] == [
        "only_day", "multiple_days", "date_time", "duration_time", "multidates", "multidates_fixedtime",
    ]  # fmt: skip


# -- changing ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/bookings/99999", 404, "woocommerce_api_no_bkap_booking_found"),
        ("/bookings/68", 404, "woocommerce_api_invalid_bkap_booking"),
        ("/bookings/0", 404, "woocommerce_api_invalid_bkap_booking_id"),
        ("/resources/99999", 404, "woocommerce_api_no_bkap_resource_found"),
        ("/resources/68", 404, "woocommerce_api_invalid_bkap_resource"),
        ("/products/99999", 404, "woocommerce_api_no_product_found"),
        ("/products/10", 404, "woocommerce_api_invalid_product"),
        ("/bookings/99999999999999999999", 404, "woocommerce_api_no_bkap_booking_found"),
    ],
)
@pytest.mark.parametrize("verb", ["GET", "DELETE"])
def test_ids_that_are_nothing_or_something_else(mixed, verb, path, status, code):
    assert mixed.refused(verb, path, status=status) == code


def test_an_update_of_an_unknown_booking_is_400(mixed):
    assert mixed.refused("PUT", "/bookings/99999", {"status": "paid"}) == "bkap_api_booking_invalid_booking_id"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"status": "draft"}, "invalid_booking_status"),
        ({"status": "gone"}, "invalid_booking_status"),
        ({"start_date": "x"}, "invalid_booking_start_date"),
        ({"start_date": "2021-09-30", "end_date": "2021-09-29"}, "invalid_booking_end_date"),
        ({"quantity": 0}, "invalid_parameter"),
        ({"quantity": 6}, "full_booking_error"),
        ({"resource_id": 999}, "invalid_resource_id"),
        ({"price": "x"}, "invalid_parameter"),
    ],
)
def test_what_an_update_refuses(mixed, body, code):
    booking_id = mixed.book(68, "2021-09-24", quantity=3)["booking_id"]
    before = mixed.get(f"/bookings/{booking_id}")
    assert mixed.refused("PUT", f"/bookings/{booking_id}", body) == P + code
    assert mixed.get(f"/bookings/{booking_id}") == before


def test_an_update_frees_its_own_places_first(mixed):
    booking_id = mixed.book(68, "2021-09-24", quantity=4)["booking_id"]
    mixed.put(f"/bookings/{booking_id}", {"quantity": 5})
    assert mixed.left(68, "2021-09-24") == {"2021-09-24": 0}
    mixed.put(f"/bookings/{booking_id}", {"start_date": "2021-09-25"})
    assert mixed.left(68, "2021-09-24", "2021-09-25") == {"2021-09-24": 5, "2021-09-25": 0}
    record = mixed.get(f"/bookings/{booking_id}")["booking"]
    assert (record["start_date"], record["end_date"], record["end_date_formatted"]) == (
        "20210925000000",
        "20210925000000",
        "",
    )


@pytest.mark.parametrize(
    "body",
    [
        {"product_id": 68, "resource_id": 18},
        {"product_id": 69, "end_date": "2021-09-28"},
        {"product_id": 69, "end_date": "2021-09-26", "fixed_block": 2},
        {"product_id": 70, "start_time": "09:00", "end_time": "10:00"},
        {"product_id": 70, "start_time": "16:00", "end_time": "00:00"},
        {"product_id": 71, "start_time": "09:00", "duration": 2},
    ],
    ids=str,
)
def test_a_record_sent_as_it_was_read_changes_nothing_and_its_start_can_be_moved(mixed, body):
    parameters = {"end_date": "2021-09-24", **body}
    product_id, end = parameters.pop("product_id"), parameters.pop("end_date")
    booking_id = mixed.book(product_id, "2021-09-24", end, **parameters)["booking_id"]
    before = mixed.get(f"/bookings/{booking_id}")["booking"]
    mixed.put(f"/bookings/{booking_id}", before)
    assert mixed.get(f"/bookings/{booking_id}")["booking"] == before
    mixed.put(f"/bookings/{booking_id}", {**before, "start_date": "2021-09-25"})
    moved = mixed.get(f"/bookings/{booking_id}")["booking"]
    assert moved["start_date"] == before["start_date"].replace("20210924", "20210925")
    unmoved = ("start_time", "end_time", "duration", "fixed_block", "quantity", "resource_id", "cost")
    assert [moved.get(name) for name in unmoved] == [before.get(name) for name in unmoved]


def test_parameters_that_cannot_be_changed_are_ignored(mixed):
    booking_id = mixed.book(68, "2021-09-24")["booking_id"]
    mixed.put(
        f"/bookings/{booking_id}",
        {"product_id": 69, "customer_id": 2, "order_id": 1, "dates": [], "variation_id": 9},
    )
    record = mixed.get(f"/bookings/{booking_id}")["booking"]
    assert (record["product_id"], record["customer_id"]) == ("68", "0")


def test_nights_keep_their_end_when_only_the_start_moves(mixed):
    booking_id = mixed.book(69, "2021-09-24", "2021-09-28")["booking_id"]
    echo = mixed.put(f"/bookings/{booking_id}", {"start_date": "2021-09-25"})
    assert (echo["start_date"], echo["end_date"]) == ("2021-09-25", "20210928000000")
    code = mixed.refused("PUT", f"/bookings/{booking_id}", {"start_date": "2021-09-29"})
    assert code == "bkap_api_booking_invalid_booking_end_date"
    echo = mixed.put(f"/bookings/{booking_id}", {"fixed_block": 2, "start_date": "2021-10-01"})
    assert (echo["end_date"], echo["fixed_block"]) == ("20211003000000", "2")


def test_a_slot_keeps_the_time_that_is_not_sent(mixed):
    booking_id = mixed.book(70, "2021-09-24", **TIMES)["booking_id"]
    echo = mixed.put(f"/bookings/{booking_id}", {"start_date": "2021-09-25"})
    assert (echo["time_slot"], echo["start_time"], echo["end_time"]) == (
        "09:00 - 10:00",
        "09:00 AM",
        "10:00 AM",
    )
    assert list(echo).index("start_time") > list(echo).index("end_date")
    assert mixed.refused("PUT", f"/bookings/{booking_id}", {"start_time": "09:30"}) == FULL


def test_a_duration_keeps_its_length_or_gets_a_new_one(mixed):
    booking_id = mixed.book(71, "2021-09-24", start_time="10:00", duration=2)["booking_id"]
    echo = mixed.put(f"/bookings/{booking_id}", {"start_time": "12:00"})
    assert (echo["end_date"], echo["duration"]) == ("20210924140000", "2")
    echo = mixed.put(f"/bookings/{booking_id}", {"duration": 180})
    assert (echo["end_date"], echo["duration"], echo["duration_time"]) == ("20210924150000", "3", "12:00")


def test_the_types_of_the_echo(mixed):
    booking_id = mixed.book(68, "2021-09-24", quantity=2, price=200)["booking_id"]
    sent = mixed.put(f"/bookings/{booking_id}", {"quantity": "2", "price": "300.5"})
    assert (sent["quantity"], sent["price"], sent["cost"]) == (2, 300.5, "150.25")
    unsent = mixed.put(f"/bookings/{booking_id}", {"status": "paid"})
    assert (unsent["quantity"], unsent["price"], unsent["time_slot"]) == ("2", 300.5, "00:00")


def test_a_cancelled_booking_frees_its_places_and_takes_them_again(mixed):
    booking_id = mixed.book(68, "2021-09-24", quantity=5)["booking_id"]
    mixed.put(f"/bookings/{booking_id}", {"status": "cancelled"})
    assert mixed.left(68, "2021-09-24") == {"2021-09-24": 5}
    assert mixed.refused("PUT", f"/bookings/{booking_id}", {"quantity": 1}) == CREATE
    other = mixed.book(68, "2021-09-24")["booking_id"]
    assert mixed.refused("PUT", f"/bookings/{booking_id}", {"status": "confirmed"}) == FULL
    echo = mixed.put(f"/bookings/{booking_id}", {"status": "confirmed", "quantity": 4})
    assert (echo["status"], echo["quantity"]) == ("confirmed", 4)
    mixed.delete(f"/bookings/{other}")
    assert mixed.left(68, "2021-09-24") == {"2021-09-24": 1}


def test_a_booking_can_be_cancelled_and_changed_in_one_call(mixed):
    booking_id = mixed.book(68, "2021-09-24")["booking_id"]
    echo = mixed.put(f"/bookings/{booking_id}", {"status": "cancelled", "quantity": 50, "price": 10})
    assert (echo["status"], echo["quantity"], echo["cost"]) == ("cancelled", 50, "0.2")


def test_the_order_goes_with_its_last_booking(mixed):
    created = mixed.post("/bookings", {"product_id": 72, "price": 30, "dates": ["2021-09-24", "2021-09-25"]})
    first, second = created["booking_ids"]
    assert mixed.delete(f"/bookings/{first}") == {"message": "Booking has been deleted"}
    assert mixed.get("/bookings", {"order_id": created["order_id"]})["count"] == 1
    mixed.delete(f"/bookings/{second}")
    assert mixed.refused("GET", "/bookings", {"order_id": created["order_id"]}) == "bkap_api_booking_invalid_parameter"
    assert mixed.refused("DELETE", f"/bookings/{second}", status=404) == "woocommerce_api_no_bkap_booking_found"


def test_a_version_guards_a_change(mixed):
    booking_id = mixed.book(68, "2021-09-24")["booking_id"]
    tag = mixed.call("GET", f"/bookings/{booking_id}").headers["ETag"]
    new = mixed.call("PUT", f"/bookings/{booking_id}", {"quantity": 2}, headers={"If-Match": tag}).headers["ETag"]
    assert new != tag
    for verb, body in (("PUT", {"quantity": 3}), ("DELETE", None)):
        code = mixed.refused(verb, f"/bookings/{booking_id}", body, status=412, headers={"If-Match": tag})
        assert code == "woocommerce_api_stale_version"
    mixed.call("DELETE", f"/bookings/{booking_id}", headers={"If-Match": new})


def test_a_repeated_create_with_a_key_answers_the_same_bytes(mixed):
    body = {"product_id": 72, "price": 30, "dates": ["2021-09-24", "2021-09-25"]}
    first, again = (mixed.call("POST", "/bookings", body, headers={"Idempotency-Key": "once"}).body for _ in range(2))
    assert first == again
    assert mixed.get("/bookings/count") == {"count": 2}
