"""v1 writes as the real server does them (``v1_writes = "vendor"``): they read ``resource_id`` and ``meta_data`` only.

A new booking has no product and no time, so it occupies nothing (README.md, "Bookings").
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from frontdesk import bookings, catalog, repository, statuses
from frontdesk.errors import NotAvailable
from frontdesk.records import SKIP_ALL, Booking, ChangeRequest
from frontdesk.wordpress import sanitize
from plugins.wc_bookings.errors import Refused
from plugins.wc_bookings.translate.values import NAME, stored_extras
from plugins.wc_bookings.usecases.bookings import get_for_update, refuse_id
from plugins.wc_bookings.usecases.context import Context


def create(context: Context, payload: Mapping[str, Any]) -> Booking:
    """Store an empty booking."""
    refuse_id(payload)
    now = context.clock()
    extras = {"resource_id": sanitize.absint(payload.get("resource_id")), "status": "unpaid", **_meta_data(payload)}
    return save_empty_booking(id=None, created_at=now, modified_at=now, status=statuses.DRAFT, metadata=extras)


def update(
    context: Context, booking_id: int, payload: Mapping[str, Any], *, expected_version: int | None = None
) -> Booking:
    """Give a booking another resource. The real server ignores ``If-Match``, and so does this.

    Raises:
        UnknownInWrite: There is no such booking.
        Refused: The product does not offer the resource. It is stored all the same, as on the real server.
    """
    booking, now = get_for_update(booking_id), context.clock()
    extras = {**stored_extras(booking), **_meta_data(payload)}
    chosen = payload.get("resource_id")
    resource_id = extras.get("resource_id", booking.resource_id) if chosen is None else sanitize.absint(chosen)
    links = catalog.resource_links(service_ids=[booking.service_id]) if booking.service_id else []
    is_offered = not resource_id or any(link.resource_id == resource_id for link in links)
    if chosen is not None:
        exists = is_offered or resource_id in repository.resources.get_many([resource_id])
        if exists and booking.service_id and _allocate(booking, resource_id, now=now):
            extras.pop("resource_id", None)
        else:
            extras["resource_id"] = resource_id
    booking = bookings.set_metadata(booking.id, NAME, extras, now=now)
    if not is_offered:
        raise Refused("resource_not_linked")
    return booking


def _allocate(booking: Booking, resource_id: int, *, now: datetime) -> bool:
    """Give a booking its resource in the ledger; False where the ledger cannot, as the booking occupies nothing."""
    change = (
        ChangeRequest(resource_id=resource_id, overrides=SKIP_ALL)
        if resource_id != booking.resource_id
        else ChangeRequest()
    )
    try:
        bookings.update(booking.id, change, now=now, origin=NAME)
    except NotAvailable:
        return False
    return True


def _meta_data(payload: Mapping[str, Any]) -> dict[str, Any]:
    value = payload.get("meta_data")
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    return {"meta_data": rows} if rows else {}


def save_empty_booking(
    *,
    id: int | None,
    created_at: datetime,
    modified_at: datetime,
    status: str,
    metadata: Mapping[str, Any],
) -> Booking:
    """Store a booking without product and time; ``metadata`` are its extras of this dialect."""
    return bookings.repository.create(
        now=created_at,
        id=id,
        origin=NAME,
        modified_at=modified_at,
        session_id=0,
        service_id=0,
        status=status,
        start=created_at,
        end=created_at,
        wall_start=created_at.replace(tzinfo=None),
        wall_end=created_at.replace(tzinfo=None),
        zone="UTC",
        extras={NAME: {**metadata, "shell": True}},
    )
