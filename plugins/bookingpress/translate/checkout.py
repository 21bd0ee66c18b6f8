"""The form of a checkout: what callers send to book an appointment, and what they get back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from frontdesk.errors import DomainError, Invalid
from frontdesk.records import Booking, BookingRequest, Extra, Payment, Service
from frontdesk.schedule import SchedulePlan
from frontdesk.wordpress import php, sanitize
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.appointments import (
    CODES,
    FREE,
    ON_SITE,
    PAYMENT_CODES,
    ZERO,
    chosen_extra,
)
from plugins.bookingpress.translate.customers import MOST_NAME_BYTES
from plugins.bookingpress.translate.params import Field, Params, read_fields
from plugins.bookingpress.translate.prices import checkout
from plugins.bookingpress.translate.services import service_settings
from plugins.bookingpress.translate.values import NAME, number, stay_end

_MOST_PERSONS = 1_000_000
_MOST_OF_AN_EXTRA = 1000
#: A customer's parameters in ``/customers``, by those of a booking.
CUSTOMER_NAMES = {
    "customer_firstname": "firstname",
    "customer_lastname": "lastname",
    "customer_email": "email",
    "customer_phone": "phone",
    "customer_phone_country": "customer_phone_country",
    "customer_phone_dial_code": "customer_phone_dial_code",
    "customer_username": "username",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutForm:
    """A booking as the caller wants it.

    The vendor refuses in a certain order, between look-ups. So a field that cannot be read is None, and ``faults`` says
    how it is refused at its turn.

    Attributes:
        extras: (extra id, quantity) of the chosen extras.
        start_minute, end_minute: Minutes of the day on the service's clock.
        method: The payment gateway.
        status: The vendor's code, where the caller names one.
        stated_price: What the caller expects the booking to cost.
        customer: The customer in the parameters of ``/customers``.
        faults: Why fields are refused, by field.
    """

    form_fields: Mapping[str, Any]
    service_id: int
    day: date
    start_minute: int
    end_day: date | None
    end_minute: int | None
    persons: int
    extras: tuple[tuple[int, int], ...]
    location_id: int
    staff_id: int
    method: str
    coupon_code: str
    package_number: str
    gift_card_code: str
    use_deposit: bool
    note: str
    send_notification: bool
    status: int | None
    stated_price: Decimal | None
    customer_id: int
    email: str
    customer: Mapping[str, Any]
    faults: Mapping[str, DomainError]


_EXTRAS_FIELD = "bookingpress_selected_extra_details"
_LABELS = ("Fullname", "Firstname", "Lastname", "Email address")
_FIELDS: dict[str, Field] = {
    "form_fields": (Params.mapping, "form_fields"),
    "service_id": (Params.id, "selected_service", "service_id"),
    "day": (Params.date, "selected_date", "appointment_date"),
    "start_minute": (Params.minute, "selected_start_time", "appointment_time"),
    "end_day": (Params.optional_date, "selected_end_date"),
    "end_minute": (Params.end_minute, "selected_end_time"),
    "persons": (partial(Params.integer, default=1), "bookingpress_selected_bring_members", "selected_extra_members"),
    "extras": (Params.decoded, _EXTRAS_FIELD, "extras"),
    "location_id": (Params.id, "selected_location", "location_id"),
    "staff_id": (Params.id, "selected_staff_member_id", "staffmember_id"),
    "method": (partial(Params.text, longest=40), "selected_payment_method"),
    "coupon_code": (partial(Params.text, longest=255), "coupon_code"),
    "package_number": (partial(Params.text, longest=40), "package_no"),
    "gift_card_code": (partial(Params.text, longest=64), "gift_card_code"),
    "use_deposit": (partial(Params.flag, default=False), "use_deposit"),
    "note": (Params.html, "appointment_note"),
    "send_notification": (partial(Params.flag, default=True), "send_notification"),
    "status": (Params.optional_integer, "appointment_status"),
    "stated_price": (Params.optional_amount, "service_price_without_currency"),
    "customer_id": (Params.id, "customer_id"),
    "customer": (Params.only, *CUSTOMER_NAMES),
    "names": (Params.texts, "customer_name", "customer_firstname", "customer_lastname", "customer_email"),
}
#: How the vendor words fields that cannot be read; others are refused as they are.
_REFUSALS = {"day": "no_date", "start_minute": "no_time", "end_minute": "no_time"}


def read_checkout(params: Params, required_form_fields: Mapping[str, str]) -> CheckoutForm:
    """Read all that a caller sends; ``appointment_data`` may hold it, too.

    Args:
        required_form_fields: What the vendor says of each custom field that is not filled in.
    """
    fields: dict[str, Field] = {**_FIELDS, "required": (Params.only, *required_form_fields)}
    values, faults = read_fields(params, fields, nested="appointment_data")
    faults |= {field: Refused(reason=reason) for field, reason in _REFUSALS.items() if field in faults}
    values["persons"] = values["persons"] or 1
    if not 1 <= values["persons"] <= _MOST_PERSONS:
        faults["persons"] = Refused(reason="taken")
    try:
        values["extras"] = parse_chosen_extras(values["extras"])
    except Invalid as error:
        faults["extras"] = error
    if values["status"] not in (None, 1, 2):
        faults["status"] = Invalid(field="appointment_status", reason="choice", value=values["status"])
    names = values.pop("names")
    label = next(
        (label for label, name in zip(_LABELS, names, strict=True) if php.strlen(name) > MOST_NAME_BYTES), None
    )
    if label:
        faults["customer"] = Refused(reason="too_long", values={"label": label})
    customer = {CUSTOMER_NAMES[name]: value for name, value in values["customer"].items()}
    if not customer.get("firstname") and not customer.get("lastname"):
        customer["firstname"], _, customer["lastname"] = names[0].partition(" ")
    values["customer"] = customer
    filled_in = values.pop("required") | {name: text for name, text in values["form_fields"].items() if text}
    missing = [message for name, message in required_form_fields.items() if not filled_in.get(name)]
    if missing:
        faults["form_fields"] = Refused(reason="form_fields", values={"messages": " ".join(missing)})
    return CheckoutForm(**values, email=sanitize.email(customer.get("email")), faults=faults)


def parse_chosen_extras(value: Any) -> tuple[tuple[int, int], ...]:
    """Chosen extras as (id, quantity): ``{id: {"qty": 2}}``, ``{id: 2}`` or ``[{"id": 3, "qty": 2}]``.

    Raises:
        Invalid: It is none of these.
    """
    if value in (None, "", [], {}):
        return ()
    if isinstance(value, Mapping):
        entries = list(value.items())
    elif isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        entries = [(item.get("id"), item) for item in value]
    else:
        raise Invalid(field=_EXTRAS_FIELD, reason="type")
    counts: dict[int, int] = {}
    for key, item in entries:
        count = Params(item).integer("qty", "quantity", default=1) if isinstance(item, Mapping) else php.intval(item)
        extra_id = php.intval(key)
        if count < 0 or count > _MOST_OF_AN_EXTRA or extra_id <= 0:
            raise Invalid(field=_EXTRAS_FIELD, reason="range", value=key)
        if count:
            counts[extra_id] = counts.get(extra_id, 0) + count
    return tuple(sorted(counts.items()))


def read_chosen_extras(params: Params) -> tuple[tuple[int, int], ...]:
    return parse_chosen_extras(params.decoded(_EXTRAS_FIELD, "extras"))


def is_by_days(plan: SchedulePlan) -> bool:
    """Whether a service is booked by whole days, nights or months: no time of day is chosen."""
    return plan.unit in ("day", "night", "month")


def to_booking_request(
    form: CheckoutForm, service: Service, extras: Mapping[int, Extra], settings: SiteSettings
) -> BookingRequest:
    """The request that core books; the customer is not known yet.

    Args:
        extras: The chosen extras by id.
    """
    metadata: dict[str, Any] = {"send_notification": form.send_notification}
    if form.form_fields:
        metadata["form_fields"] = dict(form.form_fields)
    if form.extras:
        metadata["extras"] = [chosen_extra(extras.get(id), id, count) for id, count in form.extras]
    steps: list[Any] = []
    if service.origin != NAME:
        steps = checkout(service_settings(service), tax_percentage=settings.tax_percentage)
    # Days and nights have a fixed time of day; a time the caller names does not count.
    minute = service.plan.check_in_minute if is_by_days(service.plan) else form.start_minute
    start = datetime.combine(form.day, time()) + timedelta(minutes=minute)
    return BookingRequest(
        service_id=service.id,
        wall_start=start,
        wall_end=_end(form, service.plan, start),
        origin=NAME,
        resource_id=form.staff_id,
        # Where another dialect leaves the choice to the customer, the first that fits is taken.
        any_resource=True,
        location_id=form.location_id,
        persons=form.persons,
        extras=form.extras,
        coupon_code=form.coupon_code,
        package_number=form.package_number,
        gift_card_code=form.gift_card_code,
        payment=form.method,
        use_deposit=form.use_deposit,
        checkout=tuple(steps),
        note=form.note,
        metadata=metadata,
    )


def _end(form: CheckoutForm, plan: SchedulePlan, start: datetime) -> datetime | None:
    """The end the caller names; None where it says no more than the slot does."""
    if is_by_days(plan):
        return stay_end(form.end_day, plan.check_out_minute) if form.end_day else None
    if form.end_minute is None:
        return None
    end = datetime.combine(form.end_day or form.day, time()) + timedelta(minutes=form.end_minute)
    if end <= start and not form.end_day:
        end += timedelta(days=1)
    if form.extras and plan.grid.starts != "fixed" and plan.min_blocks == plan.max_blocks:
        # A slot's own end is understood too; the extras then lengthen the appointment past it.
        length = plan.length * plan.min_blocks * (60 if plan.unit == "hour" else 1)
        if end - start == timedelta(minutes=length):
            return None
    return end


def first_status(total: Decimal, method: str, settings: SiteSettings) -> int:
    """The status a new appointment gets when the caller names none."""
    on_site = method == ON_SITE and total > 0
    return settings.onsite_appointment_status if on_site else settings.appointment_status


def first_payment(
    total: Decimal, due_now: Decimal | None, method: str, settings: SiteSettings
) -> tuple[str, str, Decimal]:
    """Gateway, status and paid amount of a new booking (README, "Order of a booking")."""
    if total <= 0:
        return FREE, "paid", ZERO
    if method == ON_SITE:
        settled = settings.onsite_appointment_status == 1
        return method, "paid" if settled else "pending", total if settled else ZERO
    if due_now is not None and due_now < total:
        return method, "partly_paid", due_now
    return method, "paid", total


def to_booked(booking: Booking, payment: Payment) -> dict[str, Any]:
    """What the caller who made the booking is answered, beside the sentence."""
    return {
        "appointment_id": booking.id,
        "booking_id": str(booking.id),
        "customer_id": booking.customer_id,
        "payment_id": payment.id,
        "staffmember_id": booking.resource_id,
        "appointment_status": str(CODES[booking.status]),
        "payment_status": str(PAYMENT_CODES.get(payment.status, 2)),
        "total_amount": number(booking.total),
        "paid_amount": number(payment.paid),
        "due_amount": number(payment.due),
    }
