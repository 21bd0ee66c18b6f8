"""Rows that are read with nearly every request, kept until somebody writes to the datastore.

SQLite tells a connection whether anybody else has committed (``PRAGMA data_version``) and how many rows it has changed
itself. A request asks for both once, in place of the statements whose rows are still valid then. Where somebody has
written, rows of what is set up (services, keys and the like, which bookings do not change) are still valid if
``setup_version`` is the same. PostgreSQL cannot tell, so nothing is kept there.

Rows belong to a connection, and so to a thread. They serve requests alone, and no transaction: what is sold, checked or
changed is read again under the lock.
"""

import sqlite3
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from core.db import database, fetch_all, in_transaction, is_postgres
from core.lru import SizedLRU

Rows = list[tuple[Any, ...]]

#: What one thread keeps: characters of texts, a hundred more for each row and each result.
MAX_SIZE = 1_000_000


#: Stands for the time among the parameters of ``fetch_unexpired``.
NOW = object()


def _size(rows: Rows) -> int:
    return 100 * (1 + len(rows)) + sum(len(value) for row in rows for value in row if isinstance(value, str))


class _Unexpired(NamedTuple):
    """Rows as of ``since``; they are the same until ``until``, if nobody writes. Epoch seconds."""

    since: int
    until: float
    rows: Rows
    size: int


class _ThreadState(threading.local):
    """What one thread has kept, for which connection and as of which state of the datastore."""

    def __init__(self) -> None:
        self.is_active = False
        self.connection: Any = None
        #: SQLite's number for the commits of others, and the rows that this connection has changed.
        self.version = (0, 0)
        self.rows: SizedLRU[tuple[Any, ...], Rows] = SizedLRU(MAX_SIZE, _size)
        self.unexpired: SizedLRU[tuple[Any, ...], _Unexpired] = SizedLRU(MAX_SIZE, lambda kept: kept.size)
        #: The version of what is set up, and whether nobody has written anything since it was read.
        self.setup_version: Rows = []
        self.is_setup_checked = False
        self.setup_rows: SizedLRU[tuple[Any, ...], Rows] = SizedLRU(MAX_SIZE, _size)


_thread = _ThreadState()


def start() -> None:
    """Begin to use what is kept, at the start of a request, with the datastore connected."""
    state = _thread
    state.is_active = False
    if is_postgres():
        return
    # Peewee's own way would cost twice the statement.
    connection = database.obj.connection()
    try:
        version = connection.execute("PRAGMA data_version").fetchone()[0], connection.total_changes
    except sqlite3.Error:
        # The request finds out by itself.
        return
    if version != state.version or connection is not state.connection:
        if connection is not state.connection:
            state.setup_rows.clear()
        state.connection, state.version = connection, version
        state.rows.clear()
        state.unexpired.clear()
        state.is_setup_checked = False
    state.is_active = True


def stop() -> None:
    """End the use of what is kept, at the end of a request."""
    _thread.is_active = False


def forget() -> None:
    """Forget what this thread keeps: its connection has written over the whole store, which SQLite does not count."""
    _thread.connection = None


def fetch_kept(sql: str, parameters: Sequence[Any] = ()) -> Rows:
    """As ``fetch_all``; callers must not change the list."""
    if not _is_usable():
        return fetch_all(sql, list(parameters))
    return _fetch(_thread.rows, sql, parameters)


def fetch_setup(sql: str, parameters: Sequence[Any] = ()) -> Rows:
    """As ``fetch_kept``, for statements that read tables with triggers for ``setup_version``, and no others."""
    if not _is_usable():
        return fetch_all(sql, list(parameters))
    state = _thread
    if not state.is_setup_checked:
        version = fetch_all("SELECT version FROM setup_version")
        if version != state.setup_version:
            state.setup_version = version
            state.setup_rows.clear()
        state.is_setup_checked = True
    return _fetch(state.setup_rows, sql, parameters)


def fetch_unexpired(sql: str, parameters: Sequence[Any], *, now: int) -> Rows:
    """As ``fetch_kept``, for rows of which some expire: the last column says when the first of those in a row does.

    Args:
        parameters: With ``NOW`` where the statement compares with the time.
        now: Epoch seconds.
    """
    unexpired, key = _thread.unexpired, (sql, *parameters)
    is_usable = _is_usable()
    kept = unexpired.get(key) if is_usable else None
    if kept is not None and kept.since <= now < kept.until:
        return kept.rows
    rows = fetch_all(sql, [now if value is NOW else value for value in parameters])
    if is_usable:
        until = min((row[-1] for row in rows if row[-1] is not None), default=float("inf"))
        # Statements about many services are long themselves.
        unexpired.put(key, _Unexpired(now, until, rows, _size(rows) + len(sql) + 100 * len(parameters)))
    return rows


def _is_usable() -> bool:
    """Whether this is a request outside of a transaction that has not written anything itself."""
    state = _thread
    return (
        state.is_active
        and not in_transaction()
        and database.obj.connection() is state.connection
        and state.connection.total_changes == state.version[1]
    )


def _fetch(kept: SizedLRU[tuple[Any, ...], Rows], sql: str, parameters: Sequence[Any]) -> Rows:
    key = (sql, *parameters)
    rows = kept.get(key)
    if rows is None:
        rows = fetch_all(sql, list(parameters))
        kept.put(key, rows)
    return rows
