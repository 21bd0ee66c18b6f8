"""Single values and periods between the plugin's words and core's, without a store."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.domain.schedule import SchedulePlan, SlotGrid
from core.errors import Invalid
from plugins.bkap.schemas import Settings
from plugins.bkap.translate import periods, values

DAY = date(2026, 6, 2)
LAST_DAY = date(9999, 12, 31)


@pytest.mark.parametrize(
    ("value", "number"), [(3, 3), ("3", 3), (" +3 ", 3), ("2.0", 2), (2.0, 2), (Decimal("7.00"), 7), ("-4", -4)]
)
def test_a_whole_number_is_read_in_every_form(value, number):
    assert values.read_int(value, "booking.quantity") == number


@pytest.mark.parametrize("value", ["x", "", "1.5", 1.5, True, None, [], float("nan"), "1_000", "١", 2**62])
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(Invalid) as refusal:
        values.read_int(value, "booking.quantity")
    assert (refusal.value.field, refusal.value.reason) == ("booking.quantity", "type")


@pytest.mark.parametrize("value", ["-1", 0])
def test_a_number_below_its_minimum_is_out_of_range(value):
    with pytest.raises(Invalid) as refusal:
        values.read_int(value, "booking.quantity", minimum=1)
    assert refusal.value.reason == "range"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (True, "type"),
        ({}, "type"),
        ("ten", "type"),
        ("Infinity", "type"),
        ("1" * 60, "type"),
        ("1000000000000", "range"),
        ("0.0000000000001", "range"),
        ("-1", "range"),
    ],
)
def test_what_is_no_amount_is_refused(value, reason):
    with pytest.raises(Invalid) as refusal:
        values.read_amount(value, "booking.price", minimum=0)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("value", ["2026-02-30", "2-6-2026", "", None, 20260602])
def test_what_is_no_date_is_refused(value):
    with pytest.raises(Invalid) as refusal:
        values.read_date(value, "booking.start_date")
    assert refusal.value.reason == "format"


@pytest.mark.parametrize("value", ["24:00", "9:60", "9", "", None, 9])
def test_what_is_no_time_is_refused(value):
    with pytest.raises(Invalid) as refusal:
        values.read_time(value, "booking.start_time")
    assert refusal.value.reason == "format"


@pytest.mark.parametrize("value", ["yes", "", None, True])
def test_a_switch_is_on_or_off(value):
    assert values.read_switch("ON", "product.booking") == "on"
    with pytest.raises(Invalid) as refusal:
        values.read_switch(value, "product.booking")
    assert refusal.value.reason == "choice"


@pytest.mark.parametrize(("value", "reason"), [(["one"], "type"), ("three", "choice"), (None, "choice"), (1, "choice")])
def test_one_word_is_one_of_the_allowed(value, reason):
    assert values.read_choice(" one ", "product.type", ("one", "two")) == "one"
    with pytest.raises(Invalid) as refusal:
        values.read_choice(value, "product.type", ("one", "two"))
    assert refusal.value.reason == reason


def test_several_words_become_what_they_stand_for():
    assert values.read_choices(["a", "b"], "product.days", {"a": "1", "b": "2"}) == ["1", "2"]
    with pytest.raises(Invalid):
        values.read_choices([], "product.days", {"a": "1"})


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2-6-2026", DAY),
        (" 2026-06-02 ", DAY),
        ("31-2-2026", None),
        ("2026-02-31", None),
        ("tomorrow", None),
        (None, None),
    ],
)
def test_a_date_of_the_settings_may_be_unreadable(text, day):
    assert values.parse_settings_date(text) == day


def test_an_instant_is_read_as_it_is_written():
    instant = datetime(2026, 6, 2, 9, tzinfo=UTC)
    assert values.parse_utc(values.format_utc(instant)) == instant
    assert values.parse_utc("yesterday") is None
    assert values.parse_utc(None) is None


@pytest.mark.parametrize(
    ("amount", "text", "number"),
    [("200", "200", 200), ("99.50", "99.5", Decimal("99.50")), ("0.005", "0.01", Decimal("0.01"))],
)
def test_an_amount_has_no_needless_digits(amount, text, number):
    assert values.format_amount(Decimal(amount), "USD") == text
    assert values.json_amount(Decimal(amount), "USD") == number


# -- periods ----------------------------------------------------------------------------------------------------------


def nights(check_out, fixed_block=None, settings=None):
    return periods.nights_period(DAY, check_out, fixed_block, settings or Settings(), SchedulePlan(unit="night"))


def test_a_stay_of_one_date_is_one_night():
    period = nights(DAY)
    assert (period.start, period.end) == (datetime(2026, 6, 2), datetime(2026, 6, 3))
    assert period.metadata == {"same_day": True}


def test_a_fixed_block_sets_the_check_out():
    period = nights(DAY, "3")
    assert (period.end, period.metadata) == (datetime(2026, 6, 5), {"fixed_block": "3"})


@pytest.mark.parametrize(
    ("check_out", "block", "field"),
    [
        (date(2026, 6, 1), None, "booking.end_date"),
        (DAY, 3661, "booking.fixed_block"),
        (date(2026, 6, 4), 3, "booking.end_date"),
    ],
)
def test_a_stay_that_cannot_be_is_refused(check_out, block, field):
    with pytest.raises(Invalid) as refusal:
        nights(check_out, block)
    assert (refusal.value.field, refusal.value.reason) == (field, "range")


@pytest.mark.parametrize(("starts", "end"), [("fixed", datetime(2026, 6, 3, 1)), ("grid", None)])
def test_only_a_listed_slot_runs_over_midnight(starts, end):
    plan = SchedulePlan(grid=SlotGrid(starts=starts))
    if end:
        assert periods.slot_period(DAY, DAY, 1380, 60, plan).end == end
    else:
        with pytest.raises(Invalid) as refusal:
            periods.slot_period(DAY, DAY, 1380, 60, plan)
        assert refusal.value.field == "booking.end_time"


@pytest.mark.parametrize(("value", "units"), [(2, 2), (60, 2), (30, 1), (45, 45)])
def test_a_duration_counts_minutes_or_units(value, units):
    assert periods.duration_units(value, 30) == units


@pytest.mark.parametrize(
    ("day", "duration", "field"),
    [(DAY, 366 * 1440 + 1, "booking.duration"), (LAST_DAY, 1440, "booking.start_date")],
)
def test_a_duration_beyond_the_calendar_is_refused(day, duration, field):
    with pytest.raises(Invalid) as refusal:
        periods.duration_period(day, 600, duration, SchedulePlan(unit="minute", length=1))
    assert refusal.value.field == field


def test_the_calendar_ends():
    with pytest.raises(Invalid):
        periods.later(LAST_DAY, 1)
