"""Bookings and payments as appointments and payment logs, and the statuses of both (fact sheet, sections 4 and 6)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from core.domain import statuses
from core.domain.records import Booking, Customer, Extra, Payment
from core.domain.schedule import Slot
from plugins.bookingpress import schemas
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.catalog import money_text, own, shown_name, shown_phone
from plugins.bookingpress.translate.values import (
    clock,
    duration,
    last_day,
    length_of,
    number,
    shown_date,
    shown_minute,
    shown_time,
    stamp,
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
    statuses.TRASHED: 3,
}
LABELS = {1: "Approved", 2: "Pending", 3: "Cancelled", 4: "Rejected", 5: "No-Show", 6: "Completed"}
#: What no client sees: places that are only held, and what another dialect has thrown away or not finished.
HIDDEN = (statuses.HOLD, statuses.RELEASED, statuses.DRAFT, statuses.TRASHED)
#: Statuses that keep a service, staff member or location from being deleted (section 4.1: not 3 and not 4).
BLOCKING = tuple(status for status in statuses.ALL if status not in (statuses.CANCELLED, statuses.REJECTED, *HIDDEN))

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
    wanted = set(codes)
    return [status for status, code in CODES.items() if code in wanted and status not in HIDDEN]


def first_payment(
    total: Decimal, due_now: Decimal | None, method: str, settings: SiteSettings
) -> tuple[str, str, Decimal]:
    """Gateway, status and paid amount of a new booking (section 4.2 and 7.9)."""
    if total <= 0:
        return FREE, "paid", ZERO
    if method == ON_SITE:
        settled = settings.onsite_appointment_status == 1
        return method, "paid" if settled else "pending", total if settled else ZERO
    if due_now is not None and due_now < total:
        return method, "partly_paid", due_now
    return method, "paid", total


def first_status(total: Decimal, method: str, settings: SiteSettings) -> int:
    """The status a new appointment gets when the caller names none."""
    on_site = method == ON_SITE and total > 0
    return settings.onsite_appointment_status if on_site else settings.appointment_status


def amounts(booking: Booking) -> dict[str, Decimal]:
    """The parts of a booking's price by the vendor's field names; an imported one states them itself."""
    facts = booking.quote.get("facts") or {}
    found = {name: _amount(facts.get(fact)) for name, fact in _PARTS}
    stated = own(booking).get("amounts")
    if stated:
        found |= {name: _amount(stated[name]) for name in found if name in stated}
    return found


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
    kept = own(booking)
    names = booking.snapshot.get("customer") or {}
    dial_code = kept.get("dial_code") or (own(customer).get("dial_code", "") if customer else "")
    code = CODES[booking.status]
    amount = amounts(booking)
    minutes = round((booking.wall_end - booking.wall_start).total_seconds() / 60)
    starts, ends = stamp(booking.wall_start), stamp(booking.wall_end)
    total = number(booking.total)
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
        customer_id=booking.customer_id,
        customer_first_name=names.get("first_name") or "",
        customer_last_name=names.get("last_name") or "",
        customer_name=shown_name(names),
        customer_email=names.get("email") or "",
        customer_phone=shown_phone(names.get("phone") or "", dial_code),
        service_id=booking.service_id,
        service_name=(booking.snapshot.get("service") or {}).get("name") or "",
        appointment_note=booking.note,
        appointment_duration=duration(*length_of(minutes, booking.all_day)),
        appointment_payment=money_text(booking.total, settings, symbol),
        payment_numberic_amount=total,
        appointment_status=str(code),
        appointment_status_label=LABELS[code],
        view_appointment_date=shown_date(booking.wall_start.date(), settings.locale),
        view_appointment_time=shown_time(booking.wall_start, settings.locale),
        payment_method=gateway_of(payment, booking),
        is_past_appointment=booking.end < now,
        staffmember_id=booking.resource_id,
        staffmember_name=(booking.snapshot.get("resource") or {}).get("name") or "",
        location_id=booking.location_id,
        selected_extra_members=booking.persons * booking.quantity,
        extras=chosen_extras(booking, extras),
        coupon_code=booking.coupon_code,
        **{name: number(value) for name, value in amount.items()},
        paid_amount=number(payment.paid if payment else ZERO),
        due_amount=number(payment.due if payment else ZERO),
        total_amount=total,
        form_fields=kept.get("form_fields") or {},
    )


def gateway_of(payment: Payment | None, booking: Booking | None) -> str:
    """How a payment is made; what costs nothing is paid by none, until it costs something."""
    if payment is None or (payment.amount <= 0 and payment.paid <= 0):
        return FREE
    asked = (booking.terms.get("payment") if booking else "") or ON_SITE
    return asked if payment.gateway in ("", FREE) else payment.gateway


def booking_number(booking: Booking) -> str:
    """The number shown to people."""
    return str(own(booking).get("booking_id") or booking.id)


def chosen_extras(booking: Booking, known: Mapping[int, Extra]) -> list[dict[str, Any]]:
    """Extras as they were called and priced when booked here; those that another dialect chose as they are now."""
    kept = {entry.get("id"): entry for entry in own(booking).get("extras") or ()}
    shown = []
    for id, count in booking.extras_chosen:
        if id in kept:
            shown.append({**kept[id], "price": number(Decimal(str(kept[id]["price"]))), "qty": count})
        else:
            shown.append(chosen_extra(known.get(id), id, count))
    return shown


def extras_to_look_up(booking: Booking) -> set[int]:
    """Chosen extras that the booking itself says nothing about."""
    kept = {entry.get("id") for entry in own(booking).get("extras") or ()}
    return {id for id, _ in booking.extras_chosen} - kept


def chosen_extra(extra: Extra | None, id: int, quantity: int) -> dict[str, Any]:
    return {
        "id": id,
        "name": extra.name if extra else "",
        "price": number(extra.price) if extra else 0,
        "qty": quantity,
    }


def to_booked(booking: Booking, payment: Payment) -> schemas.Booked:
    """The answer to the caller who made the booking."""
    return schemas.Booked(
        variant="success",
        title="Success",
        msg="Appointment has been booked successfully.",
        appointment_id=booking.id,
        booking_id=booking_number(booking),
        customer_id=booking.customer_id,
        payment_id=payment.id,
        staffmember_id=booking.resource_id,
        appointment_status=str(CODES[booking.status]),
        payment_status=str(PAYMENT_CODES.get(payment.status, 2)),
        total_amount=number(booking.total),
        paid_amount=number(payment.paid),
        due_amount=number(payment.due),
    )


def to_payment(
    payment: Payment,
    *,
    booking: Booking | None,
    customer: Customer | None,
    settings: SiteSettings,
    site_zone: tzinfo,
    symbol: str,
) -> schemas.Payment:
    """A payment log; what is known of the appointment comes from its snapshot."""
    snapshot = booking.snapshot if booking else {}
    names: Mapping[str, Any] = snapshot.get("customer") or {}
    if not names and customer:
        names = {
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "email": customer.email,
        }
    code = PAYMENT_CODES.get(payment.status, 2)
    return schemas.Payment(
        payment_log_id=payment.id,
        invoice_id=str(own(payment).get("invoice_id") or payment.id),
        appointment_id=payment.booking_id,
        payment_date=stamp(payment.created_at.astimezone(site_zone)),
        payment_customer=shown_name(names),
        payment_service=(snapshot.get("service") or {}).get("name") or "",
        appointment_date=booking.wall_start.date().isoformat() if booking else "",
        appointment_start_time=booking.wall_start.strftime("%H:%M:%S") if booking else "",
        appointment_end_time=booking.wall_end.strftime("%H:%M:%S") if booking else "",
        payment_gateway=gateway_of(payment, booking),
        payment_numberic_amount=number(payment.amount),
        payment_amount=money_text(payment.amount, settings, symbol),
        payment_currency=payment.currency,
        appointment_status=str(CODES[booking.status]) if booking else "",
        payment_status=str(code),
        payment_status_label=PAYMENT_LABELS[code],
        transaction_id=payment.transaction_id or "-",
        customer_firstname=names.get("first_name") or "",
        customer_lastname=names.get("last_name") or "",
        customer_email=names.get("email") or "",
        customer_avatar=own(customer).get("avatar_url", "") if customer else "",
        paid_amount=number(payment.paid),
        due_amount=number(payment.due),
    )


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
