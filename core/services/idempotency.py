"""Idempotency keys: a retried write gets the stored reply of the first request instead of running again.

``begin`` takes a lease in a short transaction of its own. The caller then runs the request inside ``writing()`` and
calls ``hold_lease`` and ``finish`` in that same transaction, so the booking and its stored reply are committed together
or not at all. A lease ends with its holder: on SQLite with the process, on PostgreSQL with the transaction of the work.
A request that takes over a lease gets a new token, after which the first holder cannot finish.
"""

import secrets
import time
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import process_registry
from core.db import database, fetch_all, is_postgres, writing
from core.errors import IdempotencyConflict, IdempotencyInFlight
from core.models.host import IdempotentReply as Row
from core.services.repository import to_epoch
from core.subject_locks import lock_subjects

#: The longest lease. Measured on the real clock, even where the host's clock is frozen.
LEASE_SECONDS = 120
#: On PostgreSQL, how long a lease is valid before the transaction of the work has locked its row.
STARTUP_GRACE_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run the request with this key."""

    id: int
    key: str
    token: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A stored reply."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def begin(scope: str, key: str, fingerprint: str, *, now: datetime, retention: timedelta) -> Lease | Reply:
    """Take the lease for a request, or get its stored reply.

    Args:
        scope: Dialect and credential.
        fingerprint: A hash of method, path and body.
        retention: How long replies are stored.

    Raises:
        IdempotencyConflict: Another request used the key before.
        IdempotencyInFlight: The first request is still running.
    """
    lease_end = int(time.time()) + LEASE_SECONDS
    new_token = _token_prefix() + secrets.token_hex(10)
    with writing():
        lock_subjects([("idempotency", zlib.crc32(f"{scope}\n{key}".encode()))])
        rows = fetch_all(
            "SELECT id, fingerprint, status, headers, body, lease_ends, created_at, token FROM idempotent_reply"
            " WHERE scope = ? AND key = ?",
            (scope, key),
        )
        if rows:
            reply_id = rows[0][0]
            reply = _stored_reply(rows[0], key, fingerprint, oldest=to_epoch(now - retention))
            if reply is not None:
                return reply
            Row.update(
                fingerprint=fingerprint,
                token=new_token,
                lease_ends=lease_end,
                status=0,
                headers=[],
                body=None,
                created_at=to_epoch(now),
            ).where(Row.id == reply_id).execute()
            return Lease(reply_id, key, new_token)
        reply_id = Row.insert(
            scope=scope,
            key=key,
            fingerprint=fingerprint,
            token=new_token,
            lease_ends=lease_end,
            created_at=to_epoch(now),
        ).execute()
        if reply_id % 64 == 0:
            Row.delete().where(
                (Row.created_at < to_epoch(now - retention)) & (Row.lease_ends < int(time.time()))
            ).execute()
    return Lease(reply_id, key, new_token)


def _stored_reply(row: tuple[Any, ...], key: str, fingerprint: str, *, oldest: int) -> Reply | None:
    """The reply in a row of ``begin``; None where the request has to run: it is too old, or its process has ended."""
    reply_id, stored_fingerprint, status, headers, body, lease_ends, created_at, token = row
    if created_at <= oldest:
        return None
    if stored_fingerprint != fingerprint:
        raise IdempotencyConflict(key=key)
    if status:
        header_pairs = tuple((name, value) for name, value in Row.headers.python_value(headers))
        return Reply(status, header_pairs, bytes(body or b""))
    if _is_running(reply_id, token, lease_ends):
        raise IdempotencyInFlight(key=key)
    return None


def _token_prefix() -> str:
    """The start of a token: the name of this process on SQLite, zeros on PostgreSQL."""
    return "0" * 12 if is_postgres() else process_registry.process_name(database.obj.database)


def _is_running(reply_id: int, token: str, lease_ends: int) -> bool:
    """Whether the request of this lease is still running."""
    seconds_left = lease_ends - time.time()
    # A lease that ends later than is possible was taken by a clock that was ahead.
    if not 0 < seconds_left <= LEASE_SECONDS:
        return False
    if not is_postgres():
        return process_registry.is_alive(database.obj.database, token[:12])
    if seconds_left > LEASE_SECONDS - STARTUP_GRACE_SECONDS:
        return True
    return not fetch_all("SELECT id FROM idempotent_reply WHERE id = ? FOR UPDATE SKIP LOCKED", (reply_id,))


def hold_lease(lease: Lease) -> None:
    """Lock the lease's row, first of all in the transaction of the work, to show that the request is running.

    On SQLite the living process shows that, and nothing is locked.

    Raises:
        IdempotencyInFlight: Another process has taken over the lease.
    """
    if is_postgres() and not fetch_all(
        "SELECT id FROM idempotent_reply WHERE id = ? AND token = ? FOR UPDATE", (lease.id, lease.token)
    ):
        raise IdempotencyInFlight(key=lease.key)


def finish(lease: Lease, reply: Reply) -> None:
    """Store the reply, in the transaction of the work.

    Raises:
        IdempotencyInFlight: The lease expired and another process has taken it over; roll back.
    """
    with writing():
        changed = (
            Row.update(status=reply.status, headers=[list(pair) for pair in reply.headers], body=reply.body)
            .where((Row.id == lease.id) & (Row.token == lease.token))
            .execute()
        )
        if not changed:
            raise IdempotencyInFlight(key=lease.key)


def abandon(lease: Lease) -> None:
    """Delete the lease, so that a retry runs the request again.

    A commit that failed may have happened all the same; then the reply is stored and stays.
    """
    with writing():
        Row.delete().where((Row.id == lease.id) & (Row.token == lease.token) & (Row.status == 0)).execute()
