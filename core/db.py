"""The database: opening it, the one way to write to it, and the fields models share.

SQLite file by default, PostgreSQL by URL. Reads need no transaction. Every write goes through ``writing()``.
"""

import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from peewee import (
    BigIntegerField,
    DatabaseProxy,
    Model,
    PostgresqlDatabase,
    SqliteDatabase,
    TextField,
)
from playhouse.db_url import parse

log = logging.getLogger("frontdesk.db")

database: Any = DatabaseProxy()

_state = threading.local()
# Waiters of one process queue here first, so that at most one of them blocks on the file lock.
_turn = threading.Lock()
_queue_file: str | None = None


class BaseModel(Model):
    """What every table of core and of the plugins is built on."""

    class Meta:
        database = database
        legacy_table_names = False


class MoneyField(BigIntegerField):
    """An exact decimal with up to six places, kept as an integer so that it can be compared and summed."""

    def db_value(self, value: Decimal | int | None) -> int | None:
        return None if value is None else int((Decimal(value) * 1_000_000).to_integral_value())

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
        real: Any = PostgresqlDatabase(
            options.pop("database"), prefer_psycopg3=True, **options
        )
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
        _queue_file = None if path == ":memory:" else str(Path(path).resolve()) + ".lock"
    else:
        raise ValueError(f"database url must begin with sqlite:/// or postgresql://, not {url!r}")
    database.initialize(real)
    return real


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
        mark = len(_state.after)
        # Plain statements: peewee's savepoint objects cost several times what the savepoint does.
        name = f"inner{depth}"
        database.execute_sql(f"SAVEPOINT {name}")
        _state.depth = depth + 1
        try:
            yield
        except BaseException:
            del _state.after[mark:]
            database.execute_sql(f"ROLLBACK TO SAVEPOINT {name}")
            raise
        finally:
            _state.depth = depth
            database.execute_sql(f"RELEASE SAVEPOINT {name}")
        return
    with _queued():
        ensure_connection()
        _state.depth, _state.after = 1, []
        try:
            with database.atomic() if is_postgres() else database.atomic("IMMEDIATE"):
                yield
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


@contextmanager
def _queued() -> Iterator[None]:
    if _queue_file is None:
        yield
        return
    with _turn:
        handle = getattr(_state, "handle", None)
        if handle is None or handle[0] != _queue_file or handle[2] != os.getpid():
            opened = os.open(_queue_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            handle = _state.handle = (_queue_file, opened, os.getpid())
        fcntl.flock(handle[1], fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(handle[1], fcntl.LOCK_UN)


def lock_subjects(subjects: list[tuple[str, int]]) -> None:
    """Shut other writers out of these subjects until the transaction ends.

    SQLite has one writer at a time already. PostgreSQL takes one advisory lock per subject, in one order for all, so
    two groups never wait for each other in a circle.
    """
    if not is_postgres():
        return
    for kind, number in sorted(set(subjects)):
        database.execute_sql("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", (kind, number & 0x7FFFFFFF))


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
    cursor = database.execute_sql(
        text, [change(value) for change, value in zip(convert, given.values(), strict=True)]
    )
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


def _default(field: Any) -> Any:
    return field.default() if callable(field.default) else field.default
