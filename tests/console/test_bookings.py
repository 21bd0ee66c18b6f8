"""The calendar and the bookings: seen, moved, cancelled, overbooked, refused with the reason."""

from datetime import datetime, timedelta

import pytest

from core.services import audit, bookings, doctor
from core.services.audit import Filter
from core.services.repository import services
from frontdesk.testing.venue import NOW
from tests.contract.conftest import START, make_service

JSON = {"Accept": "application/json"}
SCRIPT = "<script>alert(1)</script>"


def book(desk, dialect, service, start=START):
    """The number of a booking made through a dialect."""
    outcome = desk.clients[dialect].book(service.id, start)
    assert outcome.booked
    return outcome.id


def entries(desk, start="2026-03-02", end="2026-03-09", **query):
    return desk.anna.get("/desk/calendar/entries", {"start": start, "end": end, **query}, headers=JSON).json


@pytest.fixture
def room(any_desk):
    return make_service(capacity=2)


def test_a_booking_of_every_dialect_is_on_the_calendar(any_desk, room):
    for hour, dialect in enumerate(any_desk.clients):
        book(any_desk, dialect, room, START + timedelta(hours=hour))

    shown = entries(any_desk)

    assert {entry["dialect"] for entry in shown} == set(any_desk.clients)
    assert [entry["start"] for entry in shown] == sorted(entry["start"] for entry in shown)
    assert shown[0]["start"] == START.isoformat()


def test_a_month_is_counted_by_day_with_what_is_left(any_desk, room):
    book(any_desk, "bkap", room)
    book(any_desk, "wc_bookings", room)

    month = entries(any_desk, "2026-03-01", "2026-04-05", service=room.id)

    day = next(entry for entry in month if entry["day"] == START.date().isoformat())
    assert day["count"] == 2
    other = next(entry for entry in month if entry["day"] == (START + timedelta(days=1)).date().isoformat())
    assert other["left"] - day["left"] == 2


def test_a_week_of_one_service_shows_what_is_free(any_desk, room):
    book(any_desk, "bkap", room)

    slots = [entry for entry in entries(any_desk, service=room.id) if "left" in entry]

    assert next(slot for slot in slots if slot["start"] == START.isoformat())["left"] == 1


@pytest.mark.parametrize(
    "query",
    [
        {"start": "x", "end": "y"},
        {"start": "2026-03-02", "end": "2026-03-01"},
        {"start": "2026-03-02", "end": "2027-03-02"},
        {"start": "0001-01-01", "end": "0001-01-02"},
        {"start": "9999-12-30", "end": "9999-12-31"},
        {},
    ],
)
def test_a_span_that_cannot_be_shown_is_refused(desk, query):
    refused = desk.anna.get("/desk/calendar/entries", query, headers=JSON, expect_errors=True)
    assert refused.status_int == 422
    assert refused.json["error"]


def post(desk, booking_id, fields, who="otto", **options):
    return desk.people[who].send(f"/desk/bookings/{booking_id}", fields, expect_errors=True, **options)


def test_an_operator_moves_a_booking_and_the_log_says_who_and_why(any_desk, room):
    booking_id = book(any_desk, "bkap", room)
    later = START + timedelta(hours=2)

    moved = post(any_desk, booking_id, {"action": "move", "start": later.isoformat(), "reason": "she is late"})

    assert moved.status_int == 303
    assert bookings.get(booking_id).wall_start == later
    entry = audit.entries(Filter(kind="booking.rescheduled"), limit=1)[0]
    assert (entry.actor, entry.reason, entry.subject_id) == ("operator:otto", "she is late", booking_id)
    page = any_desk.anna.get(f"/desk/bookings/{booking_id}").text
    assert "operator:otto" in page
    assert "she is late" in page


def test_a_full_time_is_refused_with_the_reason_and_overbooked_on_purpose(any_desk):
    room = make_service(capacity=1)
    first = book(any_desk, "bkap", room)
    second = book(any_desk, "wc_bookings", room, START + timedelta(hours=1))
    move = {"action": "move", "start": START.isoformat()}

    refused = post(any_desk, second, move, headers=JSON)
    assert refused.status_int == 409
    assert "places asked for are left" in refused.json["error"]
    assert "/desk/explain?" in refused.json["explain"]

    silent = post(any_desk, second, move | {"overbook": "1"})
    assert silent.status_int == 409
    assert "Say why" in silent.text
    assert bookings.get(second).wall_start == START + timedelta(hours=1)

    assert post(any_desk, second, move | {"overbook": "1", "reason": "twins"}).status_int == 303
    assert bookings.get(second).wall_start == START
    assert "overbooked" in any_desk.anna.get(f"/desk/bookings/{second}").text
    assert "cancelled" not in (bookings.get(first).status, bookings.get(second).status)
    assert doctor.examine(now=NOW).breaches == []


def test_rules_are_ignored_only_with_a_reason(any_desk, room):
    booking_id = book(any_desk, "bkap", room)
    night = START.replace(hour=23)
    move = {"action": "move", "start": night.isoformat()}
    assert post(any_desk, booking_id, move).status_int == 409
    assert post(any_desk, booking_id, move | {"ignore_rules": "1"}).status_int == 409
    assert post(any_desk, booking_id, move | {"ignore_rules": "1", "reason": "late show"}).status_int == 303
    assert bookings.get(booking_id).wall_start == night


def test_cancelling_frees_the_place_for_every_dialect(any_desk):
    room = make_service(capacity=1)
    booking_id = book(any_desk, "bkap", room)
    assert post(any_desk, booking_id, {"action": "cancel", "reason": "ill"}).status_int == 303
    assert bookings.get(booking_id).status == "cancelled"
    book(any_desk, "bookingpress", room)
    revived = post(any_desk, booking_id, {"action": "status", "status": "confirmed"})
    assert revived.status_int == 409
    assert "places asked for are left" in revived.text


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "move", "start": "tomorrow"},
        {"action": "move", "start": "0001-01-01T00:00"},
        {"action": "move", "start": "9999-01-01T00:00"},
        {"action": "move", "start": "2026-03-03T10:00", "resource": "99999"},
        {"action": "move", "start": "2026-03-03T10:00", "resource": "-1"},
        {"action": "status", "status": "hold"},
        {"action": "status", "status": "<b>"},
        {"action": "explode"},
        {},
        {"action[]": "x"},
        {"action": "cancel", "version": "999"},
    ],
)
def test_a_form_that_makes_no_sense_is_refused_and_changes_nothing(desk, fields):
    room = make_service(capacity=2)
    booking_id = book(desk, "bkap", room)
    before = bookings.get(booking_id)
    assert post(desk, booking_id, fields).status_int == 409
    assert bookings.get(booking_id) == before


def test_a_viewer_changes_nothing(desk):
    room = make_service(capacity=2)
    booking_id = book(desk, "bkap", room)
    assert post(desk, booking_id, {"action": "cancel"}, who="vera").status_int == 403
    assert bookings.get(booking_id).status != "cancelled"
    assert "Cancel the booking" not in desk.vera.get(f"/desk/bookings/{booking_id}").text


def test_somebody_elses_change_is_not_undone(desk):
    room = make_service(capacity=2)
    booking_id = book(desk, "bkap", room)
    version = bookings.get(booking_id).version
    bookings.set_status(booking_id, "paid", now=NOW)
    refused = post(desk, booking_id, {"action": "cancel", "version": str(version)})
    assert refused.status_int == 409
    assert "Somebody has changed this booking" in refused.text


def test_names_from_outside_are_only_text(desk):
    room = make_service(capacity=9, name=f"Room {SCRIPT}")
    ids = [book(desk, dialect, room) for dialect in desk.clients]
    services.update(room.id, now=NOW, name=f"Room {SCRIPT}")
    for path in (
        "/desk",
        "/desk/calendar/list",
        "/desk/calendar",
        "/desk/bookings",
        *(f"/desk/bookings/{id}" for id in ids),
    ):
        text = desk.anna.get(path, {"date": START.date().isoformat()}).text
        assert SCRIPT not in text


def test_a_booking_is_found_by_number_and_by_customer(any_desk, room):
    booking_id = book(any_desk, "bookablesites", room)
    assert any_desk.anna.get("/desk/bookings", {"q": str(booking_id)}).location.endswith(f"/desk/bookings/{booking_id}")
    booking = bookings.get(booking_id)
    name = booking.snapshot["customer"]["last_name"]
    assert f"/desk/bookings/{booking_id}" in any_desk.anna.get("/desk/bookings", {"q": name}).text
    assert "No booking matches." in any_desk.anna.get("/desk/bookings", {"q": "nobody at all"}).text


def test_pages_of_bookings_that_are_not_there(desk):
    for path in ("/desk/bookings/99999", "/desk/bookings/x", "/desk/bookings/999999999999999999999"):
        assert desk.anna.get(path, expect_errors=True).status_int == 404


def test_the_list_turns_its_pages(desk):
    room = make_service(capacity=999)
    start = datetime(2026, 3, 3, 9)
    for number in range(52):
        book(desk, "bkap", room, start + timedelta(hours=number % 8))
    first = desk.anna.get("/desk/bookings")
    assert "52 bookings" in first.text
    assert first.click("Older").text.count("/desk/bookings/") >= 2
