"""Which days and hours a rule selects, one selector at a time."""

from dataclasses import replace
from datetime import date

import pytest

from core.domain.calendar_rules import cyclic_range, days_matching
from core.domain.claims import UNLIMITED, Claim
from core.domain.explain import explain_booking
from core.domain.schedule import (
    BookingWindowRules,
    Buffers,
    CalendarRule,
    CapacityRules,
    Offset,
    OpeningRules,
    PersonBound,
    PersonRules,
    ResourceCalendar,
    ResourceRules,
    SchedulePlan,
    ServiceCalendar,
    SlotGrid,
)
from core.errors import Invalid, NotAvailable
from tests.core.domain.calendars import claim_requests, clock, closes, day_of, list_slots, opens, stamp, wall

JANUARY = (date(2026, 1, 1), date(2026, 1, 31))


def _days(rule: CalendarRule, first: date, last: date) -> list[str]:
    return [
        date.fromordinal(day).isoformat()[5:]
        for day in sorted(days_matching(rule, first.toordinal(), last.toordinal()))
    ]


@pytest.mark.parametrize(
    ("rule", "first", "last", "expected"),
    [
        (opens(from_date=date(2026, 1, 30)), *JANUARY, ["01-30", "01-31"]),
        (opens(to_date=date(2026, 1, 2)), *JANUARY, ["01-01", "01-02"]),
        (opens(from_date=date(2026, 1, 3), to_date=date(2026, 1, 2)), *JANUARY, []),
        (opens(weekdays=(1,)), *JANUARY, ["01-05", "01-12", "01-19", "01-26"]),
        (opens(weekdays=(1,), from_date=date(2026, 1, 20)), *JANUARY, ["01-26"]),
        (opens(weeks=cyclic_range(53, 1, 53), weekdays=(4,)), date(2025, 12, 20), date(2026, 1, 31), ["01-01"]),
        (
            opens(weeks=cyclic_range(53, 1, 53), weekdays=(4,)),
            date(2026, 12, 20),
            date(2027, 1, 31),
            ["12-31", "01-07"],
        ),
        (
            opens(months=cyclic_range(11, 1, 12), weekdays=(7,)),
            date(2026, 10, 24),
            date(2026, 11, 9),
            ["11-01", "11-08"],
        ),
        (opens(dates=(date(2024, 1, 7),), repeat_years=-1), *JANUARY, ["01-07"]),
        (opens(dates=(date(2024, 1, 7),), repeat_years=1), *JANUARY, []),
        (opens(dates=(date(2024, 2, 29),), repeat_years=-1), date(2026, 2, 1), date(2026, 3, 9), []),
        (opens(dates=(date(2024, 2, 29),), repeat_years=-1), date(2028, 2, 1), date(2028, 3, 9), ["02-29"]),
        (
            opens(from_date=date(2020, 12, 30), to_date=date(2021, 1, 2), repeat_years=-1),
            *JANUARY,
            ["01-01", "01-02"],
        ),
        (opens(rrule="FREQ=WEEKLY;INTERVAL=2", from_date=date(2025, 12, 29)), *JANUARY, ["01-12", "01-26"]),
        (opens(rrule="FREQ=DAILY;COUNT=3", from_date=date(2026, 1, 1)), *JANUARY, ["01-01", "01-02", "01-03"]),
        (
            opens(rrule="RRULE:FREQ=DAILY;UNTIL=20260102T000000Z", from_date=date(2026, 1, 1)),
            *JANUARY,
            ["01-01", "01-02"],
        ),
    ],
)
def test_days_that_a_rule_selects(rule, first, last, expected):
    assert _days(rule, first, last) == expected


@pytest.mark.parametrize("text", ["nonsense", "FREQ=SECONDLY", "FREQ=DAILY;INTERVAL=x", "FREQ=WEEKLY;BYDAY=XX"])
def test_a_recurrence_that_cannot_be_read_is_an_error_with_a_name(text):
    with pytest.raises(Invalid):
        days_matching(opens(rrule=text, from_date=date(2026, 1, 1)), *(day.toordinal() for day in JANUARY))


def _hours(*rules: CalendarRule, first: date = date(2026, 3, 9), zone: str = "UTC", **facts) -> str:
    plan = SchedulePlan(unit="hour", **facts)
    calendar = ServiceCalendar(service_id=1, plan=plan, rules=rules, zone=zone)
    return clock(list_slots(calendar, {}, first=first, last=first, now=stamp("2026-01-01")))


MONDAY, TUESDAY = date(2026, 3, 9), date(2026, 3, 10)


@pytest.mark.parametrize(
    ("first", "expected"),
    [(MONDAY, "22:00 23:00"), (TUESDAY, "00:00 01:00")],
    ids=["before midnight", "after midnight"],
)
def test_a_window_may_run_over_midnight(first, expected):
    assert _hours(opens("22:00", "02:00", weekdays=(1,)), first=first) == expected


def test_a_continuous_rule_covers_one_interval_of_several_days():
    rule = opens("22:00", "02:00", from_date=MONDAY, to_date=date(2026, 3, 11), continuous=True)
    assert _hours(rule, first=MONDAY) == "22:00 23:00"
    assert len(_hours(rule, first=TUESDAY).split()) == 24
    assert _hours(rule, first=date(2026, 3, 11)) == "00:00 01:00"


def test_a_recurring_span_repeats_as_a_whole():
    rule = opens(
        "22:00", "02:00", from_date=date(2026, 3, 2), to_date=date(2026, 3, 3), continuous=True, rrule="FREQ=WEEKLY"
    )
    assert _hours(rule, first=MONDAY) == "22:00 23:00"
    assert _hours(rule, first=TUESDAY) == "00:00 01:00"
    assert _hours(rule, first=date(2026, 3, 11)) == ""


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "09:00 10:00 12:30 13:30"),
        ({"grid": SlotGrid(after_break="keep")}, "09:00 10:00 13:00 14:00"),
        (
            {
                "grid": SlotGrid(origin="midnight", step_minutes=120),
            },
            "10:00 12:30",
        ),
        (
            {
                "grid": SlotGrid(origin="first_start", first_start_minute=555, after_break="keep"),
            },
            "09:15 10:15 13:15",
        ),
        ({"grid": SlotGrid(first_start_minute=600)}, "10:00 12:30 13:30"),
        ({"grid": SlotGrid(step_minutes=90)}, "09:00 12:30 14:00"),
        (
            {
                "buffers": Buffers(before_minutes=15, after_minutes=15),
            },
            "09:00 12:30 14:00",
        ),
    ],
    ids=["restart", "keep", "midnight", "first start", "not before", "step", "buffers in the step"],
)
def test_grids(facts, expected):
    rules = (opens("09:00", "15:00"), closes("11:15", "12:30", strength=1))
    assert _hours(*rules, **facts) == expected


def test_the_rules_of_a_date_may_lay_grids_beside_the_days():
    rules = (opens("10:20", "12:20", strength=1), closes("00:00", "10:20"), closes("13:20", "24:00"))
    facts = {
        "opening": OpeningRules(open_by_default=True),
        "grid": SlotGrid(origin="midnight", after_break="keep"),
    }
    assert _hours(*rules, **facts) == "11:00 12:00"
    facts["grid"] = replace(facts["grid"], per_opening=True)
    assert _hours(*rules, **facts) == "10:20 11:00 11:20 12:00"


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("America/New_York", date(2026, 3, 8), "00:00 01:00 03:00 04:00"),
        ("America/New_York", date(2026, 11, 1), "00:00 01:00 02:00 03:00 04:00"),
        ("+05:30", date(2026, 3, 8), "00:00 01:00 02:00 03:00 04:00"),
    ],
    ids=["gap", "fold", "fixed offset"],
)
def test_changes_of_the_clock(zone, day, expected):
    assert _hours(opens("00:00", "05:00"), first=day, zone=zone) == expected


@pytest.mark.parametrize(
    ("day", "unit", "elapsed", "wall"),
    [
        (date(2026, 3, 8), "hour", 2, 180),
        (date(2026, 11, 1), "hour", 4, 180),
        (date(2026, 3, 8), "day", 23, 1440),
        (date(2026, 11, 1), "day", 25, 1440),
    ],
)
def test_lengths_are_those_of_the_wall_clock(day, unit, elapsed, wall):
    plan = SchedulePlan(unit=unit, length=3 if unit == "hour" else 1, opening=OpeningRules(open_by_default=True))
    calendar = ServiceCalendar(service_id=1, plan=plan, zone="America/New_York")
    found = list_slots(calendar, {}, first=day, last=day, now=stamp("2026-01-01"))[0]
    assert ((found.end - found.start) // 3600, found.wall_end - found.wall_start) == (elapsed, wall)


def test_a_day_that_the_clock_skips_is_not_offered():
    calendar = ServiceCalendar(
        service_id=1,
        plan=SchedulePlan(unit="day", opening=OpeningRules(open_by_default=True)),
        zone="Pacific/Apia",
    )
    found = list_slots(calendar, {}, first=date(2011, 12, 29), last=date(2011, 12, 31), now=stamp("2011-12-01"))
    assert [day_of(offer).day for offer in found] == [29, 31]


def test_a_midnight_inside_a_gap_begins_the_day_when_the_clock_goes_on():
    calendar = ServiceCalendar(
        service_id=1, plan=SchedulePlan(unit="day", opening=OpeningRules(open_by_default=True)), zone="Africa/Cairo"
    )
    found = list_slots(calendar, {}, first=date(2026, 4, 23), last=date(2026, 4, 25), now=stamp("2026-01-01"))
    assert [(offer.end - offer.start) // 3600 for offer in found] == [24, 23, 24]
    assert found[0].end == found[1].start


@pytest.mark.parametrize(
    ("plan", "resource", "expected"),
    [
        (
            {"resources": ResourceRules(choice="customer", calendar="merge")},
            opens("12:00", "15:00"),
            "09:00 10:00 11:00 12:00 13:00 14:00",
        ),
        (
            {"resources": ResourceRules(choice="customer", calendar="intersect")},
            opens("12:00", "15:00"),
            "09:00 10:00 11:00",
        ),
        (
            {"resources": ResourceRules(choice="customer", calendar="intersect")},
            closes("10:30", "11:00"),
            "09:00 11:00",
        ),
        (
            {"resources": ResourceRules(choice="customer", calendar="merge"), "grid": SlotGrid(per_opening=True)},
            closes("10:30", "10:45", strength=1),
            "09:00 11:00",
        ),
        (
            {"resources": ResourceRules(choice="customer", calendar="merge")},
            closes("10:30", "10:45", strength=1),
            "09:00 10:45",
        ),
        (
            {"resources": ResourceRules(choice="customer", calendar="merge")},
            closes("10:30", "11:00", services=(2,), strength=1),
            "09:00 10:00 11:00",
        ),
        (
            {"resources": ResourceRules(choice="customer", calendar="merge")},
            closes("10:30", "11:00", locations=(4,), strength=1),
            "09:00 10:00 11:00",
        ),
    ],
    ids=["merge", "intersect", "intersect closes", "filter", "cut", "other service", "other location"],
)
def test_a_resource_has_hours_of_its_own(plan, resource, expected):
    calendar = ServiceCalendar(
        service_id=1,
        plan=SchedulePlan(unit="hour", capacity=CapacityRules(limit=None), **plan),
        rules=(opens("09:00", "12:00"),),
        resources=(ResourceCalendar(id=5, rules=(resource,)),),
    )
    found = list_slots(calendar, {}, first=MONDAY, last=MONDAY, now=stamp("2026-01-01"))
    assert clock(found) == expected


def test_the_best_resource_stands_for_all_when_merged():
    calendar = ServiceCalendar(
        service_id=1,
        plan=SchedulePlan(unit="hour", capacity=CapacityRules(limit=None), resources=ResourceRules(choice="automatic")),
        rules=(opens("09:00", "11:00"),),
        resources=(ResourceCalendar(id=5), ResourceCalendar(id=6, capacity=2), ResourceCalendar(id=7, capacity=None)),
    )
    held = {("resource", 5): [Claim(stamp("2026-03-09T09:00"), stamp("2026-03-09T10:00"), 1)]}
    found = list_slots(calendar, held, first=MONDAY, last=MONDAY, now=stamp("2026-01-01"), per_resource=False, units=1)
    assert [(offer.resource_id, offer.remaining) for offer in found] == [(6, 2), (5, 1)]
    alone = list_slots(calendar, held, first=MONDAY, last=MONDAY, now=stamp("2026-01-01"), resource_id=7)
    assert [offer.remaining for offer in alone] == [UNLIMITED, UNLIMITED]


def test_months_begin_on_the_first_and_are_as_long_as_they_are():
    plan = SchedulePlan(
        unit="month",
        opening=OpeningRules(open_by_default=True, must_be_open="first_day"),
    )
    calendar = ServiceCalendar(service_id=1, plan=plan, rules=(closes(dates=(date(2026, 2, 3),)),))
    found = list_slots(calendar, {}, first=date(2026, 1, 15), last=date(2026, 4, 2), now=stamp("2026-01-01"))
    assert [(day_of(offer).isoformat(), (offer.end - offer.start) // 86400) for offer in found] == [
        ("2026-02-01", 28), ("2026-03-01", 31), ("2026-04-01", 30),
    ]  # fmt: skip
    wanted = claim_requests(
        calendar, wall_start=wall("2026-03-01"), wall_end=wall("2026-04-01"), now=stamp("2026-01-01")
    )
    assert [(one.start, one.end) for one in wanted] == [(stamp("2026-03-01"), stamp("2026-04-01"))]


_PARTY = ServiceCalendar(
    service_id=1,
    plan=SchedulePlan(
        unit="day",
        opening=OpeningRules(open_by_default=True),
        min_blocks=2,
        max_blocks=4,
        persons=PersonRules(minimum=2, maximum=6, by_type=(PersonBound(person_type_id=33, minimum=1, maximum=3),)),
        booking_window=BookingWindowRules(start_weekdays=(1, 5), notice=Offset(2, "day"), horizon=Offset(1, "month")),
        resources=ResourceRules(choice="customer"),
    ),
    resources=(ResourceCalendar(id=5),),
)
_GOOD = {
    "wall_start": wall("2026-03-09"), "blocks": 2, "persons": 2, "person_counts": {33: 1}, "resource_id": 5,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason", "limit"),
    [
        ({"resource_id": 0}, "resource", None),
        ({"resource_id": 6}, "resource", None),
        ({"blocks": 5}, "duration", 4),
        ({"blocks": 1}, "duration", 2),
        ({"blocks": None, "wall_end": wall("2026-03-09")}, "duration", 1),
        ({"wall_start": wall("2026-02-27")}, "past", None),
        ({"wall_start": wall("2026-03-03")}, "notice", None),
        ({"wall_start": wall("2026-04-06")}, "horizon", None),
        ({"wall_start": wall("2026-03-10")}, "weekday", (1, 5)),
        ({"persons": 7}, "persons", 6),
        ({"persons": 1}, "persons", 2),
        ({"person_counts": {33: 4}}, "persons", 3),
        ({"person_counts": {}}, "persons", 1),
    ],
)
def test_a_refusal_names_its_reason_and_limit(change, reason, limit):
    now = stamp("2026-03-02T10:00")
    assert claim_requests(_PARTY, now=now, **_GOOD)
    with pytest.raises(NotAvailable) as refused:
        claim_requests(_PARTY, now=now, **(_GOOD | change))
    assert refused.value.reason == reason
    assert limit is None or refused.value.limit == limit
    assert explain_booking(_PARTY, {}, now=now, **(_GOOD | change))[0].code == reason


def test_explain_names_the_rule_and_the_booking_that_decide():
    rule = closes("12:00", "13:00", strength=1, label="lunch")
    plan = SchedulePlan(
        unit="hour",
        buffers=Buffers(after_minutes=30, combination="sum"),
    )
    calendar = ServiceCalendar(service_id=1, plan=plan, rules=(opens("09:00", "17:00"), rule))
    held = {("service", 1): [Claim(stamp("2026-03-09T14:30"), stamp("2026-03-09T15:45"), 1, 0, 1800, booking_id=77)]}
    now = stamp("2026-03-02T10:00")

    def why(text: str) -> list:
        return explain_booking(calendar, held, wall_start=wall(text), now=now)

    assert [(one.code, one.rule) for one in why("2026-03-09T12:00")] == [("closed", rule)]
    assert [one.code for one in why("2026-03-09T09:00")] == ["offered"]
    assert [one.code for one in why("2026-03-09T09:10")] == ["grid"]
    assert [one.code for one in why("2026-03-09T14:30")] == ["full"]
    assert "taken by bookings [77]" in why("2026-03-09T14:30")[0].detail
    within = why("2026-03-09T16:00")
    assert [one.code for one in within] == ["full"]
    assert "within the buffer of bookings [77]" in within[0].detail
