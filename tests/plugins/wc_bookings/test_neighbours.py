"""Strict mode beside the recordings: requests that are not recorded, by the rules behind those that are.

Sources: the vendor's PHP source (README.md of the plugin, "Sources"), and analogy with recorded cases.
"""

from typing import Any

import pytest

from core import db
from tests.plugins.wc_bookings.conftest import Shop

BASE = "/wp-json/wc-bookings/v1"


@pytest.fixture
def shop(tmp_path):
    yield Shop(tmp_path, mode="strict").load()
    db.close_database()


@pytest.fixture(scope="module")
def read_shop(tmp_path_factory):
    """A shop for requests that change nothing."""
    yield Shop(tmp_path_factory.mktemp("neighbours"), mode="strict").load()
    db.close_database()


def send(shop: Shop, method: str, path: str, body: Any = None, **more: Any) -> Any:
    return shop.send(method, f"{BASE}{path}", body=body, **more)


def ids(reply: Any) -> list[int]:
    assert reply.status_int == 200, reply.text
    return [row["id"] for row in reply.json]


# -- batches ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["bookings", "products"])
def test_a_failed_update_of_a_batch_names_its_item_as_the_client_did(shop, route):
    reply = send(shop, "POST", f"/{route}/batch", {"update": [{"name": "x"}, {"id": "abc"}, {"id": 99999}]})
    assert reply.status_int == 200
    assert [row["id"] for row in reply.json["update"]] == [None, "abc", 99999]
    assert {row["error"]["data"]["status"] for row in reply.json["update"]} == {400}


def test_a_batch_of_resources_asks_for_permission_item_by_item(shop):
    body = {"update": [{"id": 10}, {"id": 99999}, {"id": 0}], "delete": [99999, 16]}
    reply = send(shop, "POST", "/resources/batch", body).json
    codes = [row["error"]["code"] for row in reply["update"]]
    assert codes == [
        "invalid-method",
        "woocommerce_rest_cannot_edit",
        "woocommerce_rest_bookable_resource_invalid_id",
    ]
    assert reply["delete"][0]["error"]["code"] == "woocommerce_rest_cannot_delete"
    assert reply["delete"][0]["error"]["data"] == {"status": 403}
    assert reply["delete"][1]["_links"]["self"][0]["targetHints"] == {"allow": ["GET"]}


def test_a_product_of_another_type_ends_a_batch(shop):
    reply = send(shop, "POST", "/products/batch", {"update": [{"id": 18, "name": "b"}, {"id": 52, "name": "x"}]})
    assert (reply.status_int, reply.json) == (400, "Not a bookable product")
    assert "Allow" not in reply.headers
    assert "Cache-Control" not in reply.headers
    assert send(shop, "GET", "/products/18").json["name"] == "b"


def test_nothing_is_allowed_on_a_resource_that_was_deleted_but_to_read_it(shop):
    reply = send(shop, "DELETE", "/resources/16?force=true")
    assert reply.headers["Allow"] == "GET"
    assert reply.json["_links"]["self"][0]["targetHints"] == {"allow": ["GET"]}


# -- categories -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query, names, links",
    [
        ("offset=2&per_page=2", "Suites Tours", ["page=1", "page=3"]),
        ("offset=1&per_page=2", "Rooms Suites", ["page=1", "page=3"]),
        ("offset=0&page=2&per_page=2", "Suites Tours", ["page=1", "page=3"]),
        ("orderby=include&include=18,16,19", "Tours Rooms Rentals", ["page=2"]),
        ("orderby=include&include=18,16,19&order=desc", "Rentals Rooms Tours", ["page=2"]),
        ("orderby=include", "Rentals Rooms Suites Tours", ["page=2"]),
        ("slug=Rooms", "Rooms", []),
        ("slug=rooms,tours", "", []),
    ],
)
def test_lists_of_categories(read_shop, query, names, links):
    reply = send(read_shop, "GET", f"/products/categories?{query}")
    assert [row["name"] for row in reply.json] == names.split()
    paging_links = [part for part in reply.headers["Link"].split(", ") if 'rel="https' not in part]
    assert len(paging_links) == len(links)
    assert all(link in part for part, link in zip(paging_links, links, strict=True))


@pytest.mark.parametrize(
    "body, slug",
    [
        ({"name": "Rooms", "parent": 18}, "rooms-tours"),
        ({"name": "X", "slug": "rooms"}, "rooms-2"),
        ({"name": "X", "slug": "Big Rooms!"}, "big-rooms"),
        ({"name": "Rooms", "slug": "other-rooms"}, "other-rooms"),
        ({"name": "Suites"}, "suites-2"),
        ({"name": "Suites", "parent": 17}, "suites-suites"),
    ],
)
def test_a_new_category_gets_a_slug_of_its_own(shop, body, slug):
    reply = send(shop, "POST", "/products/categories", body)
    assert (reply.status_int, reply.json.get("slug")) == (201, slug)


@pytest.mark.parametrize(
    "body, code, about",
    [
        ({"name": "Rooms"}, "term_exists", 16),
        ({"name": "rooms"}, "term_exists", 16),
        ({"name": "Rooms", "slug": "tours"}, "term_exists", 18),
        ({"name": "Rooms", "slug": "rooms"}, "term_exists", 16),
        ({"name": "Suites", "parent": 16}, "term_exists", 17),
        ({"name": " "}, "empty_term_name", None),
        ({"name": "Y", "parent": 999}, "missing_parent", None),
    ],
)
def test_a_category_beside_its_twin_is_refused(shop, body, code, about):
    reply = send(shop, "POST", "/products/categories", body)
    assert (reply.status_int, reply.json["code"]) == (400, code)
    assert reply.json["data"].get("resource_id") == about


def test_a_batch_of_categories_reads_numbers_as_text(shop):
    results = send(shop, "POST", "/products/categories/batch", {"create": [{"name": "Rooms", "parent": "18"}, {}]}).json
    assert (results["create"][0]["parent"], results["create"][0]["slug"]) == (18, "rooms-tours")
    assert results["create"][1]["error"]["code"] == "empty_term_name"


@pytest.mark.parametrize(
    "category_id, body, status, changed",
    [
        (16, {"name": "Tours"}, 200, {"name": "Tours", "slug": "rooms"}),
        (16, {"parent": 16}, 200, {"parent": 0}),
        (16, {"parent": 17}, 200, {"parent": 0}),
        (16, {"slug": "tours"}, 400, {"code": "duplicate_term_slug"}),
        (16, {"slug": "tours", "parent": 18}, 200, {"slug": "tours-tours", "parent": 18}),
        (16, {"slug": ""}, 200, {"slug": "rooms"}),
        (16, {"slug": "", "name": "Tours"}, 200, {"slug": "tours-2"}),
        (17, {"slug": "", "name": "Tours"}, 200, {"slug": "tours-rooms"}),
        (16, {"name": ""}, 400, {"code": "empty_term_name"}),
    ],
)
def test_a_category_is_changed_as_the_platform_does(shop, category_id, body, status, changed):
    reply = send(shop, "PUT", f"/products/categories/{category_id}", body)
    assert reply.status_int == status, reply.text
    assert {name: reply.json[name] for name in changed} == changed


# -- lists ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query, expected_ids, total",
    [
        ("offset=28", [17], 29),
        ("offset=29", [], 0),
        ("offset=100&page=2", [], 0),
        ("per_page=2&page=99", [], 29),
        ("orderby=include&per_page=2", [17, 18], 29),
        ("orderby=include&include=17,20,18&per_page=2&page=2", [18], 3),
        ("sku=sku-MONTH", [47], 1),
        ("sku=SKU-mont", [], 0),
        ("sku=SKU-month,sku-day_fixed1", [47, 17], 2),
        ("slug=Day-Fixed1", [17], 1),
        ("attribute=pa_x&attribute_term=1&per_page=1", [50], 29),
        ("min_price=abc&per_page=1", [50], 29),
        ("min_price=5&max_price=15", [36, 32], 2),
        ("max_price=abc&per_page=1", [50], 27),
        ("max_price=&per_page=1", [50], 29),
        ("max_price=0&per_page=1", [50], 29),
        ("max_price=-1", [], 0),
        ("orderby=popularity&order=asc&per_page=2", [17, 50], 29),
        ("orderby=rating&order=asc&per_page=2", [50, 49], 29),
        ("orderby=sales&per_page=2", [50, 49], 29),
        ("orderby=random&order=asc&per_page=2", [17, 18], 29),
        ("search=day%20room", [17], 1),
        ("search=%22day%20room%22", [17], 1),
        ("search=cabin%20-hidden", [18], 1),
        ("search=the%20cabin", [50, 18], 2),
        ("search=cabin%2Ca", [50, 18], 2),
    ],
)
def test_lists_of_products(read_shop, query, expected_ids, total):
    reply = send(read_shop, "GET", f"/products?_fields=id&{query}")
    assert (ids(reply), reply.headers["X-WP-Total"]) == (expected_ids, str(total))


@pytest.mark.parametrize(
    "query, expected_ids, total",
    [
        ("offset=6", [10], 7),
        ("offset=7", [], 0),
        ("orderby=modified&per_page=2", [10, 11], 7),
        ("orderby=include&include=10,16,12&per_page=2", [10, 16], 3),
        ("orderby=include&include=10,16,12&per_page=2&page=2", [12], 3),
        ("orderby=include&per_page=2", [10, 11], 7),
        ("parent[]=0&per_page=1", [16], 7),
        ("parent[]=27", [], 0),
        ("parent_exclude[]=0", [], 0),
        ("search=guide%20-ann", [13], 1),
    ],
)
def test_lists_of_resources(read_shop, query, expected_ids, total):
    reply = send(read_shop, "GET", f"/resources?_fields=id&{query}")
    assert (ids(reply), reply.headers["X-WP-Total"]) == (expected_ids, str(total))


@pytest.mark.parametrize("path", ["/resources?parent=27", "/bookings?parent=233", "/bookings?parent_exclude=1"])
def test_a_plain_parent_is_refused(read_shop, path):
    assert send(read_shop, "GET", path).json["code"] == "rest_invalid_param"


@pytest.mark.parametrize(
    "query, expected_ids, total",
    [
        ("orderby=include&include=60,65,61,66&per_page=2", [60, 65], 4),
        ("orderby=include&include=60,65,61,66&per_page=2&page=2", [61, 66], 4),
        ("orderby=include&include=60,65,61,66&offset=4", [], 0),
        ("orderby=include&per_page=2", [53, 54], 178),
        ("orderby=modified&per_page=2", [234, 236], 178),
        ("offset=0&page=5&per_page=1", [236], 178),
    ],
)
def test_lists_of_bookings(read_shop, query, expected_ids, total):
    reply = send(read_shop, "GET", f"/bookings?_fields=id&{query}")
    assert (ids(reply), reply.headers["X-WP-Total"]) == (expected_ids, str(total))


# -- product writes ---------------------------------------------------------------------------------------------

WRITTEN = {
    "signs are dropped": ({"qty": -3, "cancel_limit": 0, "max_persons": -2}, {"qty": 3, "cancel_limit": 1}),
    "a switch kept raw": ({"has_restricted_days": True, "restricted_days": [1, 5]}, {"has_restricted_days": "1"}),
    "and off": ({"has_restricted_days": False}, {"has_restricted_days": ""}),
    "costs of rows are numbers": (
        {"pricing": [{"type": "days", "from": "6", "to": "7", "modifier": "+", "cost": "2.5", "base_cost": 3}]},
        {"pricing": [{"type": "days", "from": "6", "to": "7", "modifier": "+", "cost": 2.5, "base_cost": 3}]},
    ),
    "a shown cost stays as written": ({"display_cost": "12.50"}, {"display_cost": "12.50"}),
    "nothing to download": ({"download_limit": 5, "downloadable": False}, {"download_limit": -1}),
    "something to download": ({"download_limit": 5, "downloadable": True}, {"download_limit": 5}),
    "stock": (
        {"manage_stock": True, "stock_quantity": 4, "backorders": "yes", "low_stock_amount": 2, "regular_price": "9"},
        {"manage_stock": True, "stock_quantity": 4, "backorders": "yes", "low_stock_amount": 2, "price": "9"},
    ),
    "nothing left": (
        {"manage_stock": True, "stock_quantity": 0},
        {"stock_quantity": 0, "stock_status": "outofstock", "backordered": False},
    ),
    "nothing left, but it can be ordered": (
        {"manage_stock": True, "stock_quantity": -1, "backorders": "notify"},
        {"stock_quantity": -1, "stock_status": "onbackorder", "backorders_allowed": True, "backordered": True},
    ),
    "no stock": (
        {"stock_quantity": 4, "backorders": "yes", "low_stock_amount": 2, "stock_status": "outofstock"},
        {"stock_quantity": None, "backorders": "no", "low_stock_amount": None, "stock_status": "outofstock"},
    ),
    "no sale that costs more": (
        {"regular_price": "9", "sale_price": "10"},
        {"price": "9", "regular_price": "9", "sale_price": "", "on_sale": False},
    ),
    "a sale without a price": ({"sale_price": "5"}, {"price": "", "sale_price": "", "on_sale": False}),
    "a sale that has not begun": (
        {"regular_price": "1,9.50", "sale_price": "5", "date_on_sale_from": "2026-04-01T00:00:00"},
        {"price": "19.50", "sale_price": "5", "on_sale": False, "date_on_sale_from": "2026-04-01T00:00:00"},
    ),
    "a sale that is over": (
        {"regular_price": "9", "sale_price": "5", "date_on_sale_to_gmt": "2026-03-01T00:00:00"},
        {"price": "9", "on_sale": False, "date_on_sale_to": "2026-03-01T00:00:00"},
    ),
    "numbers of all kinds": (
        {"weight": "1.2.3 kg", "dimensions": {"length": "x", "width": "5.", "height": "-1"}},
        {"weight": "12.3", "dimensions": {"length": "", "width": "5", "height": "-1"}},
    ),
    "what only its date hides": (
        {"status": "publish", "date_created": "2026-03-02T10:01:00"},
        {"status": "future", "date_modified": "2026-03-02T10:01:00"},
    ),
    "and what it does not": ({"status": "future", "date_created": "2026-03-02T10:00:59"}, {"status": "publish"}),
    "nothing to tax": ({"tax_status": "shipping"}, {"shipping_taxable": True}),
    "days by number": ({"restricted_days": {"3": 3, "5": "5"}}, {"restricted_days": [3, 5]}),
    "days as a text": ({"restricted_days": ""}, {"restricted_days": []}),
    "handlers and schemes": (
        {"description": "<a href='javascript:x' onclick=y title=\"t\">z</a><br/>"},
        {"description": '<a href="x" title="t">z</a><br />'},
    ),
    "what is no markup": (
        {"description": "5 > 4 & 3 < 6 \\\\ <b>"},
        {"description": "5 &gt; 4 &amp; 3 &lt; 6 \\ <b>"},
    ),
    "no link elsewhere": ({"external_url": "https://x.test/", "button_text": "b"}, {"external_url": ""}),
    "classes unknown to the shop": ({"tax_class": "odd", "shipping_class": "odd"}, {"tax_class": ""}),
    "a class every shop has": ({"tax_class": "reduced-rate"}, {"tax_class": "reduced-rate"}),
    "no size of what is virtual": ({"virtual": True, "weight": "2", "dimensions": {"width": "1"}}, {"weight": ""}),
    "digits of a trade number": ({"global_unique_id": "ab12-3"}, {"global_unique_id": "12-3"}),
    "unknown categories": ({"categories": [{"id": 999}]}, {"categories": [{"id": 15}]}),
    "categories by name": ({"categories": [{"id": 18}, {"id": 16}]}, {"categories": [{"id": 16}, {"id": 18}]}),
    "markup": ({"name": "Bed & Co &amp; Bob's"}, {"name": "Bed &amp; Co &amp; Bob's", "slug": "bed-co-bobs"}),
    "a link somebody has": ({"name": "T-Shirt"}, {"slug": "t-shirt-2"}),
    "a draft": ({"name": "Q", "status": "draft"}, {"slug": "", "generated_slug": "q"}),
    "a draft with a link": ({"name": "Q", "slug": "W", "status": "draft"}, {"slug": "w"}),
}


@pytest.mark.parametrize("body, expected", WRITTEN.values(), ids=WRITTEN)
def test_a_product_is_written_as_on_the_real_server(shop, body, expected):
    reply = send(shop, "POST", "/products", {"name": "New", **body})
    assert reply.status_int == 201, reply.text
    record = reply.json
    if "categories" in expected:
        record["categories"] = [{"id": row["id"]} for row in record["categories"]]
    assert {name: record[name] for name in expected} == expected
    again = send(shop, "GET", f"/products/{record['id']}?context=edit").json
    assert {name: again[name] for name in expected if name != "categories"} == {
        name: value for name, value in expected.items() if name != "categories"
    }


@pytest.mark.parametrize(
    "sku, owner, free", [("SKU-month", 47, "SKU-month-1"), ("sku-MONTH", 47, "sku-MONTH-1"), ("tshirt", 52, "tshirt-1")]
)
def test_a_stock_number_belongs_to_one_product(shop, sku, owner, free):
    reply = send(shop, "POST", "/products", {"name": "x", "sku": sku})
    assert (reply.status_int, reply.json) == (
        400,
        {
            "code": "product_invalid_sku",
            "message": "Invalid or duplicated SKU.",
            "data": {"status": 400, "resource_id": owner, "unique_sku": free},
        },
    )
    assert send(shop, "PUT", f"/products/{47}", {"sku": "sku-MONTH"}).json["sku"] == "sku-MONTH"


def test_a_product_in_the_trash_gives_up_its_link(shop):
    before = send(shop, "DELETE", "/products/50").json
    assert (before["slug"], before["status"]) == ("hidden", "publish")
    after = send(shop, "GET", "/products/50").json
    assert (after["slug"], after["status"]) == ("hidden__trashed", "trash")
    assert after["permalink"] == "https://oracle.test/?post_type=product&p=50"
    assert send(shop, "POST", "/products", {"name": "x", "sku": "SKU-hidden"}).status_int == 201
    assert send(shop, "POST", "/products", {"name": "y", "slug": "hidden"}).json["slug"] == "hidden"


def test_a_draft_gets_its_link_when_it_is_shown(shop):
    draft = send(shop, "POST", "/products", {"name": "First", "status": "draft"}).json
    renamed = send(shop, "PUT", f"/products/{draft['id']}", {"name": "Second"}).json
    assert (renamed["slug"], renamed["generated_slug"]) == ("", "second")
    published = send(shop, "PUT", f"/products/{draft['id']}", {"status": "publish"}).json
    assert (published["slug"], published["permalink"]) == ("second", "https://oracle.test/product/second/")
    hidden = send(shop, "PUT", f"/products/{draft['id']}", {"status": "draft", "name": "Third"}).json
    assert hidden["slug"] == "second"


def test_a_product_below_another_links_up(shop):
    links = send(shop, "PUT", "/products/18", {"parent_id": 17}).json["_links"]
    assert links["up"] == [{"href": "https://oracle.test/wp-json/wc-bookings/v1/products/17"}]


# -- titles of bookings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query, expected_ids, total",
    [
        ("search=mar", [236], 178),
        ("search=2026%20booking", [236], 178),
        ("search=10:00", [236], 178),
        ("search=feb", [], 0),
        ("search=-mar", [], 0),
        ("search=-feb", [236], 178),
        ("orderby=slug", [151], 178),
        ("orderby=slug&page=2", [150], 178),
        # The first has no number, and ten comes before two.
        ("orderby=slug&order=asc&per_page=3", [53, 62, 152], 178),
    ],
)
def test_bookings_are_titled_by_the_time_they_were_stored(read_shop, query, expected_ids, total):
    reply = send(read_shop, "GET", f"/bookings?per_page=1&_fields=id&{query}")
    assert (ids(reply), reply.headers["X-WP-Total"]) == (expected_ids, str(total))


def test_a_new_booking_is_titled_by_its_own_time(shop):
    shop.now = shop.now.replace(month=5)
    booking_id = send(shop, "POST", "/bookings", {}).json["id"]
    assert send(shop, "GET", f"/resources/{booking_id}").json["name"] == "Booking &ndash; May 02, 2026 @ 10:00 AM"
    assert ids(send(shop, "GET", "/bookings?search=may&_fields=id")) == [booking_id]


# -- booking writes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent, stored", [(-5, 5), ("7x", 7), ("abc", 0), ([1], 1), (10**30, 2**63 - 1)])
def test_a_resource_is_read_as_php_reads_a_number(shop, sent, stored):
    assert send(shop, "POST", "/bookings", {"resource_id": sent}).json["resource_id"] == stored


def test_a_resource_may_be_taken_away_but_not_be_a_strangers(shop):
    booking_id = next(row["id"] for row in send(shop, "GET", "/bookings?per_page=100").json if row["product_id"] == 27)
    assert send(shop, "PUT", f"/bookings/{booking_id}", {"resource_id": 10}).json["resource_id"] == 10
    assert send(shop, "PUT", f"/bookings/{booking_id}", {"resource_id": 0}).json["resource_id"] == 0
    refused = send(shop, "PUT", f"/bookings/{booking_id}", {"resource_id": 12})
    assert (refused.status_int, refused.json["code"]) == (400, "woocommerce_rest_wc_booking_not_created")
    assert send(shop, "GET", f"/bookings/{booking_id}").json["resource_id"] == 12
    # It was stored all the same, so every further write is refused for it.
    assert send(shop, "PUT", f"/bookings/{booking_id}", {}).status_int == 400
    assert send(shop, "PUT", f"/bookings/{booking_id}", {"resource_id": 11}).json["resource_id"] == 11


def test_an_image_nobody_has_is_refused(shop):
    reply = send(shop, "PUT", "/products/17", {"images": [{"id": 99}]})
    assert (reply.status_int, reply.json["message"]) == (400, "#99 is an invalid image ID.")


def test_tags_are_made_by_name_and_found_by_number(shop):
    tags = send(shop, "PUT", "/products/17", {"tags": [{"name": "Quiet"}, {"name": "Big view"}, {"id": 999}]}).json
    assert [(tag["name"], tag["slug"]) for tag in tags["tags"]] == [("Big view", "big-view"), ("Quiet", "quiet")]
    view, quiet = (tag["id"] for tag in tags["tags"])
    assert min(view, quiet) > 21
    again = send(shop, "PUT", "/products/18", {"tags": [{"name": "quiet"}]}).json
    assert [tag["id"] for tag in again["tags"]] == [quiet]
    assert ids(send(shop, "GET", f"/products?tag={quiet}&_fields=id")) == [18, 17]
    assert ids(send(shop, "GET", f"/products?tag={view},{quiet}&_fields=id")) == [18, 17]
    assert ids(send(shop, "GET", "/products?tag=1&_fields=id")) == []
    assert send(shop, "PUT", "/products/17", {"tags": [{"id": view}]}).json["tags"] == [tags["tags"][0]]
    assert send(shop, "PUT", "/products/17", {"tags": []}).json["tags"] == []
