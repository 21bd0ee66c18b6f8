"""Bookings and appointments: statuses, the fields of a request, and bookings as replies show them.

An appointment is one time of an employee; a booking is one customer's place in it. Core calls an appointment a session.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from frontdesk import statuses
from frontdesk.errors import Invalid
from frontdesk.money import Quote
from frontdesk.records import Booking, Customer, Extra, Location, Resource, Service
from plugins.bookablesites.errors import FieldErrors
from plugins.bookablesites.translate.employees import person_names
from plugins.bookablesites.translate.prices import to_group_price, to_number, to_price
from plugins.bookablesites.translate.services import PartyLimits
from plugins.bookablesites.translate.values import from_instant, from_wall, stored_extras, to_date, to_minute, to_wall

APPROVED, PENDING, CANCELED, REJECTED, NO_SHOW = "approved", "pending", "canceled", "rejected", "no_show"
#: The number of each status in ``POST /bookings`` (README, "Statuses").
STATUS_NUMBERS = {1: APPROVED, 2: PENDING, 3: CANCELED, 4: REJECTED, 5: NO_SHOW}
STATUSES = tuple(STATUS_NUMBERS.values())
_SPELLINGS = {"cancelled": CANCELED, "no-show": NO_SHOW, "noshow": NO_SHOW}

_TO_CORE = {
    APPROVED: statuses.CONFIRMED,
    PENDING: statuses.PENDING,
    CANCELED: statuses.CANCELLED,
    REJECTED: statuses.REJECTED,
    NO_SHOW: statuses.NO_SHOW,
}
#: Every core status this dialect shows; holds, drafts and bookings in the bin are not shown.
_FROM_CORE = {
    statuses.CONFIRMED: APPROVED,
    statuses.PAID: APPROVED,
    statuses.COMPLETED: APPROVED,
    statuses.DONE: APPROVED,
    statuses.PENDING: PENDING,
    statuses.UNPAID: PENDING,
    statuses.CANCELLED: CANCELED,
    statuses.REJECTED: REJECTED,
    statuses.NO_SHOW: NO_SHOW,
}
#: The core statuses of bookings that this dialect shows.
VISIBLE = frozenset(_FROM_CORE)
ACTIVE = frozenset((APPROVED, PENDING))
#: Allowed status changes (README, "Statuses"); out of ``ENDED`` they need capacity and a start in the future.
TRANSITIONS = {
    PENDING: frozenset((APPROVED, REJECTED, CANCELED)),
    APPROVED: frozenset((PENDING, CANCELED, REJECTED, NO_SHOW)),
    NO_SHOW: frozenset((APPROVED,)),
    CANCELED: frozenset((APPROVED, PENDING)),
    REJECTED: frozenset((APPROVED, PENDING)),
}
ENDED = frozenset((CANCELED, REJECTED))


def to_status(value: Any, field: str = "status") -> str:
    """A status in any spelling, or its number, as this dialect's word."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if isinstance(value, int) and not isinstance(value, bool):
        status = STATUS_NUMBERS.get(value)
    else:
        status = str(value).strip().lower()
        status = _SPELLINGS.get(status, status)
    if status not in _TO_CORE:
        raise Invalid(field=field, reason="choice", value=value)
    return status


def to_statuses(text: str, field: str = "status") -> list[str]:
    """A comma list of statuses."""
    return [to_status(part.strip(), field) for part in text.split(",") if part.strip()]


def to_core_status(status: str) -> str:
    return _TO_CORE[status]


def to_core_statuses(vendor_statuses: Iterable[str]) -> list[str]:
    """Every core status that is shown as one of these."""
    vendor_statuses = set(vendor_statuses)
    return sorted(core_status for core_status, status in _FROM_CORE.items() if status in vendor_statuses)


def from_core_status(core_status: str | None) -> str:
    """The status shown for a core status; ``canceled`` for one that is not shown."""
    return _FROM_CORE.get(core_status or "", CANCELED)


def status_of(booking: Booking) -> str:
    return from_core_status(booking.status)


def appointment_status(bookings: Iterable[Booking]) -> str:
    """The status of an appointment with these bookings (README, "Statuses")."""
    statuses = {status_of(booking) for booking in bookings}
    for status in (APPROVED, PENDING):
        if status in statuses:
            return status
    if len(statuses) == 1:
        return next(iter(statuses))
    return NO_SHOW if NO_SHOW in statuses else CANCELED


_APPROVED, _PENDING = to_core_statuses([APPROVED]), to_core_statuses([PENDING])
#: For each status of an appointment: core statuses one of its bookings has, and those none has.
_STATUS_MIXES: dict[str, tuple[Collection[str], Collection[str]]] = {
    APPROVED: (_APPROVED, ()),
    PENDING: (_PENDING, _APPROVED),
    NO_SHOW: ((statuses.NO_SHOW,), (*_APPROVED, *_PENDING)),
    CANCELED: ((statuses.CANCELLED,), (*_APPROVED, *_PENDING, statuses.NO_SHOW)),
    REJECTED: ((statuses.REJECTED,), (*_APPROVED, *_PENDING, statuses.NO_SHOW, statuses.CANCELLED)),
}


def status_mixes(statuses: Iterable[str]) -> list[tuple[Collection[str], Collection[str]]]:
    """The mixes of core statuses for which an appointment has one of these statuses."""
    return [_STATUS_MIXES[status] for status in statuses]


# -- reading requests ---------------------------------------------------------------------------------------------


def check_required(fields: Mapping[str, Any], prefix: str = "") -> None:
    """A booking needs a service, and ``start_date_time`` or both ``date`` and ``time``.

    Raises:
        FieldErrors: One is missing.
    """
    missing = [] if fields.get("service") else ["service"]
    if not fields.get("start_date_time"):
        missing += [name for name in ("date", "time") if not fields.get(name)]
    if missing:
        raise FieldErrors.missing(missing, prefix)


def to_start(fields: Mapping[str, Any], zone_name: str, prefix: str = "") -> datetime | None:
    """The wall start from ``date`` and ``time`` or ``start_date_time``; None when neither was sent."""
    date_time = fields.get("start_date_time")
    day, time = fields.get("date"), fields.get("time")
    start = None if date_time is None else to_wall(date_time, zone_name, f"{prefix}start_date_time")
    if day is None and time is None:
        return start
    if day is None or time is None:
        missing = "date" if day is None else "time"
        raise Invalid(field=f"{prefix}{missing}", reason="missing")
    midnight = datetime.combine(to_date(day, f"{prefix}date"), datetime.min.time())
    combined = midnight + timedelta(minutes=to_minute(time, f"{prefix}time"))
    if start is not None and start != combined:
        raise Invalid(field=f"{prefix}start_date_time", reason="twins", value=date_time)
    return combined


def to_times(fields: Mapping[str, Any], zone_name: str, prefix: str = "") -> tuple[datetime, datetime | None]:
    """The wall start, and the wall end where ``end_date_time`` was sent; ``check_required`` comes first."""
    start = to_start(fields, zone_name, prefix)
    assert start is not None
    end = fields.get("end_date_time")
    return start, to_wall(end, zone_name, f"{prefix}start_date_time") if end else None


def to_persons(fields: Mapping[str, Any], prefix: str = "") -> int | None:
    """The size of a party from ``persons`` or ``additional_persons``; None when neither was sent."""
    persons, additional = fields.get("persons"), fields.get("additional_persons")
    if persons is not None and additional is not None and persons != additional + 1:
        raise Invalid(field=f"{prefix}persons", reason="twins", value=persons)
    return persons if persons is not None else None if additional is None else additional + 1


def to_extras_chosen(fields: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """Ids and quantities of the chosen extras; the same extra twice adds up."""
    quantities: dict[int, int] = {}
    for extra in fields.get("extras") or ():
        quantities[extra["id"]] = quantities.get(extra["id"], 0) + extra["quantity"]
    return tuple(quantities.items())


def to_party(fields: Mapping[str, Any], prefix: str = "") -> tuple[int, tuple[tuple[int, int], ...]]:
    """Persons and chosen extras of a new booking."""
    return to_persons(fields, prefix) or 1, to_extras_chosen(fields)


# -- rendering ----------------------------------------------------------------------------------------------------

_AMOUNTS = ("unit", "subtotal", "discount", "tax")


@dataclass(frozen=True, slots=True)
class RelatedRecords:
    """The records that bookings refer to, by id."""

    customers: Mapping[int, Customer] = field(default_factory=dict)
    services: Mapping[int, Service] = field(default_factory=dict)
    resources: Mapping[int, Resource] = field(default_factory=dict)
    locations: Mapping[int, Location] = field(default_factory=dict)
    extras: Mapping[int, Extra] = field(default_factory=dict)
    #: By (service id, resource id).
    party_limits: Mapping[tuple[int, int], PartyLimits] = field(default_factory=dict)


def to_booking(booking: Booking, related: RelatedRecords) -> dict[str, Any]:
    """A booking; ``related`` needs customers and extras."""
    persons = party_size(booking)
    return {
        "id": booking.id,
        "appointment_id": booking.session_id,
        "group_id": booking.group_id or None,
        "status": status_of(booking),
        "additional_persons": persons - 1,
        "persons": persons,
        "customer": to_booking_customer(booking, related.customers),
        "extras": to_booking_extras(booking, related.extras),
        "coupon_code": booking.coupon_code or None,
        "custom_fields": stored_extras(booking).get("custom_fields") or {},
        "price": to_price(stored_quote(booking)),
    }


def party_size(booking: Booking) -> int:
    """Persons, however the dialect that created the booking counts them."""
    return max(1, booking.persons) * max(1, booking.quantity)


def to_booking_customer(booking: Booking, customers: Mapping[int, Customer]) -> dict[str, Any]:
    """The customer as stored now; a deleted one as the booking's snapshot names them."""
    customer = customers.get(booking.customer_id)
    if customer is None:
        snapshot = booking.snapshot.get("customer") or {}
        names = ("first_name", "last_name", "email")
        return {"id": booking.customer_id or None, **{name: snapshot.get(name) or "" for name in names}}
    return {
        "id": customer.id,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "email": customer.email,
    }


def to_booking_extras(booking: Booking, extras: Mapping[int, Extra]) -> list[dict[str, Any]]:
    """The chosen extras as the booking's snapshot has them; one without a snapshot as it is stored now."""
    snapshots = {
        extra["id"]: extra
        for extra in booking.snapshot.get("extras") or ()
        if isinstance(extra, dict) and "id" in extra
    }
    chosen_extras = []
    for extra_id, quantity in booking.extras_chosen:
        name: str = ""
        price: int | Decimal = 0
        if extra_id in snapshots:
            name, price = snapshots[extra_id].get("name") or "", snapshots[extra_id].get("price") or 0
        elif extra_id in extras:
            name, price = extras[extra_id].name, to_number(extras[extra_id].price)
        chosen_extras.append({"id": extra_id, "name": name, "price": price, "quantity": quantity})
    return chosen_extras


def stored_quote(booking: Booking) -> Quote:
    """The price a booking was made at, without its lines."""
    amounts = {}
    stored = booking.quote.get("facts") or {}
    for name in _AMOUNTS:
        if name in stored:
            try:
                amounts[name] = Decimal(str(stored[name]))
            except InvalidOperation:
                continue
    amounts.setdefault("unit", booking.total / party_size(booking))
    return Quote(booking.currency, booking.total, (), None, amounts)


def to_appointment(bookings: Sequence[Booking], related: RelatedRecords, zone_name: str) -> dict[str, Any]:
    """An appointment from its bookings, oldest first."""
    first = bookings[0]
    booked = sum(party_size(booking) for booking in bookings if status_of(booking) in ACTIVE)
    limits = related.party_limits.get((first.service_id, first.resource_id), PartyLimits(1, None))
    service = related.services.get(first.service_id)
    return {
        "id": first.session_id,
        "start_date_time": from_wall(first.wall_start),
        "end_date_time": from_wall(max(booking.wall_end for booking in bookings)),
        "status": appointment_status(bookings),
        "note": note_of(bookings),
        "created_at": from_instant(first.created_at, zone_name),
        "service": {
            "id": first.service_id,
            "name": service.name if service else snapshot_name(first, "service"),
        },
        "employees": _to_employees(first, related),
        "location": _to_location(first, related),
        "bookings": [to_booking(booking, related) for booking in bookings],
        "capacity": {
            "min": limits.minimum,
            "max": limits.maximum,
            "booked": booked,
            "left": None if limits.maximum is None else max(0, limits.maximum - booked),
        },
        "group_ids": sorted({booking.group_id for booking in bookings if booking.group_id}),
    }


def note_of(bookings: Iterable[Booking]) -> str | None:
    """An appointment's internal note: a line for each different note of its bookings."""
    notes = (stored_extras(booking).get("note", booking.note) for booking in bookings)
    return "\n".join(dict.fromkeys(filter(None, notes))) or None


def snapshot_name(booking: Booking, kind: str) -> str:
    """The name a booking's snapshot has for its "service", "resource" or "location"."""
    return (booking.snapshot.get(kind) or {}).get("name") or ""


def _to_employees(booking: Booking, related: RelatedRecords) -> list[dict[str, Any]]:
    if not booking.resource_id:
        return []
    employee = related.resources.get(booking.resource_id)
    first, last = person_names(employee) if employee else (snapshot_name(booking, "resource"), "")
    return [{"id": booking.resource_id, "first_name": first, "last_name": last}]


def _to_location(booking: Booking, related: RelatedRecords) -> dict[str, Any]:
    if not booking.location_id:
        return {}
    location = related.locations.get(booking.location_id)
    return {"id": booking.location_id, "name": location.name if location else snapshot_name(booking, "location")}


def to_group(bookings: Sequence[Booking], related: RelatedRecords) -> dict[str, Any]:
    """A group order; its price leaves out bookings that have ended."""
    counted = [booking for booking in bookings if status_of(booking) not in ENDED] or list(bookings)
    return {
        "group_id": bookings[0].group_id or None,
        "bookings": [to_booking(booking, related) for booking in bookings],
        "price": to_group_price(stored_quote(booking) for booking in counted),
    }
