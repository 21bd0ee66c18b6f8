"""What this dialect keeps about persons: in the extras of records, and in the bodies of webhook deliveries."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from frontdesk import PersonalData
from frontdesk.privacy import ERASED, Person
from plugins.bookablesites.models import BookablesitesDelivery as Delivery
from plugins.bookablesites.translate.values import NAME

_FIELDS = {
    "customer": ("phone_country_code", "birthday", "gender", "custom_fields", "description"),
    "booking": ("custom_fields", "note", "cancel_reason"),
}
#: What a body says about a customer, without them.
_BLANK: Mapping[str, Any] = {
    "customerFullName": ERASED,
    "customerFirstName": ERASED,
    "customerLastName": "",
    "customerEmail": "",
    "customerPhone": None,
    "customFields": {},
}
_BATCH = 500


def personal_data() -> PersonalData:
    return PersonalData(dialect=NAME, fields=_FIELDS, export=_export, erase=_erase)


def _export(person: Person) -> list[dict[str, Any]]:
    return [
        {"delivery": delivery.name, "event": delivery.event, "status": delivery.status, "body": body}
        for delivery, body in _deliveries_about(person)
    ]


def _erase(person: Person) -> int:
    """Blank the person in every body; one that still waits is sent without them."""
    changed = 0
    for delivery, body in _deliveries_about(person):
        blank = {name: value for name, value in _BLANK.items() if name in body}
        erased = person.scrub({**body, **blank})
        if erased != body:
            Delivery.update(body=msgspec.json.encode(erased).decode()).where(Delivery.id == delivery.id).execute()
            changed += 1
    return changed


def _deliveries_about(person: Person) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Deliveries about the person's bookings or records, or that mention them."""
    last = 0
    while True:
        rows = list(Delivery.select().where(Delivery.id > last).order_by(Delivery.id).limit(_BATCH))
        for delivery in rows:
            body = msgspec.json.decode(delivery.body)
            if isinstance(body, dict) and (
                body.get("bookingId") in person.booking_ids
                or body.get("customerId") in person.customer_ids
                or person.is_mentioned(delivery.body)
            ):
                yield delivery, body
        if len(rows) < _BATCH:
            return
        last = rows[-1].id
