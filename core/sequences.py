"""The numbers of rows. Every table counts its own, and a number that was given out is never given out again.

SQLite keeps the counts in ``sqlite_sequence`` (the tables are AUTOINCREMENT), PostgreSQL in one sequence per table.
"""

from typing import Any

from core.db import execute, fetch_all, is_postgres, lock_subjects


def last_row_id(table: str) -> int:
    """The last number that this table gave out, 0 before the first."""
    if is_postgres():
        return last_postgres_value(_sequence(table))
    counts = fetch_all("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
    return int(counts[0][0]) if counts else 0


def last_postgres_value(name: str) -> int:
    """The last number that a sequence of PostgreSQL gave out, 0 before the first."""
    last, used = fetch_all(f"SELECT last_value, is_called FROM {name}")[0]
    return int(last) if used else 0


def next_row_id(table: str) -> int:
    """Take the next number of a table for something that is kept elsewhere but numbered with its rows."""
    if is_postgres():
        return int(fetch_all("SELECT nextval(?::regclass)", (_sequence(table),))[0][0])
    row_id = last_row_id(table) + 1
    reserve_row_ids(table, row_id)
    return row_id


def reserve_row_ids(table: str, taken_id: int) -> None:
    """Have a table never give out ``taken`` or anything below it."""
    if is_postgres():
        if taken_id > 0:
            advance_sequence(_sequence(table), taken_id)
    elif not execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (taken_id, table)):
        execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, taken_id))


def bump_sequence(model: Any, taken_id: int) -> None:
    """A row came with its own number: the model's own numbers go on behind it. SQLite sees to that itself."""
    if is_postgres():
        reserve_row_ids(model._meta.table_name, taken_id)


def advance_sequence(name: str, taken_id: int) -> None:
    """Have a sequence of PostgreSQL never give ``taken`` or anything below it.

    Others draw from it meanwhile, and it must not go back to what they have been given. So a short way is gone by
    drawing too; only a long one, which nobody else goes in that moment, is jumped.
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
