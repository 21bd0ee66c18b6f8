"""A person who booked through every dialect is erased: no dialect, export or row knows them any more."""

from datetime import timedelta

import pytest

from core.services import bookings, doctor, privacy, repository
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.host import close_host
from frontdesk.testing.stores import KINDS, open_store
from tests.contract import venues
from tests.contract.conftest import NOW, START, make_service

pytestmark = pytest.mark.slow

MIRA = "mira.quayle@example.org"
NAME = {"first_name": "Mira", "last_name": "Quayle", "email": MIRA}
WISH = "near the harbour window"

#: What each dialect's clients send about a person with a booking.
TELLS = {
    "bkap": {},
    "wc_bookings": {"local_timezone": WISH},
    "bookingpress": {
        "customer_firstname": "Mira",
        "customer_lastname": "Quayle",
        "customer_email": MIRA,
        "customer_phone": "3055512345",
        "appointment_note": WISH,
        "form_fields": {"wish": WISH},
    },
    "bookablesites": {"customer": NAME, "custom_fields": {"wish": WISH}, "note": WISH},
}
TRACES = ("quayle", WISH, "3055512345", "5551234")


@pytest.fixture
def booked(venue):
    """A booking through each dialect, under an idempotency key, and the customer whose it is."""
    room = make_service(10)
    customer = repository.customers.create(now=NOW, phone="+49 30 5551234", note=WISH, **NAME)
    for number, (name, tells) in enumerate(TELLS.items()):
        own = {"customer_id": customer.id} if name in ("bkap", "wc_bookings") else {}
        outcome = venue.clients[name].book(room.id, START + timedelta(hours=number), key=f"k{name}", **own, **tells)
        assert outcome.id, outcome
    return venue


def test_each_dialect_forgets_and_the_business_stays(booked, tmp_path):
    before = {booking.id: booking for booking in bookings.page().items}
    assert {booking.origin for booking in before.values()} == set(DRIVERS)
    text = venues.whole(tmp_path / "before.ndjson").decode().lower()
    assert "quayle" in text
    assert WISH in text

    erasure = privacy.erase_person(email=MIRA, now=NOW, keep_upcoming=True)

    assert set(erasure.kept_bookings) == set(before)
    assert erasure.unknown_dialects == ()
    text = venues.whole(tmp_path / "after.ndjson").decode().lower()
    assert [trace for trace in TRACES if trace in text] == []
    assert doctor.examine(now=NOW).breaches == []
    for booking in bookings.page().items:
        was = before[booking.id]
        assert (booking.total, booking.start, booking.status) == (was.total, was.start, was.status)
        for client in booked.clients.values():
            status, body = client.read(booking.id)
            assert status < 500
            assert "quayle" not in str(body).lower()
    for name, client in booked.clients.items():
        assert client.listed(), name
        for path in venues.COLLECTIONS[name]:
            status, _, body = client.send("GET", path)
            assert status == 200
            assert "quayle" not in str(body).lower()


@pytest.mark.parametrize("name", DRIVERS)
def test_a_retry_of_a_booking_still_gets_its_reply(booked, name):
    room = bookings.page().items[0].service_id
    count = bookings.page().total
    privacy.erase_person(email=MIRA, now=NOW, keep_upcoming=True)
    number = list(TELLS).index(name)
    customer = next(one for one in repository.customers.list_all())
    own = {"customer_id": customer.id} if name in ("bkap", "wc_bookings") else {}

    outcome = booked.clients[name].book(room, START + timedelta(hours=number), key=f"k{name}", **own, **TELLS[name])

    assert outcome.id
    assert "quayle" not in str(outcome.body).lower()
    assert bookings.page().total == count


@pytest.mark.parametrize("dialect", DRIVERS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_exported_after_an_erasure_is_read_again(kind, dialect, tmp_path):
    with venues.venue_at(open_store(kind, tmp_path)) as venue:
        venues.furnish(venue)
        clients = venues.make_clients(venue)
        service = venues.services()[dialect][0]
        minutes = service.plan.length * {"hour": 60, "minute": 1}.get(service.plan.unit, 24 * 60)
        clients[dialect].book(service.id, START + timedelta(days=1), minutes, **TELLS[dialect])
        for customer in repository.customers.list_all():
            privacy.erase_person(customer_ids=[customer.id], now=venue.clock.now, keep_upcoming=True)
        document = venues.dump(venue, dialect)
    close_host()

    assert "quayle" not in str(document).lower()
    (tmp_path / "other").mkdir()
    with venues.venue_at(open_store(kind, tmp_path / "other")) as other:
        venues.load(other, dialect, document)
        assert doctor.examine(now=other.clock.now).breaches == []
