"""Row ids. Every table counts its own, and no id is ever used twice.

SQLite keeps the counters in ``sqlite_sequence`` (the tables are AUTOINCREMENT), PostgreSQL in one sequence per table.
"""

from typing import Any

from core.db import execute, fetch_all, is_postgres
from core.subject_locks import lock_subjects


def last_row_id(table: str) -> int:
    """The last id that this table assigned, 0 before the first."""
    if is_postgres():
        return last_postgres_value(_sequence(table))
    counts = fetch_all("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
    return int(counts[0][0]) if counts else 0


def last_postgres_value(name: str) -> int:
    """The last value of a PostgreSQL sequence, 0 before the first."""
    last, used = fetch_all(f"SELECT last_value, is_called FROM {name}")[0]
    return int(last) if used else 0


def next_row_id(table: str) -> int:
    """Take the next id of a table, for a record that is stored elsewhere but shares its ids."""
    if is_postgres():
        return int(fetch_all("SELECT nextval(?::regclass)", (_sequence(table),))[0][0])
    row_id = last_row_id(table) + 1
    reserve_row_ids(table, row_id)
    return row_id


def reserve_row_ids(table: str, taken_id: int) -> None:
    """Make a table never assign ``taken_id`` or any lower id."""
    if is_postgres():
        if taken_id > 0:
            advance_sequence(_sequence(table), taken_id)
    elif not execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (taken_id, table)):
        execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, taken_id))


def bump_sequence(model: Any, taken_id: int) -> None:
    """Continue the ids of a model after a row that came with its own id. SQLite does that itself."""
    if is_postgres():
        reserve_row_ids(model._meta.table_name, taken_id)


def advance_sequence(name: str, taken_id: int) -> None:
    """Make a PostgreSQL sequence never return ``taken_id`` or any lower value.

    Other transactions draw from it at the same time, and it must not go back behind what they got. Small gaps are
    therefore skipped by drawing; only a large gap, which nobody else crosses at that moment, is jumped.
    """
    lock_subjects([("sequence", 0)])
    last, used = fetch_all(f"SELECT last_value, is_called FROM {name}")[0]
    gap = taken_id - last + (not used)
    if gap > 1000:
        fetch_all("SELECT setval(?, ?)", (name, taken_id))
    elif gap > 0:
        fetch_all("SELECT max(nextval(?::regclass)) FROM generate_series(1, ?)", (name, gap))


def _sequence(table: str) -> str:
    return str(fetch_all("SELECT pg_get_serial_sequence(?, 'id')", (f'"{table}"',))[0][0])
