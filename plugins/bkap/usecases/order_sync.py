"""Bookings follow the status of their order; an order does not follow its bookings (README, "Statuses")."""

from datetime import datetime

from core.domain import statuses
from core.domain.records import Booking, Event
from core.services import bookings, repository
from plugins.bkap.schemas import NAME
from plugins.bkap.translate.product_settings import settings_of

_LOST = (statuses.CANCELLED, statuses.FAILED, statuses.REFUNDED)


def order_changed(event: Event, *, now: datetime) -> None:
    """Give the bookings that were made in this dialect the status that belongs to their order's new status."""
    bookings.follow_order(event, _booking_status, now=now, origin=NAME)


def _booking_status(booking: Booking, order_status: str, previous_order_status: str) -> str | None:
    """The booking's new status; None leaves it as it is."""
    is_occupying = booking.status in statuses.OCCUPYING
    if order_status in _LOST:
        return statuses.CANCELLED if is_occupying else None
    if not is_occupying and previous_order_status not in _LOST:
        # The booking was cancelled by itself, not by its order.
        return None
    if order_status == statuses.PAID:
        return statuses.CONFIRMED
    if order_status == statuses.COMPLETED:
        return statuses.PAID
    if order_status == statuses.AWAITING_PAYMENT:
        return statuses.PENDING if _requires_confirmation(booking) else statuses.CONFIRMED
    return statuses.PENDING if previous_order_status in _LOST else None


def _requires_confirmation(booking: Booking) -> bool:
    service = repository.services.get_many([booking.service_id]).get(booking.service_id)
    return service is not None and settings_of(service).confirmation == "on"
