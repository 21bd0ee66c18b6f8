"""Locks on single subjects of the ledger, such as ``("service", 5)``, until the transaction ends.

SQLite has one writer at a time, so nothing has to be locked there.
"""

import hashlib
from collections.abc import Iterable

from core.db import database, in_transaction, is_postgres, lock_mode, locked_subjects

#: Both locks end with the transaction, so a pooler may reuse the connection.
_LOCK_STATEMENTS = {
    "advisory": "SELECT pg_advisory_xact_lock(%s)",
    "rows": "INSERT INTO subject_lock (key) VALUES (%s) ON CONFLICT (key) DO UPDATE SET key = excluded.key",
}
#: Number of rows to lock; subjects that share a row block each other needlessly.
_LOCK_ROW_COUNT = 65_536


def lock_subjects(subjects: Iterable[tuple[str, int]]) -> bool:
    """Lock subjects against other writers until the transaction ends; True if any was not locked yet.

    Does nothing on SQLite. PostgreSQL takes one lock per subject, always in the same order, so that two transactions
    never wait for each other in a circle.
    """
    if not is_postgres():
        return False
    locked = locked_subjects() if in_transaction() else set()
    missing = set(subjects) - locked
    locked.update(missing)
    for key in sorted(map(lock_key, missing)):
        database.execute_sql(lock_statement(), (key,))
    return bool(missing)


def try_lock_subject(subject: tuple[str, int]) -> bool:
    """Lock a subject until the transaction ends, unless another transaction holds it; inside ``writing()``.

    With rows, which different subjects may share, it waits instead, as ``lock_subjects`` does.
    """
    if not is_postgres():
        return True
    if uses_lock_rows():
        lock_subjects([subject])
        return True
    is_locked = bool(database.execute_sql("SELECT pg_try_advisory_xact_lock(%s)", (lock_key(subject),)).fetchone()[0])
    if is_locked:
        locked_subjects().add(subject)
    return is_locked


def uses_lock_rows() -> bool:
    """Whether subjects are locked by rows of ``subject_lock``."""
    return lock_mode() == "rows"


def lock_statement() -> str:
    """The statement that locks one ``lock_key`` until the transaction ends, on PostgreSQL."""
    return _LOCK_STATEMENTS[lock_mode()]


def lock_key(subject: tuple[str, int]) -> int:
    """The integer under which a subject is locked; the same on every host and in every release."""
    digest = hashlib.blake2b(f"{subject[0]}:{subject[1]}".encode(), digest_size=8).digest()
    key = int.from_bytes(digest, "big", signed=True)
    return key % _LOCK_ROW_COUNT if lock_mode() == "rows" else key
