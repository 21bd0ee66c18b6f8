"""Single values and hours between the vendor's words and core's, without a store."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from core.domain.schedule import CalendarRule, SchedulePlan, SlotGrid
from core.errors import Invalid
from plugins.bookingpress.translate import (
    balances,
    hours,
    imports,
    locations,
    schedule,
    services,
    settings_from_plan,
    staff,
    values,
)
from plugins.bookingpress.translate.params import Params

DAY = date(2026, 6, 2)


@pytest.mark.parametrize("value", ["2026-02-30", "1969-12-31", "9000-01-01", "2026-6-2", "", None])
def test_what_is_no_date_is_refused(value):
    with pytest.raises(Invalid) as refusal:
        values.to_date(value, "selected_date")
    assert (refusal.value.field, refusal.value.reason) == ("selected_date", "date")


@pytest.mark.parametrize(
    ("value", "end", "minute"),
    [
        ("09:30", False, 570),
        ("9:30:15", False, 570),
        ("00:00", False, 0),
        ("00:00", True, 1440),
        ("24:00:00", True, 1440),
    ],
)
def test_a_time_is_a_minute_of_the_day(value, end, minute):
    assert values.to_minute(value, end=end) == minute


@pytest.mark.parametrize("value", ["24:00", "09:60", "09:00:60", "9", "", None])
def test_what_is_no_time_is_refused(value):
    with pytest.raises(Invalid) as refusal:
        values.to_minute(value, "start_time")
    assert refusal.value.reason == "time"


@pytest.mark.parametrize(
    ("minutes", "all_day", "length"),
    [
        (30, False, (30, "m")),
        (120, False, (2, "h")),
        (1440, False, (1, "d")),
        (0, False, (0, "m")),
        (60, True, (1, "d")),
    ],
)
def test_a_length_is_the_one_the_vendor_would_set(minutes, all_day, length):
    assert values.length_of(minutes, all_day) == length


@pytest.mark.parametrize(
    ("locale", "day", "shown"), [("en_US", "June 2, 2026", "1:05 pm"), ("de_DE", "2. Juni 2026", "13:05")]
)
def test_a_date_and_a_time_are_shown_in_the_sites_language(locale, day, shown):
    assert values.shown_date(DAY, locale) == day
    assert values.shown_time(time(13, 5), locale) == shown


@pytest.mark.parametrize(
    ("amount", "shown"), [(0, 0), (Decimal("0.00"), 0), (Decimal("5.00"), 5), (Decimal("5.50"), Decimal("5.5"))]
)
def test_a_json_number_has_no_needless_zeros(amount, shown):
    assert values.number(amount) == shown


def test_the_last_day_of_a_stay_is_not_the_midnight_after_it():
    assert values.last_day(datetime(2026, 6, 3), all_day=True) == DAY
    assert values.last_day(datetime(2026, 6, 3), all_day=False) == date(2026, 6, 3)
    assert values.stay_end(DAY, 0) == datetime(2026, 6, 3)
    assert values.stay_end(DAY, 600) == datetime(2026, 6, 2, 10)


# -- hours ------------------------------------------------------------------------------------------------------


NINE_TO_FIVE = {"start_time": "09:00", "end_time": "17:00"}


def test_hours_are_stored_in_one_shape():
    sent = [
        {"day": " Monday ", **NINE_TO_FIVE, "breaks": [{"start_time": "12:00", "end_time": "12:30"}]},
        {"day": "sunday"},
    ]
    pause = {"start_time": "12:00:00", "end_time": "12:30:00"}
    window = {"start_time": "09:00:00", "end_time": "17:00:00", "breaks": [pause]}
    assert hours.read_workhours(sent) == [{"day": "monday", **window}]
    assert hours.read_workhours("") == []


def test_a_day_off_ends_on_its_start_and_may_repeat():
    (day_off,) = hours.read_daysoff([{"start_date": "2026-06-02", "repeat": "1"}])
    assert day_off == {"name": "", "start_date": "2026-06-02", "end_date": "2026-06-02", "repeat": True}


@pytest.mark.parametrize(("services", "ids"), [("3, 4,", [3, 4]), ([3, "4"], [3, 4]), (None, [])])
def test_a_special_day_may_be_for_some_services(services, ids):
    (day,) = hours.read_special_days([{"start_date": "2026-06-02", **NINE_TO_FIVE, "services": services}])
    assert day["services"] == ids


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ("closed", "workhours"),
        ([1], "workhours"),
        ([{"day": "Caturday"}], "workhours.0.day"),
        ([{"day": "monday", "start_time": "x"}], "workhours.0.start_time"),
        ([{"day": "monday", **NINE_TO_FIVE, "breaks": "noon"}], "workhours.0.breaks"),
        (
            [{"day": "monday", **NINE_TO_FIVE, "breaks": [{"start_time": "12:00", "end_time": "12:00"}]}],
            "workhours.0.breaks.0.end_time",
        ),
    ],
)
def test_hours_that_cannot_be_read_are_refused_at_their_path(sent, field):
    with pytest.raises(Invalid) as refusal:
        hours.read_workhours(sent)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"start_date": "2026-06-02", "end_date": "2026-06-01", **NINE_TO_FIVE}, "special_days.0.end_date"),
        ({"start_date": "2026-06-02", **NINE_TO_FIVE, "services": ["x"]}, "special_days.0.services"),
        ({"start_date": "2026-06-02", **NINE_TO_FIVE, "services": [0]}, "special_days.0.services"),
    ],
)
def test_special_days_that_cannot_be_read_are_refused_at_their_path(sent, field):
    with pytest.raises(Invalid) as refusal:
        hours.read_special_days([sent])
    assert refusal.value.field == field


#: A day off from 30 December to 2 January, and days it falls on.
NEW_YEAR = {"start_date": "2026-12-30", "end_date": "2027-01-02"}


@pytest.mark.parametrize(
    ("repeat", "day", "is_off"),
    [
        (False, date(2026, 12, 31), True),
        (False, date(2027, 12, 31), False),
        (True, date(2027, 12, 31), True),
        (True, date(2028, 1, 2), True),
        (True, date(2028, 1, 3), False),
        (True, date(2025, 12, 31), False),
    ],
)
def test_a_day_off_may_come_back_every_year(repeat, day, is_off):
    rules = schedule.dayoff_rules([{**NEW_YEAR, "repeat": repeat}])
    assert schedule.is_day_off(rules, day) is is_off


def test_a_repeated_day_off_within_a_year_covers_its_dates():
    rules = schedule.dayoff_rules([{"start_date": "2026-06-02", "end_date": "2026-06-03", "repeat": True}])
    assert [schedule.is_day_off(rules, date(2027, 6, day)) for day in (1, 2, 3, 4)] == [False, True, True, False]


def test_a_rule_without_dates_is_no_day_off():
    assert not schedule.is_day_off([CalendarRule(effect="close", label=schedule.DAY_OFF)], DAY)


def test_weekly_hours_are_read_off_weekly_rules_only():
    weekly = CalendarRule(effect="open", weekdays=(1, 7), from_minute=540, to_minute=600)
    dated = CalendarRule(effect="open", weekdays=(1,), from_date=DAY)
    window = {"start_time": "09:00:00", "end_time": "10:00:00", "breaks": []}
    read = settings_from_plan.derived_hours([weekly, dated, CalendarRule(effect="close", weekdays=(2,))])
    assert read == [{"day": "monday", **window}, {"day": "sunday", **window}]


# -- another dialect's plan -------------------------------------------------------------------------------------


BEFORE = dict(settings_from_plan.DEFAULTS)


@pytest.mark.parametrize(
    ("change", "part", "value"),
    [
        ({"service_duration_val": 2, "service_duration_unit": "h"}, "length", 2),
        ({"max_capacity": 5}, "capacity.limit", 5),
        ({"min_capacity": 3}, "persons.minimum", 3),
        ({"before_buffer_time": 1, "before_buffer_time_unit": "h"}, "buffers.before_minutes", 60),
        ({"after_buffer_time": 5}, "buffers.after_minutes", 5),
        ({"minimum_time_required_before_booking": "90"}, "booking_window.notice.value", 90),
        ({"minimum_time_required_before_booking": "disabled"}, "booking_window.notice.value", 0),
    ],
)
def test_a_change_touches_its_part_of_the_plan_alone(change, part, value):
    plan = SchedulePlan(unit="minute", length=30)
    touched = settings_from_plan.touched_plan(plan, BEFORE, {**BEFORE, **change})
    for name in part.split("."):
        touched = getattr(touched, name)
    assert touched == value
    assert settings_from_plan.touched_plan(plan, BEFORE, BEFORE) == plan


def test_a_new_length_ends_listed_starts():
    plan = SchedulePlan(unit="minute", grid=SlotGrid(starts="fixed"))
    touched = settings_from_plan.touched_plan(plan, BEFORE, {**BEFORE, "service_duration_val": 45})
    assert (touched.grid.starts, touched.length) == ("grid", 45)


# -- what forms and documents are refused for -------------------------------------------------------------------


def read_services_settings(params):
    return services.read_settings(params, settings_from_plan.DEFAULTS, is_new=False, partial=True)


MEMBER = {"staffmember_id": 4}
#: A reader, what is sent, and the field that the refusal names.
REFUSED = {
    "a period without its end": (
        balances.read_coupon,
        {"coupon_discount": "5", "coupon_period_type": "date_range", "coupon_start_date": "2026-06-02"},
        "coupon_end_date",
    ),
    "a location's size": (
        lambda params: locations.read_stored(params, {}),
        {"services": [{"service_id": 3, "service_qty": -1}]},
        "services.0.service_qty",
    ),
    "a location's price": (
        lambda params: locations.read_stored(params, {}),
        {"services": [{"service_id": 3, "staffmembers": [{**MEMBER, "price": "-1"}]}]},
        "services.0.staffmembers.0.price",
    ),
    "a service that ends before it starts": (
        read_services_settings,
        {"service_start_date": "2026-06-02", "service_expiration_date": "2026-06-01"},
        "service_expiration_date",
    ),
    "a kind of deposit": (read_services_settings, {"deposit_type": "pledge"}, "deposit_type"),
    "an extra without a name": (
        lambda params: services.read_extras(params.items("extra_services")),
        {"extra_services": [{"price": 5}]},
        "extra_services.0.name",
    ),
    "an assignment's capacity": (
        lambda params: staff.read_assignment(params.values, "assigned_service_list.0", None, None, 0),
        {"assign_service_capacity": -3},
        "assigned_service_list.0",
    ),
}


@pytest.mark.parametrize(("read", "sent", "field"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_names_the_field(read, sent, field):
    with pytest.raises(Invalid) as refusal:
        read(Params(sent))
    assert refusal.value.field == field


def test_a_text_that_only_looks_like_json_stays_a_text():
    assert Params({"note": "[almost"}).decoded("note") == "[almost"


@pytest.mark.parametrize(
    ("start", "count", "unit", "end"),
    [
        ("2026-01-31", 30, "d", "2026-03-02"),
        ("2026-01-31", 1, "m", "2026-02-28"),
        ("2028-02-29", 1, "y", "2029-02-28"),
        ("2026-12-15", 1, "m", "2027-01-15"),
    ],
)
def test_a_validity_ends_on_a_date_that_exists(start, count, unit, end):
    assert imports.expiry_date(start, count, unit) == end


def test_a_validity_beyond_the_calendar_is_refused():
    with pytest.raises(Invalid) as refusal:
        imports.expiry_date("2026-01-31", 9000, "y")
    assert refusal.value.field == "expiry_date"


def test_a_moment_of_a_year_out_of_range_is_the_default():
    default = datetime(2026, 6, 2, tzinfo=UTC)
    assert imports.read_instant("0001-01-01 00:00:00", "created_date", UTC, default) == default
    assert imports.read_instant("2026-06-01 09:00:00", "created_date", UTC, default) == datetime(
        2026, 6, 1, 9, tzinfo=UTC
    )
    with pytest.raises(Invalid):
        imports.read_instant("soon", "created_date", UTC, default)
