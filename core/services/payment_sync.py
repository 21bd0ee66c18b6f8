"""Updates payments, order lines and orders after a change of a booking, inside the transaction of the change."""

from datetime import datetime
from decimal import Decimal

from core import models
from core.db import fetch_all
from core.domain import statuses
from core.domain.records import Booking, Order
from core.services import orders
from core.services.repository import orders as order_table
from core.services.repository import payments

_SETTLED = frozenset({statuses.REFUNDED, statuses.PARTLY_REFUNDED})
#: By status of an order's only booking: the order's new status, and the order statuses that do not change.
_ONLY_BOOKING = {
    statuses.PAID: (statuses.PAID, frozenset({statuses.PAID, statuses.COMPLETED, statuses.DELETED})),
    statuses.UNPAID: (statuses.PENDING, frozenset({statuses.PENDING, statuses.DELETED})),
}
_FINISHED = frozenset({statuses.CANCELLED, statuses.REFUNDED, statuses.DELETED})
_CANCELLED = frozenset({statuses.CANCELLED, statuses.REJECTED})
#: Statuses of bookings that do not keep an order from being cancelled.
_DISCARDED = _CANCELLED | {statuses.DELETED, statuses.RELEASED}


def sync_after_change(before: Booking, after: Booking, *, now: datetime, origin: str) -> None:
    """Update payments, order line and order of a changed booking."""
    if after.total != before.total:
        _settle_payments(after, now=now)
    if after.order_item_id != before.order_item_id:
        for item_id in (before.order_item_id, after.order_item_id):
            if item_id:
                orders.recheck_line_total(item_id)
    elif after.order_item_id and after.total != before.total:
        orders.raise_line_total(after.order_item_id, after.total - before.total, now=now)
    if after.order_id and after.status != before.status:
        _follow_status(after, now=now, origin=origin)


def delete_payments(booking_id: int) -> None:
    """Delete all payments of a booking."""
    models.Payment.delete().where(models.Payment.booking_id == booking_id).execute()


def sync_after_delete(before: Booking, *, now: datetime, origin: str) -> None:
    """Reduce a shared order line by a deleted booking, and cancel an order that has no other active booking."""
    if before.order_item_id and fetch_all(
        "SELECT 1 FROM booking WHERE order_item_id = ? LIMIT 1", (before.order_item_id,)
    ):
        orders.raise_line_total(before.order_item_id, -before.total, now=now)
    order = order_table.get_many([before.order_id]).get(before.order_id) if before.order_id else None
    if order is not None and order.follows:
        _cancel_if_all_cancelled(order, now=now, origin=origin)


def _settle_payments(booking: Booking, *, now: datetime) -> None:
    """Set the first payment to the whole price; received amounts stay and the rest is due."""
    booking_payments = payments.list_all([("booking_id", "=", booking.id)])
    if not booking_payments:
        return
    received = sum((payment.paid for payment in booking_payments), Decimal(0))
    due = max(Decimal(0), booking.total - received)
    first, later_payments = booking_payments[0], booking_payments[1:]
    amount = max(Decimal(0), booking.total - sum((payment.amount for payment in later_payments), Decimal(0)))
    status = first.status
    if status not in _SETTLED:
        status = statuses.PAID if not due else statuses.PARTLY_PAID if received else statuses.PENDING
    payments.update(first.id, now=now, amount=amount, due=due, status=status)
    for payment in later_payments:
        if payment.due:
            payments.update(payment.id, now=now, due=Decimal(0))


def _follow_status(booking: Booking, *, now: datetime, origin: str) -> None:
    """Give an order that follows its bookings the status of its only one; cancel it when all are cancelled."""
    order = order_table.get_many([booking.order_id]).get(booking.order_id)
    if order is None or not order.follows:
        return
    if booking.status in _CANCELLED:
        _cancel_if_all_cancelled(order, now=now, origin=origin)
    elif booking.status in _ONLY_BOOKING:
        order_status, final_statuses = _ONLY_BOOKING[booking.status]
        if order.status not in final_statuses and len(orders.items([order.id])[order.id]) <= 1 and _is_only(booking):
            orders.set_status(order.id, order_status, now=now, origin=origin)


def _is_only(booking: Booking) -> bool:
    sql = "SELECT 1 FROM booking WHERE order_id = ? AND id <> ? LIMIT 1"
    return not fetch_all(sql, (booking.order_id, booking.id))


def _cancel_if_all_cancelled(order: Order, *, now: datetime, origin: str) -> None:
    """Cancel an order without active bookings."""
    if order.status in _FINISHED:
        return
    placeholders = ", ".join("?" * len(_DISCARDED))
    sql = f"SELECT 1 FROM booking WHERE order_id = ? AND status NOT IN ({placeholders}) LIMIT 1"
    if not fetch_all(sql, (order.id, *sorted(_DISCARDED))):
        orders.set_status(order.id, statuses.CANCELLED, now=now, origin=origin)
