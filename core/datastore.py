"""Opens the datastore and makes sure that its schema is the one that the code and its plugins expect."""

import importlib.util
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import peewee

from core.config import Config, StartupError
from core.config_checks import sqlite_file
from core.db import close_database, database, ensure_connection, is_postgres, open_database, writer_lock
from core.engines import DATABASE_ERRORS, describe_error, storage_problem
from core.errors import DatastoreUnavailable
from core.migrate import (
    CORE_OWNER,
    Owner,
    changed_migrations,
    is_empty,
    migrate,
    pending_migrations,
    unknown_migrations,
)
from core.services import store_probe, stored_settings
from core.services.rate_limits import Limiter
from core.services.stored_settings import StoredSettings

MIGRATE_COMMAND = "frontdesk migrate"


def open_limiter(config: Config) -> Limiter:
    """The rate limiter on the store that ``[limits] store`` names.

    Raises:
        StartupError: The kind of store is unknown, or a package it needs is not installed.
    """
    try:
        return Limiter(config.limits.store)
    except Exception as error:
        reason = " ".join(str(error).split())
        if "prerequisite" in reason and config.limits.store.startswith("redis"):
            raise StartupError("Redis needs its client; run: pip install 'frontdesk[redis]'") from None
        raise StartupError(f"{config.source}: limits.store: cannot be used ({reason}).") from None


def check_limits_store(config: Config) -> None:
    """Check that an external store of the rate limits answers.

    Raises:
        StartupError: It does not.
    """
    if config.limits.store == "database":
        return
    from limits.storage import storage_from_string

    try:
        answers = storage_from_string(config.limits.store).check()
    except Exception as error:
        reason = " ".join(str(error).split())
        raise StartupError(f"{config.source}: limits.store: does not answer ({reason}).") from None
    if not answers:
        raise StartupError(f"{config.source}: limits.store: {config.limits.store} does not answer.")


def check_sqlite_file(config: Config) -> Path | None:
    """The SQLite file, after a check that it can be created or written; None for another database.

    Raises:
        StartupError: It cannot, or the driver of the other database is not installed.
    """
    file = sqlite_file(config.database.url)
    if file is None:
        if importlib.util.find_spec("psycopg") is None:
            raise StartupError("PostgreSQL needs its driver; run: pip install 'frontdesk[postgres]'")
        return None
    file = file.resolve()
    folder = file.parent
    if not folder.is_dir():
        raise StartupError(f"{config.source}: database.url: the folder {folder} does not exist.")
    for path in (folder, file):
        if path.exists() and not os.access(path, os.W_OK):
            raise StartupError(f"{config.source}: database.url: {path} cannot be written to by this user.")
    return file


class PendingMigration(StartupError):
    """The datastore is older than the code."""


def open_datastore(
    config: Config,
    owners: Sequence[Owner],
    *,
    apply: bool = False,
    create: bool = False,
    must_exist: bool = False,
    up_to: Mapping[str, str] | None = None,
) -> list[str]:
    """Open the datastore of ``config``.

    A new SQLite file is created and migrated at once; any other pending migration is left to the operator.

    Args:
        apply: Apply all pending migrations.
        create: Set up an empty PostgreSQL database as well.
        must_exist: Refuse an SQLite file that does not exist instead of creating it.
        up_to: Set up an empty datastore as of these migrations, by owner; leave any other datastore unchanged.

    Returns:
        The applied migrations.

    Raises:
        StartupError: It cannot be opened, has pending migrations, or is newer than this code.
    """
    file = check_sqlite_file(config)
    if must_exist and file is not None and not file.exists():
        raise StartupError(f"there is no datastore at {file}; frontdesk serve makes one.")
    try:
        _open(config)
        if file is not None and (not file.exists() or not file.stat().st_size):
            # SQLite fails at once when two processes set the journal mode of a new file.
            with writer_lock():
                ensure_connection()
        if up_to is not None:
            return migrate(list(owners), up_to=up_to) if is_empty() else []
        _refuse_newer(owners)
        if apply or (is_empty() and (create or not is_postgres())):
            return migrate(list(owners))
        waiting = _unapplied(list(owners))
    except (*DATABASE_ERRORS, DatastoreUnavailable) as error:
        raise _cannot_open(config, error) from None
    if waiting:
        raise PendingMigration(f"the datastore waits for {', '.join(waiting)}; run: {MIGRATE_COMMAND}")
    return []


def _cannot_open(config: Config, error: Exception) -> StartupError:
    close_database()
    in_trouble = storage_problem(error)
    reason = in_trouble.detail if in_trouble is not None else " ".join(str(error).split())
    return StartupError(f"{config.source}: database.url: the datastore cannot be opened ({reason}).")


def read_settings(config: Config) -> StoredSettings:
    """Open the datastore for the settings in it, which the plugins are loaded with before its schema is checked.

    There are none where there is no datastore yet, or one of an older program.

    Raises:
        StartupError: It cannot be opened.
    """
    file = check_sqlite_file(config)
    if file is not None and (not file.exists() or not file.stat().st_size):
        return StoredSettings()
    try:
        _open(config)
        ensure_connection()
        return stored_settings.read() if database.table_exists("setting_version") else StoredSettings()
    except (*DATABASE_ERRORS, DatastoreUnavailable) as error:
        raise _cannot_open(config, error) from None


def _refuse_newer(owners: Sequence[Owner]) -> None:
    """Refuse a datastore with migrations that the code does not know: it would read tables as they are no more."""
    for owner in owners:
        newer = [name.partition("/")[2] for name in unknown_migrations([owner])]
        if newer:
            kind = "this program" if owner == CORE_OWNER else f"the plugin {owner.name!r}"
            raise StartupError(
                f"the datastore is newer than {kind}: it has the migration {', '.join(newer)}; go back to the version"
                " that made it, or restore a backup from before."
            )


def _unapplied(owners: list[Owner]) -> list[str]:
    waiting = pending_migrations(owners)
    if waiting:
        # Another process may be setting up a new file at this moment.
        with writer_lock():
            waiting = pending_migrations(owners)
    return waiting


def _open(config: Config) -> None:
    options = config.database
    open_database(
        options.url,
        durability=options.durability,
        prepared_statements=options.prepared_statements,
        locks=options.locks,
    )


def check_datastore(config: Config) -> str:
    """Name and version of the database, after a test that its locks exclude a second connection.

    Empty for a store that has not been set up yet, which stays untouched.

    Raises:
        StartupError: It cannot be reached, or its locks do not lock.
    """
    file = sqlite_file(config.database.url)
    if file is not None and not file.is_file():
        return ""
    with _startup_errors(config):
        try:
            _open(config)
            ensure_connection()
            if is_empty():
                return ""
            store_probe.try_lock()
            return store_probe.server_version()
        finally:
            close_database()


def find_schema_changes(config: Config, owners: Sequence[Owner]) -> list[str]:
    """A sentence about each difference between a datastore that is set up and the code, other than being newer.

    Raises:
        StartupError: The datastore is newer than the code.
    """
    with _startup_errors(config):
        try:
            _open(config)
            _refuse_newer(owners)
            waiting = pending_migrations(owners)
            warnings = [f"the datastore waits for {', '.join(waiting)}; run: {MIGRATE_COMMAND}"] if waiting else []
            return warnings + describe_changed_migrations(owners)
        finally:
            close_database()


def describe_changed_migrations(owners: Sequence[Owner]) -> list[str]:
    """A sentence about each migration whose file changed after it was applied to the open datastore."""
    return [
        f"the migration {name} was changed after it was applied to this datastore, whose tables may not be what its"
        " owner expects; a change needs a migration of its own"
        for name in changed_migrations(owners)
    ]


def prove_datastore(config: Config) -> None:
    """Test that the open store locks and can be written to, before anything is served from it.

    Raises:
        StartupError: It does not.
    """
    with _startup_errors(config):
        store_probe.try_lock()
        store_probe.try_write()


@contextmanager
def _startup_errors(config: Config) -> Iterator[None]:
    """Turn errors of the datastore into one sentence."""
    where = f"{config.source}: database.url"
    try:
        yield
    except store_probe.LockFailed as error:
        raise StartupError(f"{where}: {error}; it would sell places twice.{_lock_hint(config)}") from None
    except peewee.ProgrammingError as error:
        reason = " ".join(str(error).split())
        raise StartupError(f"{where}: the datastore lacks what it needs ({reason}).{_lock_hint(config)}") from None
    except (*DATABASE_ERRORS, DatastoreUnavailable, OSError) as error:
        raise StartupError(f"{where}: {describe_error(error)}.") from None


def _lock_hint(config: Config) -> str:
    if sqlite_file(config.database.url) is not None or config.database.locks == "rows":
        return ""
    return " With [database] locks = 'rows' it can lock in another way."
