"""The whole datastore as one document that does not depend on the database it came from.

Lines of JSON: a header with the applied migrations and the last ids, every table with its rows, and a footer with a
count per table and a hash of everything before it. The same store always gives the same bytes. A backup is this
document, compressed; ``docs/moving-data.md`` describes the format.
"""

import base64
import gzip
import hashlib
import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import msgspec
import peewee
from peewee import chunked

from core import table_inspection
from core.config import Config, Database, StartupError
from core.datastore import open_datastore
from core.db import close_database, database, ensure_connection, is_postgres, writing
from core.migrate import Owner, migrate
from core.services import doctor
from core.services.repository import reserve_id
from core.table_inspection import TableShape
from core.typed_data import from_plain

FORMAT = 2
#: Rows that are inserted together.
_BATCH = 1000
#: Values in one statement; SQLite's lowest limit is 999.
_PARAMETERS = 900

OwnerLookup = Callable[[str], Owner | None]


@dataclass(frozen=True, slots=True)
class BackupHeader:
    """The first line."""

    migrations: Mapping[str, Sequence[str]]
    last_id: int
    counters: Mapping[str, int]


# -- writing ----------------------------------------------------------------------------------------------------


@contextmanager
def _snapshot() -> Iterator[None]:
    """Read everything as of one instant, without blocking writers."""
    ensure_connection()
    with database.atomic():
        if is_postgres():
            database.execute_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def write_document(out: IO[bytes] | gzip.GzipFile) -> dict[str, int]:
    """Write the open datastore to ``out``; returns the number of rows of each table."""
    digest, counts = hashlib.sha256(), {}

    def line(value: Any) -> None:
        data = msgspec.json.encode(value) + b"\n"
        digest.update(data)
        out.write(data)

    with _snapshot():
        shapes = table_inspection.stored_tables()
        line(
            {
                "frontdesk": FORMAT,
                "migrations": table_inspection.applied_migrations(),
                "last_id": table_inspection.last_shared_id(),
                "counters": table_inspection.deleted_counters(shapes),
            }
        )
        for table in shapes:
            line({"table": table.name, "columns": table.column_names})
            counts[table.name] = 0
            for row in table_inspection.read_rows(table):
                line([_portable(value) for value in row])
                counts[table.name] += 1
    out.write(msgspec.json.encode({"rows": counts, "sha256": digest.hexdigest()}) + b"\n")
    return counts


def _portable(value: Any) -> Any:
    """A value in a form that every database accepts: numbers, texts, null; bytes as Base64, booleans as 0 and 1."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return str(value) if isinstance(value, Decimal | date | datetime | time) else value


def write_backup(file: Path, *, compress: bool = True) -> dict[str, Any]:
    """Write the open datastore to ``file``, which appears only when it is complete."""
    partial = file.with_name(f".{file.name}.partial")
    try:
        # It contains customers and secrets: only the owner may read it, whatever the umask.
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as bare:
            if compress:
                # No name and time, so that the same store gives the same file.
                with gzip.GzipFile(filename="", fileobj=bare, mode="wb", compresslevel=6, mtime=0) as packed:
                    counts = write_document(packed)
            else:
                counts = write_document(bare)
        with partial.open("rb") as complete:
            os.fsync(complete.fileno())
        partial.replace(file)
    except OSError as error:
        raise StartupError(f"{file}: cannot be written ({error.strerror}).") from None
    finally:
        partial.unlink(missing_ok=True)
    return _summary(counts, file=str(file))


def _summary(counts: Mapping[str, int], **fields: Any) -> dict[str, Any]:
    return {**fields, "bookings": counts.get("booking", 0), "rows": dict(counts)}


# -- reading ----------------------------------------------------------------------------------------------------


def restore_backup(file: Path, config: Config, owners: Sequence[Owner], lookup: OwnerLookup) -> dict[str, Any]:
    """Fill the empty datastore of ``config`` with a document, completely or not at all.

    A new datastore gets the schema that the document was written with, and is migrated once its rows are in.

    Args:
        owners: Core and the enabled plugins.
        lookup: Finds the migrations of an installed plugin that is not enabled.

    Raises:
        StartupError: The file is damaged, needs a plugin or a newer program, or the datastore is not empty.
    """
    head = read_header(file)
    all_owners, last = _owners_of(file, head, owners, lookup)
    if open_datastore(config, all_owners, up_to=last):
        _clear_seeds([owner.name for owner in all_owners], last)
    filled = [table.name for table in table_inspection.stored_tables() if table_inspection.has_rows(table)]
    if filled:
        raise StartupError(f"the datastore is not empty ({', '.join(filled[:3])}); restore into a new one.")
    try:
        migrate(all_owners, up_to=last)
        counts = _load_document(file, head, all_owners)
    finally:
        migrate(all_owners)
    return _summary(counts, file=str(file))


def _clear_seeds(owners: Collection[str], documented: Collection[str]) -> None:
    """Delete the rows that migrations put into a new datastore, where the document has the rows of their owner."""
    with writing():
        for table in reversed(table_inspection.stored_tables()):
            if table_inspection.owner_of(table.name, owners) in documented and table_inspection.has_rows(table):
                database.execute_sql(f'DELETE FROM "{table.name}"')


def verify_backup(file: Path, owners: Sequence[Owner], lookup: OwnerLookup, *, now: datetime) -> dict[str, Any]:
    """Restore into a temporary datastore and check it with the doctor.

    Raises:
        StartupError: It cannot be restored, or the doctor finds breaches.
    """
    with tempfile.TemporaryDirectory(prefix="frontdesk-verify-") as folder:
        scratch = Config(database=Database(url=f"sqlite:///{folder}/scratch.db", durability="normal"))
        try:
            summary = restore_backup(file, scratch, owners, lookup)
            report = doctor.examine(now=now)
        finally:
            close_database()
    if not report.ok:
        raise StartupError(f"{file}: restores, but the doctor finds {len(report.breaches)} breaches in it.")
    return {**summary, "ok": True}


def read_header(file: Path) -> BackupHeader:
    """Read the file once and check its hash, before anything is changed.

    Raises:
        StartupError: It is not a backup, or it is damaged.
    """
    digest, last, head = hashlib.sha256(), b"", None
    for data in _lines(file):
        if head is None:
            head = _decode_header(file, data)
        digest.update(last)
        last = data
    end = _decode_line(file, last) if last else None
    if head is None:
        raise StartupError(f"{file}: is empty.")
    if not isinstance(end, dict) or end.get("sha256") != digest.hexdigest():
        raise StartupError(f"{file}: is damaged or cut short; nothing was restored.")
    return head


def _decode_header(file: Path, data: bytes) -> BackupHeader:
    try:
        value = msgspec.json.decode(data)
        if value["frontdesk"] == 1:
            named: dict[str, list[str]] = {}
            for owner, _, name in (entry.partition("/") for entry in value["migrations"]):
                named.setdefault(owner, []).append(name)
            value = {"frontdesk": FORMAT, "migrations": named, "last_id": value["last_id"], "counters": {}}
        if value["frontdesk"] == FORMAT:
            fields = {name: value[name] for name in ("migrations", "last_id", "counters")}
            return from_plain(fields, BackupHeader)
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
        pass
    raise StartupError(f"{file}: is no backup and no whole export of this program.")


def _lines(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as start:
            packed = start.read(2) == b"\x1f\x8b"
        with gzip.open(file, "rb") if packed else file.open("rb") as lines:
            yield from lines
    except EOFError:
        raise StartupError(f"{file}: is damaged or cut short; nothing was restored.") from None
    except OSError as error:
        raise StartupError(f"{file}: cannot be read ({error.strerror or error}).") from None


def _decode_line(file: Path, data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise StartupError(f"{file}: is damaged or cut short; nothing was restored.") from None


def _owners_of(
    file: Path, head: BackupHeader, enabled: Sequence[Owner], lookup: OwnerLookup
) -> tuple[list[Owner], dict[str, str]]:
    """All owners of tables in the document, and the last migration of each."""
    owners = {owner.name: owner for owner in enabled}
    last = {}
    for name, applied in head.migrations.items():
        if not applied:
            continue
        owner = owners.get(name) or lookup(name)
        if owner is None:
            raise StartupError(
                f"{file}: holds tables of the plugin {name!r}, which is not installed here; install it, add it to"
                " plugins.enabled, and try again. Nothing was changed."
            )
        owners[name] = owner
        scripts = owner.scripts()
        if scripts[: len(applied)] != list(applied):
            strange = [step for step in applied if step not in scripts]
            raise StartupError(
                f"{file}: was written by a newer or another {name} ({', '.join(strange or applied)}); bring"
                " this program and its plugins to that version first. Nothing was changed."
            )
        last[name] = applied[-1]
    return list(owners.values()), last


def _load_document(file: Path, head: BackupHeader, owners: Sequence[Owner]) -> dict[str, int]:
    shapes = {table.name: table for table in table_inspection.stored_tables()}
    stored = table_inspection.applied_migrations()
    behind = [name for name, applied in head.migrations.items() if stored.get(name, []) != list(applied)]
    if behind:
        raise StartupError(
            f"{file}: was written by an older schema of {', '.join(behind)} than the datastore has by now; restore"
            " into a new datastore, which this command sets up itself."
        )
    with writing():
        counts = _load_tables(file, shapes, [owner.name for owner in owners])
        if head.last_id:
            reserve_id(head.last_id)
        table_inspection.restore_counters(shapes.values(), head.counters)
    return counts


def _load_tables(file: Path, shapes: Mapping[str, TableShape], owners: Sequence[str]) -> dict[str, int]:
    counts = dict.fromkeys(shapes, 0)
    expected: dict[str, int] = {}
    insert: Callable[[list[list[Any]]], None] | None = None
    name = ""
    pending: list[list[Any]] = []

    def flush() -> None:
        if insert is not None and pending:
            try:
                insert(pending)
            except (peewee.DatabaseError, ValueError, TypeError, OverflowError) as error:
                reason = " ".join(str(error).split())
                first = counts[name] + 1
                raise StartupError(
                    f"{file}: {name}, rows {first} to {first + len(pending) - 1}: cannot be stored ({reason})."
                ) from None
            counts[name] += len(pending)
            pending.clear()

    lines = _lines(file)
    next(lines)
    for data in lines:
        value = _decode_line(file, data)
        if isinstance(value, list):
            pending.append(value)
            if len(pending) >= _BATCH:
                flush()
            continue
        flush()
        if "sha256" in value:
            expected = value["rows"]
            break
        name = value["table"]
        if name not in shapes:
            owner = table_inspection.owner_of(name, owners)
            raise StartupError(f"{file}: holds a table {name} that {owner} does not have here.")
        insert = _inserter(file, shapes[name], value["columns"])
    if expected != {name: count for name, count in counts.items() if count or name in expected}:
        raise StartupError(f"{file}: is damaged (it does not hold the rows it counts); nothing was restored.")
    return counts


def _inserter(file: Path, table: TableShape, names: Sequence[str]) -> Callable[[list[list[Any]]], None]:
    kinds = {column.name: column.kind for column in table.columns}
    if set(names) != set(kinds) or len(names) != len(kinds):
        raise StartupError(f"{file}: the table {table.name} has other columns here.")
    columns = ", ".join(f'"{name}"' for name in names)
    row_text = f"({', '.join(['%s' if is_postgres() else '?'] * len(names))})"
    text = f'INSERT INTO "{table.name}" ({columns}) VALUES '
    changes = [(index, _FROM_PORTABLE[kinds[name]]) for index, name in enumerate(names) if kinds[name] != "plain"]

    def insert(rows: list[list[Any]]) -> None:
        for row in rows:
            if len(row) != len(names):
                raise ValueError(f"{len(row)} values for {len(names)} columns")
            for index, change in changes:
                if row[index] is not None:
                    row[index] = change(row[index])
        for batch in chunked(rows, max(1, _PARAMETERS // len(names))):
            values = [value for row in batch for value in row]
            database.execute_sql(text + ", ".join([row_text] * len(batch)), values)

    return insert


_FROM_PORTABLE: dict[str, Callable[[Any], Any]] = {"bool": bool, "bytes": base64.b64decode}
