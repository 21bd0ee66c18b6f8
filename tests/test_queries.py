"""No read of any dialect makes more than six queries, however many records it shows; a create has its own number.

Before the first of them, the host reads the version of the settings, on SQLite the version of all that is set up, for
every request alike. There a request is spared what ``core.kept_reads`` keeps.
"""

from contextlib import contextmanager
from datetime import timedelta

import pytest

from core import db
from frontdesk.testing.built_in import DRIVERS
from tests.contract.conftest import START, make_service, venue  # noqa: F401

#: The budget of bench/README.md.
MOST = 6
VERSIONS = ("SELECT version FROM setup_version", "SELECT version FROM setting_version WHERE id = 1")
DAY, END = f"{START:%Y-%m-%d}", f"{START + timedelta(days=27):%Y-%m-%d}"

READS = {
    "bkap": [
        "/bookings/{booking}",
        "/bookings?limit=10",
        "/bookings?limit=10&product_id={service}&status=paid",
        "/bookings/count",
        "/bookings/availability?product_id={service}&start_date={day}&end_date={end}",
        "/bookings/price?product_id={service}&start_date={day}&start_time=09:00&end_time=10:00",
        "/products",
        "/resources",
    ],
    "wc_bookings": [
        "/bookings/{booking}",
        "/bookings?per_page=10",
        "/bookings?per_page=10&product={service}&booking_status=paid",
        "/products/slots?product_ids={service}&min_date={day}&max_date={end}",
        "/products?per_page=10",
        "/resources",
        "/wp-json/wc-bookings/v2/quotes?product_id={service}&start={day}T12:00:00&end={day}T13:00:00",
    ],
    "bookingpress": [
        "/appointments/{booking}",
        "/appointments?per_page=10",
        "/appointments?per_page=10&service_id={service}&appointment_status=1",
        "/services",
        "/customers",
        "/payments",
        "/staffmembers",
    ],
    "bookablesites": [
        "/bookings/{booking}",
        "/bookings?limit=10",
        "/bookings?limit=10&service={service}&status=approved",
        "/available-times?service={service}&calendar_start_date={day}&calendar_end_date={end}",
        "/customers",
        "/services",
        "/employees",
    ],
}


@contextmanager
def statements():
    """The statements of everything in the block."""
    asked: list[str] = []
    db.database.obj.query_hooks.append(lambda event: asked.append(event.sql))
    try:
        yield asked
    finally:
        db.database.obj.query_hooks.clear()


def test_every_dialect_is_asked():
    assert set(READS) == set(DRIVERS)


@pytest.mark.parametrize("venue", ["sqlite"], indirect=True)
@pytest.mark.parametrize("dialect", READS)
def test_a_read_makes_few_queries(venue, dialect):  # noqa: F811
    service = make_service(capacity=9)
    client = venue.clients[dialect]
    made = [one.book(service.id, START + timedelta(hours=hour)) for one in venue.clients.values() for hour in range(3)]
    assert all(outcome.booked for outcome in made)
    own = client.book(service.id, START + timedelta(hours=4))
    for template in READS[dialect]:
        base = "" if template.startswith("/wp-json/") else client.base
        path = base + template.format(booking=own.id, service=service.id, day=DAY, end=END)
        # The first one also fills what is kept for good.
        client.send("GET", path)
        db.execute("UPDATE booking SET note = note WHERE id = ?", (own.id,))

        with statements() as asked:
            status, _, body = client.send("GET", path)
        with statements() as asked_again:
            client.send("GET", path)

        assert status == 200, (path, body)
        assert asked[0] == VERSIONS[0]
        assert len(asked[1:]) <= MOST, (path, asked)
        assert not [text for text in asked if text == VERSIONS[1] or " FROM credential " in text]
        assert len(asked_again) < len(asked), (path, asked_again)
        assert VERSIONS[0] not in asked_again


#: Statements of a create, beside the version of what is set up: on SQLite, and on PostgreSQL beside the version of the
#: settings and the sign-in; there it also locks what is claimed and has savepoints inside of transactions.
MOST_OF_A_CREATE = {"bkap": (7, 10), "wc_bookings": (7, 10), "bookingpress": (7, 14), "bookablesites": (8, 17)}
#: A key is looked up, and the reply is stored; on SQLite its transaction reads services and settings again, on PostgreSQL
#: the key is locked too, and the savepoint is another one.
MOST_OF_A_KEY = {"bkap": (3, 5), "wc_bookings": (3, 5), "bookingpress": (4, 5), "bookablesites": (2, 5)}
#: The same for a create that is refused, in all.
MOST_OF_A_REFUSAL_WITH_KEY = 7


@contextmanager
def recorded():
    """The statements of everything in the block, without the version of the settings and the sign-in."""
    with statements() as asked:
        yield asked
    asked[:] = [text for text in asked if text not in VERSIONS and " FROM credential WHERE " not in text]


@pytest.mark.parametrize("dialect", DRIVERS)
def test_a_create_makes_few_queries(venue, dialect):  # noqa: F811
    service = make_service(capacity=1)
    client = venue.clients[dialect]
    # The first one stores the customer and when the key was used; the second one fills what is kept for good.
    assert client.book(service.id, START).booked
    assert client.book(service.id, START + timedelta(hours=4)).booked
    on = db.is_postgres()
    most, most_of_a_key = MOST_OF_A_CREATE[dialect][on], MOST_OF_A_KEY[dialect][on]

    with recorded() as created:
        assert client.book(service.id, START + timedelta(hours=1)).booked
    with recorded() as refused:
        assert not client.book(service.id, START + timedelta(hours=1)).booked
    with recorded() as keyed:
        assert client.book(service.id, START + timedelta(hours=2), key="k").booked
    with recorded() as refused_with_key:
        assert not client.book(service.id, START + timedelta(hours=2), key="another").booked

    assert len(created) <= most, created
    assert len(keyed) <= most + most_of_a_key, keyed
    for statements in (created, keyed):
        assert len([text for text in statements if '"booking" (' in text or text.startswith("UPDATE booking ")]) == 1
    if not on:
        # Nothing is written for what is refused, and there is nothing to undo.
        assert len(refused) <= most // 2 + 1, refused
        assert all(text.startswith("SELECT ") for text in refused), refused
        assert len(refused_with_key) <= MOST_OF_A_REFUSAL_WITH_KEY, refused_with_key
