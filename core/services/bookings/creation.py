"""Making bookings: one, or a group that is made whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec

from core.db import execute, fetch_all, retried_on_conflict, writing
from core.domain.money import Quote
from core.domain.records import Booking, Service
from core.domain.requests import BookingRequest, OrderRequest
from core.domain.slot_grid import is_day_based
from core.domain.statuses import HOLD, OCCUPYING
from core.domain.zones import zone as zone_of
from core.errors import DomainError
from core.services import balances, events, filters, orders, pricing, references, site
from core.services.booking_counters import count_refusals
from core.services.bookings.allocation import (
    Allocation,
    allocate,
    ask_vetoes,
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
    """Book one span, or change nothing.

    Args:
        request: What is wanted; its wall clock is the service's zone.
        now: Current instant, aware UTC.
        order: Also make an order around it.
        id, created_at: Kept as they are when given (imports).

    Raises:
        NotFound: Unknown service, customer, resource, location or order.
        NotAvailable: The span cannot be booked; ``reason`` says why.
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
    """Book every request or none; items see each other's places.

    Raises:
        DomainError: As ``create``; in a group ``item`` says which request it was.
    """
    for request in requests:
        check_request(request)
    if filters.current().check_booking:
        for request, one in zip(requests, load_calendars(requests), strict=True):
            ask_vetoes(request, one)
    with writing():
        loaded = load_locked_calendars(requests)
        requests = [with_person_types(request, one) for request, one in zip(requests, loaded, strict=True)]
        balances.lock_balances(requests, now=now)
        group_id = f"g_{uuid4().hex[:12]}" if group and len(requests) > 1 else ""
        # The order comes first, so that its number lies below those of its bookings.
        order_id = _order_for(requests, order, now=now)
        made: list[Booking] = []
        with_coupon = 0
        for item, (request, one) in enumerate(zip(requests, loaded, strict=True)):
            with_coupon += bool(request.coupon_code)
            try:
                number = ids[item] if item < len(ids) else None
                if number is None:
                    number = next_id()
                else:
                    reserve_id(number)
                    remove_tombstone("booking", number)
                placed = allocate(request, one, number, now=now)
                made.append(
                    _store(
                        placed,
                        number,
                        group_id=group_id,
                        coupon_item=with_coupon,
                        now=now,
                        created_at=created_at or now,
                    )
                )
            except DomainError as error:
                if group:
                    error.item = item  # type: ignore[attr-defined]
                raise
        made = _with_order(made, order, order_id, now=now)
        for booking in made:
            events.record_event(
                "booking.created",
                "booking",
                booking.id,
                now=now,
                origin=booking.origin,
                data={"booking": event_data(booking)},
            )
    return made


def hold(request: BookingRequest, *, now: datetime, keep_for: timedelta) -> Booking:
    """Take places for a while; ``set_status`` makes them stay, time or ``cancel`` gives them back."""
    return create(replace(request, status=HOLD, expires_at=now + keep_for), now=now)


def quote(
    request: BookingRequest, *, now: datetime, check: bool = True, known: Mapping[int, Service] | None = None
) -> tuple[Quote, int]:
    """What the request would cost and which resource it would get; nothing is held or stored.

    Args:
        check: Also refuse what could not be booked; without it only the length must make sense.
        known: Services the caller has just read.

    Raises:
        DomainError: As ``create`` would.
    """
    check_request(request)
    one = load_calendars([request], known=known)[0]
    request = with_person_types(request, one)
    if check:
        resource_id, span, demands = choose_resource(request, one, now=now)
        refuse_shortage(demands, claims_around(one.calendar, span, now=now))
    else:
        resource_id, span = request.resource_id, interval_of(request, one.calendar, now=now)
    return pricing.quote_request(request, one, span=span, resource_id=resource_id, now=now).quote, resource_id


def session_of(placed: Allocation, booking_id: int, *, was: int | None = 0) -> int:
    """The session this booking joins, or one of its own.

    Args:
        was: The session of a booking that comes back to its old place; None for one that leaves it; 0 for a new one.
    """
    marks = ", ".join("?" * len(OCCUPYING))
    found = fetch_all(
        'SELECT session_id FROM booking WHERE service_id = ? AND start = ? AND ("end" = ? OR ?) AND resource_id = ?'
        f" AND location_id = ? AND id <> ? AND status IN ({marks}) ORDER BY id LIMIT 1",
        (
            placed.request.service_id,
            placed.span.start,
            placed.span.end,
            placed.loaded.calendar.plan.capacity.session_by == "start",
            placed.resource_id,
            placed.request.location_id,
            booking_id,
            *sorted(OCCUPYING),
        ),
    )
    if found:
        return found[0][0]
    if was is not None:
        return was or booking_id
    # Who leaves a session that carries their own number leaves the number to those who stay.
    others = fetch_all("SELECT 1 FROM booking WHERE session_id = ? AND id <> ? LIMIT 1", (booking_id, booking_id))
    return next_id() if others else booking_id


def _store(
    placed: Allocation, booking_id: int, *, group_id: str, coupon_item: int, now: datetime, created_at: datetime
) -> Booking:
    request, span = placed.request, placed.span
    today = now.astimezone(zone_of(placed.loaded.calendar.zone)).date()
    priced = pricing.quote_request(
        request, placed.loaded, span=span, resource_id=placed.resource_id, now=now, coupon_item=coupon_item
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
        session_id=session_of(placed, booking_id),
        group_id=group_id,
        service_id=request.service_id,
        variant_id=request.variant_id,
        resource_id=placed.resource_id,
        location_id=request.location_id,
        customer_id=request.customer_id,
        order_id=request.order_id,
        order_item_id=request.order_item_id,
        parent_id=request.parent_id,
        status=request.status,
        start=to_instant(span.start),
        end=to_instant(span.end),
        wall_start=span.wall_start,
        wall_end=span.wall_end,
        zone=placed.loaded.calendar.zone,
        all_day=request.all_day if request.all_day is not None else is_day_based(placed.loaded.calendar.plan),
        blocks=span.blocks,
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
        snapshot=_snapshot(placed) | request.snapshot,
        expires_at=request.expires_at if request.status == HOLD else None,
        extras={request.origin: request.metadata} if request.metadata else {},
    )


def _snapshot(placed: Allocation) -> dict[str, Any]:
    """Names as they are now, so that a later delete leaves the booking readable."""
    request = placed.request
    names: dict[str, Any] = {"service": {"name": placed.loaded.name}}
    customer = _living(customers, request.customer_id)
    if customer is not None:
        names["customer"] = {
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "email": customer.email,
            "phone": customer.phone,
        }
    if placed.resource_id:
        found = resources.get_many([placed.resource_id]).get(placed.resource_id)
        names["resource"] = {"name": found.name if found else ""}
    location = _living(locations, request.location_id)
    if location is not None:
        names["location"] = {"name": location.name}
    return names


def _living(table: Repository[Any], number: int) -> Any:
    """What a request names; None for nothing, and for what a booking that is taken in has outlived."""
    return None if not number or references.may_name_deleted(table.kind, number) else table.get(number)


def _order_for(requests: Sequence[BookingRequest], wanted: OrderRequest | None, *, now: datetime) -> int:
    """The order that new bookings go into: the one they name, a new one where one is wanted, or none (0)."""
    if not requests:
        return 0
    first = requests[0]
    if first.order_id:
        return orders.get(first.order_id).id
    if wanted is None:
        return 0
    return orders.create(
        now=now,
        origin=first.origin,
        status=wanted.status,
        customer_id=wanted.customer_id,
        currency=site.current().currency,
        key=wanted.key,
        follows=wanted.follows,
        extras={first.origin: wanted.metadata} if wanted.metadata else {},
    ).id


def _with_order(made: list[Booking], wanted: OrderRequest | None, order_id: int, *, now: datetime) -> list[Booking]:
    """Put new bookings into their order, with a line each or one for all."""
    if not made or not order_id:
        return made
    first = made[0]
    if wanted is None and first.order_item_id:
        for item_id in {booking.order_item_id for booking in made}:
            orders.recheck_line_total(item_id)
        return made
    one_line, total = (wanted.one_line, wanted.total) if wanted is not None else (False, None)
    sums = sum((booking.total for booking in made), Decimal(0))
    if total is None:
        total = sums
    shared = _line(order_id, first, total, stated=total != sums, now=now) if one_line else None
    placed = []
    for booking in made:
        line_id = shared if shared is not None else _line(order_id, booking, booking.total, now=now)
        execute("UPDATE booking SET order_id = ?, order_item_id = ? WHERE id = ?", (order_id, line_id, booking.id))
        placed.append(replace(booking, order_id=order_id, order_item_id=line_id))
    return placed


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
