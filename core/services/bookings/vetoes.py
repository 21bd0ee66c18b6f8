"""Asks plugins whether they refuse a booking: before it is allocated, and inside the lock with the places it got."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.domain.records import Booking, Service
from core.domain.requests import BookingRequest, ChangeKind
from core.domain.statuses import COMPLETED, CONFIRMED, HOLD, OCCUPYING, PAID, PENDING, UNPAID
from core.errors import NotAvailable
from core.services import events, filters
from core.services.bookings.allocation import interval_of, load_calendars
from core.services.bookings.ledger_view import LedgerView
from core.services.repository import services

_UNDECIDED, _FIRM = frozenset({HOLD, UNPAID, PENDING}), frozenset({CONFIRMED, PAID, COMPLETED})


def change_kind(before: Booking, request: BookingRequest) -> ChangeKind | None:
    """What a change of a booking is called; None where nothing is asked, because it takes nothing."""
    if request.status not in OCCUPYING:
        return None
    if before.status not in OCCUPYING:
        return "revive"
    if (
        request.wall_start != before.wall_start
        or request.wall_end != before.wall_end
        or request.resource_id != before.resource_id
        or request.location_id != before.location_id
    ):
        return "move"
    if request.persons > before.persons or request.quantity > before.quantity:
        return "resize"
    if request.customer_id != before.customer_id:
        return "reassign"
    if before.status in _UNDECIDED and (before.status == HOLD != request.status or request.status in _FIRM):
        return "confirm"
    return None


def check_booking(
    request: BookingRequest,
    change: ChangeKind | None,
    *,
    now: datetime,
    before: Booking | None = None,
    service: Service | None = None,
) -> None:
    """Let plugins refuse a request before it is allocated.

    Args:
        service: Of the request, if the caller has just read it.

    Raises:
        Vetoed: One of them does.
    """
    checks = filters.current().check_booking
    service = _service_asked_about(request, change, service) if checks else None
    if service is None or change is None:
        return
    if request.wall_end is None:
        try:
            interval = interval_of(request, load_calendars([request])[0].calendar, now=now)
        except NotAvailable:
            # Allocation refuses this length too, and says more.
            return
        request = interval.applied_to(request, request.resource_id)
    ledger = LedgerView(0 if before is None else before.id, now, is_locking=False)
    for check in checks:
        check(request, service, change, before, ledger)


def check_under_lock(
    request: BookingRequest,
    change: ChangeKind | None,
    allocated: Mapping[str, Any],
    *,
    now: datetime,
    before: Booking | None = None,
) -> None:
    """Let plugins refuse a booking that has its places; inside ``writing()``.

    Args:
        allocated: The interval and the resource that the booking got, as fields of the request.

    Raises:
        Vetoed: One of them does.
    """
    checks = filters.current().check_booking_under_lock
    service = _service_asked_about(request, change) if checks else None
    if service is None or change is None:
        return
    ledger = LedgerView(0 if before is None else before.id, now, is_locking=True)
    request = replace(request, **allocated)
    for check in checks:
        check(request, service, change, before, ledger)


def _service_asked_about(
    request: BookingRequest, change: ChangeKind | None, service: Service | None = None
) -> Service | None:
    """The service of a request that takes places; None where plugins are not asked.

    Imports bring in what was booked already. The booking of a deleted service gets no places.
    """
    if change is None or request.status not in OCCUPYING or events.is_muted():
        return None
    return service or services.get_many([request.service_id]).get(request.service_id)
