"""What ``GET /products/slots`` makes of its parameters: none is declared, so PHP's casts decide.

Source: assumed from the sheet and from what PHP makes of such texts; recorded neighbours are in recorded/slots.json.
"""

from typing import Any

import pytest

from core import db
from tests.plugins.wc_bookings.conftest import Shop

DAY = "min_date=2026-03-05&max_date=2026-03-06"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = Shop(tmp_path_factory.mktemp("slots"), mode="strict").load()
    yield shop
    db.close_database()


def ask(shop: Shop, query: str) -> Any:
    return shop.send("GET", f"/wp-json/wc-bookings/v1/products/slots?{query}", auth=None)


def products(shop: Shop, query: str) -> list[int]:
    return sorted({record["product_id"] for record in ask(shop, f"{query}&{DAY}").json["records"]})


@pytest.mark.parametrize(
    ("query", "product_ids"),
    [
        ("product_ids=abc", []),
        ("product_ids=,", []),
        ("product_ids=-21", [21]),
        ("product_ids=21.9", [21]),
        ("product_ids=21%2022", [21]),
        ("product_ids=21,abc", [21]),
        ("product_ids=21&category_ids=abc", []),
        ("product_ids=21&category_ids=99999", []),
        ("product_ids=21&category_ids=18,99999", [21]),
        ("product_ids=21&category_ids=", [21]),
        ("product_ids=21&category_ids=0", [21]),
        ("product_ids=21,27&resource_ids=", [21, 27]),
        ("product_ids=21,27&resource_ids=0", [21, 27]),
        ("product_ids=21,27&resource_ids=11", [27]),
        # A product without resources has the resource 0, and a word counts as 0.
        ("product_ids=21,27&resource_ids=abc", [21]),
        ("product_ids=21,27&resource_ids=0,11", [21, 27]),
    ],
)
def test_ids_are_cut_at_commas_and_cast(shop, query, product_ids):
    assert products(shop, query) == product_ids


@pytest.mark.parametrize("value", ["", "0"])
def test_no_ids_are_all_products(shop, value):
    assert products(shop, f"product_ids={value}") == products(shop, "")
    assert len(products(shop, "")) > 20


@pytest.mark.parametrize(
    ("query", "first", "count"),
    [
        ("page=1", "09:00", 8),
        ("page=-1&limit=3", "09:00", 3),
        ("page=1&limit=-3", "09:00", 3),
        ("page=abc&limit=3", "14:00", 3),
        ("page=&limit=3", "14:00", 3),
        ("page=2.9&limit=3", "12:00", 3),
        ("page=2&limit=abc", "", 0),
        ("page=9&limit=3", "", 0),
        ("page[]=5&limit=3", "09:00", 3),
        ("per_page=3", "09:00", 8),
        ("hide_unavailable=TRUE", "09:00", 8),
        ("hide_unavailable=1", "09:00", 8),
        ("hide_unavailable[]=true", "09:00", 8),
    ],
)
def test_pages_and_flags(shop, query, first, count):
    reply = ask(shop, f"product_ids=21&min_date=2026-03-03&max_date=2026-03-04&{query}").json
    assert reply["count"] == 8
    assert len(reply["records"]) == count
    assert (reply["records"][0]["date"][11:] if count else "") == first


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        ("min_date=2026/03/03&max_date=20260305", ["03", "04"]),
        ("min_date=next+tuesday&max_date=next+wednesday", ["03"]),
        ("min_date=3+March+2026&max_date=March+5,+2026", ["03", "04"]),
        ("min_date=03-03-2026&max_date=03/05/2026", ["03", "04"]),
        ("min_date=tomorrow&max_date=%2B3+days", ["03", "04", "05"]),
        ("min_date=2026-02-31&max_date=2026-03-04", ["03"]),
        ("min_date=31/12/2026&max_date=nonsense", ["02"]),
        ("min_date=2026-03-04", ["04"]),
        ("min_date=2026-03-04&max_date=2026-03-03", ["04"]),
        ("max_date=2026-03-04", ["02", "03"]),
        ("min_date=&max_date=", ["02"]),
        ("min_date=9999-12-31T23:59:59", []),
        # What is over is lifted to now, and a day counted from there.
        ("min_date=0001-01-01&max_date=0001-01-02", ["02", "03"]),
    ],
)
def test_dates_are_read_as_the_platform_reads_them(shop, dates, days):
    records = ask(shop, f"product_ids=51&{dates}").json["records"]
    assert [record["date"][8:10] for record in records] == days


@pytest.mark.parametrize("name", ["product_ids", "category_ids", "resource_ids", "min_date", "max_date"])
def test_a_list_in_the_place_of_a_text_is_refused_by_name(shop, name):
    reply = ask(shop, f"{name}[]=21")
    assert (reply.status_int, reply.json["code"]) == (400, "rest_invalid_param")
    assert reply.json["data"]["params"] == {name: f"{name} is not of type string."}
