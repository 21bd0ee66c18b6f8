"""The availability tables that the four vendors document, built as neutral plans."""

from datetime import date, timedelta

import pytest

from core.domain.availability import automatic_resources
from core.domain.claims import UNLIMITED, Claim, units_remaining
from core.domain.schedule import (
    BookingWindowRules,
    Buffers,
    CapacityRules,
    Compatibility,
    FixedSlot,
    Offset,
    OpeningRules,
    Pool,
    ResourceCalendar,
    ResourceRules,
    SchedulePlan,
    ServiceCalendar,
    SlotGrid,
)
from core.errors import NotAvailable
from tests.core.domain.calendars import claim_requests, clock, closes, day_of, list_slots, opens, stamp, wall

NOW = stamp("2021-01-01T00:00")
MONDAY = date(2026, 3, 9)


def busy(start: str, end: str, units: int = 1, **facts) -> Claim:
    return Claim(stamp(start), stamp(end), units, **facts)


def taken(calendar: ServiceCalendar, start: str, units: int = 1, **facts) -> list[Claim]:
    """The claims a booking would make, as claims that are held."""
    found = claim_requests(calendar, wall_start=wall(start), now=NOW, units=units, **facts)
    return [Claim(one.start, one.end, one.units, one.before, one.after, one.exclusive, one.session) for one in found]


def fits(calendar: ServiceCalendar, held: dict, start: str, units: int = 1, **facts) -> bool:
    found = claim_requests(calendar, wall_start=wall(start), now=NOW, units=units, **facts)
    return all(units_remaining(one, held.get(one.subject, ())) >= one.units for one in found)


# Days with a maximum of bookings (bkap.md 7 A) -----------------------------------------------------------------------

_EVERY_DAY = (opens(weekdays=(7,), capacity=50), opens(weekdays=(1, 2, 3, 4, 5, 6), capacity=UNLIMITED))
_SPECIFIC = opens(dates=(date(2021, 9, 25), date(2021, 9, 28), date(2021, 9, 29)), capacity=8, strength=1)
#: Only the dates inside of a range count.
_RANGE = (closes(to_date=date(2021, 9, 28), strength=2), closes(from_date=date(2021, 10, 1), strength=2))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ((*_EVERY_DAY, _SPECIFIC), {25: 0, 26: 10, 27: UNLIMITED, 28: 5, 29: 8, 30: UNLIMITED}),
        ((*_EVERY_DAY, _SPECIFIC, *_RANGE), {29: 8, 30: UNLIMITED}),
    ],
    ids=["weekdays and specific dates", "with a range"],
)
def test_days_have_the_places_of_weekday_or_date(rules, expected):
    calendar = ServiceCalendar(
        service_id=1, plan=SchedulePlan(unit="day", capacity=CapacityRules(limit=None)), rules=rules
    )
    held = {
        ("service", 1): [
            busy("2021-09-26", "2021-09-27", 40),
            busy("2021-09-28", "2021-09-29", 3),
            busy("2021-09-25", "2021-09-26", 8),
        ]
    }
    found = list_slots(calendar, held, first=date(2021, 9, 25), last=date(2021, 9, 30), now=NOW)
    assert {day_of(offer).day: offer.remaining for offer in found} == expected


# Nights (bkap.md 7 B) ------------------------------------------------------------------------------------------------

_NIGHTS = ServiceCalendar(
    service_id=1,
    plan=SchedulePlan(
        unit="night", capacity=CapacityRules(limit=3), max_blocks=0, opening=OpeningRules(open_by_default=True)
    ),
)
_STAYS = {("service", 1): [busy("2024-09-29", "2024-10-02", 2), busy("2024-10-01", "2024-10-03", 1)]}


def test_nights_left():
    found = list_slots(_NIGHTS, _STAYS, first=date(2024, 9, 28), last=date(2024, 10, 3), now=NOW)
    assert [offer.remaining for offer in found] == [3, 1, 1, 0, 2, 3]


@pytest.mark.parametrize(
    ("start", "end", "units", "accepted"),
    [
        ("2024-09-29", "2024-10-01", 1, True),
        ("2024-09-29", "2024-10-02", 1, False),
        ("2024-10-02", "2024-10-04", 2, True),
    ],
)
def test_a_stay_needs_room_on_each_night(start, end, units, accepted):
    assert fits(_NIGHTS, _STAYS, start, units, wall_end=wall(end)) is accepted


def test_a_date_with_its_own_maximum_counts_for_that_night_only():
    rules = (opens(dates=(date(2024, 9, 30),), capacity=1),)
    calendar = ServiceCalendar(service_id=1, plan=_NIGHTS.plan, rules=rules)
    found = claim_requests(calendar, wall_start=wall("2024-09-29"), wall_end=wall("2024-10-02"), now=NOW)
    assert [(one.start, one.end, one.capacity) for one in found] == [
        (stamp("2024-09-29"), stamp("2024-09-30"), 3),
        (stamp("2024-09-30"), stamp("2024-10-01"), 1),
        (stamp("2024-10-01"), stamp("2024-10-02"), 3),
    ]
    assert fits(calendar, {("service", 1): [busy("2024-10-01", "2024-10-02", 2)]}, "2024-09-29", blocks=3)
    assert not fits(calendar, {("service", 1): [busy("2024-09-30", "2024-10-01", 1)]}, "2024-09-29", blocks=3)


def test_a_weekday_that_is_off_closes_only_check_in():
    rules = (closes(weekdays=(1,), starts_only=True), closes(dates=(date(2024, 10, 3),)))
    calendar = ServiceCalendar(service_id=1, plan=_NIGHTS.plan, rules=rules)
    found = list_slots(calendar, {}, first=date(2024, 9, 28), last=date(2024, 10, 4), now=NOW)
    assert [day_of(offer).day for offer in found] == [28, 29, 1, 2, 4]
    assert fits(calendar, {}, "2024-09-29", blocks=3)
    with pytest.raises(NotAvailable) as refused:
        fits(calendar, {}, "2024-10-02", blocks=2)
    assert refused.value.reason == "closed"


def test_a_stay_may_check_out_on_a_closed_day():
    plan = SchedulePlan(
        unit="night",
        capacity=CapacityRules(limit=1),
        max_blocks=0,
        opening=OpeningRules(open_by_default=True),
        check_in_minute=840,
        check_out_minute=660,
    )
    calendar = ServiceCalendar(service_id=1, plan=plan, rules=(closes(from_date=date(2024, 10, 1)),))
    found = claim_requests(calendar, wall_start=wall("2024-09-29T14:00"), wall_end=wall("2024-10-01T11:00"), now=NOW)
    assert [(one.start, one.end) for one in found] == [(stamp("2024-09-29T14:00"), stamp("2024-10-01T11:00"))]


# Listed times (bkap.md 7 E) ------------------------------------------------------------------------------------------

_LISTED = ServiceCalendar(
    service_id=1,
    plan=SchedulePlan(
        grid=SlotGrid(
            starts="fixed",
            fixed_slots=(
                FixedSlot(from_minute=540, to_minute=600, capacity=4),
                FixedSlot(from_minute=600, to_minute=660, capacity=UNLIMITED),
                FixedSlot(from_minute=660, to_minute=720, capacity=2),
                FixedSlot(from_minute=900, to_minute=960, capacity=1, dates=(date(2024, 9, 11),)),
            ),
        ),
        opening=OpeningRules(open_by_default=True),
        capacity=CapacityRules(limit=None),
    ),
)


def test_listed_times_have_their_own_places():
    held = {("service", 1): [busy("2024-09-10T09:00", "2024-09-10T10:00", 3)]}
    found = list_slots(_LISTED, held, first=date(2024, 9, 10), last=date(2024, 9, 10), now=NOW)
    assert [(offer.wall_start % 1440, offer.remaining) for offer in found] == [
        (540, 1),
        (600, UNLIMITED),
        (660, 2),
    ]
    assert not fits(_LISTED, held, "2024-09-10T09:00", 2, wall_end=wall("2024-09-10T10:00"))
    assert fits(_LISTED, held, "2024-09-10T09:00", 1, wall_end=wall("2024-09-10T10:00"))


def test_times_listed_for_a_date_replace_those_of_the_weekday():
    found = list_slots(_LISTED, {}, first=date(2024, 9, 11), last=date(2024, 9, 11), now=NOW)
    assert clock(found) == "15:00"
    with pytest.raises(NotAvailable) as refused:
        fits(_LISTED, {}, "2024-09-11T09:00", wall_end=wall("2024-09-11T10:00"))
    assert refused.value.reason == "grid"


def test_a_fixed_slot_is_one_block_however_many_are_asked_for():
    plan = SchedulePlan(
        unit="hour",
        max_blocks=0,
        grid=SlotGrid(starts="fixed", fixed_slots=(FixedSlot(from_minute=1380, to_minute=30),)),
        opening=OpeningRules(open_by_default=True, merge_adjacent="same_day"),
    )
    calendar = ServiceCalendar(service_id=1, plan=plan)
    day = date(2024, 9, 10)
    assert [list_slots(calendar, {}, first=day, last=day, now=NOW, blocks=blocks) for blocks in (1, 2)] == [[], []]
    with pytest.raises(NotAvailable) as refused:
        fits(calendar, {}, "2024-09-10T23:00", wall_end=wall("2024-09-11T00:30"))
    assert refused.value.reason == "closed"


# Chosen lengths (bkap.md 7 F) ----------------------------------------------------------------------------------------


def test_every_minute_of_a_chosen_length_needs_room():
    plan = SchedulePlan(
        unit="hour",
        capacity=CapacityRules(limit=2),
        grid=SlotGrid(starts="any", origin="midnight"),
        opening=OpeningRules(open_by_default=True),
        max_blocks=8,
    )
    calendar = ServiceCalendar(service_id=1, plan=plan)
    held = {
        ("service", 1): [
            busy("2024-09-10T09:00", "2024-09-10T11:00"),
            busy("2024-09-10T10:00", "2024-09-10T12:00"),
        ]
    }
    found = list_slots(calendar, held, first=date(2024, 9, 10), last=date(2024, 9, 10), now=NOW)
    left = {offer.wall_start % 1440 // 60: offer.remaining for offer in found}
    assert (left[9], left[10], left[11], left[12]) == (1, 0, 1, 2)
    assert not fits(calendar, held, "2024-09-10T10:00", blocks=1)
    assert not fits(calendar, held, "2024-09-10T09:00", blocks=2)
    assert fits(calendar, held, "2024-09-10T11:10", blocks=2)


# Work hours with breaks (bookingpress.md 5.2) ------------------------------------------------------------------------


def _appointments(length: int, step: int | None, hours: tuple, *breaks: tuple, **facts) -> ServiceCalendar:
    plan = SchedulePlan(
        **{
            "unit": "minute",
            "length": length,
            "grid": SlotGrid(step_minutes=step or length),
            "booking_window": BookingWindowRules(notice_inclusive=False),
        }
        | facts
    )
    rules = (opens(*hours), *(closes(*window, strength=1) for window in breaks))
    return ServiceCalendar(service_id=1, plan=plan, rules=rules)


@pytest.mark.parametrize(
    ("calendar", "now", "expected"),
    [
        (
            _appointments(45, None, ("09:00", "17:00")),
            "2026-03-02T10:00",
            "09:00 09:45 10:30 11:15 12:00 12:45 13:30 14:15 15:00 15:45",
        ),
        (
            _appointments(60, None, ("09:00", "17:00"), ("12:30", "13:15")),
            "2026-03-02T10:00",
            "09:00 10:00 11:00 13:15 14:15 15:15",
        ),
        (
            _appointments(60, 30, ("09:00", "17:00"), ("12:30", "13:15")),
            "2026-03-02T10:00",
            "09:00 09:30 10:00 10:30 11:00 11:30 13:15 13:45 14:15 14:45 15:15 15:45",
        ),
        (_appointments(90, None, ("09:00", "12:00"), ("10:00", "10:15")), "2026-03-02T10:00", "10:15"),
        (
            _appointments(
                60,
                None,
                ("09:00", "12:00"),
                booking_window=BookingWindowRules(notice=Offset(40), notice_inclusive=False),
            ),
            "2026-03-09T09:20",
            "11:00",
        ),
        (_appointments(60, None, ("22:00", "00:00")), "2026-03-02T10:00", "22:00 23:00"),
    ],
    ids=["plain", "break", "break and step", "break in the way", "notice", "closes at midnight"],
)
def test_work_hours(calendar, now, expected):
    assert clock(list_slots(calendar, {}, first=MONDAY, last=MONDAY, now=stamp(now))) == expected


# What bookings take away (bookingpress.md 5.3, 5.4) ------------------------------------------------------------------


def _left(calendar: ServiceCalendar, held: dict, **facts) -> dict[str, int]:
    found = list_slots(calendar, held, first=MONDAY, last=MONDAY, now=NOW, **facts)
    return {clock([offer]): offer.remaining for offer in found}


def test_shared_capacity_counts_the_peak_until_the_sum_reaches_it():
    calendar = _appointments(
        60, 30, ("09:00", "12:00"), capacity=CapacityRules(limit=4), compatibility=Compatibility(overlap_counting="sum")
    )
    one_after_other = [
        busy("2026-03-09T09:00", "2026-03-09T09:30", 1),
        busy("2026-03-09T09:30", "2026-03-09T10:30", 2),
    ]
    assert _left(calendar, {("service", 1): one_after_other}) == {
        "09:00": 2, "09:30": 2, "10:00": 2, "10:30": 4, "11:00": 4,
    }  # fmt: skip
    full = [*one_after_other, busy("2026-03-09T09:00", "2026-03-09T09:30", 1)]
    assert _left(calendar, {("service", 1): full})["09:00"] == 0


def test_capacity_that_is_not_shared_belongs_to_the_very_slot():
    calendar = _appointments(
        60,
        30,
        ("09:00", "12:00"),
        capacity=CapacityRules(limit=3, sharing="session"),
    )
    held = {("service", 1): taken(calendar, "2026-03-09T10:00", 2)}
    assert _left(calendar, held, include_full=False) == {"09:00": 3, "10:00": 1, "11:00": 3}


def test_a_slot_of_another_service_is_gone_where_services_share_time():
    facts = {
        "capacity": CapacityRules(
            limit=3, pools=(Pool(kind="site", id=0, capacity=None, sharing="session", session_by="service"),)
        ),
    }
    calendar = _appointments(60, 60, ("09:00", "12:00"), **facts)
    other = ServiceCalendar(service_id=2, plan=calendar.plan, rules=calendar.rules)
    held = {
        ("service", 1): taken(calendar, "2026-03-09T11:00")[:1],
        ("site", 0): [taken(other, "2026-03-09T10:00")[1], taken(calendar, "2026-03-09T11:00")[1]],
    }
    assert _left(calendar, held) == {"09:00": 3, "10:00": 0, "11:00": 2}


def test_touching_is_not_overlapping():
    calendar = _appointments(60, None, ("09:00", "12:00"))
    assert _left(calendar, {("service", 1): taken(calendar, "2026-03-09T10:00")}) == {
        "09:00": 1,
        "10:00": 0,
        "11:00": 1,
    }


@pytest.mark.parametrize(("capacity", "expected"), [(1, "09:00 09:30 11:30"), (3, "09:00 09:30 10:30 11:30")])
def test_both_buffers_are_free_on_both_sides(capacity, expected):
    calendar = _appointments(
        30,
        None,
        ("09:00", "12:00"),
        capacity=CapacityRules(limit=capacity, sharing="session"),
        buffers=Buffers(before_minutes=30, combination="sum"),
    )
    held = {("service", 1): taken(calendar, "2026-03-09T10:30")}
    found = list_slots(calendar, held, first=MONDAY, last=MONDAY, now=NOW, include_full=False)
    assert clock(found) == expected
    assert capacity == 1 or {offer.remaining for offer in found if offer.wall_start % 1440 == 630} == {2}


# Employees with periods (bookablesites.md 4.3, 4.4) ------------------------------------------------------------------

_CLOSED = closes(strength=-1)
_PERIODS = (opens("09:00", "12:00", weekdays=(1,)), opens("13:00", "15:00", weekdays=(1,)))


def _employee(*rules, step=30, after=0, capacity=1, extra=0, length=60) -> ServiceCalendar:
    plan = SchedulePlan(
        unit="minute", length=length, grid=SlotGrid(step_minutes=step), buffers=Buffers(after_minutes=after, combination="sum"), opening=OpeningRules(merge_adjacent="same_rule", open_by_default=True),
        capacity=CapacityRules(limit=None), resources=ResourceRules(choice="either", calendar="intersect", order="least_busy_day"),

    )  # fmt: skip
    person = ResourceCalendar(id=7, rules=(_CLOSED, *_PERIODS, *rules), capacity=capacity, sharing="session")
    return ServiceCalendar(service_id=1, plan=plan, resources=(person,), extra_minutes=extra)


_SPECIAL = (
    closes(dates=(MONDAY,), strength=1),
    opens("10:00", "11:30", dates=(MONDAY,), strength=2),
)


@pytest.mark.parametrize(
    ("calendar", "booked", "expected"),
    [
        (_employee(), False, "09:00 09:30 10:00 10:30 11:00 13:00 13:30 14:00"),
        (_employee(step=60), False, "09:00 10:00 11:00 13:00 14:00"),
        (_employee(after=30), True, "13:00 13:30 14:00"),
        (_employee(), True, "09:00 11:00 13:00 13:30 14:00"),
        (_employee(*_SPECIAL), False, "10:00 10:30"),
        (_employee(*_SPECIAL, closes(dates=(MONDAY,), strength=9)), False, ""),
        (_employee(extra=30), False, "09:00 09:30 10:00 10:30 13:00 13:30"),
        (
            _employee(opens("12:00", "13:00", weekdays=(1,))),
            False,
            "09:00 09:30 10:00 10:30 11:00 12:00 13:00 13:30 14:00",
        ),
    ],
    ids=[
        "plain",
        "step is the length",
        "buffer",
        "booked",
        "special day",
        "day off",
        "extra",
        "touching periods",
    ],
)
def test_employee_hours(calendar, booked, expected):
    held = {("resource", 7): []}
    if booked:
        held[("resource", 7)] = taken(calendar, "2026-03-09T10:00", resource_id=7)[1:]
    found = list_slots(calendar, held, first=MONDAY, last=MONDAY, now=NOW, include_full=False)
    assert clock(found) == expected


def test_a_group_is_joined_and_everything_else_blocked():
    calendar = _employee(capacity=6)
    held = {("resource", 7): taken(calendar, "2026-03-09T10:00", 3, resource_id=7)[1:]}
    assert _left(calendar, held, include_full=False) == {
        "09:00": 6, "10:00": 3, "11:00": 6, "13:00": 6, "13:30": 6, "14:00": 6,
    }  # fmt: skip
    assert fits(calendar, held, "2026-03-09T10:00", 3, resource_id=7)
    assert not fits(calendar, held, "2026-03-09T10:00", 4, resource_id=7)
    assert not fits(calendar, held, "2026-03-09T10:30", 1, resource_id=7)


def test_the_least_busy_employee_is_tried_first():
    calendar = _employee()
    second = ResourceCalendar(id=8, rules=calendar.resources[0].rules, sharing="session")
    calendar = ServiceCalendar(service_id=1, plan=calendar.plan, resources=(*calendar.resources, second))
    held = {("resource", 7): [busy("2026-03-09T09:00", "2026-03-09T10:00")]}
    assert automatic_resources(calendar, held, wall_start=wall("2026-03-09T13:00")) == (8, 7)
    assert automatic_resources(calendar, held, wall_start=wall("2026-03-10T13:00")) == (7, 8)


@pytest.mark.parametrize(("ahead", "offered"), [(0, True), (30, True), (31, False)])
def test_the_last_day_of_the_horizon_counts_in_full(ahead, offered):
    plan = SchedulePlan(
        unit="minute",
        length=60,
        booking_window=BookingWindowRules(horizon=Offset(30, "day"), notice=Offset(2, "hour")),
    )
    calendar = ServiceCalendar(service_id=1, plan=plan, rules=(opens("09:00", "23:00"),), zone="America/New_York")
    day = MONDAY + timedelta(days=ahead)
    found = list_slots(calendar, {}, first=day, last=day, now=stamp("2026-03-09T12:00"))
    assert bool(found) is offered
    assert not offered or clock(found).endswith("22:00")


# Two resources with hours of their own (wc_bookings.md 5.9.6) ----------------------------------------------------------


def test_each_resource_opens_hours_of_its_own():
    plan = SchedulePlan(
        unit="minute", length=90, buffers=Buffers(after_minutes=30, checked="on_booking"), capacity=CapacityRules(limit=None), opening=OpeningRules(merge_adjacent="same_day"), resources=ResourceRules(choice="customer"),
        compatibility=Compatibility(rule_evaluation="strongest_rule_with_resource"), grid=SlotGrid(per_opening=True),
    )  # fmt: skip
    weekend = {"weekdays": (6, 7)}
    calendar = ServiceCalendar(
        service_id=655,
        plan=plan,
        resources=(
            ResourceCalendar(id=656, rules=(opens("18:00", "22:00", **weekend),)),
            ResourceCalendar(id=657, rules=(opens("12:00", "20:00", **weekend),)),
        ),
    )
    found = list_slots(calendar, {}, first=date(2020, 4, 25), last=date(2020, 4, 26), now=stamp("2020-04-20T00:00"))
    assert len(found) == 12
    saturday = [(offer.resource_id, clock([offer])) for offer in found if day_of(offer).day == 25]
    assert saturday == [
        (656, "18:00"), (656, "20:00"), (657, "12:00"), (657, "14:00"), (657, "16:00"), (657, "18:00"),
    ]  # fmt: skip
