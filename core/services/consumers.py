"""Consumers of events: what plugins register, and the worker that hands each event to them."""

import inspect
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.records import Event
from core.engines import storage_problem
from core.services import events

log = logging.getLogger("frontdesk.events")

#: How long the events of one round are reserved; ``handle`` has to be done with one of them by then.
LEASE = timedelta(minutes=5)
#: A round begins no other event after this many seconds, so that the last one has most of the lease.
_ROUND_SECONDS = 60.0
_ROUND_EVENTS = 50
_IDLE_SECONDS = 0.5
#: The wait after a failure doubles from the first to the last.
_FIRST_WAIT, _LAST_WAIT = timedelta(seconds=5), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who handles committed events.

    ``kinds`` are kinds of ``docs/events.md``, or of the plugin's own (``plugin.something``); None means all. ``handle``
    gets one event at a time, oldest first; what it raises makes the event due again, after a wait that grows from five
    seconds to an hour. After a crash it may get an event again that it has handled: the event's id tells. It must be
    done within ``LEASE``. Without ``handle`` the events wait until a worker of the plugin takes them
    (``core.services.events.take_due``).
    """

    kinds: Sequence[str] | None = None
    handle: Callable[[Event], object] | None = None


#: How the names of their workers begin.
CONSUMER_PREFIX = "consumer "


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerState:
    """What waits for one consumer; ``waiting`` is None where the datastore cannot tell.

    Attributes:
        is_registered: A running plugin has this consumer; what waits for another one stays until it is forgotten.
        kinds: The kinds that it wants, None for all.
    """

    name: str
    is_registered: bool
    kinds: Sequence[str] | None
    waiting: events.Waiting | None


def consumer_states(consumers: Mapping[str, Consumer], waiting: Mapping[str, events.Waiting]) -> list[ConsumerState]:
    """Every registered consumer and everyone for whom something waits, by name."""
    states = []
    for name in sorted(consumers.keys() | waiting.keys()):
        consumer = consumers.get(name)
        kinds = None if consumer is None or consumer.kinds is None else list(consumer.kinds)
        states.append(
            ConsumerState(name=name, is_registered=consumer is not None, kinds=kinds, waiting=waiting.get(name))
        )
    return states


def workers_of(consumers: Mapping[str, Consumer], clock: Callable[[], datetime]) -> dict[str, Callable[[], float]]:
    """A worker for each consumer that has a ``handle``, by name."""
    return {
        f"{CONSUMER_PREFIX}{name}": _worker(name, consumer.handle, clock)
        for name, consumer in consumers.items()
        if consumer.handle is not None
    }


def _worker(name: str, handle: Callable[[Event], object], clock: Callable[[], datetime]) -> Callable[[], float]:
    return lambda: _IDLE_SECONDS if consume(name, handle, now=clock()) < _ROUND_EVENTS else 0.0


def consume(name: str, handle: Callable[[Event], object], *, now: datetime) -> int:
    """Hand the due events of a consumer to ``handle``; returns how many there were."""
    due = events.take_due(name, now=now, limit=_ROUND_EVENTS, lease=LEASE)
    started = time.monotonic()
    for position, (dispatch_id, attempts, event) in enumerate(due):
        if time.monotonic() - started > _ROUND_SECONDS:
            events.release([dispatch_id for dispatch_id, _, _ in due[position:]])
            break
        try:
            answer = handle(event)
            if inspect.iscoroutine(answer):
                answer.close()
                raise TypeError("it returned a coroutine; a handle is a plain function")
        except BaseException as error:
            # A plugin may even call sys.exit, which would end this thread without a word.
            if storage_problem(error) is not None:
                # The datastore's trouble is nobody's failure; the worker waits and comes again.
                events.release([dispatch_id for dispatch_id, _, _ in due[position:]])
                raise
            log.exception("consumer failed", extra={"consumer": name, "kind": event.kind, "event": event.id})
            wait = min(_LAST_WAIT, _FIRST_WAIT * 2 ** min(attempts, 20))
            events.postpone(dispatch_id, attempts=attempts + 1, until=now + wait)
        else:
            events.acknowledge(dispatch_id)
    return len(due)
