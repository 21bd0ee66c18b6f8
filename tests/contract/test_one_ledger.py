"""A seat sold through one dialect is sold in all, and each says so in its own words; every pair of dialects."""

import pytest

from core.services import doctor
from frontdesk.testing.built_in import DRIVERS
from tests.contract.conftest import NOW, START, make_service

DIALECTS = sorted(DRIVERS)


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
