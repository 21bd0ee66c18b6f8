"""Bookings in the vendor's words and back: statuses, wall stamps, persons (README.md, "What a booking is here")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from frontdesk import statuses
from frontdesk.records import Booking, BookingRequest, RuleOverrides, Service
from frontdesk.wordpress import php
from plugins.wc_bookings.errors import Refused
from plugins.wc_bookings.translate.values import NAME, stored_extras

#: Core's statuses in the vendor's words. A vendor status without a twin in core is kept in the booking's extras.
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
    statuses.DELETED: "trash",
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
    "trash": statuses.DELETED,
    # The deposits add-on: a part is paid, so the booking takes its places.
    "wc-partial-payment": statuses.UNPAID,
    "publish": statuses.CONFIRMED,
}
#: The statuses of a list without a filter: all but carts and the trash.
LISTED_STATUSES = tuple(
    status for status in statuses.BOOKING if status not in (statuses.HOLD, statuses.RELEASED, statuses.DELETED)
)
#: The statuses that a client may set or filter by.
STATUSES = tuple(FROM_STATUS)

_EPOCH, _EPOCH_UTC = datetime(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)
DAY_SECONDS = 86_400
MAX_STAMP = 10**11
_MAX_PERSONS = 10**6
#: Fields that core does not have; they stay in the booking's extras.
_EXTRA_FIELDS = ("local_timezone", "google_calendar_event_id", "attendance_status", "meta_data")


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFields:
    """The fields of a write, cleaned; None where the client did not send a field.

    ``start`` and ``end`` are wall stamps, ``end`` exclusive.
    """

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
    #: The fields that only this dialect keeps, see ``_EXTRA_FIELDS``.
    extras: dict[str, Any] = field(default_factory=dict)


# -- reading a write --------------------------------------------------------------------------------------------


def to_fields(payload: Mapping[str, Any]) -> BookingFields:
    """Read the fields of a write.

    Raises:
        Refused: A status, date or cost is not valid.
    """
    status = payload.get("status")
    if status is not None and (not isinstance(status, str) or status not in FROM_STATUS):
        raise Refused("status")
    person_counts, persons = _to_persons(payload)
    start, end = _to_stamp(payload, "start", "Start"), _to_stamp(payload, "end", "End")
    all_day = payload.get("all_day")
    if all_day and start is not None and end is not None:
        start, end = start - start % DAY_SECONDS, -(-exclusive_end(end) // DAY_SECONDS) * DAY_SECONDS
    return BookingFields(
        start=start,
        end=None if end is None else exclusive_end(end),
        product_id=_to_id(payload, "product_id"),
        resource_id=_to_id(payload, "resource_id"),
        customer_id=_to_id(payload, "customer_id"),
        status=status,
        cost=_to_cost(payload),
        order_id=_to_id(payload, "order_id"),
        order_item_id=_to_id(payload, "order_item_id"),
        parent_id=_to_id(payload, "parent_id"),
        all_day=all_day,
        persons=persons,
        person_counts=person_counts,
        note=payload.get("note"),
        extras={name: payload[name] for name in _EXTRA_FIELDS if payload.get(name) is not None},
    )


def _to_id(payload: Mapping[str, Any], name: str) -> int | None:
    value = payload.get(name)
    return None if value is None else max(0, php.intval(value))


def _to_stamp(payload: Mapping[str, Any], name: str, label: str) -> int | None:
    value = payload.get(name)
    if value is None or value == "" or value is False:
        return None
    stamp = php.to_number(value)
    if stamp is None or not 0 < stamp < MAX_STAMP:
        raise Refused("date_not_positive", name=label)
    return int(stamp)


def _to_cost(payload: Mapping[str, Any]) -> Decimal | None:
    value = payload.get("cost")
    if value in (None, ""):
        return None
    cost = php.to_number(value)
    if cost is None or not 0 <= cost < 10**12:
        raise Refused("cost_not_positive")
    exponent = cost.as_tuple().exponent
    return cost.quantize(Decimal("0.000001")).normalize() if isinstance(exponent, int) and exponent < -6 else cost


def _to_persons(payload: Mapping[str, Any]) -> tuple[dict[int, int], int | None]:
    """Persons by type and in all, from ``person_counts`` or ``persons``: a number, a list to add up, a map by type."""
    value = payload.get("person_counts")
    value = payload.get("persons") if value in (None, [], {}) else value
    if value in (None, [], {}, ""):
        return {}, None
    if isinstance(value, dict):
        counts = {php.intval(type_id): min(php.intval(count), _MAX_PERSONS) for type_id, count in value.items()}
        counts = {type_id: count for type_id, count in counts.items() if count > 0}
        total = sum(counts.values())
        counts.pop(0, None)
        return counts, total or None
    total = sum(map(php.intval, value)) if isinstance(value, list) else php.intval(value)
    return {}, total if total > 0 else None


def to_request(fields: BookingFields, service: Service, *, now: datetime, cart: timedelta) -> BookingRequest:
    """The request of a new booking; ``cart`` is how long a booking in a cart holds its places."""
    needs_confirmation = stored_extras(service).get("settings", {}).get("requires_confirmation")
    status = fields.status or ("pending-confirmation" if needs_confirmation else "unpaid")
    core_status = FROM_STATUS[status]
    persons = fields.persons or sum(fields.person_counts.values())
    metadata = dict(fields.extras)
    if TO_STATUS[core_status] != status:
        metadata["status"] = status
    if _has_persons(service):
        metadata["persons"] = True
    start, end = wall_period(fields)
    return BookingRequest(
        service_id=service.id,
        wall_start=start,
        wall_end=end,
        origin=NAME,
        status=core_status,
        resource_id=fields.resource_id or 0,
        customer_id=fields.customer_id or 0,
        persons=persons or 1,
        person_counts=fields.person_counts,
        price=fields.cost,
        order_id=fields.order_id or 0,
        order_item_id=fields.order_item_id or 0,
        parent_id=fields.parent_id or 0,
        note=fields.note or "",
        all_day=fields.all_day if fields.all_day is not None else _covers_whole_days(start, end),
        expires_at=now + cart if core_status == statuses.HOLD else None,
        # Without persons the vendor does not ask for the product's least number of them.
        overrides=RuleOverrides(persons=not persons),
        metadata=metadata,
    )


def _has_persons(service: Service) -> bool:
    plan = service.plan
    return (
        plan.capacity.units_per == "person"
        or plan.persons.maximum != 0
        or plan.persons.minimum > 1
        or bool(plan.persons.by_type)
    )


def wall_period(fields: BookingFields) -> tuple[datetime, datetime]:
    """Start and exclusive end on the shop's clock."""
    start, end = from_stamp(fields.start or 0), from_stamp(fields.end or 0)
    if start is None or end is None:
        raise Refused("dates_missing")
    return start, end


def exclusive_end(stamp: int) -> int:
    """An end as the vendor writes it, as an exclusive one: 23:59:59 is the midnight after it."""
    return stamp + 1 if stamp % DAY_SECONDS == DAY_SECONDS - 1 else stamp


def _covers_whole_days(start: datetime, end: datetime) -> bool:
    return start.hour == start.minute == 0 and end.hour == end.minute == 0 and end > start


# -- statuses and stamps ----------------------------------------------------------------------------------------


def to_status(booking: Booking, extras: Mapping[str, Any] | None = None) -> str:
    """The vendor's status: the one that was set, as long as core's status still agrees with it.

    Args:
        extras: ``stored_extras`` of the booking, where the caller has them.
    """
    stored = (stored_extras(booking) if extras is None else extras).get("status")
    if stored and FROM_STATUS.get(str(stored)) == booking.status:
        return str(stored)
    return TO_STATUS[booking.status]


def core_statuses(names: Sequence[str]) -> list[str]:
    """Core statuses that show as one of these."""
    matching = {status for status, name in TO_STATUS.items() if name in names}
    matching |= {FROM_STATUS[name] for name in names if name in FROM_STATUS}
    return sorted(matching)


def wall_stamp(moment: datetime, zone: tzinfo | None = None) -> int:
    """The shop's clock at an instant in seconds, counted as if it were UTC; without ``zone`` of a naive wall clock."""
    if zone is None:
        since = moment - _EPOCH
    else:
        since = moment - _EPOCH_UTC
        if zone is not UTC:
            since += moment.astimezone(zone).utcoffset() or timedelta(0)
    return since.days * DAY_SECONDS + since.seconds


def from_stamp(stamp: int) -> datetime | None:
    """A wall stamp as a naive wall clock; None beyond the calendar's ends."""
    try:
        return _EPOCH + timedelta(seconds=stamp)
    except OverflowError:
        return None


# -- writing a reply --------------------------------------------------------------------------------------------


# A business uses few different amounts.
@lru_cache(maxsize=4096)
def _cost(amount: Decimal) -> str:
    return php.number_text(amount)


def to_booking(booking: Booking, zone: tzinfo) -> dict[str, Any]:
    """A booking as v1 shows it."""
    extras = stored_extras(booking)
    start: int | bool = wall_stamp(booking.wall_start)
    end: int | bool = wall_stamp(booking.wall_end)
    if extras.get("shell"):
        start = end = False
    elif booking.all_day and end % DAY_SECONDS == 0:
        end -= 1
    person_counts: dict[str, int] | list[int] = []
    if booking.person_counts:
        person_counts = dict(booking.person_counts)
    elif booking.persons > 1 or extras.get("persons"):
        person_counts = [booking.persons]
    return {
        "id": booking.id,
        "all_day": booking.all_day,
        "cost": _cost(booking.total),
        "customer_id": booking.customer_id,
        "date_created": wall_stamp(booking.created_at, zone),
        "date_modified": wall_stamp(booking.modified_at, zone),
        "end": end,
        "google_calendar_event_id": str(extras.get("google_calendar_event_id", "0")),
        "order_id": booking.order_id,
        "order_item_id": booking.order_item_id,
        "parent_id": booking.parent_id,
        "person_counts": person_counts,
        "product_id": booking.service_id,
        "resource_id": extras.get("resource_id", booking.resource_id),
        "start": start,
        "status": to_status(booking, extras),
        "local_timezone": str(extras.get("local_timezone", "")),
    }


_V2_ORDER = (
    "id", "start", "end", "all_day", "status", "cost", "currency", "customer_id", "product_id", "resource_id",
    "date_created", "date_modified", "date_cancelled", "google_calendar_event_id", "order_id", "order_item_id",
    "parent_id", "person_counts", "local_timezone", "note", "attendance_status",
)  # fmt: skip


def to_booking_v2(booking: Booking, zone: tzinfo, *, currency: str, decimals: int) -> dict[str, Any]:
    """A booking as v2 shows it; ``currency`` is the shop's, ``decimals`` how many it has."""
    cancelled = booking.cancelled_at
    values = {
        **to_booking(booking, zone),
        "cost": f"{booking.total:.{decimals}f}",
        "currency": booking.currency or currency,
        "date_cancelled": 0 if cancelled is None else wall_stamp(cancelled, zone),
        "note": booking.note,
        "attendance_status": _to_attendance(booking),
    }
    return {name: values[name] for name in _V2_ORDER}


def _to_attendance(booking: Booking) -> str:
    if booking.status == statuses.NO_SHOW:
        return "unattended"
    return "attended" if stored_extras(booking).get("attendance_status") == "attended" else "unattended"
