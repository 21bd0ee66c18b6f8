"""Bookings follow their order's status (sheet 6.3); the other way round nothing happens."""

from datetime import datetime

from core.domain import statuses
from core.domain.records import Booking, Event
from core.services import bookings, repository
from plugins.bkap.translate.derived import settings_of
from plugins.bkap.translate.schedule import NAME

_LOST = ("cancelled", "failed", "refunded")


def order_changed(event: Event, *, now: datetime) -> None:
    """Move the bookings that were made in this dialect to the status their order stands for."""
    bookings.follow_order(event, _status, now=now, origin=NAME)


def _status(booking: Booking, order: str, was: str) -> str | None:
    if order in _LOST:
        return statuses.CANCELLED if booking.status in statuses.OCCUPYING else None
    if booking.status not in statuses.OCCUPYING and was not in _LOST:
        # Cancelled by itself, not by its order.
        return None
    if order == "processing":
        return statuses.CONFIRMED
    if order == "completed":
        return statuses.PAID
    if order == "on-hold":
        return statuses.PENDING if _asks_first(booking) else statuses.CONFIRMED
    return statuses.PENDING if was in _LOST else None


def _asks_first(booking: Booking) -> bool:
    service = repository.services.get_many([booking.service_id]).get(booking.service_id)
    return service is not None and settings_of(service).confirmation == "on"
