"""Bookings and appointments: statuses, what clients ask for as core requests, records as Bookablesites shows them.

An appointment is one time of an employee; a booking is one customer's place in it. Core calls them session and booking.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from core.domain import statuses
from core.domain.money import Quote
from core.domain.records import Booking, Customer, Extra, Location, Resource, Service
from core.errors import Invalid
from plugins.bookablesites.translate.catalog import NAME, person_names
from plugins.bookablesites.translate.prices import to_group_price, to_number, to_price
from plugins.bookablesites.translate.times import from_instant, from_wall, to_date, to_minute, to_wall

APPROVED, PENDING, CANCELED, REJECTED, NO_SHOW = "approved", "pending", "canceled", "rejected", "no_show"
#: The number a status has in ``POST /bookings`` (fact sheet, 5.2).
NUMBERS = {1: APPROVED, 2: PENDING, 3: CANCELED, 4: REJECTED, 5: NO_SHOW}
_SPELLINGS = {"cancelled": CANCELED, "no-show": NO_SHOW, "noshow": NO_SHOW}

_TO_CORE = {
    APPROVED: statuses.CONFIRMED,
    PENDING: statuses.PENDING,
    CANCELED: statuses.CANCELLED,
    REJECTED: statuses.REJECTED,
    NO_SHOW: statuses.NO_SHOW,
}
#: Every core status this dialect shows. Holds, drafts and what is in the bin are nobody's appointment.
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
VISIBLE = frozenset(_FROM_CORE)
ACTIVE = frozenset((APPROVED, PENDING))
#: From what to what a booking may go (fact sheet, 5.3); coming back needs room and a start ahead.
TRANSITIONS = {
    PENDING: frozenset((APPROVED, REJECTED, CANCELED)),
    APPROVED: frozenset((PENDING, CANCELED, REJECTED, NO_SHOW)),
    NO_SHOW: frozenset((APPROVED,)),
    CANCELED: frozenset((APPROVED, PENDING)),
    REJECTED: frozenset((APPROVED, PENDING)),
}
RETURNS = frozenset((CANCELED, REJECTED))


def to_status(value: Any, field: str = "status") -> str:
    """A status in this dialect's word, from any spelling or number."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if isinstance(value, int) and not isinstance(value, bool):
        word = NUMBERS.get(value)
    else:
        word = str(value).strip().lower()
        word = _SPELLINGS.get(word, word)
    if word not in _TO_CORE:
        raise Invalid(field=field, reason="choice", value=value)
    return word


def to_statuses(text: str, field: str = "status") -> list[str]:
    """A comma list of statuses."""
    return [to_status(part.strip(), field) for part in text.split(",") if part.strip()]


def to_core_status(word: str) -> str:
    return _TO_CORE[word]


def core_statuses(words: Iterable[str]) -> list[str]:
    """Every core status that is shown as one of these words."""
    wanted = set(words)
    return sorted(core for core, word in _FROM_CORE.items() if word in wanted)


def status_of(booking: Booking) -> str:
    return shown_status(booking.status)


def shown_status(core_status: str | None) -> str:
    return _FROM_CORE.get(core_status or "", CANCELED)


def shared_status(words: Collection[str]) -> str:
    """The status of an appointment whose bookings have these."""
    for word in (APPROVED, PENDING):
        if word in words:
            return word
    if len(set(words)) == 1:
        return next(iter(words))
    return NO_SHOW if NO_SHOW in words else CANCELED


#: Core statuses some booking must have, and those none may have, for an appointment to have a status.
_APPROVED, _PENDING = core_statuses([APPROVED]), core_statuses([PENDING])
_MIXES = {
    APPROVED: (_APPROVED, ()),
    PENDING: (_PENDING, _APPROVED),
    NO_SHOW: ((statuses.NO_SHOW,), (*_APPROVED, *_PENDING)),
    CANCELED: ((statuses.CANCELLED,), (*_APPROVED, *_PENDING, statuses.NO_SHOW)),
    REJECTED: ((statuses.REJECTED,), (*_APPROVED, *_PENDING, statuses.NO_SHOW, statuses.CANCELLED)),
}


def status_mixes(words: Iterable[str]) -> list[tuple[Collection[str], Collection[str]]]:
    """What the statuses of an appointment's bookings must be like for it to have one of these."""
    return [_MIXES[word] for word in words]


# -- reading what clients ask for ---------------------------------------------------------------------------------


def to_start(given: Mapping[str, Any], zone_name: str, path: str = "") -> datetime | None:
    """The wall start from ``date`` and ``time`` or ``start_date_time``; None when neither was sent."""
    prefix = f"{path}." if path else ""
    moment = given.get("start_date_time")
    day, time = given.get("date"), given.get("time")
    start = None if moment is None else to_wall(moment, zone_name, f"{prefix}start_date_time")
    if day is None and time is None:
        return start
    if day is None or time is None:
        missing = "date" if day is None else "time"
        raise Invalid(field=f"{prefix}{missing}", reason="missing")
    midnight = datetime.combine(to_date(day, f"{prefix}date"), datetime.min.time())
    found = midnight + timedelta(minutes=to_minute(time, f"{prefix}time"))
    if start is not None and start != found:
        raise Invalid(field=f"{prefix}start_date_time", reason="twins", value=moment)
    return found


def to_persons(given: Mapping[str, Any], path: str = "") -> int | None:
    """The size of a party from ``persons`` or ``additional_persons``; None when neither was sent."""
    prefix = f"{path}." if path else ""
    persons, additional = given.get("persons"), given.get("additional_persons")
    if persons is not None and additional is not None and persons != additional + 1:
        raise Invalid(field=f"{prefix}persons", reason="twins", value=persons)
    return persons if persons is not None else None if additional is None else additional + 1


def to_chosen(given: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """Chosen extras as core wants them; the same one twice adds up."""
    chosen: dict[int, int] = {}
    for extra in given.get("extras") or ():
        chosen[extra["id"]] = chosen.get(extra["id"], 0) + extra["quantity"]
    return tuple(chosen.items())


_AMOUNTS = ("unit", "subtotal", "discount", "tax")


# -- showing ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Names:
    """Everything that bookings point to, looked up once for a whole list."""

    customers: Mapping[int, Customer] = field(default_factory=dict)
    services: Mapping[int, Service] = field(default_factory=dict)
    resources: Mapping[int, Resource] = field(default_factory=dict)
    locations: Mapping[int, Location] = field(default_factory=dict)
    extras: Mapping[int, Extra] = field(default_factory=dict)
    #: (service id, resource id) -> smallest party and places there; None where nothing is scarce.
    capacities: Mapping[tuple[int, int], tuple[int, int | None]] = field(default_factory=dict)


def own(booking: Booking) -> dict[str, Any]:
    """What this dialect keeps with a booking."""
    return booking.extras.get(NAME) or {}


def to_booking(booking: Booking, names: Names) -> dict[str, Any]:
    """One customer's place in an appointment."""
    return {
        "id": booking.id,
        "appointment_id": booking.session_id,
        "group_id": booking.group_id or None,
        "status": status_of(booking),
        "additional_persons": party(booking) - 1,
        "persons": party(booking),
        "customer": to_customer_of(booking, names),
        "extras": to_extras_of(booking, names),
        "coupon_code": booking.coupon_code or None,
        "custom_fields": own(booking).get("custom_fields") or {},
        "price": to_price(stored_quote(booking)),
    }


def party(booking: Booking) -> int:
    """Persons, however the dialect that made the booking counted them."""
    return max(1, booking.persons) * max(1, booking.quantity)


def to_customer_of(booking: Booking, names: Names) -> dict[str, Any]:
    known = names.customers.get(booking.customer_id)
    kept = booking.snapshot.get("customer") or {}
    if known is None:
        words = ("first_name", "last_name", "email")
        return {"id": booking.customer_id or None, **{word: kept.get(word) or "" for word in words}}
    return {
        "id": known.id,
        "first_name": known.first_name,
        "last_name": known.last_name,
        "email": known.email,
    }


def to_extras_of(booking: Booking, names: Names) -> list[dict[str, Any]]:
    kept = {
        extra["id"]: extra
        for extra in booking.snapshot.get("extras") or ()
        if isinstance(extra, dict) and "id" in extra
    }
    shown = []
    for number, quantity in booking.extras_chosen:
        known = names.extras.get(number)
        if number in kept:
            name, price = kept[number].get("name") or "", kept[number].get("price") or 0
        else:
            name, price = (known.name, to_number(known.price)) if known else ("", 0)
        shown.append({"id": number, "name": name, "price": price, "quantity": quantity})
    return shown


def stored_quote(booking: Booking) -> Quote:
    """The price a booking was made at, without its lines."""
    facts = {}
    stored = booking.quote.get("facts") or {}
    for name in _AMOUNTS:
        if name in stored:
            try:
                facts[name] = Decimal(str(stored[name]))
            except InvalidOperation:
                continue
    facts.setdefault("unit", booking.total / party(booking))
    return Quote(booking.currency, booking.total, (), None, facts)


def to_appointment(bookings: Sequence[Booking], names: Names, zone_name: str) -> dict[str, Any]:
    """An appointment from its bookings, oldest first."""
    first = bookings[0]
    booked = sum(party(booking) for booking in bookings if status_of(booking) in ACTIVE)
    low, high = names.capacities.get((first.service_id, first.resource_id), (1, None))
    service = names.services.get(first.service_id)
    return {
        "id": first.session_id,
        "start_date_time": from_wall(first.wall_start),
        "end_date_time": from_wall(max(booking.wall_end for booking in bookings)),
        "status": shared_status([status_of(booking) for booking in bookings]),
        "note": note_of(bookings),
        "created_at": from_instant(first.created_at, zone_name),
        "service": {
            "id": first.service_id,
            "name": service.name if service else _kept_name(first, "service"),
        },
        "employees": to_employees_of(first, names),
        "location": to_location_of(first, names),
        "bookings": [to_booking(booking, names) for booking in bookings],
        "capacity": {
            "min": low,
            "max": high,
            "booked": booked,
            "left": None if high is None else max(0, high - booked),
        },
        "group_ids": sorted({booking.group_id for booking in bookings if booking.group_id}),
    }


def note_of(bookings: Sequence[Booking]) -> str | None:
    """The appointment's internal note: what came with each of its bookings, a line for each."""
    notes = (own(booking).get("note", booking.note) for booking in bookings)
    return "\n".join(dict.fromkeys(filter(None, notes))) or None


def _kept_name(booking: Booking, what: str) -> str:
    return (booking.snapshot.get(what) or {}).get("name") or ""


def to_employees_of(booking: Booking, names: Names) -> list[dict[str, Any]]:
    if not booking.resource_id:
        return []
    known = names.resources.get(booking.resource_id)
    first, last = person_names(known) if known else (_kept_name(booking, "resource"), "")
    return [{"id": booking.resource_id, "first_name": first, "last_name": last}]


def to_location_of(booking: Booking, names: Names) -> dict[str, Any]:
    if not booking.location_id:
        return {}
    known = names.locations.get(booking.location_id)
    return {"id": booking.location_id, "name": known.name if known else _kept_name(booking, "location")}


def to_group(group_id: str, bookings: Sequence[Booking], names: Names) -> dict[str, Any]:
    """A group order; its price leaves out what was cancelled."""
    counted = [booking for booking in bookings if status_of(booking) not in RETURNS] or list(bookings)
    return {
        "group_id": group_id or None,
        "bookings": [to_booking(booking, names) for booking in bookings],
        "price": to_group_price(stored_quote(booking) for booking in counted),
    }
