"""A long write that gives way to others, and can still be taken back as a whole.

SQLite has one writer at a time. So an import of minutes is many short transactions there, and between two of them
everybody else has a turn. What would undo each change is written down in a file of its own by triggers that only this
connection has. When the import fails, or is found cut off later, the changes are undone in reverse; what others have
changed meanwhile stays as they left it.

On PostgreSQL a long transaction keeps nobody waiting who works on something else; there it is one transaction.
"""

import fcntl
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import peewee

from core import db
from core.logs import get_logger
from core.services.references import REFERENCES, TABLES

log = get_logger("frontdesk.import")

#: How long others are kept waiting at a time, and how long they have their turns.
SLICE_SECONDS = 0.05
PAUSE_SECONDS = 0.02
#: What is derived from other tables by triggers, or never goes back.
_EXCLUDED_TABLES = ("id_sequence", "booking_tally", "booking_total")
#: Table, and what names its rows in which column.
_REFERENCING_COLUMNS = (
    *((TABLES[one.kind], one.table, one.column) for one in REFERENCES),
    ("resource", "claim", "subject_kind = 'resource' AND subject_id"),
)
_DELETE_STATEMENT = re.compile(r'DELETE FROM "(\w+)" WHERE rowid = (\d+)\Z')


class ImportInUse(Exception):
    """What has been imported cannot be undone: somebody else has built on it."""


@contextmanager
def undoable_write() -> Iterator[None]:
    """One unit of work, in short transactions where ``give_way`` is called between; undone as a whole if it fails.

    Raises:
        StillUsed: It failed, and others already depend on what had come in.
    """
    path = _undo_path()
    if path is None:
        with db.writing():
            yield
        return
    with _exclusive_import(path):
        _recover(path)
        db.ensure_connection()
        _start_recording(path)
        try:
            try:
                with db.writing():
                    db._state.gives_way = time.monotonic()
                    yield
            finally:
                db._state.gives_way = 0.0
        except BaseException:
            _undo()
            _delete_log(path)
            raise
        _delete_log(path)


def yield_to_writers() -> None:
    """Let others have their turns, if it has been a while; only where everything so far may be seen by them."""
    started = getattr(db._state, "gives_way", 0.0)
    if started and time.monotonic() - started >= SLICE_SECONDS:
        db.pause_writing(PAUSE_SECONDS)
        db._state.gives_way = time.monotonic()


def undo_interrupted() -> None:
    """Undo an import that was cut off, if there is one and nobody is at it."""
    path = _undo_path()
    if path is None or not path.exists():
        return
    try:
        with _exclusive_import(path):
            _recover(path)
    except BlockingIOError:
        return


def _undo_path() -> Path | None:
    """Where the changes of an import are written down; None where it is one transaction."""
    if db.is_postgres() or db.database.database == ":memory:":
        return None
    return Path(f"{Path(db.database.database).resolve().with_suffix('')}.import.db")


@contextmanager
def _exclusive_import(path: Path) -> Iterator[None]:
    """Be the only import.

    Raises:
        BlockingIOError: There is another one.
    """
    handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _recover(path: Path) -> None:
    if not path.exists():
        return
    db.ensure_connection()
    _attach(path)
    count = _undo()
    _delete_log(path)
    log.warning("an import that was cut off has been undone", changes=count)


def _attach(path: Path) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    db.database.execute_sql("ATTACH DATABASE ? AS import_undo", (str(path),))
    db.database.execute_sql("CREATE TABLE IF NOT EXISTS import_undo.undo_step (id INTEGER PRIMARY KEY, text TEXT)")


def _start_recording(path: Path) -> None:
    """Have every change of this connection write down what undoes it."""
    _attach(path)
    for table in _tables():
        columns = [f'"{row[1]}"' for row in db.fetch_all(f'PRAGMA main.table_info("{table}")')]
        names = ", ".join(columns)
        values = " || ', ' || ".join(f"quote(old.{column})" for column in columns)
        was = " || ', ' || ".join(f"'{column} = ' || quote(old.{column})" for column in columns)
        now = " || ' AND ' || ".join(f"'{column} IS ' || quote(new.{column})" for column in columns)
        steps = {
            "INSERT": f"""'DELETE FROM "{table}" WHERE rowid = ' || new.rowid""",
            "UPDATE": f"""'UPDATE "{table}" SET ' || {was} || ' WHERE rowid = ' || new.rowid || ' AND ' || {now}""",
            "DELETE": f"""'INSERT INTO "{table}" (rowid, {names}) VALUES (' || old.rowid || ', ' || {values} || ')'""",
        }
        for verb, text in steps.items():
            db.database.execute_sql(
                f'CREATE TEMP TRIGGER "undo_{verb}_{table}" AFTER {verb} ON main."{table}"'
                f" BEGIN INSERT INTO undo_step (text) VALUES ({text}); END"
            )


def _tables() -> list[str]:
    names = [row[0] for row in db.fetch_all("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
    return [
        name
        for name in names
        if not name.startswith("sqlite_") and not name.endswith("_migration") and name not in _EXCLUDED_TABLES
    ]


def _stop_recording() -> None:
    for (name,) in db.fetch_all("SELECT name FROM temp.sqlite_master WHERE type = 'trigger' AND name LIKE 'undo_%'"):
        db.database.execute_sql(f'DROP TRIGGER temp."{name}"')


def _undo() -> int:
    """Undo everything that is written down, last first; how many changes there were."""
    _stop_recording()
    steps = db.fetch_all("SELECT text FROM import_undo.undo_step ORDER BY id DESC")
    try:
        with db.writing():
            db.database.execute_sql("PRAGMA defer_foreign_keys = ON")
            for (text,) in steps:
                db.database.execute_sql(text)
            _check_unused([text for (text,) in steps])
    except peewee.IntegrityError as error:
        raise ImportInUse from error
    return len(steps)


def _check_unused(texts: list[str]) -> None:
    """Bookings and others name what they need without the database knowing; none may be left without it."""
    deleted_ids: dict[str, list[int]] = {}
    for text in texts:
        if match := _DELETE_STATEMENT.match(text):
            deleted_ids.setdefault(match[1], []).append(int(match[2]))
    for table, referencing_table, column in _REFERENCING_COLUMNS:
        ids = json.dumps(deleted_ids.get(table, []))
        used = f"SELECT 1 FROM {referencing_table} WHERE {column} IN (SELECT value FROM json_each(?)) LIMIT 1"
        if table in deleted_ids and db.fetch_all(used, (ids,)):
            raise ImportInUse


def _delete_log(path: Path) -> None:
    """What was imported stays, or has been undone."""
    _stop_recording()
    db.database.execute_sql("DETACH DATABASE import_undo")
    for name in (path, Path(f"{path}-journal"), Path(f"{path}-wal"), Path(f"{path}-shm")):
        name.unlink(missing_ok=True)
