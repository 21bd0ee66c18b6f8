"""Remembered replies: a retried write is answered with the first reply instead of being done again.

``begin`` takes a lease in a short transaction of its own. The caller then runs the request inside ``writing()`` and
calls ``finish`` in that same transaction, so the booking and its remembered reply are committed together or not at
all. A lease of a process that died runs out; who takes it over gets a new token, and a late first owner cannot
finish any more.
"""

import time
import uuid
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.db import lock_subjects, rows, writing
from core.errors import IdempotencyConflict, IdempotencyInFlight
from core.models.host import IdempotentReply as Row
from core.services.records import seconds

#: Longer than any request may take. Counted on the real clock, also where the host's clock is frozen.
LEASE_SECONDS = 120


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
    ticket = uuid.uuid4().hex
    with writing():
        lock_subjects([("idempotency", zlib.crc32(f"{scope}\n{key}".encode()))])
        found = rows(
            "SELECT id, fingerprint, status, headers, body, lease_ends, created_at FROM idempotent_reply"
            " WHERE scope = ? AND key = ?",
            (scope, key),
        )
        if found:
            number, known, status, headers, body, lease_ends, created_at = found[0]
            if created_at > seconds(now - keep):
                if known != fingerprint:
                    raise IdempotencyConflict(key=key)
                if status:
                    pairs = tuple((name, value) for name, value in Row.headers.python_value(headers))
                    return Reply(status, pairs, bytes(body or b""))
                if lease_ends > time.time():
                    raise IdempotencyInFlight(key=key)
            Row.update(
                fingerprint=fingerprint,
                token=ticket,
                lease_ends=ends,
                status=0,
                headers=[],
                body=None,
                created_at=seconds(now),
            ).where(Row.id == number).execute()
            return Ticket(number, key, ticket)
        number = Row.insert(
            scope=scope,
            key=key,
            fingerprint=fingerprint,
            token=ticket,
            lease_ends=ends,
            created_at=seconds(now),
        ).execute()
        if number % 64 == 0:
            Row.delete().where((Row.created_at < seconds(now - keep)) & (Row.lease_ends < int(time.time()))).execute()
    return Ticket(number, key, ticket)


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
    """Forget that the request was tried; a retry starts anew."""
    with writing():
        Row.delete().where((Row.id == ticket.id) & (Row.token == ticket.token)).execute()
