"""Tables in, frozen records out: get, find, page, create, update and delete, the same for every kind of thing.

Conditions of a page are ``(field, operator, value)`` with the operators ``= != < <= > >= in not_in contains``; a tuple
of fields means any of them, ``contains`` ignores case and accents, and ``lacks`` means that none of the fields contains
a text. Names and titles are ordered without regard to case and accents too, by a column that holds them folded.
``("", "any", [condition, ...])`` means any of those. Times may be given as aware datetimes, wall clocks as naive ones.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any, Generic, TypeVar

from peewee import CharField, IntegrityError

from core import html_sanitizer, models, request_budget
from core.db import database, ensure_transaction, execute, fetch_all, is_postgres, writing
from core.domain import records
from core.domain.records import Page
from core.domain.text import fold
from core.errors import AnswerTooLarge, Duplicate, Invalid, NotFound, StaleVersion
from core.request_budget import MAX_RECORDS
from core.row_writes import insert_row, update_row
from core.sequences import advance_sequence, bump_sequence, next_row_id, reserve_row_ids
from core.services.row_mapping import decode_plan, decode_rules, make_row_mapper, to_epoch, to_instant, to_wall_clock

__all__ = [
    "Condition",
    "Repository",
    "add_tombstones",
    "checked_id",
    "decode_plan",
    "decode_rules",
    "has_tombstone",
    "next_id",
    "remove_tombstone",
    "reserve_id",
    "to_epoch",
    "to_instant",
    "to_wall_clock",
]

R = TypeVar("R")
Condition = tuple[Any, str, Any]

_MAX_ID = 2**63 - 1


def next_id() -> int:
    """The next number of the one sequence shared by services, resources, bookings and orders."""
    if is_postgres():
        return int(fetch_all("SELECT nextval('frontdesk_id')")[0][0])
    found = fetch_all("UPDATE id_sequence SET last = last + 1 WHERE id = 1 RETURNING last")
    if not found:
        database.execute_sql("INSERT INTO id_sequence (id, last) VALUES (1, 1)")
        return 1
    return int(found[0][0])


def reserve_id(taken: int) -> None:
    """Never hand out ``taken`` or anything below it again (imports keep their ids)."""
    if is_postgres():
        advance_sequence("frontdesk_id", taken)
        return
    database.execute_sql(
        "INSERT INTO id_sequence (id, last) VALUES (1, ?)"
        " ON CONFLICT (id) DO UPDATE SET last = max(last, excluded.last)",
        (taken,),
    )


def add_tombstones(kind: str, ids: Iterable[int]) -> None:
    """Remember that these were deleted: what still names them names nothing else, and is no damage."""
    for number in ids:
        execute("INSERT INTO tombstone (kind, subject_id) VALUES (?, ?) ON CONFLICT DO NOTHING", (kind, number))


def remove_tombstone(kind: str, id: int) -> None:
    """Something deleted is there again under its old number (imports bring what they are given)."""
    execute("DELETE FROM tombstone WHERE kind = ? AND subject_id = ?", (kind, id))


def has_tombstone(kind: str, id: int) -> bool:
    """Was something of this kind and number deleted here?"""
    return bool(fetch_all("SELECT 1 FROM tombstone WHERE kind = ? AND subject_id = ?", (kind, checked_id(id))))


def checked_id(value: Any) -> int:
    """An id as the database can take it; anything else names nothing."""
    return value if isinstance(value, int) and 0 < value <= _MAX_ID else 0


_COMPARISONS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


#: Names and titles whose folded form is kept beside them, as ``<name>_key``.
_FOLDED = ("name", "first_name", "last_name", "title")
_KEY_LENGTH = 255
#: Two columns that are searched as one text.
_JOINED = {"full_name": ("first_name_key", "last_name_key")}
# PostgreSQL's own way to say what ``fold`` does; LOWER comes last, for letters that normalizing brings out.
_POSTGRES_FOLD = r"LOWER(regexp_replace(normalize({}, NFKD), '[\u0300-\u036f]', '', 'g'))"


def _lookup_key(value: Any) -> str:
    return str(value).strip().casefold()


def _sort_key(value: Any) -> str:
    return fold(str(value))[:_KEY_LENGTH]


class Repository(Generic[R]):
    """One kind of record and its table."""

    def __init__(
        self,
        kind: str,
        model: Any,
        record: type[R],
        *,
        shared_ids: bool = False,
        keys: dict[str, str] | None = None,
        unique: Sequence[str] = (),
    ) -> None:
        self.kind = kind
        self.model = model
        self.record = record
        self._shared_ids = shared_ids
        #: Look-up columns without regard to case, and what they are made from.
        self._keys = keys or {}
        self._sort_keys = {name: f"{name}_key" for name in _FOLDED if f"{name}_key" in model._meta.fields}
        self._unique = unique
        self._names = [field.name for field in fields(record)]  # type: ignore[arg-type]
        self._columns = [model._meta.fields[name] for name in self._names]
        self._record = make_row_mapper(record, model)
        self._table = model._meta.table_name
        # Building a query costs ten times what running it does, so the commonest one is kept as text.
        columns = ", ".join(f't1."{column.column_name}"' for column in self._columns)
        self._text = f'SELECT {columns} FROM "{self._table}" AS t1'
        self._changed: list[Callable[[str, R], None]] = []
        self._updated: list[Callable[[R, R], None]] = []
        self._required = [
            field.name
            for field in fields(record)  # type: ignore[arg-type]
            if field.default is MISSING and field.default_factory is MISSING
        ]

    # -- reading ------------------------------------------------------------------------------------------------

    def get(self, id: int) -> R:
        """The record with this id.

        Raises:
            NotFound: There is none.
        """
        found = fetch_all(f'{self._text} WHERE t1."id" = ?', (checked_id(id),))
        if not found:
            raise NotFound(kind=self.kind, id=id)
        return self._record(found[0])

    def locked(self, id: int) -> R:
        """The same inside ``writing()``, with other writers shut out of it until the transaction ends."""
        found = fetch_all(f'{self._text} WHERE t1."id" = ?{" FOR UPDATE" if is_postgres() else ""}', (checked_id(id),))
        if not found:
            raise NotFound(kind=self.kind, id=id)
        return self._record(found[0])

    def find(self, **equals: Any) -> R | None:
        """The first record, by id, whose fields equal these values."""
        narrowed, parameters = self._where([(name, "=", value) for name, value in equals.items()])
        found = fetch_all(f'{self._text}{narrowed} ORDER BY t1."id" LIMIT 1', parameters)
        return self._record(found[0]) if found else None

    def get_many(self, ids: Iterable[int]) -> dict[int, R]:
        """Records by id; unknown ids are left out."""
        wanted = sorted({checked_id(i) for i in ids} - {0})
        if not wanted:
            return {}
        marks = ", ".join("?" * len(wanted))
        found = fetch_all(f'{self._text} WHERE t1."id" IN ({marks})', wanted)
        return {record.id: record for record in map(self._record, found)}  # type: ignore[attr-defined]

    def list_all(self, where: Sequence[Condition] = (), order: Sequence[tuple[str, str]] = (("id", "asc"),)) -> list[R]:
        """Every matching record; for kinds a business has few of."""
        return self.page(where, order=order, count=False).items

    def page(
        self,
        where: Sequence[Condition] = (),
        *,
        order: Sequence[tuple[str, str]] = (("id", "desc"),),
        limit: int | None = None,
        offset: int = 0,
        count: bool = True,
        hidden: Collection[str] = (),
    ) -> Page[R]:
        """Some of the matching records in a stable order, and how many match in all.

        Args:
            hidden: Conditions on these fields are not worth an index (told to SQLite; PostgreSQL has statistics).

        Raises:
            AnswerTooLarge: A request asks for more than ``MAX_RECORDS``.
        """
        if limit == 0:
            return Page([], self.count(where, hidden=hidden) if count else None)
        asked = limit
        if request_budget.current() is not None and (limit is None or limit > MAX_RECORDS):
            limit = MAX_RECORDS + 1
        narrowed, parameters = self._where(where, hidden)
        text = self._text
        if count:
            # One question instead of two: every row brings the total along.
            total = f'(SELECT COUNT(*) FROM "{self._table}" AS t1{narrowed})'
            text = text.replace(" FROM ", f", {total} FROM ", 1)
            parameters = [*parameters, *parameters]
        terms = [
            f"{self._column(self._sort_keys.get(name, name))} {'ASC' if way == 'asc' else 'DESC'}"
            for name, way in order
        ]
        if all(name != "id" for name, _ in order):
            terms.append(f't1."id" {"DESC" if order and order[0][1] == "desc" else "ASC"}')
        sql = f"{text}{narrowed} ORDER BY {', '.join(terms)}"
        if limit is not None or offset:
            sql += " LIMIT ? OFFSET ?"
            parameters += [_MAX_ID if limit is None else min(limit, _MAX_ID), min(offset, _MAX_ID)]
        found = fetch_all(sql, parameters)
        if limit != asked and len(found) == limit:
            raise AnswerTooLarge(limit=MAX_RECORDS)
        if not count:
            return Page([self._record(row) for row in found], None)
        if not found:
            return Page([], self.count(where, hidden=hidden) if offset else 0)
        return Page([self._record(row[:-1]) for row in found], int(found[0][-1]))

    def count(self, where: Sequence[Condition] = (), *, hidden: Collection[str] = ()) -> int:
        """How many records match; ``hidden`` as for ``page``."""
        narrowed, parameters = self._where(where, hidden)
        return int(fetch_all(f'SELECT COUNT(*) FROM "{self._table}" AS t1{narrowed}', parameters)[0][0])

    def next_number(self) -> int:
        """The next number of this kind, for something that is kept elsewhere but numbered with these records."""
        return next_id() if self._shared_ids else next_row_id(self._table)

    def reserve(self, id: int) -> None:
        """Never give ``id`` or anything below it to a new record."""
        if self._shared_ids:
            reserve_id(id)
        else:
            reserve_row_ids(self._table, id)

    def exists(self, where: Sequence[Condition]) -> bool:
        narrowed, parameters = self._where(where)
        return bool(fetch_all(f'SELECT 1 FROM "{self._table}" AS t1{narrowed} LIMIT 1', parameters))

    # -- writing ------------------------------------------------------------------------------------------------

    def on_change(self, react: Callable[[str, R], None]) -> None:
        """Call ``react(verb, record)`` inside the transaction of every create, update and delete."""
        self._changed.append(react)

    def on_update(self, react: Callable[[R, R], None]) -> None:
        """Call ``react(before, after)`` inside the transaction of every update."""
        self._updated.append(react)

    def create(self, *, now: datetime, id: int | None = None, reserved: bool = False, **values: Any) -> R:
        """Store a new record.

        Args:
            now: Aware UTC; becomes the creation and modification time unless those are given.
            id: Kept as it is when given (imports), else the next one.
            reserved: ``id`` comes from ``next_id`` or has been through ``reserve_id``.

        Raises:
            Duplicate: A unique field has this value already.
            Invalid: A needed value is missing or a name unknown.
        """
        self._check_names(values)
        stamp = to_epoch(now)
        names = self.model._meta.fields
        for name in ("created_at", "modified_at"):
            if name in names:
                values.setdefault(name, stamp)
        for name in self._required:
            if name not in values and name != "id":
                raise Invalid(field=name, reason="missing")
        stored = self._stored(values)
        # PostgreSQL gives up the whole transaction after a duplicate, unless there is a savepoint to go back to.
        with writing() if is_postgres() else ensure_transaction():
            self._refuse_duplicates(values, None)
            if id is not None:
                stored["id"] = id
                if not reserved:
                    remove_tombstone(self.kind, id)
                    if self._shared_ids:
                        reserve_id(id)
            elif self._shared_ids:
                stored["id"] = next_id()
            try:
                new = insert_row(self.model, stored)
            except IntegrityError as error:
                raise self._duplicate(values, id) from error
            if id is not None and not self._shared_ids:
                bump_sequence(self.model, id)
            return self._told("created", self.get(stored.get("id", new)))

    def update(self, id: int, *, now: datetime, expected_version: int | None = None, **values: Any) -> R:
        """Change some fields; the version rises by one.

        Raises:
            NotFound: There is no such record.
            StaleVersion: ``expected_version`` is given and no longer true.
            Duplicate: A unique field has this value already.
        """
        self._check_names(values)
        with writing() if self._unique else ensure_transaction():
            current = self.locked(id)
            if expected_version is not None and current.version != expected_version:  # type: ignore[attr-defined]
                raise StaleVersion(expected=expected_version, found=current.version)  # type: ignore[attr-defined]
            self._refuse_duplicates(values, id)
            stored = self._stored(values)
            if "modified_at" in self.model._meta.fields:
                stored.setdefault("modified_at", to_epoch(now))
            try:
                update_row(self.model, id, stored)
            except IntegrityError as error:
                raise self._duplicate(values, id) from error
            changed = self.get(id)
            for react in self._updated:
                react(current, changed)
            return self._told("updated", changed)

    def delete(self, id: int) -> R:
        """Remove a record for good and return it as it was."""
        with writing():
            current = self.locked(id)
            self.model.delete().where(self.model.id == id).execute()
            add_tombstones(self.kind, [id])
            return self._told("deleted", current)

    # -- inside -------------------------------------------------------------------------------------------------

    def _told(self, verb: str, record: R) -> R:
        for react in self._changed:
            react(verb, record)
        return record

    def _check_names(self, values: dict[str, Any]) -> None:
        for name in values:
            if name not in self._names:
                raise Invalid(field=name, reason="unknown")

    def _refuse_duplicates(self, values: dict[str, Any], id: int | None) -> None:
        for name in self._unique:
            if values.get(name):
                other = self.find(**{name: values[name]})
                if other is not None and other.id != id:  # type: ignore[attr-defined]
                    raise Duplicate(kind=self.kind, field=name, value=values[name], id=other.id)  # type: ignore[attr-defined]

    def _duplicate(self, values: dict[str, Any], id: int | None) -> Duplicate:
        """What the database refused: somebody took the same value a moment ago, or the id is taken."""
        field = next((name for name in self._unique if values.get(name)), "id")
        return Duplicate(kind=self.kind, field=field, value=values.get(field, id))

    def _stored(self, values: dict[str, Any]) -> dict[str, Any]:
        stored = {}
        for name, value in values.items():
            stored[name] = to_epoch(value) if isinstance(value, datetime) else html_sanitizer.sanitize(value)
        for key, source in self._keys.items():
            if source in values:
                stored[key] = _lookup_key(values[source])
        for source, key in self._sort_keys.items():
            if source in values:
                stored[key] = _sort_key(values[source])
        return stored

    def _column(self, name: str) -> str:
        column = self.model._meta.fields.get(name)
        if column is None:
            raise Invalid(field=name, reason="unknown")
        return f't1."{column.column_name}"'

    def _where(self, where: Sequence[Condition], hidden: Collection[str] = ()) -> tuple[str, list[Any]]:
        """Conditions as SQL text with its parameters."""
        parts, parameters = [], []
        for names, operator, value in where:
            if operator == "any":
                found = [self._where([one], hidden) for one in value]
                either = [text.removeprefix(" WHERE ") for text, _ in found]
                parameters += [one for _, values in found for one in values]
            else:
                either = []
                for name in names if isinstance(names, tuple) else (names,):
                    text, values = self._compare(name, operator, value, hidden)
                    either.append(text)
                    parameters += values
            joint = " AND " if operator == "lacks" else " OR "
            parts.append(f"({joint.join(either)})" if len(either) > 1 else either[0])
        return (f" WHERE {' AND '.join(parts)}" if parts else ""), parameters

    def _compare(self, name: str, operator: str, value: Any, hidden: Collection[str] = ()) -> tuple[str, list[Any]]:
        folded = next((key for key, source in self._keys.items() if source == name), None)
        if folded and operator in {"=", "in"}:
            name = folded
            value = _lookup_key(value) if operator == "=" else [_lookup_key(one) for one in value]
        if operator in {"contains", "lacks"}:
            return self._search(name, operator, value)
        column = self._column(name)
        if name in hidden and not is_postgres():
            # A plus sign keeps SQLite from looking for an index.
            column = f"+{column}"
        field = self.model._meta.fields[name]

        def raw(one: Any) -> Any:
            one = to_epoch(one) if isinstance(one, datetime) else field.db_value(one)
            # Beyond what the database can count nothing can match, and nothing may overflow.
            return max(-_MAX_ID, min(one, _MAX_ID)) if isinstance(one, int) and not isinstance(one, bool) else one

        if operator in _COMPARISONS:
            return f"{column} {_COMPARISONS[operator]} ?", [raw(value)]
        if operator in {"in", "not_in"}:
            values = [raw(one) for one in value]
            if not values:
                return ("1 = 0" if operator == "in" else "1 = 1"), []
            if len(values) == 1:
                # Of one value the index also gives the order.
                return f"{column} {'=' if operator == 'in' else '<>'} ?", values
            marks = ", ".join("?" * len(values))
            return f"{column} {'IN' if operator == 'in' else 'NOT IN'} ({marks})", values
        raise Invalid(field=name, reason="operator", value=operator)

    def _search(self, name: str, operator: str, value: Any) -> tuple[str, list[Any]]:
        """Whether a text is part of a column; case and accents do not count."""
        pattern = fold(str(value)).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        if name in _JOINED:
            text = " || ' ' || ".join(self._column(part) for part in _JOINED[name])
        elif name in self._sort_keys:
            text = self._column(self._sort_keys[name])
        elif isinstance(self.model._meta.fields.get(name), CharField) and pattern.isascii():
            # Addresses, numbers and codes: letters A to Z are all there is, and SQLite's own LOWER is fast.
            text = f"LOWER({self._column(name)})"
        else:
            text = (_POSTGRES_FOLD if is_postgres() else "fold({})").format(self._column(name))
        like = "LIKE" if operator == "contains" else "NOT LIKE"
        return f"({text}) {like} ? ESCAPE '\\'", [f"%{pattern}%"]


categories = Repository("category", models.Category, records.Category)
locations = Repository("location", models.Location, records.Location)
customers = Repository("customer", models.Customer, records.Customer, keys={"email_key": "email"})
services = Repository("service", models.Service, records.Service, shared_ids=True)
variants = Repository("variant", models.Variant, records.Variant, shared_ids=True)
person_types = Repository("person_type", models.PersonType, records.PersonType, shared_ids=True)
extras = Repository("extra", models.Extra, records.Extra)
resources = Repository("resource", models.Resource, records.Resource, shared_ids=True, keys={"email_key": "email"})
orders = Repository("order", models.Order, records.Order, shared_ids=True)
payments = Repository("payment", models.Payment, records.Payment)
coupons = Repository("coupon", models.Coupon, records.Coupon, keys={"code_key": "code"}, unique=("code",))
packages = Repository("package", models.Package, records.Package)
package_purchases = Repository("package_purchase", models.PackagePurchase, records.PackagePurchase, unique=("number",))
gift_cards = Repository("gift_card", models.GiftCard, records.GiftCard)
gift_cards_sold = Repository(
    "gift_card_sold", models.GiftCardSold, records.GiftCardSold, keys={"code_key": "code"}, unique=("code",)
)
