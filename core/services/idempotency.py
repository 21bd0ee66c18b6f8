"""Idempotency keys: a retried write gets the stored reply of the first request instead of running again.

A request with a key is one transaction: it looks for a stored reply, does its work and stores its own reply, so the
booking and the reply are committed together or not at all, and nothing has to be cleaned up after a crash. While it
runs it holds a lock on the key that ends with its process: on SQLite on a byte of a file, on PostgreSQL in the
database.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import process_registry
from core.db import database, ensure_transaction, execute, fetch_all, is_postgres, writing
from core.errors import IdempotencyConflict, IdempotencyInFlight
from core.models.host import IdempotentReply as Row
from core.services.repository import to_epoch
from core.subject_locks import try_lock_subject

#: Every so many stored replies, outdated ones are deleted.
_REPLIES_PER_CLEANUP = 64


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A write with an idempotency key.

    ``scope`` is the dialect and the credential, ``fingerprint`` a hash of method, path and body; replies from before
    ``oldest`` do not count any more.
    """

    scope: str
    key: str
    fingerprint: str
    now: datetime
    oldest: datetime

    @classmethod
    def at(cls, scope: str, key: str, fingerprint: str, *, now: datetime, retention: timedelta) -> "KeyedRequest":
        return cls(scope, key, fingerprint, now, now - retention)

    @property
    def number(self) -> int:
        """What is locked for the key, in 46 bits."""
        digest = hashlib.blake2b(f"{self.scope}\n{self.key}".encode(), digest_size=6).digest()
        return int.from_bytes(digest, "big") >> 2


@dataclass(frozen=True, slots=True)
class Reply:
    """A stored reply."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@contextmanager
def transaction(request: KeyedRequest) -> Iterator[Reply | None]:
    """The transaction of a request; yields the stored reply, None where the request has to run.

    Raises:
        IdempotencyConflict: Another request used the key before.
        IdempotencyInFlight: The first request is still running.
    """
    with _file_lock(request), writing():
        if is_postgres() and not try_lock_subject(("idempotency", request.number)):
            raise IdempotencyInFlight(key=request.key)
        yield _stored_reply(request)


@contextmanager
def _file_lock(request: KeyedRequest) -> Iterator[None]:
    """On SQLite, the lock on the key. The queue of the writers would answer only when the first request has ended."""
    if is_postgres():
        yield
        return
    path = database.obj.database
    if not process_registry.try_lock(path, request.number):
        raise IdempotencyInFlight(key=request.key)
    try:
        yield
    finally:
        process_registry.unlock(path, request.number)


def _stored_reply(request: KeyedRequest) -> Reply | None:
    rows = fetch_all(
        "SELECT fingerprint, status, headers, body FROM idempotent_reply"
        " WHERE scope = ? AND key = ? AND created_at > ?",
        (request.scope, request.key, to_epoch(request.oldest)),
    )
    if not rows:
        return None
    fingerprint, status, headers, body = rows[0]
    if fingerprint != request.fingerprint:
        raise IdempotencyConflict(key=request.key)
    header_pairs = tuple((name, value) for name, value in Row.headers.python_value(headers))
    return Reply(status, header_pairs, bytes(body or b""))


def store(request: KeyedRequest, reply: Reply) -> None:
    """Store the reply, in the transaction of the work; that of a refusal, whose work was undone, in one of its own.

    Raises:
        IdempotencyInFlight: Another request has stored one since the work was undone.
    """
    values = (
        request.fingerprint,
        reply.status,
        Row.headers.db_value([list(pair) for pair in reply.headers]),
        reply.body,
        to_epoch(request.now),
    )
    with ensure_transaction():
        stored = fetch_all(
            "INSERT INTO idempotent_reply (scope, key, fingerprint, status, headers, body, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint,"
            " status = excluded.status, headers = excluded.headers, body = excluded.body,"
            " created_at = excluded.created_at WHERE idempotent_reply.created_at <= ? RETURNING id",
            (request.scope, request.key, *values, to_epoch(request.oldest)),
        )
        if not stored:
            raise IdempotencyInFlight(key=request.key)
        if stored[0][0] % _REPLIES_PER_CLEANUP == 0:
            execute("DELETE FROM idempotent_reply WHERE created_at < ?", (to_epoch(request.oldest),))
