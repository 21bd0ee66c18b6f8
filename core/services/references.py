"""References between records, in columns and in stored JSON; finds dangling ones.

A reference may name an existing record, or a deleted one that has a tombstone. Parts and links are deleted with what
they belong to, so theirs must name existing records.
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
    """A column with ids of ``kind``; 0 is none. ``must_exist``: a deleted record is not enough."""

    table: str
    column: str
    kind: str
    must_exist: bool = False
    #: The column that identifies the row in messages.
    row_key: str = "id"


class DanglingReference(NamedTuple):
    """``subject`` ("booking 12") refers to a record of ``kind`` that does not exist."""

    subject: str
    kind: str
    missing_id: int


#: Tables by kind.
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

#: JSON columns with references: ``{"resource_id": 4}``, ``{"locations": [2]}``, ``{"kind": ..., "id": 4}``.
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
    """Yield ``(rows checked, dangling reference or None)`` for all references."""
    deleted = {(kind, id) for kind, id in fetch_all("SELECT kind, subject_id FROM tombstone")}
    for reference in REFERENCES:
        yield from _in_column(reference, deleted)
    existing_ids = {
        kind: {row[0] for row in fetch_all(f'SELECT id FROM "{table}"')} for kind, table in _JSON_TABLES.items()
    }
    for subject, kind, id in (*_in_documents(), *_in_bookings(), *_in_claims()):
        missing = id not in existing_ids[kind] and (kind, id) not in deleted
        yield 1, DanglingReference(subject, kind, id) if missing else None


#: Kinds that stored JSON refers to; a business has few of each.
_JSON_TABLES = {kind: TABLES[kind] for kind in ("service", "resource", "location", "person_type", "extra", "variant")}


def _in_column(reference: Reference, deleted: set[tuple[str, int]]) -> Iterator[tuple[int, DanglingReference | None]]:
    yield int(fetch_all(f'SELECT COUNT(*) FROM "{reference.table}" WHERE "{reference.column}" <> 0')[0][0]), None
    for key, id in fetch_all(
        f'SELECT o."{reference.row_key}", o."{reference.column}" FROM "{reference.table}" o'
        f' LEFT JOIN "{TABLES[reference.kind]}" t ON t.id = o."{reference.column}"'
        f' WHERE o."{reference.column}" <> 0 AND t.id IS NULL ORDER BY 1, 2'
    ):
        if reference.must_exist or (reference.kind, id) not in deleted:
            yield 0, DanglingReference(f"{reference.table} {key}", reference.kind, id)


def _in_documents() -> Iterator[DanglingReference]:
    for table, columns in JSON_COLUMNS:
        names = ", ".join(f'"{column}"' for column in columns)
        for row_id, *documents in fetch_all(f'SELECT id, {names} FROM "{table}" ORDER BY id'):
            for column, document in zip(columns, documents, strict=True):
                for kind, id in set(_references_in({column: msgspec.json.decode(document)})):
                    yield DanglingReference(f"{table} {row_id}", kind, id)


def _references_in(value: Any) -> Iterable[tuple[str, int]]:
    """The ``(kind, id)`` pairs in a piece of plain data."""
    if isinstance(value, list):
        for item in value:
            yield from _references_in(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            kind = _PLURALS.get(key, key.removesuffix("_id"))
            ids = item if isinstance(item, list) and key in _PLURALS else [item]
            if kind in _JSON_TABLES and (key in _PLURALS or key.endswith("_id")):
                yield from ((kind, id) for id in ids if type(id) is int and id)
            yield from _references_in(item)
        if value.get("kind") in _JSON_TABLES and type(value.get("id")) is int:
            yield value["kind"], value["id"]


def _in_bookings() -> Iterator[DanglingReference]:
    """References of bookings to person types and extras."""
    for booking_id, person_counts_json, extras_json in fetch_all(
        "SELECT id, person_counts, extras_chosen FROM booking WHERE person_counts <> '{}' OR extras_chosen <> '[]'"
        " ORDER BY id"
    ):
        for key in msgspec.json.decode(person_counts_json):
            yield DanglingReference(f"booking {booking_id}", "person_type", int(key))
        for extra_id, _ in msgspec.json.decode(extras_json):
            yield DanglingReference(f"booking {booking_id}", "extra", extra_id)


def _in_claims() -> Iterator[DanglingReference]:
    """References of claims."""
    for kind, subject_id in fetch_all("SELECT DISTINCT subject_kind, subject_id FROM claim ORDER BY 1, 2"):
        name, _, location_id = kind.partition("@")
        if name in _JSON_TABLES:
            yield DanglingReference(f"claims on {kind} {subject_id}", name, subject_id)
        if location_id.isdecimal():
            yield DanglingReference(f"claims on {kind} {subject_id}", "location", int(location_id))


# -- in a dialect's document --------------------------------------------------------------------------------------

#: The key under which a document lists deleted records, and the kinds that bookings may refer to after deletion.
DELETED = "deleted"
_DELETABLE: dict[str, repository.Repository[Any]] = {
    "customer": repository.customers,
    "location": repository.locations,
    "resource": repository.resources,
}
_state = threading.local()


def with_deleted(document: Any) -> Any:
    """A dialect's exported document, with the ids of deleted records that bookings refer to."""
    deleted = {
        kind: [
            row[0]
            for row in fetch_all(
                f"SELECT subject_id FROM tombstone WHERE kind = ? AND EXISTS"
                f" (SELECT 1 FROM booking WHERE {kind}_id = subject_id) ORDER BY subject_id",
                (kind,),
            )
        ]
        for kind in _DELETABLE
    }
    deleted = {kind: ids for kind, ids in deleted.items() if ids}
    return {**document, DELETED: deleted} if deleted and isinstance(document, dict) else document


@contextmanager
def restore_tombstones(document: Any) -> Iterator[Any]:
    """Add tombstones for the records a document lists as deleted, and yield the rest of it; inside ``writing()``.

    Until the end of the block, bookings that this thread creates may refer to them.

    Raises:
        Invalid: With the path of the wrong value.
    """
    rest = _add_listed_tombstones(document)
    _state.importing = True
    try:
        yield rest
    finally:
        _state.importing = False


def may_name_deleted(kind: str, id: int) -> bool:
    """Whether an imported booking may refer to this deleted record."""
    return getattr(_state, "importing", False) and bool(id) and repository.has_tombstone(kind, id)


def _add_listed_tombstones(document: Any) -> Any:
    if not isinstance(document, dict) or DELETED not in document:
        return document
    deleted = document[DELETED]
    if not isinstance(deleted, dict):
        raise Invalid(field=DELETED, reason="type")
    for kind, ids in deleted.items():
        if kind not in _DELETABLE:
            raise Invalid(field=f"{DELETED}.{kind}", reason="unknown")
        if not isinstance(ids, list) or not all(type(n) is int and repository.checked_id(n) for n in ids):
            raise Invalid(field=f"{DELETED}.{kind}", reason="type")
        existing = _DELETABLE[kind].get_many(ids)
        repository.add_tombstones(kind, [id for id in ids if id not in existing])
        for id in ids:
            _DELETABLE[kind].reserve(id)
    return {name: value for name, value in document.items() if name != DELETED}
