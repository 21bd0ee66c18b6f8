"""A product's price, places and weekly hours as an operator sees and changes them, for every booking type."""

from decimal import Decimal

import msgspec
import pytest

from frontdesk.errors import Invalid
from frontdesk.records import Service, WeeklyOpening
from plugins.bkap.schemas import DateRange, DurationSettings, FixedBlock, Settings, SpecialPrice, TimeSlot
from plugins.bkap.translate.schedule import to_plan, to_rules
from plugins.bkap.translate.service_changes import (
    to_offer,
    weekly_hours,
    with_capacity,
    with_hours,
    with_price,
)

SUNDAY, MONDAY, SATURDAY = "booking_weekday_0", "booking_weekday_1", "booking_weekday_6"
DAYS = {"only_day", "multiple_days", "multidates"}


def settings(kind, **more):
    return Settings(booking_type=kind, weekdays={SUNDAY: "on", MONDAY: "on", SATURDAY: ""}, **more)


def offer(given, price="10"):
    service = Service(id=1, name="Room", price=Decimal(price), created_at=None, modified_at=None)
    return to_offer(service, given)


def slot(start, end="", lockout=2, **more):
    return TimeSlot(
        from_slot_hrs=start[:2], from_slot_min=start[3:], to_slot_hrs=end[:2] or "0", to_slot_min=end[3:] or "00",
        lockout_slot=lockout, **more,
    )  # fmt: skip


def openings(*triples):
    return tuple(WeeklyOpening(*triple) for triple in triples)


@pytest.mark.parametrize("kind", sorted(DAYS))
def test_days_are_weekdays(kind):
    given = settings(kind, weekday_lockouts={MONDAY: 4, SUNDAY: 3}, night_lockout=4)
    assert weekly_hours(given) == openings((1, 0, 1440), (7, 0, 1440))
    assert offer(given).capacity == 4

    later = with_hours(given, openings((1, 0, 1440), (6, 0, 1440)))

    assert weekly_hours(later) == openings((1, 0, 1440), (6, 0, 1440))
    # A day that opens has the places of the others; one that closes keeps none.
    assert later.weekday_lockouts == {MONDAY: 4, SATURDAY: 4}
    with pytest.raises(Invalid):
        with_hours(given, openings((1, 540, 1020)))


def test_a_product_with_times_and_no_list_of_them_is_open_by_the_day():
    with pytest.raises(Invalid):
        with_hours(settings("date_time"), openings((1, 540, 1020)))
    assert weekly_hours(settings("date_time")) == openings((1, 0, 1440), (7, 0, 1440))


def test_listed_times_keep_what_is_said_of_them():
    times = {
        MONDAY: [slot("09:00", "10:00", booking_notes="early", slot_price=Decimal(8)), slot("10:00", "11:00", 5)],
        SUNDAY: [slot("20:00")],
        SATURDAY: [slot("09:00", "10:00")],
        "24-12-2026": [slot("08:00", "09:00")],
    }
    given = settings("date_time", time_settings=times)
    assert weekly_hours(given) == openings((1, 540, 600), (1, 600, 660), (7, 1200, 1440))
    assert offer(given).capacity == 5
    assert set(offer(given).notes) == {"price", "hours", "capacity"}

    later = with_hours(given, openings((1, 540, 600), (1, 600, 630), (3, 1380, 1440)))

    monday = later.time_settings[MONDAY]
    assert monday[0] is times[MONDAY][0]
    assert (monday[1].to_slot_hrs, monday[1].to_slot_min, monday[1].lockout_slot) == ("10", "30", 5)
    wednesday = later.time_settings["booking_weekday_3"]
    assert (wednesday[0].from_slot_hrs, wednesday[0].to_slot_hrs, wednesday[0].lockout_slot) == ("23", "0", 5)
    assert later.time_settings["24-12-2026"] == times["24-12-2026"]
    assert SUNDAY not in later.time_settings
    assert weekly_hours(later) == openings((1, 540, 600), (1, 600, 630), (3, 1380, 1440))
    only_mondays = settings("date_time", time_settings={MONDAY: times[MONDAY]})
    with pytest.raises(Invalid, match="at least"):
        with_hours(only_mondays, ())


def test_a_product_by_duration_has_one_day_for_all_weekdays():
    given = settings(
        "duration_time", duration=DurationSettings(first_duration="09:00", end_duration="17:00", duration_max_booking=3)
    )
    assert weekly_hours(given) == openings((1, 540, 1020), (7, 540, 1020))
    assert offer(given).capacity == 3

    later = with_hours(given, openings((2, 600, 1440), (3, 600, 1440)))
    assert (later.duration.first_duration, later.duration.end_duration) == ("10:00", "")
    assert weekly_hours(later) == openings((2, 600, 1440), (3, 600, 1440))

    whole = with_hours(later, openings((2, 0, 1440)))
    assert (whole.duration.first_duration, whole.duration.end_duration) == ("", "")
    assert with_hours(given, openings((4, 540, 1020))).duration is given.duration
    assert weekly_hours(with_hours(given, ())) == ()
    for wrong in (openings((1, 540, 600), (1, 660, 720)), openings((1, 540, 600), (2, 660, 720))):
        with pytest.raises(Invalid, match="same hours on every day"):
            with_hours(given, wrong)
    assert weekly_hours(with_hours(settings("duration_time"), openings((1, 540, 1020)))) == openings((1, 540, 1020))


@pytest.mark.parametrize(
    "given",
    [
        settings("only_day"),
        settings("multidates"),
        settings("multiple_days"),
        settings("duration_time"),
        settings("duration_time", duration=DurationSettings()),
        settings("date_time"),
        settings("date_time", time_settings={MONDAY: [slot("09:00", "10:00")], "24-12-2026": [slot("08:00", "09:00")]}),
        settings("multidates_fixedtime", time_settings={MONDAY: [slot("09:00", "10:00", 0)]}),
    ],
    ids=lambda given: given.booking_type,
)
def test_places_are_where_the_type_has_them(given):
    later = with_capacity(given, 7)

    assert offer(later).capacity == 7
    plan, rules = to_plan(later), to_rules(later)
    counts = {start.capacity for start in plan.grid.fixed_slots if not start.dates}
    counts |= {rule.capacity for rule in rules if rule.effect == "open" and not rule.starts_only}
    counts |= {plan.capacity.limit}
    assert 7 in counts
    assert counts <= {7, None}
    dated = [start.capacity for start in plan.grid.fixed_slots if start.dates]
    assert dated == ([2] if "24-12-2026" in given.time_settings else [])


def test_a_product_without_lockouts_has_no_limit():
    assert offer(settings("only_day")).capacity is None


def test_the_price_of_a_duration_counts_where_there_is_one():
    given = settings("duration_time", duration=DurationSettings(duration_price=Decimal(30)))
    assert offer(given).price == 30
    assert offer(with_price(given, Decimal(31))).price == 31
    for other in (settings("duration_time"), settings("only_day")):
        assert with_price(other, Decimal(31)) is other
        assert offer(other).price == 10


@pytest.mark.parametrize(
    "field, given",
    [
        ("price", settings("only_day", special_prices=[SpecialPrice(booking_special_weekday=MONDAY)])),
        ("price", settings("multiple_days", fixed_blocks=[FixedBlock(number_of_days=2, price=Decimal(5))])),
        ("hours", settings("only_day", custom_ranges=[DateRange(start="1-1-2026", end="2-1-2026")])),
        ("capacity", settings("only_day", weekday_lockouts={MONDAY: 1})),
    ],
    ids=["special prices", "blocks", "ranges", "lockouts that differ"],
)
def test_what_one_should_know_is_said(field, given):
    assert field in offer(given).notes
    assert field not in offer(settings(given.booking_type)).notes


def test_settings_stay_readable():
    given = with_hours(settings("date_time", time_settings={MONDAY: [slot("09:00", "10:00")]}), openings((2, 60, 120)))
    assert msgspec.convert(msgspec.to_builtins(given, str_keys=True), Settings) == given
