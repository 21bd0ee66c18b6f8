"""Which numbers name which kind of thing, in columns and in stored JSON; finds those that name nothing.

A number may name something that is there, or something that was deleted and left its tombstone. Parts and links go with
what they belong to, so for them the tombstone is not enough.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import msgspec

from core.db import fetch_all
from core.errors import Invalid
from core.services import repository


class Reference(NamedTuple):
    """A column whose number names a thing of ``kind``; 0 names none. ``living``: a deleted one will not do."""

    table: str
    column: str
    kind: str
    must_exist: bool = False
    #: What tells the row from others of its table.
    row_key: str = "id"


class DanglingReference(NamedTuple):
    """``subject`` ("booking 12") names ``kind`` ``number``, which is not there."""

    subject: str
    kind: str
    missing_id: int


#: The kinds whose numbers are looked up, and their tables.
TABLES = {
    kind: "booking_order" if kind == "order" else kind
    for kind in (
        "category location customer service variant person_type extra resource order order_item booking coupon package"
        " package_purchase gift_card gift_card_sold"
    ).split()
}

REFERENCES = (
    Reference("booking", "service_id", "service"),
    Reference("booking", "variant_id", "variant"),
    Reference("booking", "resource_id", "resource"),
    Reference("booking", "location_id", "location"),
    Reference("booking", "customer_id", "customer"),
    Reference("booking", "order_id", "order"),
    Reference("booking", "order_item_id", "order_item"),
    Reference("booking", "parent_id", "booking"),
    Reference("booking_order", "customer_id", "customer"),
    Reference("order_item", "order_id", "order", must_exist=True),
    Reference("order_item", "service_id", "service"),
    Reference("payment", "booking_id", "booking", must_exist=True),
    Reference("payment", "order_id", "order"),
    Reference("payment", "customer_id", "customer"),
    Reference("coupon_use", "coupon_id", "coupon"),
    Reference("coupon_use", "booking_id", "booking"),
    Reference("coupon_use", "customer_id", "customer"),
    Reference("package_purchase", "package_id", "package"),
    Reference("package_purchase", "customer_id", "customer"),
    Reference("package_use", "purchase_id", "package_purchase"),
    Reference("package_use", "booking_id", "booking"),
    Reference("package_use", "service_id", "service"),
    Reference("gift_card_sold", "gift_card_id", "gift_card"),
    Reference("gift_card_sold", "customer_id", "customer"),
    Reference("gift_card_use", "sold_id", "gift_card_sold"),
    Reference("gift_card_use", "booking_id", "booking"),
    Reference("variant", "service_id", "service", must_exist=True),
    Reference("person_type", "service_id", "service", must_exist=True),
    Reference("extra", "service_id", "service", must_exist=True),
    Reference("service_category", "service_id", "service", must_exist=True, row_key="service_id"),
    Reference("service_category", "category_id", "category", must_exist=True, row_key="service_id"),
    Reference("service_resource", "service_id", "service", must_exist=True, row_key="service_id"),
    Reference("service_resource", "resource_id", "resource", must_exist=True, row_key="service_id"),
    Reference("resource", "location_id", "location", must_exist=True),
    Reference("category", "parent_id", "category", must_exist=True),
)

#: Stored JSON in which numbers name things: ``{"resource_id": 4}``, ``{"locations": [2]}``, ``{"kind": ..., "id": 4}``.
JSON_COLUMNS = (
    ("service", ("plan", "price_plan", "rules", "locations")),
    ("resource", ("rules",)),
    ("location", ("rules",)),
    ("site_state", ("rules",)),
    ("coupon", ("services",)),
    ("package", ("services",)),
    ("package_purchase", ("services",)),
    ("gift_card", ("services", "resources")),
    ("gift_card_sold", ("services", "resources")),
)
_PLURALS = {"services": "service", "locations": "location", "resources": "resource"}


def dangling_references() -> Iterator[tuple[int, DanglingReference | None]]:
    """Everything that names nothing; ``(rows looked at, what was found)``."""
    gone = {(kind, number) for kind, number in fetch_all("SELECT kind, subject_id FROM tombstone")}
    for one in REFERENCES:
        yield from _in_column(one, gone)
    living = {kind: {row[0] for row in fetch_all(f'SELECT id FROM "{table}"')} for kind, table in _LISTED.items()}
    for subject, kind, number in (*_in_documents(), *_in_bookings(), *_in_claims()):
        missing = number not in living[kind] and (kind, number) not in gone
        yield 1, DanglingReference(subject, kind, number) if missing else None


#: Kinds that stored JSON names; a business has few of each.
_LISTED = {kind: TABLES[kind] for kind in ("service", "resource", "location", "person_type", "extra", "variant")}


def _in_column(one: Reference, gone: set[tuple[str, int]]) -> Iterator[tuple[int, DanglingReference | None]]:
    yield int(fetch_all(f'SELECT COUNT(*) FROM "{one.table}" WHERE "{one.column}" <> 0')[0][0]), None
    for key, number in fetch_all(
        f'SELECT o."{one.row_key}", o."{one.column}" FROM "{one.table}" o LEFT JOIN "{TABLES[one.kind]}" t'
        f' ON t.id = o."{one.column}" WHERE o."{one.column}" <> 0 AND t.id IS NULL ORDER BY 1, 2'
    ):
        if one.must_exist or (one.kind, number) not in gone:
            yield 0, DanglingReference(f"{one.table} {key}", one.kind, number)


def _in_documents() -> Iterator[DanglingReference]:
    for table, columns in JSON_COLUMNS:
        names = ", ".join(f'"{column}"' for column in columns)
        for number, *texts in fetch_all(f'SELECT id, {names} FROM "{table}" ORDER BY id'):
            for column, text in zip(columns, texts, strict=True):
                for kind, named in set(_named({column: msgspec.json.decode(text)})):
                    yield DanglingReference(f"{table} {number}", kind, named)


def _named(value: Any) -> Iterable[tuple[str, int]]:
    """The ``(kind, number)`` pairs that a piece of plain data names."""
    if isinstance(value, list):
        for item in value:
            yield from _named(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            kind = _PLURALS.get(key, key.removesuffix("_id"))
            numbers = item if isinstance(item, list) and key in _PLURALS else [item]
            if kind in _LISTED and (key in _PLURALS or key.endswith("_id")):
                yield from ((kind, number) for number in numbers if type(number) is int and number)
            yield from _named(item)
        if value.get("kind") in _LISTED and type(value.get("id")) is int:
            yield value["kind"], value["id"]


def _in_bookings() -> Iterator[DanglingReference]:
    """Person types and extras that were booked."""
    for number, counts, chosen in fetch_all(
        "SELECT id, person_counts, extras_chosen FROM booking WHERE person_counts <> '{}' OR extras_chosen <> '[]'"
        " ORDER BY id"
    ):
        for key in msgspec.json.decode(counts):
            yield DanglingReference(f"booking {number}", "person_type", int(key))
        for extra_id, _ in msgspec.json.decode(chosen):
            yield DanglingReference(f"booking {number}", "extra", extra_id)


def _in_claims() -> Iterator[DanglingReference]:
    """What places are held of."""
    for kind, number in fetch_all("SELECT DISTINCT subject_kind, subject_id FROM claim ORDER BY 1, 2"):
        name, _, location_id = kind.partition("@")
        if name in _LISTED:
            yield DanglingReference(f"claims on {kind} {number}", name, number)
        if location_id.isdecimal():
            yield DanglingReference(f"claims on {kind} {number}", "location", int(location_id))


# -- in a dialect's document --------------------------------------------------------------------------------------

#: Where a document lists what was deleted, and the kinds whose bookings outlive them.
DELETED = "deleted"
_OUTLIVED = {"customer": repository.customers, "location": repository.locations, "resource": repository.resources}
_state = threading.local()


def with_deleted(document: Any) -> Any:
    """A dialect's exported document, with what its bookings may name though it is not in it any more."""
    deleted = {
        kind: [
            row[0]
            for row in fetch_all(
                f"SELECT subject_id FROM tombstone WHERE kind = ? AND EXISTS"
                f" (SELECT 1 FROM booking WHERE {kind}_id = subject_id) ORDER BY subject_id",
                (kind,),
            )
        ]
        for kind in _OUTLIVED
    }
    deleted = {kind: numbers for kind, numbers in deleted.items() if numbers}
    return {**document, DELETED: deleted} if deleted and isinstance(document, dict) else document


@contextmanager
def restore_tombstones(document: Any) -> Iterator[Any]:
    """Remember what a document says was deleted, and yield the rest of it; inside ``writing()``.

    Bookings that this thread makes meanwhile may name it.

    Raises:
        Invalid: With the path of what is wrong.
    """
    rest = _remember(document)
    _state.taking_in = True
    try:
        yield rest
    finally:
        _state.taking_in = False


def may_name_deleted(kind: str, id: int) -> bool:
    """May a booking that is taken in name this though it was deleted?"""
    return getattr(_state, "taking_in", False) and bool(id) and repository.has_tombstone(kind, id)


def _remember(document: Any) -> Any:
    if not isinstance(document, dict) or DELETED not in document:
        return document
    deleted = document[DELETED]
    if not isinstance(deleted, dict):
        raise Invalid(field=DELETED, reason="type")
    for kind, numbers in deleted.items():
        if kind not in _OUTLIVED:
            raise Invalid(field=f"{DELETED}.{kind}", reason="unknown")
        if not isinstance(numbers, list) or not all(type(n) is int and repository.checked_id(n) for n in numbers):
            raise Invalid(field=f"{DELETED}.{kind}", reason="type")
        living = _OUTLIVED[kind].get_many(numbers)
        repository.add_tombstones(kind, [number for number in numbers if number not in living])
        for number in numbers:
            _OUTLIVED[kind].reserve(number)
    return {name: value for name, value in document.items() if name != DELETED}
