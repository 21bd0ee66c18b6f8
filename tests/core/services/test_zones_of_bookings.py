"""A booking's instants, wall clock and zone stay consistent when the site changes its zone."""

from datetime import datetime, timedelta

import pytest

from core.db import fetch_all
from core.domain.requests import SKIP_ALL_BUT_CAPACITY, ChangeRequest
from core.domain.schedule import CapacityRules, SchedulePlan
from core.domain.site import Site
from core.services import bookings, doctor, repository, sessions, site
from tests.core.services.factories import NOW, asks, book, service

pytestmark = pytest.mark.usefixtures("store")
BERLIN, NEW_YORK = Site(timezone="Europe/Berlin"), Site(timezone="America/New_York")
PLAN = SchedulePlan(capacity=CapacityRules(limit=4), max_blocks=3)


def settled(id, status):
    return bookings.set_status(id, status, now=NOW)


def times_and_session(booking):
    return (booking.session_id, booking.start, booking.end, booking.wall_start, booking.wall_end, booking.zone)


CHANGES = {
    "persons": lambda b: bookings.update(b.id, ChangeRequest(persons=2), now=NOW),
    "persons, priced anew": lambda b: bookings.update(b.id, ChangeRequest(persons=2, reprice=True), now=NOW),
    "the same start once more": lambda b: bookings.update(
        b.id, ChangeRequest(wall_start=b.wall_start, wall_end=b.wall_end, persons=2), now=NOW
    ),
    "a note": lambda b: bookings.update(b.id, ChangeRequest(note="x"), now=NOW),
    "taken anew": lambda b: bookings.update(b.id, ChangeRequest(), now=NOW, reallocate=True),
    "cancelled and back": lambda b: (settled(b.id, "cancelled"), settled(b.id, "confirmed"))[1],
    "confirmed": lambda b: settled(b.id, "confirmed"),
    "another customer": lambda b: bookings.update(b.id, ChangeRequest(customer_id=CUSTOMERS[0]), now=NOW),
    "deleted and back": lambda b: (settled(b.id, "deleted"), settled(b.id, "paid"))[1],
}
CUSTOMERS: list[int] = []


@pytest.fixture
def room():
    site.configure(BERLIN)
    CUSTOMERS[:] = [repository.customers.create(now=NOW, first_name="Ann").id]
    return service(plan=PLAN)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("first", [True, False], ids=["alone", "in the session of one who left"])
def test_what_was_told_stays(room, change, first):
    leader = None if first else book(room.id)
    booking = book(room.id, status="pending")
    if leader:
        settled(leader.id, "cancelled")
    before = times_and_session(booking)
    site.configure(NEW_YORK)
    assert times_and_session(change(booking)) == before
    assert times_and_session(bookings.get(booking.id)) == before
    held = fetch_all('SELECT start, "end" FROM claim WHERE booking_id = ?', (booking.id,))
    assert set(held) == {(int(booking.start.timestamp()), int(booking.end.timestamp()))}
    assert doctor.examine(now=NOW).breaches == []


def test_a_hold_that_ran_out_is_taken_anew_where_it_was(room):
    hold = bookings.hold(asks(room.id), now=NOW, keep_for=timedelta(minutes=5))
    site.configure(NEW_YORK)
    after = bookings.set_status(hold.id, "confirmed", now=NOW + timedelta(minutes=6))
    assert times_and_session(after) == times_and_session(hold)


def test_another_length_keeps_the_start(room):
    booking = book(room.id)
    site.configure(NEW_YORK)
    after = bookings.update(booking.id, ChangeRequest(wall_end=booking.wall_end + timedelta(hours=1)), now=NOW)
    assert (after.start, after.zone, after.wall_start) == (booking.start, booking.zone, booking.wall_start)
    assert after.end - booking.end == timedelta(hours=1)


def test_another_start_is_one_on_the_clock_of_today(room):
    booking = book(room.id)
    site.configure(NEW_YORK)
    after = bookings.update(booking.id, ChangeRequest(wall_start=datetime(2026, 3, 4, 11)), now=NOW)
    assert (after.zone, after.wall_start, after.start.hour) == ("America/New_York", datetime(2026, 3, 4, 11), 16)
    assert doctor.examine(now=NOW).breaches == []


@pytest.mark.parametrize("zone, moves", [("", False), ("Asia/Tokyo", True)])
def test_another_place_has_its_own_clock_or_leaves_the_time_alone(room, zone, moves):
    booking = book(room.id)
    site.configure(NEW_YORK)
    location = repository.locations.create(now=NOW, name="There", zone=zone)
    after = bookings.update(
        booking.id, ChangeRequest(location_id=location.id, overrides=SKIP_ALL_BUT_CAPACITY), now=NOW
    )
    assert after.wall_start == booking.wall_start
    assert after.zone == (zone or booking.zone)
    assert (after.start != booking.start) is moves


def test_a_whole_session_stays_and_moves_together(room):
    booking_id = book(room.id).session_id
    assert book(room.id).session_id == booking_id
    site.configure(NEW_YORK)
    sessions.move(booking_id, ChangeRequest(wall_start=datetime(2026, 3, 5, 12)), statuses={"pending"}, now=NOW)
    members = sessions.get(booking_id, statuses={"pending"})
    assert [(b.zone, b.wall_start.hour, b.start.hour) for b in members] == [("America/New_York", 12, 17)] * 2


def test_who_comes_back_joins_those_who_took_the_time_meanwhile(room):
    one = book(room.id)
    settled(one.id, "cancelled")
    other = book(room.id)
    assert book(room.id).session_id == other.session_id
    assert other.session_id != one.session_id
    assert settled(one.id, "confirmed").session_id == other.session_id


def test_the_doctor_finds_a_start_that_is_not_that_of_its_clock(room):
    book(room.id)
    fetch_all("UPDATE booking SET wall_start = wall_start + 3600 RETURNING id")
    (breach,) = doctor.examine(now=NOW).breaches
    assert (breach.rule, breach.detail[:10]) == ("clocks", "starts at ")
