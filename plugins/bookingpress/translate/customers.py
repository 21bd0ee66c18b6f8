"""Customers between the vendor's parameters and records and the core's."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from frontdesk.records import Customer
from frontdesk.wordpress import php, sanitize
from plugins.bookingpress import schemas
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.values import stamp, stored_extras

#: What this dialect stores of a customer, by the name of the parameter.
STORED_NAMES = {
    "customer_phone_country": "phone_country",
    "customer_phone_dial_code": "dial_code",
    "avatar_name": "avatar_name",
    "avatar_url": "avatar_url",
}
#: The vendor's limit on names and addresses.
MOST_NAME_BYTES = 255
#: What a PUT or POST clears when it is absent (the vendor overwrites these).
_CLEARED = ("phone_country", "dial_code")


def read_new_customer(params: Params) -> tuple[dict[str, Any], dict[str, Any]]:
    """Core's fields of a new customer and what this dialect stores beside them; everything empty is refused."""
    refuse_long_names(params)
    stored: dict[str, Any] = {
        stored_name: params.text(name, longest=2000) for name, stored_name in STORED_NAMES.items()
    }
    first, last, email = params.text("firstname"), params.text("lastname"), read_email(params)
    phone = read_phone(params, stored["dial_code"])
    username = params.text("username", longest=255)
    if not (first or last or email or phone or params.text("username")):
        raise Refused()
    fields = {
        "first_name": first,
        "last_name": last,
        "email": email,
        "phone": phone,
        "note": params.html("note"),
        "username": username or first or email,
    }
    return fields, stored


def read_changed_customer(
    params: Params, previous: Customer, *, partial: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same for a change; ``partial`` leaves absent fields alone."""
    refuse_long_names(params)
    stored = dict(stored_extras(previous))
    for name, stored_name in STORED_NAMES.items():
        if name in params or (stored_name in _CLEARED and not partial):
            stored[stored_name] = params.text(name, longest=2000)
    fields: dict[str, Any] = {
        "first_name": params.text("firstname") or previous.first_name,
        "last_name": params.text("lastname") or previous.last_name,
        "email": read_email(params) or previous.email,
    }
    if not partial or "phone" in params:
        fields["phone"] = read_phone(params, stored.get("dial_code", ""))
    if not partial or "note" in params:
        fields["note"] = params.html("note")
    if not partial or "username" in params:
        fields["username"] = params.text("username", longest=255) or fields["first_name"] or fields["email"]
    return fields, stored


def refuse_long_names(params: Params) -> None:
    """Refuse names and addresses that are too long."""
    for name, label in (("firstname", "Firstname"), ("lastname", "Lastname"), ("email", "Email address")):
        if php.strlen(params.text(name)) > MOST_NAME_BYTES:
            raise Refused(reason="too_long", values={"label": label})


def read_email(params: Params, name: str = "email") -> str:
    """An address, cleaned as the platform does it; "" for a text that is none."""
    return sanitize.email(params.raw(name))


def read_phone(params: Params, dial_code: str, name: str = "phone") -> str:
    """A phone number without the dial code in front, when the code is sent separately."""
    phone = params.text(name)
    if dial_code and phone.startswith(f"+{dial_code}"):
        phone = phone.removeprefix(f"+{dial_code}").strip()
    return phone[:63]


def shown_name(customer: Mapping[str, Any]) -> str:
    """First and last name, or the full name, or the email: the first that is not empty."""
    name = f"{customer.get('first_name') or ''} {customer.get('last_name') or ''}".strip()
    return name or customer.get("name") or customer.get("email") or ""


def shown_phone(phone: str, dial_code: str) -> str:
    """``+<dial code> <number>`` when a dial code is stored and the number has none itself."""
    return f"+{dial_code} {phone}" if dial_code and phone and not phone.startswith("+") else phone


def to_customer(
    customer: Customer, index: int, *, booked: tuple[int, datetime | None], created: datetime, single: bool
) -> schemas.Customer:
    """A customer as the vendor shows it.

    Args:
        booked: The number of appointments, and the wall clock of the latest.
        created: On the site's clock.
    """
    stored = stored_extras(customer)
    appointments, last_appointment = booked
    return schemas.Customer(
        id=index,
        customer_id=customer.id,
        wpuser_id=stored.get("wpuser_id", 0),
        customer_avatar=stored.get("avatar_url", ""),
        customer_username=customer.username or customer.first_name or customer.email,
        customer_fullname=customer.name or stored.get("full_name", ""),
        customer_firstname=customer.first_name,
        customer_lastname=customer.last_name,
        customer_email=customer.email,
        customer_phone=shown_phone(customer.phone, stored.get("dial_code", "")),
        customer_last_appointment=last_appointment.date().isoformat() if last_appointment else "-",
        customer_total_appointment=appointments,
        customer_phone_country=stored.get("phone_country", "") if single else None,
        customer_phone_dial_code=stored.get("dial_code", "") if single else None,
        customer_note=customer.note if single else None,
        customer_created=stamp(created) if single else None,
    )
