"""Bookings: create, update, delete, look up (README.md, "Bookings"). v1 writes do the same unless told otherwise.

Bookings follow the status of their order (README.md, "What a booking is here"); the reverse is core's task.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from frontdesk import bookings, catalog, orders, repository, statuses
from frontdesk.database import writing
from frontdesk.errors import Duplicate, NotFound
from frontdesk.records import Booking, ChangeRequest, Event, OrderRequest, Service
from plugins.wc_bookings.errors import Refused, UnknownInWrite
from plugins.wc_bookings.translate import bookings as translate
from plugins.wc_bookings.translate.values import NAME, stored_extras
from plugins.wc_bookings.usecases.context import Context

#: Statuses of a new booking that the order around it shares; the order is pending with every other.
_SHARED_WITH_ORDER = (statuses.PAID, statuses.COMPLETED, statuses.CANCELLED)
_PAID_ORDERS = frozenset({statuses.PAID, statuses.COMPLETED})
_LOST_ORDERS = frozenset({statuses.CANCELLED, statuses.REFUNDED})
#: Only bookings in these statuses become paid with their order.
_PAYABLE = frozenset({statuses.UNPAID, statuses.CONFIRMED, statuses.HOLD})


def exists(booking_id: int) -> bool:
    """Is there a booking with this id?"""
    return bool(bookings.get_many([booking_id]))


def get(booking_id: int) -> Booking:
    """The booking with this id.

    Raises:
        NotFound: There is none.
    """
    booking = bookings.get_many([booking_id]).get(booking_id)
    if booking is None:
        raise NotFound(kind="booking", id=booking_id)
    return booking


def get_for_update(booking_id: int) -> Booking:
    """The booking that a write names.

    Raises:
        UnknownInWrite: There is none.
    """
    booking = bookings.get_many([booking_id]).get(booking_id)
    if booking is None:
        raise UnknownInWrite(kind="booking", id=booking_id)
    return booking


def refuse_id(payload: Mapping[str, Any]) -> None:
    """Refuse an id of the client's choice."""
    if payload.get("id"):
        raise Duplicate(kind="wc_booking", field="id", value=payload["id"])


def create(context: Context, payload: Mapping[str, Any]) -> Booking:
    """Book, with an order around the booking unless the payload names one or the booking is in a cart.

    Raises:
        Refused: A field is not valid; the first such field in the vendor's order.
        NotAvailable: The product cannot be booked at that time.
    """
    refuse_id(payload)
    fields = translate.to_fields(payload)
    _check_times(fields)
    if not fields.product_id:
        raise Refused("product_missing")
    service = repository.services.get_many([fields.product_id]).get(fields.product_id)
    if service is None or service.status == statuses.DELETED:
        raise Refused("product")
    _check_length(fields, service)
    _check_resource(fields, service, is_new=True)
    _check_references(fields)
    now, cart = context.clock(), timedelta(minutes=context.options.cart_minutes)
    request = translate.to_request(fields, service, now=now, cart=cart)
    order = None
    if not request.order_id and request.status != statuses.HOLD:
        status = request.status if request.status in _SHARED_WITH_ORDER else statuses.PENDING
        order = OrderRequest(status=status, customer_id=request.customer_id, follows=True)
    return bookings.create(request, now=now, order=order)


def update(
    context: Context, booking_id: int, payload: Mapping[str, Any], *, expected_version: int | None = None
) -> Booking:
    """Change what the payload names. The booking is allocated again only where its time, resource or party changes.

    Raises:
        UnknownInWrite, Refused, NotAvailable: Nothing has changed then.
        StaleVersion: The booking has another version than ``expected_version``.
    """
    booking = get_for_update(booking_id)
    fields = translate.to_fields(payload)
    if fields.product_id and fields.product_id != booking.service_id:
        raise Refused("product")
    moved = fields.start is not None or fields.end is not None
    service = repository.services.get_many([booking.service_id]).get(booking.service_id)
    if moved:
        fields = replace(
            fields,
            start=translate.wall_stamp(booking.wall_start) if fields.start is None else fields.start,
            end=translate.exclusive_end(translate.wall_stamp(booking.wall_end)) if fields.end is None else fields.end,
        )
        _check_times(fields)
        if service is not None:
            _check_length(fields, service)
    if service is not None and fields.resource_id is not None:
        _check_resource(fields, service, is_new=False)
    _check_references(fields)
    change = _to_change(fields, booking, service, moved=moved)
    now = context.clock()
    with writing():
        booking = bookings.update(booking_id, change, now=now, origin=NAME, expected_version=expected_version)
        if fields.status is not None:
            status = translate.FROM_STATUS[fields.status]
            booking = bookings.set_status(booking_id, status, now=now, origin=NAME)
        extras = {**stored_extras(booking), **fields.extras}
        if fields.status is not None:
            extras["status"] = fields.status
        if extras != dict(stored_extras(booking)):
            booking = bookings.set_metadata(booking_id, NAME, extras, now=now)
    return booking


def delete(context: Context, booking_id: int, *, force: bool, expected_version: int | None) -> Booking:
    """Move a booking to the trash, or delete it for good with ``force``; returns the booking as it was.

    Raises:
        NotFound: There is no such booking.
        Refused: It is in the trash already.
        StaleVersion: The booking has another version than ``expected_version``.
    """
    booking, now = get(booking_id), context.clock()
    if not force and translate.to_status(booking) == "trash":
        raise Refused("already_trashed", kind="wc_booking")
    with writing():
        if force:
            bookings.delete(booking_id, now=now, origin=NAME, expected_version=expected_version)
        else:
            bookings.set_status(booking_id, statuses.DELETED, now=now, origin=NAME, expected_version=expected_version)
        _remove_order(booking, force=force, now=now)
    return booking


def _remove_order(booking: Booking, *, force: bool, now: datetime) -> None:
    """Remove the order of a booking when the order has no other line and no other booking."""
    if not booking.order_id or booking.order_id not in repository.orders.get_many([booking.order_id]):
        return
    lines = orders.items([booking.order_id])[booking.order_id]
    if [line.id for line in lines] != [booking.order_item_id]:
        return
    if bookings.repository.exists([("order_id", "=", booking.order_id), ("id", "!=", booking.id)]):
        return
    if force:
        orders.delete(booking.order_id, now=now, origin=NAME)
    else:
        orders.set_status(booking.order_id, statuses.DELETED, now=now, origin=NAME)


def _to_change(
    fields: translate.BookingFields, booking: Booking, service: Service | None, *, moved: bool
) -> ChangeRequest:
    persons = fields.persons or sum(fields.person_counts.values()) or None
    start, end = translate.wall_period(fields) if moved and service is not None else (None, None)
    priced = fields.cost is None and booking.quote.get("lines", [{}])[:1] != [{}]
    resized = moved or persons or fields.resource_id not in (None, booking.resource_id)
    return ChangeRequest(
        wall_start=start,
        wall_end=end,
        resource_id=fields.resource_id,
        persons=persons,
        person_counts=fields.person_counts or None,
        price=fields.cost,
        reprice=bool(priced and resized),
        note=fields.note,
        customer_id=fields.customer_id,
        order_id=fields.order_id,
        order_item_id=fields.order_item_id,
    )


# -- checks, in the vendor's order ------------------------------------------------------------------------------


def _check_times(fields: translate.BookingFields) -> None:
    """Refuse a booking without dates, with dates before 1970, or that ends before it starts."""
    if fields.start is None or fields.end is None:
        raise Refused("dates_missing")
    for name, stamp in (("Start", fields.start), ("End", fields.end)):
        if not 0 < stamp < translate.MAX_STAMP:
            raise Refused("date_not_positive", name=name)
    if fields.end <= fields.start:
        raise Refused("duration")


def _check_length(fields: translate.BookingFields, service: Service) -> None:
    """Refuse a booking that is too short or too long; the vendor says so before anything else about a product."""
    plan = service.plan
    if plan.unit == "month" or plan.grid.starts == "fixed":
        return
    length = (fields.end or 0) - (fields.start or 0)
    block = {"minute": 60, "hour": 3600}.get(plan.unit, translate.DAY_SECONDS) * plan.length
    if plan.unit == "night":
        length = -(-length // translate.DAY_SECONDS) * translate.DAY_SECONDS
    if length < block * plan.min_blocks:
        raise Refused("too_short")
    if plan.max_blocks and length > block * plan.max_blocks:
        raise Refused("too_long")


def _check_resource(fields: translate.BookingFields, service: Service, *, is_new: bool) -> None:
    """Refuse a resource that the product does not offer, or does not let the customer choose.

    Args:
        is_new: False for a booking that exists: its resource may be left out, and set where it is automatic.
    """
    choice, resource_id = service.plan.resources.choice, fields.resource_id or 0
    links = catalog.resource_links(service_ids=[service.id]) if resource_id or choice == "customer" else []
    if not resource_id:
        if choice == "customer" and links and is_new:
            raise Refused("resource_missing")
    elif choice == "none" or not links:
        raise Refused("no_resources")
    elif choice == "automatic" and is_new:
        raise Refused("resource_automatic")
    elif all(link.resource_id != resource_id for link in links):
        raise Refused("resource_not_offered")


def _check_references(fields: translate.BookingFields) -> None:
    """Refuse a customer, parent booking, order or order line that does not exist."""
    if fields.customer_id and fields.customer_id not in repository.customers.get_many([fields.customer_id]):
        raise Refused("customer")
    if fields.parent_id and fields.parent_id not in bookings.get_many([fields.parent_id]):
        raise Refused("parent_booking")
    if fields.order_id and fields.order_id not in repository.orders.get_many([fields.order_id]):
        raise Refused("order")
    if fields.order_item_id:
        lines = orders.items([fields.order_id]).get(fields.order_id, []) if fields.order_id else []
        if all(line.id != fields.order_item_id for line in lines):
            raise Refused("order_item")


# -- orders ------------------------------------------------------------------------------------------------------------


def order_changed(event: Event, *, now: datetime) -> None:
    """Move the bookings of this dialect to the status that their order stands for."""
    bookings.follow_order(event, _booking_status, now=now, origin=NAME)


def _booking_status(booking: Booking, order_status: str, previous_status: str) -> str | None:
    """The status that a booking gets when its order changes its own; None for no change."""
    if order_status in _PAID_ORDERS:
        return statuses.PAID if booking.status in _PAYABLE else None
    if order_status in _LOST_ORDERS:
        return statuses.CANCELLED if booking.status in statuses.OCCUPYING else None
    if order_status == statuses.PENDING and previous_status in _PAID_ORDERS:
        return statuses.UNPAID if booking.status in statuses.OCCUPYING else None
    return None
