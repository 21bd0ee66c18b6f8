"""A place for short-lived counts that all workers share: rate limits and used nonces.

It is not the ledger: a power cut may forget it. So on SQLite it is a file of its own beside the datastore, without
fsyncs and without queueing behind bookings; on PostgreSQL it is tables in the same database.

Where it cannot be written to (full disk, read-only store), ``run`` counts in the memory of the process: limits then
hold for each worker on its own, and no read fails for their sake.
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from core.db import database, ensure_connection, in_transaction, is_postgres, lock_subjects, writing
from core.private_files import make_private
from core.services.best_effort import is_storage_problem

T = TypeVar("T")
Execute = Callable[..., list[tuple[Any, ...]]]

log = logging.getLogger("frontdesk.scratch")

#: Seconds for which the process goes on counting by itself before it tries the shared counts again.
LOCAL_FALLBACK_SECONDS = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS limit_count (name TEXT PRIMARY KEY, hits INTEGER NOT NULL, ends REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS limit_hit (name TEXT NOT NULL, at REAL NOT NULL, hits INTEGER NOT NULL,
    PRIMARY KEY (name, at)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS used_nonce (owner TEXT NOT NULL, nonce TEXT NOT NULL, ends INTEGER NOT NULL,
    PRIMARY KEY (owner, nonce)) WITHOUT ROWID;
"""
_local = threading.local()
_memory_lock = threading.Lock()
_local_until = 0.0


def path() -> str:
    """The side file of the SQLite datastore that is open."""
    return _side_file(database.obj.database)


@lru_cache(maxsize=8)
def _side_file(main: str) -> str:
    return f"{Path(main).resolve().with_suffix('')}.scratch.db"


def _connection() -> sqlite3.Connection:
    file_path = path()
    cached: tuple[str, sqlite3.Connection, int] | None = getattr(_local, "opened", None)
    if cached is not None and cached[2] == os.getpid():
        if cached[0] == file_path and os.path.exists(file_path):
            return cached[1]
        cached[1].close()
    make_private(file_path)
    connection = sqlite3.connect(file_path, isolation_level=None, timeout=2)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript(_SCHEMA)
    _local.opened = (file_path, connection, os.getpid())
    return connection


@contextmanager
def ephemeral_transaction(*names: str) -> Iterator[Any]:
    """Run statements (written with ``?``) with nobody else between; yields ``execute(sql, parameters) -> rows``.

    Args:
        names: What is read and written; on PostgreSQL others may work on other names meanwhile.
    """
    if is_postgres():
        ensure_connection()
        with writing():
            lock_subjects([(f"scratch {name}", 0) for name in names])
            yield _postgres
        return
    connection = _connection()
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield lambda sql, parameters=(): connection.execute(sql, parameters).fetchall()
        connection.execute("COMMIT")
    except BaseException:
        # A full disk has ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def run(names: tuple[str, ...], operation: Callable[[Execute], T]) -> T:
    """Run ``unit(execute)`` as a ``transaction``; on counts of this process alone where the shared ones are in trouble.

    Inside an open transaction of the datastore the trouble is the caller's.
    """
    global _local_until
    if monotonic() < _local_until:
        return run_in_process(operation)
    try:
        with ephemeral_transaction(*names) as execute:
            return operation(execute)
    except Exception as error:
        if in_transaction() or not is_storage_problem(error):
            raise
        _local_until = monotonic() + LOCAL_FALLBACK_SECONDS
        log.warning("limits are counted by each worker alone", extra={"error": str(error)})
    return run_in_process(operation)


def run_in_process(operation: Callable[[Execute], T]) -> T:
    """Run ``unit(execute)`` on counts of this process alone."""
    with _memory_lock:
        return operation(lambda sql, parameters=(): _memory().execute(sql, parameters).fetchall())


@lru_cache(maxsize=1)
def _memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.executescript(_SCHEMA)
    return connection


def try_write() -> None:
    """Write to the shared counts and raise what comes of it."""
    with ephemeral_transaction("probe") as execute:
        execute(
            "INSERT INTO limit_count (name, hits, ends) VALUES (?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET hits = 1 - limit_count.hits",
            ("probe", 1, 0.0),
        )


def execute(sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """One statement, committed at once."""
    if is_postgres():
        ensure_connection()
        return _postgres(sql, parameters)
    return _connection().execute(sql, parameters).fetchall()


def _postgres(sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    cursor = database.execute_sql(sql.replace("?", "%s"), parameters)
    return cursor.fetchall() if cursor.description else []


def use_nonce(owner: str, nonce: str, *, at: int, window: int) -> bool:
    """Use ``nonce`` up.

    Args:
        owner: Whose nonces must differ from each other.
        at: The timestamp that came with it, epoch seconds; it was found to be inside the window.
        window: Seconds for which the same nonce is refused.

    Returns:
        False when ``owner`` has used it already.
    """

    def unit(execute: Execute) -> bool:
        if nonce and hash(nonce) % 64 == 0:
            execute("DELETE FROM used_nonce WHERE ends < ?", (at - 2 * window,))
        return bool(
            execute(
                "INSERT INTO used_nonce (owner, nonce, ends) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1",
                (owner, nonce, at + window),
            )
        )

    return run((f"nonce {owner}",), unit)
