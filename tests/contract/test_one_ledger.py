"""A seat sold through one dialect is sold in all, and each says so in its own words."""

import pytest

from core.services import bookings, doctor
from tests.contract.clients import CLIENTS
from tests.contract.conftest import NOW, START, make_service

DIALECTS = sorted(CLIENTS)


@pytest.mark.parametrize("seller", DIALECTS)
def test_the_last_seat_sold_through_one_is_gone_in_all_and_freed_in_all(venue, seller):
    service = make_service(capacity=2)
    before = {name: client.left(service.id, START) for name, client in venue.clients.items()}
    assert before == dict.fromkeys(DIALECTS, 2)

    sold = [venue.clients[seller].book(service.id, START) for _ in range(2)]
    assert all(one.booked for one in sold), [one.body for one in sold]
    for name, client in venue.clients.items():
        assert client.left(service.id, START) == 0, name
        refused = client.book(service.id, START)
        assert not refused.booked, name
        assert client.is_refusal(refused), (name, refused)

    venue.clients[seller].cancel(sold[0].id)
    after = {name: client.left(service.id, START) for name, client in venue.clients.items()}
    assert after == dict.fromkeys(DIALECTS, 1)
    assert doctor.examine(now=NOW).breaches == []


@pytest.mark.parametrize("seller", DIALECTS)
@pytest.mark.parametrize("other", DIALECTS)
def test_a_booking_made_through_one_can_be_read_listed_and_cancelled_through_another(venue, seller, other):
    service = make_service()
    sold = venue.clients[seller].book(service.id, START)
    assert sold.booked, sold.body
    client = venue.clients[other]

    assert client.read(sold.id)[0] == 200, client.read(sold.id)
    assert sold.id in client.listed()
    client.cancel(sold.id)
    assert venue.clients[seller].left(service.id, START) == 1


@pytest.mark.parametrize("seller", DIALECTS)
def test_a_repeated_key_books_once_and_answers_the_same_bytes(venue, seller):
    service = make_service(capacity=5)
    client = venue.clients[seller]
    first = client.book(service.id, START, key="retry-1")
    again = client.book(service.id, START, key="retry-1")

    assert first.booked, first.body
    assert (again.status, again.body) == (first.status, first.body)
    assert bookings.page().total == 1
    other = client.book(service.id, START.replace(hour=11), key="retry-1")
    assert not other.booked
    assert 400 <= other.status < 500 or seller == "bookingpress"


@pytest.mark.parametrize("name", DIALECTS)
def test_what_cannot_be_booked_is_refused_and_stores_nothing(venue, name):
    service = make_service()
    for start in (START.replace(hour=7), START.replace(day=7), START.replace(minute=17)):
        assert not venue.clients[name].book(service.id, start).booked
    assert not venue.clients[name].book(987654, START).booked
    assert bookings.page().total == 0
