"""Costs as the real plugin calculated them, and worked examples (README.md of the plugin, "Prices")."""

import json
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from core.domain.price_context import PriceContext
from core.domain.price_display import display_price, has_additional_costs
from core.domain.pricing import evaluate
from plugins.wc_bookings.translate.booking_form import (
    Vacancy,
    places_needed,
    refusal,
    to_posted_booking,
)
from plugins.wc_bookings.translate.prices import to_number_text, to_price, to_price_label, to_price_plan
from plugins.wc_bookings.translate.vendor_faults import until_december

GOLDEN = json.loads((Path(__file__).parent / "golden" / "costs.json").read_text())
PRODUCTS = {product["key"]: product for product in GOLDEN["products"]}
NOW = datetime.fromisoformat(GOLDEN["now"]).replace(tzinfo=None)
CASES = [pytest.param(case, id=f"{n}-{case['product_key']}") for n, case in enumerate(GOLDEN["cases"])]
COSTS = [case for case in CASES if "cost" in case.values[0]]
ERRORS = [case for case in CASES if "error" in case.values[0]]
NOT_AVAILABLE = "Sorry, the selected block is not available"


def form(case) -> dict:
    return dict(case["posted"] or {})


def wall(stamp) -> datetime:
    return datetime(1970, 1, 1) + timedelta(seconds=stamp)


@pytest.mark.parametrize("case", CASES)
def test_a_form_is_read_as_the_plugin_read_it(case):
    product, data = PRODUCTS[case["product_key"]], case["data"]
    posted = to_posted_booking(product, form(case))
    assert (posted.start is None) == (data["_start_date"] is False)
    if posted.start is not None:
        assert posted.start == wall(data["_start_date"])
        last = timedelta(seconds=1) if data["_all_day"] and posted.timed is False else timedelta(0)
        assert posted.end - last == wall(data["_end_date"])
    assert posted.blocks == data.get("_duration")
    persons = data["_persons"].items() if isinstance(data["_persons"], dict) else [(0, n) for n in data["_persons"]]
    assert dict(posted.persons) == {int(key): count for key, count in persons}
    assert places_needed(product, posted) == data["_qty"]
    if product["resources_assignment"] != "automatic":
        assert posted.resource_id == data.get("_resource_id", 0)


@pytest.mark.parametrize("case", COSTS)
def test_a_booking_costs_what_the_plugin_calculated(case):
    product = PRODUCTS[case["product_key"]]
    posted = to_posted_booking(product, form(case))
    assert refusal(product, posted, now=NOW, vacancy=lambda posted: Vacancy()) is None
    resource_id = posted.resource_id or case["data"].get("_resource_id", 0)
    context = PriceContext(
        start=posted.start,
        end=posted.end,
        blocks=posted.blocks,
        persons=posted.party,
        person_types=tuple(pair for pair in posted.persons if pair[0]),
        resource_ids=(resource_id,) if resource_id else (),
        currency="USD",
        exponent=2,
    )
    quote = evaluate(to_price_plan(product), context)
    assert quote.total == Decimal(str(case["cost"]))
    assert sum(line.amount for line in quote.lines) == quote.total


@pytest.mark.parametrize("case", ERRORS)
def test_a_refusal_is_worded_as_the_plugin_did(case):
    """Where the calendar decides, the test states its result; elsewhere it must not be called."""
    product, expected = PRODUCTS[case["product_key"]], case["error"]["message"]
    asked = []

    def room(posted):
        asked.append(posted)
        if expected == NOT_AVAILABLE:
            return Vacancy("closed")
        left, day = re.fullmatch(
            r"There (?:is|are) a maximum of (\d+) places? remaining(?: on (.+))?", expected
        ).groups()
        return Vacancy("short", int(left), date.fromisoformat(day) if day else None)

    assert refusal(product, to_posted_booking(product, form(case)), now=NOW, vacancy=room) == expected
    assert bool(asked) == (expected == NOT_AVAILABLE or "remaining" in expected)


@pytest.mark.parametrize("key", GOLDEN["display"])
def test_the_display_price_is_the_plugins(key):
    plan = to_price_plan(PRODUCTS[key])
    assert display_price(plan) == Decimal(str(GOLDEN["display"][key]["calculated_base_cost"]))


# Worked examples. Every row: product settings, booking, total.
DAY = {"duration_unit": "day", "duration": 1, "duration_type": "customer"}
HOUR = {**DAY, "duration_unit": "hour"}
FIXED = {**DAY, "duration_type": "fixed"}
TYPES = [
    {"id": 1, "name": "Adult", "cost": "5", "block_cost": "2"},
    {"id": 2, "name": "Child", "cost": "0", "block_cost": 1},
]
FAMILY = {
    "has_persons": True,
    "has_person_types": True,
    "person_types": TYPES,
    "cost": "20",
    "block_cost": "10",
}
COUPLE_RULE = {
    "type": "persons",
    "from": "2",
    "to": "2",
    "modifier": "",
    "cost": "",
    "base_modifier": "",
    "base_cost": "60",
}
COUPLE = {
    "cost": 200,
    "has_persons": True,
    "has_resources": True,
    "resource_ids": [656, 657],
    "resource_base_costs": {"657": "50", "656": ""},
    "pricing": [COUPLE_RULE],
}
WEEKEND = {
    "type": "days",
    "from": "6",
    "to": "7",
    "modifier": "+",
    "cost": "25",
    "base_modifier": "",
    "base_cost": "",
}
CHRISTMAS = {
    "type": "custom", "from": "2026-12-24", "to": "2026-12-26",
    "modifier": "times", "cost": "2", "base_modifier": "equals", "base_cost": "40",
}  # fmt: skip
LONG = {
    "type": "blocks",
    "from": 3,
    "to": 10,
    "modifier": "minus",
    "cost": 10,
    "base_modifier": "",
    "base_cost": "",
}
EVENING = {"type": "time:5", "from": "18:00", "to": "22:00", "modifier": "times", "cost": "1.5"}
ROOM = {
    "has_resources": True,
    "resource_ids": [121229],
    "resource_block_costs": {"121229": "5"},
    "resource_base_costs": [],
}
THU, FRI = datetime(2026, 12, 24), datetime(2026, 12, 25)
EXAMPLES = [
    ("1", {**FIXED, **COUPLE}, {"persons": 2, "resource_ids": (657,)}, "310"),
    ("1b", {**FIXED, **COUPLE}, {"persons": 1, "resource_ids": (656,)}, "200"),
    ("2", {**HOUR, **ROOM, "block_cost": 5, "has_person_cost_multiplier": True}, {"resource_ids": (121229,)}, "10"),
    (
        "3",
        {**DAY, **FAMILY, "has_person_cost_multiplier": True},
        {"blocks": 3, "persons": 3, "person_types": ((1, 2), (2, 1))},
        "175",
    ),
    ("3b", {**DAY, **FAMILY}, {"blocks": 3, "persons": 3, "person_types": ((1, 2), (2, 1))}, "75"),
    ("4", {**DAY, "cost": 30, "block_cost": 100, "pricing": [WEEKEND, CHRISTMAS, LONG]}, {"start": THU, "blocks": 4}, "775"),
    ("5", {**HOUR, "block_cost": 20, "pricing": [EVENING]}, {"start": FRI.replace(hour=17), "blocks": 3}, "80"),
    ("6", {**FIXED, "duration": 3, "cost": 30, "block_cost": 100, "pricing": [WEEKEND]}, {"start": FRI}, "180"),
    (
        "7",
        {
            **DAY, "cost": 10, "block_cost": 5, "has_persons": True, "has_person_cost_multiplier": True,
            "has_resources": True, "resource_base_costs": {"9": "4"}, "resource_block_costs": {"9": "1"},
        },
        {"blocks": 2, "persons": 3, "resource_ids": (9,)},
        "78",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("product", "booking", "total"), [case[1:] for case in EXAMPLES], ids=[c[0] for c in EXAMPLES])
def test_worked_examples(product, booking, total):
    context = PriceContext(**{"start": THU, "blocks": 1, **booking})
    assert evaluate(to_price_plan(product), context).total == Decimal(total)


OVERNIGHT = {"type": "time", "from": "22:00", "to": "02:00", "modifier": "plus", "cost": "7"}


@pytest.mark.parametrize(
    ("hour", "blocks", "total"),
    [(20, 2, "20"), (21, 3, "44"), (23, 4, "61"), (0, 2, "34"), (1, 2, "27"), (2, 1, "10")],
)
def test_a_window_over_midnight_covers_both_ends_of_the_day(hour, blocks, total):
    plan = to_price_plan({**HOUR, "block_cost": 10, "pricing": [OVERNIGHT]})
    assert evaluate(plan, PriceContext(start=FRI.replace(hour=hour), blocks=blocks)).total == Decimal(total)


@pytest.mark.parametrize(
    ("window", "hour", "total"),
    [
        # The block under way when the window begins counts, the one that ends then does not.
        (("18:30", "04:00"), 18, "17"),
        (("18:30", "04:00"), 17, "10"),
        # So does the one that ends after the window does, if the window is over midnight.
        (("18:30", "04:30"), 4, "10"),
        (("18:30", "05:00"), 4, "17"),
        (("02:30", "02:00"), 2, "17"),
        # Midnight written as 00:00 is over midnight too; 24:00 ends the same day, so the block must lie inside.
        (("18:30", "00:00"), 18, "17"),
        (("18:30", "24:00"), 18, "10"),
        (("18:30", "24:00"), 23, "17"),
        # A window by day has only the blocks inside of it.
        (("09:30", "12:00"), 9, "10"),
        (("09:30", "12:00"), 11, "17"),
    ],
)
def test_blocks_at_the_edges_of_a_window(window, hour, total):
    rule = {**OVERNIGHT, "from": window[0], "to": window[1]}
    plan = to_price_plan({**HOUR, "block_cost": 10, "pricing": [rule]})
    assert evaluate(plan, PriceContext(start=FRI.replace(hour=hour), blocks=1)).total == Decimal(total)


@pytest.mark.parametrize(("has_persons", "total"), [(False, "10"), (True, "17")])
def test_a_rule_about_persons_is_for_products_with_persons(has_persons, total):
    rule = {"type": "persons", "from": "1", "to": "3", "cost": 7}
    plan = to_price_plan({**FIXED, "block_cost": 10, "pricing": [rule], "has_persons": has_persons})
    assert evaluate(plan, PriceContext(start=FRI, persons=1)).total == Decimal(total)


@pytest.mark.parametrize(("wrap", "totals"), [(True, [17, 17, 10]), (False, [17, 10, 10])])
def test_months_over_the_new_year(wrap, totals):
    rule = {"type": "months", "from": "11", "to": "2", "cost": 7}
    product = {**FIXED, "block_cost": 10, "pricing": [rule]}
    plan = to_price_plan(product if wrap else until_december(product, "pricing"))
    starts = [datetime(2026, 12, 24), datetime(2027, 1, 5), datetime(2027, 3, 1)]
    assert [evaluate(plan, PriceContext(start=start)).total for start in starts] == totals


@pytest.mark.parametrize(
    ("rule", "product", "total"),
    [
        ({"type": "days", "from": "6", "to": "1", "cost": "1"}, DAY, "13"),
        ({"type": "months", "from": "11", "to": "2", "cost": "1"}, DAY, "17"),
        ({"type": "weeks", "from": "52", "to": "1", "cost": "1"}, DAY, "17"),
        ({"type": "time", "from": "00:00", "to": "24:00", "cost": "1"}, DAY, "10"),
        (
            {"type": "days", "from": "6", "to": "7", "cost": "", "base_cost": "", "modifier": "times"},
            DAY,
            "10",
        ),
        (
            {
                "type": "months",
                "from": "12",
                "to": "12",
                "cost": "1",
                "base_modifier": "times",
                "base_cost": "",
            },
            DAY,
            "14",
        ),
        ({"type": "months", "from": "12", "to": "12", "modifier": "divide", "cost": "0"}, DAY, "10"),
        # Two zeros are no costs, so there is no rule; "0.00" is a text that is there.
        ({"type": "months", "from": "12", "to": "12", "modifier": "times", "cost": "0", "base_cost": 0}, DAY, "10"),
        ({"type": "months", "from": "12", "to": "12", "modifier": "times", "cost": "0.00", "base_cost": ""}, DAY, "3"),
        # Without persons no rule about persons applies.
        ({"type": "persons", "from": "0", "to": "9", "cost": "5"}, DAY, "10"),
        ({"type": "blocks", "from": "1", "to": "9", "cost": "5"}, {**FIXED, "duration": 7}, "4"),
        ({"type": "custom", "from": "2026-12-26", "to": "2026-12-24", "cost": "5"}, DAY, "10"),
        (
            {"type": "custom", "from": "2026-12-25", "to": "2026-12-30", "cost": "5"},
            {**FIXED, "duration": 7},
            "9",
        ),
        ({"type": "minus", "from": "x", "to": "y", "cost": "5"}, DAY, "10"),
    ],
    ids=lambda value: value.get("type") if isinstance(value, dict) and "type" in value else None,
)
def test_rules_at_their_edges(rule, product, total):
    """From Thursday 24 December 2026, seven days; base 3, one per block."""
    plan = to_price_plan({**product, "cost": 3, "block_cost": 1, "pricing": [rule]})
    assert evaluate(plan, PriceContext(start=THU, blocks=7)).total == Decimal(total)


@pytest.mark.parametrize(
    ("product", "price", "label"),
    [
        ({**FIXED, "block_cost": 50}, "50", ("", "")),
        ({**HOUR, **ROOM, "block_cost": 5}, "10", ("From: ", "")),
        ({**FIXED}, "0", ("Free", "")),
        ({**DAY}, "0", ("", "")),
        ({**FIXED, "block_cost": 50, "display_cost": "12.50"}, "12.5", ("", "")),
        ({**FIXED, "block_cost": 50, "pricing": [COUPLE_RULE]}, "50", ("From: ", "")),
        ({**FIXED, "block_cost": 50, "pricing": [EVENING]}, "50", ("From: ", "")),
        ({**FIXED, "block_cost": 50, "pricing": [{**EVENING, "cost": "0"}]}, "50", ("", "")),
        (
            {**FIXED, "block_cost": 50, "has_persons": True, "has_person_cost_multiplier": True},
            "50",
            ("From: ", ""),
        ),
        ({**DAY, "cost": 1, "block_cost": 2, "min_duration": 3}, "7", ("From: ", "")),
        ({**DAY, "duration_unit": "night", "block_cost": 80}, "80", ("From: ", "")),
    ],
)
def test_the_price_of_a_list(product, price, label):
    plan = to_price_plan(product)
    assert (to_price(plan), to_price_label(plan)) == (price, label)


def test_an_accommodation_is_priced_per_night():
    plan = to_price_plan({"duration_unit": "night", "block_cost": "80", "pricing": [{**WEEKEND, "cost": "20"}]})
    stay = PriceContext(start=FRI.replace(hour=14), end=datetime(2026, 12, 28, 11))
    assert evaluate(plan, stay).total == 280
    assert to_price_label(plan, "accommodation-booking") == ("From ", " per night")


def test_persons_without_a_minimum_make_a_multiplied_price_no_smaller():
    product = {**DAY, **FAMILY, "has_person_cost_multiplier": True, "min_persons": 2}
    assert display_price(to_price_plan(product)) == (20 + 10 + 2) * 2
    assert has_additional_costs(to_price_plan(product))


@pytest.mark.parametrize(("amount", "text"), [("50.00", "50"), ("109.50", "109.5"), ("100", "100"), ("1E+2", "100")])
def test_numbers_print_as_php_prints_them(amount, text):
    assert to_number_text(Decimal(amount)) == text


LIMITED = {**PRODUCTS["minmax_day"], "has_restricted_days": True, "restricted_days": {"1": "1", "5": "5"}}


@pytest.mark.parametrize(
    ("product", "posted", "sentence"),
    [
        (LIMITED, (2026, 3, 2), "The earliest booking possible is currently 2026-03-05 00:00."),
        (LIMITED, (2026, 5, 4), "The latest booking possible is currently 2026-05-02 00:00."),
        (LIMITED, (2026, 3, 10), "Sorry, bookings cannot start on this day."),
        (LIMITED, (2026, 3, 9), None),
        (LIMITED, (2026, 2, 30), "Date is required - please choose one above"),
        (LIMITED, ("x", None, 1), "Date is required - please choose one above"),
        (PRODUCTS["res_auto_hour"], (2026, 3, 10, "10:00"), "This block cannot be booked."),
        (PRODUCTS["res_auto_hour"], (2026, 3, 10, "25:00"), "Time is required - please choose one above"),
        ({**FIXED, "duration": 10**12}, (2026, 3, 10), "You must choose a future date and time."),
        ({**DAY, "min_duration": 2}, (2026, 3, 10, "", 1), "The minimum duration is 2 days"),
        ({**DAY, "max_duration": 1}, (2026, 3, 10, "", 10**30), "The maximum duration is 1 day"),
    ],
)
def test_what_else_the_form_can_be_told(product, posted, sentence):
    names = ("start_date_year", "start_date_month", "start_date_day", "start_date_time", "duration")
    fields = {f"wc_bookings_field_{name}": value for name, value in zip(names, posted, strict=False)}
    vacancy = Vacancy("no_resource" if product.get("has_resources") else "free")
    assert refusal(product, to_posted_booking(product, fields), now=NOW, vacancy=lambda _: vacancy) == sentence
