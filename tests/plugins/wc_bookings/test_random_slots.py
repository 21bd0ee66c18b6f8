"""The smallest inputs that once gave other slots than the real server (source: recorded_random/minimal.json)."""

import json
from pathlib import Path
from typing import Any

import pytest

from core import db
from frontdesk.testing.stores import KINDS
from tests.plugins.wc_bookings.conftest import Shop

RECORDED = json.loads((Path(__file__).parent / "recorded_random" / "minimal.json").read_text())["cases"]
_ABOUT_SLOTS = ("grid:", "first_block_time", "overnight", "months", "days product", "date form", "category_ids", "dupl")
#: The id that the recorder's shop gave to the product of each case.
_RECORDED_ID = 237


def kinds() -> dict[str, list[dict[str, Any]]]:
    """The cases of each kind, in order."""
    cases: dict[str, list[dict[str, Any]]] = {}
    for case in RECORDED:
        if case["kind"].startswith(_ABOUT_SLOTS):
            cases.setdefault(case["kind"], []).append(case)
    return cases


@pytest.fixture(scope="module", params=KINDS)
def shop(request, tmp_path_factory):
    """One store for all cases: they add products and look at those alone."""
    shop = Shop(tmp_path_factory.mktemp("random"), request.param, mode="strict").load()
    yield shop
    db.close_database()


@pytest.mark.parametrize("kind", kinds())
def test_slots_are_those_of_the_real_server(shop, kind):
    product_id = _RECORDED_ID
    for case in kinds()[kind]:
        sent, recorded = case["request"], case["response"]
        url = sent["url"].replace(f"product_ids={_RECORDED_ID}", f"product_ids={product_id}")
        reply = shop.send(sent["method"], url, body=sent.get("body"))
        assert reply.status_int == recorded["status"], reply.text
        if "slots" not in url:
            product_id = reply.json["id"]
            continue
        records = [{**record, "product_id": product_id} for record in recorded["body"]["records"]]
        if f"product_ids={product_id}" not in url:
            records = recorded["body"]["records"]
        assert reply.json == {"records": records, "count": recorded["body"]["count"]}
