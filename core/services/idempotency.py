"""Remembered replies: a retried write is answered with the first reply instead of being done again.

``begin`` takes a lease in a short transaction of its own. The caller then runs the request inside ``writing()`` and
calls ``hold`` and ``finish`` in that same transaction, so the booking and its remembered reply are committed together
or not at all. A lease ends with its holder: with the process on SQLite, with the transaction of the work on PostgreSQL.
Who takes it over gets a new token, and a late first owner cannot finish any more.
"""

import secrets
import time
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import process_registry
from core.db import database, fetch_all, is_postgres, writing
from core.errors import IdempotencyConflict, IdempotencyInFlight
from core.models.host import IdempotentReply as Row
from core.services.repository import to_epoch
from core.subject_locks import lock_subjects

#: The longest a lease lasts. Counted on the real clock, also where the host's clock is frozen.
LEASE_SECONDS = 120
#: On PostgreSQL, for how long a lease counts before the transaction of the work has shown itself.
STARTING_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to do the request that has this key."""

    id: int
    key: str
    token: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as it was sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def begin(scope: str, key: str, fingerprint: str, *, now: datetime, keep: timedelta) -> Ticket | Reply:
    """Take the right to run this request, or get the reply it had.

    Args:
        scope: Dialect and credential.
        fingerprint: A hash of everything that makes the request what it is.
        keep: How long replies are remembered.

    Raises:
        IdempotencyConflict: The key came with another request before.
        IdempotencyInFlight: The first request is still running.
    """
    ends = int(time.time()) + LEASE_SECONDS
    ticket = _holder() + secrets.token_hex(10)
    with writing():
        lock_subjects([("idempotency", zlib.crc32(f"{scope}\n{key}".encode()))])
        found = fetch_all(
            "SELECT id, fingerprint, status, headers, body, lease_ends, created_at, token FROM idempotent_reply"
            " WHERE scope = ? AND key = ?",
            (scope, key),
        )
        if found:
            number, known, status, headers, body, lease_ends, created_at, token = found[0]
            if created_at > to_epoch(now - keep):
                if known != fingerprint:
                    raise IdempotencyConflict(key=key)
                if status:
                    pairs = tuple((name, value) for name, value in Row.headers.python_value(headers))
                    return Reply(status, pairs, bytes(body or b""))
                if _is_under_way(number, token, lease_ends):
                    raise IdempotencyInFlight(key=key)
            Row.update(
                fingerprint=fingerprint,
                token=ticket,
                lease_ends=ends,
                status=0,
                headers=[],
                body=None,
                created_at=to_epoch(now),
            ).where(Row.id == number).execute()
            return Ticket(number, key, ticket)
        number = Row.insert(
            scope=scope,
            key=key,
            fingerprint=fingerprint,
            token=ticket,
            lease_ends=ends,
            created_at=to_epoch(now),
        ).execute()
        if number % 64 == 0:
            Row.delete().where((Row.created_at < to_epoch(now - keep)) & (Row.lease_ends < int(time.time()))).execute()
    return Ticket(number, key, ticket)


def _holder() -> str:
    """Who takes a lease; leases of PostgreSQL name nobody."""
    return "0" * 12 if is_postgres() else process_registry.process_name(database.obj.database)


def _is_under_way(number: int, token: str, lease_ends: int) -> bool:
    """Is somebody still at the request of this lease?"""
    left = lease_ends - time.time()
    # One that ends later than any lease can was taken by a clock that was ahead.
    if not 0 < left <= LEASE_SECONDS:
        return False
    if not is_postgres():
        return process_registry.is_alive(database.obj.database, token[:12])
    if left > LEASE_SECONDS - STARTING_SECONDS:
        return True
    return not fetch_all("SELECT id FROM idempotent_reply WHERE id = ? FOR UPDATE SKIP LOCKED", (number,))


def hold(ticket: Ticket) -> None:
    """Show, as the first thing in the transaction of the work, that somebody is at it, for as long as that lasts.

    On SQLite the process says so itself.

    Raises:
        IdempotencyInFlight: Another process has taken over already.
    """
    if is_postgres() and not fetch_all(
        "SELECT id FROM idempotent_reply WHERE id = ? AND token = ? FOR UPDATE", (ticket.id, ticket.token)
    ):
        raise IdempotencyInFlight(key=ticket.key)


def finish(ticket: Ticket, reply: Reply) -> None:
    """Remember the reply, inside the transaction of what it tells.

    Raises:
        IdempotencyInFlight: The lease ran out and another process has taken over; roll back.
    """
    with writing():
        changed = (
            Row.update(status=reply.status, headers=[list(pair) for pair in reply.headers], body=reply.body)
            .where((Row.id == ticket.id) & (Row.token == ticket.token))
            .execute()
        )
        if not changed:
            raise IdempotencyInFlight(key=ticket.key)


def abandon(ticket: Ticket) -> None:
    """Forget that the request was tried; a retry starts anew.

    Where a commit broke off it may have happened all the same. Then the reply is there, and stays.
    """
    with writing():
        Row.delete().where((Row.id == ticket.id) & (Row.token == ticket.token) & (Row.status == 0)).execute()
