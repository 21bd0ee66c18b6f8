"""Worked examples of price plans, and the price rules of the README's "Booking types"."""

from datetime import datetime
from decimal import Decimal

import pytest

from core.domain.price_context import PriceContext
from core.domain.pricing import evaluate
from plugins.bkap.translate.periods import duration_units
from plugins.bkap.translate.prices import (
    to_amount_text,
    to_price_answer,
    to_price_plan,
    to_price_text,
)


def special(price, *, weekday="", date=""):
    return {"booking_special_weekday": weekday, "booking_special_date": date, "booking_special_price": price}


def price(settings, booking_type, base, start, end=None, *, duration=None, resource_ids=(), quantity=1, fixed_block=0):
    """The price of one booking as text; ``duration`` counts as in a request."""
    plan = to_price_plan(settings, booking_type=booking_type, base_price=base)
    blocks = None
    if fixed_block and plan.block_unit == "night":
        blocks = fixed_block
    elif plan.block_unit in ("minute", "hour"):
        blocks = duration_units(duration or 1, plan.block_length * (60 if plan.block_unit == "hour" else 1))
    context = PriceContext(
        start=datetime.fromisoformat(start),
        end=end and datetime.fromisoformat(end),
        blocks=blocks,
        resource_ids=tuple(resource_ids),
        quantity=quantity,
        fixed_blocks=fixed_block,
    )
    quote = evaluate(plan, context)
    assert sum(line.amount for line in quote.lines) == quote.total
    return to_amount_text(quote.total)


SUNDAY = special(150, weekday="booking_weekday_0")
OCTOBER = special("80", date="2024-10-01")
COST_20 = {"_bkap_resource_base_costs": {"7": "20"}}


@pytest.mark.parametrize(
    ("settings", "chosen", "expected"),
    [
        ({}, {}, "600.00"),
        ({"_bkap_special_price": {"1": SUNDAY}}, {}, "650.00"),
        ({"_bkap_special_price": [SUNDAY, OCTOBER]}, {}, "630.00"),
        ({"_bkap_special_price": [SUNDAY, OCTOBER]}, {"quantity": 2}, "1260.00"),
        (COST_20, {"resource_ids": [7]}, "620.00"),
        (COST_20, {"resource_ids": [7], "quantity": 2}, "1240.00"),
        (COST_20, {"resource_ids": [8]}, "600.00"),
    ],
)
def test_c_nights(settings, chosen, expected):
    assert price(settings, "multiple_days", 100, "2024-09-29", "2024-10-05", **chosen) == expected


RANGES = {
    "_bkap_price_ranges": [
        {"min_number": 2, "max_number": 4, "per_day_price": "45", "fixed_price": ""},
        {"min_number": "5", "max_number": "10", "per_day_price": 40, "fixed_price": 0},
    ]
}
FLAT = {"_bkap_price_ranges": {"0": {"min_number": 5, "max_number": 10, "per_day_price": "", "fixed_price": "300"}}}


@pytest.mark.parametrize(
    ("settings", "nights", "expected"),
    [
        (RANGES, 1, 50),
        (RANGES, 3, 135),
        (RANGES, 4, 180),
        (RANGES, 7, 280),
        (RANGES, 10, 400),
        (RANGES, 12, 500),
        (FLAT, 3, 150),
        (FLAT, 7, 300),
        (FLAT, 12, 400),
    ],
)
def test_d_price_ranges(settings, nights, expected):
    assert price(settings, "multiple_days", 50, "2024-09-01", f"2024-09-{nights + 1:02}") == f"{expected}.00"


def test_d_special_nights_keep_their_price_in_a_range():
    settings = RANGES | {"_bkap_special_price": [special(60, date="2024-09-02"), special(60, date="3-9-2024")]}
    assert price(settings, "multiple_days", 50, "2024-09-01", "2024-09-05") == "210.00"


BLOCK = {
    "block_name": "Week",
    "number_of_days": "5",
    "start_day": "any_days",
    "end_day": "any_days",
    "price": "500",
}
FIXED = {
    "_bkap_fixed_blocks_data": {"a": BLOCK},
    "_bkap_special_price": [special(150, date="2024-09-02"), special(150, date="2024-09-03")],
}


def test_d_special_nights_keep_their_price_in_a_fixed_block():
    assert price(FIXED, "multiple_days", 10, "2024-09-01", "2024-09-01", fixed_block=5) == "600.00"
    assert price(FIXED, "multiple_days", 10, "2024-10-01", "2024-10-06", fixed_block=5) == "500.00"


@pytest.mark.parametrize(
    ("start_day", "expected"),
    [("0", "500.00"), ("Sunday", "500.00"), ("", "500.00"), ("booking_weekday_0", "500.00"), ("1", "50.00")],
)
def test_a_fixed_block_is_for_its_weekday_of_arrival(start_day, expected):
    settings = {"_bkap_fixed_blocks_data": [{**BLOCK, "start_day": start_day}]}
    assert price(settings, "multiple_days", 10, "2024-09-01", "2024-09-06", fixed_block=5) == expected


def test_a_block_or_range_that_does_not_divide_evenly_still_costs_its_price():
    settings = {"_bkap_fixed_blocks_data": [{**BLOCK, "number_of_days": 3, "price": "100"}]}
    assert price(settings, "multiple_days", 10, "2024-09-01", "2024-09-04", fixed_block=3) == "100.00"


@pytest.mark.parametrize(("end", "expected"), [("2024-09-01", "50.00"), (None, "50.00"), ("2024-09-03", "100.00")])
def test_one_night_is_the_least(end, expected):
    assert price({}, "multiple_days", 50, "2024-09-01", end) == expected


TUESDAY = [
    {"from": "09:00", "to": "10:00", "lockout_slot": 4, "slot_price": "120"},
    {
        "from_slot_hrs": "10",
        "from_slot_min": "00",
        "to_slot_hrs": "11",
        "to_slot_min": "00",
        "slot_price": "",
    },
    {"from": "11:00", "to": "12:00", "lockout_slot": 2, "slot_price": 0},
    {"from": "16:00", "to": "", "slot_price": "25"},
    {"from": "23:00", "to": "00:00", "slot_price": "33"},
]
SLOTS = {
    "_bkap_time_settings": {
        "booking_weekday_2": TUESDAY,
        "17-9-2024": {"0": {**TUESDAY[0], "slot_price": ""}},
    }
}


@pytest.mark.parametrize(
    ("start", "end", "quantity", "expected"),
    [
        ("2024-09-10T09:00", "2024-09-10T10:00", 3, "360.00"),
        ("2024-09-10T11:00", "2024-09-10T12:00", 1, "100.00"),
        ("2024-09-10T16:00", "2024-09-11T00:00", 1, "25.00"),
        ("2024-09-10T16:00", None, 1, "25.00"),
        ("2024-09-10T23:00", "2024-09-11T00:00", 1, "33.00"),
        ("2024-09-10T09:00", "2024-09-10T10:30", 1, "100.00"),
        ("2024-09-11T09:00", "2024-09-11T10:00", 1, "100.00"),
        ("2024-09-10", None, 1, "100.00"),
        ("2024-09-17T09:00", "2024-09-17T10:00", 1, "100.00"),
    ],
    ids=[
        "priced",
        "unpriced",
        "open",
        "open without end",
        "to midnight",
        "other end",
        "other day",
        "no time",
        "date",
    ],
)
def test_e_time_slots(start, end, quantity, expected):
    assert price(SLOTS, "date_time", 100, start, end, quantity=quantity) == expected


def test_a_slot_without_a_price_takes_the_dates():
    settings = SLOTS | {"_bkap_special_price": [special(70, weekday="tuesday")]}
    assert price(settings, "date_time", 100, "2024-09-10T11:00", "2024-09-10T12:00") == "70.00"
    assert price(settings, "date_time", 100, "2024-09-10T09:00", "2024-09-10T10:00") == "120.00"


HOURLY = {"_bkap_duration_settings": {"duration": 1, "duration_type": "hours", "duration_price": "50"}}


@pytest.mark.parametrize(
    ("settings", "duration", "quantity", "expected"),
    [
        (HOURLY, 2, 3, "300.00"),
        (HOURLY, 60, 1, "50.00"),
        (HOURLY, 120, 1, "100.00"),
        (HOURLY, None, 1, "50.00"),
        (
            {"_bkap_duration_settings": {"duration": "30", "duration_type": "mins", "duration_price": ""}},
            3,
            1,
            "60.00",
        ),
    ],
)
def test_f_duration(settings, duration, quantity, expected):
    start = "2026-03-11T23:30"
    assert price(settings, "duration_time", 20, start, duration=duration, quantity=quantity) == expected


def test_all_units_of_a_duration_take_the_price_of_the_date_on_which_it_starts():
    settings = {**HOURLY, "_bkap_special_price": [special(30, date="2026-03-11")]}
    settings["_bkap_duration_settings"] = {**HOURLY["_bkap_duration_settings"], "duration_price": 0}
    assert price(settings, "duration_time", 20, "2026-03-11T23:00", duration=2) == "60.00"


@pytest.mark.parametrize(
    ("value", "unit", "units"),
    [
        (60, 60, 1),
        (120, 60, 2),
        (2, 60, 2),
        (90, 60, 90),
        (60, 30, 2),
        (1, 1, 1),
        (5, 1, 5),
        (5, 0, 5),
        (0, 60, 0),
    ],
)
def test_a_duration_is_minutes_or_units(value, unit, units):
    assert duration_units(value, unit) == units


def test_g_the_price_of_dates_is_per_date():
    assert [price({}, "multidates", 150, f"2021-09-{day}") for day in (24, 25)] == ["150.00", "150.00"]


def test_h_resources_add_their_base_costs_once():
    settings = {"_bkap_resource_base_costs": {"18": 10, "22": "15", "35": "5"}}
    assert price(settings, "only_day", 200, "2024-09-10", resource_ids=[18]) == "210.00"
    assert price(settings, "only_day", 200, "2024-09-10", resource_ids=[18, 22, 35]) == "230.00"
    assert price(settings, "only_day", 200, "2024-09-10", resource_ids=[18, 22, 35], quantity=2) == "460.00"


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ([], "50.00"),
        ([special(80, weekday="booking_weekday_6")], "80.00"),
        ([special(80, weekday="booking_weekday_6"), special(120, date="14-3-2026")], "120.00"),
        ([special(0, weekday="booking_weekday_6")], "50.00"),
        ([special("", weekday="saturday")], "50.00"),
        (
            [special(80, weekday="booking_weekday_7"), special(9, date="2026-02-30"), special(9, date="x")],
            "50.00",
        ),
    ],
)
def test_a_single_day_takes_the_date_then_the_weekday_then_the_base_price(prices, expected):
    assert price({"_bkap_special_price": prices}, "only_day", "50", "2026-03-14", "2026-03-18") == expected


@pytest.mark.parametrize(
    ("amount", "plain", "text"),
    [
        ("1000", "1000.00", "Total: 1,000.00 $"),
        ("1234567.5", "1234567.50", "Total: 1,234,567.50 $"),
        ("300", "300.00", "Total: 300.00 $"),
        ("0", "0.00", "Total: 0.00 $"),
        ("2.345", "2.35", "Total: 2.35 $"),
    ],
)
def test_j_money_texts(amount, plain, text):
    amount = Decimal(amount)
    assert (to_amount_text(amount), to_price_text(amount)) == (plain, text)
    assert to_price_answer(amount) == {
        "total_price_calculated": plain,
        "bkap_price_charged": plain,
        "bkap_price": text,
    }
