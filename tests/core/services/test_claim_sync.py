"""Claims follow later changes of settings, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.db import execute, fetch_all
from core.domain.requests import RuleOverrides
from core.domain.schedule import Buffers, CalendarRule, CapacityRules, Pool, SchedulePlan, SlotGrid
from core.domain.statuses import HOLD
from core.errors import NotAvailable
from core.migrate import CORE_OWNER, migrate
from core.services import availability, bookings, doctor, repository
from core.services.bookings import claim_sync
from tests.core.services.factories import NOW, TUESDAY_NINE, book, resource, service

pytestmark = pytest.mark.usefixtures("store")
ALL_DAY = (CalendarRule(effect="open"),)
HALF_HOURS = SchedulePlan(
    capacity=CapacityRules(limit=3, units_per="person"),
    grid=SlotGrid(step_minutes=30),
)
SLOTS = replace(
    HALF_HOURS,
    capacity=replace(HALF_HOURS.capacity, sharing="session", session_by="span"),
)
HALL = Pool(kind="site", id=0, capacity=None, sharing="session", session_by="service")


def change(number, plan):
    return repository.services.update(number, now=NOW, plan=plan)


def left(number, start=TUESDAY_NINE, **more):
    day = start.date()
    offers = availability.list_slots(number, first=day, last=day, now=NOW, per_resource=False, **more)
    minute = start.toordinal() * 1440 + start.hour * 60 + start.minute
    return next((offer.remaining for offer in offers if offer.wall_start == minute), None)


def claims(number):
    return fetch_all(
        "SELECT subject_kind, units, before, after, exclusive, session FROM claim WHERE booking_id = ?"
        " ORDER BY subject_kind, subject_id",
        (number,),
    )


def healthy():
    return doctor.examine(now=NOW).breaches == []


#: From one way of selling to another: places left at the booked slot and half an hour later, made before or after.
SWITCHES = {
    "places are no longer shared between slots": (HALF_HOURS, SLOTS, 2, 0),
    "places are shared again": (SLOTS, HALF_HOURS, 2, 2),
    "sessions go by their start": (SLOTS, replace(SLOTS, capacity=replace(SLOTS.capacity, session_by="start")), 2, 0),
    "sessions are the service's": (SLOTS, replace(SLOTS, capacity=replace(SLOTS.capacity, session_by="service")), 2, 2),
    "there is a pause now": (HALF_HOURS, replace(SLOTS, buffers=Buffers(before_minutes=30, after_minutes=30)), 2, 0),
    "the pause is over": (replace(SLOTS, buffers=Buffers(before_minutes=60, after_minutes=60)), HALF_HOURS, 2, 2),
    "more places": (HALF_HOURS, replace(HALF_HOURS, capacity=replace(HALF_HOURS.capacity, limit=9)), 8, 8),
    "a booking is one place, whoever comes": (
        HALF_HOURS,
        replace(HALF_HOURS, capacity=replace(HALF_HOURS.capacity, units_per="booking")),
        2,
        2,
    ),
    "a pool is joined": (HALF_HOURS, replace(HALF_HOURS, capacity=replace(HALF_HOURS.capacity, pools=(HALL,))), 2, 2),
    "a pool is left": (replace(HALF_HOURS, capacity=replace(HALF_HOURS.capacity, pools=(HALL,))), HALF_HOURS, 2, 2),
    "places are counted by location": (
        HALF_HOURS,
        replace(HALF_HOURS, capacity=replace(HALF_HOURS.capacity, scope="location")),
        2,
        2,
    ),
}


@pytest.mark.parametrize("name", SWITCHES)
def test_a_booking_from_before_counts_as_one_from_after(name):
    before, after, here, beside = SWITCHES[name]
    location = repository.locations.create(now=NOW, name="Here").id
    old, new = (service(plan=plan, rules=ALL_DAY).id for plan in (before, after))
    first = book(old, location_id=location).id
    change(old, after)
    second = book(new, location_id=location, wall_start=TUESDAY_NINE + timedelta(days=7)).id
    for number, week in ((old, 0), (new, 7)):
        start = TUESDAY_NINE + timedelta(days=week)
        assert left(number, start, location_id=location) == here
        assert left(number, start + timedelta(minutes=30), location_id=location) == beside
    assert [row[:5] for row in claims(first)] == [row[:5] for row in claims(second)]
    for _ in range(min(here, 2)):
        book(old, location_id=location)
    assert healthy()


def test_persons_become_places_and_stop_being_any():
    plan = replace(HALF_HOURS, capacity=replace(HALF_HOURS.capacity, limit=9))
    number = service(plan=plan, rules=ALL_DAY).id
    book(number, persons=4)
    change(number, replace(plan, capacity=replace(plan.capacity, units_per="booking")))
    assert left(number) == 8
    change(number, plan)
    assert left(number) == 5


def test_a_lower_pause_lets_neighbours_in_and_a_higher_one_keeps_them_out():
    plan = SchedulePlan(buffers=Buffers(before_minutes=60, after_minutes=60), grid=SlotGrid(step_minutes=30))
    number = service(plan=plan, rules=ALL_DAY).id
    book(number)
    beside = TUESDAY_NINE + timedelta(minutes=90)
    assert left(number, beside) == 0
    change(
        number,
        replace(
            plan,
            buffers=replace(plan.buffers, before_minutes=30, after_minutes=30),
        ),
    )
    assert left(number, beside) == 1
    change(
        number,
        replace(
            plan,
            buffers=replace(plan.buffers, before_minutes=0, after_minutes=0, combination="sum"),
        ),
    )
    assert left(number, TUESDAY_NINE + timedelta(minutes=60)) == 1
    change(number, replace(plan, buffers=replace(plan.buffers, combination="sum")))
    assert left(number, TUESDAY_NINE + timedelta(minutes=150)) == 0
    assert healthy()


def test_services_that_come_to_share_a_hall_keep_out_of_each_others_way():
    one, other = (service(plan=HALF_HOURS, rules=ALL_DAY).id for _ in range(2))
    book(one)
    for number in (one, other):
        change(number, replace(HALF_HOURS, capacity=replace(HALF_HOURS.capacity, pools=(HALL,))))
    assert (left(one), left(other)) == (2, 0)
    with pytest.raises(NotAvailable):
        book(other)
    for number in (one, other):
        change(number, HALF_HOURS)
    assert (left(one), left(other)) == (2, 3)


def test_what_does_not_fit_any_more_stays_and_is_marked():
    service_id = service(plan=HALF_HOURS, rules=ALL_DAY).id
    first = book(service_id)
    second = book(service_id, wall_start=TUESDAY_NINE + timedelta(minutes=30))
    change(service_id, SLOTS)
    assert (left(service_id), left(service_id, TUESDAY_NINE + timedelta(minutes=30))) == (0, 0)
    marked = fetch_all("SELECT booking_id, overbooked FROM claim ORDER BY id")
    assert [(id, bool(flag)) for id, flag in marked] == [(first.id, False), (second.id, True)]
    assert healthy()


def test_a_resource_that_serves_one_session_at_a_time_from_now_on():
    room = resource(capacity=4, sharing="units")
    plan = replace(
        HALF_HOURS,
        capacity=replace(HALF_HOURS.capacity, limit=None),
        resources=replace(HALF_HOURS.resources, choice="customer"),
    )
    one, other = (service(plan=plan, rules=ALL_DAY, resources=[room]).id for _ in range(2))
    book(one, resource_id=room.id)
    assert (left(one), left(other)) == (3, 3)
    repository.resources.update(room.id, now=NOW, sharing="session")
    assert (left(one), left(other)) == (3, 0)
    repository.resources.update(room.id, now=NOW, sharing="units")
    assert (left(one), left(other)) == (3, 3)


def test_holds_run_out_when_they_would_have_and_what_is_over_is_left_alone():
    service_id = service(plan=HALF_HOURS, rules=ALL_DAY).id
    until = NOW + timedelta(minutes=10)
    booking = book(service_id, status=HOLD, expires_at=until)
    past = book(
        service_id, wall_start=TUESDAY_NINE - timedelta(days=7), overrides=RuleOverrides(past=True, notice=True)
    )
    change(service_id, replace(SLOTS, capacity=replace(SLOTS.capacity, pools=(HALL,))))
    assert {row[0] for row in fetch_all("SELECT expires_at FROM claim WHERE booking_id = ?", (booking.id,))} == {
        int(until.timestamp())
    }
    assert len(claims(booking.id)) == 2
    assert [tuple(row) for row in claims(past.id)] == [("service", 1, 0, 0, claims(past.id)[0][4], "")]


def test_a_change_that_says_nothing_of_claims_touches_none(monkeypatch):
    service_id = service(plan=HALF_HOURS, rules=ALL_DAY).id
    book(service_id)
    monkeypatch.setattr(claim_sync, "reclaim", lambda *_, **__: pytest.fail("claims were looked at"))
    change(
        service_id,
        replace(
            HALF_HOURS, capacity=replace(HALF_HOURS.capacity, limit=9), persons=replace(HALF_HOURS.persons, maximum=4)
        ),
    )
    repository.services.update(service_id, now=NOW, name="New")


def test_a_store_with_claims_of_older_settings_is_mended_by_its_upgrade():
    service_id = service(plan=SLOTS, rules=ALL_DAY).id
    booking = bookings.get(book(service_id, wall_start=TUESDAY_NINE + timedelta(days=3650)).id)
    execute("UPDATE claim SET exclusive = ?, session = ''", (False,))
    day = booking.wall_start
    assert left(service_id, day) == 0
    execute("DELETE FROM core_migration WHERE name = ?", ("0005_claims_follow",))
    assert migrate([CORE_OWNER]) == ["core/0005_claims_follow"]
    assert left(service_id, day) == 2
