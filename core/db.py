"""The database: opening it, the one way to write to it, and the fields models share.

SQLite file by default, PostgreSQL by URL. Reads need no transaction. Every write goes through ``writing()``.
"""

import fcntl
import logging
import os
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
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
    PostgresqlDatabase,
    SqliteDatabase,
    TextField,
)
from playhouse.db_url import parse

from core.domain.text import fold

log = logging.getLogger("frontdesk.db")

database: Any = DatabaseProxy()

_state = threading.local()
# Waiters of one process queue here first, so that at most one of them blocks on the file lock.
_turn = threading.Lock()
_queue_file: str | None = None

P = ParamSpec("P")
T = TypeVar("T")
#: How often a unit of work is run again, and what PostgreSQL says when it ended one for the sake of another.
_REPEATS = 5
_CLASHES = frozenset(("40001", "40P01"))


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
        return None if value is None else money(value)


def money(stored: int) -> Decimal:
    """A stored money integer as a plain decimal without trailing zeros."""
    whole, rest = divmod(stored, 1_000_000)
    if not rest:
        return Decimal(whole)
    return Decimal(stored).scaleb(-6).normalize()


class JSONField(TextField):
    """Plain data as compact JSON text; the same on both databases."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def python_value(self, value: str | None) -> Any:
        return None if value is None else msgspec.json.decode(value)


def open_database(url: str, *, durability: str = "full") -> Any:
    """Point ``database`` at ``url``.

    Args:
        url: ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``postgresql://user@host/name``.
        durability: "full" survives a power cut, "normal" only a crash of the process.
    """
    global _queue_file
    close_database()
    if url.startswith(("postgresql:", "postgres:")):
        options = parse(url)
        # The vendor-neutral default of peewee is psycopg2; version 3 is the one that is installed.
        real: Any = PostgresqlDatabase(options.pop("database"), prefer_psycopg3=True, **options)
        _queue_file = None
    elif url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        real = SqliteDatabase(
            path,
            pragmas={
                "journal_mode": "wal",
                "foreign_keys": 1,
                "busy_timeout": 15_000,
                "synchronous": {"full": 2, "normal": 1}[durability],
                # Every thread of every worker has a connection; the operating system keeps the file in memory anyway.
                "cache_size": -4_000,
                "temp_store": 2,
            },
        )
        real.register_function(_fold, "fold", 1, deterministic=True)
        _queue_file = None if path == ":memory:" else str(Path(path).resolve()) + ".lock"
    else:
        raise ValueError(f"database url must begin with sqlite:/// or postgresql://, not {url!r}")
    database.initialize(real)
    return real


def _fold(text: Any) -> Any:
    return fold(text) if isinstance(text, str) else text


def close_database() -> None:
    """Close this thread's connection and forget its queue handle."""
    if database.obj is not None and not database.is_closed():
        database.close()
    handle = getattr(_state, "handle", None)
    if handle is not None:
        os.close(handle[1])
        _state.handle = None


def ensure_connection() -> None:
    """Have a usable connection on this thread; one per thread is kept open, because opening costs."""
    if database.is_closed():
        database.connect()
    elif is_postgres() and database.connection().broken:
        database.close()
        database.connect()


def is_postgres() -> bool:
    return isinstance(database.obj, PostgresqlDatabase)


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
        mark, held = len(_state.after), set(_state.locked)
        # Plain statements: peewee's savepoint objects cost several times what the savepoint does.
        name = f"inner{depth}"
        database.execute_sql(f"SAVEPOINT {name}")
        _state.depth = depth + 1
        try:
            yield
        except BaseException:
            del _state.after[mark:]
            # Locks taken since the savepoint go with it.
            _state.locked = held
            database.execute_sql(f"ROLLBACK TO SAVEPOINT {name}")
            raise
        finally:
            _state.depth = depth
            database.execute_sql(f"RELEASE SAVEPOINT {name}")
        return
    with queued():
        ensure_connection()
        _state.depth, _state.after, _state.locked = 1, [], set()
        try:
            with database.atomic() if is_postgres() else database.atomic("IMMEDIATE"):
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


@contextmanager
def joining() -> Iterator[None]:
    """The open transaction itself, else one of its own.

    Cheaper than ``writing()`` inside another one, for code that checks everything before it writes anything: who
    catches its refusal finds nothing half done, without a savepoint.
    """
    if in_transaction():
        yield
    else:
        with writing():
            yield


def after_commit(notice: Callable[[], None]) -> None:
    """Call ``notice`` once the outermost transaction has committed; never when it rolls back."""
    if not in_transaction():
        raise RuntimeError("after_commit needs an open writing() transaction")
    _state.after.append(notice)


def repeat(unit: Callable[[], T], *, restart: Callable[[], None] | None = None) -> T:
    """Run a unit of work, and again when PostgreSQL ended it for the sake of another (deadlock, serialization).

    Units that have committed something are not run again, and inside a transaction it is for whoever opened that to
    begin again.

    Args:
        restart: Rolls an open transaction back and opens another one; given by who opened it.
    """
    if restart is None and in_transaction():
        return unit()
    commits = getattr(_state, "commits", 0)
    for left in range(_REPEATS, -1, -1):
        try:
            return unit()
        except OperationalError as error:
            state = getattr(getattr(error, "orig", None), "sqlstate", None)
            if not left or state not in _CLASHES or getattr(_state, "commits", 0) != commits:
                raise
            if restart is not None:
                restart()
            time.sleep(random.uniform(0, 0.05))
    raise AssertionError("unreachable")


def repeatable(function: Callable[P, T]) -> Callable[P, T]:
    """Make a function that is one transaction run through ``repeat``."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if in_transaction():
            return function(*args, **kwargs)
        return repeat(lambda: function(*args, **kwargs))

    return run


@contextmanager
def queued() -> Iterator[None]:
    """Wait for this process's turn to write to the SQLite file; on PostgreSQL nothing."""
    if _queue_file is None:
        yield
        return
    with _turn:
        handle = getattr(_state, "handle", None)
        if handle is None or handle[0] != _queue_file:
            if handle is not None:
                os.close(handle[1])
            handle = _state.handle = (_queue_file, os.open(_queue_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644))
        fcntl.flock(handle[1], fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(handle[1], fcntl.LOCK_UN)


def _after_fork() -> None:
    """A child has its own turn to wait for, and must not keep its parent's lock alive."""
    global _turn
    _turn = threading.Lock()
    handle = getattr(_state, "handle", None)
    if handle is not None:
        os.close(handle[1])
        _state.handle = None


os.register_at_fork(after_in_child=_after_fork)


def lock_subjects(subjects: Iterable[tuple[str, int]]) -> bool:
    """Shut other writers out of these subjects until the transaction ends; True where that was not so already.

    SQLite has one writer at a time already. PostgreSQL takes one advisory lock per subject, in one order for all, so
    two groups never wait for each other in a circle.
    """
    if not is_postgres():
        return False
    known = _state.locked if in_transaction() else set()
    wanted = sorted(set(subjects) - known)
    known.update(wanted)
    for kind, number in wanted:
        database.execute_sql("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", (kind, number & 0x7FFFFFFF))
    return bool(wanted)


def rows(sql: str, parameters: tuple[Any, ...] | list[Any] = ()) -> list[tuple[Any, ...]]:
    """Run prepared SQL text (written with ``?``) and return its rows; for the hot reads."""
    if is_postgres():
        sql = sql.replace("?", "%s")
    return database.execute_sql(sql, parameters).fetchall()


def execute(sql: str, parameters: tuple[Any, ...] | list[Any] = ()) -> int:
    """Run prepared SQL text (written with ``?``) that changes rows; returns how many."""
    if is_postgres():
        sql = sql.replace("?", "%s")
    return database.execute_sql(sql, parameters).rowcount


_texts: dict[tuple[Any, ...], tuple[str, list[Any]]] = {}


def insert(model: Any, values: dict[str, Any]) -> int:
    """Insert one row and return its primary key (0 where that is not a single number).

    The same as ``model.insert(...)``, but the text is built once per set of columns: building it costs peewee ten
    times what running it does.
    """
    meta = model._meta
    given = {**{field.name: _default(field) for field in meta.sorted_fields if field.default is not None}, **values}
    postgres = is_postgres()
    key = (model, postgres, *given)
    known = _texts.get(key)
    if known is None:
        fields = [meta.fields[name] for name in given]
        columns = ", ".join(f'"{field.column_name}"' for field in fields)
        marks = ", ".join(["%s" if postgres else "?"] * len(fields))
        text = f'INSERT INTO "{meta.table_name}" ({columns}) VALUES ({marks})'
        if postgres and not meta.composite_key:
            text += f' RETURNING "{meta.primary_key.column_name}"'
        known = _texts[key] = (text, [field.db_value for field in fields])
    text, convert = known
    cursor = database.execute_sql(text, [change(value) for change, value in zip(convert, given.values(), strict=True)])
    if meta.composite_key:
        return 0
    return int(cursor.fetchone()[0] if postgres else cursor.lastrowid)


def update(model: Any, id: int, values: dict[str, Any]) -> None:
    """Change some columns of one row and raise its version by one; the text is built once, as for ``insert``."""
    meta = model._meta
    postgres = is_postgres()
    key = (model, postgres, "update", *values)
    known = _texts.get(key)
    if known is None:
        fields = [meta.fields[name] for name in values]
        mark = "%s" if postgres else "?"
        columns = [f'"{field.column_name}" = {mark}' for field in fields]
        columns.append('"version" = "version" + 1')
        text = f'UPDATE "{meta.table_name}" SET {", ".join(columns)} WHERE "id" = {mark}'
        known = _texts[key] = (text, [field.db_value for field in fields])
    text, convert = known
    stored = [change(value) for change, value in zip(convert, values.values(), strict=True)]
    database.execute_sql(text, [*stored, id])


def keep_number(model: Any, taken: int) -> None:
    """A row came with its own number: the model's own numbers go on behind it."""
    if is_postgres():
        name = rows("SELECT pg_get_serial_sequence(?, 'id')", (f'"{model._meta.table_name}"',))[0][0]
        advance_sequence(name, taken)


def advance_sequence(name: str, taken: int) -> None:
    """Have a sequence of PostgreSQL never give ``taken`` or anything below it.

    Others draw from it meanwhile, and it must not go back to what they have been given. So a short way is gone by
    drawing too; only a long one, which nobody else goes in that moment, is jumped.
    """
    lock_subjects([("sequence", 0)])
    last, used = rows(f"SELECT last_value, is_called FROM {name}")[0]
    gap = taken - last + (not used)
    if gap > 1000:
        rows("SELECT setval(?, ?)", (name, taken))
    elif gap > 0:
        rows("SELECT max(nextval(?::regclass)) FROM generate_series(1, ?)", (name, gap))


def _default(field: Any) -> Any:
    return field.default() if callable(field.default) else field.default
