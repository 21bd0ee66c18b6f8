"""The database: opening it, the one way to write to it, and the fields models share.

SQLite file by default, PostgreSQL by URL. Reads need no transaction. Every write goes through ``writing()``.
"""

import hashlib
import logging
import os
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import msgspec
from peewee import (
    BigIntegerField,
    DatabaseProxy,
    Model,
    OperationalError,
    TextField,
)

from core import metrics
from core.domain.text import fold
from core.engines import Postgres, Sqlite, file_problem
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

database: Any = DatabaseProxy()

_state = threading.local()
#: Who may write to the SQLite file that is open; None on PostgreSQL and in memory.
_writer_queue: WriterQueue | None = None
_lock_mode = "advisory"

P = ParamSpec("P")
T = TypeVar("T")
#: How often a unit of work is run again, and what PostgreSQL says when it ended one for the sake of another.
_MAX_RETRIES = 5
_CONFLICT_STATES = frozenset(("40001", "40P01"))
#: What PostgreSQL says when a lock or a statement took longer than it may, and SQLite (busy, locked, interrupted).
_TIMEOUT_STATES = frozenset(("55P03", "57014"))
_SQLITE_TIMEOUT_CODES = frozenset((5, 6, 9))


class BaseModel(Model):
    """What every table of core and of the plugins is built on."""

    class Meta:
        database = database
        legacy_table_names = False


class MoneyField(BigIntegerField):
    """An exact decimal with up to six places, kept as an integer so that it can be compared and summed."""

    def db_value(self, value: Decimal | int | None) -> int | None:
        if value is None:
            return None
        amount = Decimal(value)
        # Written out, a number with a large exponent would take all memory there is.
        if not amount.is_finite() or amount.adjusted() > 18:
            raise OverflowError("no amount of money")
        return int((amount * 1_000_000).to_integral_value())

    def python_value(self, value: int | None) -> Decimal | None:
        return None if value is None else decode_money(value)


def decode_money(stored: int) -> Decimal:
    """A stored money integer as a plain decimal without trailing zeros."""
    units, micros = divmod(stored, 1_000_000)
    if not micros:
        return Decimal(units)
    return Decimal(stored).scaleb(-6).normalize()


class JSONField(TextField):
    """Plain data as compact JSON text; the same on both databases."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def python_value(self, value: str | None) -> Any:
        return None if value is None else msgspec.json.decode(value)


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
                # Every thread of every worker has a connection; the operating system keeps the file in memory anyway.
                "cache_size": -4_000,
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
    """Ends a long question of a request whose time is over."""

    def _add_conn_hooks(self, conn: Any) -> None:
        super()._add_conn_hooks(conn)  # type: ignore[misc]  # peewee declares it without types
        # Some milliseconds of work. Inside a transaction ending a statement would end everything before it, too.
        conn.set_progress_handler(lambda: not in_transaction() and is_exhausted(), 200_000)


def _set_writer_queue(path: str | None) -> None:
    global _writer_queue
    if _writer_queue is not None and _writer_queue.path != path:
        _writer_queue.close()
        _writer_queue = None
    if _writer_queue is None and path is not None:
        _writer_queue = WriterQueue(path)


def set_statement_timeouts() -> None:
    """Have PostgreSQL end what waits or works longer than a request may; for processes that answer requests.

    SQLite is told for each transaction, and asks ``core.request_budget`` while it works on a long statement.
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
    """Have a usable connection on this thread; one per thread is kept open, because opening costs."""
    if database.is_closed():
        database.connect()
    elif is_postgres() and not database.in_transaction() and not database.is_alive():
        database.reopen()


def is_postgres() -> bool:
    return isinstance(database.obj, Postgres)


def in_transaction() -> bool:
    """Is this thread inside ``writing()``?"""
    return getattr(_state, "depth", 0) > 0


@contextmanager
def writing() -> Iterator[None]:
    """One writing transaction; inside another one, a savepoint of it.

    On SQLite the outermost one waits its turn on a lock file before ``BEGIN IMMEDIATE``: busy_timeout alone lets
    saturating writers starve each other. On PostgreSQL the ledger locks its subjects instead.
    """
    depth = getattr(_state, "depth", 0)
    if depth:
        mark, locked_before = len(_state.after), set(_state.locked)
        # Plain statements: peewee's savepoint objects cost several times what the savepoint does.
        name = f"inner{depth}"
        database.execute_sql(f"SAVEPOINT {name}")
        _state.depth = depth + 1
        try:
            yield
        except BaseException:
            del _state.after[mark:]
            # Locks taken since the savepoint go with it.
            _state.locked = locked_before
            database.execute_sql(f"ROLLBACK TO SAVEPOINT {name}")
            raise
        finally:
            _state.depth = depth
            database.execute_sql(f"RELEASE SAVEPOINT {name}")
        return
    with writer_lock():
        ensure_connection()
        _state.depth, _state.after, _state.locked = 1, [], set()
        try:
            with _outer_transaction():
                yield
            _state.commits = getattr(_state, "commits", 0) + 1
        finally:
            _state.depth = 0
            waiting, _state.after = _state.after, []
    for notice in waiting:
        try:
            notice()
        except Exception:
            log.exception("a notice after the commit failed")


def pause_writing(seconds: float) -> None:
    """Commit what the open transaction holds, let others write for a while, and go on in another one.

    For work in pieces on SQLite, where what has been done so far may be seen by everybody. What is rolled back later
    does not include it any more.
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
    """The open transaction itself, else one of its own.

    Cheaper than ``writing()`` inside another one, for code that checks everything before it writes anything: who
    catches its refusal finds nothing half done, without a savepoint.
    """
    if in_transaction():
        yield
    else:
        with writing():
            yield


@contextmanager
def migration_transaction() -> Iterator[None]:
    """Let the migrator's own transaction count as ``writing()``, for migrations that call services."""
    if in_transaction():
        raise RuntimeError("a migration has the transaction of the migrator")
    _state.depth, _state.after, _state.locked = 1, [], set()
    try:
        yield
    finally:
        _state.depth, _state.after = 0, []


def after_commit(callback: Callable[[], None]) -> None:
    """Call ``notice`` once the outermost transaction has committed; never when it rolls back."""
    if not in_transaction():
        raise RuntimeError("after_commit needs an open writing() transaction")
    _state.after.append(callback)


def retry_on_conflict(unit: Callable[[], T], *, restart: Callable[[], None] | None = None) -> T:
    """Run a unit of work, and again when PostgreSQL ended it for the sake of another (deadlock, serialization).

    Units that have committed something are not run again, and inside a transaction it is for whoever opened that to
    begin again.

    Args:
        restart: Rolls an open transaction back and opens another one; given by who opened it.
    """
    if restart is None and in_transaction():
        return unit()
    commits = getattr(_state, "commits", 0)
    for retries_left in range(_MAX_RETRIES, -1, -1):
        try:
            return unit()
        except OperationalError as error:
            state = getattr(getattr(error, "orig", None), "sqlstate", None)
            if not retries_left or state not in _CONFLICT_STATES or getattr(_state, "commits", 0) != commits:
                raise
            if restart is not None:
                restart()
            time.sleep(random.uniform(0, 0.05))
    raise AssertionError("unreachable")


def retried_on_conflict(function: Callable[P, T]) -> Callable[P, T]:
    """Make a function that is one transaction run through ``repeat``."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if in_transaction():
            return function(*args, **kwargs)
        return retry_on_conflict(lambda: function(*args, **kwargs))

    return run


@contextmanager
def writer_lock() -> Iterator[None]:
    """Wait for the turn to write to the SQLite file; on PostgreSQL nothing.

    Raises:
        DatastoreBusy: It has not come in the time that this thread may wait.
    """
    queue = _writer_queue
    if queue is None:
        yield
        return
    started = time.monotonic()
    try:
        is_granted = queue.acquire(remaining_wait())
    except OSError as error:
        raise file_problem(error) from error
    _record_wait(started)
    if not is_granted:
        raise DatastoreBusy
    try:
        yield
    finally:
        queue.release()


def _record_wait(started: float) -> None:
    seconds = time.monotonic() - started
    if seconds > metrics.MIN_WAIT_SECONDS:
        spend_wait(seconds)
        metrics.observe_writer_wait(seconds)


def is_lock_timeout(error: BaseException) -> bool:
    """Whether the database says that it has waited long enough for others."""
    cause = getattr(error, "orig", None) or error.__cause__ or error
    code = getattr(cause, "sqlite_errorcode", None)
    return getattr(cause, "sqlstate", None) in _TIMEOUT_STATES or (
        code is not None and code & 0xFF in _SQLITE_TIMEOUT_CODES
    )


@contextmanager
def _outer_transaction() -> Iterator[None]:
    """The outermost transaction; that others held the datastore too long has an error of its own."""
    try:
        with ExitStack() as stack:
            if is_postgres():
                stack.enter_context(database.atomic())
            else:
                limit = remaining_wait()
                # What is left of the patience rarely differs from what the connection was told.
                if abs(limit - getattr(_state, "busy_seconds", WAIT_SECONDS)) > 0.1:
                    database.execute_sql(f"PRAGMA busy_timeout = {int(limit * 1000)}")
                    _state.busy_seconds = limit
                started = time.monotonic()
                try:
                    stack.enter_context(database.atomic("IMMEDIATE"))
                finally:
                    _record_wait(started)
            yield
    except OperationalError as error:
        if is_lock_timeout(error):
            raise DatastoreBusy from error
        raise


def _after_fork() -> None:
    """A child stands in no queue, and must not keep its parent's lock alive."""
    global _writer_queue
    if _writer_queue is not None:
        _writer_queue.close()
        _writer_queue = WriterQueue(_writer_queue.path)


os.register_at_fork(after_in_child=_after_fork)


def lock_subjects(subjects: Iterable[tuple[str, int]]) -> bool:
    """Shut other writers out of these subjects until the transaction ends; True where that was not so already.

    SQLite has one writer at a time already. PostgreSQL takes one lock per subject, in one order for all, so two groups
    never wait for each other in a circle.
    """
    if not is_postgres():
        return False
    locked = _state.locked if in_transaction() else set()
    missing = set(subjects) - locked
    locked.update(missing)
    for key in sorted(map(lock_key, missing)):
        database.execute_sql(lock_statement(), (key,))
    return bool(missing)


def uses_lock_rows() -> bool:
    """Are subjects locked by rows of ``subject_lock``?"""
    return _lock_mode == "rows"


def lock_statement() -> str:
    """What locks the subject with one ``lock_key`` until the transaction ends, on PostgreSQL."""
    return _LOCK_STATEMENTS[_lock_mode]


def writer_lock_file() -> str | None:
    """The file on whose lock the writers of an SQLite store queue."""
    return None if _writer_queue is None else _writer_queue.path


#: Both end with the transaction, so that a pooler may hand the connection on.
_LOCK_STATEMENTS = {
    "advisory": "SELECT pg_advisory_xact_lock(%s)",
    "rows": "INSERT INTO subject_lock (key) VALUES (%s) ON CONFLICT (key) DO UPDATE SET key = excluded.key",
}
#: How many rows there are to lock; subjects that share one wait for each other without need.
_LOCK_ROW_COUNT = 65_536


def lock_key(subject: tuple[str, int]) -> int:
    """The number under which a subject is locked: the same on every host, in every release, whatever the server."""
    digest = hashlib.blake2b(f"{subject[0]}:{subject[1]}".encode(), digest_size=8).digest()
    key = int.from_bytes(digest, "big", signed=True)
    return key % _LOCK_ROW_COUNT if _lock_mode == "rows" else key


def fetch_all(sql: str, parameters: tuple[Any, ...] | list[Any] = ()) -> list[tuple[Any, ...]]:
    """Run prepared SQL text (written with ``?``) and return its rows; for the hot reads."""
    checkpoint()
    if is_postgres():
        sql = sql.replace("?", "%s")
    rows: list[tuple[Any, ...]] = database.execute_sql(sql, parameters).fetchall()
    return rows


def execute(sql: str, parameters: tuple[Any, ...] | list[Any] = ()) -> int:
    """Run prepared SQL text (written with ``?``) that changes rows; returns how many."""
    checkpoint()
    if is_postgres():
        sql = sql.replace("?", "%s")
    return int(database.execute_sql(sql, parameters).rowcount)


_statements: dict[tuple[Any, ...], tuple[str, list[Any]]] = {}


def insert_row(model: Any, values: dict[str, Any]) -> int:
    """Insert one row and return its primary key (0 where that is not a single number).

    The same as ``model.insert(...)``, but the text is built once per set of columns: building it costs peewee ten
    times what running it does.
    """
    meta = model._meta
    row = {
        **{field.name: _default_value(field) for field in meta.sorted_fields if field.default is not None},
        **values,
    }
    postgres = is_postgres()
    key = (model, postgres, *row)
    statement = _statements.get(key)
    if statement is None:
        fields = [meta.fields[name] for name in row]
        columns = ", ".join(f'"{field.column_name}"' for field in fields)
        marks = ", ".join(["%s" if postgres else "?"] * len(fields))
        text = f'INSERT INTO "{meta.table_name}" ({columns}) VALUES ({marks})'
        if postgres and not meta.composite_key:
            text += f' RETURNING "{meta.primary_key.column_name}"'
        statement = _statements[key] = (text, [field.db_value for field in fields])
    text, convert = statement
    cursor = database.execute_sql(text, [change(value) for change, value in zip(convert, row.values(), strict=True)])
    if meta.composite_key:
        return 0
    return int(cursor.fetchone()[0] if postgres else cursor.lastrowid)


def update_row(model: Any, id: int, values: dict[str, Any]) -> None:
    """Change some columns of one row and raise its version by one; the text is built once, as for ``insert``."""
    meta = model._meta
    postgres = is_postgres()
    key = (model, postgres, "update", *values)
    statement = _statements.get(key)
    if statement is None:
        fields = [meta.fields[name] for name in values]
        mark = "%s" if postgres else "?"
        columns = [f'"{field.column_name}" = {mark}' for field in fields]
        columns.append('"version" = "version" + 1')
        text = f'UPDATE "{meta.table_name}" SET {", ".join(columns)} WHERE "id" = {mark}'
        statement = _statements[key] = (text, [field.db_value for field in fields])
    text, convert = statement
    stored = [change(value) for change, value in zip(convert, values.values(), strict=True)]
    database.execute_sql(text, [*stored, id])


def _default_value(field: Any) -> Any:
    return field.default() if callable(field.default) else field.default
