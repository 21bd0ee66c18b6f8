"""Bookings follow their order's status (sheet 6.3); the other way round nothing happens."""

import logging
from datetime import datetime
from typing import Any

from core.domain import statuses
from core.domain.records import Booking
from core.errors import DomainError
from core.services import bookings, records
from plugins.bkap.translate.derived import settings_of
from plugins.bkap.translate.schedule import NAME

log = logging.getLogger("frontdesk.bkap")

_LOST = ("cancelled", "failed", "refunded")


def order_changed(event: Any, *, now: datetime) -> None:
    """Move the bookings that were made in this dialect to the status their order stands for."""
    status = event.data.get("status")
    if event.subject_kind != "order" or not status or event.kind != "order.status_changed":
        return
    made = bookings.page([("order_id", "=", event.subject_id), ("origin", "=", NAME)], count=False).items
    for booking in made:
        wanted = _status(booking, status, event.data.get("was", ""))
        if wanted is None or wanted == booking.status:
            continue
        try:
            bookings.set_status(booking.id, wanted, now=now, origin=NAME)
        except DomainError as error:
            # Its places were sold in the meantime; the booking stays cancelled and the log says so.
            log.warning("booking %s cannot follow order %s: %s", booking.id, event.subject_id, error)


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
    service = records.services.many([booking.service_id]).get(booking.service_id)
    return service is not None and settings_of(service).confirmation == "on"
