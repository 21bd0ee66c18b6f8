"""Updates, cancels and deletes bookings."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from core.db import is_postgres, writing
from core.domain.money import Quote
from core.domain.party import resize_party
from core.domain.records import Booking
from core.domain.requests import SKIP_ALL_BUT_CAPACITY, BookingRequest, ChangeRequest
from core.domain.schedule import PersonBound
from core.domain.statuses import BOOKING, CANCELLED, HOLD, OCCUPYING
from core.domain.zones import zone as zone_of
from core.errors import Invalid, NotFound, StaleVersion
from core.retries import retried_on_conflict
from core.services import balances, ledger, payment_sync, pricing, site
from core.services.balances import HeldBalance
from core.services.bookings import vetoes
from core.services.bookings.allocation import (
    Allocation,
    allocate,
    check_request,
    interval_of,
    load_calendars,
    load_locked_calendars,
    lock_calendars,
)
from core.services.bookings.booking_events import record_change, record_deletion, record_status
from core.services.bookings.creation import session_of
from core.services.bookings.queries import repository
from core.services.pricing import PricedRequest, package_for
from core.services.purchase_terms import coupon_terms_of, is_stated, request_with_terms, stated_quote
from core.services.repository import locations, services, to_epoch, to_instant

#: What a request says of the interval and the resource that a booking gets.
_ALLOCATED = frozenset(("wall_start", "wall_end", "blocks", "resource_id"))


@retried_on_conflict
def update(
    id: int,
    change: ChangeRequest,
    *,
    now: datetime,
    origin: str = "",
    expected_version: int | None = None,
    reallocate: bool = False,
) -> Booking:
    """Apply a change to a booking; its own claims are released before it takes new ones.

    Args:
        reallocate: Take claims even where nothing else changes: the caller has released the old ones.

    Raises:
        NotFound, NotAvailable, StaleVersion, BalanceRefused, Vetoed: Nothing is changed then.
    """
    with writing():
        before = lock_booking(id, expected_version, change.resource_id or 0)
        request = _as_request(before, change)
        check_request(request)
        status = request.status
        moved = reallocate or _changes_claims(before, request)
        values = _claims_unless_vetoed(before, request, now=now, moved=moved)
        values |= _unpriced_values(before, request, change)
        values |= _price_values(before, request, values, change, now=now)
        _sync_balances(before, status)
        if status != before.status:
            values |= _status_values(status, now)
        after = repository.update(id, now=now, **values)
        payment_sync.sync_after_change(before, after, now=now, origin=origin)
        kind = "booking.rescheduled" if before.start != after.start or before.end != after.end else "booking.changed"
        if kind == "booking.rescheduled" or status == before.status:
            record_change(kind, before, after, now=now, origin=origin)
        if status != before.status:
            record_status(before, after, now=now, origin=origin)
    return after


@retried_on_conflict
def set_status(
    id: int, status: str, *, now: datetime, origin: str = "", expected_version: int | None = None
) -> Booking:
    """Move a booking to another status and take or release its claims. The same status again changes nothing.

    Raises:
        NotFound, NotAvailable, StaleVersion, BalanceRefused, Vetoed: Nothing is changed then.
    """
    if status not in BOOKING:
        raise Invalid(field="status", reason="unknown", value=status)
    with writing():
        before = lock_booking(id, expected_version)
        if before.status == status:
            return before
        request = _as_request(before, ChangeRequest(overrides=SKIP_ALL_BUT_CAPACITY), status)
        values = _status_values(status, now) | _claims_unless_vetoed(before, request, now=now)
        _sync_balances(before, status)
        after = repository.update(id, now=now, **values)
        payment_sync.sync_after_change(before, after, now=now, origin=origin)
        record_status(before, after, now=now, origin=origin)
    return after


def cancel(id: int, *, now: datetime, origin: str = "", expected_version: int | None = None) -> Booking:
    """Release a booking's claims and keep its record; cancelling twice changes nothing."""
    return set_status(id, CANCELLED, now=now, origin=origin, expected_version=expected_version)


@retried_on_conflict
def delete(
    id: int, *, now: datetime, origin: str = "", expected_version: int | None = None, replaced: bool = False
) -> Booking:
    """Delete a booking and return it as it was.

    Args:
        replaced: An import creates it again, so its order stays as it is.
    """
    with writing():
        before = lock_booking(id, expected_version)
        _transfer_shared_capacity(before, now=now)
        ledger.release(id)
        balances.forget_booking(id)
        repository.delete(id)
        payment_sync.delete_payments(id)
        if not replaced:
            payment_sync.sync_after_delete(before, now=now, origin=origin)
        record_deletion(before, now=now, origin=origin)
    return before


@retried_on_conflict
def set_metadata(id: int, dialect: str, metadata: dict[str, Any], *, now: datetime) -> Booking:
    """Replace one dialect's metadata of a booking; no claims change and no event is recorded."""
    with writing():
        before = lock_booking(id)
        return repository.update(id, now=now, extras={**before.extras, dialect: metadata})


def lock_booking(id: int, expected_version: int | None = None, resource_id: int = 0) -> Booking:
    """The booking, with everything it may claim locked.

    Args:
        resource_id: A resource it may move to.

    Raises:
        NotFound: There is no such booking.
        StaleVersion: Its version is not ``expected_version``.
    """
    booking = repository.get(id)
    if is_postgres():
        try:
            loaded = load_calendars([_as_request(booking, ChangeRequest())])
        except NotFound:
            loaded = []
        lock_calendars(loaded, (booking.resource_id, resource_id))
        booking = repository.get_for_update(id)
    if expected_version is not None and booking.version != expected_version:
        raise StaleVersion(expected_version=expected_version, actual_version=booking.version)
    return booking


def _as_request(booking: Booking, change: ChangeRequest, status: str | None = None) -> BookingRequest:
    """The booking as a request, with the changes applied."""
    counts = {int(key): count for key, count in booking.person_counts.items()}
    if counts and change.persons is not None and change.person_counts is None:
        counts = resize_party(_bounds_of(booking), counts, change.persons)
    start = booking.wall_start if change.wall_start is None else change.wall_start
    end = change.wall_end
    blocks = change.blocks
    if end is None and blocks is None:
        if change.wall_start is None:
            end = booking.wall_end
        else:
            end = start + (booking.wall_end - booking.wall_start)
    if change.extras is not None and change.wall_end is None:
        end, blocks = None, booking.blocks
    return BookingRequest(
        service_id=booking.service_id,
        wall_start=start,
        wall_end=end,
        blocks=blocks,
        origin=booking.origin,
        status=status or change.status or booking.status,
        resource_id=booking.resource_id if change.resource_id is None else change.resource_id,
        variant_id=booking.variant_id,
        location_id=booking.location_id if change.location_id is None else change.location_id,
        customer_id=booking.customer_id if change.customer_id is None else change.customer_id,
        persons=booking.persons if change.persons is None else change.persons,
        person_counts=counts if change.person_counts is None else change.person_counts,
        quantity=booking.quantity if change.quantity is None else change.quantity,
        extras=booking.extras_chosen if change.extras is None else change.extras,
        coupon_code=booking.coupon_code,
        price=change.price,
        checkout=change.checkout,
        expires_at=booking.expires_at,
        overrides=change.overrides,
        zone=_zone_of(booking, change),
    )


def _zone_of(booking: Booking, change: ChangeRequest) -> str:
    """The zone of the changed booking: its own, or "" for the service's where its time or location changes."""
    if change.wall_start not in (None, booking.wall_start):
        return ""
    if change.location_id and change.location_id != booking.location_id:
        location = locations.get(change.location_id)
        if location.zone:
            return ""
    return booking.zone


def _bounds_of(booking: Booking) -> Sequence[PersonBound]:
    service = services.get_many([booking.service_id]).get(booking.service_id)
    return service.plan.persons.by_type if service is not None else ()


def _changes_claims(before: Booking, request: BookingRequest) -> bool:
    """Whether the request differs from the booking in anything that claims depend on."""
    return (
        request.wall_start != before.wall_start
        or request.wall_end != before.wall_end
        or request.resource_id != before.resource_id
        or request.location_id != before.location_id
        or request.persons != before.persons
        or request.quantity != before.quantity
        or request.extras != before.extras_chosen
    )


def _claims_unless_vetoed(
    before: Booking, request: BookingRequest, *, now: datetime, moved: bool = False
) -> dict[str, Any]:
    """As ``_apply_claims``, with the consent of the plugins."""
    change = vetoes.change_kind(before, request)
    vetoes.check_booking(request, change, now=now, before=before)
    values = _apply_claims(before, request, now=now, moved=moved)
    allocated = {name: value for name, value in values.items() if name in _ALLOCATED}
    vetoes.check_under_lock(request, change, allocated, now=now, before=before)
    return values


def _apply_claims(before: Booking, request: BookingRequest, *, now: datetime, moved: bool = False) -> dict[str, Any]:
    """Give the booking the claims of its new status and interval; returns the fields that change."""
    occupied_before, occupies_after = before.status in OCCUPYING, request.status in OCCUPYING
    confirmed = before.status == HOLD and request.status != HOLD
    values: dict[str, Any] = {}
    if occupied_before and not occupies_after and not moved:
        if _transfer_shared_capacity(before, now=now) or any(
            sibling.shared_places for sibling in _group_siblings(before, any_status=True)
        ):
            # If it occupies again, it first checks whether a sibling holds the capacity by then.
            values = {"shared_places": True}
        ledger.release(before.id)
    elif occupies_after and confirmed and not moved:
        if _has_expired(before, now) or not ledger.confirm_hold(before.id, now=now):
            values = _reallocate(before, request, now=now)
    elif moved or occupied_before != occupies_after:
        values = _reallocate(before, request, now=now)
    return values


def _sync_balances(before: Booking, status: str) -> None:
    """Release the balances of a booking that stops occupying; retake those of one that occupies again."""
    occupied_before, occupies_after = before.status in OCCUPYING, status in OCCUPYING
    if occupies_after and (not occupied_before or (before.status == HOLD and status != HOLD)):
        balances.retake(before.id)
    elif occupied_before and not occupies_after:
        balances.release(before.id)


def _reallocate(before: Booking, request: BookingRequest, *, now: datetime) -> dict[str, Any]:
    """Release the old claims and take new ones; returns the fields that change."""
    _transfer_shared_capacity(before, now=now)
    ledger.release(before.id)
    shares_capacity = (
        before.shared_places and not _changes_claims(before, request) and _capacity_holder(before) is not None
    )
    request = replace(request, service_units=0 if shares_capacity else None)
    allocation = allocate(request, load_locked_calendars([request])[0], now=now)
    allocation.take(before.id)
    return {
        "shared_places": shares_capacity,
        "start": to_instant(allocation.interval.start),
        "end": to_instant(allocation.interval.end),
        "wall_start": allocation.interval.wall_start,
        "wall_end": allocation.interval.wall_end,
        "zone": allocation.loaded.calendar.zone,
        "blocks": allocation.interval.blocks,
        "resource_id": allocation.resource_id,
        "session_id": _session_of(before, allocation),
    }


def _session_of(before: Booking, allocation: Allocation) -> int:
    """The session id of a booking after a change; a booking that does not move keeps it."""
    request, interval = allocation.request, allocation.interval
    unmoved = (
        (interval.start, allocation.resource_id, request.location_id)
        == (to_epoch(before.start), before.resource_id, before.location_id)
    ) and (interval.end == to_epoch(before.end) or allocation.loaded.calendar.plan.capacity.session_by == "start")
    if unmoved and before.status in OCCUPYING:
        return before.session_id
    return session_of(allocation, before.id, previous_session_id=before.session_id if unmoved else None)


def _group_siblings(booking: Booking, *, any_status: bool = False) -> list[Booking]:
    """Other bookings of its group for the same interval of the same service, oldest first.

    Args:
        any_status: Also those that do not occupy it.
    """
    if not booking.group_id:
        return []
    return [
        other
        for other in repository.list_all([("group_id", "=", booking.group_id)])
        if other.id != booking.id
        and (any_status or other.status in OCCUPYING)
        and (other.service_id, other.start, other.end) == (booking.service_id, booking.start, booking.end)
    ]


def _capacity_holder(booking: Booking) -> Booking | None:
    """The sibling that holds the claims on the service for all of them."""
    return next((sibling for sibling in _group_siblings(booking) if not sibling.shared_places), None)


def _transfer_shared_capacity(before: Booking, *, now: datetime) -> bool:
    """Transfer the claims on the service to a sibling that shares them; False where there is none."""
    if before.status not in OCCUPYING or before.shared_places:
        return False
    successor = next((sibling for sibling in _group_siblings(before) if sibling.shared_places), None)
    if successor is None:
        return False
    ledger.transfer(before.id, successor.id)
    repository.update(successor.id, now=now, shared_places=False)
    return True


def _unpriced_values(before: Booking, request: BookingRequest, change: ChangeRequest) -> dict[str, Any]:
    values: dict[str, Any] = {
        "persons": request.persons,
        "person_counts": {str(key): count for key, count in request.person_counts.items()},
        "quantity": request.quantity,
        "location_id": request.location_id,
        "extras_chosen": [list(pair) for pair in request.extras],
    }
    if change.note is not None:
        values["note"] = change.note
    if change.customer_id is not None:
        values["customer_id"] = change.customer_id
    if change.order_id is not None:
        values["order_id"] = change.order_id
    if change.order_item_id is not None:
        values["order_item_id"] = change.order_item_id
    if change.metadata is not None:
        values["extras"] = {**before.extras, before.origin: change.metadata}
    return values


def _price_values(
    before: Booking, request: BookingRequest, values: dict[str, Any], change: ChangeRequest, *, now: datetime
) -> dict[str, Any]:
    """The fields of the price after a change: stated, by the service's plan, or as before; its balances are resized.

    Only another stated price replaces a stated price.
    """
    stated_price = request.price if request.price != before.total else None
    reprice = stated_price is None and change.reprice and not is_stated(before.quote)
    if stated_price is None and not reprice and request.persons == before.persons:
        return {}
    request = request_with_terms(replace(request, price=None), before)
    uses_balance = bool(request.package_number or request.gift_card_code)
    held_balance = HeldBalance(before.id)
    if uses_balance:
        balances.lock_balances([replace(request, coupon_code="")], now=now)
        held_balance = balances.held_balance(before.id)
    currency = before.currency or site.current().currency
    if reprice:
        priced = _quote_again(before, request, values, held_balance, now=now)
        total, quote = priced.quote.total, msgspec.to_builtins(priced.quote, str_keys=True)
    else:
        today = now.astimezone(zone_of(before.zone)).date()
        package, _ = package_for(request, held_balance, today)
        priced = PricedRequest(Quote(currency, before.total), package=package, gift_amount=held_balance.amount)
        total, quote = before.total, values.get("quote", before.quote)
        if stated_price is not None:
            total, quote = stated_price, stated_quote(before.quote, stated_price, currency)
    if uses_balance:
        balances.resize(
            held_balance,
            service_id=before.service_id,
            package=priced.package,
            units=request.persons if request.package_number else 0,
            card=priced.gift_card,
            amount=priced.gift_amount,
            active=before.status in OCCUPYING,
        )
    return {"total": total, "quote": quote, "currency": currency}


def _quote_again(
    before: Booking, request: BookingRequest, values: dict[str, Any], held_balance: HeldBalance, *, now: datetime
) -> PricedRequest:
    """The price by the service's plan, with the terms the booking was made with."""
    loaded = load_calendars([request])[0]
    return pricing.quote_request(
        request,
        loaded,
        interval=interval_of(request, loaded.calendar, now=now),
        resource_id=values.get("resource_id", before.resource_id),
        now=now,
        held=held_balance,
        coupon=coupon_terms_of(before),
    )


def _has_expired(booking: Booking, now: datetime) -> bool:
    return booking.expires_at is not None and booking.expires_at <= now


def _status_values(status: str, now: datetime) -> dict[str, Any]:
    return {
        "status": status,
        "cancelled_at": now if status == CANCELLED else None,
        **({"expires_at": None} if status != HOLD else {}),
    }
