"""The site moves to another time zone; what was booked before stays when it was, whatever is changed through whom."""

from datetime import datetime

import pytest

from core.services import bookings, doctor
from frontdesk.testing.built_in import DRIVERS
from tests.contract.conftest import NOW, START, make_service, open_host

pytestmark = pytest.mark.slow

DIALECTS = sorted(DRIVERS)


def open_in(venue, zone):
    """The same store served in a zone; clients by dialect."""
    return open_host(venue.url, site={"timezone": zone}).clients


CHANGES = {
    "bkap: cancelled and back": ("bkap", "PUT", "bookings/{id}", [{"status": "cancelled"}, {"status": "confirmed"}]),
    "bkap: quantity": ("bkap", "PUT", "bookings/{id}", [{"quantity": 2}]),
    "wc: persons": ("wc_bookings", "PUT", "bookings/{id}", [{"persons": 2}]),
    "wc: cancelled and back": ("wc_bookings", "PUT", "bookings/{id}", [{"status": "cancelled"}, {"status": "paid"}]),
    "bs: persons": ("bookablesites", "PATCH", "bookings/{id}", [{"persons": 2}]),
    "bs: cancelled and back": (
        "bookablesites",
        "PATCH",
        "appointments/{session}",
        [{"status": "canceled"}, {"status": "approved"}],
    ),
    "bs: moved to when it is": (
        "bookablesites",
        "PATCH",
        "appointments/{session}",
        [{"date": "2026-03-03", "time": "09:00"}, {"start_date_time": "2026-03-03T08:00:00Z"}],
    ),
}


@pytest.mark.parametrize("name, method, path, bodies", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("seller", DIALECTS)
def test_a_booking_stays_when_it_was(venue, seller, name, method, path, bodies):
    service = make_service(capacity=5)
    sold = open_in(venue, "Europe/Berlin")[seller].book(service.id, START)
    assert sold.booked, sold.body
    before = bookings.get(sold.id)
    assert (before.zone, before.start.hour) == ("Europe/Berlin", 8)

    clients = open_in(venue, "America/New_York")
    client = clients[name]
    for body in bodies:
        where = path.format(id=sold.id, session=before.session_id)
        status, _, reply = client.send(method, f"{client.base}/{where}", body)
        assert status == 200, reply
    after = bookings.get(sold.id)
    assert (after.start, after.end, after.wall_start, after.zone) == (before.start, before.end, START, before.zone)
    assert after.session_id == before.session_id
    assert doctor.examine(now=NOW).breaches == []
    desk = clients["bookablesites"]
    shown = desk.send("GET", f"{desk.base}/appointments/{before.session_id}")[2]
    assert shown["start_date_time"] == "2026-03-03 09:00:00"


def test_another_time_is_one_that_is_offered_now(venue):
    service = make_service(capacity=5)
    sold = open_in(venue, "Europe/Berlin")["bookablesites"].book(service.id, START)
    desk = open_in(venue, "America/New_York")["bookablesites"]
    session = bookings.get(sold.id).session_id
    for wanted in ({"date": "2026-03-04", "time": "10:00"}, {"start_date_time": "2026-03-04T16:00:00Z"}):
        status, _, reply = desk.send("PATCH", f"{desk.base}/appointments/{session}", wanted)
        assert (status, reply["id"]) == (200, session), reply
        after = bookings.get(sold.id)
        hour = 10 if "date" in wanted else 11
        assert (after.zone, after.wall_start) == ("America/New_York", datetime(2026, 3, 4, hour))
    assert doctor.examine(now=NOW).breaches == []
