"""Storage for short-lived data that all workers share: used nonces, and counts of rate limits.

It may be lost in a power cut. On SQLite it is a separate file beside the datastore, without fsync and without waiting
for writers of bookings, and has only the counts for which ``limit_table`` has no room; on PostgreSQL it is tables in
the same database.

Where it cannot be written to (full disk, read-only store), ``run`` uses the memory of the process: limits then hold
for each worker separately, and no request fails because of them.
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

from core.db import database, ensure_connection, in_transaction, is_postgres, writing
from core.private_files import make_private
from core.services.best_effort import is_storage_problem
from core.subject_locks import lock_subjects

T = TypeVar("T")
Execute = Callable[..., list[tuple[Any, ...]]]

log = logging.getLogger("frontdesk.scratch")

#: After a failure a process uses its own memory for this many seconds before it tries the shared storage again.
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


def path(suffix: str = "scratch.db") -> str:
    """A side file of the open SQLite datastore."""
    return _side_file(database.obj.database, suffix)


@lru_cache(maxsize=8)
def _side_file(main: str, suffix: str) -> str:
    return f"{Path(main).resolve().with_suffix('')}.{suffix}"


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
def ephemeral_transaction(*names: str) -> Iterator[Execute]:
    """A transaction that excludes other writers; yields ``execute(sql, parameters) -> rows`` for SQL with ``?``.

    Args:
        names: The keys that are read and written; on PostgreSQL only writers of the same keys wait.
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
        # After a full disk SQLite has already ended the transaction.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def run(names: tuple[str, ...], operation: Callable[[Execute], T]) -> T:
    """Run ``operation(execute)`` in an ``ephemeral_transaction``, or in the process's memory where that fails.

    Inside an open transaction of the datastore the error reaches the caller.
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
    """Run ``operation(execute)`` in the memory of this process."""
    with _memory_lock:
        return operation(lambda sql, parameters=(): _memory().execute(sql, parameters).fetchall())


@lru_cache(maxsize=1)
def _memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.executescript(_SCHEMA)
    return connection


def try_write() -> None:
    """Write to the shared storage; raises the database's error."""
    with ephemeral_transaction("probe") as execute:
        execute(
            "INSERT INTO limit_count (name, hits, ends) VALUES (?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET hits = 1 - limit_count.hits",
            ("probe", 1, 0.0),
        )


def clear() -> None:
    """Forget every count and nonce."""
    with ephemeral_transaction("clear") as run_statement:
        for table in ("limit_count", "limit_hit", "used_nonce"):
            run_statement(f"DELETE FROM {table}")


def execute(sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Run one statement and commit it."""
    if is_postgres():
        ensure_connection()
        return _postgres(sql, parameters)
    return _connection().execute(sql, parameters).fetchall()


def _postgres(sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    cursor = database.execute_sql(sql.replace("?", "%s"), parameters)
    return cursor.fetchall() if cursor.description else []


def use_nonce(owner: str, nonce: str, *, at: int, window: int) -> bool:
    """Record ``nonce`` as used.

    Args:
        owner: The scope in which nonces are unique.
        at: The timestamp sent with it, epoch seconds; the caller has checked that it is in the window.
        window: Seconds during which the same nonce is refused.

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
