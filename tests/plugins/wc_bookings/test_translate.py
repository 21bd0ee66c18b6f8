"""Single values, and settings read off another dialect's plan, without a store."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from core.domain.schedule import CalendarRule, FixedSlot, Offset, SchedulePlan, SlotGrid
from plugins.wc_bookings.translate import schedule, settings_from_plan, values


@pytest.mark.parametrize(
    ("value", "day"), [("2026-06-02", date(2026, 6, 2)), ("2026-02-30", None), ("soon", None), (None, None)]
)
def test_a_date_may_be_unreadable(value, day):
    assert values.day(value) == day


@pytest.mark.parametrize(
    ("value", "minute"),
    [("09:30", 570), ("9", 540), ("24:00", 1440), ("99:00", 1440), ("x", None), ("9:x", None), ("", None)],
)
def test_a_time_is_a_minute_of_the_day(value, minute):
    assert values.minute(value) == minute


@pytest.mark.parametrize(
    ("value", "number"),
    [(True, 1), (3, 3), ("3.50", Decimal("3.5")), (Decimal("4.0"), 4), ("free", 0), ("NaN", 0), (None, 0), ("", 0)],
)
def test_a_stored_cost_is_a_json_number(value, number):
    assert values.to_json_number(value) == number


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (" ", ""),
        ("one\ntwo", "<p>one<br />\ntwo</p>\n"),
        ("one\r\n\r\n<ul><li>two</li></ul>", "<p>one</p>\n<ul><li>two</li></ul>\n"),
    ],
)
def test_a_description_becomes_paragraphs(text, html):
    assert values.paragraphs(text) == html


def test_an_instant_is_shown_on_the_shops_clock():
    instant = datetime(2026, 6, 2, 9, tzinfo=UTC)
    assert values.local_text(instant, ZoneInfo("Europe/Berlin")) == "2026-06-02T11:00:00"


@pytest.mark.parametrize(
    ("types", "rows"),
    [
        ({"7": {"name": "Adult"}, "8": []}, [{"id": "7", "name": "Adult"}, {"id": "8"}]),
        ([{"id": 7}], [{"id": 7}]),
        ("", []),
    ],
)
def test_person_types_are_rows_with_ids(types, rows):
    assert values.person_types({"person_types": types}) == rows


def test_an_unknown_unit_is_days():
    assert values.duration_unit({"duration_unit": "decade"}) == "day"


#: A rule of core, and its rows in the vendor's words but for effect and priority.
ROWS = {
    "weekdays": (CalendarRule(effect="open", weekdays=(1, 2, 5)), [("days", "1", "2"), ("days", "5", "5")]),
    "every day": (CalendarRule(effect="close"), [("days", "1", "7")]),
    "months": (CalendarRule(effect="open", months=(1, 2, 12)), [("months", "1", "2"), ("months", "12", "12")]),
    "weeks": (CalendarRule(effect="open", weeks=(5,)), [("weeks", "5", "5")]),
    "times": (CalendarRule(effect="open", from_minute=540, to_minute=600), [("time", "09:00", "10:00")]),
    "times of weekdays": (
        CalendarRule(effect="open", weekdays=(3,), from_minute=540, to_minute=1440),
        [("time:3", "09:00", "00:00")],
    ),
    "dates": (
        CalendarRule(effect="open", dates=(date(2026, 6, 2), date(2026, 6, 3), date(2026, 6, 9))),
        [("custom", "2026-06-02", "2026-06-03"), ("custom", "2026-06-09", "2026-06-09")],
    ),
    "from a date": (CalendarRule(effect="open", from_date=date(2026, 6, 2)), [("custom", "2026-06-02", "2100-12-31")]),
    "until a date": (CalendarRule(effect="open", to_date=date(2026, 6, 2)), [("custom", "2000-01-01", "2026-06-02")]),
    "recurring": (
        CalendarRule(effect="open", from_date=date(2026, 6, 2), rrule="FREQ=DAILY"),
        [("rrule", "2026-06-02", "2026-06-02")],
    ),
}


@pytest.mark.parametrize(("rule", "rows"), ROWS.values(), ids=ROWS)
def test_a_rule_becomes_rows(rule, rows):
    made = settings_from_plan.to_availability_rows([rule])
    assert [(row["type"], row["from"], row["to"]) for row in made] == rows
    assert {row["bookable"] for row in made} == {"yes" if rule.effect == "open" else "no"}


@pytest.mark.parametrize(("continuous", "row_type"), [(True, "custom:daterange"), (False, "time:range")])
def test_times_of_a_range_of_dates_name_both(continuous, row_type):
    rule = CalendarRule(
        effect="open", from_date=date(2026, 6, 2), to_date=date(2026, 6, 4), from_minute=540, to_minute=600,
        continuous=continuous,
    )  # fmt: skip
    (row,) = settings_from_plan.to_availability_rows([rule])
    assert (row["type"], row["from"], row["to_date"]) == (row_type, "09:00", "2026-06-04")


@pytest.mark.parametrize(
    ("plan", "block"),
    [
        (SchedulePlan(unit="hour", length=2), (2, "hour")),
        (
            SchedulePlan(
                unit="minute", grid=SlotGrid(starts="fixed", fixed_slots=(FixedSlot(from_minute=540, to_minute=600),))
            ),
            (60, "minute"),
        ),
        (
            SchedulePlan(
                unit="minute", grid=SlotGrid(starts="fixed", fixed_slots=(FixedSlot(from_minute=1380, to_minute=60),))
            ),
            (120, "minute"),
        ),
        (
            SchedulePlan(
                unit="day", grid=SlotGrid(starts="fixed", fixed_slots=(FixedSlot(from_minute=0, to_minute=1440),))
            ),
            (1, "day"),
        ),
    ],
)
def test_a_block_is_the_plans_or_the_slots_own(plan, block):
    assert settings_from_plan.block_of(plan) == block


@pytest.mark.parametrize(
    ("offset", "distance"),
    [(Offset(), (0, "day")), (Offset(90, "minute"), (2, "hour")), (Offset(3, "week"), (3, "week"))],
)
def test_a_notice_is_a_number_of_a_unit_the_vendor_has(offset, distance):
    assert settings_from_plan._distance(offset) == distance


#: A row that selects nothing.
EMPTY_ROWS = [
    {"type": "days", "from": "0", "to": "3"},
    {"type": "custom", "from": "2026-06-03", "to": "2026-06-02"},
    {"type": "custom", "from": "soon", "to": "later"},
    {"type": "time", "from": "x", "to": "10:00"},
    {"type": "time:9", "from": "09:00", "to": "10:00"},
    {"type": "time:range", "from": "09:00", "to": "10:00", "from_date": "2026-06-03"},
    {"type": "custom:daterange", "from": "x", "to": "y", "from_date": "2026-06-02", "to_date": "2026-06-03"},
    {"type": "rrule", "from": "2026-06-02", "to": "2026-06-02", "rrule": ""},
    {"type": "rrule", "from": "2026-06-02T0x", "to": "2026-06-02T10", "rrule": "FREQ=DAILY"},
    {"type": "moons", "from": "1", "to": "2"},
]


@pytest.mark.parametrize("row", EMPTY_ROWS, ids=lambda row: row["type"])
def test_a_row_that_cannot_be_read_selects_nothing(row):
    assert not schedule.selects(row)
    assert schedule.says_something(row)
    assert schedule.to_rules({"availability": {"0": {**row, "bookable": "yes"}}}) == ()


@pytest.mark.parametrize("rows", [None, "", "closed", 3, [{"type": "days", "from": "1", "to": "2"}]])
def test_what_holds_no_rows_makes_no_rules(rows):
    assert schedule.to_site_rules(rows) == ()
