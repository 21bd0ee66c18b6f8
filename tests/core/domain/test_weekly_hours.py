"""The hours of an ordinary week in calendar rules, and how rules say other ones."""

from datetime import date

import pytest

from core.domain.schedule import CalendarRule, FixedSlot, OpeningRules, SchedulePlan, SlotGrid
from core.domain.service_change import (
    MAX_CAPACITY,
    ServiceChange,
    WeeklyOpening,
    check_change,
    check_openings,
    check_whole_days,
    opening_text,
)
from core.domain.weekly_hours import (
    closed_times,
    is_weekly,
    openings_of,
    painted_week,
    plan_with_openings,
    rules_with_openings,
)
from core.errors import Invalid
from core.services.service_editing import STATUSES

HOURLY = SchedulePlan(opening=OpeningRules(includes_site_rules=False))
DAILY = SchedulePlan(unit="day", opening=OpeningRules(includes_site_rules=False))


def opens(*weekdays, low=540, high=1020, **more):
    return CalendarRule(effect="open", weekdays=weekdays, from_minute=low, to_minute=high, **more)


def closes(*weekdays, low=0, high=1440, **more):
    return CalendarRule(effect="close", weekdays=weekdays, from_minute=low, to_minute=high, **more)


def texts(openings):
    return [f"{opening.weekday} {opening_text(opening)}" for opening in openings]


@pytest.mark.parametrize(
    "rules, open_by_default, expected",
    [
        ([], False, []),
        ([closes(1, 2, 3, 4, 5, 6)], True, ["7 00:00-24:00"]),
        ([opens(1)], False, ["1 09:00-17:00"]),
        ([opens(1), closes(1, low=720, high=780, strength=1)], False, ["1 09:00-12:00", "1 13:00-17:00"]),
        ([closes(1, low=720, high=780, strength=1), opens(1)], False, ["1 09:00-12:00", "1 13:00-17:00"]),
        ([opens(1, low=540, high=720), opens(1, low=720, high=1020)], False, ["1 09:00-17:00"]),
        ([opens(7, low=1320, high=120)], False, ["1 00:00-02:00", "7 22:00-24:00"]),
        ([opens(1), closes(dates=(date(2026, 3, 2),))], False, ["1 09:00-17:00"]),
        ([opens(1), opens(2, from_date=date(2026, 3, 2))], False, ["1 09:00-17:00"]),
        ([opens(1), opens(2, locations=(5,))], False, ["1 09:00-17:00"]),
    ],
)
def test_a_week_is_what_weekly_rules_leave_open(rules, open_by_default, expected):
    assert texts(painted_week(rules, open_by_default=open_by_default)) == expected


def test_a_day_is_open_or_closed_for_what_is_booked_by_the_day():
    rules = [CalendarRule(effect="open", weekdays=(1,)), opens(2)]
    assert texts(openings_of(DAILY, rules)) == ["1 00:00-24:00"]
    whole = SchedulePlan(unit="day", opening=OpeningRules(partial_day_rules="opens_only"))
    assert texts(openings_of(whole, rules)) == ["1 00:00-24:00", "2 00:00-24:00"]


def test_fixed_starts_are_openings_of_their_own():
    slots = (
        FixedSlot(from_minute=540, to_minute=600, capacity=3, weekdays=(1, 2)),
        FixedSlot(from_minute=600, to_minute=0, capacity=4),
        FixedSlot(from_minute=60, to_minute=120, dates=(date(2026, 3, 2),)),
    )
    plan = SchedulePlan(unit="minute", grid=SlotGrid(starts="fixed", fixed_slots=slots))
    rules = [opens(1, low=0, high=1440)]
    assert texts(openings_of(plan, rules)) == ["1 09:00-10:00", "1 10:00-24:00"]

    later = plan_with_openings(plan, (WeeklyOpening(1, 540, 600), WeeklyOpening(3, 720, 780)))

    kept, same, new = later.grid.fixed_slots
    assert kept == slots[2]
    assert (same.capacity, same.weekdays) == (3, (1,))
    assert (new.capacity, new.weekdays, new.from_minute, new.to_minute) == (3, (3,), 720, 780)
    assert plan_with_openings(HOURLY, (WeeklyOpening(1, 540, 600),)) is HOURLY
    only_dates = plan_with_openings(
        SchedulePlan(unit="minute", grid=SlotGrid(starts="fixed", fixed_slots=slots[2:])), (WeeklyOpening(1, 540, 600),)
    )
    assert len(only_dates.grid.fixed_slots) == 2


def test_other_hours_replace_weekly_rules_alone():
    holiday = closes(dates=(date(2026, 12, 24),), strength=5, label="holiday")
    at_one = opens(6, locations=(9,))
    rules = (opens(1, 2, strength=3, capacity=4), closes(1, low=720, high=780, strength=4), holiday, at_one)

    later = rules_with_openings(HOURLY, rules, (WeeklyOpening(1, 600, 720), WeeklyOpening(6, 600, 720)))

    assert later == (opens(1, 6, low=600, high=720, capacity=4), holiday, at_one)
    assert texts(painted_week(later, open_by_default=False)) == ["1 10:00-12:00", "6 10:00-12:00"]


@pytest.mark.parametrize("opening", [OpeningRules(open_by_default=True), OpeningRules(includes_site_rules=True)])
def test_what_is_open_otherwise_is_closed_outside_of_the_hours(opening):
    plan = SchedulePlan(opening=opening)
    elsewhere = CalendarRule(effect="open", strength=-4)

    later = rules_with_openings(plan, (opens(1),), (WeeklyOpening(2, 600, 720),))

    week = painted_week((elsewhere, *later), open_by_default=opening.open_by_default)
    assert texts(week) == ["2 10:00-12:00"]


def test_hours_within_a_day_are_refused_for_what_is_booked_by_the_day():
    with pytest.raises(Invalid) as caught:
        rules_with_openings(DAILY, (), (WeeklyOpening(2, 600, 720),))
    assert caught.value.field == "hours"
    check_whole_days([WeeklyOpening(2, 0, 1440)])


def test_the_rest_of_the_week_is_closed():
    closed = closed_times((WeeklyOpening(1, 540, 720), WeeklyOpening(1, 780, 1440), WeeklyOpening(2, 0, 1440)))
    assert texts(closed)[:3] == ["1 00:00-09:00", "1 12:00-13:00", "3 00:00-24:00"]
    assert len(closed) == 2 + 5


@pytest.mark.parametrize("opening", [(0, 1, 2), (8, 1, 2), (1, -1, 2), (1, 2, 2), (1, 3, 2), (1, 0, 1441)], ids=str)
def test_an_opening_lies_in_its_day(opening):
    with pytest.raises(Invalid, match="hours"):
        check_openings([WeeklyOpening(*opening)])


def test_openings_do_not_overlap_and_are_not_without_number():
    check_openings([WeeklyOpening(1, 0, 60), WeeklyOpening(1, 60, 120), WeeklyOpening(2, 0, 60)])
    with pytest.raises(Invalid):
        check_openings([WeeklyOpening(1, 0, 61), WeeklyOpening(1, 60, 120)])
    with pytest.raises(Invalid):
        check_openings([WeeklyOpening(1, 0, 60)] * 1000)


def test_a_change_of_nothing_is_empty():
    change = ServiceChange()
    assert change.is_empty
    check_change(change, STATUSES)
    assert not ServiceChange(capacity=MAX_CAPACITY).is_empty
    check_change(ServiceChange(capacity=MAX_CAPACITY), STATUSES)


@pytest.mark.parametrize(
    "rule",
    [
        {"from_date": date(2026, 1, 1)},
        {"dates": (date(2026, 1, 1),)},
        {"weeks": (1,)},
        {"months": (1,)},
        {"rrule": "FREQ=DAILY"},
        {"starts_only": True},
        {"services": (1,)},
        {"locations": (1,)},
        {"continuous": True},
    ],
    ids=str,
)
def test_a_rule_for_some_times_is_an_exception(rule):
    assert not is_weekly(CalendarRule(effect="open", **rule))
