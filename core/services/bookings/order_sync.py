"""Moves bookings to another status when their order changes its own, by a rule of the dialect."""

import logging
from collections.abc import Callable
from datetime import datetime

from core.domain.records import Booking, Event
from core.errors import DomainError
from core.services.bookings.queries import page
from core.services.bookings.updates import set_status

#: (booking, new order status, previous order status) -> the booking's new status; None to leave it.
OrderRule = Callable[[Booking, str, str], str | None]


def follow_order(event: Event, rule: OrderRule, *, now: datetime, origin: str) -> None:
    """Move the bookings made in dialect ``origin`` to the status that ``rule`` gives; other events do nothing.

    A booking that cannot change, because its places were booked in the meantime, stays as it is; a warning is logged.
    """
    order_status, previous_status = event.data.get("status"), event.data.get("previous_status", "")
    if event.kind != "order.status_changed" or not order_status:
        return
    for booking in page([("order_id", "=", event.subject_id), ("origin", "=", origin)], count=False).items:
        booking_status = rule(booking, order_status, previous_status)
        if booking_status is None or booking_status == booking.status:
            continue
        try:
            set_status(booking.id, booking_status, now=now, origin=origin)
        except DomainError as error:
            logging.getLogger(f"frontdesk.{origin}").warning(
                "booking %s cannot follow order %s: %s", booking.id, event.subject_id, error
            )
