"""Reads the entries of the import document: any spelling of the API, and what other dialects store."""

from typing import Any

from msgspec import UNSET

from frontdesk.errors import Invalid
from frontdesk.importing import check_value, convert
from frontdesk.records import Booking
from plugins.bookablesites.import_schemas import AppointmentEntry, BookingEntry, PriceEntry
from plugins.bookablesites.schemas import MaybeEmail
from plugins.bookablesites.translate.params import canonical
from plugins.bookablesites.translate.phones import to_phone_number


def read_entry(entry: Any, kind: Any) -> Any:
    """Convert an entry whose keys may have any spelling that the API takes."""
    return convert(canonical(entry), kind)


def checked_entries(entries: Any, kind: Any) -> Any:
    """Return entries under the names of their struct, as plain data that fits ``kind``."""
    check_value(entries, list[dict[str, Any]])
    entries = canonical(entries)
    check_value(entries, kind)
    return entries


def read_service(entry: dict[str, Any], kind: Any) -> Any:
    """Convert a service; a record of the API names its category, which a service is filed under by name."""
    category = entry.get("category")
    if isinstance(category, dict) and isinstance(category.get("name"), str):
        entry = {**entry, "category": category["name"]}
    return read_entry(entry, kind)


def read_appointment(entry: dict[str, Any], kind: type[AppointmentEntry]) -> AppointmentEntry:
    """Convert an appointment; a customer that is an object stays one, with its name and address."""
    appointment = read_entry(entry, kind)
    for booking, raw in zip(appointment.bookings or (), entry.get("bookings") or (), strict=False):
        if isinstance(raw.get("customer"), dict):
            booking.customer = raw["customer"]
    if appointment.employees and appointment.employee is UNSET:
        appointment.employee = appointment.employees[0].get("id")
    return appointment


def take_refused_contact(fields: dict[str, Any], id: int | None) -> dict[str, Any]:
    """Remove ``email`` and ``phone`` from ``fields`` where the API refuses them, and return them.

    Raises:
        Invalid: The entry has no id; then it is new, and the API's rules apply.
    """
    refused: dict[str, Any] = {}
    for name, check_contact in (("email", _check_email), ("phone", to_phone_number)):
        try:
            check_contact(fields.get(name))
        except Invalid:
            if id is None:
                raise
            refused[name] = fields[name].strip()
            fields[name] = None
    return refused


def _check_email(text: str | None) -> None:
    check_value(text, MaybeEmail | None, "email")


def booking_facets(appointment: AppointmentEntry, booking: BookingEntry) -> dict[str, Any]:
    """Return what only this dialect stores with a booking."""
    metadata: dict[str, Any] = {}
    if booking.custom_fields:
        metadata["custom_fields"] = booking.custom_fields
    if appointment.note:
        metadata["note"] = appointment.note
    return metadata


def agreed_price(booking: Booking, price: PriceEntry) -> dict[str, Any]:
    """Return the record fields of a booking made at ``price`` instead of today's."""
    amounts = {"unit": price.unit, "subtotal": price.subtotal, "discount": price.discount, "tax": price.tax}
    if not all(amount.is_finite() and abs(amount) < 10**12 for amount in (*amounts.values(), price.total)):
        raise Invalid(field="price", reason="range", value=str(price.total))
    quote = {
        "currency": booking.currency,
        "total": str(price.total),
        "lines": [{"kind": "stated", "amount": str(price.total), "label": "", "quantity": "1"}],
        "facts": {name: str(amount) for name, amount in amounts.items()},
    }
    return {"quote": quote, "total": price.total}
