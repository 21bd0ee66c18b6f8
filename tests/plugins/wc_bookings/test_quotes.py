"""Every recorded cost, through ``/wc-bookings/v2/quotes`` (source: recorded/cost.json)."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from core import db
from tests.plugins.wc_bookings.conftest import RECORDED, Shop

CASES = json.loads((RECORDED / "cost.json").read_text())["cases"]
_FIELD = "wc_bookings_field_"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = Shop(tmp_path_factory.mktemp("quotes"), mode="strict").load()
    yield shop
    db.close_database()


def query(case: dict[str, Any], *, by_end: bool = False) -> str:
    """The posted form as a quote's parameters."""
    posted = {key.removeprefix(_FIELD): value for key, value in (case["posted"] or {}).items()}
    params: dict[str, Any] = {"product_id": case["product_id"]}
    if "start_date_year" in posted:
        params["start"] = "-".join(posted[f"start_date_{part}"] for part in ("year", "month", "day"))
    if "start_date_yearmonth" in posted:
        params["start"] = posted["start_date_yearmonth"]
    if "start_date_time" in posted:
        params["start"] = posted["start_date_time"]
    if by_end:
        params["end"] = f"@{case['data']['_end_date']}"
    elif "duration" in posted:
        params["duration"] = posted["duration"]
    if "resource" in posted:
        params["resource_id"] = posted["resource"]
    for key, value in posted.items():
        if key == "persons":
            params["persons"] = value
        elif key.startswith("persons_"):
            params[f"persons[{key[8:]}]"] = value
    return urlencode(params)


def check(case: dict[str, Any], reply: Any) -> None:
    if "error" in case:
        assert reply.status_int == 400, reply.text
        assert reply.json["message"] == case["error"]["message"]
    else:
        assert reply.status_int == 200, reply.text
        assert Decimal(str(reply.json["cost"])) == Decimal(str(case["cost"]))


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{case['product_key']}" for n, case in enumerate(CASES)])
def test_a_quote_is_what_the_plugin_calculated(shop, case):
    check(case, shop.send("GET", f"/wp-json/wc-bookings/v2/quotes?{query(case)}"))


BY_END = [
    case for case in CASES if "duration" in (case["posted"] or {}).keys() | {k[18:] for k in case["posted"] or {}}
]


@pytest.mark.parametrize("case", BY_END, ids=[f"{n}-{case['product_key']}" for n, case in enumerate(BY_END)])
def test_an_end_means_the_same_as_a_duration(shop, case):
    check(case, shop.send("GET", f"/wp-json/wc-bookings/v2/quotes?{query(case, by_end=True)}"))


def test_quotes_are_for_managers(shop):
    assert shop.send("GET", "/wp-json/wc-bookings/v2/quotes?product_id=17", auth=None).status_int == 401
    assert shop.send("GET", "/wp-json/wc-bookings/v2/quotes?product_id=17", auth="customer_rw").status_int == 403


def test_a_quote_is_not_rounded(shop):
    """The last test here: it changes a product."""
    rule = {
        "type": "days",
        "from": "1",
        "to": "7",
        "modifier": "divide",
        "cost": 8,
        "base_modifier": "+",
        "base_cost": 0,
    }
    change = shop.send("PUT", "/wp-json/wc-bookings/v1/products/17", body={"pricing": [rule], "block_cost": 0.09})
    assert change.status_int == 200, change.text
    reply = shop.send("GET", "/wp-json/wc-bookings/v2/quotes?product_id=17&start=2026-05-11")
    assert reply.json["cost"] == reply.json["cost_breakdown"]["total"] == 0.01125


def test_neighbours_of_a_product_with_buffers(make_shop):
    """Where days or buffers reach over, the first refused day is the neighbour's; those on both sides do not add up."""
    shop = make_shop(mode="extended").load()
    body = {"name": "X", "status": "publish", "duration": 1, "default_date_availability": "available", "block_cost": 10}
    body |= {"duration_unit": "day", "buffer_period": 1, "apply_adjacent_buffer": True}

    def product(qty: int) -> int:
        product_id = shop.send("POST", "/wp-json/wc-bookings/v1/products", body={**body, "qty": qty}).json["id"]
        for day in ("10", "14"):
            span = {"start": _stamp(f"2026-05-{day}T00:00:00"), "end": _stamp(f"2026-05-{day}T23:59:59")}
            reply = shop.send("POST", "/wp-json/wc-bookings/v2/bookings", body={"product_id": product_id, **span})
            assert reply.status_int == 201, reply.text
        return product_id

    def quote(product_id: int, day: str) -> Any:
        reply = shop.send("GET", f"/wp-json/wc-bookings/v2/quotes?product_id={product_id}&start=2026-05-{day}")
        return reply.json["cost"] if reply.status_int == 200 else reply.json["message"]

    single, double = product(1), product(2)
    none_left = "There are a maximum of 0 places remaining on 2026-05-"
    assert [quote(single, day) for day in ("08", "10", "12", "16", "17")] == [
        f"{none_left}10",
        f"{none_left}10",
        f"{none_left}10",
        f"{none_left}14",
        10,
    ]
    assert quote(double, "12") == 10
    span = {"start": _stamp("2026-05-12T00:00:00"), "end": _stamp("2026-05-12T23:59:59")}
    sold = shop.send("POST", "/wp-json/wc-bookings/v2/bookings", body={"product_id": double, **span})
    assert sold.status_int == 201, sold.text


def _stamp(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp())


@pytest.mark.parametrize(
    ("start", "message"),
    [
        # Whatever the first resource's reason is: closed hours, a holiday of the shop.
        ("2026-03-10T07:00", "This block cannot be booked."),
        ("2026-04-06T10:00", "This block cannot be booked."),
        ("2026-02-10T10:00", "You must choose a future date and time."),
    ],
)
def test_an_automatic_resource_has_one_sentence(shop, start, message):
    reply = shop.send("GET", f"/wp-json/wc-bookings/v2/quotes?product_id=28&start={start}")
    assert (reply.status_int, reply.json["message"]) == (400, message)
