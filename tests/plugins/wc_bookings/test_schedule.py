"""Calendars of products: rule rows, plans, and the dates and windows of the slots route."""

from datetime import date, datetime

import pytest

from core.domain.schedule import BookingWindowRules, Offset, SchedulePlan
from plugins.wc_bookings.translate.schedule import to_plan, to_resource, to_rules, to_site_rules
from plugins.wc_bookings.translate.slots import Window, to_page, to_window

NOW = datetime(2026, 3, 2, 10)


def _row(kind: str, low: str, high: str, **more: str) -> dict:
    return {"type": kind, "bookable": "yes", "priority": 10, "from": low, "to": high, **more}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            _row("custom", "2026-04-06", "2026-04-07"),
            {"from_date": date(2026, 4, 6), "to_date": date(2026, 4, 7), "to_minute": 1440},
        ),
        (_row("days", "6", "2"), {"weekdays": (6, 7, 1, 2)}),
        (_row("months", "11", "2"), {"months": (11, 12, 1, 2)}),
        (_row("weeks", "51", "2"), {"weeks": (51, 52, 1, 2)}),
        (_row("time", "22:00", "02:00"), {"from_minute": 1320, "to_minute": 120, "weekdays": ()}),
        (_row("time:7", "09:00", "00:00"), {"from_minute": 540, "to_minute": 1440, "weekdays": (7,)}),
        (
            _row("time:range", "06:00", "09:00", from_date="2026-03-09", to_date="2026-03-11"),
            {"from_date": date(2026, 3, 9), "to_date": date(2026, 3, 11), "from_minute": 360, "continuous": False},
        ),
        (
            _row("custom:daterange", "15:00", "11:00", from_date="2026-03-19", to_date="2026-03-20"),
            {"from_minute": 900, "to_minute": 660, "continuous": True},
        ),
        (
            _row("rrule", "2026-03-19T15:00", "2026-03-19T16:00", rrule="FREQ=DAILY"),
            {"from_minute": 900, "to_minute": 960, "rrule": "FREQ=DAILY", "to_date": None},
        ),
        (
            _row("rrule", "2026-03-19", "2026-03-20", rrule="FREQ=WEEKLY"),
            {"rrule": "FREQ=WEEKLY", "continuous": True, "to_date": date(2026, 3, 20)},
        ),
    ],
)
def test_each_type_of_rule(row, expected):
    (rule,) = to_rules({"availability": [row]})
    assert {name: getattr(rule, name) for name in expected} == expected


@pytest.mark.parametrize(
    "row",
    [
        _row("custom", "2026-04-07", "2026-04-06"),
        _row("custom", "", "2026-04-06"),
        _row("days", "0", "9"),
        _row("days", "x", "y"),
        _row("time", "", ""),
        _row("time:8", "09:00", "10:00"),
        _row("custom:daterange", "09:00", "10:00", from_date="", to_date=""),
        _row("rrule", "2026-03-19", "2026-03-20"),
        _row("what", "1", "2"),
        {"type": "days", "from": "1", "to": "2"},
        "no row",
    ],
)
def test_rows_that_select_nothing_are_left_out(row):
    assert to_rules({"availability": [row]}) == ()


@pytest.mark.parametrize("availability", [None, "", "text", 3, {}, [None]])
def test_no_rows_are_no_rules(availability):
    assert to_rules({"availability": availability}) == ()


def test_priority_beats_level_and_level_beats_place_in_the_list():
    product = {
        "availability": [_row("days", "1", "1"), _row("days", "2", "2"), _row("days", "3", "3") | {"priority": 9}]
    }
    shop = [{"range_type": "days", "from_range": "4", "to_range": "4", "bookable": "no", "priority": "10"}]
    resource = {"id": 5, "qty": "2", "availability": [_row("days", "5", "5")]}
    rules = [*to_resource(resource).rules, *to_site_rules(shop), *to_rules(product)]
    weakest_first = sorted(rules, key=lambda rule: rule.strength)
    assert [rule.weekdays[0] for rule in weakest_first] == [5, 2, 1, 4, 3]


def test_a_product_as_a_plan():
    plan = to_plan(
        {
            "duration_unit": "hour", "duration": 2, "duration_type": "customer", "min_duration": 1, "max_duration": 4,
            "default_date_availability": "", "buffer_period": 1, "apply_adjacent_buffer": True, "qty": "3",
            "min_date_value": 6, "min_date_unit": "hour", "max_date_value": 2, "max_date_unit": "week",
            "has_restricted_days": "1", "restricted_days": ["0", "5"], "has_persons": True, "min_persons": 2,
            "max_persons": 5, "has_person_qty_multiplier": True, "first_block_time": "09:30",
        }
    )  # fmt: skip
    assert (plan.unit, plan.length, plan.min_blocks, plan.max_blocks, plan.capacity.limit) == ("hour", 2, 1, 4, 3)
    assert (plan.buffers.before_minutes, plan.buffers.after_minutes, plan.grid.first_start_minute) == (60, 60, 570)
    assert (plan.booking_window.notice, plan.booking_window.horizon) == (Offset(6, "hour"), Offset(2, "week"))
    assert (
        plan.booking_window.start_weekdays,
        plan.capacity.units_per,
        plan.persons.minimum,
        plan.persons.maximum,
    ) == ((5, 7), "person", 2, 5)


@pytest.mark.parametrize("unit", ["minute", "hour", "day", "night", "month", "", "parsec", None])
def test_any_product_becomes_a_plan(unit):
    assert isinstance(to_plan({"duration_unit": unit, "qty": "lots", "max_duration": "1e9"}), SchedulePlan)


@pytest.mark.parametrize(
    ("resources", "capacity"),
    [([{"qty": "1"}, {"qty": "2"}], None), ([{"qty": ""}, {"qty": "2"}], 2), ([{"qty": ""}], 0)],
)
def test_resources_without_a_quantity_share_what_there_is(resources, capacity):
    assert to_plan({"has_resources": True, "resources_assignment": "automatic"}, resources).capacity.limit == capacity


def _day(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, day, hour)


@pytest.mark.parametrize(
    ("plan", "low", "high", "lenient", "expected"),
    [
        (SchedulePlan(unit="day"), None, None, False, Window(_day(2), _day(3))),
        (SchedulePlan(unit="day"), None, None, True, Window(_day(2), _day(3), closed=True)),
        (SchedulePlan(unit="hour"), None, None, False, Window(_day(2, 10), _day(3))),
        (
            SchedulePlan(unit="hour", booking_window=BookingWindowRules(notice=Offset(3, "day"))),
            None,
            None,
            False,
            Window(_day(5, 10), _day(6, 10)),
        ),
        (
            SchedulePlan(unit="day", booking_window=BookingWindowRules(notice=Offset(3, "day"))),
            _day(3),
            _day(6),
            False,
            Window(_day(5), _day(6)),
        ),
        (
            SchedulePlan(
                unit="hour",
                booking_window=BookingWindowRules(horizon=Offset(1, "day"), horizon_applies_to="end"),
            ),
            _day(3),
            _day(9),
            False,
            Window(_day(3), _day(3, 10)),
        ),
        (SchedulePlan(unit="hour"), _day(9), _day(4), False, Window(_day(9), _day(10))),
    ],
)
def test_windows(plan, low, high, lenient, expected):
    assert to_window(plan, low, high, NOW, lenient_default=lenient) == expected


@pytest.mark.parametrize(
    ("page", "limit", "expected"),
    [
        (None, 2, "abcde"),
        (1, 2, "ab"),
        (3, 2, "e"),
        (4, 2, ""),
        (0, 2, "de"),
        (1, 0, ""),
        (-1, 2, "bc"),
        (-9, 2, "ab"),
        (1, -1, "abcd"),
    ],
)
def test_pages_are_cut_as_php_cuts_them(page, limit, expected):
    # What follows a date in a record, up to the next one's.
    records = [(letter.encode(), b'"},{"date":"') for letter in "edcba"]
    answer = to_page(records, page=page, limit=limit).value
    assert "".join(record["date"] for record in answer["records"]) == expected
    assert answer["count"] == 5
