"""Bookings follow their order's status (fact sheet, section 4.2); orders that follow bookings are core's affair."""

import logging
from datetime import datetime
from typing import Any

from core.domain import statuses
from core.errors import DomainError
from core.services import bookings
from plugins.wc_bookings.translate.bookings import NAME

log = logging.getLogger("frontdesk.wc_bookings")

_PAID = frozenset({"processing", "completed"})
_LOST = frozenset({"cancelled", "refunded"})
#: Only these become paid with their order.
_PAYABLE = frozenset({statuses.UNPAID, statuses.CONFIRMED, statuses.HOLD})


def order_changed(event: Any, *, now: datetime) -> None:
    """Move the bookings that were made in this dialect to the status their order stands for."""
    order, was = event.data.get("status"), event.data.get("was")
    if event.kind != "order.status_changed" or not order:
        return
    made = bookings.page([("order_id", "=", event.subject_id), ("origin", "=", NAME)], count=False).items
    for booking in made:
        wanted = _status(booking.status, order, was)
        if wanted is None or wanted == booking.status:
            continue
        try:
            bookings.set_status(booking.id, wanted, now=now, origin=NAME)
        except DomainError as error:
            log.warning("booking %s cannot follow order %s: %s", booking.id, event.subject_id, error)


def _status(status: str, order: str, was: str) -> str | None:
    """The status a booking gets when its order goes from ``was`` to ``order``; None for no change."""
    if order in _PAID:
        return statuses.PAID if status in _PAYABLE else None
    if order in _LOST:
        return statuses.CANCELLED if status in statuses.OCCUPYING else None
    if order == "pending" and was in _PAID:
        return statuses.UNPAID if status in statuses.OCCUPYING else None
    return None
