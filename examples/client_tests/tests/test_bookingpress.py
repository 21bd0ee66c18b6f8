"""The studio's client."""

from datetime import datetime

import pytest
from booking_client import BookingPressClient, Full, KeyRefused, Unreachable

YOGA = 1205
TEN = datetime(2026, 3, 11, 10)
MAIL = "mira@example.org"


def test_free_times(studio, day):
    assert "10:00" in studio.free_times(YOGA, day)
    assert "13:00" not in studio.free_times(YOGA, day)


def test_the_last_seats_are_sold_once(studio):
    studio.book(YOGA, TEN, MAIL, seats=12)
    with pytest.raises(Full):
        studio.book(YOGA, TEN, "ada@example.com")


def test_a_refusal_with_status_200_is_a_refusal(studio, frontdesk):
    frontdesk.fail("full")
    with pytest.raises(Full):
        studio.book(YOGA, TEN, MAIL)
    assert frontdesk.journal.calls("POST")[-1]["status"] == 200


def test_a_cancelled_seat_is_free_again(studio):
    studio.cancel(studio.book(YOGA, TEN, MAIL, seats=12))
    assert studio.book(YOGA, TEN, MAIL, seats=12)


def test_a_key_expires(frontdesk, sleep, day):
    settings = frontdesk.new_key("bookingpress", expires_in="30d")
    studio = BookingPressClient(settings.base_url, settings.key, sleep=sleep)
    assert studio.free_times(YOGA, day)
    frontdesk.clock.advance("31d")
    with pytest.raises(KeyRefused, match="expired"):
        studio.free_times(YOGA, day)


def test_a_rate_limit_is_waited_out(studio, day, frontdesk, waits):
    frontdesk.fail("rate_limited", times=2, retry_after=5)
    assert studio.free_times(YOGA, day)
    assert waits == [5.0, 5.0]


def test_a_site_that_is_down_stays_down(studio, day, frontdesk):
    frontdesk.fail("unavailable", retry_after=1)
    with pytest.raises(Unreachable, match="503"):
        studio.free_times(YOGA, day)


def test_the_key_is_sent_in_its_header(studio, day, frontdesk):
    studio.free_times(YOGA, day)
    (call,) = frontdesk.journal.calls()
    assert call["headers"]["x-bookingpress-api-key"].startswith("***")
