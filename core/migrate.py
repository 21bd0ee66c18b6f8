"""Numbered migrations per owner: core, and every plugin with tables of its own.

Each owner has a directory of ``NNNN_name.py`` scripts and its own history table: in a shared table, the ``0001_init``
of a second owner would count as applied.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from peewee import IntegrityError, PostgresqlDatabase
from playhouse.migrations import Runner

from core.db import database, ensure_connection, is_postgres, writer_lock
from core.sequences import reserve_row_ids
from core.subject_locks import lock_subjects, uses_lock_rows

CORE_MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of a directory of migrations."""

    name: str
    directory: Path

    def scripts(self) -> list[str]:
        """Names of its migrations, in order."""
        return sorted(path.stem for path in self.directory.glob("[0-9]*.py"))


CORE_OWNER = Owner("core", CORE_MIGRATIONS)


def _runner(owner: Owner) -> Runner:
    return Runner(database.obj, str(owner.directory), table_name=f"{owner.name}_migration")


def pending_migrations(owners: list[Owner] | None = None) -> list[str]:
    """Names of migrations that are not applied, as ``owner/0001_name``."""
    ensure_connection()
    waiting = []
    for owner in owners or [CORE_OWNER]:
        for step in _runner(owner).status():
            if step.path is not None and not step.applied:
                waiting.append(f"{owner.name}/{step.name}")
    return waiting


def unknown_migrations(owners: list[Owner] | None = None) -> list[str]:
    """Names of applied migrations without a script: the store is newer than the code."""
    ensure_connection()
    return [
        f"{owner.name}/{step.name}"
        for owner in owners or [CORE_OWNER]
        for step in _runner(owner).status()
        if step.path is None
    ]


#: What the placeholders of a migration's SQL stand for, by database.
_SQL_WORDS = {
    "sqlite": {
        "serial": "INTEGER",
        "bigserial": "INTEGER",
        "smallint": "INTEGER",
        "bigint": "INTEGER",
        "bool": "INTEGER",
        "bytes": "BLOB",
        "true": "1",
        "false": "0",
    },
    "postgres": {
        "serial": "SERIAL",
        "bigserial": "BIGSERIAL",
        "smallint": "SMALLINT",
        "bigint": "BIGINT",
        "bool": "BOOLEAN",
        "bytes": "BYTEA",
        "true": "TRUE",
        "false": "FALSE",
    },
}


def run_sql(db: Any, script: str) -> None:
    """Run the statements of ``NAME.sql`` beside the migration script ``NAME.py``.

    The file is a ``string.Template`` for both databases: ``$bigint``, ``$bool``, ``$false`` and the other keys of
    ``_SQL_WORDS``. A migration keeps its own text, so that its effect does not change when the models do.
    """
    words = _SQL_WORDS["postgres" if isinstance(db, PostgresqlDatabase) else "sqlite"]
    template = Template(Path(script).with_suffix(".sql").read_text())
    for statement in template.substitute(words).split(";\n"):
        if statement.strip():
            db.execute_sql(statement)


def never_reuse_ids(db: Any, highest_ids: Mapping[str, int]) -> None:
    """Make tables never assign an id twice, whatever is deleted; for migrations.

    SQLite cannot alter a table that way: a new table is filled from the old one and takes its place, with its indexes
    and triggers, inside the migration's transaction.

    Args:
        highest_ids: The highest id that is known to be in use, by table; it and all lower ones stay taken.
    """
    for table, highest_id in highest_ids.items():
        if not is_postgres():
            _rebuild_with_autoincrement(db, table)
        reserve_row_ids(table, highest_id)


def _rebuild_with_autoincrement(db: Any, table: str) -> None:
    schema = db.execute_sql(
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type = 'trigger'", (table,)
    ).fetchall()
    text = next(sql for kind, sql in schema if kind == "table")
    new_text = text.replace('"id" INTEGER NOT NULL PRIMARY KEY', '"id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT', 1)
    if new_text == text:
        raise ValueError(f"{table} has no number of its own")
    db.execute_sql(new_text.replace(f'"{table}"', f'"{table}_anew"', 1))
    db.execute_sql(f'INSERT INTO "{table}_anew" SELECT * FROM "{table}"')
    db.execute_sql(f'DROP TABLE "{table}"')
    db.execute_sql(f'ALTER TABLE "{table}_anew" RENAME TO "{table}"')
    for kind, sql in schema:
        if kind != "table":
            db.execute_sql(sql)


def is_empty() -> bool:
    """Whether no migration was ever applied here."""
    ensure_connection()
    return not any(name.endswith("_migration") for name in database.get_tables())


def migrate(owners: list[Owner] | None = None, *, up_to: Mapping[str, str] | None = None) -> list[str]:
    """Apply all pending migrations in order; two processes that start at once apply them once.

    Args:
        up_to: For some owners, the last migration to apply.
    """
    ensure_connection()
    applied = []
    with writer_lock(), _migration_lock():
        for owner in owners or [CORE_OWNER]:
            applied += [f"{owner.name}/{name}" for name in _runner(owner).up((up_to or {}).get(owner.name))]
    return applied


@contextmanager
def _migration_lock() -> Iterator[None]:
    """On PostgreSQL, one transaction around all migrations: all or none are applied, and the lock ends with it.

    A session lock would stay with whatever server connection a pooler had lent.
    """
    if not is_postgres():
        yield
        return
    if uses_lock_rows():
        # Migration 0011 creates it too, but it is needed before any migration; another process may be faster.
        with suppress(IntegrityError):
            database.execute_sql("CREATE TABLE IF NOT EXISTS subject_lock (key bigint NOT NULL PRIMARY KEY)")
    with database.atomic():
        lock_subjects([("schema", 0)])
        yield


@contextmanager
def migrate_scratch(scratch: Any, owners: list[Owner]) -> Iterator[None]:
    """Run all migrations on ``scratch``, an empty SQLite database that is the store until the block ends."""
    real = database.obj
    database.initialize(scratch)
    try:
        scratch.connect()
        for owner in owners:
            _runner(owner).up()
        yield
    finally:
        scratch.close()
        database.initialize(real)
