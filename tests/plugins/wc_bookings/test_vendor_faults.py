"""Faults of the real server that strict mode copies and the default mode does not, side by side."""

from typing import Any

import pytest

from core import db
from frontdesk.testing.stores import KINDS
from tests.plugins.wc_bookings.conftest import Shop

DAY = {"duration_unit": "day", "default_date_availability": "available"}


@pytest.fixture(scope="module", params=[(kind, mode) for kind in KINDS for mode in ("strict", "extended")])
def shop(request, tmp_path_factory):
    kind, mode = request.param
    shop = Shop(tmp_path_factory.mktemp("faults"), kind, mode=mode, slots_record="short").load()
    yield shop, mode == "strict"
    db.close_database()


def made(shop: Shop, **fields: Any) -> int:
    body = {"name": "X", "status": "publish", "duration": 1, "block_cost": 10, **fields}
    reply = shop.send("POST", "/wp-json/wc-bookings/v1/products", body=body)
    assert reply.status_int == 201, reply.text
    return reply.json["id"]


def slots(shop: Shop, query: str) -> list[Any]:
    return shop.send("GET", f"/wp-json/wc-bookings/v1/products/slots?{query}").json["records"]


def dates(shop: Shop, product_id: int, low: str, high: str) -> list[str]:
    slot_records = slots(shop, f"product_ids={product_id}&min_date={low}&max_date={high}")
    return [record["date"][5:10] for record in slot_records]


def quote(shop: Shop, product_id: int, start: str) -> Any:
    reply = shop.send("GET", f"/wp-json/wc-bookings/v2/quotes?product_id={product_id}&start={start}")
    return reply.json["cost"] if reply.status_int == 200 else reply.json["message"]


def test_starts_of_long_blocks_at_the_end_of_the_window(shop):
    shop, strict = shop
    four = made(shop, **{**DAY, "duration": 4})
    assert dates(shop, four, "2026-05-11", "2026-05-14") == ["05-11", "05-12", "05-13"][: 2 if strict else 3]
    two = made(shop, **{**DAY, "duration": 2})
    assert dates(shop, two, "2026-05-11", "2026-05-14") == ["05-11", "05-12", "05-13"]


def test_months_over_the_new_year(shop):
    shop, strict = shop
    winter = {"type": "months", "from": "11", "to": "3"}
    closed = made(shop, **DAY, availability=[{**winter, "bookable": "no", "priority": 5}])
    assert dates(shop, closed, "2026-03-20", "2026-03-21") == (["03-20"] if strict else [])
    assert dates(shop, closed, "2026-11-20", "2026-11-21") == []
    assert quote(shop, closed, "2026-03-20") == (10 if strict else "Sorry, the selected block is not available")
    dear = made(shop, **DAY, pricing=[{**winter, "modifier": "+", "cost": 7, "base_modifier": "+", "base_cost": 0}])
    assert quote(shop, dear, "2026-03-20") == (10 if strict else 17)
    assert quote(shop, dear, "2026-12-20") == 17


def test_a_category_and_the_one_above(shop):
    shop, strict = shop
    product_ids = {
        record["product_id"] for record in slots(shop, "category_ids=17&min_date=2026-03-20&max_date=2026-03-21")
    }
    assert product_ids == ({17, 18, 19, 39, 41, 43, 44, 48} if strict else {19, 39, 43, 48})


def test_a_product_that_is_named_twice(shop):
    shop, strict = shop
    slot_records = slots(shop, "product_ids=48,48&min_date=2026-03-20&max_date=2026-03-21")
    assert len(slot_records) == (2 if strict else 1)


def test_a_month_with_a_closed_day(shop):
    shop, strict = shop
    rule = {"type": "custom", "from": "2026-05-06", "to": "2026-05-06", "bookable": "no", "priority": 5}
    month = {**DAY, "duration_unit": "month"}
    closed = made(shop, **month, availability=[rule])
    timed = made(shop, **month, availability=[{**rule, "type": "time", "from": "10:00", "to": "12:00"}])
    # It is refused in both; only the real server lists it all the same.
    assert quote(shop, closed, "2026-05") == "Sorry, the selected block is not available"
    assert dates(shop, closed, "2026-05-01", "2026-06-02") == (["05-01", "06-01"] if strict else ["06-01"])
    assert quote(shop, timed, "2026-05") == 10
    # The shop's own holiday in April.
    assert quote(shop, timed, "2026-04") == "Sorry, the selected block is not available"
    assert quote(shop, timed, "2026-03") == "You must choose a future date and time."


def test_the_earliest_day(shop):
    shop, strict = shop
    product = made(shop, **{**DAY, "duration": 2}, min_date_value=3, min_date_unit="day")
    assert quote(shop, product, "2026-03-03") == "Sorry, the selected block is not available"
    assert quote(shop, product, "2026-03-04") == (10 if strict else "Sorry, the selected block is not available")
    assert quote(shop, product, "2026-03-05") == 10
