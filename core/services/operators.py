"""The people who may use the console: their accounts, passwords, roles and sessions.

Sign-in with a wrong password locks the account for a while after ``FREE_FAILURES`` tries, twice as long after each
further one. A session is a random token in the browser's cookie; the datastore has its hash.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.db import execute, fetch_all, writing
from core.errors import Conflict, Duplicate, Invalid, NotFound, Unauthenticated
from core.models.operators import Operator as Row
from core.models.operators import OperatorSession
from core.row_writes import insert_row
from core.services import best_effort, events
from core.services.passwords import hash_password, verify_password
from core.services.repository import to_epoch, to_instant
from core.subject_locks import lock_subjects

VIEWER, OPERATOR, OWNER = "viewer", "operator", "owner"
#: From the least to the most powerful: sees all but secrets; changes bookings, catalog and keys; manages operators,
#: settings and personal data.
ROLES = (VIEWER, OPERATOR, OWNER)

FREE_FAILURES = 5
FIRST_LOCK, LONGEST_LOCK = timedelta(minutes=1), timedelta(hours=1)
#: A session that nobody uses ends after this time.
IDLE = timedelta(hours=2)
#: ``seen_at`` is written at most once in this many seconds.
SEEN_INTERVAL = 60
MAX_SESSIONS = 20

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One account. ``locked_until`` is in the past, or None, where sign-in is possible."""

    id: int
    name: str
    role: str
    created_at: datetime
    signed_in_at: datetime | None = None
    locked_until: datetime | None = None

    def may(self, role: str) -> bool:
        """Whether this operator has the rights of ``role``."""
        return ROLES.index(self.role) >= ROLES.index(role)


class LockedOut(Unauthenticated):
    """Too many wrong passwords; ``detail`` is the instant (aware UTC) of the next try."""


class LastOwner(Conflict):
    """Without this operator nobody could manage operators."""


_COLUMNS = "id, name, role, created_at, signed_in_at, locked_until"


def _operator(row: tuple[Any, ...]) -> Operator:
    return Operator(
        id=row[0],
        name=row[1],
        role=row[2],
        created_at=to_instant(row[3]),
        signed_in_at=None if row[4] is None else to_instant(row[4]),
        locked_until=to_instant(row[5]) if row[5] else None,
    )


def list_operators() -> list[Operator]:
    """All operators by name."""
    return [_operator(row) for row in fetch_all(f"SELECT {_COLUMNS} FROM operator ORDER BY name")]


def get(name: str) -> Operator:
    """The operator of this name; raises NotFound."""
    rows = fetch_all(f"SELECT {_COLUMNS} FROM operator WHERE name = ?", (name,))
    if not rows:
        raise NotFound(kind="operator", id=name)
    return _operator(rows[0])


def add(name: str, password: str, role: str, *, now: datetime) -> Operator:
    """Add an operator.

    Raises:
        Invalid: ``field`` is "name", "role" or "password".
        Duplicate: There is one of this name.
    """
    if not _NAME.match(name):
        raise Invalid(field="name", reason="format", value=name)
    _check_role(role)
    stored = hash_password(password)
    with writing():
        lock_subjects([("operator", 0)])
        if fetch_all("SELECT 1 FROM operator WHERE name = ?", (name,)):
            raise Duplicate(kind="operator", field="name", value=name)
        id = insert_row(Row, {"name": name, "password": stored, "role": role, "created_at": to_epoch(now)})
        events.record_event("operator.created", "operator", id, now=now, data={"name": name, "role": role})
    return get(name)


def remove(name: str, *, now: datetime) -> Operator:
    """Remove an operator and end their sessions; raises NotFound and LastOwner."""
    with writing():
        operator = _lock(name)
        _keep_an_owner(operator)
        _end_sessions(operator.id)
        execute("DELETE FROM operator WHERE id = ?", (operator.id,))
        events.record_event("operator.deleted", "operator", operator.id, now=now, data={"name": name})
    return operator


def set_role(name: str, role: str, *, now: datetime) -> Operator:
    """Give an operator another role, from their next request on; raises NotFound, Invalid and LastOwner."""
    _check_role(role)
    with writing():
        operator = _lock(name)
        if role != OWNER:
            _keep_an_owner(operator)
        execute("UPDATE operator SET role = ? WHERE id = ?", (role, operator.id))
        events.record_event("operator.updated", "operator", operator.id, now=now, data={"name": name, "role": role})
    return get(name)


def set_password(name: str, password: str, *, now: datetime) -> Operator:
    """Set a password, end all sessions of the operator and let them try again; raises NotFound and Invalid."""
    stored = hash_password(password)
    with writing():
        operator = _lock(name)
        execute("UPDATE operator SET password = ?, failures = 0, locked_until = 0 WHERE id = ?", (stored, operator.id))
        _end_sessions(operator.id)
        events.record_event("operator.password_changed", "operator", operator.id, now=now, data={"name": name})
    return get(name)


def check_password(name: str, password: str) -> bool:
    """Whether this is the operator's password, for changes that ask for it again; counts no failure."""
    rows = fetch_all("SELECT password FROM operator WHERE name = ?", (name,))
    return verify_password(rows[0][0] if rows else None, password)


def sign_in(name: str, password: str, *, now: datetime, lifetime: timedelta) -> tuple[Operator, str]:
    """Check a password and begin a session; returns the operator and the session's token.

    Raises:
        Unauthenticated: Name or password are wrong, which of them is not told.
        LockedOut: Too many wrong passwords.
    """
    rows = fetch_all("SELECT id, password, locked_until FROM operator WHERE name = ?", (name,))
    if rows and rows[0][2] > to_epoch(now):
        raise LockedOut(reason="locked", detail=to_instant(rows[0][2]))
    if not verify_password(rows[0][1] if rows else None, password):
        if rows:
            _count_failure(rows[0][0], now)
        raise Unauthenticated(reason="password")
    token = secrets.token_urlsafe(32)
    with writing():
        id = rows[0][0]
        execute(
            "UPDATE operator SET failures = 0, locked_until = 0, signed_in_at = ? WHERE id = ?", (to_epoch(now), id)
        )
        _drop_old_sessions(id, now)
        insert_row(
            OperatorSession,
            {
                "digest": _digest(token),
                "operator_id": id,
                "created_at": to_epoch(now),
                "seen_at": to_epoch(now),
                "expires_at": to_epoch(now + lifetime),
            },
        )
    return get(name), token


def find_session(token: str, *, now: datetime) -> Operator | None:
    """The operator who is signed in with this token; None when it is unknown or has ended."""
    rows = fetch_all(
        "SELECT o.id, o.name, o.role, o.created_at, o.signed_in_at, o.locked_until, s.id, s.seen_at, s.expires_at"
        " FROM operator_session s JOIN operator o ON o.id = s.operator_id WHERE s.digest = ?",
        (_digest(token),),
    )
    if not rows:
        return None
    *account, session_id, seen_at, expires_at = rows[0]
    at = to_epoch(now)
    if at >= expires_at or at >= seen_at + IDLE.total_seconds():
        return None
    if at >= seen_at + SEEN_INTERVAL:
        best_effort.attempt(lambda: _mark_seen(session_id, at))
    return _operator(tuple(account))


def sign_out(token: str) -> None:
    """End a session."""
    with writing():
        execute("DELETE FROM operator_session WHERE digest = ?", (_digest(token),))


def _mark_seen(session_id: int, at: int) -> None:
    with writing():
        execute("UPDATE operator_session SET seen_at = ? WHERE id = ?", (at, session_id))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Invalid(field="role", reason="unknown", value=role)


def _lock(name: str) -> Operator:
    lock_subjects([("operator", 0)])
    return get(name)


def _keep_an_owner(operator: Operator) -> None:
    others = fetch_all("SELECT 1 FROM operator WHERE role = ? AND id != ? LIMIT 1", (OWNER, operator.id))
    if operator.role == OWNER and not others:
        raise LastOwner()


def _count_failure(id: int, now: datetime) -> None:
    with writing():
        lock_subjects([("operator", id)])
        rows = fetch_all("SELECT failures FROM operator WHERE id = ?", (id,))
        if not rows:
            return
        failures = rows[0][0] + 1
        locked_until = 0
        if failures >= FREE_FAILURES:
            lock = min(FIRST_LOCK * 2 ** min(failures - FREE_FAILURES, 10), LONGEST_LOCK)
            locked_until = to_epoch(now + lock)
        execute("UPDATE operator SET failures = ?, locked_until = ? WHERE id = ?", (failures, locked_until, id))


def _drop_old_sessions(operator_id: int, now: datetime) -> None:
    """Delete the sessions that have ended, and the oldest ones of an operator who has too many."""
    at = to_epoch(now)
    execute("DELETE FROM operator_session WHERE expires_at <= ? OR seen_at <= ?", (at, at - int(IDLE.total_seconds())))
    rows = fetch_all("SELECT id FROM operator_session WHERE operator_id = ? ORDER BY id DESC", (operator_id,))
    for (id,) in rows[MAX_SESSIONS - 1 :]:
        execute("DELETE FROM operator_session WHERE id = ?", (id,))


def _end_sessions(operator_id: int) -> None:
    execute("DELETE FROM operator_session WHERE operator_id = ?", (operator_id,))
