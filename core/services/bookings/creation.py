"""Creates bookings: one, or a group of which either all are created or none."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec

from core.db import fetch_all, writing
from core.domain.durations import is_day_based
from core.domain.money import Quote
from core.domain.records import Booking, Order, Service
from core.domain.requests import BookingRequest, OrderRequest
from core.domain.statuses import HOLD, OCCUPYING
from core.domain.zones import zone as zone_of
from core.errors import DomainError
from core.retries import retried_on_conflict
from core.row_writes import Computed
from core.services import balances, events, pricing, references
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
from core.services.bookings.order_lines import BookedLines
from core.services.bookings.queries import repository
from core.services.calendars import LoadedCalendar
from core.services.pricing import PricedRequest
from core.services.purchase_terms import purchase_terms
from core.services.repository import (
    R,
    Repository,
    customers,
    locations,
    next_id,
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
    return create_with_order(requests, now=now, order=order, ids=ids, created_at=created_at, group=group)[0]


@count_refusals
@retried_on_conflict
def create_with_order(
    requests: Sequence[BookingRequest],
    *,
    now: datetime,
    order: OrderRequest | None = None,
    ids: Sequence[int | None] = (),
    created_at: datetime | None = None,
    group: bool = True,
) -> tuple[list[Booking], Order | None]:
    """As ``create_group``; returns the order of the bookings as well, None where they have none."""
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
        lines = BookedLines(requests, order, now=now)
        bookings: list[Booking] = []
        coupon_items = 0
        for item, (request, loaded) in enumerate(zip(requests, loaded_calendars, strict=True)):
            coupon_items += bool(request.coupon_code)
            with _naming_item(item if group else None):
                new = _judge(request, loaded, coupon_item=coupon_items, now=now)
                booking_id = ids[item] if item < len(ids) else None
                bookings.append(
                    _store(new, lines, id=booking_id, group_id=group_id, now=now, created_at=created_at or now)
                )
        order_record = lines.finish(bookings)
        for booking in bookings:
            events.record_event(
                "booking.created",
                "booking",
                booking.id,
                now=now,
                origin=booking.origin,
                data={"booking": event_data(booking)},
            )
    return bookings, order_record


@contextmanager
def _naming_item(item: int | None) -> Iterator[None]:
    """Add the position of a request to its error, if it has one."""
    try:
        yield
    except DomainError as error:
        if item is not None:
            error.position = item  # type: ignore[attr-defined]  # only errors of groups have it
        raise


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


def session_of(allocation: Allocation, booking_id: int, *, previous_session_id: int | None) -> int:
    """The id of the session that a booking joins which exists already, or of a new one.

    Args:
        previous_session_id: The session of a booking that returns to its old interval; None for a booking that
            leaves its interval.
    """
    session_sql, parameters = _session_sql(allocation)
    rows = fetch_all(f"{session_sql} AND id <> ? ORDER BY id LIMIT 1", (*parameters, booking_id))
    if rows:
        return int(rows[0][0])
    if previous_session_id is not None:
        return previous_session_id or booking_id
    # A booking whose id names the session leaves that id to the bookings that stay.
    other_bookings = fetch_all(
        "SELECT 1 FROM booking WHERE session_id = ? AND id <> ? LIMIT 1", (booking_id, booking_id)
    )
    return next_id() if other_bookings else booking_id


def _session_sql(allocation: Allocation) -> tuple[str, tuple[Any, ...]]:
    """The session ids of the bookings that share an allocation's session, as SQL without an order, with parameters."""
    sql = (
        'SELECT session_id FROM booking WHERE service_id = ? AND start = ? AND ("end" = ? OR ?) AND resource_id = ?'
        f" AND location_id = ? AND status IN ({', '.join('?' * len(OCCUPYING))})"
    )
    return sql, (
        allocation.request.service_id,
        allocation.interval.start,
        allocation.interval.end,
        allocation.loaded.calendar.plan.capacity.session_by == "start",
        allocation.resource_id,
        allocation.request.location_id,
        *sorted(OCCUPYING),
    )


def _new_session(allocation: Allocation) -> Computed:
    """The session that a new booking joins, or the one that it begins."""
    sql, parameters = _session_sql(allocation)
    return Computed(f"COALESCE(({sql} ORDER BY id LIMIT 1), new.id)", parameters)


@dataclass(frozen=True, slots=True)
class _NewBooking:
    """A booking that nothing stands against any more, apart from the balances it uses: what is left is to write it."""

    allocation: Allocation
    priced: PricedRequest
    #: The names of today.
    snapshot: dict[str, Any]


def _judge(request: BookingRequest, loaded: LoadedCalendar, *, coupon_item: int, now: datetime) -> _NewBooking:
    """Everything that can refuse a request, before anything is written for it."""
    allocation = allocate(request, loaded, now=now)
    vetoes.check_under_lock(request, "create", allocation.interval.values(allocation.resource_id), now=now)
    priced = pricing.quote_request(
        request,
        loaded,
        interval=allocation.interval,
        resource_id=allocation.resource_id,
        now=now,
        coupon_item=coupon_item,
    )
    if request.status_if_free and priced.quote.total <= 0:
        allocation = replace(allocation, request=replace(request, status=request.status_if_free))
    return _NewBooking(allocation, priced, _snapshot(allocation) | request.snapshot)


def _store(
    new: _NewBooking, lines: BookedLines, *, id: int | None, group_id: str, now: datetime, created_at: datetime
) -> Booking:
    allocation, priced = new.allocation, new.priced
    request, interval = allocation.request, allocation.interval
    order_id, order_item_id = lines.add(request, priced.quote.total, name=new.snapshot["service"]["name"])
    booking = repository.create(
        now=created_at,
        id=id,
        computed={"session_id": _new_session(allocation)},
        origin=request.origin,
        modified_at=created_at,
        group_id=group_id,
        service_id=request.service_id,
        variant_id=request.variant_id,
        resource_id=allocation.resource_id,
        location_id=request.location_id,
        customer_id=request.customer_id,
        order_id=order_id,
        order_item_id=order_item_id,
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
        snapshot=new.snapshot,
        expires_at=request.expires_at if request.status == HOLD else None,
        extras={request.origin: request.metadata} if request.metadata else {},
    )
    allocation.take(booking.id)
    _use_balances(booking.id, request, priced, today=now.astimezone(zone_of(allocation.loaded.calendar.zone)).date())
    return booking


def _use_balances(booking_id: int, request: BookingRequest, priced: PricedRequest, *, today: date) -> None:
    """Take what the price of a booking uses of a coupon, a package and a gift card; raises BalanceRefused."""
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


def _snapshot(allocation: Allocation) -> dict[str, Any]:
    """The names of today, so that the booking stays readable after a delete."""
    request = allocation.request
    names: dict[str, Any] = {"service": {"name": allocation.loaded.name}}
    customer = request.customer or _existing_record(customers, request.customer_id)
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
