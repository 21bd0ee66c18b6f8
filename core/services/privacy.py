"""What is kept about a person: exported as plain data, and erased while bookings, places and money stay right."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from core.db import fetch_all, writing
from core.domain.personal_data import ERASED, Person
from core.domain.statuses import OCCUPYING
from core.errors import InUse
from core.fields import decode_money
from core.models import Event as EventRow
from core.models import OrderItem
from core.models.host import IdempotentReply
from core.retries import retried_on_conflict
from core.services import actors, bookings, credentials, events, personal_data, repository
from core.services.person_records import (
    FoundPerson,
    PersonRecords,
    acts_for,
    find_people,
    person_events,
    person_records,
    replies_mentioning,
)

__all__ = ["Erasure", "FoundPerson", "erase_person", "export_person", "find_people"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased: the number of changed records by kind. Without any, there was nothing left to erase.

    ``kept_bookings`` are upcoming ones that stay sold, now to nobody known. ``unknown_dialects`` have data in records
    of the person and no plugin that says what in it is personal: it is gone from the customer, and of other records
    went what mentions them.
    """

    customer_ids: tuple[int, ...]
    changed: dict[str, int] = field(default_factory=dict)
    kept_bookings: tuple[int, ...] = ()
    revoked_keys: tuple[int, ...] = ()
    unknown_dialects: tuple[str, ...] = ()
    #: Kinds of records of which there may be more: erase again.
    cut: tuple[str, ...] = ()


def export_person(
    *, customer_ids: Iterable[int] = (), email: str = "", booking_ids: Iterable[int] = (), now: datetime
) -> dict[str, Any]:
    """Everything that is kept about a person, as plain data for JSON. Secrets of keys are not in it.

    Arguments and errors as for ``person_records``.
    """
    kept = person_records(customer_ids=customer_ids, email=email, booking_ids=booking_ids)
    own_ids = [booking.id for booking in kept.bookings]
    document = {
        "exported_at": now,
        "person": {
            "customer_ids": kept.person.customer_ids,
            "emails": kept.person.emails,
            "phones": kept.person.phones,
            "names": kept.person.names,
            "usernames": kept.person.usernames,
        },
        "customers": kept.customers,
        "bookings": kept.bookings,
        "orders": kept.orders,
        "order_items": kept.order_items,
        "payments": kept.payments,
        "coupon_uses": _rows("coupon_use", "coupon_id, booking_id, active", kept.person, own_ids),
        "package_purchases": kept.package_purchases,
        "package_uses": _rows("package_use", "purchase_id, booking_id, service_id, units, active", None, own_ids),
        "gift_cards": kept.gift_cards_sold,
        "gift_card_uses": _rows("gift_card_use", "sold_id, booking_id, amount, active", None, own_ids),
        "keys": [_key_data(key) for key in kept.keys],
        "events": list(person_events(kept.event_ids)),
        "stored_replies": [{"id": id, "body": body} for id, body in replies_mentioning(kept.person)],
        "plugins": {
            name: [dict(row) for row in known.export(kept.person)] for name, known in personal_data.described().items()
        },
        "cut": kept.cut,
    }
    # Through JSON, so that nothing is in it that JSON has not.
    exported: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document))
    return exported


def _rows(table: str, columns: str, person: Person | None, booking_ids: list[int]) -> list[dict[str, Any]]:
    names = columns.split(", ")
    conditions: list[str] = []
    parameters: list[Any] = []
    if person is not None and person.customer_ids:
        conditions.append(f"customer_id IN ({', '.join('?' * len(person.customer_ids))})")
        parameters += person.customer_ids
    if booking_ids:
        conditions.append(f"booking_id IN ({', '.join('?' * len(booking_ids))})")
        parameters += booking_ids
    if not conditions:
        return []
    rows = fetch_all(f"SELECT {columns} FROM {table} WHERE {' OR '.join(conditions)} ORDER BY id", parameters)
    return [{name: _plain(name, value) for name, value in zip(names, row, strict=True)} for row in rows]


def _plain(name: str, value: Any) -> Any:
    if name == "amount":
        return decode_money(value)
    return bool(value) if name == "active" else value


def _key_data(key: credentials.Credential) -> dict[str, Any]:
    return {
        "id": key.id,
        "realm": key.realm,
        "label": key.label,
        "user": key.user,
        "tail": key.tail,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }


# Erase ----------------------------------------------------------------------------------------------------------------


@retried_on_conflict
def erase_person(
    *,
    customer_ids: Iterable[int] = (),
    email: str = "",
    booking_ids: Iterable[int] = (),
    now: datetime,
    keep_upcoming: bool = False,
) -> Erasure:
    """Take a person out of everything that is kept, in one transaction; ids, times, places and money stay.

    Names become ``[deleted]``; addresses, numbers, notes and what dialects keep beside them go. Keys that act for the
    person are revoked. An event ``person.erased`` with ids alone is recorded. Erasing again changes nothing.

    Args:
        customer_ids, email, booking_ids: As for ``person_records``.
        keep_upcoming: Also where there are upcoming bookings; their places stay sold.

    Raises:
        NotFound: There is no such customer or booking.
        InUse: There are upcoming bookings: nobody could say any more whom to expect. Cancel them first.
    """
    kept = person_records(customer_ids=customer_ids, email=email, booking_ids=booking_ids)
    actor = actors.current()
    # The operator's reason may name whom it is about.
    with writing(), actors.acting(actor.name, kept.person.scrub_text(actor.reason)):
        upcoming = tuple(
            booking.id
            for booking in kept.bookings
            if booking.status in OCCUPYING and booking.end > now and _is_of(booking, kept.person)
        )
        if upcoming and not keep_upcoming and _is_known(kept):
            raise InUse(kind="person", id=None, used_by=f"booking {upcoming[0]} that is still to come")
        changed = _Eraser(kept, now).erase()
        if any(changed.values()):
            _record_event(kept.person, changed, now)
    return Erasure(
        customer_ids=kept.person.customer_ids,
        changed={kind: count for kind, count in changed.items() if count},
        kept_bookings=upcoming if any(changed.values()) else (),
        revoked_keys=tuple(key.id for key in kept.keys if key.revoked_at is None and acts_for(key, kept.person)),
        unknown_dialects=tuple(sorted(_unknown(kept))),
        cut=kept.cut,
    )


def _is_of(booking: Any, person: Person) -> bool:
    """Whether a booking is the person's; others only mention them, having been made for them once."""
    return booking.id in person.booking_ids


def _is_known(kept: PersonRecords) -> bool:
    """Whether there is somebody left to erase."""
    person = kept.person
    return bool(person.emails or person.phones or person.names or person.name_parts or person.usernames)


def _unknown(kept: PersonRecords) -> set[str]:
    own = [*kept.customers, *kept.bookings, *kept.orders, *kept.payments, *kept.package_purchases]
    return {
        dialect for record in (*own, *kept.gift_cards_sold) for dialect in personal_data.unknown_dialects(record.extras)
    }


def _record_event(person: Person, changed: Mapping[str, int], now: datetime) -> None:
    subject_id = person.customer_ids[0] if person.customer_ids else 0
    events.record_event(
        "person.erased",
        "customer",
        subject_id,
        now=now,
        data={"person": {"customer_ids": list(person.customer_ids), "changed": dict(changed)}},
    )


class _Eraser:
    """Takes one person out of their records; inside ``writing()``. Counts what it changes."""

    def __init__(self, kept: PersonRecords, now: datetime) -> None:
        self.kept = kept
        self.person = kept.person
        self.now = now
        self.changed: dict[str, int] = {}

    def erase(self) -> dict[str, int]:
        self._customers()
        self._bookings()
        kept = self.kept
        self._extras("order", repository.orders, kept.orders)
        self._extras("payment", repository.payments, kept.payments)
        self._extras("package_purchase", repository.package_purchases, kept.package_purchases)
        self._extras("gift_card_sold", repository.gift_cards_sold, kept.gift_cards_sold)
        self._order_items()
        self._keys()
        self._events()
        self._replies()
        for known in personal_data.described().values():
            self._count(known.dialect, known.erase(self.person))
        return self.changed

    def _count(self, kind: str, number: int) -> None:
        self.changed[kind] = self.changed.get(kind, 0) + number

    def _customers(self) -> None:
        blank = {"last_name": "", "email": "", "phone": "", "username": "", "note": ""}
        for customer in self.kept.customers:
            extras = personal_data.scrub_extras("customer", customer.extras, self.person)
            values: dict[str, Any] = {"first_name": ERASED, **blank, "extras": extras}
            if any(getattr(customer, name) != value for name, value in values.items()):
                repository.customers.update(customer.id, now=self.now, **values)
                self._count("customer", 1)

    def _bookings(self) -> None:
        for booking in self.kept.bookings:
            values = self._booking_values(booking)
            if any(getattr(booking, name) != value for name, value in values.items()):
                bookings.repository.update(booking.id, now=self.now, **values)
                self._count("booking", 1)

    def _booking_values(self, booking: Any) -> dict[str, Any]:
        snapshot = self.person.scrub(booking.snapshot)
        own = _is_of(booking, self.person)
        if "customer" in snapshot and (own or snapshot != booking.snapshot):
            snapshot["customer"] = {"first_name": ERASED, "last_name": "", "email": "", "phone": ""}
        if not own:
            # It was given to somebody else, whose note and answers stay.
            return {"snapshot": snapshot}
        extras = personal_data.scrub_extras("booking", booking.extras, self.person)
        return {"snapshot": snapshot, "note": "", "extras": extras}

    def _extras(self, kind: str, table: Any, stored: Iterable[Any]) -> None:
        for record in stored:
            extras = personal_data.scrub_extras(kind, record.extras, self.person)
            if extras != record.extras:
                table.update(record.id, now=self.now, extras=extras)
                self._count(kind, 1)

    def _order_items(self) -> None:
        for item in self.kept.order_items:
            extras = personal_data.scrub_extras("order_item", item["extras"], self.person)
            if extras != item["extras"]:
                OrderItem.update(extras=extras).where(OrderItem.id == item["id"]).execute()
                self._count("order_item", 1)

    def _keys(self) -> None:
        for key in self.kept.keys:
            values = {"label": self.person.scrub_text(key.label)}
            if acts_for(key, self.person):
                values["user"] = ""
            # Before the revocation, whose event names the label.
            credentials.update(key.id, **values)
            if "user" in values:
                credentials.revoke(key.id, now=self.now)
            self._count("key", 1)

    def _events(self) -> None:
        for event in person_events(self.kept.event_ids):
            data = self.person.scrub(event.data)
            if "snapshot" in data and (event.data.get("booking") or {}).get("customer_id") in self.person.customer_ids:
                data["snapshot"] = {name: value for name, value in data["snapshot"].items() if name != "customer"}
            reason = self.person.scrub_text(event.reason)
            if (data, reason) != (event.data, event.reason):
                EventRow.update(data=data, reason=reason).where(EventRow.id == event.id).execute()
                self._count("event", 1)

    def _replies(self) -> None:
        """Replies stay, so that a retry books nothing twice; names in them go."""
        for reply_id, body in replies_mentioning(self.person):
            scrubbed = self.person.scrub_json(body)
            if scrubbed != body:
                IdempotentReply.update(body=scrubbed.encode()).where(IdempotentReply.id == reply_id).execute()
                self._count("stored_reply", 1)
