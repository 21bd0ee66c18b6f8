"""Repositories: one per kind of record, each with get, find, page, create, update and delete over one table.

Why not peewee's own queries: a request reads dozens of records, and building a peewee query takes far longer than the
database takes to answer it. Measured on Python 3.11, peewee 4.5 and SQLite with 200 customers (CPU time per call):

    read                                 repository      peewee
    one record by id                          10 us      238 us
    page of 20 with a text search             93 us      530 us
    200 records by id                        611 us    3,042 us

So a repository keeps its SELECT as text and maps rows straight to frozen dataclasses (``row_mapping``). Peewee stays
in use for the schema, the differences between the databases and the transactions. Beside speed a repository adds that
rows never leave core, and that every write checks names, unique fields and versions, sanitizes text, fills the look-up
columns, leaves a tombstone on delete and runs callbacks inside its transaction.

Interface:

- Read: ``get``, ``get_for_update``, ``find``, ``get_many``, ``list_all``, ``page``, ``count``, ``exists``.
- Write: ``create``, ``update``, ``delete``. Ids: ``next_id``, ``reserve``. Callbacks: ``on_change``, ``on_update``.
- For queries beyond ``page``: ``where_sql`` and ``order_sql`` give SQL for the table alias ``t1``, ``select`` reads
  records with whatever follows the SELECT, ``model`` is the peewee model.

``core.services.conditions`` describes conditions and orders.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from peewee import IntegrityError

from core import html_sanitizer, models, request_budget
from core.db import BaseModel, database, ensure_transaction, execute, fetch_all, is_postgres, writing
from core.domain import records, statuses
from core.domain.records import Page
from core.errors import AnswerTooLarge, Duplicate, Invalid, NotFound, StaleVersion
from core.kept_reads import fetch_setup
from core.request_budget import MAX_RECORDS
from core.row_writes import Computed, insert_computed, insert_record, update_row
from core.sequences import advance_sequence, bump_sequence, next_row_id, reserve_row_ids
from core.services.conditions import MAX_INTEGER, ColumnSql, Condition, Order
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


class StoredRecord(Protocol):
    """What a repository needs of the dataclass it returns."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def id(self) -> int: ...

    @property
    def version(self) -> int: ...


R = TypeVar("R", bound=StoredRecord)

#: The offset from which on a page is found by ids first.
_DEEP_OFFSET = 100


def next_id() -> int:
    """The next id of the one sequence that services, variants, person types, resources, bookings and orders share."""
    if is_postgres():
        return int(fetch_all("SELECT nextval('frontdesk_id')")[0][0])
    rows = fetch_all("UPDATE id_sequence SET last = last + 1 WHERE id = 1 RETURNING last")
    if not rows:
        database.execute_sql("INSERT INTO id_sequence (id, last) VALUES (1, 1)")
        return 1
    return int(rows[0][0])


def _computed_id(id: int | None) -> Computed:
    """The id of a row that is inserted: the next one of that sequence, or the given one.

    Inserting the row raises the sequence: on SQLite by triggers.
    """
    if id is not None:
        return Computed("CAST(? AS bigint)", (id,))
    if is_postgres():
        return Computed("nextval('frontdesk_id')")
    return Computed("COALESCE((SELECT last FROM id_sequence WHERE id = 1), 0) + 1")


def reserve_id(id: int) -> None:
    """Never give ``id`` or a lower one to a new record (imports keep their ids)."""
    if is_postgres():
        advance_sequence("frontdesk_id", id)
        return
    database.execute_sql(
        "INSERT INTO id_sequence (id, last) VALUES (1, ?)"
        " ON CONFLICT (id) DO UPDATE SET last = max(last, excluded.last)",
        (id,),
    )


def add_tombstones(kind: str, ids: Iterable[int]) -> None:
    """Record deletions, so that a reference to one of these ids is outdated and not damage."""
    for id in ids:
        execute("INSERT INTO tombstone (kind, subject_id) VALUES (?, ?) ON CONFLICT DO NOTHING", (kind, id))


def remove_tombstone(kind: str, id: int) -> None:
    """Forget a deletion: an import creates the record again under its old id."""
    execute("DELETE FROM tombstone WHERE kind = ? AND subject_id = ?", (kind, id))


def has_tombstone(kind: str, id: int) -> bool:
    """Whether a record of this kind and id was deleted."""
    return bool(fetch_all("SELECT 1 FROM tombstone WHERE kind = ? AND subject_id = ?", (kind, checked_id(id))))


def checked_id(value: object) -> int:
    """``value`` if the database can hold it as an id, else 0, which no record has."""
    return value if isinstance(value, int) and 0 < value <= MAX_INTEGER else 0


class Repository(Generic[R]):
    """One kind of record and its table; the module's docstring describes the interface.

    Args:
        kind: The kind's name in errors, events and tombstones.
        model: The peewee model of the table.
        record: The frozen dataclass; its fields are named as the columns.
        shared_ids: Ids come from the sequence that several kinds share.
        folded_columns: Columns for look-ups without regard to case, with the field each is made from.
        unique: Fields in which no two records may have the same value; empty values do not count.
        statuses: The words that ``status`` may hold.
        is_setup: Bookings do not change them, so ``core.kept_reads`` keeps the rows of ``get`` and ``get_many``.
    """

    def __init__(
        self,
        kind: str,
        model: type[BaseModel],
        record: type[R],
        *,
        shared_ids: bool = False,
        folded_columns: dict[str, str] | None = None,
        unique: Sequence[str] = (),
        statuses: Sequence[str] = (),
        is_setup: bool = False,
    ) -> None:
        self.kind = kind
        self.model = model
        self.record = record
        self._shared_ids = shared_ids
        self._fetch = fetch_setup if is_setup else fetch_all
        self._sql = ColumnSql(model, folded_columns or {})
        self._unique = unique
        self._statuses = statuses
        self._field_names = {field.name: None for field in fields(record)}
        self._to_record = make_row_mapper(record, model)
        self._table = model._meta.table_name
        columns = ", ".join(f't1."{model._meta.fields[name].column_name}"' for name in self._field_names)
        self._select_sql = f'SELECT {columns} FROM "{self._table}" AS t1'
        self._change_callbacks: list[Callable[[str, R], None]] = []
        self._update_callbacks: list[Callable[[R, R], None]] = []
        self._required = [
            field.name
            for field in fields(record)
            if field.default is MISSING and field.default_factory is MISSING and field.name != "id"
        ]

    # -- reading ------------------------------------------------------------------------------------------------

    def get(self, id: int) -> R:
        """The record with this id.

        Raises:
            NotFound: There is none.
        """
        rows = self._fetch(f'{self._select_sql} WHERE t1."id" = ?', (checked_id(id),))
        if not rows:
            raise NotFound(kind=self.kind, id=id)
        return self._to_record(rows[0])

    def get_for_update(self, id: int) -> R:
        """The record with this id, locked against other writers until the transaction ends; inside ``writing()``.

        Raises:
            NotFound: There is none.
        """
        rows = fetch_all(
            f'{self._select_sql} WHERE t1."id" = ?{" FOR UPDATE" if is_postgres() else ""}', (checked_id(id),)
        )
        if not rows:
            raise NotFound(kind=self.kind, id=id)
        return self._to_record(rows[0])

    def find(self, **equals: object) -> R | None:
        """The first record, by id, whose fields equal these values."""
        where_sql, parameters = self.where_sql([(name, "=", value) for name, value in equals.items()])
        rows = fetch_all(f'{self._select_sql}{where_sql} ORDER BY t1."id" LIMIT 1', parameters)
        return self._to_record(rows[0]) if rows else None

    def get_many(self, ids: Iterable[int]) -> dict[int, R]:
        """Records by id; unknown ids are left out."""
        valid_ids = sorted({checked_id(id) for id in ids} - {0})
        if not valid_ids:
            return {}
        placeholders = ", ".join("?" * len(valid_ids))
        rows = self._fetch(f'{self._select_sql} WHERE t1."id" IN ({placeholders})', valid_ids)
        return {record.id: record for record in map(self._to_record, rows)}

    def list_all(self, where: Sequence[Condition] = (), order: Order = (("id", "asc"),)) -> list[R]:
        """Every matching record; for kinds of which a business has few."""
        return self.page(where, order=order, count=False).items

    def page(
        self,
        where: Sequence[Condition] = (),
        *,
        order: Order = (("id", "desc"),),
        limit: int | None = None,
        offset: int = 0,
        count: bool = True,
        unindexed: Collection[str] = (),
    ) -> Page[R]:
        """A page of the matching records in a stable order, and the number that match in all.

        Args:
            where: Conditions that all hold.
            limit: None for all.
            count: False leaves the total out (None).
            unindexed: Fields whose conditions must not use an index of SQLite; PostgreSQL has statistics.

        Raises:
            AnswerTooLarge: A request asks for more than ``MAX_RECORDS``.
            Invalid: A field or an operator is unknown.
        """
        if limit == 0:
            return Page([], self.count(where, unindexed=unindexed) if count else None)
        requested_limit = limit
        if request_budget.current() is not None and (limit is None or limit > MAX_RECORDS):
            limit = MAX_RECORDS + 1
        where_sql, parameters = self.where_sql(where, unindexed)
        select_sql = self._select_sql
        if count:
            # One query instead of two: every row carries the total.
            count_sql = f'(SELECT COUNT(*) FROM "{self._table}" AS t1{where_sql})'
            select_sql = select_sql.replace(" FROM ", f", {count_sql} FROM ", 1)
            parameters = [*parameters, *parameters]
        sql = f"{where_sql} ORDER BY {self.order_sql(order)}"
        if limit is not None or offset:
            sql += " LIMIT ? OFFSET ?"
            parameters += [MAX_INTEGER if limit is None else min(limit, MAX_INTEGER), min(offset, MAX_INTEGER)]
        if limit is not None and offset >= _DEEP_OFFSET:
            # An index alone finds the ids, so the rows that are passed over are not read.
            sql = f' WHERE t1."id" IN (SELECT t1."id" FROM "{self._table}" AS t1{sql}) ORDER BY {self.order_sql(order)}'
        sql = select_sql + sql
        rows = fetch_all(sql, parameters)
        if limit != requested_limit and len(rows) == limit:
            raise AnswerTooLarge(limit=MAX_RECORDS)
        if not count:
            return Page([self._to_record(row) for row in rows], None)
        if not rows:
            return Page([], self.count(where, unindexed=unindexed) if offset else 0)
        return Page([self._to_record(row[:-1]) for row in rows], int(rows[0][-1]))

    def count(self, where: Sequence[Condition] = (), *, unindexed: Collection[str] = ()) -> int:
        """The number of matching records; ``unindexed`` as for ``page``."""
        where_sql, parameters = self.where_sql(where, unindexed)
        return int(fetch_all(f'SELECT COUNT(*) FROM "{self._table}" AS t1{where_sql}', parameters)[0][0])

    def next_id(self) -> int:
        """The next id of this kind, for something stored elsewhere that must not share an id with these records."""
        return next_id() if self._shared_ids else next_row_id(self._table)

    def reserve(self, id: int) -> None:
        """Never give ``id`` or a lower one to a new record of this kind."""
        if self._shared_ids:
            reserve_id(id)
        else:
            reserve_row_ids(self._table, id)

    def exists(self, where: Sequence[Condition]) -> bool:
        """Whether any record matches."""
        where_sql, parameters = self.where_sql(where)
        return bool(fetch_all(f'SELECT 1 FROM "{self._table}" AS t1{where_sql} LIMIT 1', parameters))

    def where_sql(self, where: Sequence[Condition], unindexed: Collection[str] = ()) -> tuple[str, list[Any]]:
        """`` WHERE ...`` on ``t1`` and its parameters; an empty text where there are no conditions."""
        return self._sql.where_sql(where, unindexed)

    def order_sql(self, order: Order) -> str:
        """The terms of an ORDER BY on ``t1``. Ties are broken by id, in the direction of the first field."""
        return self._sql.order_sql(order)

    def select(self, sql: str, parameters: list[Any]) -> list[R]:
        """The records of a query; ``sql`` is what follows ``SELECT ... FROM <table> AS t1``."""
        return [self._to_record(row) for row in fetch_all(f"{self._select_sql} {sql}", parameters)]

    # -- writing ------------------------------------------------------------------------------------------------

    def on_change(self, callback: Callable[[str, R], None]) -> None:
        """Call ``react(verb, record)`` inside the transaction of every create, update and delete."""
        self._change_callbacks.append(callback)

    def on_update(self, callback: Callable[[R, R], None]) -> None:
        """Call ``react(before, after)`` inside the transaction of every update."""
        self._update_callbacks.append(callback)

    def create(
        self,
        *,
        now: datetime,
        id: int | None = None,
        reserved: bool = False,
        computed: Mapping[str, Computed] | None = None,
        **values: Any,
    ) -> R:
        """Store a new record.

        Args:
            now: Aware UTC; the creation and modification time unless ``values`` has those.
            id: The id the record must have (imports); by default the next one.
            reserved: ``id`` has been passed to ``reserve_id``.
            computed: Fields that the database computes as it inserts the row; only of kinds that share ids.
            values: The record's other fields.

        Raises:
            Duplicate: Another record has this id, or this value in a unique field.
            Invalid: A required field is missing, a field is unknown, or it is no status of this kind.
        """
        self._check_names(values)
        stamp = to_epoch(now)
        names = self.model._meta.fields
        for name in ("created_at", "modified_at"):
            if name in names:
                values.setdefault(name, stamp)
        for name in self._required:
            if name not in values and not (computed and name in computed):
                raise Invalid(field=name, reason="missing")
        stored = self._stored_values(values)
        # After a duplicate PostgreSQL aborts the whole transaction, unless there is a savepoint to roll back to.
        may_clash = is_postgres() and (id is not None or bool(self._unique))
        with writing() if may_clash else ensure_transaction():
            self._refuse_duplicates(values, None)
            if id is not None and not reserved:
                remove_tombstone(self.kind, id)
                if self._shared_ids:
                    reserve_id(id)
            try:
                row = self._insert(stored, id, computed or {})
            except IntegrityError as error:
                raise self._duplicate(values, id) from error
            if id is not None and not self._shared_ids:
                bump_sequence(self.model, id)
            # What was written needs no reading: these are the values that the row would be read as.
            return self._notify("created", self._to_record(tuple(map(row.get, self._field_names))))

    def _insert(self, stored: dict[str, Any], id: int | None, computed: Mapping[str, Computed]) -> dict[str, Any]:
        if self._shared_ids:
            return insert_computed(self.model, stored, new_id=_computed_id(id), computed=computed)
        if computed:
            raise ValueError(f"a {self.kind} has no computed fields")
        return insert_record(self.model, stored if id is None else {**stored, "id": id})

    def update(self, id: int, *, now: datetime, expected_version: int | None = None, **values: Any) -> R:
        """Change some fields and raise the version by one.

        Raises:
            NotFound: There is no such record.
            StaleVersion: The record's version is not ``expected_version``.
            Duplicate: Another record has this value in a unique field.
            Invalid: A field is unknown, or it is no status of this kind.
        """
        self._check_names(values)
        with writing() if self._unique else ensure_transaction():
            current = self.get_for_update(id)
            if expected_version is not None and current.version != expected_version:
                raise StaleVersion(expected_version=expected_version, actual_version=current.version)
            self._refuse_duplicates(values, id)
            stored = self._stored_values(values)
            if "modified_at" in self.model._meta.fields:
                stored.setdefault("modified_at", to_epoch(now))
            try:
                update_row(self.model, id, stored)
            except IntegrityError as error:
                raise self._duplicate(values, id) from error
            changed = self.get(id)
            for callback in self._update_callbacks:
                callback(current, changed)
            return self._notify("updated", changed)

    def delete(self, id: int) -> R:
        """Remove a record, leave a tombstone and return the record as it was; raises NotFound."""
        with writing():
            current = self.get_for_update(id)
            execute(f'DELETE FROM "{self._table}" WHERE id = ?', (id,))
            add_tombstones(self.kind, [id])
            return self._notify("deleted", current)

    # -- internals ----------------------------------------------------------------------------------------------

    def _notify(self, verb: str, record: R) -> R:
        for callback in self._change_callbacks:
            callback(verb, record)
        return record

    def _check_names(self, values: dict[str, Any]) -> None:
        if not values.keys() <= self._field_names.keys():
            raise Invalid(field=next(name for name in values if name not in self._field_names), reason="unknown")
        if self._statuses and values.get("status", self._statuses[0]) not in self._statuses:
            raise Invalid(field="status", reason="choice", value=values["status"])

    def _refuse_duplicates(self, values: dict[str, Any], id: int | None) -> None:
        for name in self._unique:
            if values.get(name):
                other = self.find(**{name: values[name]})
                if other is not None and other.id != id:
                    raise Duplicate(kind=self.kind, field=name, value=values[name], id=other.id)

    def _duplicate(self, values: dict[str, Any], id: int | None) -> Duplicate:
        """The error for what the database refused: a value another writer has just stored, or an id in use."""
        field = next((name for name in self._unique if values.get(name)), "id")
        return Duplicate(kind=self.kind, field=field, value=values.get(field, id))

    def _stored_values(self, values: dict[str, Any]) -> dict[str, Any]:
        stored = dict(values)
        for name, value in values.items():
            # Most columns hold numbers, or nothing.
            if not value or type(value) is int:
                continue
            if isinstance(value, datetime):
                stored[name] = to_epoch(value)
            elif isinstance(value, (str, dict, list, tuple)):
                stored[name] = html_sanitizer.sanitize(value)
        return stored | self._sql.folded_values(values)


categories = Repository("category", models.Category, records.Category, is_setup=True)
locations = Repository("location", models.Location, records.Location, statuses=statuses.CATALOG, is_setup=True)
customers = Repository("customer", models.Customer, records.Customer, folded_columns={"email_key": "email"})
services = Repository(
    "service", models.Service, records.Service, shared_ids=True, statuses=statuses.CATALOG, is_setup=True
)
variants = Repository("variant", models.Variant, records.Variant, shared_ids=True, is_setup=True)
person_types = Repository("person_type", models.PersonType, records.PersonType, shared_ids=True, is_setup=True)
extras = Repository("extra", models.Extra, records.Extra, is_setup=True)
resources = Repository(
    "resource",
    models.Resource,
    records.Resource,
    shared_ids=True,
    folded_columns={"email_key": "email"},
    statuses=statuses.CATALOG,
    is_setup=True,
)
orders = Repository("order", models.Order, records.Order, shared_ids=True, statuses=statuses.ORDER)
payments = Repository("payment", models.Payment, records.Payment, statuses=statuses.PAYMENT)
coupons = Repository(
    "coupon",
    models.Coupon,
    records.Coupon,
    folded_columns={"code_key": "code"},
    unique=("code",),
    statuses=statuses.BALANCE,
)
packages = Repository("package", models.Package, records.Package, statuses=statuses.BALANCE)
package_purchases = Repository("package_purchase", models.PackagePurchase, records.PackagePurchase, unique=("number",))
gift_cards = Repository("gift_card", models.GiftCard, records.GiftCard, statuses=statuses.BALANCE)
gift_cards_sold = Repository(
    "gift_card_sold", models.GiftCardSold, records.GiftCardSold, folded_columns={"code_key": "code"}, unique=("code",)
)
