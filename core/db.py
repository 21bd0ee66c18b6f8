"""The database: opening it, transactions, and the statements that bypass peewee.

An SQLite file by default, PostgreSQL by URL. Reads need no transaction. Every write goes through ``writing()``.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from peewee import DatabaseProxy, Model, OperationalError

from core import metrics
from core.domain.text import fold
from core.engines import Postgres, Sqlite, file_problem, is_lock_timeout
from core.errors import DatastoreBusy
from core.private_files import make_private
from core.request_budget import (
    BACKGROUND_WAIT_SECONDS,
    WAIT_SECONDS,
    WORK_SECONDS,
    checkpoint,
    is_exhausted,
    remaining_wait,
    spend_wait,
)
from core.writer_queue import WriterQueue

log = logging.getLogger("frontdesk.db")

_state = threading.local()


class _Database(DatabaseProxy):
    """Notes savepoints of others: rolling the whole transaction back would end them."""

    def savepoint(self) -> Any:
        _state.has_savepoints = True
        return super().savepoint()


database: Any = _Database()
#: Queue of the writers of the open SQLite file; None on PostgreSQL and in memory.
_writer_queue: WriterQueue | None = None
_lock_mode = "advisory"


class BaseModel(Model):
    """Base of every table of core and of the plugins."""

    class Meta:
        database = database
        legacy_table_names = False


def open_database(
    url: str, *, durability: str = "full", prepared_statements: str = "auto", locks: str = "advisory"
) -> Any:
    """Point ``database`` at ``url``.

    Args:
        url: ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``postgresql://user@host/name``.
        durability: "full" survives a power cut, "normal" only a crash of the process.
        prepared_statements: As for ``Postgres``.
        locks: How PostgreSQL is asked to lock a subject: "advisory", or "rows" of a table, for servers that lack those.
    """
    global _lock_mode
    close_database()
    _lock_mode = locks
    if url.startswith(("postgresql:", "postgres:")):
        real: Any = Postgres(url, prepared_statements=prepared_statements)
        _set_writer_queue(None)
    elif url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        make_private(path)
        real = _Sqlite(
            path,
            pragmas={
                "journal_mode": "wal",
                "foreign_keys": 1,
                "busy_timeout": int(WAIT_SECONDS * 1000),
                "synchronous": {"full": 2, "normal": 1}[durability],
                # Every thread has a connection, and the operating system caches the file anyway.
                "cache_size": -4_000,
                # What many bookings change is written back once for some 120 of them, not for 30; 16 MB of -wal.
                "wal_autocheckpoint": 4_000,
                "temp_store": 2,
            },
        )
        real.register_function(_fold, "fold", 1, deterministic=True)
        _set_writer_queue(str(Path(path).resolve()) + ".lock")
    else:
        raise ValueError(f"database url must begin with sqlite:/// or postgresql://, not {url!r}")
    database.initialize(real)
    return real


class _Sqlite(Sqlite):
    """Interrupts a long query of a request whose time is over, and waits for other writers as long as it may."""

    def begin(self, lock_type: Any = None) -> None:
        limit = remaining_wait()
        # The remaining wait rarely differs from what the connection has.
        if abs(limit - getattr(_state, "busy_seconds", WAIT_SECONDS)) > 0.1:
            self.execute_sql(f"PRAGMA busy_timeout = {int(limit * 1000)}")
            _state.busy_seconds = limit
        started = time.monotonic()
        try:
            super().begin(lock_type)
        finally:
            _record_wait(started)

    def _add_conn_hooks(self, conn: Any) -> None:
        super()._add_conn_hooks(conn)  # type: ignore[misc]  # peewee declares it without types
        # Some milliseconds of work. In a transaction, interrupting a statement would roll everything back.
        conn.set_progress_handler(lambda: not in_transaction() and is_exhausted(), 200_000)


def _set_writer_queue(path: str | None) -> None:
    global _writer_queue
    if _writer_queue is not None and _writer_queue.path != path:
        _writer_queue.close()
        _writer_queue = None
    if _writer_queue is None and path is not None:
        _writer_queue = WriterQueue(path)


def set_statement_timeouts() -> None:
    """Limit the time that PostgreSQL spends on a lock or statement; for processes that answer requests.

    SQLite gets its limit with each transaction, and checks ``core.request_budget`` during a long statement.
    """
    if not is_postgres():
        return
    database.obj.set_timeouts(lock_timeout=int(WAIT_SECONDS * 1000), statement_timeout=int(WORK_SECONDS * 1000))
    close_database()


def _fold(text: Any) -> Any:
    return fold(text) if isinstance(text, str) else text


def close_database() -> None:
    """Close this thread's connection."""
    if database.obj is not None and not database.is_closed():
        database.close()
    _state.busy_seconds = WAIT_SECONDS


def ensure_connection() -> None:
    """Ensure that this thread has a usable connection; each thread keeps one open, because opening is expensive."""
    if database.is_closed():
        database.connect()
    elif is_postgres() and not database.in_transaction() and not database.is_alive():
        database.reopen()


def is_postgres() -> bool:
    return isinstance(database.obj, Postgres)


def in_transaction() -> bool:
    """Whether this thread is inside ``writing()``."""
    return getattr(_state, "depth", 0) > 0


def commit_count() -> int:
    """The number of transactions that this thread has committed."""
    return getattr(_state, "commits", 0)


def lock_mode() -> str:
    """How PostgreSQL locks a subject: "advisory" or "rows"."""
    return _lock_mode


def locked_subjects() -> set[tuple[str, int]]:
    """The subjects that the open transaction has locked; ``core.subject_locks`` adds to it."""
    locked: set[tuple[str, int]] = _state.locked
    return locked


@contextmanager
def writing() -> Iterator[None]:
    """A writing transaction; inside another one, a savepoint.

    On SQLite the outermost transaction waits for its turn on a lock file before ``BEGIN IMMEDIATE``: with
    ``busy_timeout`` alone, saturating writers starve each other. On PostgreSQL the ledger locks its subjects instead.

    Raises:
        DatastoreBusy: Others hold the datastore for too long.
    """
    if in_transaction():
        with _inner_transaction():
            yield
        return
    queue = _wait_for_turn()
    try:
        ensure_connection()
        real, lock_type = database.obj, None if is_postgres() else "IMMEDIATE"
        _state.depth, _state.after, _state.locked, _state.has_savepoints = 1, [], set(), False
        try:
            # Somebody may have opened a transaction of peewee's own around this one.
            with database.savepoint() if real.in_transaction() else real.transaction(lock_type):
                _state.first_change = _change_count()
                yield
            _state.commits = getattr(_state, "commits", 0) + 1
        except OperationalError as error:
            if is_lock_timeout(error):
                raise DatastoreBusy from error
            raise
        finally:
            _state.depth = 0
            waiting, _state.after = _state.after, []
    finally:
        if queue is not None:
            queue.release()
    for notice in waiting:
        try:
            notice()
        except Exception:
            log.exception("a notice after the commit failed")


@contextmanager
def _inner_transaction() -> Iterator[None]:
    """A savepoint; on SQLite none before the first change of a row, because there is nothing to keep."""
    depth, mark, locked_before = _state.depth, len(_state.after), set(_state.locked)
    is_first = not is_postgres() and not _state.has_savepoints and _change_count() == _state.first_change
    # Plain statements: peewee's savepoint objects cost several times as much as the savepoint.
    name = f"inner{depth}"
    if not is_first:
        database.execute_sql(f"SAVEPOINT {name}")
        _state.has_savepoints = True
    _state.depth = depth + 1
    try:
        yield
    except BaseException:
        del _state.after[mark:]
        # Locks taken since the savepoint are released with it.
        _state.locked = locked_before
        if not _has_ended():
            if not is_first:
                database.execute_sql(f"ROLLBACK TO SAVEPOINT {name}")
                database.execute_sql(f"RELEASE SAVEPOINT {name}")
            elif _change_count() != _state.first_change:
                _begin_again()
        raise
    else:
        if not is_first:
            database.execute_sql(f"RELEASE SAVEPOINT {name}")
    finally:
        _state.depth = depth


def _change_count() -> int:
    """The number of rows that this thread's connection to SQLite has changed; 0 on PostgreSQL."""
    return 0 if is_postgres() else int(database.connection().total_changes)


def _begin_again() -> None:
    """Roll the whole transaction back and begin another one, without giving up the turn to write."""
    database.execute_sql("ROLLBACK")
    database.execute_sql("BEGIN IMMEDIATE")
    _state.first_change = _change_count()


def _has_ended() -> bool:
    """Whether SQLite has rolled the whole transaction back, savepoints included, as it does when the disk is full."""
    return not is_postgres() and not database.connection().in_transaction


def pause_writing(seconds: float) -> None:
    """Commit, let other writers have their turn for ``seconds``, and begin another transaction.

    For long work in pieces on SQLite whose intermediate state others may see. A later rollback does not include what
    was committed here.
    """
    queue = _writer_queue
    if queue is None:
        raise RuntimeError("only writers of an SQLite file take turns")
    database.execute_sql("COMMIT")
    queue.release()
    try:
        time.sleep(seconds)
    finally:
        while not queue.acquire(BACKGROUND_WAIT_SECONDS):
            log.warning("still waiting for the turn to write")
        database.execute_sql("BEGIN IMMEDIATE")
        for level in range(1, _state.depth):
            database.execute_sql(f"SAVEPOINT inner{level}")


@contextmanager
def ensure_transaction() -> Iterator[None]:
    """Use the open transaction, or open one.

    Cheaper than ``writing()`` inside another transaction, for code that checks everything before it writes: a caller
    that catches its error finds nothing half written, without a savepoint.
    """
    if in_transaction():
        yield
    else:
        with writing():
            yield


@contextmanager
def migration_transaction() -> Iterator[None]:
    """Treat the migrator's transaction as ``writing()``, for migrations that call services."""
    if in_transaction():
        raise RuntimeError("a migration has the transaction of the migrator")
    # Changes of the schema are not counted, so every inner transaction has a savepoint.
    _state.depth, _state.after, _state.locked, _state.has_savepoints = 1, [], set(), True
    try:
        yield
    finally:
        _state.depth, _state.after = 0, []


def after_commit(callback: Callable[[], None]) -> None:
    """Call ``callback`` after the outermost transaction has committed; never after a rollback."""
    if not in_transaction():
        raise RuntimeError("after_commit needs an open writing() transaction")
    _state.after.append(callback)


@contextmanager
def writer_lock() -> Iterator[None]:
    """Wait for the turn to write to the SQLite file; does nothing on PostgreSQL.

    Raises:
        DatastoreBusy: The turn did not come within the time that this thread may wait.
    """
    queue = _wait_for_turn()
    try:
        yield
    finally:
        if queue is not None:
            queue.release()


def _wait_for_turn() -> WriterQueue | None:
    """As ``writer_lock``; returns the queue that the caller has to release."""
    queue = _writer_queue
    if queue is None:
        return None
    started = time.monotonic()
    try:
        is_granted = queue.acquire(remaining_wait())
    except OSError as error:
        raise file_problem(error) from error
    _record_wait(started)
    if not is_granted:
        raise DatastoreBusy
    return queue


def _record_wait(started: float) -> None:
    seconds = time.monotonic() - started
    if seconds > metrics.MIN_WAIT_SECONDS:
        spend_wait(seconds)
        metrics.observe_writer_wait(seconds)


def _after_fork() -> None:
    """A child process stands in no queue and must not keep its parent's lock alive."""
    global _writer_queue
    if _writer_queue is not None:
        _writer_queue.close()
        _writer_queue = WriterQueue(_writer_queue.path)


os.register_at_fork(after_in_child=_after_fork)


def writer_lock_file() -> str | None:
    """The lock file on which the writers of an SQLite store queue."""
    return None if _writer_queue is None else _writer_queue.path


def fetch_all(sql: str, parameters: tuple[Any, ...] | list[Any] = ()) -> list[tuple[Any, ...]]:
    """Run SQL text with ``?`` placeholders and return its rows; for hot reads."""
    checkpoint()
    if is_postgres():
        sql = sql.replace("?", "%s")
    rows: list[tuple[Any, ...]] = database.obj.execute_sql(sql, parameters).fetchall()
    return rows


def execute(sql: str, parameters: tuple[Any, ...] | list[Any] = ()) -> int:
    """Run SQL text with ``?`` placeholders that changes rows; returns the number of rows."""
    checkpoint()
    if is_postgres():
        sql = sql.replace("?", "%s")
    return int(database.obj.execute_sql(sql, parameters).rowcount)
