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

from core.db import database, ensure_connection, in_transaction, is_postgres, writing
from core.private_files import make_private
from core.services.best_effort import is_storage_problem
from core.subject_locks import lock_subjects

T = TypeVar("T")
Execute = Callable[..., list[tuple[Any, ...]]]

log = logging.getLogger("frontdesk.scratch")

#: Seconds for which the process goes on counting by itself before it tries the shared counts again.
APART_SECONDS = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS limit_count (name TEXT PRIMARY KEY, hits INTEGER NOT NULL, ends REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS limit_hit (name TEXT NOT NULL, at REAL NOT NULL, hits INTEGER NOT NULL,
    PRIMARY KEY (name, at)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS used_nonce (owner TEXT NOT NULL, nonce TEXT NOT NULL, ends INTEGER NOT NULL,
    PRIMARY KEY (owner, nonce)) WITHOUT ROWID;
"""
_local = threading.local()
_memory_turn = threading.Lock()
_apart_until = 0.0


def path() -> str:
    """The side file of the SQLite datastore that is open."""
    return _beside(database.obj.database)


@lru_cache(maxsize=8)
def _beside(main: str) -> str:
    return f"{Path(main).resolve().with_suffix('')}.scratch.db"


def _connection() -> sqlite3.Connection:
    where = path()
    known = getattr(_local, "known", None)
    if known is not None and known[2] == os.getpid():
        if known[0] == where and os.path.exists(where):
            return known[1]
        known[1].close()
    make_private(where)
    connection = sqlite3.connect(where, isolation_level=None, timeout=2)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript(_SCHEMA)
    _local.known = (where, connection, os.getpid())
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


def run(names: tuple[str, ...], unit: Callable[[Execute], T]) -> T:
    """Run ``unit(execute)`` as a ``transaction``; on counts of this process alone where the shared ones are in trouble.

    Inside an open transaction of the datastore the trouble is the caller's.
    """
    global _apart_until
    if monotonic() < _apart_until:
        return run_in_process(unit)
    try:
        with ephemeral_transaction(*names) as execute:
            return unit(execute)
    except Exception as error:
        if in_transaction() or not is_storage_problem(error):
            raise
        _apart_until = monotonic() + APART_SECONDS
        log.warning("limits are counted by each worker alone", extra={"error": str(error)})
    return run_in_process(unit)


def run_in_process(unit: Callable[[Execute], T]) -> T:
    """Run ``unit(execute)`` on counts of this process alone."""
    with _memory_turn:
        return unit(lambda sql, parameters=(): _memory().execute(sql, parameters).fetchall())


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
