"""Core's bookings as appointments, the statuses of appointments and payments (README, "Statuses"), and free slots."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from frontdesk import statuses
from frontdesk.records import Booking, Customer, Extra, Payment
from frontdesk.schedule import Slot
from plugins.bookingpress import schemas
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.customers import shown_name, shown_phone
from plugins.bookingpress.translate.values import (
    clock,
    duration,
    last_day,
    length_of,
    money_text,
    number,
    shown_date,
    shown_minute,
    shown_time,
    stamp,
    stored_extras,
    to_minute,
)

#: Core status by the vendor's code.
STATUS = {
    1: statuses.CONFIRMED,
    2: statuses.PENDING,
    3: statuses.CANCELLED,
    4: statuses.REJECTED,
    5: statuses.NO_SHOW,
    6: statuses.DONE,
}
#: The vendor's code by core status; several of core's look alike here.
CODES = {
    **{status: code for code, status in STATUS.items()},
    statuses.PAID: 1,
    statuses.COMPLETED: 6,
    statuses.HOLD: 2,
    statuses.DRAFT: 2,
    statuses.UNPAID: 2,
    statuses.RELEASED: 3,
    statuses.DELETED: 3,
}
LABELS = {1: "Approved", 2: "Pending", 3: "Cancelled", 4: "Rejected", 5: "No-Show", 6: "Completed"}
#: What no client sees: places that are only held, and what another dialect has thrown away or not finished.
HIDDEN = (statuses.HOLD, statuses.RELEASED, statuses.DRAFT, statuses.DELETED)
#: Statuses that keep a service, staff member or location from being deleted (README, "Writes").
BLOCKING = tuple(
    status for status in statuses.BOOKING if status not in (statuses.CANCELLED, statuses.REJECTED, *HIDDEN)
)

PAYMENT = {1: "paid", 2: "pending", 3: "refunded", 4: "partly_paid", 5: "partly_refunded"}
PAYMENT_CODES = {status: code for code, status in PAYMENT.items()}
PAYMENT_LABELS = {1: "Paid", 2: "Pending", 3: "Refunded", 4: "Partially Paid", 5: "Refunded (Partial)"}
FREE = " - "
ON_SITE = "on-site"

ZERO = Decimal(0)
#: The parts of a price: the vendor's field and the fact of the quote.
_PARTS = (
    ("coupon_discount_amount", "coupon"),
    ("tax_amount", "tax"),
    ("package_discount_amount", "package"),
    ("gift_card_amount", "gift_card"),
    ("deposit_amount", "deposit"),
)


def core_statuses(codes: Iterable[int]) -> list[str]:
    """Every core status that looks like one of the vendor's codes."""
    wanted_codes = set(codes)
    return [status for status, code in CODES.items() if code in wanted_codes and status not in HIDDEN]


def amounts(booking: Booking) -> dict[str, Decimal]:
    """The parts of a booking's price by the vendor's field names; an imported one states them itself."""
    quoted = booking.quote.get("facts") or {}
    parts = {name: _amount(quoted.get(fact)) for name, fact in _PARTS}
    stated = stored_extras(booking).get("amounts")
    if stated:
        parts |= {name: _amount(stated[name]) for name in parts if name in stated}
    return parts


def _amount(stored: Any) -> Decimal:
    return ZERO if stored in (None, "0", 0) else Decimal(str(stored))


def to_appointment(
    booking: Booking,
    index: int,
    *,
    payment: Payment | None,
    customer: Customer | None,
    extras: Mapping[int, Extra],
    settings: SiteSettings,
    site_zone: tzinfo,
    symbol: str,
    now: datetime,
) -> schemas.Appointment:
    """Any dialect's booking as an appointment; names are those it was booked under."""
    starts, ends = stamp(booking.wall_start), stamp(booking.wall_end)
    minutes = round((booking.wall_end - booking.wall_start).total_seconds() / 60)
    snapshot, own, code = booking.snapshot, stored_extras(booking), CODES[booking.status]
    return schemas.Appointment(
        id=index,
        appointment_id=booking.id,
        payment_id=payment.id if payment else 0,
        booking_id=booking_number(booking),
        created_date=stamp(booking.created_at.astimezone(site_zone)),
        appointment_date=starts[:10],
        appointment_start_time=starts[11:],
        appointment_end_time=ends[11:],
        appointment_end_date=last_day(booking.wall_end, all_day=booking.all_day).isoformat(),
        **_customer_fields(booking, customer),
        service_id=booking.service_id,
        service_name=(snapshot.get("service") or {}).get("name") or "",
        appointment_note=booking.note,
        appointment_duration=duration(*length_of(minutes, booking.all_day)),
        appointment_payment=money_text(booking.total, settings, symbol),
        appointment_status=str(code),
        appointment_status_label=LABELS[code],
        view_appointment_date=shown_date(booking.wall_start.date(), settings.locale),
        view_appointment_time=shown_time(booking.wall_start, settings.locale),
        is_past_appointment=booking.end < now,
        staffmember_id=booking.resource_id,
        staffmember_name=(snapshot.get("resource") or {}).get("name") or "",
        location_id=booking.location_id,
        selected_extra_members=booking.persons * booking.quantity,
        extras=chosen_extras(booking, extras),
        coupon_code=booking.coupon_code,
        **_payment_fields(booking, payment),
        form_fields=own.get("form_fields") or {},
    )


def _customer_fields(booking: Booking, customer: Customer | None) -> dict[str, Any]:
    names = booking.snapshot.get("customer") or {}
    dial_code = stored_extras(booking).get("dial_code") or ""
    if not dial_code and customer:
        dial_code = stored_extras(customer).get("dial_code", "")
    return {
        "customer_id": booking.customer_id,
        "customer_first_name": names.get("first_name") or "",
        "customer_last_name": names.get("last_name") or "",
        "customer_name": shown_name(names),
        "customer_email": names.get("email") or "",
        "customer_phone": shown_phone(names.get("phone") or "", dial_code),
    }


def _payment_fields(booking: Booking, payment: Payment | None) -> dict[str, Any]:
    total = number(booking.total)
    fields: dict[str, Any] = amounts(booking)
    for name, amount in fields.items():
        fields[name] = number(amount)
    fields["payment_numberic_amount"] = fields["total_amount"] = total
    fields["payment_method"] = gateway_of(payment, booking)
    fields["paid_amount"] = number(payment.paid) if payment else 0
    fields["due_amount"] = number(payment.due) if payment else 0
    return fields


def gateway_of(payment: Payment | None, booking: Booking | None) -> str:
    """How a payment is made; what costs nothing is paid by none, until it costs something."""
    if payment is None or (payment.amount <= 0 and payment.paid <= 0):
        return FREE
    chosen_gateway = (booking.terms.get("payment") if booking else "") or ON_SITE
    return chosen_gateway if payment.gateway in ("", FREE) else payment.gateway


def booking_number(booking: Booking) -> str:
    """The number shown to people."""
    return str(stored_extras(booking).get("booking_id") or booking.id)


def chosen_extras(booking: Booking, current_extras: Mapping[int, Extra]) -> list[dict[str, Any]]:
    """Extras as they were called and priced when booked here; those that another dialect chose as they are now."""
    if not booking.extras_chosen:
        return []
    booked_extras = {entry.get("id"): entry for entry in stored_extras(booking).get("extras") or ()}
    entries = []
    for id, count in booking.extras_chosen:
        if booked := booked_extras.get(id):
            entries.append({**booked, "price": number(Decimal(str(booked["price"]))), "qty": count})
        else:
            entries.append(chosen_extra(current_extras.get(id), id, count))
    return entries


def chosen_extra(extra: Extra | None, id: int, quantity: int) -> dict[str, Any]:
    return {
        "id": id,
        "name": extra.name if extra else "",
        "price": number(extra.price) if extra else 0,
        "qty": quantity,
    }


def extras_to_look_up(booking: Booking) -> set[int]:
    """Chosen extras that the booking itself says nothing about."""
    if not booking.extras_chosen:
        return set()
    booked_ids = {entry.get("id") for entry in stored_extras(booking).get("extras") or ()}
    return {id for id, _ in booking.extras_chosen} - booked_ids


# -- time slots --------------------------------------------------------------------------------------------------------


def to_time_slots(
    offers: Sequence[Slot], settings: SiteSettings, *, persons: int, all_day: bool
) -> dict[str, list[schemas.TimeSlot]]:
    """Slots in the vendor's four groups, by the hour of their start."""
    groups: dict[str, list[schemas.TimeSlot]] = {
        "morning_time": [],
        "afternoon_time": [],
        "evening_time": [],
        "night_time": [],
    }
    edges = [
        ("night_time", to_minute(settings.bpa_night_start_time)),
        ("evening_time", to_minute(settings.bpa_evening_start_time)),
        ("afternoon_time", to_minute(settings.bpa_afternoon_start_time)),
    ]
    for offer in offers:
        if settings.hide_already_booked_slot and offer.remaining <= 0:
            continue
        minute = offer.wall_start % 1440
        name = next((name for name, edge in edges if minute >= edge), "morning_time")
        groups[name].append(_time_slot(offer, persons, all_day, settings.locale))
    return groups


def _time_slot(offer: Slot, persons: int, all_day: bool, locale: str) -> schemas.TimeSlot:
    day = datetime.fromordinal(offer.wall_start // 1440).date()
    start, end = clock(offer.wall_start, seconds=False), clock(offer.wall_end, seconds=False)
    left = max(0, offer.remaining)
    shown_start, shown_end = shown_minute(offer.wall_start, locale), shown_minute(offer.wall_end, locale)
    return schemas.TimeSlot(
        start_time=start,
        end_time=end,
        store_start_time=start,
        store_end_time=end,
        store_service_date=day.isoformat(),
        break_start_time="",
        break_end_time="",
        is_next_day=(offer.wall_end - (1 if all_day else 0)) // 1440 > offer.wall_start // 1440,
        is_booked=int(left == 0),
        max_capacity=left,
        total_booked=max(0, offer.capacity - offer.remaining),
        max_total_capacity=offer.capacity,
        disable_flag_timeslot=left < max(1, persons),
        formatted_start_time=shown_start,
        formatted_end_time=shown_end,
        formatted_start_end_time=f"{shown_start} - {shown_end}",
    )
