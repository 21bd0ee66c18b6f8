"""The import document: in, out, all or nothing (README, "The import document")."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from core.db import rows
from core.errors import Invalid
from plugins.bkap import demo
from tests.plugins.bkap.conftest import ALL_WEEK, close_shop, open_shop, product, slots

RECORDED = Path(__file__).parent / "recorded"

FULL = {
    "resources": [
        {
            "resource_id": 10,
            "resource_title": "Boat",
            "resource_quantity": 3,
            "resource_availability": [
                {"bookable": "1", "type": "custom", "priority": 10, "from": "2021-03-20", "to": "2021-11-20"},
                {"bookable": "0", "type": "time:5", "priority": 11, "from": "09:00", "to": "10:00"},
            ],
        }
    ],
    "products": [
        product(
            61,
            categories=["Tours", "Sea"],
            description="By boat",
            booking_recurring_lockout={"booking_weekday_5": 4},
            booking_specific_date={"29-9-2021": 8, "25-9-2021": 0},
            _bkap_special_price=[{"booking_special_date": "2021-09-29", "booking_special_price": "80"}],
            _bkap_custom_ranges=[{"start": "1-9-2021", "end": "30-9-2021", "years_to_recur": "2"}],
            _bkap_holiday_ranges=[{"start": "3-9-2021", "end": "4-9-2021"}],
            _bkap_product_holidays={"6-9-2021": 1},
            _bkap_product_resources=[10],
            _bkap_resource_base_costs={"10": "2.5"},
            _bkap_abp=0.5,
            _bkap_can_be_cancelled={"status": "on", "duration": 1, "period": "day"},
        ),
        product(62, "multiple_days", _bkap_date_lockout=2, _bkap_multiple_day_max=9,
                _bkap_fixed_blocks_data=[{"block_name": "W", "number_of_days": 4, "start_day": "any_days", "price": 300}],
                _bkap_price_ranges=[{"min_number": 2, "max_number": 4, "per_day_price": 45}]),
        product(63, "date_time", _bkap_time_settings={k: slots(("09:00", "10:00", 2, 30), ("16:00", "0:00", 1, "")) for k in ALL_WEEK}),
        product(64, "duration_time", _bkap_duration_settings={"duration": 30, "duration_type": "mins", "duration_max": 4}),
        product(65, type="variable", variations=[{"id": 66, "name": "Large", "price": "250"}]),
        product(67, "multidates", _bkap_multidates_type="fixed", _bkap_multidates_fixed_number=2),
    ],
    "customers": [{"id": 2, "first_name": "Mba", "last_name": "Callista", "email": "callista@example.com"}],
}  # fmt: skip


def filled(shop):
    shop.load(FULL)
    shop.book(61, "2021-09-24", resource_id=10, customer_id=2, quantity=2)
    shop.book(62, "2021-09-24", fixed_block=4)
    shop.book(62, "2021-10-24")
    shop.book(63, "2021-09-24", start_time="09:00", end_time="10:00")
    shop.book(63, "2021-09-24", start_time="16:00", end_time="00:00")
    shop.book(64, "2021-09-24", start_time="23:00", duration=60)
    shop.post("/bookings", {"variation_id": 66, "price": 5, "start_date": "2021-09-24", "end_date": "2021-09-24"})
    shop.post("/bookings", {"product_id": 67, "price": 5, "dates": ["2021-09-24", "2021-09-25"]})
    number = shop.get("/bookings")["bookings"][0]["booking_id"]
    shop.put(f"/bookings/{number}", {"status": "cancelled"})


def test_what_is_written_out_comes_back_the_same(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = open_shop(tmp_path / "a")
    filled(first)
    document = json.loads(json.dumps(first.dump()))
    listed = first.get("/bookings"), first.get("/products"), first.get("/resources")
    close_shop()

    second = open_shop(tmp_path / "b")
    second.load(document)
    assert json.loads(json.dumps(second.dump())) == document
    again = second.get("/bookings"), second.get("/products"), second.get("/resources")
    assert again == listed
    # Into the same store again: nothing is there twice, nothing is taken twice.
    second.clock.forward(days=1)
    second.load(document)
    assert json.loads(json.dumps(second.dump())) == document
    assert second.left(61, "2021-09-24") == {"2021-09-24": 2}
    # New things get new ids.
    made = second.book(61, "2021-09-24")
    assert made["booking_id"] > max(one["booking_id"] for one in document["bookings"])
    close_shop()


def test_the_settings_are_kept_under_the_plugins_own_names(shop):
    shop.load(FULL)
    out = {one["id"]: one for one in shop.dump()["products"]}
    assert out[61]["_bkap_booking_type"] == "only_day"
    assert list(out[61]["booking_specific_date"]) == ["29-9-2021", "25-9-2021"]
    assert out[63]["_bkap_time_settings"]["booking_weekday_0"][1]["to_slot_hrs"] == "0"
    assert out[64]["_bkap_duration_settings"]["duration"] == 30
    assert out[61]["_bkap_resource_base_costs"] == {"10": "2.5"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ([], ""),
        ({"nonsense": []}, "nonsense"),
        ({"products": {}}, "products"),
        ({"products": [7]}, "products.1"),
        ({"products": [{"title": "x"}]}, "products.1.id"),
        ({"products": [product(90, colour="red")]}, "products.1.colour"),
        ({"products": [product(0)]}, "products.1.id"),
        ({"products": [product(90, "weekly")]}, "products.1._bkap_booking_type"),
        ({"products": [product(90, price="dear")]}, "products.1.price"),
        ({"products": [product(90, status="gone")]}, "products.1.status"),
        ({"products": [product(90, booking_specific_date={"31-2-2021": 1})]}, "products.1.booking_specific_date"),
        ({"products": [product(90, booking_recurring={"monday": "on"})]}, "products.1.booking_recurring"),
        ({"products": [product(90, _bkap_date_lockout=-1)]}, "products.1._bkap_date_lockout"),
        ({"products": [product(90, _bkap_product_resources=[555])]}, "products.1._bkap_product_resources"),
        ({"products": [product(90, _bkap_time_settings={"booking_weekday_1": slots(("25:00", "9:00", 1, ""))})]},
         "products.1._bkap_time_settings"),
        ({"products": [product(90, _bkap_custom_ranges=[{"start": "2-1-2021", "end": "1-1-2021"}])]},
         "products.1._bkap_custom_ranges"),
        ({"resources": [{"resource_id": 61, "resource_title": "x"}]}, "products.0"),
        ({"resources": [{"resource_id": 5, "resource_title": "x", "resource_availability": [
            {"bookable": "maybe", "type": "custom", "from": "2021-01-01", "to": "2021-01-02"}]}]},
         "resources.0.resource_availability.0.bookable"),
        ({"bookings": [{"booking_id": 9, "product_id": 999, "start_date": "2021-09-24"}]}, "bookings.0.product_id"),
        ({"bookings": [{"booking_id": 9, "product_id": 61, "start_date": "soon"}]}, "bookings.0.start_date"),
        ({"bookings": [{"booking_id": 9, "product_id": 61, "start_date": "2021-09-24", "status": "odd"}]},
         "bookings.0.status"),
        ({"bookings": [{"booking_id": 9, "product_id": 61, "start_date": "2021-09-24", "order_id": 5}]}, "bookings.0"),
        ({"orders": [{"id": 5, "customer_id": 77}]}, "orders.0.customer_id"),
    ],
)  # fmt: skip
def test_bad_input_changes_nothing_and_names_its_place(shop, change, field):
    document = change
    if isinstance(change, dict):
        more = change.get("products", [])
        merged = [product(61), *more] if isinstance(more, list) else more
        document = {**change, "products": merged}
    before = shop.dump()
    with pytest.raises(Invalid) as refusal:
        shop.load(document)
    assert refusal.value.field == field
    assert shop.dump() == before
    assert rows("SELECT COUNT(*) FROM service")[0][0] == 0


def test_the_demo_document_sells_nights_with_special_prices(shop):
    shop.load(demo.document(shop.clock()))
    room = shop.get("/products")["products"][0]
    assert (room["title"], room["booking_type"]) == (demo.SERVICE, "multiple_days")
    special = (shop.clock() + timedelta(days=14)).date()
    assert shop.price(room["id"], start_date=str(special)) == "140.00"
    friday, saturday = "2021-10-08", "2021-10-09"
    assert shop.price(room["id"], start_date=friday, end_date=saturday) == "110.00"
    assert shop.price(room["id"], start_date="2021-10-11", end_date="2021-10-12") == "90.00"
    command = demo.curl("http://x", {"consumer_key": "ck", "consumer_secret": "cs"}, room["id"], now=shop.clock())
    assert command.startswith("curl ")
    assert "-u ck:cs" in command
    body = command.partition(" -d '")[2].partition("'")[0]
    assert shop.call("POST", "/bookings", raw=body).json["booking_status"] == "pending-confirmation"


def test_a_recorded_shop_comes_in_as_it_is(shop):
    """``recorded/state.json``: a real shop's own settings (golden/bkap, version 5.23.1)."""
    state = json.loads((RECORDED / "state.json").read_text())
    shop.load(state)
    assert shop.get("/products/count") == {"count": 11}
    types = {one["id"]: one["booking_type"] for one in shop.get("/products")["products"]}
    assert types == {one["id"]: one["booking_type"] for one in state["products"]}
    assert shop.price(10, start_date="2026-03-14") == "80.00"
    assert shop.price(10, start_date="2026-03-15") == "120.00"
    assert list(shop.left(10, "2026-03-13", "2026-03-16").values()) == [3, 3, 2, 3]
    entry = shop.get("/bookings/availability", {"product_id": 13, "start_date": "2026-03-10"})[0][0]
    assert [one["availability"] for one in entry["slots"]] == [2, 1, "Unlimited"]
    assert json.loads(json.dumps(shop.dump()))["products"][0]["_bkap_product_holidays"] == {"20-3-2026": 0}
