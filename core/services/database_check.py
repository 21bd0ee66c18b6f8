"""What the database itself says of its health: damaged pages, dangling keys, tables and columns that are missing.

The doctor's other rules trust what they read. On a damaged file they may read nonsense, or nothing at all, so this is
asked first. Reads only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.db import database, fetch_all, is_postgres
from core.domain.breach import Breach
from core.engines import DATABASE_ERRORS, Sqlite, describe_error
from core.fields import JSONField
from core.migrate import Owner, migrate_scratch

#: SQLite gives up its own list of damage after so many lines; one is enough to know.
_MOST = 20
#: What only one of the two databases has: its own means to the same ends.
_ONLY_SQLITE = frozenset(("id_sequence",))
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


def examine(owners: Sequence[Owner], models: Sequence[Any]) -> tuple[dict[str, int], list[Breach]]:
    """How much was looked at by rule, and what is wrong.

    Args:
        owners: Whose migrations say what tables, columns, indexes and triggers there are.
        models: Every table that has a model, for what its columns must hold.
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
    """The breach of a rule that the database did not let anybody check."""
    return Breach("database", subject, describe_error(error))


def _pages(models: Sequence[Any]) -> Iterator[Breach | None]:
    """Every page can be read, every row is in its indexes."""
    if is_postgres():
        # The server checks a page when it reads it; casting reads what is stored apart as well.
        for model in models:
            table = model._meta.table_name
            try:
                fetch_all(f'SELECT max(length(CAST(t AS text))) FROM "{table}" t')
                yield None
            except DATABASE_ERRORS as error:
                yield unreadable(f"table {table}", error)
        return
    for (line,) in fetch_all(f"PRAGMA integrity_check({_MOST})"):
        yield None if line == "ok" else Breach("database", "file", " ".join(str(line).split()))


def _foreign_keys() -> Iterator[Breach | None]:
    """No row names a parent that is not there. PostgreSQL lets none come about."""
    if is_postgres():
        return
    for table, row, parent, _ in fetch_all("PRAGMA foreign_key_check"):
        yield Breach("database", f"table {table}", f"row {row} names a row of {parent} that is not there")


def _schema(owners: Sequence[Owner]) -> Iterator[Breach | None]:
    """What the migrations make is there: tables, columns, indexes and triggers."""
    expected, actual = _expected(owners), schema_of(database.obj)
    for table, columns in sorted(expected.columns.items()):
        if table not in actual.columns:
            yield Breach("database", f"table {table}", "is missing")
            continue
        missing = sorted(columns - actual.columns[table])
        yield Breach("database", f"table {table}", f"lacks {', '.join(missing)}") if missing else None
    for kind in ("indexes", "triggers"):
        for name in sorted(getattr(expected, kind) - getattr(actual, kind)):
            yield Breach("database", f"{kind.removesuffix('es').removesuffix('s')} {name}", "is missing")


def _documents(models: Sequence[Any]) -> Iterator[Breach | None]:
    """What must be JSON is JSON: overwritten text is often all that a damaged page shows of itself."""
    if is_postgres():
        return
    for model in models:
        for field in model._meta.sorted_fields:
            if not isinstance(field, JSONField):
                continue
            table, column = model._meta.table_name, field.column_name
            broken = fetch_all(f'SELECT rowid FROM "{table}" WHERE NOT json_valid("{column}") LIMIT {_MOST}')
            yield None
            for (row,) in broken:
                yield Breach("database", f"table {table}", f"row {row}: {column} cannot be read")


def _expected(owners: Sequence[Owner]) -> Schema:
    """What the migrations make, learned by running them on an empty store in memory."""
    scratch = Sqlite(":memory:")
    with migrate_scratch(scratch, list(owners)):
        migrated = schema_of(scratch)
    if not is_postgres():
        return migrated
    columns = {table: names for table, names in migrated.columns.items() if table not in _ONLY_SQLITE}
    columns |= {table: frozenset(names) for table, names in _ONLY_POSTGRES.items()}
    return Schema(columns, migrated.indexes, frozenset(("booking_tally_keep",)))


def schema_of(db: Any) -> Schema:
    """What there is, by names."""
    if isinstance(db, Sqlite):
        listed = db.execute_sql("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'")
        names: dict[str, set[str]] = {"table": set(), "index": set(), "trigger": set()}
        for kind, name in listed.fetchall():
            names.setdefault(kind, set()).add(name)
        columns = {
            table: frozenset(row[1] for row in db.execute_sql(f'PRAGMA table_info("{table}")').fetchall())
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
