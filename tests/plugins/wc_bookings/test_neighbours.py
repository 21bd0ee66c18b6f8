"""Strict mode beside the recordings: what the rules behind them say of requests that nobody recorded.

Sources: the fact sheet's sections 1 to 4, and the platform's known behaviour by analogy with recorded cases.
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
    reply = send(shop, "DELETE", "/resources/10?force=true")
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
    found = [part for part in reply.headers["Link"].split(", ") if 'rel="https' not in part]
    assert len(found) == len(links)
    assert all(link in part for part, link in zip(found, links, strict=True))


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


@pytest.mark.parametrize(
    "number, body, status, changed",
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
def test_a_category_is_changed_as_the_platform_does(shop, number, body, status, changed):
    reply = send(shop, "PUT", f"/products/categories/{number}", body)
    assert reply.status_int == status, reply.text
    assert {name: reply.json[name] for name in changed} == changed
