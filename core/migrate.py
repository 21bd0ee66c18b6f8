"""Numbered migrations per owner: core, and every plugin with tables of its own.

Each owner has a directory of ``NNNN_name.py`` scripts and its own history table: in a shared table, the ``0001_init``
of a second owner would count as applied. A script has ``migrate(schema)`` (``core.migration_schema``), or the older
``up(migrator, db)`` with peewee's migrator. All that wait are applied in one transaction.
"""

import hashlib
import importlib.util
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from peewee import CharField, DateTimeField, IntegrityError
from playhouse.migrate import SchemaMigrator

from core.config import StartupError
from core.db import BaseModel, database, ensure_connection, fetch_all, is_postgres, writer_lock
from core.engines import storage_problem
from core.migration_schema import Schema, expand_words
from core.sequences import reserve_row_ids
from core.subject_locks import lock_subjects, uses_lock_rows

CORE_MIGRATIONS = Path(__file__).parent / "migrations"
_SCRIPT_NAME = re.compile(r"(\d{4})_[a-z0-9_]+")


class MigrationFailed(StartupError):
    """A migration raised; the datastore is as it was before."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of a directory of migrations."""

    name: str
    directory: Path

    @property
    def history_table(self) -> str:
        """The table of its applied migrations."""
        return f"{self.name}_migration"

    def scripts(self) -> list[str]:
        """Names of its migrations, in order."""
        return sorted(path.stem for path in self.directory.glob("[0-9]*.py"))

    def find_problem(self) -> str:
        """What is wrong with the names of its files, for a sentence; empty when nothing is."""
        names = sorted(path.name for path in self.directory.glob("*.py") if not path.name.startswith("_"))
        if not names:
            return "there is no migration such as 0001_init.py"
        for position, name in enumerate(names, 1):
            match = _SCRIPT_NAME.fullmatch(name.removesuffix(".py"))
            if match is None:
                return f"{name!r} is no name of a migration, such as {position:04}_name.py,"
            if int(match[1]) < position:
                return f"two migrations have the number {match[1]} ({names[position - 2]} and {name})"
            if int(match[1]) > position:
                return f"the migration {position:04} is missing before {name}"
        return ""

    def checksum(self, script: str) -> str:
        """A hash of a migration's files, the same whatever their line ends are."""
        digest = hashlib.sha256()
        for suffix in (".py", ".sql"):
            file = self.directory / f"{script}{suffix}"
            if file.is_file():
                digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
        return digest.hexdigest()


CORE_OWNER = Owner("core", CORE_MIGRATIONS)


def _history(owner: Owner) -> dict[str, str | None]:
    """The applied migrations of an owner with their checksums; None for one that was applied without."""
    if not database.table_exists(owner.history_table):
        return {}
    # Stores of older programs have no checksums.
    cursor = database.execute_sql(f'SELECT * FROM "{owner.history_table}"')
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {row["name"]: row.get("checksum") for row in rows}


def pending_migrations(owners: Iterable[Owner] | None = None) -> list[str]:
    """Names of migrations that are not applied, as ``owner/0001_name``."""
    ensure_connection()
    return [
        f"{owner.name}/{script}"
        for owner in owners or [CORE_OWNER]
        for applied in [_history(owner)]
        for script in owner.scripts()
        if script not in applied
    ]


def unknown_migrations(owners: Iterable[Owner] | None = None) -> list[str]:
    """Names of applied migrations without a script: the store is newer than the code."""
    ensure_connection()
    return [
        f"{owner.name}/{script}"
        for owner in owners or [CORE_OWNER]
        for script in sorted(_history(owner).keys() - set(owner.scripts()))
    ]


def changed_migrations(owners: Iterable[Owner] | None = None) -> list[str]:
    """Names of migrations whose files are no longer those that were applied."""
    ensure_connection()
    return [
        f"{owner.name}/{script}"
        for owner in owners or [CORE_OWNER]
        for script, checksum in sorted(_history(owner).items())
        if checksum and (owner.directory / f"{script}.py").is_file() and checksum != owner.checksum(script)
    ]


def run_sql(db: Any, script: str) -> None:
    """Run the statements of ``NAME.sql`` beside the migration script ``NAME.py``.

    The file is a ``string.Template`` for both databases (``core.migration_schema.SQL_WORDS``). A migration keeps its
    own text, so that its effect does not change when the models do.
    """
    for statement in expand_words(db, Path(script).with_suffix(".sql").read_text()).split(";\n"):
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


def migrate(owners: Iterable[Owner] | None = None, *, up_to: Mapping[str, str] | None = None) -> list[str]:
    """Apply all pending migrations in order, or none; two processes that start at once apply them once.

    Args:
        up_to: For some owners, the last migration to apply.

    Raises:
        MigrationFailed: One of them cannot be applied.
    """
    ensure_connection()
    with writer_lock(), _migration_transaction():
        return _apply_pending(owners or [CORE_OWNER], up_to or {})


def _apply_pending(owners: Iterable[Owner], up_to: Mapping[str, str]) -> list[str]:
    applied = []
    for owner in owners:
        history = _open_history(owner)
        done, last = _history(owner), up_to.get(owner.name)
        for script in owner.scripts():
            if script not in done:
                _apply(owner, script)
                history.create(name=script, checksum=owner.checksum(script))
                applied.append(f"{owner.name}/{script}")
            elif done[script] is None:
                # From now on, a change is noticed.
                history.update(checksum=owner.checksum(script)).where(history.name == script).execute()
            if script == last:
                break
    return applied


def _open_history(owner: Owner) -> Any:
    """The model of an owner's history table, which exists from then on."""

    class History(BaseModel):
        name = CharField(unique=True)
        applied = DateTimeField(default=lambda: datetime.now(UTC).replace(tzinfo=None))
        checksum = CharField(max_length=64, null=True)

        class Meta:
            table_name = owner.history_table

    if not database.table_exists(owner.history_table):
        database.create_tables([History])
    elif "checksum" not in {column.name for column in database.get_columns(owner.history_table)}:
        database.execute_sql(f'ALTER TABLE "{owner.history_table}" ADD COLUMN "checksum" VARCHAR(64)')
    return History


def _apply(owner: Owner, script: str) -> None:
    """Run one migration.

    Raises:
        MigrationFailed: It raised, or has no function to run.
    """
    kind = "the program" if owner == CORE_OWNER else f"the plugin {owner.name!r}"
    path = owner.directory / f"{script}.py"
    try:
        _load_step(owner, path)()
    except StartupError:
        raise
    except Exception as error:
        if storage_problem(error) is not None:
            raise
        reason = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")
        raise MigrationFailed(
            f"the migration {path.name} of {kind} failed ({reason}); the datastore is as it was before."
        ) from error


def _load_step(owner: Owner, path: Path) -> Callable[[], Any]:
    """What a migration does."""
    spec = importlib.util.spec_from_file_location(f"{owner.name}_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be read")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    db = database.obj
    if hasattr(module, "migrate"):
        return lambda: module.migrate(Schema(owner.name, db))
    if hasattr(module, "up"):
        return lambda: module.up(SchemaMigrator.from_database(db), db)
    raise AttributeError("it has no function migrate(schema)")


@contextmanager
def _migration_transaction() -> Iterator[None]:
    """One transaction around all migrations: all or none are applied, and on PostgreSQL the lock ends with it.

    A session lock would stay with whatever server connection a pooler had lent.
    """
    if not is_postgres():
        with _foreign_keys_off(), database.atomic("IMMEDIATE"):
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
def _foreign_keys_off() -> Iterator[None]:
    """On SQLite, replacing a table must not delete the rows that refer to it.

    The switch works outside a transaction only.
    """
    was_on = bool(fetch_all("PRAGMA foreign_keys")[0][0])
    database.execute_sql("PRAGMA foreign_keys = 0")
    try:
        yield
    finally:
        if was_on:
            database.execute_sql("PRAGMA foreign_keys = 1")


@contextmanager
def migrate_scratch(scratch: Any, owners: Iterable[Owner]) -> Iterator[None]:
    """Run all migrations on ``scratch``, an empty SQLite database that is the store until the block ends."""
    real = database.obj
    database.initialize(scratch)
    try:
        scratch.connect()
        _apply_pending(owners, {})
        yield
    finally:
        scratch.close()
        database.initialize(real)
