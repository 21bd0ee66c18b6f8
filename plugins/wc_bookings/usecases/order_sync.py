"""Bookings follow the status of their order (README.md, "What a booking is here"); the reverse is core's task."""

from datetime import datetime

from core.domain import statuses
from core.domain.records import Booking, Event
from core.services import bookings
from plugins.wc_bookings.translate.extras import NAME

_PAID_ORDERS = frozenset({statuses.PAID, statuses.COMPLETED})
_LOST_ORDERS = frozenset({statuses.CANCELLED, statuses.REFUNDED})
#: Only bookings in these statuses become paid with their order.
_PAYABLE = frozenset({statuses.UNPAID, statuses.CONFIRMED, statuses.HOLD})


def order_changed(event: Event, *, now: datetime) -> None:
    """Move the bookings of this dialect to the status that their order stands for."""
    bookings.follow_order(event, _booking_status, now=now, origin=NAME)


def _booking_status(booking: Booking, order_status: str, previous_status: str) -> str | None:
    """The status that a booking gets when its order changes its own; None for no change."""
    if order_status in _PAID_ORDERS:
        return statuses.PAID if booking.status in _PAYABLE else None
    if order_status in _LOST_ORDERS:
        return statuses.CANCELLED if booking.status in statuses.OCCUPYING else None
    if order_status == statuses.PENDING and previous_status in _PAID_ORDERS:
        return statuses.UNPAID if booking.status in statuses.OCCUPYING else None
    return None
