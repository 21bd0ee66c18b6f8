"""Moving, re-sizing, settling, cancelling and deleting bookings."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from core.db import is_postgres, retried_on_conflict, writing
from core.domain.money import Quote
from core.domain.party import resize_party
from core.domain.records import Booking
from core.domain.requests import SKIP_ALL_BUT_CAPACITY, BookingRequest, ChangeRequest
from core.domain.schedule import PersonBound
from core.domain.statuses import ALL, CANCELLED, HOLD, OCCUPYING
from core.domain.zones import zone as zone_of
from core.errors import Invalid, NotFound, StaleVersion
from core.services import balances, ledger, payment_sync, pricing, site
from core.services.balances import HeldBalance
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


@retried_on_conflict
def update(
    id: int,
    wanted: ChangeRequest,
    *,
    now: datetime,
    origin: str = "",
    expected_version: int | None = None,
    reallocate: bool = False,
) -> Booking:
    """Move, re-size, re-price or annotate a booking; its own places are freed before the new ones are asked for.

    Args:
        take_anew: Its places were freed already; ask for them even where nothing else changes.

    Raises:
        NotFound, NotAvailable, StaleVersion, BalanceRefused: And nothing is changed.
    """
    with writing():
        before = lock_booking(id, expected_version, wanted.resource_id or 0)
        request = _as_request(before, wanted)
        check_request(request)
        status = request.status
        moved = reallocate or _needs_places(before, request)
        values = _apply_claims(before, request, now=now, moved=moved)
        values |= _plain_changes(before, request, wanted)
        values |= _priced(before, request, values, wanted, now=now)
        _return_or_take(before, status)
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
    """Move a booking to another status; taking places anew where that needs them. Same status again: no event.

    Raises:
        NotFound, NotAvailable, StaleVersion, BalanceRefused: And nothing is changed.
    """
    if status not in ALL:
        raise Invalid(field="status", reason="unknown", value=status)
    with writing():
        before = lock_booking(id, expected_version)
        if before.status == status:
            return before
        request = _as_request(before, ChangeRequest(overrides=SKIP_ALL_BUT_CAPACITY), status)
        values = _status_values(status, now) | _apply_claims(before, request, now=now)
        _return_or_take(before, status)
        after = repository.update(id, now=now, **values)
        payment_sync.sync_after_change(before, after, now=now, origin=origin)
        record_status(before, after, now=now, origin=origin)
    return after


def cancel(id: int, *, now: datetime, origin: str = "", expected_version: int | None = None) -> Booking:
    """Free a booking's places and keep its record; cancelling twice changes nothing."""
    return set_status(id, CANCELLED, now=now, origin=origin, expected_version=expected_version)


@retried_on_conflict
def delete(
    id: int, *, now: datetime, origin: str = "", expected_version: int | None = None, replaced: bool = False
) -> Booking:
    """Remove a booking for good and return it as it was.

    Args:
        replaced: Another one comes in its place (imports), so its order stays as it is.
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
    """Replace what one dialect keeps with a booking; no places, no event."""
    with writing():
        before = lock_booking(id)
        return repository.update(id, now=now, extras={**before.extras, dialect: metadata})


def lock_booking(id: int, expected_version: int | None = None, resource_id: int = 0) -> Booking:
    """The booking, with everything it may take places of locked."""
    booking = repository.get(id)
    if is_postgres():
        try:
            loaded = load_calendars([_as_request(booking, ChangeRequest())])
        except NotFound:
            loaded = []
        lock_calendars(loaded, (booking.resource_id, resource_id))
        booking = repository.locked(id)
    if expected_version is not None and booking.version != expected_version:
        raise StaleVersion(expected=expected_version, found=booking.version)
    return booking


def _as_request(booking: Booking, wanted: ChangeRequest, status: str | None = None) -> BookingRequest:
    """The booking as somebody would ask for it, with the wanted changes in it."""
    counts = {int(key): count for key, count in booking.person_counts.items()}
    if counts and wanted.persons is not None and wanted.person_counts is None:
        counts = resize_party(_bounds_of(booking), counts, wanted.persons)
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
        price=wanted.price,
        checkout=wanted.checkout,
        expires_at=booking.expires_at,
        overrides=wanted.overrides,
        zone=_zone_of(booking, wanted),
    )


def _zone_of(booking: Booking, wanted: ChangeRequest) -> str:
    """Whose clock the changed booking is read on: the one it was made on, unless it is given another time or place."""
    if wanted.wall_start not in (None, booking.wall_start):
        return ""
    if wanted.location_id and wanted.location_id != booking.location_id:
        place = locations.get(wanted.location_id)
        if place.zone:
            return ""
    return booking.zone


def _bounds_of(booking: Booking) -> Sequence[PersonBound]:
    service = services.get_many([booking.service_id]).get(booking.service_id)
    return service.plan.persons.by_type if service is not None else ()


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


def _apply_claims(before: Booking, request: BookingRequest, *, now: datetime, moved: bool = False) -> dict[str, Any]:
    """Have the booking hold what it is to hold in its new status and place, and say what changes in the row."""
    occupied, occupies = before.status in OCCUPYING, request.status in OCCUPYING
    settled = before.status == HOLD and request.status != HOLD
    values: dict[str, Any] = {}
    if occupied and not occupies and not moved:
        if _transfer_shared_capacity(before, now=now) or any(
            one.shared_places for one in _together(before, anyhow=True)
        ):
            # Should it come back, it asks first whether another of them holds the place by then.
            values = {"shared_places": True}
        ledger.release(before.id)
    elif occupies and settled and not moved:
        if _expired(before, now) or not ledger.confirm_hold(before.id, now=now):
            values = _reallocate(before, request, now=now)
    elif moved or occupied != occupies:
        values = _reallocate(before, request, now=now)
    return values


def _return_or_take(before: Booking, status: str) -> None:
    """Give back what a booking was paid with when it stops occupying, take it again when it occupies once more."""
    occupied, occupies = before.status in OCCUPYING, status in OCCUPYING
    if occupies and (not occupied or (before.status == HOLD and status != HOLD)):
        balances.retake(before.id)
    elif occupied and not occupies:
        balances.give_back(before.id)


def _reallocate(before: Booking, request: BookingRequest, *, now: datetime) -> dict[str, Any]:
    """Free the old places, take the new ones, and say what changes in the row."""
    _transfer_shared_capacity(before, now=now)
    ledger.release(before.id)
    shares = before.shared_places and not _needs_places(before, request) and _holder(before) is not None
    request = replace(request, service_units=0 if shares else None)
    placed = allocate(request, load_locked_calendars([request])[0], before.id, now=now)
    return {
        "shared_places": shares,
        "start": to_instant(placed.span.start),
        "end": to_instant(placed.span.end),
        "wall_start": placed.span.wall_start,
        "wall_end": placed.span.wall_end,
        "zone": placed.loaded.calendar.zone,
        "blocks": placed.span.blocks,
        "resource_id": placed.resource_id,
        "session_id": _session_of(before, placed),
    }


def _session_of(before: Booking, placed: Allocation) -> int:
    """The session of a booking in its new place; one that stays where it was keeps the number it was told under."""
    request, span = placed.request, placed.span
    stays = (
        (span.start, placed.resource_id, request.location_id)
        == (to_epoch(before.start), before.resource_id, before.location_id)
    ) and (span.end == to_epoch(before.end) or placed.loaded.calendar.plan.capacity.session_by == "start")
    if stays and before.status in OCCUPYING:
        return before.session_id
    return session_of(placed, before.id, was=before.session_id if stays else None)


def _together(booking: Booking, *, anyhow: bool = False) -> list[Booking]:
    """Other bookings made together with this one for the same span of the same service, oldest first.

    Only those that occupy it, unless ``anyhow``.
    """
    if not booking.group_id:
        return []
    return [
        one
        for one in repository.list_all([("group_id", "=", booking.group_id)])
        if one.id != booking.id
        and (anyhow or one.status in OCCUPYING)
        and (one.service_id, one.start, one.end) == (booking.service_id, booking.start, booking.end)
    ]


def _holder(booking: Booking) -> Booking | None:
    return next((one for one in _together(booking) if not one.shared_places), None)


def _transfer_shared_capacity(before: Booking, *, now: datetime) -> bool:
    """Give the places on the service to a booking that shares them, before this one lets go of them."""
    if before.status not in OCCUPYING or before.shared_places:
        return False
    heir = next((one for one in _together(before) if one.shared_places), None)
    if heir is None:
        return False
    ledger.transfer(before.id, heir.id)
    repository.update(heir.id, now=now, shared_places=False)
    return True


def _plain_changes(before: Booking, request: BookingRequest, wanted: ChangeRequest) -> dict[str, Any]:
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
    if wanted.metadata is not None:
        values["extras"] = {**before.extras, before.origin: wanted.metadata}
    return values


def _priced(
    before: Booking, request: BookingRequest, values: dict[str, Any], wanted: ChangeRequest, *, now: datetime
) -> dict[str, Any]:
    """What the booking costs now: as stated, or by the service's plan, or as before; what it has taken is sized to it.

    A price that was stated stays: only another stated one replaces it.
    """
    stated = request.price if request.price != before.total else None
    anew = stated is None and wanted.reprice and not is_stated(before.quote)
    if stated is None and not anew and request.persons == before.persons:
        return {}
    request = request_with_terms(replace(request, price=None), before)
    pays = bool(request.package_number or request.gift_card_code)
    held = HeldBalance(before.id)
    if pays:
        balances.lock_balances([replace(request, coupon_code="")], now=now)
        held = balances.held_by(before.id)
    currency = before.currency or site.current().currency
    if anew:
        priced = _priced_anew(before, request, values, held, now=now)
        total, quote = priced.quote.total, msgspec.to_builtins(priced.quote, str_keys=True)
    else:
        today = now.astimezone(zone_of(before.zone)).date()
        package, _ = package_for(request, held, today)
        priced = PricedRequest(Quote(currency, before.total), package=package, gift_amount=held.amount)
        total, quote = before.total, values.get("quote", before.quote)
        if stated is not None:
            total, quote = stated, stated_quote(before.quote, stated, currency)
    if pays:
        balances.resize(
            held,
            service_id=before.service_id,
            package=priced.package,
            units=request.persons if request.package_number else 0,
            card=priced.gift_card,
            amount=priced.gift_amount,
            active=before.status in OCCUPYING,
        )
    return {"total": total, "quote": quote, "currency": currency}


def _priced_anew(
    before: Booking, request: BookingRequest, values: dict[str, Any], held: HeldBalance, *, now: datetime
) -> PricedRequest:
    """The price by the service's plan, with all that the booking was made with."""
    loaded = load_calendars([request])[0]
    return pricing.quote_request(
        request,
        loaded,
        span=interval_of(request, loaded.calendar, now=now),
        resource_id=values.get("resource_id", before.resource_id),
        now=now,
        held=held,
        coupon=coupon_terms_of(before),
    )


def _expired(booking: Booking, now: datetime) -> bool:
    return booking.expires_at is not None and booking.expires_at <= now


def _status_values(status: str, now: datetime) -> dict[str, Any]:
    return {
        "status": status,
        "cancelled_at": now if status == CANCELLED else None,
        **({"expires_at": None} if status != HOLD else {}),
    }
