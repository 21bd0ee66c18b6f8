"""The smallest inputs that once had another cost or refusal than on the real server.

Source: recorded_random/minimal_cost.json. Each product is made through the API and priced through ``/quotes``.
"""

import json
from pathlib import Path

import pytest

from core import db
from frontdesk.testing.stores import KINDS
from tests.plugins.wc_bookings.conftest import Shop
from tests.plugins.wc_bookings.test_quotes import check, query

CASES = json.loads((Path(__file__).parent / "recorded_random" / "minimal_cost.json").read_text())["cases"]


@pytest.fixture(scope="module", params=KINDS)
def shop(request, tmp_path_factory):
    shop = Shop(tmp_path_factory.mktemp("random"), request.param, mode="strict").load()
    yield shop
    db.close_database()


@pytest.mark.parametrize("case", CASES, ids=[case["kind"] for case in CASES])
def test_a_booking_costs_what_it_costs_on_the_real_server(shop, case):
    product = shop.send("POST", "/wp-json/wc-bookings/v1/products", body=case["product"])
    assert product.status_int == 201, product.text
    params = query({**case, "product_id": product.json["id"]})
    check(case, shop.send("GET", f"/wp-json/wc-bookings/v2/quotes?{params}"))
