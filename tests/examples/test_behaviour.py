"""The three behaviour plugins do the same through all four dialects, moves, quotes and eight callers included."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest

from core import db
from core.domain.requests import ChangeRequest
from core.errors import Vetoed
from core.services import bookings, repository
from frontdesk.testing.built_in import DRIVERS
from tests.contract.conftest import NOW, START, make_service

pytestmark = pytest.mark.slow

#: A Tuesday; the next one is closed.
CLOSED = START + timedelta(days=7)
OPEN = START
REASON = "The painters are here."
ONE = "You have a booking on this day already."
EACH = pytest.mark.parametrize("name", sorted(DRIVERS))


def customer_of(venue, name):
    """The fields by which a dialect's caller names Mira; two of them go by the address in every body."""
    return {"customer_id": venue.ada} if name in ("bkap", "wc_bookings") else {}


@EACH
def test_a_closed_day_is_neither_offered_nor_sold_nor_moved_to(open_venue, name):
    venue = open_venue("blackout_days", days=[CLOSED.date().isoformat()], reason=REASON)
    client, room = venue.clients[name], make_service(capacity=9)

    assert client.left(room.id, CLOSED) == 0
    assert client.left(room.id, OPEN) == 9
    refused = client.book(room.id, CLOSED)
    assert not refused.booked
    assert REASON in str(refused.body)
    booked = client.book(room.id, OPEN)
    assert booked.booked, booked.body
    if name != "bookingpress":  # has no request that moves
        assert client.move(booked.id, CLOSED).status >= 400
    assert bookings.get(booked.id).wall_start == OPEN


def test_a_closed_day_is_refused_by_every_verb(open_venue):
    venue = open_venue("blackout_days", days=[CLOSED.date().isoformat()], reason=REASON)
    client, room = venue.clients["bookablesites"], make_service(capacity=9)
    id = client.book(room.id, OPEN).id

    for refused in (
        lambda: bookings.update(id, ChangeRequest(wall_start=CLOSED), now=NOW),
        lambda: bookings.update(id, ChangeRequest(wall_end=CLOSED + timedelta(hours=1)), now=NOW),
    ):
        with pytest.raises(Vetoed, match=REASON):
            refused()
    bookings.cancel(id, now=NOW)
    bookings.update(id, ChangeRequest(wall_start=CLOSED), now=NOW)
    with pytest.raises(Vetoed, match=REASON):
        bookings.set_status(id, "confirmed", now=NOW)


def test_a_closed_day_is_quoted_as_it_is_sold(open_venue):
    venue = open_venue("blackout_days", days=[CLOSED.date().isoformat()], reason=REASON)
    room = make_service(capacity=9)
    body = {
        "service": room.id,
        "time": "09:00",
        "customer": {"first_name": "Mira", "last_name": "Holt", "email": "mira@example.org"},
    }
    path = "/api/v1/bookings/quote"
    for day, available in ((CLOSED, False), (OPEN, True)):
        status, _, reply = venue.clients["bookablesites"].send("POST", path, {**body, "date": f"{day:%Y-%m-%d}"})
        assert (status, reply["available"]) == (200, available)
        assert (reply.get("reason") == REASON) is not available
    rest = venue.clients["wc_bookings"]
    for day, wanted in ((CLOSED, 400), (OPEN, 200)):
        query = f"product_id={room.id}&start={day:%Y-%m-%dT%H:%M}&duration=1"
        status, _, reply = rest.send("GET", f"/wp-json/wc-bookings/v2/quotes?{query}")
        assert status == wanted, reply
        assert (REASON in str(reply)) is (wanted == 400)


@EACH
def test_a_surcharge_is_in_the_price_that_a_dialect_computes(open_venue, name):
    venue = open_venue("surcharge", amount="4.50", weekdays=[2])
    client, room = venue.clients[name], make_service(capacity=9)

    booked, plain = client.book(room.id, OPEN), client.book(room.id, OPEN + timedelta(days=1))

    totals = [bookings.get(one.id).total for one in (booked, plain)]
    # BKAP's callers state their price.
    assert totals == ([Decimal(10), Decimal(10)] if name == "bkap" else [Decimal("14.5"), Decimal(10)])
    if name not in ("bkap", "bookingpress"):
        assert client.move(plain.id, OPEN + timedelta(hours=2)).status == 200


def test_a_surcharge_is_quoted_discounted_and_taxed_and_the_parts_add_up(open_venue):
    venue = open_venue("surcharge", amount="4.50", weekdays=[2])
    room = make_service(capacity=9)
    repository.coupons.create(now=NOW, code="HALF", discount=Decimal(50), discount_type="percentage")
    body = {"service": room.id, "date": f"{OPEN:%Y-%m-%d}", "time": "09:00", "coupon_code": "HALF"}
    body["customer"] = {"first_name": "Mira", "last_name": "Holt", "email": "mira@example.org"}
    client = venue.clients["bookablesites"]

    status, _, quoted = client.send("POST", "/api/v1/bookings/quote", body)
    price = quoted["bookings"][0]["price"]
    assert status == 200, quoted
    amounts = {key: Decimal(str(price[key])) for key in ("subtotal", "discount", "tax", "total")}
    assert amounts["subtotal"] == Decimal("14.5")
    assert amounts["subtotal"] - amounts["discount"] + amounts["tax"] == amounts["total"] == Decimal("7.25")

    status, _, booked = client.send("POST", "/api/v1/bookings", body)
    assert (status, booked["price"]) == (201, price)


@EACH
def test_a_second_booking_on_a_day_is_refused_in_the_vendor_s_words(open_venue, name):
    venue = open_venue("one_per_day")
    client, rooms = venue.clients[name], [make_service(capacity=9), make_service(capacity=9)]
    mira = customer_of(venue, name)

    first = client.book(rooms[0].id, OPEN, **mira)
    second = client.book(rooms[1].id, OPEN + timedelta(hours=3), **mira)
    other_day = client.book(rooms[1].id, OPEN + timedelta(days=1), **mira)

    assert (first.booked, second.booked, other_day.booked) == (True, False, True)
    assert ONE in str(second.body)
    if name != "bookingpress":
        assert client.move(other_day.id, OPEN + timedelta(hours=3)).status >= 400
        assert client.move(other_day.id, OPEN + timedelta(days=2)).status == 200
    assert client.book(rooms[0].id, OPEN + timedelta(days=2), **mira).booked is (name == "bookingpress")


def test_a_booking_that_changes_hands_or_returns_counts_too(open_venue):
    venue = open_venue("one_per_day")
    client, room = venue.clients["bookablesites"], make_service(capacity=9)
    bob = repository.customers.create(now=NOW, first_name="Bob").id
    mine = client.book(room.id, OPEN).id
    his = bookings.update(
        venue.clients["wc_bookings"].book(room.id, OPEN).id, ChangeRequest(customer_id=bob), now=NOW
    ).id

    with pytest.raises(Vetoed, match=ONE):
        bookings.update(his, ChangeRequest(customer_id=venue.ada), now=NOW)
    bookings.cancel(mine, now=NOW)
    bookings.update(his, ChangeRequest(customer_id=venue.ada), now=NOW)
    with pytest.raises(Vetoed, match=ONE):
        bookings.set_status(mine, "confirmed", now=NOW)


def test_eight_callers_through_four_dialects_and_eight_services_get_one_booking_a_day(open_venue):
    venue = open_venue("one_per_day")
    rooms = [make_service(capacity=9) for _ in range(8)]
    names = sorted(DRIVERS) * 2
    barrier = threading.Barrier(8)

    def book(number, day):
        barrier.wait(30)
        try:
            name = names[number]
            return venue.clients[name].book(rooms[number].id, day, **customer_of(venue, name))
        finally:
            db.close_database()

    with ThreadPoolExecutor(8) as pool:
        for week in range(3):
            day = OPEN + timedelta(days=7 * week)
            outcomes = list(pool.map(book, range(8), [day] * 8))
            assert [outcome.booked for outcome in outcomes].count(True) == 1
            assert all(outcome.booked or ONE in str(outcome.body) for outcome in outcomes)
