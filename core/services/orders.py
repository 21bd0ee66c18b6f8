"""Orders and their lines; made with bookings, in the booking's own transaction."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from core import markup
from core.db import execute, insert, joining, keep_number, writing
from core.domain.records import Order, OrderItem
from core.errors import NotFound
from core.models import OrderItem as ItemRow
from core.services import events
from core.services.records import checked_id, next_id, orders, reserve_id, seconds

_FIELDS = [
    ItemRow.id,
    ItemRow.order_id,
    ItemRow.service_id,
    ItemRow.name,
    ItemRow.quantity,
    ItemRow.total,
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
    extras: dict[str, Any] | None = None,
) -> Order:
    """An empty order; its total grows with its lines."""
    with joining():
        if id is None:
            number = next_id()
        else:
            number = id
            reserve_id(id)
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
    extras: dict[str, Any] | None = None,
) -> OrderItem:
    """Add a line and raise the order's total by it."""
    with joining():
        raised = execute(
            "UPDATE booking_order SET total = total + ?, modified_at = ?, version = version + 1 WHERE id = ?",
            (ItemRow.total.db_value(total), seconds(now), checked_id(order_id)),
        )
        if not raised:
            raise NotFound(kind="order", id=order_id)
        values: dict[str, Any] = {
            "order_id": order_id,
            "service_id": service_id,
            "name": markup.safe(name),
            "quantity": quantity,
            "total": total,
            "extras": extras or {},
        }
        if id is not None:
            values["id"] = id
        item_id = insert(ItemRow, values)
        if id is not None:
            keep_number(ItemRow, id)
        return OrderItem(**{**values, "id": item_id})


def recount(order_id: int, *, now: datetime) -> Order:
    """Set the order's total to the sum of its lines."""
    with writing():
        orders.locked(order_id)
        lines = items([order_id])[order_id]
        return orders.update(order_id, now=now, total=sum((line.total for line in lines), Decimal(0)))


def set_item_total(item_id: int, total: Decimal, *, now: datetime) -> None:
    """Give a line a new total and the order a new sum."""
    with writing():
        row = ItemRow.get_or_none(ItemRow.id == item_id)
        if row is None:
            return
        orders.locked(row.order_id)
        ItemRow.update(total=total).where(ItemRow.id == item_id).execute()
        recount(row.order_id, now=now)


def set_status(order_id: int, status: str, *, now: datetime, origin: str = "") -> Order:
    """Move an order to another status and tell it; what follows for bookings is the booking service's business."""
    with writing():
        before = orders.locked(order_id)
        after = orders.update(order_id, now=now, status=status)
        events.record(
            "order.status_changed",
            "order",
            order_id,
            now=now,
            origin=origin,
            data={"was": before.status, "status": status},
        )
        return after


def remove(order_id: int) -> None:
    """Remove an order and its lines for good."""
    with writing():
        orders.locked(order_id)
        ItemRow.delete().where(ItemRow.order_id == order_id).execute()
        orders.delete(order_id)
