"""The outbox: an event is stored in the transaction of its change, so it exists only if the change commits.

There are two ways to listen. A subscriber is called after the commit, in the process that made the change. A consumer
gets a dispatch row for each event in the same transaction, so that a crash loses nothing; it takes events with
``take_due`` and confirms them with ``acknowledge``.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from core import process_registry
from core.db import after_commit, database, ensure_transaction, fetch_all, is_postgres, writing
from core.domain.records import Event
from core.models import Dispatch
from core.models import Event as EventRow
from core.row_writes import insert_row
from core.services import actors
from core.services.repository import to_epoch, to_instant
from core.subject_locks import lock_subjects

log = logging.getLogger("frontdesk.events")

#: How long ``take_due`` reserves events for a consumer; longer than processing a hundred of them takes.
LEASE = timedelta(seconds=60)

_muted = threading.local()


class _Listeners(NamedTuple):
    """Who listens. Replaced as a whole, never changed: other threads may be recording events."""

    subscribers: tuple[Callable[[Event], None], ...] = ()
    consumers: Mapping[str, frozenset[str] | None] = MappingProxyType({})


_listeners = _Listeners()


def subscribe(listener: Callable[[Event], None]) -> None:
    """Call ``listener(event)`` after the commit of every change; its exceptions are logged and dropped."""
    global _listeners
    _listeners = _listeners._replace(subscribers=(*_listeners.subscribers, listener))


def register_consumer(name: str, kinds: Sequence[str] | None = None) -> None:
    """Store a dispatch row for ``name`` with every event from now on; only of these kinds, if given."""
    global _listeners
    _listeners = _listeners._replace(consumers={**_listeners.consumers, name: _kinds(kinds)})


def replace_listeners(
    subscribers: Iterable[Callable[[Event], None]], consumers: Mapping[str, Sequence[str] | None]
) -> None:
    """Replace all subscribers and consumers in one step: no event between the old and the new ones misses both.

    Args:
        consumers: The kinds of each, as for ``register_consumer``.
    """
    global _listeners
    _listeners = _Listeners(tuple(subscribers), {name: _kinds(kinds) for name, kinds in consumers.items()})


def clear_listeners() -> None:
    """Remove all subscribers and consumers."""
    replace_listeners((), {})


def _kinds(kinds: Sequence[str] | None) -> frozenset[str] | None:
    return None if kinds is None else frozenset(kinds)


@contextmanager
def events_muted() -> Iterator[None]:
    """Record no events for the changes of this thread; imports use it, because they bring in past changes."""
    was_muted = is_muted()
    _muted.on = True
    try:
        yield
    finally:
        _muted.on = was_muted


def is_muted() -> bool:
    """Whether this thread is inside ``events_muted``."""
    return getattr(_muted, "on", False)


def record_event(
    kind: str,
    subject_kind: str,
    subject_id: int,
    *,
    now: datetime,
    origin: str = "",
    data: dict[str, Any] | None = None,
) -> Event:
    """Store an event in the open transaction and call subscribers after the commit; nothing under ``events_muted``."""
    if is_muted():
        return Event(id=0, kind=kind, subject_kind=subject_kind, subject_id=subject_id, origin=origin, at=now)
    actor = actors.current()
    with ensure_transaction():
        row_id = insert_row(
            EventRow,
            {
                "kind": kind,
                "subject_kind": subject_kind,
                "subject_id": subject_id,
                "origin": origin,
                "at": to_epoch(now),
                "data": data or {},
                "actor": actor.name,
                "reason": actor.reason,
                "consumers": [name for name, kinds in _listeners.consumers.items() if kinds is None or kind in kinds],
            },
        )
        event = Event(
            id=row_id,
            kind=kind,
            subject_kind=subject_kind,
            subject_id=subject_id,
            origin=origin,
            at=now,
            data=data or {},
            actor=actor.name,
            reason=actor.reason,
        )
        after_commit(lambda: _notify(event))
    return event


def _notify(event: Event) -> None:
    for listener in _listeners.subscribers:
        try:
            listener(event)
        except Exception:
            log.exception("listener failed", extra={"listener": repr(listener), "event": event.kind})


FIELDS = "e.id, e.kind, e.subject_kind, e.subject_id, e.origin, e.at, e.data, e.actor, e.reason"


def event_of(row: tuple[Any, ...]) -> Event:
    return Event(
        id=row[0],
        kind=row[1],
        subject_kind=row[2],
        subject_id=row[3],
        origin=row[4],
        at=to_instant(row[5]),
        data=EventRow.data.python_value(row[6]),
        actor=row[7],
        reason=row[8],
    )


def take_due(
    consumer: str, *, now: datetime, limit: int = 100, lease: timedelta = LEASE
) -> list[tuple[int, int, Event]]:
    """Take events that this consumer has not acknowledged: ``(dispatch id, attempts so far, event)``, oldest first.

    They are reserved for the caller until it acknowledges them, until ``lease`` has passed or, on SQLite, until its
    process ends. Other callers, on any host, get other events meanwhile.
    """
    now_epoch = int(time.time())
    lease_end = now_epoch + int(lease.total_seconds())
    if not is_postgres():
        _end_leases_of_dead_processes(consumer, now_epoch)
    # A lease that ends later than is possible was taken by a clock that was ahead.
    available = (
        "FROM dispatch d WHERE d.consumer = ? AND d.not_before <= ? AND (d.leased_until <= ? OR d.leased_until > ?)",
        (consumer, to_epoch(now), now_epoch, lease_end),
    )
    # The usual case, nothing to do, costs a single read.
    if not fetch_all(f"SELECT 1 {available[0]} LIMIT 1", available[1]):
        return []
    with ensure_transaction():
        lock_subjects([(f"due {consumer}", 0)])
        ids = [row[0] for row in fetch_all(f"SELECT d.id {available[0]} ORDER BY d.id LIMIT ?", (*available[1], limit))]
        holder = "" if is_postgres() else process_registry.process_name(database.obj.database)
        Dispatch.update(leased_until=lease_end, leased_by=holder).where(Dispatch.id.in_(ids)).execute()
    placeholders = ", ".join("?" * len(ids))
    rows = fetch_all(
        f"SELECT d.id, d.attempts, {FIELDS} FROM dispatch d JOIN event e ON e.id = d.event_id"
        f" WHERE d.id IN ({placeholders or 'NULL'}) ORDER BY d.id",
        ids,
    )
    return [(row[0], row[1], event_of(row[2:])) for row in rows]


def next_due(*, after: datetime) -> datetime | None:
    """When the next event that was postponed is due; None without one."""
    rows = fetch_all("SELECT MIN(not_before) FROM dispatch WHERE not_before > ?", (to_epoch(after),))
    return None if rows[0][0] is None else to_instant(rows[0][0])


def _end_leases_of_dead_processes(consumer: str, at: int) -> None:
    leased = fetch_all(
        "SELECT DISTINCT leased_by FROM dispatch WHERE consumer = ? AND leased_until > ?", (consumer, at)
    )
    dead_holders = [
        holder for (holder,) in leased if holder and not process_registry.is_alive(database.obj.database, holder)
    ]
    if dead_holders:
        with ensure_transaction():
            Dispatch.update(leased_until=0).where(
                (Dispatch.consumer == consumer) & Dispatch.leased_by.in_(dead_holders)
            ).execute()


def release(dispatch_ids: Sequence[int]) -> None:
    """End the leases of dispatches that were taken; those not acknowledged are due again at once."""
    if dispatch_ids:
        with writing():
            Dispatch.update(leased_until=0).where(Dispatch.id.in_(dispatch_ids)).execute()


def postpone(dispatch_id: int, *, attempts: int, until: datetime) -> None:
    """Make a dispatch due again at ``until``, after so many failed attempts."""
    with writing():
        Dispatch.update(leased_until=0, attempts=attempts, not_before=to_epoch(until)).where(
            Dispatch.id == dispatch_id
        ).execute()


class Waiting(NamedTuple):
    """The events that wait for one consumer."""

    waiting: int = 0
    #: Of them, those that it has failed to handle.
    failing: int = 0
    #: When the oldest one was recorded; aware UTC, None without any.
    oldest: datetime | None = None


def waiting_by_consumer() -> dict[str, Waiting]:
    """What waits, by consumer: of those registered, and of those that no plugin has any more."""
    rows = fetch_all(
        "SELECT d.consumer, COUNT(*), SUM(CASE WHEN d.attempts > 0 THEN 1 ELSE 0 END), MIN(e.at)"
        " FROM dispatch d LEFT JOIN event e ON e.id = d.event_id GROUP BY d.consumer"
    )
    by_consumer = {
        name: Waiting(int(count), int(failing), None if oldest is None else to_instant(oldest))
        for name, count, failing, oldest in rows
    }
    return {name: Waiting() for name in _listeners.consumers} | by_consumer


def backlog() -> dict[str, float]:
    """The number of waiting events by consumer."""
    return {name: float(entry.waiting) for name, entry in waiting_by_consumer().items()}


def failures() -> dict[str, float]:
    """The number of events that a consumer has failed to handle and will get again, by consumer."""
    return {name: float(entry.failing) for name, entry in waiting_by_consumer().items()}


def forget_consumer(name: str) -> int:
    """Delete what waits for a consumer; returns the number of dispatches."""
    with writing():
        lock_subjects([(f"due {name}", 0)])
        return int(Dispatch.delete().where(Dispatch.consumer == name).execute())


def acknowledge(*dispatch_ids: int) -> None:
    """Remove dispatches that the consumer has processed."""
    if dispatch_ids:
        with writing():
            Dispatch.delete().where(Dispatch.id.in_(dispatch_ids)).execute()


def recent(
    kinds: Sequence[str], *, after_id: int = 0, limit: int = 100, subject: tuple[str, int] | None = None
) -> list[Event]:
    """Events of these kinds with an id above ``after_id``, newest first; ``subject`` narrows them to ``(kind, id)``."""
    placeholders = ", ".join("?" * len(kinds))
    sql = f"SELECT {FIELDS} FROM event e WHERE e.kind IN ({placeholders}) AND e.id > ?"
    parameters: list[Any] = [*kinds, after_id]
    if subject is not None:
        sql += " AND e.subject_kind = ? AND e.subject_id = ?"
        parameters += subject
    return [event_of(row) for row in fetch_all(f"{sql} ORDER BY e.id DESC LIMIT ?", [*parameters, limit])]


def prune(before: datetime) -> int:
    """Delete older events that no consumer waits for; returns the number deleted."""
    with writing():
        lock_subjects([("events", 0)])
        cursor = database.execute_sql(
            f"DELETE FROM event WHERE at < {to_epoch(before)} AND id NOT IN (SELECT event_id FROM dispatch)"
        )
        return int(cursor.rowcount)
