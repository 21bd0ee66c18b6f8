"""Checks the database itself: damaged pages, broken foreign keys, missing tables, columns, indexes and triggers.

The doctor's other rules rely on what they read, which a damaged file makes wrong or impossible; so these checks run
first. Reads only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.db import BaseModel, database, fetch_all, is_postgres
from core.domain.breach import Breach
from core.engines import DATABASE_ERRORS, Sqlite, describe_error
from core.fields import JSONField
from core.migrate import Owner, migrate_scratch

#: The most lines of damage to read from SQLite.
_MAX_DAMAGE_LINES = 20
#: Tables that only one of the two databases has.
_ONLY_SQLITE = frozenset(("id_sequence", "setup_version"))
_ONLY_POSTGRES = {
    "limit_count": ("name", "hits", "ends"),
    "limit_hit": ("name", "at", "hits"),
    "used_nonce": ("owner", "nonce", "ends"),
    "subject_lock": ("key",),
}


@dataclass(frozen=True, slots=True)
class Schema:
    """Columns by table, and the names of indexes and triggers."""

    columns: dict[str, frozenset[str]]
    indexes: frozenset[str]
    triggers: frozenset[str]


def examine(owners: Sequence[Owner], models: Sequence[type[BaseModel]]) -> tuple[dict[str, int], list[Breach]]:
    """The number of checks by rule, and the breaches.

    Args:
        owners: Their migrations define the expected tables, columns, indexes and triggers.
        models: The models of all tables, for the types of their columns.
    """
    checked: dict[str, int] = {}
    breaches: list[Breach] = []
    rules: dict[str, Callable[[], Iterator[Breach | None]]] = {
        "pages": lambda: _pages(models),
        "foreign_keys": _foreign_keys,
        "schema": lambda: _schema(owners),
        "documents": lambda: _documents(models),
    }
    for name, rule in rules.items():
        checked[name] = 0
        try:
            for breach in rule():
                checked[name] += 1
                if breach is not None:
                    breaches.append(breach)
        except DATABASE_ERRORS as error:
            breaches.append(unreadable(name, error))
    return checked, breaches


def unreadable(subject: str, error: Exception) -> Breach:
    """The breach for a rule that a database error prevents from being checked."""
    return Breach("database", subject, describe_error(error))


def _pages(models: Sequence[type[BaseModel]]) -> Iterator[Breach | None]:
    """Every page can be read and every row is in its indexes."""
    if is_postgres():
        # The server checks a page when it reads it; the cast also reads values stored out of line.
        for model in models:
            table = model._meta.table_name
            try:
                fetch_all(f'SELECT max(length(CAST(t AS text))) FROM "{table}" t')
                yield None
            except DATABASE_ERRORS as error:
                yield unreadable(f"table {table}", error)
        return
    for (line,) in fetch_all(f"PRAGMA integrity_check({_MAX_DAMAGE_LINES})"):
        yield None if line == "ok" else Breach("database", "file", " ".join(str(line).split()))


def _foreign_keys() -> Iterator[Breach | None]:
    """Every foreign key names an existing row. PostgreSQL enforces that itself."""
    if is_postgres():
        return
    for table, row, parent, _ in fetch_all("PRAGMA foreign_key_check"):
        yield Breach("database", f"table {table}", f"row {row} names a row of {parent} that is not there")


def _schema(owners: Sequence[Owner]) -> Iterator[Breach | None]:
    """Tables, columns, indexes and triggers of the migrations exist."""
    expected, actual = _expected_schema(owners), schema_of(database.obj)
    for table, columns in sorted(expected.columns.items()):
        if table not in actual.columns:
            yield Breach("database", f"table {table}", "is missing")
            continue
        missing = sorted(columns - actual.columns[table])
        yield Breach("database", f"table {table}", f"lacks {', '.join(missing)}") if missing else None
    for kind in ("indexes", "triggers"):
        for name in sorted(getattr(expected, kind) - getattr(actual, kind)):
            yield Breach("database", f"{kind.removesuffix('es').removesuffix('s')} {name}", "is missing")


def _documents(models: Sequence[type[BaseModel]]) -> Iterator[Breach | None]:
    """JSON columns hold JSON: overwritten text is often the only symptom of a damaged page."""
    if is_postgres():
        return
    for model in models:
        for field in model._meta.sorted_fields:
            if not isinstance(field, JSONField):
                continue
            table, column = model._meta.table_name, field.column_name
            broken_rows = fetch_all(
                f'SELECT rowid FROM "{table}" WHERE NOT json_valid("{column}") LIMIT {_MAX_DAMAGE_LINES}'
            )
            yield None
            for (row_id,) in broken_rows:
                yield Breach("database", f"table {table}", f"row {row_id}: {column} cannot be read")


def _expected_schema(owners: Sequence[Owner]) -> Schema:
    """The schema that the migrations create, from running them on an empty database in memory."""
    scratch = Sqlite(":memory:")
    with migrate_scratch(scratch, list(owners)):
        migrated = schema_of(scratch)
    if not is_postgres():
        return migrated
    columns = {table: names for table, names in migrated.columns.items() if table not in _ONLY_SQLITE}
    columns |= {table: frozenset(names) for table, names in _ONLY_POSTGRES.items()}
    return Schema(columns, migrated.indexes, frozenset(("booking_tally_keep", "event_queue", "session_tally_keep")))


def schema_of(db: Any) -> Schema:
    """The schema of a database, by names."""
    if isinstance(db, Sqlite):
        execute_sql: Any = db.execute_sql  # The stubs of peewee leave it without types.
        listed = execute_sql("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'")
        names: dict[str, set[str]] = {"table": set(), "index": set(), "trigger": set()}
        for kind, name in listed.fetchall():
            names.setdefault(kind, set()).add(name)
        columns = {
            table: frozenset(row[1] for row in execute_sql(f'PRAGMA table_info("{table}")').fetchall())
            for table in names["table"]
        }
        return Schema(columns, frozenset(names["index"]), frozenset(names["trigger"]))
    by_table: dict[str, set[str]] = {}
    for table, column in fetch_all(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
    ):
        by_table.setdefault(table, set()).add(column)
    indexes = fetch_all("SELECT indexname FROM pg_catalog.pg_indexes WHERE schemaname = current_schema()")
    triggers = fetch_all("SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = current_schema()")
    return Schema(
        {table: frozenset(columns) for table, columns in by_table.items()},
        frozenset(name for (name,) in indexes),
        frozenset(name for (name,) in triggers),
    )
