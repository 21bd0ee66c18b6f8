"""Products, resources and categories in the default mode: written, compiled, read back."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from core import db
from core.domain.requests import SKIP_ALL, BookingRequest
from core.services import availability, bookings, repository
from frontdesk.testing.stores import KINDS
from plugins.wc_bookings.translate.bookings import FROM_STATUS
from tests.plugins.wc_bookings.conftest import NOW, Shop

pytestmark = pytest.mark.slow

BASE = "/wp-json/wc-bookings/v1"


@pytest.fixture
def shop(tmp_path):
    yield Shop(tmp_path).load()
    db.close_database()


def send(shop: Shop, method: str, path: str, body: Any = None, **more: Any) -> Any:
    return shop.send(method, f"{BASE}{path}", body=body, **more)


ROOM: dict[str, Any] = {
    "name": "Blue room",
    "duration_unit": "hour",
    "duration_type": "customer",
    "min_duration": 1,
    "max_duration": 4,
    "block_cost": 12.5,
    "cost": 5,
    "availability": [{"type": "time:3", "from": "09:00", "to": "12:00", "bookable": "yes", "priority": 10}],
    "pricing": [
        {"type": "days", "from": "3", "to": "3", "modifier": "+", "cost": 2.5, "base_modifier": "+", "base_cost": 0}
    ],
    "categories": [{"id": 16}],
}


def test_a_product_is_made_compiled_and_shown(shop):
    reply = send(shop, "POST", "/products", ROOM)
    assert reply.status_int == 201, reply.text
    record = reply.json
    assert reply.headers["Location"].endswith(f"/products/{record['id']}")
    for name in ("block_cost", "cost", "duration_unit", "max_duration", "availability"):
        assert record[name] == ROOM[name]
    assert (record["type"], record["slug"], record["price"]) == ("booking", "blue-room", "17.5")
    assert record["categories"] == [{"id": 16, "name": "Rooms", "slug": "rooms"}]
    offers = availability.list_slots(record["id"], first=date(2026, 3, 4), last=date(2026, 3, 4), now=NOW)
    assert [offer.wall_start % 1440 // 60 for offer in offers] == [9, 10, 11]
    quote = shop.send(
        "GET", f"/wp-json/wc-bookings/v2/quotes?product_id={record['id']}&start=2026-03-04T09:00&duration=2"
    )
    assert quote.json["cost"] == 35
    assert repository.services.get(record["id"]).price == Decimal("17.5")


def test_an_update_changes_what_it_names(shop):
    product_id = send(shop, "POST", "/products", ROOM).json["id"]
    plan = repository.services.get(product_id).plan
    renamed = send(shop, "PUT", f"/products/{product_id}", {"name": "Red room", "description": "Red."}).json
    assert (renamed["name"], renamed["description"], renamed["slug"]) == ("Red room", "Red.", "blue-room")
    assert repository.services.get(product_id).plan == plan
    longer = send(shop, "PATCH", f"/products/{product_id}", {"max_duration": 8, "qty": 3}).json
    assert (longer["max_duration"], longer["qty"], longer["cost"]) == (8, 3, 5)
    assert repository.services.get(product_id).plan.capacity.limit == 3


def test_what_is_read_can_be_written_back(shop):
    for product_id in (17, 21, 27, 28, 32, 39, 40, 42, 48):
        before = send(shop, "GET", f"/products/{product_id}?context=edit").json
        plan, rules = repository.services.get(product_id).plan, repository.services.get(product_id).rules
        writable = {name: value for name, value in before.items() if name not in ("id", "_links")}
        reply = send(shop, "PUT", f"/products/{product_id}", writable)
        assert reply.status_int == 200, reply.text
        after = reply.json
        changed = {name for name in before if before[name] != after[name]}
        assert changed <= {"date_modified", "date_modified_gmt", "related_ids", "has_restricted_days"}, product_id
        assert (repository.services.get(product_id).plan, repository.services.get(product_id).rules) == (plan, rules)


def test_resources_and_person_types_of_a_product_are_writable(shop):
    body = {
        **ROOM,
        "has_resources": True,
        "resource_ids": [11, 10, 999],
        "resource_base_costs": {"10": 5},
        "resource_block_costs": {"11": "1.50"},
        "resources_assignment": "automatic",
        "resource_label": "Court",
        "has_persons": True,
        "has_person_types": True,
        "max_persons": 4,
        "person_types": [{"name": "Adult", "cost": 10, "min": 1}, {"name": "Child", "cost": 4}],
    }
    record = send(shop, "POST", "/products", body).json
    assert record["resource_ids"] == [11, 10]
    assert (record["resource_label"], record["resources_assignment"]) == ("Court", "automatic")
    kinds = list(record["person_types"])
    assert len(kinds) == 2
    rows = repository.person_types.get_many(map(int, kinds))
    assert [rows[int(key)].name for key in kinds] == ["Adult", "Child"]
    plan = repository.services.get(record["id"]).plan
    assert [bound.person_type_id for bound in plan.persons.by_type] == [int(key) for key in kinds]
    quote = shop.send(
        "GET",
        f"/wp-json/wc-bookings/v2/quotes?product_id={record['id']}&start=2026-03-04T09:00&duration=1"
        f"&persons[{kinds[0]}]=2&persons[{kinds[1]}]=1",
    )
    # 5 + 12.5 + 2.5, persons 2 x 10 + 4, resource 11 costs 1.50 a block.
    assert (quote.status_int, quote.json["cost"]) == (200, 45.5), quote.text


@pytest.mark.parametrize(
    "body, code",
    [
        ({"type": "sold"}, "rest_invalid_param"),
        ({"duration_unit": "fortnight"}, "rest_invalid_param"),
        ({"block_cost": "much"}, "rest_invalid_param"),
        ({"cost": 10**15}, "rest_invalid_param"),
        ({"sku": "SKU-day_fixed1"}, "product_invalid_sku"),
        ({"person_types": [{"cost": 1}]}, "rest_invalid_param"),
    ],
)
def test_wrong_fields_are_refused(shop, body, code):
    reply = send(shop, "POST", "/products", {**ROOM, **body})
    assert (reply.status_int, reply.json["code"]) == (400, code)


def test_another_type_is_refused_with_a_bare_sentence(shop):
    reply = send(shop, "POST", "/products", {"type": "variable", "name": "x"})
    assert (reply.status_int, reply.json) == (400, "Not a bookable product")


def test_a_product_goes_to_the_trash_and_then_for_good(shop):
    assert send(shop, "DELETE", "/products/50").json["status"] == "publish"
    assert send(shop, "DELETE", "/products/50").status_int == 410
    assert send(shop, "GET", "/products/50").json["status"] == "trash"
    assert 50 not in {record["id"] for record in send(shop, "GET", "/products?per_page=100").json}
    assert send(shop, "GET", "/products/slots?product_ids=50").json["count"] == 0
    assert send(shop, "DELETE", "/products/50?force=true").status_int == 200
    assert send(shop, "GET", "/products/50").status_int == 404


def in_use(kind):
    return f"You cannot trash/delete a {kind} that has Bookings associated with it"


@pytest.mark.parametrize("store", KINDS)
@pytest.mark.parametrize("mode", ["strict", "extended"])
@pytest.mark.parametrize(
    "method, path, body, kind",
    [
        ("DELETE", "/products/32", None, "bookable product"),
        ("DELETE", "/products/32?force=true", None, "bookable product"),
        ("PUT", "/products/32", {"status": "trash"}, "bookable product"),
        ("POST", "/products/batch", {"delete": [32]}, "bookable product"),
        ("DELETE", "/resources/12?force=true", None, "bookable resource"),
        ("POST", "/resources/batch", {"delete": [12]}, "bookable resource"),
    ],
)
def test_what_has_bookings_stays(make_shop, store, mode, method, path, body, kind):
    shop = make_shop(kind=store, mode=mode).load()
    reads = [f"/{path.split('/')[1].split('?')[0]}/{12 if 'resources' in path else 32}", "/bookings?per_page=100"]
    before = [send(shop, "GET", read).body for read in reads]
    reply = send(shop, method, path, body)
    refusal = reply.json["delete"][0]["error"] if body and "delete" in body else reply.json
    assert refusal == {"code": "woocommerce_rest_cannot_delete", "message": in_use(kind), "data": {"status": 400}}
    assert reply.status_int == (200 if path.endswith("batch") else 400)
    assert [send(shop, "GET", read).body for read in reads] == before


def booked_anyhow(service_id, **values):
    start = datetime(2026, 3, 4, 9)
    request = BookingRequest(
        service_id=service_id, wall_start=start, origin="wc_bookings", overrides=SKIP_ALL, **values
    )
    return bookings.create(request, now=NOW)


@pytest.mark.parametrize(
    "status, stays",
    [("cancelled", True), ("complete", True), ("unpaid", True), ("trash", False), ("was-in-cart", False)],
)
def test_any_booking_counts_but_those_in_the_trash_and_dropped_carts(shop, status, stays):
    product = send(shop, "POST", "/products", ROOM).json
    booked_anyhow(product["id"], status=FROM_STATUS[status])
    reply = send(shop, "DELETE", f"/products/{product['id']}?force=true")
    assert reply.status_int == (400 if stays else 200)


def test_a_team_member_with_bookings_stays(shop):
    team = "/wp-json/wc-bookings/v2/resources/team-members"
    product = send(shop, "POST", "/products", ROOM).json
    ann = shop.send("POST", team, body={"name": "Ann", "email": "ann@example.org"}).json
    booked = booked_anyhow(product["id"], resource_id=ann["id"])
    for method, query, body in (
        ("DELETE", "", None),
        ("DELETE", "?force=true", None),
        ("PUT", "", {"status": "trash"}),
    ):
        reply = shop.send(method, f"{team}/{ann['id']}{query}", body=body)
        assert (reply.status_int, reply.json["message"]) == (400, in_use("bookable resource"))
    bookings.delete(booked.id, now=NOW)
    assert shop.send("DELETE", f"{team}/{ann['id']}?force=true").status_int == 200


def test_a_copy_is_a_draft_of_its_own(shop):
    reply = send(shop, "POST", "/products/32/duplicate", {})
    duplicate = reply.json
    assert (duplicate["name"], duplicate["status"], duplicate["sku"]) == ("Museum visit (Copy)", "draft", "")
    assert set(duplicate["person_types"]).isdisjoint({"33", "34", "35"})
    assert len(duplicate["person_types"]) == 3


def test_a_batch_of_products(shop):
    # Items are checked by the setters alone, so a text is the number 0 here.
    body = {
        "create": [ROOM, {"duration": "x"}, {"tax_status": "x"}],
        "update": [{"id": 17, "name": "Hall"}],
        "delete": [50],
    }
    done = send(shop, "POST", "/products/batch", body).json
    assert done["create"][0]["name"] == "Blue room"
    assert done["create"][1]["duration"] == 0
    assert done["create"][2]["error"]["code"] == "product_invalid_tax_status"
    assert done["update"][0]["name"] == "Hall"
    assert done["delete"][0]["id"] == 50


# -- resources ----------------------------------------------------------------------------------------------------


def test_resources_can_be_written(shop):
    resource = send(shop, "POST", "/resources", {"name": "Court C", "qty": 2}).json
    assert (resource["name"], resource["qty"]) == ("Court C", "2")
    rule = {"type": "custom", "bookable": "no", "priority": 10, "from": "2026-03-16", "to": "2026-03-18"}
    changed = send(shop, "PUT", f"/resources/{resource['id']}", {"availability": [rule]}).json
    assert (changed["availability"], changed["name"]) == ([rule], "Court C")
    assert send(shop, "DELETE", f"/resources/{resource['id']}").status_int == 501
    assert send(shop, "DELETE", f"/resources/{resource['id']}?force=true").json["name"] == "Court C"
    assert send(shop, "GET", f"/resources/{resource['id']}").status_int == 404
    assert send(shop, "POST", "/resources", {}).json["code"] == "rest_missing_callback_param"


def test_a_products_places_follow_its_resources(shop):
    slots = "/products/slots?product_ids=27&min_date=2026-04-23T10:00&max_date=2026-04-23T10:30"
    places = {record["available"] for record in send(shop, "GET", slots).json["records"]}
    assert places == {1, 2}
    send(shop, "PUT", "/resources/10", {"qty": 7})
    assert {record["available"] for record in send(shop, "GET", slots).json["records"]} == {7, 2}
    for booking in bookings.repository.list_all([("resource_id", "=", 10)]):
        bookings.delete(booking.id, now=NOW)
    send(shop, "DELETE", "/resources/10?force=true")
    assert send(shop, "GET", "/products/27").json["resource_ids"] == [11]


# -- categories ---------------------------------------------------------------------------------------------------


def test_categories_are_made_changed_and_removed(shop):
    category = send(shop, "POST", "/products/categories", {"name": "Boats", "parent": 18, "display": "both"}).json
    assert (category["slug"], category["parent"], category["display"], category["count"]) == ("boats", 18, "both", 0)
    assert "up" in category["_links"]
    twin = send(shop, "POST", "/products/categories", {"name": "boats", "parent": 18})
    assert (twin.status_int, twin.json["code"], twin.json["data"]["resource_id"]) == (
        400,
        "term_exists",
        category["id"],
    )
    send(shop, "PUT", "/products/17", {"categories": [{"id": category["id"]}]})
    record = send(shop, "GET", f"/products/categories/{category['id']}").json
    assert record["count"] == 1
    renamed = send(shop, "PUT", f"/products/categories/{category['id']}", {"name": "Ships", "menu_order": 3}).json
    assert (renamed["name"], renamed["slug"], renamed["menu_order"]) == ("Ships", "boats", 3)
    assert send(shop, "DELETE", f"/products/categories/{category['id']}").status_int == 501
    assert send(shop, "DELETE", f"/products/categories/{category['id']}?force=true").json["name"] == "Ships"
    assert send(shop, "GET", f"/products/categories/{category['id']}").status_int == 404
    assert send(shop, "POST", "/products/categories", {}).json["code"] == "rest_missing_callback_param"
    assert send(shop, "DELETE", "/products/categories/15?force=true").status_int == 400


@pytest.mark.parametrize("auth", ["admin_rw", None])
def test_a_list_shows_what_a_read_shows_after_every_change(shop, auth):
    record = send(shop, "POST", "/products", ROOM).json
    path = f"/products/{record['id']}"

    def listed() -> Any:
        (item,) = [
            item for item in send(shop, "GET", "/products?per_page=50", auth=auth).json if item["id"] == record["id"]
        ]
        return item

    assert listed() == send(shop, "GET", path, auth=auth).json
    for method, changed, body in (
        ("PUT", path, {"name": "Red room"}),
        ("PUT", path, {"cost": 7}),
        ("PUT", "/products/categories/16", {"name": "Halls"}),
        ("PUT", path, {"regular_price": "20", "sale_price": "15"}),
        ("PUT", path, {"categories": []}),
    ):
        before = listed()
        assert send(shop, method, changed, body).status_int == 200
        assert listed() == send(shop, "GET", path, auth=auth).json != before


def test_a_list_counts_categories(shop):
    reply = send(shop, "GET", "/products/categories?product=17", auth=None)
    assert [record["id"] for record in reply.json] == [16]
    assert reply.headers["X-WP-Total"] == "1"


def test_what_is_public(shop):
    for path in (
        "/products",
        "/products/17",
        "/products/categories",
        "/products/categories/16",
        "/resources",
        "/resources/10",
    ):
        assert send(shop, "GET", path, auth=None).status_int == 200, path
    for path in ("/bookings", "/bookings/60", "/products/51"):
        assert send(shop, "GET", path, auth=None).status_int == 401, path
        assert send(shop, "GET", path, auth="customer_rw").status_int == 403, path


def test_slots_are_written_and_wrapped_like_any_reply(shop):
    """The records are written as bytes; parameters about the whole reply still work."""
    url = "/wp-json/wc-bookings/v1/products/slots?product_ids=17&min_date=2026-03-04&max_date=2026-03-05"
    plain = shop.send("GET", url)
    assert plain.json["count"] == len(plain.json["records"]) > 0
    assert shop.send("GET", f"{url}&_fields=count").json == {"count": plain.json["count"]}
    assert shop.send("GET", f"{url}&_fields=records.date").json == {"records": []}, "lists have no names inside"
    assert shop.send("GET", f"{url}&_envelope").json["body"] == plain.json
    pretty = shop.send("GET", f"{url}&_pretty")
    assert pretty.json == plain.json
    assert pretty.body.startswith(b'{\n    "records": [\n        {\n            "date": "2026-03-04T')
    assert shop.send("GET", f"{url}&_jsonp=got").body == b"/**/got(" + plain.body + b")"


def test_a_window_of_years_is_answered_whole(shop):
    settings = {"duration_unit": "day", "default_date_availability": "available", "max_date_value": 180}
    daily = shop.send("POST", "/wp-json/wc-bookings/v1/products", body={"name": "Daily", **settings}).json["id"]
    url = f"/wp-json/wc-bookings/v1/products/slots?product_ids={daily}&min_date=2026-04-01&max_date=2036-04-01"
    for _ in range(2):
        answer = shop.send("GET", url).json
        assert answer["count"] == len(answer["records"]) == 3653 - 1, "a rule of the recorded shop closes 2026-04-06"
        assert [answer["records"][n]["date"] for n in (0, -1)] == [
            "2026-04-01T00:00:00+0000",
            "2036-03-31T00:00:00+0000",
        ]


def test_a_product_of_another_type_spoils_only_its_own_item_of_a_batch(shop):
    reply = send(shop, "POST", "/products/batch", {"update": [{"id": 52}, {"id": 18, "name": "b"}], "delete": [52]})
    assert reply.status_int == 200
    assert reply.json["update"][0]["error"]["message"] == "Not a bookable product."
    assert reply.json["update"][1]["name"] == "b"
    assert reply.json["delete"][0]["id"] == 52
