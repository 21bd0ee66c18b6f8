"""Bookings: made, read, moved, re-sized, settled, cancelled and deleted. All or nothing, and always told.

Every verb opens one writing transaction, locks the subjects it may take places of, reads the calendars inside it, and
asks the ledger. Nothing here knows who calls: dialects hand in a ``BookingRequest`` and get records back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec

from core import models
from core.db import lock_subjects, rows, writing
from core.domain import availability, records
from core.domain.claims import Demand
from core.domain.money import Quote
from core.domain.records import Booking, Page
from core.domain.requests import BookingRequest, Change, OrderRequest, Relax
from core.domain.schedule import ResourceCalendar
from core.domain.statuses import ALL, CANCELLED, HOLD, OCCUPYING
from core.domain.zones import zone as zone_of
from core.errors import DomainError, Invalid, NotAvailable, NotFound, StaleVersion
from core.services import balances, calendars, events, hooks, ledger, orders, pricing, site
from core.services.calendars import Loaded
from core.services.records import (
    Condition,
    Table,
    customers,
    extras,
    instant,
    locations,
    next_id,
    reserve_id,
    resources,
    seconds,
    services,
)

table = Table("booking", models.Booking, records.Booking, shared_ids=True)

#: Everything an operator may skip except capacity: what counts when a booking comes back to life.
_ALIVE_AGAIN = Relax(
    grid=True, notice=True, past=True, start_weekday=True, duration=True, hours=True, persons=True
)
_DAY_UNITS = {"day", "night", "month"}


@dataclass(frozen=True, slots=True)
class _Placed:
    """A request that found its place: the resource and the claims it needs."""

    request: BookingRequest
    loaded: Loaded
    resource_id: int
    span: availability.Span
    demands: tuple[Demand, ...]


# -- reading ----------------------------------------------------------------------------------------------------


def get(id: int) -> Booking:
    """The booking with this id; raises NotFound."""
    return table.get(id)


def many(ids: Iterable[int]) -> dict[int, Booking]:
    return table.many(ids)


def page(
    where: Sequence[Condition] = (),
    *,
    order: Sequence[tuple[str, str]] = (("created_at", "desc"), ("id", "desc")),
    limit: int | None = None,
    offset: int = 0,
    count: bool = True,
) -> Page[Booking]:
    """Bookings, newest first unless ordered otherwise, and how many there are in all.

    Totals by status, service or both come from the tally and cost the same at any size.
    """
    total = _tallied(where) if count else None
    if count and total is None:
        total = table.count(where)
    found = table.page(where, order=order, limit=limit, offset=offset, count=False)
    return Page(found.items, total)


def _tallied(where: Sequence[Condition]) -> int | None:
    """The number of matching bookings, where only status and service are asked about; else None."""
    parts, parameters = ["1 = 1"], []
    for name, operator, value in where:
        if name not in {"status", "service_id"} or operator not in {"=", "!=", "in", "not_in"}:
            return None
        if operator in {"=", "!="}:
            parts.append(f"{name} {'=' if operator == '=' else '<>'} ?")
            parameters.append(value)
        else:
            values = list(value)
            if not values:
                return 0 if operator == "in" else None
            marks = ", ".join("?" * len(values))
            parts.append(f"{name} {'IN' if operator == 'in' else 'NOT IN'} ({marks})")
            parameters += values
    sql = f"SELECT COALESCE(SUM(n), 0) FROM booking_tally WHERE {' AND '.join(parts)}"
    return int(rows(sql, parameters)[0][0])


# -- making -----------------------------------------------------------------------------------------------------


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


def create_group(
    requests: Sequence[BookingRequest],
    *,
    now: datetime,
    order: OrderRequest | None = None,
    ids: Sequence[int | None] = (),
    created_at: datetime | None = None,
    group: bool = True,
) -> list[Booking]:
    """Book every request or none; items see each other's places. Raises as ``create``, with ``item`` set."""
    for request in requests:
        _check_request(request)
    with writing():
        _lock(requests)
        loaded = _load(requests)
        group_id = f"g_{uuid4().hex[:12]}" if group and len(requests) > 1 else ""
        order_id = requests[0].order_id if requests else 0
        if order_id:
            orders.get(order_id)
        made: list[Booking] = []
        coupon_items = 0
        for item, request in enumerate(requests):
            try:
                booking_id = ids[item] if item < len(ids) else None
                if booking_id is None:
                    booking_id = next_id()
                else:
                    reserve_id(booking_id)
                placed = _place(request, loaded[request.service_id], booking_id, now=now)
                if request.coupon_code:
                    coupon_items += 1
                made.append(
                    _store(
                        placed,
                        booking_id,
                        group_id=group_id,
                        coupon_item=coupon_items,
                        now=now,
                        created_at=created_at or now,
                    )
                )
            except NotAvailable as error:
                if error.item is None and group:
                    error.item = item
                raise
            except DomainError as error:
                if group:
                    error.item = item  # type: ignore[attr-defined]
                raise
        if order is not None:
            made = _ordered(made, order, now=now)
        elif order_id and made and not made[0].order_item_id:
            made = _in_order(made, order_id, now=now)
        for booking in made:
            events.record(
                "booking.created",
                "booking",
                booking.id,
                now=now,
                origin=booking.origin,
                data={"booking": facts(booking)},
            )
    return made


def quote(request: BookingRequest, *, now: datetime) -> tuple[Quote, int]:
    """What the request would cost and which resource it would get; nothing is held or stored.

    Raises:
        NotAvailable, NotFound, BalanceRefused: As ``create`` would.
    """
    _check_request(request)
    loaded = _load([request])[request.service_id]
    resource_id, span, _ = _choose(request, loaded, now=now)
    priced = pricing.quote_request(request, loaded, span=span, resource_id=resource_id, now=now)
    return priced.quote, resource_id


def _check_request(request: BookingRequest) -> None:
    if request.status not in ALL:
        raise Invalid(field="status", reason="unknown", value=request.status)
    if request.persons < 1 or request.quantity < 1:
        raise Invalid(field="persons", reason="range", value=min(request.persons, request.quantity))
    if request.persons > 1_000_000 or request.quantity > 1_000_000:
        raise NotAvailable(reason="full", wanted=max(request.persons, request.quantity))


def _subjects(service_ids: Iterable[int], resource_ids: Iterable[int] = ()) -> list[tuple[str, int]]:
    wanted = sorted(set(service_ids))
    marks = ", ".join("?" * len(wanted))
    linked = rows(f"SELECT resource_id FROM service_resource WHERE service_id IN ({marks})", wanted) if wanted else []
    found = {("service", number) for number in wanted}
    found |= {("resource", row[0]) for row in linked}
    found |= {("resource", number) for number in resource_ids if number}
    return sorted(found)


def _lock(requests: Sequence[BookingRequest]) -> None:
    from core.db import is_postgres

    if is_postgres():
        lock_subjects(
            _subjects((r.service_id for r in requests), (r.resource_id for r in requests))
        )


def _load(requests: Sequence[BookingRequest]) -> dict[int, Loaded]:
    """The calendar of each request's service, with its resource, location and extras in it."""
    loaded: dict[int, Loaded] = {}
    for request in requests:
        minutes = 0
        if request.extras:
            known = extras.many(number for number, _ in request.extras)
            for number, quantity in request.extras:
                if number not in known or known[number].service_id != request.service_id:
                    raise NotFound(kind="extra", id=number)
                limit = known[number].max_quantity
                if quantity < 1 or (limit and quantity > limit):
                    raise Invalid(field="extras", reason="range", value=quantity, limit=limit)
                minutes += known[number].minutes * quantity
        one = calendars.load_one(
            request.service_id, location_id=request.location_id, extra_minutes=minutes
        )
        if request.resource_id and all(r.id != request.resource_id for r in one.calendar.resources):
            resource = resources.get(request.resource_id)
            one = calendars.with_resource(
                one,
                ResourceCalendar(
                    id=resource.id,
                    rules=resource.rules,
                    capacity=resource.capacity,
                    sharing=resource.sharing,  # type: ignore[arg-type]
                ),
            )
        loaded[request.service_id] = one
    return loaded


def units_of(request: BookingRequest, loaded: Loaded) -> int:
    """How many places a request takes."""
    each = request.persons if loaded.calendar.plan.units_per == "person" else 1
    return each * request.quantity


def _choose(
    request: BookingRequest, loaded: Loaded, *, now: datetime, booking_id: int = 0
) -> tuple[int, availability.Span, tuple[Demand, ...]]:
    """The resource a request gets, its span and the claims it needs; raises NotAvailable where none fits."""
    calendar = loaded.calendar
    plan = calendar.plan
    span = availability.span(
        calendar,
        wall_start=request.wall_start,
        wall_end=request.wall_end,
        blocks=request.blocks,
        relax=request.relax,
    )
    units = units_of(request, loaded)
    automatic = not request.resource_id and plan.resource_choice in {"automatic", "either"} and calendar.resources
    if request.resource_id or not automatic:
        if not request.resource_id and plan.resource_choice == "customer" and calendar.resources:
            raise NotAvailable(reason="resource", wanted=units)
        chosen = [request.resource_id]
    else:
        chosen = list(
            availability.candidates(calendar, _held(calendar, span, now=now), span=span, now=seconds(now))
        )
    refusal: NotAvailable | None = None
    for resource_id in chosen:
        try:
            demands = availability.demands(
                calendar,
                span=span,
                units=units,
                resource_id=resource_id,
                persons=request.persons,
                person_counts=request.person_counts,
                now=seconds(now),
                relax=request.relax,
            )
            demands = _adjusted(request, demands)
            if automatic:
                taken = _held(calendar, span, now=now, without=(booking_id,) if booking_id else ())
                for demand in demands:
                    left = ledger.shortage(demand, taken)
                    if left is not None and not request.relax.capacity:
                        raise NotAvailable(
                            reason="full",
                            wanted=demand.units,
                            left=max(0, left),
                            subject=demand.subject,
                            start=instant(demand.start),
                        )
            return resource_id, span, demands
        except NotAvailable as error:
            # The most telling refusal is kept: a full resource says more than a closed one.
            if refusal is None or (refusal.reason != "full" and error.reason == "full"):
                refusal = error
    raise refusal or NotAvailable(reason="resource", wanted=units)


def _adjusted(request: BookingRequest, demands: tuple[Demand, ...]) -> tuple[Demand, ...]:
    if request.service_units is None:
        return demands
    kept = [d for d in demands if d.subject[0] != "service"]
    if request.service_units:
        kept += [replace(d, units=request.service_units) for d in demands if d.subject[0] == "service"]
    return tuple(kept)


def _held(calendar: Any, span: availability.Span, *, now: datetime, without: Sequence[int] = ()) -> Any:
    subjects = [("service", calendar.service_id), *(("resource", r.id) for r in calendar.resources)]
    # Busy-ness is judged over the whole day, so look a day further than the span itself.
    return ledger.held(
        subjects,
        span.start - 86_400,
        span.end + 86_400,
        now=now,
        pause=60 * (calendar.plan.before_minutes + calendar.plan.after_minutes),
        without=without,
    )


def _place(request: BookingRequest, loaded: Loaded, booking_id: int, *, now: datetime) -> _Placed:
    """Check a request against everything and take its places in the ledger."""
    if not loaded.bookable and not request.relax.hours:
        raise NotAvailable(reason="closed")
    for check in hooks.current().check_booking:
        check(request, loaded)
    if request.status not in OCCUPYING:
        span = availability.span(
            loaded.calendar,
            wall_start=request.wall_start,
            wall_end=request.wall_end,
            blocks=request.blocks,
            relax=request.relax,
        )
        return _Placed(request, loaded, request.resource_id, span, ())
    resource_id, span, demands = _choose(request, loaded, now=now)
    ledger.claim(
        booking_id,
        demands,
        now=now,
        expires_at=request.expires_at if request.status == HOLD else None,
        overbook=request.relax.capacity,
    )
    return _Placed(request, loaded, resource_id, span, demands)


def _session(placed: _Placed, booking_id: int) -> int:
    """The session this booking joins, or its own id."""
    marks = ", ".join("?" * len(OCCUPYING))
    found = rows(
        'SELECT session_id FROM booking WHERE service_id = ? AND start = ? AND "end" = ? AND resource_id = ?'
        f" AND location_id = ? AND id <> ? AND status IN ({marks}) ORDER BY id LIMIT 1",
        (
            placed.request.service_id,
            placed.span.start,
            placed.span.end,
            placed.resource_id,
            placed.request.location_id,
            booking_id,
            *sorted(OCCUPYING),
        ),
    )
    return found[0][0] if found else booking_id


def _store(
    placed: _Placed, booking_id: int, *, group_id: str, coupon_item: int, now: datetime, created_at: datetime
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
    if request.package_number:
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
    return table.create(
        now=created_at,
        id=booking_id,
        origin=request.origin,
        modified_at=created_at,
        session_id=_session(placed, booking_id),
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
        start=instant(span.start),
        end=instant(span.end),
        wall_start=span.wall_start,
        wall_end=span.wall_end,
        zone=placed.loaded.calendar.zone,
        all_day=request.all_day
        if request.all_day is not None
        else placed.loaded.calendar.plan.unit in _DAY_UNITS,
        blocks=span.blocks,
        quantity=request.quantity,
        persons=request.persons,
        person_counts={str(key): count for key, count in request.person_counts.items()},
        extras_chosen=[list(pair) for pair in request.extras],
        currency=priced.quote.currency,
        total=priced.quote.total,
        quote=msgspec.to_builtins(priced.quote, str_keys=True),
        coupon_code=request.coupon_code,
        note=request.note,
        snapshot=_snapshot(placed) | request.snapshot,
        expires_at=request.expires_at if request.status == HOLD else None,
        extras={request.origin: request.facets} if request.facets else {},
    )


def _snapshot(placed: _Placed) -> dict[str, Any]:
    """Names as they are now, so that a later delete leaves the booking readable."""
    request = placed.request
    names: dict[str, Any] = {"service": {"name": placed.loaded.name}}
    if request.customer_id:
        customer = customers.get(request.customer_id)
        names["customer"] = {
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "email": customer.email,
            "phone": customer.phone,
        }
    if placed.resource_id:
        found = resources.many([placed.resource_id]).get(placed.resource_id)
        names["resource"] = {"name": found.name if found else ""}
    if request.location_id:
        names["location"] = {"name": locations.get(request.location_id).name}
    return names


def _ordered(made: list[Booking], wanted: OrderRequest, *, now: datetime) -> list[Booking]:
    """Make one order around new bookings, with a line each or one for all."""
    if not made:
        return made
    first = made[0]
    order = orders.create(
        now=now,
        origin=first.origin,
        status=wanted.status,
        customer_id=wanted.customer_id,
        currency=first.currency or site.current().currency,
        key=wanted.key,
        extras={first.origin: wanted.facets} if wanted.facets else {},
    )
    return _in_order(made, order.id, now=now, one_line=wanted.one_line, total=wanted.total)


def _in_order(
    made: list[Booking], order_id: int, *, now: datetime, one_line: bool = False, total: Decimal | None = None
) -> list[Booking]:
    placed = []
    if one_line or total is not None:
        amount = total if total is not None else sum((b.total for b in made), Decimal(0))
        line = orders.add_item(
            order_id,
            now=now,
            service_id=made[0].service_id,
            name=made[0].snapshot["service"]["name"],
            total=amount,
            quantity=made[0].quantity,
        )
        lines = [line] * len(made)
    else:
        lines = [
            orders.add_item(
                order_id,
                now=now,
                service_id=booking.service_id,
                name=booking.snapshot["service"]["name"],
                total=booking.total,
                quantity=booking.quantity,
            )
            for booking in made
        ]
    for booking, line in zip(made, lines, strict=True):
        models.Booking.update(order_id=order_id, order_item_id=line.id).where(
            models.Booking.id == booking.id
        ).execute()
        placed.append(replace(booking, order_id=order_id, order_item_id=line.id))
    return placed


# -- changing ---------------------------------------------------------------------------------------------------


def change(
    id: int, wanted: Change, *, now: datetime, origin: str = "", expected_version: int | None = None
) -> Booking:
    """Move, re-size, re-price or annotate a booking; its own places are freed before the new ones are asked for.

    Raises:
        NotFound, NotAvailable, StaleVersion, BalanceRefused: And nothing is changed.
    """
    with writing():
        before = _locked(id, expected_version, wanted.resource_id or 0)
        request = _as_request(before, wanted)
        _check_request(request)
        moved = _needs_places(before, request)
        values: dict[str, Any] = {}
        status = request.status
        if moved or (status in OCCUPYING) != (before.status in OCCUPYING):
            values |= _re_place(before, request, now=now)
        values |= _plain_changes(before, request, wanted)
        if wanted.price is not None or (wanted.reprice and wanted.price is None):
            values |= _re_price(before, request, values, now=now)
        if status != before.status:
            values |= _status_values(status, now)
        after = table.update(id, now=now, **values)
        kind = "booking.rescheduled" if before.start != after.start or before.end != after.end else "booking.changed"
        if kind == "booking.rescheduled" or status == before.status:
            _tell(kind, before, after, now=now, origin=origin)
        if status != before.status:
            _tell_status(before, after, now=now, origin=origin)
    return after


def set_status(
    id: int, status: str, *, now: datetime, origin: str = "", expected_version: int | None = None
) -> Booking:
    """Move a booking to another status; taking places anew where that needs them. Same status again: no event.

    Raises:
        NotFound, NotAvailable, StaleVersion, BalanceRefused: And nothing is changed.
    """
    if status not in ALL:
        raise Invalid(field="status", reason="unknown", value=status)
    with writing():
        before = _locked(id, expected_version)
        if before.status == status:
            return before
        values = _status_values(status, now)
        if before.status == HOLD and status in OCCUPYING and not _expired(before, now):
            ledger.keep(id)
        elif status in OCCUPYING and (before.status not in OCCUPYING or before.status == HOLD):
            values |= _re_place(before, _as_request(before, Change(relax=_ALIVE_AGAIN), status), now=now)
            balances.take_again(id)
        elif before.status in OCCUPYING and status not in OCCUPYING:
            ledger.release(id)
            balances.give_back(id)
        after = table.update(id, now=now, **values)
        _tell_status(before, after, now=now, origin=origin)
    return after


def cancel(id: int, *, now: datetime, origin: str = "", expected_version: int | None = None) -> Booking:
    """Free a booking's places and keep its record; cancelling twice changes nothing."""
    return set_status(id, CANCELLED, now=now, origin=origin, expected_version=expected_version)


def delete(id: int, *, now: datetime, origin: str = "", expected_version: int | None = None) -> Booking:
    """Remove a booking for good and return it as it was."""
    with writing():
        before = _locked(id, expected_version)
        ledger.release(id)
        balances.give_back(id)
        table.delete(id)
        models.Payment.delete().where(models.Payment.booking_id == id).execute()
        events.record(
            "booking.deleted", "booking", id, now=now, origin=origin, data={"booking": facts(before)}
        )
    return before


def hold(request: BookingRequest, *, now: datetime, keep_for: timedelta) -> Booking:
    """Take places for a while; ``set_status`` makes them stay, time or ``cancel`` gives them back."""
    return create(replace(request, status=HOLD, expires_at=now + keep_for), now=now)


def annotate(id: int, dialect: str, facets: dict[str, Any], *, now: datetime) -> Booking:
    """Replace what one dialect keeps with a booking; no places, no event."""
    with writing():
        before = _locked(id, None)
        return table.update(id, now=now, extras={**before.extras, dialect: facets})


def _locked(id: int, expected_version: int | None, resource_id: int = 0) -> Booking:
    booking = table.get(id)
    from core.db import is_postgres

    if is_postgres():
        lock_subjects(_subjects([booking.service_id], [booking.resource_id, resource_id]))
        lock_subjects([("row:booking", id)])
        booking = table.get(id)
    if expected_version is not None and booking.version != expected_version:
        raise StaleVersion(expected=expected_version, found=booking.version)
    return booking


def _as_request(booking: Booking, wanted: Change, status: str | None = None) -> BookingRequest:
    """The booking as somebody would ask for it, with the wanted changes in it."""
    counts = {int(key): count for key, count in booking.person_counts.items()}
    start = booking.wall_start if wanted.wall_start is None else wanted.wall_start
    end = wanted.wall_end
    blocks = wanted.blocks
    if end is None and blocks is None:
        if wanted.wall_start is None:
            end = booking.wall_end
        else:
            end = start + (booking.wall_end - booking.wall_start)
    if wanted.extras is not None and wanted.wall_end is None:
        end, blocks = None, booking.blocks
    return BookingRequest(
        service_id=booking.service_id,
        wall_start=start,
        wall_end=end,
        blocks=blocks,
        origin=booking.origin,
        status=status or wanted.status or booking.status,
        resource_id=booking.resource_id if wanted.resource_id is None else wanted.resource_id,
        variant_id=booking.variant_id,
        location_id=booking.location_id if wanted.location_id is None else wanted.location_id,
        customer_id=booking.customer_id if wanted.customer_id is None else wanted.customer_id,
        persons=booking.persons if wanted.persons is None else wanted.persons,
        person_counts=counts if wanted.person_counts is None else wanted.person_counts,
        quantity=booking.quantity if wanted.quantity is None else wanted.quantity,
        extras=booking.extras_chosen if wanted.extras is None else wanted.extras,
        coupon_code=booking.coupon_code,
        expires_at=booking.expires_at,
        relax=wanted.relax,
    )


def _needs_places(before: Booking, request: BookingRequest) -> bool:
    """Does the request differ from the booking in anything that takes places?"""
    return (
        request.wall_start != before.wall_start
        or request.wall_end != before.wall_end
        or request.resource_id != before.resource_id
        or request.location_id != before.location_id
        or request.persons != before.persons
        or request.quantity != before.quantity
        or request.extras != before.extras_chosen
    )


def _re_place(before: Booking, request: BookingRequest, *, now: datetime) -> dict[str, Any]:
    """Free the old places, take the new ones, and say what changes in the row."""
    ledger.release(before.id)
    loaded = _load([request])[request.service_id]
    placed = _place(replace(request, service_units=_service_units(before)), loaded, before.id, now=now)
    return {
        "start": instant(placed.span.start),
        "end": instant(placed.span.end),
        "wall_start": placed.span.wall_start,
        "wall_end": placed.span.wall_end,
        "blocks": placed.span.blocks,
        "resource_id": placed.resource_id,
        "session_id": _session(placed, before.id),
    }


def _service_units(before: Booking) -> int | None:
    """0 for a booking whose places on the service another one of its group holds."""
    return 0 if before.quote.get("facts", {}).get("shared_places") else None


def _plain_changes(before: Booking, request: BookingRequest, wanted: Change) -> dict[str, Any]:
    values: dict[str, Any] = {
        "persons": request.persons,
        "person_counts": {str(key): count for key, count in request.person_counts.items()},
        "quantity": request.quantity,
        "location_id": request.location_id,
        "extras_chosen": [list(pair) for pair in request.extras],
    }
    if wanted.note is not None:
        values["note"] = wanted.note
    if wanted.customer_id is not None:
        values["customer_id"] = wanted.customer_id
    if wanted.order_id is not None:
        values["order_id"] = wanted.order_id
    if wanted.order_item_id is not None:
        values["order_item_id"] = wanted.order_item_id
    if wanted.facets is not None:
        values["extras"] = {**before.extras, before.origin: wanted.facets}
    return values


def _re_price(before: Booking, request: BookingRequest, values: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    currency = before.currency or site.current().currency
    if wanted_price := request.price:
        priced = Quote.stated(wanted_price, currency)
    else:
        loaded = _load([request])[request.service_id]
        span = availability.span(
            loaded.calendar,
            wall_start=request.wall_start,
            wall_end=request.wall_end,
            blocks=request.blocks,
            relax=_ALIVE_AGAIN,
        )
        resource_id = values.get("resource_id", before.resource_id)
        priced = pricing.quote_request(
            request, loaded, span=span, resource_id=resource_id, now=now, coupon_known=True
        ).quote
    return {"total": priced.total, "quote": msgspec.to_builtins(priced, str_keys=True), "currency": currency}


def _expired(booking: Booking, now: datetime) -> bool:
    return booking.expires_at is not None and booking.expires_at <= now


def _status_values(status: str, now: datetime) -> dict[str, Any]:
    return {
        "status": status,
        "cancelled_at": now if status == CANCELLED else None,
        **({"expires_at": None} if status != HOLD else {}),
    }


# -- telling ----------------------------------------------------------------------------------------------------


def facts(booking: Booking) -> dict[str, Any]:
    """A booking as plain data for events: no personal data beyond ids and the names it was booked under."""
    return {
        "id": booking.id,
        "session_id": booking.session_id,
        "group_id": booking.group_id,
        "service_id": booking.service_id,
        "resource_id": booking.resource_id,
        "location_id": booking.location_id,
        "customer_id": booking.customer_id,
        "order_id": booking.order_id,
        "status": booking.status,
        "wall_start": booking.wall_start.isoformat(sep=" "),
        "wall_end": booking.wall_end.isoformat(sep=" "),
        "zone": booking.zone,
        "start": seconds(booking.start.astimezone(UTC)),
        "end": seconds(booking.end.astimezone(UTC)),
        "persons": booking.persons,
        "quantity": booking.quantity,
        "currency": booking.currency,
        "total": str(booking.total),
    }


def _tell(kind: str, before: Booking, after: Booking, *, now: datetime, origin: str) -> None:
    events.record(
        kind,
        "booking",
        after.id,
        now=now,
        origin=origin or after.origin,
        data={"booking": facts(after), "previous": facts(before)},
    )


def _tell_status(before: Booking, after: Booking, *, now: datetime, origin: str) -> None:
    cancelled = after.status == CANCELLED
    _tell("booking.cancelled" if cancelled else "booking.status_changed", before, after, now=now, origin=origin)
