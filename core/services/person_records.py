"""Finds a person across dialects, and everything that core's tables keep about them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from core.db import fetch_all, is_postgres
from core.domain import records
from core.domain.personal_data import ERASED, Person
from core.domain.text import fold
from core.errors import Invalid, NotFound
from core.request_budget import checkpoint
from core.services import bookings, credentials, events, repository
from core.services.repository import checked_id

#: Limits: persons of one search, records of one kind, and identifiers that texts are searched for.
MAX_FOUND = 50
MAX_RECORDS = 10_000
MAX_IDENTIFIERS = 40
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson:
    """One record of somebody: a "customer", a "guest" (of a booking whose customer is none or deleted) or "staff".

    ``id`` is that of the customer, the booking or the resource; ``origin`` the dialect that made it; ``dialects`` those
    that the person booked through; ``bookings`` their number.
    """

    kind: str
    id: int
    name: str
    email: str
    phone: str
    origin: str
    dialects: tuple[str, ...] = ()
    bookings: int = 0


def find_people(text: str, *, limit: int = MAX_FOUND) -> list[FoundPerson]:
    """Who has this e-mail address, telephone number, name or part of one: customers, then guests, then staff.

    Raises:
        Invalid: The text is shorter than two characters.
    """
    text = text.strip()
    if len(text) < 2:
        raise Invalid(field="text", reason="missing")
    limit = max(1, min(limit, MAX_FOUND))
    customers = _matching(repository.customers, text, limit)
    counts = _bookings_by_customer([customer.id for customer in customers])
    found = [
        FoundPerson(
            kind="customer",
            id=customer.id,
            name=customer.name,
            email=customer.email,
            phone=customer.phone,
            origin=customer.origin,
            dialects=counts.get(customer.id, ((), 0))[0],
            bookings=counts.get(customer.id, ((), 0))[1],
        )
        for customer in customers
    ]
    found += list(_guests(text, limit - len(found)))
    if len(found) < limit:
        staff = _matching(repository.resources, text, limit - len(found), ("kind", "=", "staff"))
        found += [
            FoundPerson(kind="staff", id=one.id, name=one.name, email=one.email, phone=one.phone, origin=one.origin)
            for one in staff
        ]
    return found


def _matching(table: Any, text: str, limit: int, *where: Any) -> list[Any]:
    """Records by e-mail address, by name, and by the digits of a number, in this order."""
    conditions = [
        [("email", "contains", text)],
        [("full_name", "contains", text)],
        *([[("name", "contains", text)]] if where else []),
    ]
    by_id: dict[int, Any] = {}
    for condition in conditions:
        for record in table.page([*condition, *where], order=[("id", "asc")], limit=limit, count=False).items:
            by_id.setdefault(record.id, record)
    digits = "".join(filter(str.isdigit, text))
    if len(digits) >= 4:
        plain = "phone"
        for character in " -()/.+":
            plain = f"REPLACE({plain}, '{character}', '')"
        kind = " AND kind = 'staff'" if where else ""
        name = "resource" if where else "customer"
        rows = fetch_all(
            f"SELECT id FROM {name} WHERE {plain} LIKE ?{kind} ORDER BY id LIMIT ?", (f"%{digits.lstrip('0')}%", limit)
        )
        for record in table.get_many(row[0] for row in rows).values():
            by_id.setdefault(record.id, record)
    return list(by_id.values())[:limit]


def _bookings_by_customer(ids: Sequence[int]) -> dict[int, tuple[tuple[str, ...], int]]:
    if not ids:
        return {}
    rows = fetch_all(
        "SELECT customer_id, origin, COUNT(*) FROM booking"
        f" WHERE customer_id IN ({', '.join('?' * len(ids))}) GROUP BY customer_id, origin ORDER BY origin",
        list(ids),
    )
    counts: dict[int, tuple[tuple[str, ...], int]] = {}
    for customer_id, origin, count in rows:
        origins, total = counts.get(customer_id, ((), 0))
        counts[customer_id] = ((*origins, origin), total + int(count))
    return counts


def _guests(text: str, limit: int) -> Iterator[FoundPerson]:
    """Bookings without a customer, or whose customer is deleted, with the text in their names; newest first."""
    if limit < 1:
        return
    rows = fetch_all(
        "SELECT id FROM booking b WHERE NOT EXISTS (SELECT 1 FROM customer c WHERE c.id = b.customer_id)"
        f" AND {_like('snapshot')} ORDER BY id DESC LIMIT ?",
        (_pattern(text.split()[0]), limit * 4),
    )
    wanted = fold(text)
    count = 0
    for booking in bookings.get_many(row[0] for row in rows).values():
        guest = booking.snapshot.get("customer") or {}
        name = f"{guest.get('first_name') or ''} {guest.get('last_name') or ''}".strip()
        values = (name, str(guest.get("email") or ""), str(guest.get("phone") or ""))
        if count < limit and any(wanted in fold(value) for value in values):
            count += 1
            yield FoundPerson(
                kind="guest",
                id=booking.id,
                name=name,
                email=values[1],
                phone=values[2],
                origin=booking.origin,
                dialects=(booking.origin,),
                bookings=1,
            )


def _like(column: str) -> str:
    # SQLite's LIKE ignores the case of ASCII letters by itself.
    return f"{f'LOWER({column})' if is_postgres() else column} LIKE ? ESCAPE '!'"


def _pattern(text: str) -> str:
    """A text anywhere in stored JSON."""
    escaped = msgspec.json.encode(text).decode()[1:-1]
    if is_postgres():
        escaped = escaped.lower()
    for character in "!%_":
        escaped = escaped.replace(character, f"!{character}")
    return f"%{escaped}%"


# One person -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecords:
    """The records of one person. ``cut`` names the kinds of which there are more than ``MAX_RECORDS``."""

    person: Person
    customers: list[records.Customer]
    bookings: list[records.Booking]
    orders: list[records.Order] = field(default_factory=list)
    order_items: list[dict[str, Any]] = field(default_factory=list)
    payments: list[records.Payment] = field(default_factory=list)
    package_purchases: list[records.PackagePurchase] = field(default_factory=list)
    gift_cards_sold: list[records.GiftCardSold] = field(default_factory=list)
    keys: list[credentials.Credential] = field(default_factory=list)
    #: Ids of events and stored replies that mention the person.
    event_ids: list[int] = field(default_factory=list)
    reply_ids: list[int] = field(default_factory=list)
    cut: tuple[str, ...] = ()


def person_records(
    *, customer_ids: Iterable[int] = (), email: str = "", booking_ids: Iterable[int] = ()
) -> PersonRecords:
    """Everything about one person: of these customers, of all who share an address with one of them, and of guests.

    Args:
        customer_ids: Customers that are this person.
        email: As well every customer with this address, whatever its case.
        booking_ids: Bookings without a customer, or of a deleted one, that were made for this person.

    Raises:
        NotFound: One of them does not exist.
        Invalid: A booking has a customer; name that one.
    """
    customers = _same_people(customer_ids, email)
    guests = _guest_bookings(booking_ids)
    if not customers and not guests:
        raise NotFound(kind="customer", id=email or None)
    # Of a deleted customer the number is left, in what belonged to them.
    deleted = {booking.customer_id for booking in guests} - {0}
    ids = sorted({customer.id for customer in customers} | deleted)
    cut: set[str] = set()

    def of_customers(kind: str, table: Any) -> list[Any]:
        if not ids:
            return []
        page = table.page([("customer_id", "in", ids)], order=[("id", "asc")], limit=MAX_RECORDS + 1, count=False).items
        if len(page) > MAX_RECORDS:
            cut.add(kind)
        return list(page[:MAX_RECORDS])

    own_by_id = {booking.id: booking for booking in (*of_customers("bookings", bookings.repository), *guests)}
    own = list(own_by_id.values())
    person = _person(ids, customers, own, guests)
    # Bookings that were given to somebody else still have the names of whom they were made for.
    mentioned = set(_mentioning("booking", "snapshot", person)) - {booking.id for booking in own}
    own += bookings.get_many(sorted(mentioned)).values()
    payments = {payment.id: payment for payment in of_customers("payments", repository.payments)}
    payments |= {payment.id: payment for payment in _of_bookings(repository.payments, own)}
    orders = of_customers("orders", repository.orders)
    return PersonRecords(
        person=person,
        customers=customers,
        bookings=own,
        orders=orders,
        order_items=list(_order_items(orders)),
        payments=list(payments.values()),
        package_purchases=of_customers("package_purchases", repository.package_purchases),
        gift_cards_sold=of_customers("gift_cards_sold", repository.gift_cards_sold),
        keys=list(_keys(person)),
        event_ids=_event_ids(person),
        reply_ids=[reply_id for reply_id, _ in replies_mentioning(person)],
        cut=tuple(sorted(cut)),
    )


def _same_people(customer_ids: Iterable[int], email: str) -> list[records.Customer]:
    customers = {id: repository.customers.get(checked_id(id)) for id in customer_ids}
    addresses = {customer.email for customer in customers.values()} | {email.strip()}
    for address in sorted(address for address in addresses if address and address != ERASED):
        for customer in repository.customers.list_all([("email_key", "=", address.casefold())])[:MAX_RECORDS]:
            customers.setdefault(customer.id, customer)
    return [customers[id] for id in sorted(customers)]


def _guest_bookings(booking_ids: Iterable[int]) -> list[records.Booking]:
    guests = [bookings.get(id) for id in booking_ids]
    existing = repository.customers.get_many(booking.customer_id for booking in guests)
    for booking in guests:
        if booking.customer_id in existing:
            raise Invalid(field="booking", reason=f"booking {booking.id} is of customer {booking.customer_id}")
    return guests


def _person(
    customer_ids: Sequence[int],
    customers: Sequence[records.Customer],
    own: Sequence[records.Booking],
    guests: Sequence[records.Booking],
) -> Person:
    """Who is meant. What is erased already identifies nobody."""
    named: list[tuple[str, str, str, str]] = [
        (customer.first_name, customer.last_name, customer.email, customer.phone) for customer in customers
    ]
    for booking in guests:
        guest = booking.snapshot.get("customer") or {}
        named.append(tuple(str(guest.get(key) or "") for key in ("first_name", "last_name", "email", "phone")))  # type: ignore[arg-type]  # four texts
    parts = [part for first, last, _, _ in named for part in (first, last)]
    return Person(
        customer_ids=tuple(customer_ids),
        booking_ids=tuple(booking.id for booking in own),
        emails=_distinct(row[2] for row in named),
        phones=_distinct(row[3] for row in named),
        names=_distinct(f"{first} {last}" for first, last, _, _ in named if first.strip() and last.strip()),
        name_parts=_distinct(parts),
        usernames=_distinct(customer.username for customer in customers),
    )


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    stripped = (text.strip() for text in texts)
    return tuple(dict.fromkeys(text for text in stripped if text and ERASED not in text))


def _of_bookings(table: Any, own: Sequence[records.Booking]) -> Iterator[Any]:
    ids = [booking.id for booking in own]
    for start in range(0, len(ids), _BATCH):
        yield from table.list_all([("booking_id", "in", ids[start : start + _BATCH])])


def _order_items(orders: Sequence[records.Order]) -> Iterator[dict[str, Any]]:
    ids = [order.id for order in orders]
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        rows = fetch_all(
            "SELECT id, order_id, service_id, name, quantity, extras FROM order_item"
            f" WHERE order_id IN ({', '.join('?' * len(batch))}) ORDER BY id",
            batch,
        )
        for id, order_id, service_id, name, quantity, extras in rows:
            yield {
                "id": id,
                "order_id": order_id,
                "service_id": service_id,
                "name": name,
                "quantity": quantity,
                "extras": msgspec.json.decode(extras),
            }


def acts_for(key: credentials.Credential, person: Person) -> bool:
    """Whether a key acts for the person, by name or address. A number may mean somebody else."""
    users = {text.casefold() for text in (*person.usernames, *person.emails)}
    return key.user.casefold() in users


def _keys(person: Person) -> Iterator[credentials.Credential]:
    """Keys that act for the person or are labelled with them."""
    for key in credentials.list_credentials():
        if acts_for(key, person) or person.is_mentioned(key.label):
            yield key


# Texts that mention somebody ------------------------------------------------------------------------------------------


def _mentioning(table: str, column: str, person: Person, where: str = "") -> list[int]:
    """Ids of rows with an identifier of the person in a JSON column."""
    found: set[int] = set()
    for identifier in person.identifiers[:MAX_IDENTIFIERS]:
        checkpoint()
        sql = f"SELECT id, {column} FROM {table} WHERE {_like(column)}{where} ORDER BY id DESC LIMIT ?"
        rows = fetch_all(sql, (_pattern(identifier), MAX_RECORDS))
        found |= {row[0] for row in rows if person.is_mentioned(row[1])}
    return sorted(found)


def _event_ids(person: Person) -> list[int]:
    """Events that hold names: of deleted bookings, and whatever a plugin recorded."""
    found = {*_mentioning("event", "data", person), *_mentioning("event", "reason", person)}
    for customer_id in person.customer_ids:
        # The booking is gone, so the event alone says whose it was.
        rows = fetch_all(
            f"SELECT id FROM event WHERE kind IN ('booking.deleted', 'booking.cancelled') AND {_like('data')} LIMIT ?",
            (f'%"customer!_id":{int(customer_id)},%', MAX_RECORDS),
        )
        found |= {row[0] for row in rows}
    return sorted(found)


def person_events(ids: Sequence[int]) -> Iterator[records.Event]:
    """Events by id."""
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        sql = f"SELECT {events.FIELDS} FROM event e WHERE e.id IN ({', '.join('?' * len(batch))}) ORDER BY e.id"
        yield from map(events.event_of, fetch_all(sql, list(batch)))


def replies_mentioning(person: Person) -> Iterator[tuple[int, str]]:
    """``(id, body)`` of the replies stored under idempotency keys that mention the person."""
    last = 0
    while True:
        checkpoint()
        rows = fetch_all(
            "SELECT id, body FROM idempotent_reply WHERE id > ? AND body IS NOT NULL ORDER BY id LIMIT ?",
            (last, _BATCH),
        )
        for reply_id, body in rows:
            text = bytes(body).decode("utf-8", "replace")
            if person.is_mentioned(text):
                yield reply_id, text
        if len(rows) < _BATCH:
            return
        last = rows[-1][0]
