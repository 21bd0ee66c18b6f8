"""The doctor finds every breach, and nothing else."""

from datetime import timedelta

import pytest

from core.db import database
from core.domain.requests import RuleOverrides
from core.domain.schedule import Buffers, CalendarRule, CapacityRules, OpeningRules, ResourceRules, SchedulePlan
from core.services import bookings, doctor
from tests.core.services.factories import NOW, TUESDAY_NINE, WEEKDAYS, asks, book, person, resource, service

pytestmark = pytest.mark.usefixtures("store")


def rules_broken(now=NOW):
    return [(breach.rule, breach.detail) for breach in doctor.examine(now=now).breaches]


def broken(sql):
    database.execute_sql(sql)
    return [f"{rule}: {detail}" for rule, detail in rules_broken()]


def test_claims_whose_capacity_changes_on_the_way_are_well():
    small = CalendarRule(effect="open", weekdays=(2,), from_minute=600, to_minute=660, capacity=2)
    room = service(
        plan=SchedulePlan(capacity=CapacityRules(limit=5), max_blocks=4, buffers=Buffers(after_minutes=60)),
        rules=(WEEKDAYS, small),
    )
    for _ in range(2):
        book(room.id, blocks=3)
    book(room.id, blocks=1)
    assert rules_broken() == []


def test_a_place_sold_too_often_and_one_sold_so_on_purpose():
    room = service()
    book(room.id)
    book(room.id, overrides=RuleOverrides(capacity=True))
    assert rules_broken() == []
    (line,) = broken("UPDATE claim SET overbooked = FALSE")
    assert line == "capacity: 2 of 1 places at 2026-03-03T09:00:00+00:00"


def test_a_booking_in_the_pause_of_another():
    room = service(plan=SchedulePlan(buffers=Buffers(after_minutes=60)))
    book(room.id)
    second = book(room.id, wall_start=TUESDAY_NINE + timedelta(hours=2))
    assert rules_broken() == []
    start = 'start = start - 3600, "end" = "end" - 3600'
    database.execute_sql(f"UPDATE booking SET {start}, wall_start = wall_start - 3600 WHERE id = {second.id}")
    (line,) = broken(f"UPDATE claim SET {start} WHERE booking_id = {second.id}")
    assert line.startswith(f"pauses: booking {second.id} is in the pause of booking")


def test_very_long_neighbours_with_pauses_are_well():
    room = service(
        plan=SchedulePlan(
            unit="day",
            opening=OpeningRules(open_by_default=True),
            buffers=Buffers(after_minutes=1440),
            max_blocks=90,
            capacity=CapacityRules(limit=2),
        ),
        rules=(),
    )
    for day in (0, 0, 71, 71):
        book(room.id, wall_start=TUESDAY_NINE.replace(hour=0) + timedelta(days=day), blocks=70)
    assert rules_broken() == []


def test_places_that_would_run_out_under_a_settled_booking():
    room = service()
    book(room.id)
    (line,) = broken("UPDATE claim SET expires_at = 99999999999")
    assert line == "claims: is settled, but its places run out like those of a hold"


def test_a_person_who_is_booked_but_not_held():
    ola = person()
    room = service(plan=SchedulePlan(resources=ResourceRules(choice="customer")), resources=(ola, resource()))
    book(room.id, resource_id=ola.id)
    (line,) = broken("DELETE FROM claim WHERE subject_kind = 'resource'")
    assert line == f"claims: holds no place of its resource {ola.id}"


def test_a_hold_that_ran_out_is_no_breach():
    room = service()
    hold = bookings.hold(asks(room.id), now=NOW, keep_for=timedelta(minutes=5))
    later = NOW + timedelta(minutes=5)
    bookings.create(asks(room.id), now=later)
    assert rules_broken(later) == []
    assert bookings.get(hold.id).status == "hold"
