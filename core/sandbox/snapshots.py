"""States of the store that are kept in memory by name, and returned to in milliseconds."""

import sqlite3
import threading

from core import kept_reads
from core.db import database, ensure_connection, writer_lock
from core.errors import Invalid, NotFound
from core.services import rate_limits

#: Snapshots that are kept at once, and their bytes together.
MAX_SNAPSHOTS = 100
MAX_BYTES = 512 * 1024 * 1024


class Snapshots:
    """Copies of the open SQLite store. Both verbs need the store to themselves (``Turns.alone``)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, sqlite3.Connection] = {}

    def names(self) -> list[str]:
        """The names in order."""
        return sorted(self._kept)

    def keep(self, name: str) -> None:
        """Keep the current state under ``name``, in place of an earlier one of that name.

        Raises:
            Invalid: There are too many, or they are too large.
        """
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        _connection().backup(copy)
        with self._lock:
            others = [kept for other, kept in self._kept.items() if other != name]
            if len(others) >= MAX_SNAPSHOTS or sum(map(_size, [*others, copy])) > MAX_BYTES:
                copy.close()
                raise Invalid(field="name", reason=f"more than {MAX_SNAPSHOTS} snapshots, or {MAX_BYTES} bytes")
            earlier = self._kept.get(name)
            self._kept[name] = copy
        if earlier is not None:
            earlier.close()

    def return_to(self, name: str) -> None:
        """Make the store what it was. Counts of limits begin anew.

        Raises:
            NotFound: There is no such snapshot.
        """
        kept = self._kept.get(name)
        if kept is None:
            raise NotFound(kind="snapshot", id=name)
        with self._lock, writer_lock():
            kept.backup(_connection())
            kept_reads.forget()
        rate_limits.clear()

    def close(self) -> None:
        """Forget all of them."""
        with self._lock:
            for kept in self._kept.values():
                kept.close()
            self._kept.clear()


def _connection() -> sqlite3.Connection:
    ensure_connection()
    connection: sqlite3.Connection = database.connection()
    return connection


def _size(connection: sqlite3.Connection) -> int:
    pages, page_size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return int(pages * page_size)
