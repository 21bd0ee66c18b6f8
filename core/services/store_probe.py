"""Tries on the open store: that it can be written to, and that a lock on it shuts others out."""

import fcntl
import os
import time
from contextlib import closing

from peewee import __exception_wrapper__

from core.db import database, execute, is_postgres, writer_lock_file, writing
from core.engines import storage_problem
from core.subject_locks import lock_key, lock_statement

#: What the second connection tries to lock while the first one holds it.
_SUBJECT = ("probe", 0)
#: Milliseconds it waits before it believes that it is shut out.
_PATIENCE = 300


class LockFailed(Exception):
    """Two writers held the same lock at once: this store would sell places twice."""


def try_write() -> None:
    """Write one row and commit it; raises what the store has against that."""
    with writing():
        execute(
            "INSERT INTO store_probe (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at",
            (int(time.time()),),
        )


def server_version() -> str:
    """What the database says it is."""
    if is_postgres():
        return str(database.execute_sql("SELECT version()").fetchone()[0]).partition(" on ")[0]
    return f"SQLite {database.execute_sql('SELECT sqlite_version()').fetchone()[0]}"


def try_lock() -> None:
    """Take one lock twice, on two connections.

    Raises:
        LocksNothing: The second one was not shut out.
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
        second.execute(f"SET LOCAL lock_timeout = {_PATIENCE}")
        try:
            second.execute(statement, (key,))
        except Exception as error:
            in_trouble = storage_problem(error)
            if in_trouble is None or in_trouble.reason != "busy":
                raise
            return
    raise LockFailed("a lock that one connection held was given to a second one")


def _try_lock_file() -> None:
    """On network file systems the lock of the writers' queue may be none."""
    path = writer_lock_file()
    if path is None:
        return
    handles = [os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) for _ in range(2)]
    try:
        try:
            for handle in handles:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Whoever holds it, this second handle or a writer at work: it locks.
            return
    finally:
        for handle in handles:
            os.close(handle)
    raise LockFailed(f"a lock on {path} that one writer held was given to a second one")
