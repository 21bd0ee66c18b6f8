"""Tests of the open datastore: that it can be written to, and that its locks exclude others."""

import fcntl
import os
import time
from contextlib import closing

from peewee import __exception_wrapper__  # type: ignore[attr-defined]  # the stubs leave it out

from core.db import database, execute, is_postgres, writer_lock_file, writing
from core.engines import storage_problem
from core.subject_locks import lock_key, lock_statement

#: The subject that two connections try to lock.
_SUBJECT = ("probe", 0)
#: How long the second connection waits.
_LOCK_TIMEOUT_MS = 300


class LockFailed(Exception):
    """Two writers held the same lock at once, so this datastore would allow double bookings."""


def try_write() -> None:
    """Write one row and commit it; raises the database's error."""
    with writing():
        execute(
            "INSERT INTO store_probe (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at",
            (int(time.time()),),
        )


def server_version() -> str:
    """The name and version of the database."""
    if is_postgres():
        return str(database.execute_sql("SELECT version()").fetchone()[0]).partition(" on ")[0]
    return f"SQLite {database.execute_sql('SELECT sqlite_version()').fetchone()[0]}"


def try_lock() -> None:
    """Take one lock twice, on two connections.

    Raises:
        LockFailed: Both connections got the lock.
    """
    if is_postgres():
        _try_lock_postgres()
    else:
        _try_lock_file()


def _try_lock_postgres() -> None:
    first, second = (database.obj.new_connection() for _ in range(2))
    key, statement = lock_key(_SUBJECT), lock_statement()
    with closing(first), closing(second), __exception_wrapper__:
        for connection in (first, second):
            connection.execute("BEGIN")
        first.execute(statement, (key,))
        second.execute(f"SET LOCAL lock_timeout = {_LOCK_TIMEOUT_MS}")
        try:
            second.execute(statement, (key,))
        except Exception as error:
            problem = storage_problem(error)
            if problem is None or problem.reason != "busy":
                raise
            return
    raise LockFailed("a lock that one connection held was given to a second one")


def _try_lock_file() -> None:
    """Test the lock file of the writers' queue; on network file systems such locks may have no effect."""
    path = writer_lock_file()
    if path is None:
        return
    handles = [os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) for _ in range(2)]
    try:
        try:
            for handle in handles:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Held by the first handle or by a writer at work: the lock works.
            return
    finally:
        for handle in handles:
            os.close(handle)
    raise LockFailed(f"a lock on {path} that one writer held was given to a second one")
