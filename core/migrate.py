"""Numbered migrations per owner: core and every plugin with its own tables.

Each owner has a directory of ``NNNN_name.py`` scripts and a history table of its own: in a shared table a second
owner's ``0001_init`` would be taken for done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peewee import PostgresqlDatabase
from playhouse.migrations import Runner

from core.db import database, ensure_connection, is_postgres, queued

CORE = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns a directory of migrations."""

    name: str
    directory: Path

    def scripts(self) -> list[str]:
        """Names of its migrations, in order."""
        return sorted(path.stem for path in self.directory.glob("[0-9]*.py"))


CORE_OWNER = Owner("core", CORE)


def _runner(owner: Owner) -> Runner:
    return Runner(database.obj, str(owner.directory), table_name=f"{owner.name}_migration")


def pending(owners: list[Owner] | None = None) -> list[str]:
    """Names of migrations that wait, as ``owner/0001_name``."""
    ensure_connection()
    waiting = []
    for owner in owners or [CORE_OWNER]:
        for step in _runner(owner).status():
            if step.path is not None and not step.applied:
                waiting.append(f"{owner.name}/{step.name}")
    return waiting


def unknown(owners: list[Owner] | None = None) -> list[str]:
    """Names of applied migrations whose script is not here: the store is newer than the code."""
    ensure_connection()
    return [
        f"{owner.name}/{step.name}"
        for owner in owners or [CORE_OWNER]
        for step in _runner(owner).status()
        if step.path is None
    ]


def run_sql(db: Any, script: str) -> None:
    """Run the statements beside a migration script: ``NAME.sqlite.sql`` or ``NAME.postgres.sql``.

    A migration keeps the text of what it made, so that it makes the same whatever the models become.
    """
    kind = "postgres" if isinstance(db, PostgresqlDatabase) else "sqlite"
    for statement in Path(script).with_suffix(f".{kind}.sql").read_text().split(";\n"):
        if statement.strip():
            db.execute_sql(statement)


def is_empty() -> bool:
    """Has nothing ever been migrated here?"""
    ensure_connection()
    return not any(name.endswith("_migration") for name in database.get_tables())


def migrate(owners: list[Owner] | None = None, *, last: Mapping[str, str] | None = None) -> list[str]:
    """Apply everything that waits, in order; two processes that start at once do it once.

    Args:
        last: For some owners, the migration to stop after.
    """
    ensure_connection()
    done = []
    if is_postgres():
        database.execute_sql("SELECT pg_advisory_lock(7201)")
    try:
        with queued():
            for owner in owners or [CORE_OWNER]:
                target = (last or {}).get(owner.name)
                done += [f"{owner.name}/{name}" for name in _runner(owner).up(target)]
    finally:
        if is_postgres():
            database.execute_sql("SELECT pg_advisory_unlock(7201)")
    return done
