"""Bookings follow their order's status (fact sheet, section 4.2); orders that follow bookings are core's affair."""

from datetime import datetime

from core.domain import statuses
from core.domain.records import Booking, Event
from core.services import bookings
from plugins.wc_bookings.translate.bookings import NAME

_PAID = frozenset({"processing", "completed"})
_LOST = frozenset({"cancelled", "refunded"})
#: Only these become paid with their order.
_PAYABLE = frozenset({statuses.UNPAID, statuses.CONFIRMED, statuses.HOLD})


def order_changed(event: Event, *, now: datetime) -> None:
    """Move the bookings that were made in this dialect to the status their order stands for."""
    bookings.follow_order(event, _status, now=now, origin=NAME)


def _status(booking: Booking, order: str, was: str) -> str | None:
    """The status a booking gets when its order goes from ``was`` to ``order``; None for no change."""
    if order in _PAID:
        return statuses.PAID if booking.status in _PAYABLE else None
    if order in _LOST:
        return statuses.CANCELLED if booking.status in statuses.OCCUPYING else None
    if order == "pending" and was in _PAID:
        return statuses.UNPAID if booking.status in statuses.OCCUPYING else None
    return None
