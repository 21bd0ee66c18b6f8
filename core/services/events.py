"""The outbox: every change is told in the transaction that makes it, and only if that commits.

Two ways to listen. ``subscribe`` is called in the process that made the change, right after the commit. A
``consumer`` gets a dispatch row per event in the same transaction, so that nothing is lost when the process dies;
it takes them with ``due`` and ends them with ``done``.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from core import process_registry
from core.db import after_commit, database, ensure_transaction, fetch_all, is_postgres, writing
from core.domain.records import Event
from core.models import Dispatch
from core.models import Event as EventRow
from core.row_writes import insert_row
from core.services.repository import to_epoch, to_instant
from core.subject_locks import lock_subjects

log = logging.getLogger("frontdesk.events")

#: For how long ``due`` hands an event out; longer than dealing with a hundred of them takes.
LEASE = timedelta(seconds=60)

_quiet = threading.local()
_subscribers: list[Callable[[Event], None]] = []
_consumers: dict[str, frozenset[str] | None] = {}


def subscribe(listener: Callable[[Event], None]) -> None:
    """Call ``listener(event)`` after the commit of every change; what it raises is logged and dropped."""
    _subscribers.append(listener)


def register_consumer(name: str, kinds: Sequence[str] | None = None) -> None:
    """Keep a dispatch row for ``name`` with every event from now on (of some kinds only, when given)."""
    _consumers[name] = None if kinds is None else frozenset(kinds)


def clear_listeners() -> None:
    """Drop every listener; a process that wires a second host starts from nothing."""
    _subscribers.clear()
    _consumers.clear()


@contextmanager
def events_muted() -> Iterator[None]:
    """What this thread changes meanwhile is not told: an import brings in the past, which is no news."""
    before = getattr(_quiet, "on", False)
    _quiet.on = True
    try:
        yield
    finally:
        _quiet.on = before


def record_event(
    kind: str,
    subject_kind: str,
    subject_id: int,
    *,
    now: datetime,
    origin: str = "",
    data: dict[str, Any] | None = None,
) -> Event:
    """Write one event inside the open transaction and tell it after the commit; nothing while ``silent``."""
    if getattr(_quiet, "on", False):
        return Event(id=0, kind=kind, subject_kind=subject_kind, subject_id=subject_id, origin=origin, at=now)
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
            },
        )
        for name, kinds in _consumers.items():
            if kinds is None or kind in kinds:
                insert_row(Dispatch, {"event_id": row_id, "consumer": name})
        event = Event(
            id=row_id,
            kind=kind,
            subject_kind=subject_kind,
            subject_id=subject_id,
            origin=origin,
            at=now,
            data=data or {},
        )
        after_commit(lambda: _tell(event))
    return event


def _tell(event: Event) -> None:
    for listener in _subscribers:
        try:
            listener(event)
        except Exception:
            log.exception("listener failed", extra={"listener": repr(listener), "event": event.kind})


_FIELDS = "e.id, e.kind, e.subject_kind, e.subject_id, e.origin, e.at, e.data"


def _event(row: tuple[Any, ...]) -> Event:
    return Event(
        id=row[0],
        kind=row[1],
        subject_kind=row[2],
        subject_id=row[3],
        origin=row[4],
        at=to_instant(row[5]),
        data=EventRow.data.python_value(row[6]),
    )


def take_due(
    consumer: str, *, now: datetime, limit: int = 100, lasting: timedelta = LEASE
) -> list[tuple[int, int, Event]]:
    """Take events this consumer has not dealt with: ``(dispatch id, attempts so far, event)``, oldest first.

    They are the caller's alone until it calls ``done`` or ``again``, until ``lasting`` is over or, on SQLite, until its
    process ends. Whoever else asks meanwhile, on whatever host, gets others.
    """
    at = int(time.time())
    longest = at + int(lasting.total_seconds())
    if not is_postgres():
        _end_leases_of_the_dead(consumer, at)
    # A lease that ends later than any can was taken by a clock that was ahead.
    free = (
        "FROM dispatch d WHERE d.consumer = ? AND d.not_before <= ? AND (d.leased_until <= ? OR d.leased_until > ?)",
        (consumer, to_epoch(now), at, longest),
    )
    # Asking costs one read as long as nothing waits, which is nearly always.
    if not fetch_all(f"SELECT 1 {free[0]} LIMIT 1", free[1]):
        return []
    with ensure_transaction():
        lock_subjects([(f"due {consumer}", 0)])
        ids = [row[0] for row in fetch_all(f"SELECT d.id {free[0]} ORDER BY d.id LIMIT ?", (*free[1], limit))]
        holder = "" if is_postgres() else process_registry.process_name(database.obj.database)
        Dispatch.update(leased_until=longest, leased_by=holder).where(Dispatch.id.in_(ids)).execute()
    marks = ", ".join("?" * len(ids))
    found = fetch_all(
        f"SELECT d.id, d.attempts, {_FIELDS} FROM dispatch d JOIN event e ON e.id = d.event_id"
        f" WHERE d.id IN ({marks or 'NULL'}) ORDER BY d.id",
        ids,
    )
    return [(row[0], row[1], _event(row[2:])) for row in found]


def _end_leases_of_the_dead(consumer: str, at: int) -> None:
    leased = fetch_all(
        "SELECT DISTINCT leased_by FROM dispatch WHERE consumer = ? AND leased_until > ?", (consumer, at)
    )
    dead = [holder for (holder,) in leased if holder and not process_registry.is_alive(database.obj.database, holder)]
    if dead:
        with ensure_transaction():
            Dispatch.update(leased_until=0).where(
                (Dispatch.consumer == consumer) & Dispatch.leased_by.in_(dead)
            ).execute()


def backlog() -> dict[str, float]:
    """How many events wait for each consumer."""
    waiting = fetch_all("SELECT consumer, COUNT(*) FROM dispatch GROUP BY consumer")
    return dict.fromkeys(_consumers, 0.0) | {name: float(count) for name, count in waiting}


def acknowledge(dispatch_id: int) -> None:
    """The consumer has dealt with it."""
    with writing():
        Dispatch.delete().where(Dispatch.id == dispatch_id).execute()


def again(dispatch_id: int, *, now: datetime, after: timedelta) -> None:
    """Try once more, not before ``now + after``."""
    with writing():
        Dispatch.update(attempts=Dispatch.attempts + 1, not_before=to_epoch(now + after), leased_until=0).where(
            Dispatch.id == dispatch_id
        ).execute()


def recent(
    kinds: Sequence[str], *, after_id: int = 0, limit: int = 100, subject: tuple[str, int] | None = None
) -> list[Event]:
    """Events of these kinds with a higher id, newest first; of one subject only, when given."""
    marks = ", ".join("?" * len(kinds))
    sql = f"SELECT {_FIELDS} FROM event e WHERE e.kind IN ({marks}) AND e.id > ?"
    parameters: list[Any] = [*kinds, after_id]
    if subject is not None:
        sql += " AND e.subject_kind = ? AND e.subject_id = ?"
        parameters += subject
    return [_event(row) for row in fetch_all(f"{sql} ORDER BY e.id DESC LIMIT ?", [*parameters, limit])]


def prune(before: datetime) -> int:
    """Forget events older than this that no consumer waits for; returns how many went."""
    with writing():
        lock_subjects([("events", 0)])
        cursor = database.execute_sql(
            f"DELETE FROM event WHERE at < {to_epoch(before)} AND id NOT IN (SELECT event_id FROM dispatch)"
        )
        return cursor.rowcount
