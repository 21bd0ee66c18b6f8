"""Bookings in the vendor's words: statuses, wall stamps, persons (fact sheet, sections 3.3, 4 and 9.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from core.domain import statuses
from core.domain.records import Booking, Service
from core.domain.requests import BookingRequest, RuleOverrides
from plugins.wc_bookings.translate.prices import to_number_text
from plugins.wc_bookings.translate.texts import wall_stamp

NAME = "wc_bookings"

#: Core's statuses in the vendor's words. A vendor status without a core twin is kept with the booking.
TO_STATUS = {
    statuses.HOLD: "in-cart",
    statuses.RELEASED: "was-in-cart",
    statuses.DRAFT: "unpaid",
    statuses.UNPAID: "unpaid",
    statuses.PENDING: "pending-confirmation",
    statuses.CONFIRMED: "confirmed",
    statuses.PAID: "paid",
    statuses.COMPLETED: "complete",
    statuses.DONE: "complete",
    statuses.CANCELLED: "cancelled",
    statuses.REJECTED: "cancelled",
    statuses.NO_SHOW: "complete",
    statuses.TRASHED: "trash",
}
FROM_STATUS = {
    "in-cart": statuses.HOLD,
    "was-in-cart": statuses.RELEASED,
    "unpaid": statuses.UNPAID,
    "pending-confirmation": statuses.PENDING,
    "confirmed": statuses.CONFIRMED,
    "paid": statuses.PAID,
    "complete": statuses.COMPLETED,
    "cancelled": statuses.CANCELLED,
    "trash": statuses.TRASHED,
    # The deposits add-on: a part is paid, so the place is taken.
    "wc-partial-payment": statuses.UNPAID,
    "publish": statuses.CONFIRMED,
}
#: In a list without a filter: everything but carts and the trash.
LISTED = tuple(status for status in statuses.ALL if status not in (statuses.HOLD, statuses.RELEASED, statuses.TRASHED))
#: What a client may set or filter by.
STATUSES = tuple(FROM_STATUS)

_EPOCH = datetime(1970, 1, 1)
_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What a client sent for a booking, cleaned; None where a thing was not sent. Stamps are wall stamps."""

    start: int | None = None
    end: int | None = None
    product_id: int | None = None
    resource_id: int | None = None
    customer_id: int | None = None
    status: str | None = None
    cost: Decimal | None = None
    order_id: int | None = None
    order_item_id: int | None = None
    parent_id: int | None = None
    all_day: bool | None = None
    persons: int | None = None
    person_counts: dict[int, int] = field(default_factory=dict)
    note: str | None = None
    #: What only this dialect keeps: ``local_timezone``, ``attendance_status``, ``google_calendar_event_id``, ...
    metadata: dict[str, Any] = field(default_factory=dict)


def own(booking: Booking) -> Mapping[str, Any]:
    """What this dialect keeps with a booking."""
    found = booking.extras.get(NAME)
    return found if isinstance(found, Mapping) else {}


def to_status(booking: Booking) -> str:
    """The vendor's status: the very one that was set, as long as core's still agrees."""
    kept = own(booking).get("status")
    if kept and FROM_STATUS.get(str(kept)) == booking.status:
        return str(kept)
    return TO_STATUS[booking.status]


def core_statuses(wanted: list[str]) -> list[str]:
    """Core statuses that show as one of these."""
    found = {status for status, name in TO_STATUS.items() if name in wanted}
    found |= {FROM_STATUS[name] for name in wanted if name in FROM_STATUS}
    return sorted(found)


def to_stamp(stamp: datetime) -> int:
    """A naive wall clock as a wall stamp."""
    return wall_stamp(stamp)


def from_stamp(stamp: int) -> datetime | None:
    """A wall stamp as a naive wall clock; None past the calendar's ends."""
    try:
        return _EPOCH + timedelta(seconds=stamp)
    except OverflowError:
        return None


def to_booking(booking: Booking, zone: tzinfo) -> dict[str, Any]:
    """A booking as v1 shows it."""
    kept = own(booking)
    start: int | bool = wall_stamp(booking.wall_start)
    end: int | bool = wall_stamp(booking.wall_end)
    if kept.get("shell"):
        start = end = False
    elif booking.all_day and end % _DAY == 0:
        end -= 1
    counts: dict[str, int] | list[int] = []
    if booking.person_counts:
        counts = dict(booking.person_counts)
    elif booking.persons > 1 or kept.get("persons"):
        counts = [booking.persons]
    return {
        "id": booking.id,
        "all_day": booking.all_day,
        "cost": to_number_text(booking.total),
        "customer_id": booking.customer_id,
        "date_created": wall_stamp(booking.created_at, zone),
        "date_modified": wall_stamp(booking.modified_at, zone),
        "end": end,
        "google_calendar_event_id": str(kept.get("google_calendar_event_id", "0")),
        "order_id": booking.order_id,
        "order_item_id": booking.order_item_id,
        "parent_id": booking.parent_id,
        "person_counts": counts,
        "product_id": booking.service_id,
        "resource_id": kept.get("resource_id", booking.resource_id),
        "start": start,
        "status": to_status(booking),
        "local_timezone": str(kept.get("local_timezone", "")),
    }


def to_booking_v2(booking: Booking, zone: tzinfo, *, currency: str, decimals: int) -> dict[str, Any]:
    """A booking as v2 shows it."""
    shown = to_booking(booking, zone)
    cancelled = booking.cancelled_at
    return {
        "id": shown["id"],
        "start": shown["start"],
        "end": shown["end"],
        "all_day": shown["all_day"],
        "status": shown["status"],
        "cost": f"{booking.total:.{decimals}f}",
        "currency": booking.currency or currency,
        "customer_id": shown["customer_id"],
        "product_id": shown["product_id"],
        "resource_id": shown["resource_id"],
        "date_created": shown["date_created"],
        "date_modified": shown["date_modified"],
        "date_cancelled": 0 if cancelled is None else wall_stamp(cancelled, zone),
        "google_calendar_event_id": shown["google_calendar_event_id"],
        "order_id": shown["order_id"],
        "order_item_id": shown["order_item_id"],
        "parent_id": shown["parent_id"],
        "person_counts": shown["person_counts"],
        "local_timezone": shown["local_timezone"],
        "note": booking.note,
        "attendance_status": to_attendance(booking),
    }


def to_attendance(booking: Booking) -> str:
    if booking.status == statuses.NO_SHOW:
        return "unattended"
    return "attended" if own(booking).get("attendance_status") == "attended" else "unattended"


def to_request(
    fields: Fields,
    service: Service,
    *,
    has_persons: bool,
    needs_confirmation: bool,
    now: datetime,
    cart: timedelta,
    overrides: RuleOverrides,
) -> BookingRequest:
    """What a client's fields ask the ledger for. ``start`` and ``end`` must be there and readable.

    Args:
        has_persons: The product counts persons.
        needs_confirmation: Without a status a booking of it waits for approval.
        cart: How long a booking in a cart holds its places.
        relax: Rules the caller may skip.
    """
    status = fields.status or ("pending-confirmation" if needs_confirmation else "unpaid")
    core = FROM_STATUS[status]
    persons = fields.persons or sum(fields.person_counts.values()) or 1
    metadata = dict(fields.metadata)
    if TO_STATUS[core] != status:
        metadata["status"] = status
    if has_persons:
        metadata["persons"] = True
    start, end = span(fields, service)
    return BookingRequest(
        service_id=service.id,
        wall_start=start,
        wall_end=end,
        origin=NAME,
        status=core,
        resource_id=fields.resource_id or 0,
        customer_id=fields.customer_id or 0,
        persons=persons,
        person_counts=fields.person_counts,
        price=fields.cost,
        order_id=fields.order_id or 0,
        order_item_id=fields.order_item_id or 0,
        parent_id=fields.parent_id or 0,
        note=fields.note or "",
        all_day=fields.all_day if fields.all_day is not None else _whole_days(start, end),
        expires_at=now + cart if core == statuses.HOLD else None,
        overrides=overrides,
        metadata=metadata,
    )


def span(fields: Fields, service: Service) -> tuple[datetime, datetime]:
    """Start and exclusive end on the wall; a last second of a day means the midnight after it."""
    start, end = from_stamp(fields.start or 0), from_stamp(round_end(fields.end or 0))
    assert start is not None
    assert end is not None
    return start, end


def round_end(stamp: int) -> int:
    """``23:59:59`` is how the vendor writes the end of a day."""
    return stamp + 1 if stamp % _DAY == _DAY - 1 else stamp


def _whole_days(start: datetime, end: datetime) -> bool:
    return start.hour == start.minute == 0 and end.hour == end.minute == 0 and end > start
