"""The shop's client, with the official library."""

from datetime import datetime

import pytest
from booking_client import Full, KeyRefused, Unreachable, VendorError, WcBookingsClient

ROOM = 1101
TEN = datetime(2026, 3, 11, 10)


def test_free_times_are_those_of_the_day(shop, day):
    assert shop.free_times(ROOM, day)[:2] == [datetime(2026, 3, 11, 8), datetime(2026, 3, 11, 9)]


def test_a_booking_takes_its_time(shop, day):
    shop.book(ROOM, TEN)
    assert TEN not in shop.free_times(ROOM, day)


def test_what_is_taken_cannot_be_booked_again(shop):
    shop.book(ROOM, TEN)
    with pytest.raises(Full):
        shop.book(ROOM, TEN)


def test_somebody_else_may_be_quicker(shop, frontdesk):
    frontdesk.fail("full")
    with pytest.raises(Full, match="not available"):
        shop.book(ROOM, TEN)


def test_a_cancelled_time_is_free_again(shop, day):
    shop.cancel(shop.book(ROOM, TEN))
    assert TEN in shop.free_times(ROOM, day)


def test_the_client_sends_what_the_vendor_knows(shop, day, frontdesk):
    shop.free_times(ROOM, day)
    shop.book(ROOM, TEN)
    frontdesk.journal.assert_called("POST", "*/bookings", times=1, body={"product_id": ROOM, "status": "confirmed"})
    assert frontdesk.journal.hints() == []


def test_all_pages_are_read(shop, frontdesk):
    ids = [shop.book(ROOM, datetime(2026, 3, day, hour)) for day in (9, 10) for hour in range(8, 15)]
    assert sorted(shop.all_bookings()) == sorted(ids)
    frontdesk.journal.assert_called("GET", "*/bookings", times=2)


def test_a_rate_limit_is_waited_out(shop, day, frontdesk, waits):
    frontdesk.fail("rate_limited", times=1, retry_after=20)
    assert shop.free_times(ROOM, day)
    assert waits == [20.0]


def test_reading_is_tried_again_after_a_cut(shop, day, frontdesk):
    fault = frontdesk.fail("cut", method="GET", times=2)
    assert shop.free_times(ROOM, day)
    assert fault.used == 2


def test_reading_is_given_up_in_the_end(shop, day, frontdesk):
    frontdesk.fail("page", status=502)
    with pytest.raises(Unreachable, match="502"):
        shop.free_times(ROOM, day)
    frontdesk.journal.assert_called("GET", times=3)


def test_a_booking_whose_answer_is_lost_is_not_made_twice(shop, frontdesk):
    frontdesk.fail("lost_answer", method="POST")
    with pytest.raises(Unreachable):
        shop.book(ROOM, TEN)
    frontdesk.clear_faults()
    assert len(shop.all_bookings()) == 1


def test_a_slow_shop_is_not_waited_for(frontdesk):
    settings = frontdesk.settings("wc_bookings")
    hasty = WcBookingsClient(settings.url, settings.key, settings.secret, timeout=0.1)
    frontdesk.fail("delay", seconds=10)
    with pytest.raises(Unreachable, match="Timeout"):
        hasty.book(ROOM, TEN)


def test_an_expired_key_is_said_plainly(shop, frontdesk):
    frontdesk.fail("expired_key")
    with pytest.raises(KeyRefused, match="Consumer key is invalid"):
        shop.all_bookings()


def test_a_wrong_product_is_an_error(shop):
    with pytest.raises(VendorError):
        shop.book(999_999, TEN)
