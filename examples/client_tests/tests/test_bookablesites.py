"""The salon's client."""

from datetime import datetime

import pytest
from booking_client import Full, KeyRefused, Unreachable

HAIRCUT = 1204
ELEVEN = datetime(2026, 3, 11, 11)
MAIL = "ada@example.com"


def test_free_times(salon, day):
    assert "11:00" in salon.free_times(HAIRCUT, day)


def test_one_token_serves_for_many_calls(salon, day, frontdesk):
    salon.free_times(HAIRCUT, day)
    salon.book(HAIRCUT, ELEVEN, MAIL)
    frontdesk.journal.assert_called("POST", "/auth/token", times=1)


def test_an_expired_token_is_renewed(salon, day, frontdesk):
    salon.free_times(HAIRCUT, day)
    frontdesk.clock.advance(hours=2)
    assert salon.free_times(HAIRCUT, day)
    frontdesk.journal.assert_called("POST", "/auth/token", times=2)


def test_both_employees_can_be_taken_and_then_nobody_is_left(salon):
    salon.book(HAIRCUT, ELEVEN, MAIL)
    salon.book(HAIRCUT, ELEVEN, "mira@example.org")
    with pytest.raises(Full):
        salon.book(HAIRCUT, ELEVEN, "third@example.org")


def test_a_lost_answer_does_not_book_twice(salon, frontdesk):
    frontdesk.fail("lost_answer", method="POST", path="/api/v1/bookings", times=1)
    booking = salon.book(HAIRCUT, ELEVEN, MAIL)
    assert salon.bookings() == [booking]
    frontdesk.journal.assert_called("POST", "/api/v1/bookings", times=2)


def test_half_an_answer_is_none(salon, frontdesk):
    frontdesk.fail("half_answer", path="/api/v1/bookings")
    with pytest.raises(Unreachable):
        salon.bookings()


def test_bookings_are_told(salon, frontdesk):
    salon.listen("appointment.booked", "https://shop.example/hook")
    salon.book(HAIRCUT, ELEVEN, MAIL)
    (told,) = frontdesk.webhooks.all()
    assert told["url"] == "https://shop.example/hook"
    assert told["headers"]["X-Bookablesites-Event"] == "appointment.booked"


def test_a_revoked_secret_is_said_plainly(salon, frontdesk):
    frontdesk.fail("expired_key")
    with pytest.raises(KeyRefused):
        salon.bookings()
