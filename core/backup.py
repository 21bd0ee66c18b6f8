"""Backups that do not care which database they came from: gzipped JSON lines, checked by a hash at the end.

The first line names the migrations, so that rows only ever go into the schema they were written by.
"""

import base64
import gzip
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from peewee import AutoField, BigAutoField, BlobField, BooleanField, chunked

from core.config import StartupError
from core.db import close_database, database, ensure_connection, is_postgres, open_database, writing
from core.migrate import Owner, migrate
from core.models import TABLES
from core.models.host import HOST_TABLES
from core.sequences import last_number, raise_number
from core.services import doctor
from core.services.records import reserve_id

FORMAT = 1
#: Kept by triggers, and told by one number.
_LEFT_OUT = ("booking_tally", "booking_total", "id_sequence")


def tables(of_plugins: Mapping[str, Sequence[type]]) -> list[Any]:
    """Every table, parents before children."""
    everything = [*TABLES, *HOST_TABLES, *(model for models in of_plugins.values() for model in models)]
    return [model for model in everything if model._meta.table_name not in _LEFT_OUT]


def _last_id() -> int:
    """The last number of the shared sequence that was handed out."""
    if is_postgres():
        last, called = database.execute_sql("SELECT last_value, is_called FROM frontdesk_id").fetchone()
        return last if called else 0
    row = database.execute_sql("SELECT last FROM id_sequence WHERE id = 1").fetchone()
    return row[0] if row else 0


def _migrations(owners: Sequence[Owner]) -> list[str]:
    return [f"{owner.name}/{path.stem}" for owner in owners for path in sorted(owner.directory.glob("[0-9]*.py"))]


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read everything as it was at one instant, without keeping writers out."""
    ensure_connection()
    with database.atomic():
        if is_postgres():
            database.execute_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _name(model: Any) -> str:
    return str(model._meta.table_name)


def _numbered(models: Iterable[Any]) -> list[Any]:
    """The tables that number their rows themselves."""
    return [model for model in models if isinstance(model._meta.primary_key, AutoField | BigAutoField)]


def _columns(model: Any) -> list[Any]:
    return model._meta.sorted_fields


def _select(model: Any) -> str:
    quote = ", ".join(f'"{field.column_name}"' for field in _columns(model))
    key = model._meta.primary_key
    keys = [key.column_name] if not getattr(key, "field_names", None) else list(key.field_names)
    order = ", ".join(f'"{name}"' for name in keys)
    return f'SELECT {quote} FROM "{model._meta.table_name}" ORDER BY {order}'


def write(file: Path, owners: Sequence[Owner], models: Sequence[Any]) -> dict[str, Any]:
    """Write a backup; ``file`` appears only when it is whole."""
    counts: dict[str, int] = {}
    digest = hashlib.sha256()
    partial = file.with_name(f".{file.name}.partial")
    try:
        # It holds customers and secrets: nobody else may read it, whatever the umask.
        partial.unlink(missing_ok=True)
        bare = os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        with bare, gzip.open(bare, "wb", compresslevel=6) as out, _one_moment():

            def line(value: Any) -> None:
                data = msgspec.json.encode(value) + b"\n"
                digest.update(data)
                out.write(data)

            head = {"frontdesk": FORMAT, "migrations": _migrations(owners), "last_id": _last_id()}
            line({**head, "last_numbers": {table: last_number(table) for table in map(_name, _numbered(models))}})
            for model in models:
                name, fields = model._meta.table_name, _columns(model)
                line({"table": name, "columns": [field.column_name for field in fields]})
                blobs = [index for index, field in enumerate(fields) if isinstance(field, BlobField)]
                counts[name] = 0
                for row in database.execute_sql(_select(model)):
                    values = list(row)
                    for index in blobs:
                        if values[index] is not None:
                            values[index] = base64.b64encode(bytes(values[index])).decode()
                    line(values)
                    counts[name] += 1
            out.write(msgspec.json.encode({"rows": counts, "sha256": digest.hexdigest()}) + b"\n")
        with partial.open("rb") as whole:
            os.fsync(whole.fileno())
        partial.replace(file)
    except OSError as error:
        raise StartupError(f"{file}: cannot be written ({error.strerror}).") from None
    finally:
        partial.unlink(missing_ok=True)
    return {"file": str(file), "rows": counts}


def read(file: Path, owners: Sequence[Owner], models: Sequence[Any]) -> dict[str, Any]:
    """Fill the open, empty datastore from a backup: all of it or nothing.

    Raises:
        StartupError: The file is damaged, of another schema, or the datastore holds something.
    """
    with writing():
        held = [model._meta.table_name for model in models if database.execute_sql(_any(model)).fetchone()]
        if held:
            raise StartupError(f"the datastore is not empty ({', '.join(held[:3])}); restore into a new one.")
        counts = _load(file, owners, {_name(model): model for model in models})
    return {"file": str(file), "rows": counts}


def _any(model: Any) -> str:
    return f'SELECT 1 FROM "{model._meta.table_name}" LIMIT 1'


def _load(file: Path, owners: Sequence[Owner], models: Mapping[str, Any]) -> dict[str, int]:
    digest, counts = hashlib.sha256(), dict.fromkeys(models, 0)
    end: dict[str, Any] | None = None
    model, rows = None, []

    def flush() -> None:
        if model is not None and rows:
            _insert(model, rows)
            counts[model._meta.table_name] += len(rows)
            rows.clear()

    try:
        with gzip.open(file, "rb") as lines:
            head = msgspec.json.decode(first := lines.readline())
            digest.update(first)
            if not isinstance(head, dict) or head.get("frontdesk") != FORMAT:
                raise StartupError(f"{file}: is not a backup of this program.")
            if head["migrations"] != _migrations(owners):
                raise StartupError(f"{file}: was written by another schema ({', '.join(head['migrations'])}).")
            if head["last_id"]:
                reserve_id(head["last_id"])
            for data in lines:
                value = msgspec.json.decode(data)
                if isinstance(value, dict) and "sha256" in value:
                    end = value
                    break
                digest.update(data)
                if isinstance(value, dict):
                    flush()
                    model = models[value["table"]]
                    if value["columns"] != [field.column_name for field in _columns(model)]:
                        raise StartupError(f"{file}: the table {value['table']} has other columns here.")
                    continue
                rows.append(value)
                if len(rows) >= 1000:
                    flush()
            flush()
    except OSError as error:
        raise StartupError(f"{file}: cannot be read ({error.strerror or error}).") from None
    except (EOFError, msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise StartupError(f"{file}: is damaged ({type(error).__name__}).") from None
    if end is None or end["sha256"] != digest.hexdigest() or end["rows"] != counts:
        raise StartupError(f"{file}: is damaged or cut short; nothing was restored.")
    for table in map(_name, _numbered(models.values())):
        # Restored rows brought their numbers, and what was deleted before the backup keeps its own for itself.
        highest = database.execute_sql(f'SELECT COALESCE(MAX(id), 0) FROM "{table}"').fetchone()[0]
        raise_number(table, max(highest, head["last_numbers"].get(table, 0)))
    return counts


def _insert(model: Any, rows: list[list[Any]]) -> None:
    fields = _columns(model)
    for index, field in enumerate(fields):
        if isinstance(field, BlobField):
            for row in rows:
                row[index] = None if row[index] is None else base64.b64decode(row[index])
        elif isinstance(field, BooleanField):
            for row in rows:
                row[index] = None if row[index] is None else bool(row[index])
    names = ", ".join(f'"{field.column_name}"' for field in fields)
    mark = "%s" if is_postgres() else "?"
    one = f"({', '.join([mark] * len(fields))})"
    for batch in chunked(rows, max(1, 900 // len(fields))):
        values = [value for row in batch for value in row]
        database.execute_sql(
            f'INSERT INTO "{model._meta.table_name}" ({names}) VALUES {", ".join([one] * len(batch))}', values
        )


def verify(file: Path, owners: Sequence[Owner], models: Sequence[Any], *, now: datetime) -> dict[str, Any]:
    """Restore into a scratch store and let the doctor examine it.

    Raises:
        StartupError: It cannot be restored, or what comes out is broken.
    """
    with tempfile.TemporaryDirectory(prefix="frontdesk-verify-") as folder:
        open_database(f"sqlite:///{folder}/scratch.db", durability="normal")
        try:
            migrate(list(owners))
            summary = read(file, owners, models)
            report = doctor.examine(now=now)
        finally:
            close_database()
    if not report.ok:
        raise StartupError(f"{file}: restores, but the doctor finds {len(report.breaches)} breaches in it.")
    return {**summary, "ok": True}
