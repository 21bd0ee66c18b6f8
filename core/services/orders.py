"""Orders and their lines, created in the transaction of their bookings."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from core import html_sanitizer
from core.db import ensure_transaction, execute, writing
from core.domain.records import Order, OrderItem
from core.domain.statuses import PENDING
from core.errors import Duplicate, NotFound
from core.models import OrderItem as ItemRow
from core.row_writes import Computed, insert_row
from core.sequences import bump_sequence
from core.services import events
from core.services.repository import add_tombstones, checked_id, orders, remove_tombstone, to_epoch

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
    ids = sorted(set(order_ids))
    items_by_order: dict[int, list[OrderItem]] = {order_id: [] for order_id in ids}
    if ids:
        query = ItemRow.select(*_FIELDS).where(ItemRow.order_id.in_(ids)).order_by(ItemRow.id)
        for row in cast("Iterable[dict[str, Any]]", query.dicts()):
            items_by_order[row["order_id"]].append(OrderItem(**row))
    return items_by_order


def create(
    *,
    now: datetime,
    origin: str = "",
    status: str = PENDING,
    customer_id: int = 0,
    currency: str = "",
    key: str = "",
    id: int | None = None,
    follows: bool = False,
    extras: dict[str, Any] | None = None,
    total: Decimal = Decimal(0),
) -> Order:
    """Create an order without lines.

    Args:
        id: The id it must have (imports); by default the next one.
        follows: Its status follows that of its bookings.
        total: Of the lines that ``add_item_of_total`` adds.
    """
    return orders.create(
        now=now,
        id=id,
        computed={"number": Computed("CAST(new.id AS varchar)")},
        origin=origin,
        status=status,
        customer_id=customer_id,
        currency=currency,
        total=total,
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
    """Add a line and raise the order's total by it.

    Args:
        stated: The total is not the sum of the line's bookings and does not change with them.

    Raises:
        NotFound: There is no such order.
        Duplicate: The id is in use.
    """
    with ensure_transaction():
        if not _raise_total(order_id, total, now=now):
            raise NotFound(kind="order", id=order_id)
        if id is not None and ItemRow.get_or_none(ItemRow.id == id) is not None:
            raise Duplicate(kind="order item", field="id", value=id)
        item = add_item_of_total(
            order_id,
            service_id=service_id,
            name=name,
            total=total,
            quantity=quantity,
            id=id,
            stated=stated,
            extras=extras,
        )
        if id is not None:
            bump_sequence(ItemRow, id)
            remove_tombstone("order_item", id)
        return item


def add_item_of_total(
    order_id: int,
    *,
    service_id: int,
    name: str,
    total: Decimal,
    quantity: int = 1,
    id: int | None = None,
    stated: bool = False,
    extras: dict[str, Any] | None = None,
) -> OrderItem:
    """Add a line to an order whose total contains it already; arguments as for ``add_item``."""
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
        values["id"] = id
    with ensure_transaction():
        return OrderItem(**{**values, "id": insert_row(ItemRow, values)})


def _raise_total(order_id: int, by: Decimal, *, now: datetime) -> int:
    return execute(
        "UPDATE booking_order SET total = total + ?, modified_at = ?, version = version + 1 WHERE id = ?",
        (ItemRow.total.db_value(by), to_epoch(now), checked_id(order_id)),
    )


def raise_line_total(item_id: int, by: Decimal, *, now: datetime) -> None:
    """Add an amount to the totals of a line and its order; a stated line does not change."""
    with writing():
        row = ItemRow.get_or_none(ItemRow.id == item_id)
        if row is None or row.stated:
            return
        _raise_total(row.order_id, by, now=now)
        ItemRow.update(total=ItemRow.total + by).where(ItemRow.id == item_id).execute()


def set_line_total(item_id: int, total: Decimal, *, stated: bool, now: datetime) -> None:
    """Set the total of a line, and raise that of its order by the difference."""
    with ensure_transaction():
        row = ItemRow.get_by_id(item_id)
        _raise_total(row.order_id, total - row.total, now=now)
        ItemRow.update(total=total, stated=stated).where(ItemRow.id == item_id).execute()


def recheck_line_total(item_id: int) -> None:
    """Mark a line as stated if its total is not the sum of its bookings, after bookings joined or left it."""
    parameters = (checked_id(item_id),)
    sums = "(SELECT COALESCE(SUM(b.total), 0) FROM booking b WHERE b.order_item_id = order_item.id)"
    with writing():
        execute(f"UPDATE order_item SET stated = (total <> {sums}) WHERE id = ?", parameters)


def set_status(order_id: int, status: str, *, now: datetime, origin: str = "") -> Order:
    """Set an order's status and record the event; bookings do not change (see ``bookings.follow_order``)."""
    with writing():
        before = orders.get_for_update(order_id)
        after = orders.update(order_id, now=now, status=status)
        events.record_event(
            "order.status_changed",
            "order",
            order_id,
            now=now,
            origin=origin,
            data={"previous_status": before.status, "status": status},
        )
        return after


def delete(order_id: int, *, now: datetime, origin: str = "") -> None:
    """Delete an order with its lines and record the event; raises NotFound."""
    with writing():
        orders.get_for_update(order_id)
        add_tombstones("order_item", [line.id for line in items([order_id])[order_id]])
        ItemRow.delete().where(ItemRow.order_id == order_id).execute()
        orders.delete(order_id)
        events.record_event("order.deleted", "order", order_id, now=now, origin=origin)
