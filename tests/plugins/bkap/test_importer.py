"""The import document: in, out, all or nothing (README, "The import document")."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from core.db import fetch_all
from core.errors import Invalid
from core.services import orders
from core.wordpress.statuses import order_status
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
    booking_id = shop.get("/bookings")["bookings"][0]["booking_id"]
    shop.put(f"/bookings/{booking_id}", {"status": "cancelled"})


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
    booking = second.book(61, "2021-09-24")
    assert booking["booking_id"] > max(entry["booking_id"] for entry in document["bookings"])
    close_shop()


def test_the_settings_are_kept_under_the_plugins_own_names(shop):
    shop.load(FULL)
    products = {entry["id"]: entry for entry in shop.dump()["products"]}
    assert products[61]["_bkap_booking_type"] == "only_day"
    assert list(products[61]["booking_specific_date"]) == ["29-9-2021", "25-9-2021"]
    assert products[63]["_bkap_time_settings"]["booking_weekday_0"][1]["to_slot_hrs"] == "0"
    assert products[64]["_bkap_duration_settings"]["duration"] == 30
    assert products[61]["_bkap_resource_base_costs"] == {"10": "2.5"}


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
    assert fetch_all("SELECT COUNT(*) FROM service")[0][0] == 0


def test_the_demo_document_sells_nights_with_special_prices(shop):
    shop.load(demo.document(shop.clock()))
    room = shop.get("/products")["products"][0]
    assert (room["title"], room["booking_type"]) == (demo.SERVICE, "multiple_days")
    special = (shop.clock() + timedelta(days=14)).date()
    assert shop.price(room["id"], start_date=str(special)) == "140.00"
    friday, saturday = "2021-10-08", "2021-10-09"
    assert shop.price(room["id"], start_date=friday, end_date=saturday) == "110.00"
    assert shop.price(room["id"], start_date="2021-10-11", end_date="2021-10-12") == "90.00"
    command = demo.room_command(
        "http://x", {"consumer_key": "ck", "consumer_secret": "cs"}, room["id"], now=shop.clock()
    )
    assert command.startswith("curl ")
    assert "-u ck:cs" in command
    body = command.partition(" -d '")[2].partition("'")[0]
    assert shop.call("POST", "/bookings", raw=body).json["booking_status"] == "pending-confirmation"


def test_a_recorded_shop_comes_in_as_it_is(shop):
    """``recorded/state.json`` holds the settings of a real shop (version 5.23.1)."""
    state = json.loads((RECORDED / "state.json").read_text())
    shop.load(state)
    assert shop.get("/products/count") == {"count": 11}
    types = {record["id"]: record["booking_type"] for record in shop.get("/products")["products"]}
    assert types == {entry["id"]: entry["booking_type"] for entry in state["products"]}
    assert shop.price(10, start_date="2026-03-14") == "80.00"
    assert shop.price(10, start_date="2026-03-15") == "120.00"
    assert list(shop.left(10, "2026-03-13", "2026-03-16").values()) == [3, 3, 2, 3]
    availability = shop.get("/bookings/availability", {"product_id": 13, "start_date": "2026-03-10"})[0][0]
    assert [slot["availability"] for slot in availability["slots"]] == [2, 1, "Unlimited"]
    assert json.loads(json.dumps(shop.dump()))["products"][0]["_bkap_product_holidays"] == {"20-3-2026": 0}


CLOSED = {"type": "custom", "from": "2021-09-24", "to": "2021-09-25", "bookable": "no", "priority": 3}
NOTHING = {"_bkap_all_data_unavailable": "on"}


@pytest.mark.parametrize("nested_under", ["", "meta", "settings", "woocommerce_booking_settings"])
@pytest.mark.parametrize(
    ("settings", "left"),
    [
        ({"_bkap_manage_time_availability": [CLOSED]}, [3, 0, 0, 3]),
        ({"_bkap_manage_time_availability": {"0": {**CLOSED, "type": "days", "from": "5", "to": "5"}}}, [3, 0, 3, 3]),
        ({"bkap_manage_time_availability": [{**CLOSED, "bookable": 1}]}, [3, 3, 3, 3]),
        ({**NOTHING}, [0, 0, 0, 0]),
        ({"bkap_all_data_unavailable": "on", "_bkap_manage_time_availability": []}, [0, 0, 0, 0]),
        ({"bkap_all_data_unavailable": []}, [3, 3, 3, 3]),
        ({"_bkap_enable_recurring": ""}, [0, 0, 0, 0]),
    ],
)
def test_what_closes_a_product_comes_in_wherever_it_is_nested(shop, nested_under, settings, left):
    entry = product(61, booking_recurring_lockout={f"booking_weekday_{day}": 3 for day in range(7)})
    entry |= {nested_under: settings} if nested_under else settings
    shop.load({"products": [entry]})
    left_by_day = shop.left(61, "2021-09-23", "2021-09-26")
    assert [left_by_day.get(f"2021-09-{day}", 0) for day in (23, 24, 25, 26)] == left
    document = json.loads(json.dumps(shop.dump()))
    shop.load(document)
    assert json.loads(json.dumps(shop.dump())) == document


def test_holidays_of_the_whole_shop_close_its_products(shop):
    shop.load({"products": [product(61)]})
    settings = {"booking_global_holidays": "24-9-2021,25-9-2021", "booking_language": "en-GB"}
    shop.load({"products": [product(62)], "woocommerce_booking_global_settings": settings})
    for product_id in (61, 62):
        assert list(shop.left(product_id, "2021-09-23", "2021-09-26").values()) == ["Unlimited", 0, 0, "Unlimited"]


@pytest.mark.parametrize(
    ("document", "field", "words"),
    [
        ({"products": [product(90, meta={"_bkap_max_bookable_day": 3})]}, "products.0.meta._bkap_max_bookable_day",
         "did you mean '_bkap_max_bookable_days'"),
        ({"products": [product(90, _bkap_duration_settings={"duraton": 3})]},
         "products.0._bkap_duration_settings.duraton", "did you mean 'duration'"),
        ({"products": [product(90, _bkap_time_settings={"booking_weekday_1": [{"from_slot_hrs": "9", "lockout_slots": 1}]})]},
         "products.0._bkap_time_settings.booking_weekday_1.0.lockout_slots", "did you mean 'lockout_slot'"),
        ({"products": [product(90, meta={"wkpbk_block_single_week": "on"})]}, "products.0.meta.wkpbk_block_single_week",
         "narrows what is sold"),
        ({"products": [product(90, _bkap_manage_time_availability=[{**CLOSED, "type": "fortnights"}])]},
         "products.0._bkap_manage_time_availability", ""),
        ({"products": [product(90, **NOTHING, _bkap_manage_time_availability=[{**CLOSED, "bookable": "1"}])]},
         "products.0._bkap_manage_time_availability", "opens parts of what is closed"),
        ({"woocommerce_booking_global_settings": {"booking_global_holiday": "1-1-2021"}},
         "woocommerce_booking_global_settings.booking_global_holiday", "did you mean 'booking_global_holidays'"),
        ({"woocommerce_booking_global_settings": {"booking_global_holidays": "soon"}},
         "woocommerce_booking_global_settings.booking_global_holidays", ""),
        ({"woocommerce_booking_global_settings": {"booking_global_timeslot": "on"}},
         "woocommerce_booking_global_settings.booking_global_timeslot", "narrows what is sold"),
    ],
)  # fmt: skip
def test_what_would_be_lost_is_refused_with_its_place(shop, document, field, words):
    with pytest.raises(Invalid) as refusal:
        shop.load(document)
    assert refusal.value.field == field
    assert words in str(refusal.value.reason)


def test_a_product_record_says_less_than_the_document_and_changes_only_what_it_says(shop):
    shop.load(FULL)
    records_shown = shop.get("/products")["products"]
    before = json.loads(json.dumps(shop.dump()))["products"]
    shop.load({"products": records_shown, "count": len(records_shown)})
    after = json.loads(json.dumps(shop.dump()))["products"]
    for product_before, product_after in zip(before, after, strict=True):
        for name in ("_bkap_time_settings", "_bkap_duration_settings", "_bkap_fixed_blocks_data", "_bkap_date_lockout"):
            assert product_before.get(name) == product_after.get(name)


def test_a_new_product_of_a_record_is_closed_while_its_slots_are_unknown(tmp_path, shop):
    shop.load(FULL)
    answer = json.loads(json.dumps({**shop.get("/products"), "resources": shop.get("/resources")["resources"]}))
    close_shop()
    second = open_shop(tmp_path)
    second.load(answer)
    assert second.left(61, "2021-09-24") == {"2021-09-24": 4}
    assert second.left(62, "2021-09-24") == {"2021-09-24": 0}
    assert second.dump()["products"][-1]["id"] == 67
    close_shop()


def test_variations_and_lines_without_an_id_get_the_next_one(shop):
    document = {
        "products": [product(65, type="variable", variations=[{"name": "Large", "price": 5}, {"name": "Small"}])],
        "orders": [{"id": 70, "line_items": [{"product_id": 65, "total": 5}, {"product_id": 65, "total": 6}]}],
    }
    shop.load(document)
    first = shop.dump()["products"][0]["variations"]
    assert len({variation["id"] for variation in first} | {0}) == 3
    shop.load(document)
    assert shop.dump()["products"][0]["variations"] == first


def test_orders_and_products_keep_their_statuses(shop):
    names = ["pending", "on-hold", "processing", "completed", "cancelled", "refunded", "failed", "trash", "wc-shipped"]
    document = {
        "orders": [{"id": 700 + position, "status": name} for position, name in enumerate(names)],
        "products": [
            product(61 + position, status=name) for position, name in enumerate(["publish", "draft", "pending"])
        ],
    }
    shop.load(document)
    assert [order_status(orders.get(order["id"]), "bkap") for order in document["orders"]] == names
    assert [row.get("status", "publish") for row in shop.dump()["products"]] == ["publish", "draft", "pending"]
