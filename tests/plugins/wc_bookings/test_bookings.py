"""Bookings through v1 and v2 in the default mode: created, changed, filtered, refused in the vendor's words."""

from datetime import datetime
from typing import Any

import pytest

from core import db
from core.services import bookings, doctor, orders
from tests.plugins.wc_bookings.conftest import NOW, Shop

V1, V2 = "/wp-json/wc-bookings/v1/bookings", "/wp-json/wc-bookings/v2/bookings"


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path).load()
    yield shop
    assert doctor.examine(now=shop.now).breaches == []
    db.close_database()


def stamp(text: str) -> int:
    return int((datetime.fromisoformat(text) - datetime(1970, 1, 1)).total_seconds())


#: An hour that is free: product 21, weekdays nine to five, one place.
HOUR: dict[str, Any] = {
    "product_id": 21,
    "start": stamp("2026-03-04 10:00"),
    "end": stamp("2026-03-04 11:00"),
    "status": "confirmed",
}


def book(shop: Shop, url: str = V1, **fields: Any) -> Any:
    return shop.send("POST", url, body={**HOUR, **fields})


@pytest.mark.parametrize("url", [V1, V2])
def test_a_post_really_books(shop, url):
    reply = book(shop, url, customer_id=2, cost="77.50", local_timezone="Europe/Berlin")
    assert reply.status_int == 201, reply.text
    booking = reply.json
    assert reply.headers["Location"] == f"https://oracle.test{url}/{booking['id']}"
    fields = {name: booking[name] for name in ("start", "end", "status", "customer_id", "product_id", "all_day")}
    assert fields == {**HOUR, "customer_id": 2, "all_day": False}
    assert booking["cost"] == ("77.5" if url == V1 else "77.50")
    assert booking["local_timezone"] == "Europe/Berlin"
    order = orders.get(booking["order_id"])
    assert (order.customer_id, str(order.total)) == (2, "77.5")
    assert shop.send("GET", f"{url}/{booking['id']}").json["id"] == booking["id"]


def test_the_cost_is_computed_when_it_is_not_stated(shop):
    assert book(shop).json["cost"] == "55"
    assert book(shop, V2, start=stamp("2026-03-05 10:00"), end=stamp("2026-03-05 11:00")).json["cost"] == "55.00"


def test_a_taken_hour_is_refused_and_freed_by_a_delete(shop):
    first = book(shop)
    refused = book(shop)
    assert (refused.status_int, refused.json["message"]) == (409, "Requested time is not available.")
    assert refused.json["code"] == "woocommerce_bookings_rest_invalid_booking"
    shop.send("DELETE", f"{V1}/{first.json['id']}")
    assert book(shop).status_int == 201


REFUSALS = [
    ({"start": None}, 400, "Start and end date are required."),
    ({"end": ""}, 400, "Start and end date are required."),
    ({"start": "tomorrow"}, 400, "Start date must be a positive number."),
    ({"end": -5}, 400, "End date must be a positive number."),
    ({"product_id": None}, 400, "Product ID is required."),
    ({"product_id": 9999}, 400, "Invalid product ID."),
    ({"product_id": 52}, 400, "Invalid product ID."),
    ({"start": stamp("2026-02-24 10:00"), "end": stamp("2026-02-24 11:00")}, 400, "Start date cannot be in the past."),
    ({"end": stamp("2026-03-04 10:30")}, 400, "Requested time is less than the minimum duration."),
    ({"end": stamp("2026-03-04 12:00")}, 400, "Requested time exceeds the maximum duration."),
    ({"end": stamp("2026-03-04 10:00")}, 400, "Invalid duration."),
    ({"start": stamp("2026-03-04 03:00"), "end": stamp("2026-03-04 04:00")}, 409, "Requested time is not available."),
    ({"start": stamp("2026-03-04 10:20"), "end": stamp("2026-03-04 11:20")}, 409, "Requested time is not available."),
    ({"start": stamp("2028-03-01 10:00"), "end": stamp("2028-03-01 11:00")}, 400, "Requested time is out of range."),
    ({"resource_id": 10}, 400, "Invalid resource ID. Bookable Product does not have resources."),
    ({"status": "sold"}, 400, "Invalid status."),
    ({"order_id": 999}, 400, "Invalid order ID."),
    ({"order_id": 231, "order_item_id": 99}, 400, "Invalid order item ID."),
    ({"customer_id": 99}, 400, "Invalid customer ID."),
]


@pytest.mark.parametrize("url", [V1, V2])
@pytest.mark.parametrize(
    "fields, status, message", REFUSALS, ids=[case[2][:40] + str(n) for n, case in enumerate(REFUSALS)]
)
def test_refusals_have_the_vendors_words_and_change_nothing(shop, url, fields, status, message):
    before = bookings.page().total
    reply = book(shop, url, **fields)
    assert (reply.status_int, reply.json["message"]) == (status, message)
    assert reply.json["data"]["status"] == status
    assert bookings.page().total == before


def test_resources_of_three_kinds(shop):
    court = {"product_id": 27, "start": stamp("2026-04-23 10:00"), "end": stamp("2026-04-23 11:00")}
    walk = {"product_id": 28, "start": stamp("2026-04-23 09:00"), "end": stamp("2026-04-23 11:00")}
    assert book(shop, **court).json["message"] == "Resource ID is required."
    text = "Invalid resource ID. Resource ID does not exist for this product."
    assert book(shop, **court, resource_id=14).json["message"] == text
    assert book(shop, **court, resource_id=10).json["resource_id"] == 10
    text = "Invalid resource ID. Bookable Product has automatic resource assignment."
    assert book(shop, **walk, resource_id=12).json["message"] == text
    assert {book(shop, **walk).json["resource_id"] for _ in range(2)} == {12, 13}
    assert book(shop, **walk).status_int == 409


def test_whole_days_end_a_second_before_midnight(shop):
    day = {"product_id": 17, "start": stamp("2026-03-25"), "end": stamp("2026-03-25 23:59:59")}
    booking = book(shop, **day).json
    assert (booking["start"], booking["end"], booking["all_day"]) == (day["start"], day["end"], True)
    other = book(shop, product_id=17, start=stamp("2026-03-27 08:00"), end=stamp("2026-03-27 09:00"), all_day=True).json
    assert (other["start"], other["end"]) == (stamp("2026-03-27"), stamp("2026-03-27 23:59:59"))


def test_persons_with_and_without_types(shop):
    camp = {"product_id": 31, "start": stamp("2026-03-20"), "end": stamp("2026-03-20 23:59:59")}
    assert book(shop, **camp, person_counts=[4]).json["person_counts"] == [4]
    assert book(shop, **camp, persons=1).json["message"] == "The minimum persons per group is 2"
    visit = {"product_id": 32, "start": stamp("2026-03-10 11:00"), "end": stamp("2026-03-10 12:00")}
    booking = book(shop, **visit, person_counts={"33": 2, "34": 1}).json
    assert booking["person_counts"] == {"33": 2, "34": 1}
    refused = book(shop, **visit, person_counts={"33": 7})
    assert refused.json["message"] == "The maximum persons per group is 6"


@pytest.mark.parametrize("url", [V1, V2])
def test_an_update_moves_settles_and_annotates(shop, url):
    booking_id = book(shop, url).json["id"]
    moved = shop.send(
        "PUT", f"{url}/{booking_id}", body={"start": stamp("2026-03-05 10:00"), "end": stamp("2026-03-05 11:00")}
    )
    assert moved.status_int == 200, moved.text
    assert moved.json["start"] == stamp("2026-03-05 10:00")
    assert book(shop, url).status_int == 201
    again = shop.send("PUT", f"{url}/{booking_id}", body={"start": HOUR["start"], "end": HOUR["end"]})
    assert again.status_int == 409
    cancelled = shop.send("PATCH", f"{url}/{booking_id}", body={"status": "cancelled", "note": "ill"})
    assert cancelled.json["status"] == "cancelled"
    assert bookings.get(booking_id).note == "ill"
    for status in ("paid", "complete", "pending-confirmation", "wc-partial-payment", "unpaid"):
        assert shop.send("PUT", f"{url}/{booking_id}", body={"status": status}).json["status"] == status


def test_a_cart_holds_its_place_for_an_hour(shop):
    held = book(shop, status="in-cart").json
    assert held["status"] == "in-cart"
    assert held["order_id"] == 0
    assert book(shop).status_int == 409
    assert held["id"] not in {booking["id"] for booking in shop.send("GET", f"{V1}?per_page=100").json}
    shop.now = NOW.replace(hour=11, minute=1)
    assert book(shop).status_int == 201


def test_a_product_that_needs_approval_waits_for_it(shop):
    fields = {"product_id": 46, "start": stamp("2026-03-12 10:00"), "end": stamp("2026-03-12 11:00")}
    reply = shop.send("POST", V1, body=fields)
    assert reply.json["status"] == "pending-confirmation"


def test_a_stale_version_is_refused(shop):
    booking_id = book(shop).json["id"]
    tag = shop.send("GET", f"{V1}/{booking_id}").headers["ETag"]
    change = {"status": "cancelled"}
    assert shop.send("PUT", f"{V1}/{booking_id}", body=change, headers={"If-Match": tag}).status_int == 200
    stale = shop.send("PUT", f"{V1}/{booking_id}", body=change, headers={"If-Match": tag})
    assert stale.status_int == 412


def test_a_deleted_booking_takes_its_order_along(shop):
    booking = book(shop).json
    shop.send("DELETE", f"{V1}/{booking['id']}")
    assert orders.get(booking["order_id"]).status == "deleted"
    shop.send("DELETE", f"{V1}/{booking['id']}?force=true")
    assert not orders.items([booking["order_id"]])[booking["order_id"]]


FILTERS = [
    ("product=17", lambda one: one["product_id"] == 17),
    ("product_exclude=17,21", lambda one: one["product_id"] not in (17, 21)),
    ("customer=2", lambda one: one["customer_id"] == 2),
    ("customer_exclude=0", lambda one: one["customer_id"] != 0),
    ("resource=10,12", lambda one: one["resource_id"] in (10, 12)),
    ("booking_status=cancelled", lambda one: one["status"] == "cancelled"),
    ("booking_status[]=paid&booking_status[]=unpaid", lambda one: one["status"] in ("paid", "unpaid")),
    ("booking_status_exclude=confirmed", lambda one: one["status"] != "confirmed"),
    ("start_date_after=2026-04-01T00:00:00", lambda one: one["start"] > stamp("2026-04-01")),
    ("start_date_before=2026-03-05T09:00:00", lambda one: one["start"] < stamp("2026-03-05 09:00")),
    ("start_date=2026-03-05T09:00:00", lambda one: one["start"] == stamp("2026-03-05 09:00")),
    ("cost=40", lambda one: float(one["cost"]) == 40),
    ("cost=20&cost_operator=lessThan", lambda one: float(one["cost"]) < 20),
    ("cost[]=20&cost[]=30&cost_operator=between", lambda one: 20 <= float(one["cost"]) <= 30),
]


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("query, fits", FILTERS, ids=[query for query, _ in FILTERS])
def test_filters_of_the_second_version_hold_on_both(shop, version, query, fits):
    base = f"/wp-json/wc-bookings/{version}/bookings"
    every = [booking for page in (1, 2) for booking in shop.send("GET", f"{base}?per_page=100&page={page}").json]
    want = {booking["id"] for booking in every if fits(booking)}
    reply = shop.send("GET", f"{base}?per_page=100&{query}")
    if "booking_status=" not in query:
        want = {booking_id for booking_id in want if booking_id}
    got = {booking["id"] for booking in reply.json}
    assert got == want if len(want) <= 100 else len(got) == 100
    assert reply.headers["X-WP-Total"] == str(len(want))
    assert want, "a filter that finds nothing proves nothing"


def test_what_clients_always_sent_is_heard_now(shop):
    reply = shop.send("GET", f"{V1}?status=cancelled&per_page=100")
    assert {booking["status"] for booking in reply.json} == {"cancelled"}
    assert {booking["product_id"] for booking in shop.send("GET", f"{V1}?product_id=17").json} == {17}


def test_a_range_needs_two_numbers(shop):
    reply = shop.send("GET", f"{V2}?cost=5&cost_operator=between")
    assert reply.status_int == 400
    text = "Cost value must be an array with exactly 2 numbers for between operators."
    assert reply.json["message"] == text


def test_orders_of_the_second_version(shop):
    for by, key in (("start_date", "start"), ("cost", "cost")):
        records = shop.send("GET", f"{V2}?orderby={by}&order=asc&per_page=100").json
        values = [float(record[key]) for record in records]
        assert values == sorted(values)


def test_a_search_finds_names(shop):
    records = shop.send("GET", f"{V2}?search=Museum&per_page=100").json
    assert {record["product_id"] for record in records} == {32}
    assert {record["customer_id"] for record in shop.send("GET", f"{V2}?search=customer1").json} == {2}
    assert shop.send("GET", f"{V2}?search=zzzz").headers["X-WP-Total"] == "0"


def test_the_second_versions_record(shop):
    booking = book(shop, V2, note="by the door", attendance_status="attended").json
    assert list(booking)[:-1] == [
        "id",
        "start",
        "end",
        "all_day",
        "status",
        "cost",
        "currency",
        "customer_id",
        "product_id",
        "resource_id",
        "date_created",
        "date_modified",
        "date_cancelled",
        "google_calendar_event_id",
        "order_id",
        "order_item_id",
        "parent_id",
        "person_counts",
        "local_timezone",
        "note",
        "attendance_status",
    ]
    assert (booking["currency"], booking["note"], booking["attendance_status"]) == ("USD", "by the door", "attended")
    assert booking["date_cancelled"] == 0
    done = shop.send("PUT", f"{V2}/{booking['id']}", body={"status": "cancelled"}).json
    assert done["date_cancelled"] == stamp("2026-03-02 10:00")


def test_a_batch_makes_changes_and_deletes(shop):
    booking_id = book(shop).json["id"]
    body = {
        "create": [{**HOUR, "start": stamp("2026-03-05 10:00"), "end": stamp("2026-03-05 11:00")}, HOUR],
        "update": [{"id": booking_id, "status": "paid"}, {"id": 99999}],
        "delete": [booking_id, 99999],
    }
    reply = shop.send("POST", f"{V1}/batch", body=body)
    assert reply.status_int == 200
    booking, refused = reply.json["create"]
    assert booking["start"] == stamp("2026-03-05 10:00")
    assert refused["error"]["message"] == "Requested time is not available."
    assert reply.json["update"][0]["status"] == "paid"
    assert reply.json["update"][1]["error"]["code"] == "woocommerce_rest_wc_booking_invalid_id"
    assert reply.json["delete"][0]["id"] == booking_id
    assert reply.json["delete"][1]["error"]["data"]["status"] == 404
    too_many = shop.send("POST", f"{V1}/batch", body={"delete": list(range(1, 102))})
    assert too_many.status_int == 413


@pytest.mark.parametrize(
    "query", ["start_date=9999-12-31T23:59:59Z", "cost=99999999999999999999", "cost=1e300&cost_operator=between"]
)
def test_filters_beyond_everything_find_nothing(shop, query):
    reply = shop.send("GET", f"/wp-json/wc-bookings/v1/bookings?{query}")
    assert reply.status_int == (400 if "between" in query else 200)
    assert "between" in query or reply.json == []
