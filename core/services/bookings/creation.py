"""Creates bookings: one, or a group of which either all are created or none."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec

from core.db import execute, fetch_all, retried_on_conflict, writing
from core.domain.durations import is_day_based
from core.domain.money import Quote
from core.domain.records import Booking, Service
from core.domain.requests import BookingRequest, OrderRequest
from core.domain.statuses import HOLD, OCCUPYING
from core.domain.zones import zone as zone_of
from core.errors import DomainError
from core.services import balances, events, orders, pricing, references, site
from core.services.booking_counters import count_refusals
from core.services.bookings import vetoes
from core.services.bookings.allocation import (
    Allocation,
    allocate,
    check_request,
    choose_resource,
    claims_around,
    interval_of,
    load_calendars,
    load_locked_calendars,
    refuse_shortage,
    with_person_types,
)
from core.services.bookings.booking_events import event_data
from core.services.bookings.queries import repository
from core.services.purchase_terms import purchase_terms
from core.services.repository import (
    R,
    Repository,
    customers,
    locations,
    next_id,
    remove_tombstone,
    reserve_id,
    resources,
    to_instant,
)


def create(
    request: BookingRequest,
    *,
    now: datetime,
    order: OrderRequest | None = None,
    id: int | None = None,
    created_at: datetime | None = None,
) -> Booking:
    """Create one booking, or change nothing.

    Args:
        request: Its wall clocks are in the service's zone.
        now: Current instant, aware UTC.
        order: Also create an order for it.
        id, created_at: Values to keep (imports).

    Raises:
        NotFound: Unknown service, customer, resource, location or order.
        NotAvailable: The interval cannot be booked; ``reason`` says why.
        BalanceRefused: A coupon, package or gift card does not cover it.
        Vetoed: A plugin refused.
    """
    return create_group([request], now=now, order=order, ids=[id], created_at=created_at, group=False)[0]


@count_refusals
@retried_on_conflict
def create_group(
    requests: Sequence[BookingRequest],
    *,
    now: datetime,
    order: OrderRequest | None = None,
    ids: Sequence[int | None] = (),
    created_at: datetime | None = None,
    group: bool = True,
) -> list[Booking]:
    """Create a booking for every request, or for none; each request sees the claims of those before it.

    Raises:
        DomainError: As ``create``; in a group ``item`` is the index of the request.
    """
    for request in requests:
        check_request(request)
    for item, request in enumerate(requests):
        with _naming_item(item if group else None):
            vetoes.check_booking(request, "create", now=now)
    with writing():
        loaded_calendars = load_locked_calendars(requests)
        requests = [
            with_person_types(request, loaded) for request, loaded in zip(requests, loaded_calendars, strict=True)
        ]
        balances.lock_balances(requests, now=now)
        group_id = f"g_{uuid4().hex[:12]}" if group and len(requests) > 1 else ""
        # The order is created first, so that its id is below those of its bookings.
        order_id = _order_for(requests, order, now=now)
        bookings: list[Booking] = []
        coupon_items = 0
        for item, (request, loaded) in enumerate(zip(requests, loaded_calendars, strict=True)):
            coupon_items += bool(request.coupon_code)
            with _naming_item(item if group else None):
                booking_id = _new_id(ids[item] if item < len(ids) else None)
                allocation = allocate(request, loaded, booking_id, now=now)
                allocated = allocation.interval.applied_to(request, allocation.resource_id)
                vetoes.check_under_lock(allocated, "create", now=now)
                bookings.append(
                    _store(
                        allocation,
                        booking_id,
                        group_id=group_id,
                        coupon_item=coupon_items,
                        now=now,
                        created_at=created_at or now,
                    )
                )
        bookings = _with_order(bookings, order, order_id, now=now)
        for booking in bookings:
            events.record_event(
                "booking.created",
                "booking",
                booking.id,
                now=now,
                origin=booking.origin,
                data={"booking": event_data(booking)},
            )
    return bookings


@contextmanager
def _naming_item(item: int | None) -> Iterator[None]:
    """Add the position of a request to its error, if it has one."""
    try:
        yield
    except DomainError as error:
        if item is not None:
            error.position = item  # type: ignore[attr-defined]  # only errors of groups have it
        raise


def _new_id(id: int | None) -> int:
    """The next id, or the one that an import gives."""
    if id is None:
        return next_id()
    reserve_id(id)
    remove_tombstone("booking", id)
    return id


def hold(request: BookingRequest, *, now: datetime, keep_for: timedelta) -> Booking:
    """Hold places for ``keep_for``; ``set_status`` confirms the hold, expiry or ``cancel`` releases it."""
    return create(replace(request, status=HOLD, expires_at=now + keep_for), now=now)


def quote(
    request: BookingRequest,
    *,
    now: datetime,
    check: bool = True,
    preloaded_services: Mapping[int, Service] | None = None,
) -> tuple[Quote, int]:
    """The price of a request and the id of the resource it would get; nothing is held or stored.

    Args:
        check: Also refuse a request that could not be booked; otherwise only its length must be valid.
        preloaded_services: Services the caller has just read.

    Raises:
        DomainError: As ``create`` would.
    """
    check_request(request)
    loaded = load_calendars([request], preloaded_services=preloaded_services)[0]
    request = with_person_types(request, loaded)
    if check:
        vetoes.check_booking(request, "quote", now=now)
        resource_id, interval, claim_requests = choose_resource(request, loaded, now=now)
        refuse_shortage(claim_requests, claims_around(loaded.calendar, interval, now=now))
    else:
        resource_id, interval = request.resource_id, interval_of(request, loaded.calendar, now=now)
    return pricing.quote_request(
        request, loaded, interval=interval, resource_id=resource_id, now=now
    ).quote, resource_id


def session_of(allocation: Allocation, booking_id: int, *, previous_session_id: int | None = 0) -> int:
    """The id of the session this booking joins, or of a new one.

    Args:
        previous_session_id: The session of a booking that returns to its old interval; None for a booking that
            leaves its interval; 0 for a new booking.
    """
    placeholders = ", ".join("?" * len(OCCUPYING))
    rows = fetch_all(
        'SELECT session_id FROM booking WHERE service_id = ? AND start = ? AND ("end" = ? OR ?) AND resource_id = ?'
        f" AND location_id = ? AND id <> ? AND status IN ({placeholders}) ORDER BY id LIMIT 1",
        (
            allocation.request.service_id,
            allocation.interval.start,
            allocation.interval.end,
            allocation.loaded.calendar.plan.capacity.session_by == "start",
            allocation.resource_id,
            allocation.request.location_id,
            booking_id,
            *sorted(OCCUPYING),
        ),
    )
    if rows:
        return int(rows[0][0])
    if previous_session_id is not None:
        return previous_session_id or booking_id
    # A booking whose id names the session leaves that id to the bookings that stay.
    other_bookings = fetch_all(
        "SELECT 1 FROM booking WHERE session_id = ? AND id <> ? LIMIT 1", (booking_id, booking_id)
    )
    return next_id() if other_bookings else booking_id


def _store(
    allocation: Allocation, booking_id: int, *, group_id: str, coupon_item: int, now: datetime, created_at: datetime
) -> Booking:
    request, interval = allocation.request, allocation.interval
    today = now.astimezone(zone_of(allocation.loaded.calendar.zone)).date()
    priced = pricing.quote_request(
        request,
        allocation.loaded,
        interval=interval,
        resource_id=allocation.resource_id,
        now=now,
        coupon_item=coupon_item,
    )
    if priced.coupon is not None:
        balances.use_coupon(
            request.coupon_code,
            booking_id=booking_id,
            service_id=request.service_id,
            customer_id=request.customer_id,
            today=today,
        )
    if priced.package is not None:
        balances.use_package(
            request.package_number,
            booking_id=booking_id,
            service_id=request.service_id,
            customer_id=request.customer_id,
            units=request.persons,
            today=today,
        )
    if priced.gift_card is not None:
        balances.use_gift_card(priced.gift_card, priced.gift_amount, booking_id=booking_id)
    return repository.create(
        now=created_at,
        id=booking_id,
        reserved=True,
        origin=request.origin,
        modified_at=created_at,
        session_id=session_of(allocation, booking_id),
        group_id=group_id,
        service_id=request.service_id,
        variant_id=request.variant_id,
        resource_id=allocation.resource_id,
        location_id=request.location_id,
        customer_id=request.customer_id,
        order_id=request.order_id,
        order_item_id=request.order_item_id,
        parent_id=request.parent_id,
        status=request.status,
        start=to_instant(interval.start),
        end=to_instant(interval.end),
        wall_start=interval.wall_start,
        wall_end=interval.wall_end,
        zone=allocation.loaded.calendar.zone,
        all_day=request.all_day if request.all_day is not None else is_day_based(allocation.loaded.calendar.plan),
        blocks=interval.blocks,
        quantity=request.quantity,
        persons=request.persons,
        person_counts={str(key): count for key, count in request.person_counts.items()},
        extras_chosen=[list(pair) for pair in request.extras],
        currency=priced.quote.currency,
        total=priced.quote.total,
        quote=msgspec.to_builtins(priced.quote, str_keys=True),
        terms={} if request.price is not None else purchase_terms(request, priced.coupon),
        shared_places=request.service_units == 0,
        coupon_code=request.coupon_code,
        note=request.note,
        snapshot=_snapshot(allocation) | request.snapshot,
        expires_at=request.expires_at if request.status == HOLD else None,
        extras={request.origin: request.metadata} if request.metadata else {},
    )


def _snapshot(allocation: Allocation) -> dict[str, Any]:
    """The names of today, so that the booking stays readable after a delete."""
    request = allocation.request
    names: dict[str, Any] = {"service": {"name": allocation.loaded.name}}
    customer = _existing_record(customers, request.customer_id)
    if customer is not None:
        names["customer"] = {
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "email": customer.email,
            "phone": customer.phone,
        }
    if allocation.resource_id:
        resource = resources.get_many([allocation.resource_id]).get(allocation.resource_id)
        names["resource"] = {"name": resource.name if resource else ""}
    location = _existing_record(locations, request.location_id)
    if location is not None:
        names["location"] = {"name": location.name}
    return names


def _existing_record(records: Repository[R], id: int) -> R | None:
    """The record a request names; None for id 0, and for a deleted one that an imported booking may name."""
    return None if not id or references.may_name_deleted(records.kind, id) else records.get(id)


def _order_for(requests: Sequence[BookingRequest], order_request: OrderRequest | None, *, now: datetime) -> int:
    """The id of the order for new bookings: the one they name, a new one if requested, or 0."""
    if not requests:
        return 0
    first = requests[0]
    if first.order_id:
        return orders.get(first.order_id).id
    if order_request is None:
        return 0
    return orders.create(
        now=now,
        origin=first.origin,
        status=order_request.status,
        customer_id=order_request.customer_id,
        currency=site.current().currency,
        key=order_request.key,
        follows=order_request.follows,
        extras={first.origin: order_request.metadata} if order_request.metadata else {},
    ).id


def _with_order(
    bookings: list[Booking], order_request: OrderRequest | None, order_id: int, *, now: datetime
) -> list[Booking]:
    """Add new bookings to their order, with one line each or a single line for all."""
    if not bookings or not order_id:
        return bookings
    first = bookings[0]
    if order_request is None and first.order_item_id:
        for item_id in {booking.order_item_id for booking in bookings}:
            orders.recheck_line_total(item_id)
        return bookings
    single_line, total = (order_request.one_line, order_request.total) if order_request is not None else (False, None)
    bookings_total = sum((booking.total for booking in bookings), Decimal(0))
    if total is None:
        total = bookings_total
    shared_line_id = _line(order_id, first, total, stated=total != bookings_total, now=now) if single_line else None
    updated_bookings = []
    for booking in bookings:
        line_id = shared_line_id if shared_line_id is not None else _line(order_id, booking, booking.total, now=now)
        execute("UPDATE booking SET order_id = ?, order_item_id = ? WHERE id = ?", (order_id, line_id, booking.id))
        updated_bookings.append(replace(booking, order_id=order_id, order_item_id=line_id))
    return updated_bookings


def _line(order_id: int, booking: Booking, total: Decimal, *, stated: bool = False, now: datetime) -> int:
    return orders.add_item(
        order_id,
        now=now,
        service_id=booking.service_id,
        name=booking.snapshot["service"]["name"],
        total=total,
        quantity=booking.quantity,
        stated=stated,
    ).id
