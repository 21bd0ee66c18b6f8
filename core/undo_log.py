"""Long writes that let other writers in between, and can still be undone as a whole.

SQLite has one writer at a time. An import of minutes is therefore many short transactions, and other writers have their
turns in between. Triggers of this connection alone write the statement that undoes each change to a separate file. When
the import fails, or an interrupted one is found later, these statements run in reverse order; rows that others have
changed meanwhile stay as they are.

On PostgreSQL a long transaction blocks nobody who works on other rows, so there an import is one transaction.
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

#: Seconds between two pauses for other writers, and the length of a pause.
SLICE_SECONDS = 0.05
PAUSE_SECONDS = 0.02
#: Tables that triggers fill from others, or that never go back.
_EXCLUDED_TABLES = ("id_sequence", "booking_tally", "booking_total", "session_tally", "setup_version")
#: Referenced table, and the table and column that refer to it.
_REFERENCING_COLUMNS = (
    *((TABLES[one.kind], one.table, one.column) for one in REFERENCES),
    ("resource", "claim", "subject_kind = 'resource' AND subject_id"),
)
_DELETE_STATEMENT = re.compile(r'DELETE FROM "(\w+)" WHERE rowid = (\d+)\Z')


class ImportInUse(Exception):
    """The import cannot be undone, because other records already depend on it."""


@contextmanager
def undoable_write() -> Iterator[None]:
    """A unit of work in short transactions, split where ``yield_to_writers`` is called; undone as a whole if it fails.

    Raises:
        ImportInUse: It failed, and other records already depend on what was written.
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
    """Let other writers have their turns after ``SLICE_SECONDS``; call it only where everything so far may be seen by
    others.
    """
    started = getattr(db._state, "gives_way", 0.0)
    if started and time.monotonic() - started >= SLICE_SECONDS:
        db.pause_writing(PAUSE_SECONDS)
        db._state.gives_way = time.monotonic()


def undo_interrupted() -> None:
    """Undo an interrupted import, if there is one and no import is running."""
    path = _undo_path()
    if path is None or not path.exists():
        return
    try:
        with _exclusive_import(path):
            _recover(path)
    except BlockingIOError:
        return


def _undo_path() -> Path | None:
    """The file of the undo log; None where an import is one transaction."""
    if db.is_postgres() or db.database.database == ":memory:":
        return None
    return Path(f"{Path(db.database.database).resolve().with_suffix('')}.import.db")


@contextmanager
def _exclusive_import(path: Path) -> Iterator[None]:
    """Hold the lock that allows one import at a time.

    Raises:
        BlockingIOError: Another import is running.
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
    """Create the triggers that record how to undo each change of this connection."""
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
    """Run the recorded statements, last first; returns the number of changes."""
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
    """Refuse to undo rows that other records refer to without a foreign key."""
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
    """Delete the log, because the import stays or has been undone."""
    _stop_recording()
    db.database.execute_sql("DETACH DATABASE import_undo")
    for name in (path, Path(f"{path}-journal"), Path(f"{path}-wal"), Path(f"{path}-shm")):
        name.unlink(missing_ok=True)
