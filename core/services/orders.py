"""Orders and their lines; made with bookings, in the booking's own transaction."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from core import html_sanitizer
from core.db import ensure_transaction, execute, writing
from core.domain.records import Order, OrderItem
from core.errors import Duplicate, NotFound
from core.models import OrderItem as ItemRow
from core.row_writes import insert_row
from core.sequences import bump_sequence
from core.services import events
from core.services.repository import add_tombstones, checked_id, next_id, orders, remove_tombstone, reserve_id, to_epoch

_FIELDS = [
    ItemRow.id,
    ItemRow.order_id,
    ItemRow.service_id,
    ItemRow.name,
    ItemRow.quantity,
    ItemRow.total,
    ItemRow.stated,
    ItemRow.extras,
]


def get(id: int) -> Order:
    """The order with this id; raises NotFound."""
    return orders.get(id)


def items(order_ids: Iterable[int]) -> dict[int, list[OrderItem]]:
    """The lines of each order, oldest first."""
    wanted = sorted(set(order_ids))
    found: dict[int, list[OrderItem]] = {order_id: [] for order_id in wanted}
    if wanted:
        for row in ItemRow.select(*_FIELDS).where(ItemRow.order_id.in_(wanted)).order_by(ItemRow.id).dicts():
            found[row["order_id"]].append(OrderItem(**row))
    return found


def create(
    *,
    now: datetime,
    origin: str = "",
    status: str = "pending",
    customer_id: int = 0,
    currency: str = "",
    key: str = "",
    id: int | None = None,
    follows: bool = False,
    extras: dict[str, Any] | None = None,
) -> Order:
    """An empty order; its total grows with its lines. One that ``follows`` has the status of its bookings."""
    with ensure_transaction():
        if id is None:
            number = next_id()
        else:
            number = id
            reserve_id(id)
            remove_tombstone("order", id)
        return orders.create(
            now=now,
            id=number,
            reserved=True,
            number=str(number),
            origin=origin,
            status=status,
            customer_id=customer_id,
            currency=currency,
            key=key,
            follows=follows,
            extras=extras or {},
        )


def add_item(
    order_id: int,
    *,
    now: datetime,
    service_id: int,
    name: str,
    total: Decimal,
    quantity: int = 1,
    id: int | None = None,
    stated: bool = False,
    extras: dict[str, Any] | None = None,
) -> OrderItem:
    """Add a line and raise the order's total by it; a ``stated`` total is not the sum of the line's bookings."""
    with ensure_transaction():
        if not _raise_total(order_id, total, now=now):
            raise NotFound(kind="order", id=order_id)
        values: dict[str, Any] = {
            "order_id": order_id,
            "service_id": service_id,
            "name": html_sanitizer.sanitize(name),
            "quantity": quantity,
            "total": total,
            "stated": stated,
            "extras": extras or {},
        }
        if id is not None:
            if ItemRow.get_or_none(ItemRow.id == id) is not None:
                raise Duplicate(kind="order item", field="id", value=id)
            values["id"] = id
        item_id = insert_row(ItemRow, values)
        if id is not None:
            bump_sequence(ItemRow, id)
            remove_tombstone("order_item", id)
        return OrderItem(**{**values, "id": item_id})


def _raise_total(order_id: int, by: Decimal, *, now: datetime) -> int:
    return execute(
        "UPDATE booking_order SET total = total + ?, modified_at = ?, version = version + 1 WHERE id = ?",
        (ItemRow.total.db_value(by), to_epoch(now), checked_id(order_id)),
    )


def raise_line_total(item_id: int, by: Decimal, *, now: datetime) -> None:
    """A booking of this line costs more, or less: so do the line and its order. A stated line stays as it is."""
    with writing():
        row = ItemRow.get_or_none(ItemRow.id == item_id)
        if row is None or row.stated:
            return
        _raise_total(row.order_id, by, now=now)
        ItemRow.update(total=ItemRow.total + by).where(ItemRow.id == item_id).execute()


def recheck_line_total(item_id: int) -> None:
    """Bookings joined or left this line: its total is theirs, or it counts as stated."""
    parameters = (checked_id(item_id),)
    sums = "(SELECT COALESCE(SUM(b.total), 0) FROM booking b WHERE b.order_item_id = order_item.id)"
    with writing():
        execute(f"UPDATE order_item SET stated = (total <> {sums}) WHERE id = ?", parameters)


def set_status(order_id: int, status: str, *, now: datetime, origin: str = "") -> Order:
    """Move an order to another status and tell it; what follows for bookings is the booking service's business."""
    with writing():
        before = orders.locked(order_id)
        after = orders.update(order_id, now=now, status=status)
        events.record_event(
            "order.status_changed",
            "order",
            order_id,
            now=now,
            origin=origin,
            data={"was": before.status, "status": status},
        )
        return after


def delete(order_id: int, *, now: datetime, origin: str = "") -> None:
    """Remove an order and its lines for good, and tell it."""
    with writing():
        orders.locked(order_id)
        add_tombstones("order_item", [line.id for line in items([order_id])[order_id]])
        ItemRow.delete().where(ItemRow.order_id == order_id).execute()
        orders.delete(order_id)
        events.record_event("order.deleted", "order", order_id, now=now, origin=origin)
