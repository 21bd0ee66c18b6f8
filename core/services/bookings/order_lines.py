"""The order of new bookings and its lines, written just before the bookings that name them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.domain.records import Booking, Order
from core.domain.requests import BookingRequest, OrderRequest
from core.services import orders, site


class BookedLines:
    """The order that new bookings are on: the one that the first request names, a new one if requested, or none.

    Every booking gets a line of its own, or all of them get one. Bookings that name a line of their order stay on it.

    Raises:
        NotFound: There is no such order.
    """

    def __init__(self, requests: Sequence[BookingRequest], new_order: OrderRequest | None, *, now: datetime) -> None:
        order_id, item_id = (requests[0].order_id, requests[0].order_item_id) if requests else (0, 0)
        self._now = now
        self._new_order = new_order or OrderRequest()
        self._order = orders.get(order_id) if order_id else None
        #: Nothing has to be written: there is no order, or the bookings name their line.
        self._is_complete = new_order is None and (not order_id or bool(item_id))
        self._total = self._new_order.total if self._new_order.one_line else None
        #: The line that all bookings share.
        self._shared_line_id = 0
        #: The order's row has changed since the record was read.
        self._has_changed = False

    def add(self, request: BookingRequest, price: Decimal, *, name: str) -> tuple[int, int]:
        """The ids of the order and of the line to store with a booking at this price; writes them where they are new.

        Args:
            name: Of the service.
        """
        if self._is_complete:
            return request.order_id, request.order_item_id
        if self._order is not None and self._shared_line_id:
            return self._order.id, self._shared_line_id
        total = price if self._total is None else self._total
        line: dict[str, Any] = {
            "service_id": request.service_id,
            "name": name,
            "total": total,
            "quantity": request.quantity,
            "stated": total != price,
        }
        if self._order is None:
            self._order = self._create_order(request.origin, total)
            item = orders.add_item_of_total(self._order.id, **line)
        else:
            item = orders.add_item(self._order.id, now=self._now, **line)
            self._has_changed = True
        if self._new_order.one_line:
            self._shared_line_id = item.id
        return self._order.id, item.id

    def _create_order(self, origin: str, total: Decimal) -> Order:
        new = self._new_order
        return orders.create(
            now=self._now,
            origin=origin,
            status=new.status,
            customer_id=new.customer_id,
            currency=site.current().currency,
            key=new.key,
            follows=new.follows,
            extras={origin: new.metadata} if new.metadata else {},
            total=total,
        )

    def finish(self, bookings: Sequence[Booking]) -> Order | None:
        """Make the totals of lines that several bookings share agree with them; returns the order."""
        if self._order is None:
            return None
        if self._is_complete:
            for item_id in {booking.order_item_id for booking in bookings}:
                orders.recheck_line_total(item_id)
        elif self._shared_line_id and len(bookings) > 1:
            price = sum((booking.total for booking in bookings), Decimal(0))
            total = price if self._total is None else self._total
            orders.set_line_total(self._shared_line_id, total, stated=total != price, now=self._now)
            self._has_changed = True
        return orders.get(self._order.id) if self._has_changed else self._order
