"""The reference document's own samples, key for key (source: golden/seed.json; default mode)."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core import db
from plugins.wc_bookings.translate.products import REFERENCE_FIELDS
from tests.plugins.wc_bookings.conftest import Shop

SEED = json.loads((Path(__file__).parent / "golden" / "seed.json").read_text())
PERSONS = [
    {"id": 171581, "name": "Adult", "cost": "5", "block_cost": "0", "min": "", "max": ""},
    {"id": 171582, "name": "Child", "cost": "0", "block_cost": "0", "min": "", "max": ""},
]


def product(sample: dict[str, Any]) -> dict[str, Any]:
    """A sample as an import document has it."""
    product_row = {**sample, **sample["dimensions"], "category_ids": [row["id"] for row in sample["categories"]]}
    product_row["person_types"] = PERSONS if sample["person_types"] else []
    for name in ("date_created", "date_modified"):
        product_row[name] = f"{sample[f'{name}_gmt']}+00:00"
    return product_row


def document() -> dict[str, Any]:
    return {
        "categories": SEED["categories"],
        "resources": SEED["resources"],
        "products": [product(sample) for sample in SEED["products"]],
    }


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path, timezone="America/Los_Angeles")
    shop.now = datetime(2019, 3, 19, 22, 40, tzinfo=UTC)
    yield shop.load(document())
    db.close_database()


def plain(value: Any) -> Any:
    """Without the host's name and what is picked at random."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if key != "related_ids"}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.replace("https://oracle.test", "https://yoursite.test") if isinstance(value, str) else value


def get(shop: Shop, path: str) -> Any:
    reply = shop.send("GET", f"/wp-json/wc-bookings/v1{path}", auth=None)
    assert reply.status_int == 200, reply.text
    return plain(json.loads(reply.text))


def test_products(shop):
    records = get(shop, "/products?orderby=include&include=171578,42403")
    assert records == plain(SEED["products"])
    assert [list(record) for record in records] == [list(plain(record)) for record in SEED["products"]]
    assert tuple(name for name in SEED["products"][0] if name != "_links") == REFERENCE_FIELDS


def test_resources(shop):
    records = get(shop, "/resources?orderby=include&include=145546,121229")
    assert records == plain(SEED["resources"])
    assert [list(record) for record in records] == [list(record) for record in SEED["resources"]]


def test_categories(shop):
    records = {row["id"]: {**row, "count": None} for row in get(shop, "/products/categories")}
    for sample in SEED["categories"]:
        if sample["id"] in records:
            assert records[sample["id"]] == plain({**sample, "count": None})
    assert set(records) == {484, 2570}


def test_slots_without_dates_are_those_of_today_and_tomorrow(shop):
    answer = get(shop, "/products/slots")
    assert answer == SEED["slots"]
    assert list(answer["records"][0]) == list(SEED["slots"]["records"][0])


def test_slots_in_the_short_form(tmp_path):
    shop = Shop(tmp_path, timezone="America/Los_Angeles", slots_record="short")
    shop.now = datetime(2019, 3, 19, 22, 40, tzinfo=UTC)
    shop.load(document())
    record = get(shop, "/products/slots?product_ids=171578&min_date=2019-03-20&max_date=2019-03-21")["records"][0]
    assert record == {"date": "2019-03-20T00:00", "duration": 1, "available": 1, "booked": 0, "product_id": 171578}
    db.close_database()
