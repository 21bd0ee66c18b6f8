"""Small businesses for tests of services: rows with sane defaults."""

from core.domain.records import Booking
from core.domain.requests import BookingRequest
from core.services import bookings
from frontdesk.testing.venue import NOW, START, WEEKDAYS, Clock, Factories

__all__ = ["NOW", "WEEKDAYS"]

TUESDAY_NINE = START

_make = Factories(Clock(NOW))
service, resource, person = _make.service, _make.resource, _make.staff


def asks(service_id: int, **values) -> BookingRequest:
    """A request for Tuesday at nine."""
    return BookingRequest(**{"service_id": service_id, "wall_start": TUESDAY_NINE, "origin": "test", **values})


def book(service_id: int, **values) -> Booking:
    return bookings.create(asks(service_id, **values), now=NOW)
