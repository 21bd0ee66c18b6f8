"""Reads the content of a datastore from the database itself: tables, columns, counters and applied migrations.

This includes tables of plugins that are disabled or not installed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import AutoField, BigAutoField

from core.db import database, ensure_connection, fetch_all, is_postgres
from core.models import TABLES
from core.models.host import HOST_TABLES
from core.sequences import last_postgres_value

#: Filled by triggers, stored as one number, used only for locks, or counts of what this host did.
_DERIVED_TABLES = frozenset(
    ("booking_tally", "booking_total", "id_sequence", "sample", "session_tally", "setup_version", "subject_lock")
)
_HISTORY_SUFFIX = "_migration"
_MODELS = {model._meta.table_name: model for model in (*TABLES, *HOST_TABLES)}


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``kind`` is "bool", "bytes" or "plain"."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table in the form that both databases agree on: primary key first, then the other columns by name."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]


def all_models(of_plugins: Mapping[str, Sequence[Any]]) -> list[Any]:
    """The models of core and of these plugins whose tables have rows of their own."""
    models = [*_MODELS.values(), *(model for models in of_plugins.values() for model in models)]
    return [model for model in models if model._meta.table_name not in _DERIVED_TABLES]


def stored_tables() -> list[TableShape]:
    """Every table with rows of its own, referenced tables before those that refer to them."""
    ensure_connection()
    names = [
        name
        for name in database.get_tables()
        if name not in _DERIVED_TABLES and not name.endswith(_HISTORY_SUFFIX) and not name.startswith("sqlite_")
    ]
    if is_postgres():
        # Unlogged tables are not part of the store: rate limits and used nonces.
        unlogged = {name for (name,) in fetch_all("SELECT relname FROM pg_class WHERE relpersistence = 'u'")}
        names = [name for name in names if name not in unlogged]
    order = {name: position for position, name in enumerate(_MODELS)}
    names.sort(key=lambda name: (order.get(name, len(order)), name))
    return [_shape(name) for name in _parents_first(names)]


def _parents_first(names: Sequence[str]) -> list[str]:
    ordered: list[str] = []

    def add(name: str, path: tuple[str, ...]) -> None:
        if name in ordered or name in path or name not in names:
            return
        for key in database.get_foreign_keys(name):
            add(key.dest_table, (*path, name))
        ordered.append(name)

    for name in names:
        add(name, ())
    return ordered


def _shape(name: str) -> TableShape:
    columns = database.get_columns(name)
    key = tuple(sorted(database.get_primary_keys(name)))
    ordered = sorted(columns, key=lambda column: (column.name not in key, column.name))
    return TableShape(name, tuple(Column(column.name, _kind(column.data_type)) for column in ordered), key)


def _kind(declared: str) -> str:
    declared = declared.lower()
    return "bool" if declared.startswith("bool") else "bytes" if declared in ("bytea", "blob") else "plain"


def read_rows(table: TableShape) -> Iterator[tuple[Any, ...]]:
    """The rows of a table in the order of its primary key, streamed; needs a transaction."""
    columns = ", ".join(f'"{name}"' for name in table.column_names)
    # Texts are ordered by code point, which is the same in every database and locale.
    collate = ' COLLATE "C"' if is_postgres() else ""
    texts = _text_columns(table.name) if collate else frozenset()
    order = ", ".join(f'"{name}"{collate if name in texts else ""}' for name in table.primary_key or table.column_names)
    sql = f'SELECT {columns} FROM "{table.name}" ORDER BY {order}'
    if not is_postgres():
        yield from database.execute_sql(sql)
        return
    # A client-side cursor would fetch the whole table first.
    with database.connection().cursor(name="frontdesk_rows") as cursor:
        cursor.itersize = 1000
        cursor.execute(sql)
        yield from cursor


def _text_columns(name: str) -> frozenset[str]:
    kinds = ("text", "character varying", "character")
    return frozenset(column.name for column in database.get_columns(name) if column.data_type in kinds)


def has_rows(table: TableShape) -> bool:
    return bool(fetch_all(f'SELECT 1 FROM "{table.name}" LIMIT 1'))


# -- counters ---------------------------------------------------------------------------------------------------


def last_shared_id() -> int:
    """The last id of the shared sequence."""
    if is_postgres():
        return last_postgres_value("frontdesk_id")
    stored = fetch_all("SELECT last FROM id_sequence WHERE id = 1")
    return stored[0][0] if stored else 0


def deleted_counters(tables: Iterable[TableShape]) -> dict[str, int]:
    """The last id of each table whose last row was deleted, so that its rows no longer show it."""
    counters = {}
    last_id_of = _last_id_reader()
    for table in tables:
        last = last_id_of(table) if len(table.primary_key) == 1 and _has_own_sequence(table.name) else 0
        if last and last > (fetch_all(f'SELECT MAX("{table.primary_key[0]}") FROM "{table.name}"')[0][0] or 0):
            counters[table.name] = last
    return counters


def _has_own_sequence(name: str) -> bool:
    model = _MODELS.get(name)
    return model is None or isinstance(model._meta.primary_key, AutoField | BigAutoField)


def _last_id_reader() -> Any:
    if is_postgres():

        def last_of(table: TableShape) -> int:
            sequence = _sequence(table)
            return last_postgres_value(sequence) if sequence else 0

        return last_of
    stored = dict(fetch_all("SELECT name, seq FROM sqlite_sequence")) if _has_sqlite_sequence() else {}
    return lambda table: stored.get(table.name, 0)


def _sequence(table: TableShape) -> str | None:
    if len(table.primary_key) != 1:
        return None
    sequence: str | None
    ((sequence,),) = fetch_all("SELECT pg_get_serial_sequence(?, ?)", (f'"{table.name}"', table.primary_key[0]))
    return sequence


def _has_sqlite_sequence() -> bool:
    return bool(fetch_all("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"))


def restore_counters(tables: Iterable[TableShape], last: Mapping[str, int]) -> None:
    """Continue the ids of every table after its rows and after the ids in ``last``."""
    if not is_postgres():
        if _has_sqlite_sequence():
            for name, last_id in last.items():
                database.execute_sql("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
                database.execute_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, last_id))
        return
    for table in tables:
        sequence = _sequence(table)
        if sequence:
            highest_id = fetch_all(f'SELECT MAX("{table.primary_key[0]}") FROM "{table.name}"')[0][0] or 0
            last_id = max(highest_id, last.get(table.name, 0))
            if last_id:
                fetch_all("SELECT setval(?, ?)", (sequence, last_id))


# -- migrations -------------------------------------------------------------------------------------------------


def applied_migrations() -> dict[str, list[str]]:
    """The applied migrations of this store, by owner."""
    ensure_connection()
    owners = sorted(
        name.removesuffix(_HISTORY_SUFFIX) for name in database.get_tables() if name.endswith(_HISTORY_SUFFIX)
    )
    applied = {
        owner: sorted(name for (name,) in fetch_all(f'SELECT name FROM "{owner}{_HISTORY_SUFFIX}"')) for owner in owners
    }
    # Core is listed first.
    return {owner: applied[owner] for owner in sorted(applied, key=lambda owner: (owner != "core", owner))}


def owner_of(table: str, owners: Iterable[str]) -> str:
    """The plugin that owns a table, by its name; "core" where none does."""
    if table in _MODELS or table in _DERIVED_TABLES:
        return "core"
    mine = (owner for owner in owners if table == owner or table.startswith(f"{owner}_"))
    return max(mine, key=len, default="core")
