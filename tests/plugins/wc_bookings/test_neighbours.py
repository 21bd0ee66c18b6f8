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
