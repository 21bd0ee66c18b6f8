"""Lets time pass in a sandbox: whatever waits for an instant happens at that instant, in order.

The workers of the plugins run in a thread of this process, and at once when a test asks for something that depends on
them.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog

from core.db import close_database, ensure_connection
from core.errors import ServiceUnavailable
from core.sandbox.clock import SandboxClock
from core.services import events
from core.services.consumers import CONSUMER_PREFIX

log = structlog.get_logger("frontdesk.sandbox")

#: The most steps that one move of the clock is cut into where a worker does not say when it is due.
MAX_STEPS = 240
#: The longest time that one call lets the workers work, in seconds, and the most rounds until they must be done.
WORK_SECONDS = 60.0
MAX_ROUNDS = 1000
_IDLE_SECONDS = 0.25
#: A worker that wants to run again sooner than this still has something to do.
_BUSY_SECONDS = 0.01


class TimePassing:
    """Runs the workers, by itself and as the clock is moved.

    Args:
        workers: As plugins register them. One with a method ``next_due()`` says when it has something to do next.
    """

    def __init__(self, workers: Mapping[str, Callable[[], float]], clock: SandboxClock) -> None:
        self._workers = dict(workers)
        self._clock = clock
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="workers", daemon=True)

    def start(self) -> None:
        """Run the workers in a thread from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(5.0)

    def wake(self) -> None:
        """Something may be due: have the thread look at once."""
        self._wake.set()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Keep the workers from running.

        Raises:
            ServiceUnavailable: They do not come to an end.
        """
        if not self._lock.acquire(timeout=WORK_SECONDS):
            raise ServiceUnavailable
        try:
            yield
        finally:
            self._lock.release()

    def settle(self) -> None:
        """Run the workers until nothing is due."""
        with self.paused():
            self._settle(time.monotonic() + WORK_SECONDS)

    def move_to(self, instant: datetime) -> None:
        """Move the clock forward to ``instant``, step by step; or back, where nothing happens.

        Raises:
            ServiceUnavailable: The workers are still busy after ``WORK_SECONDS``; the clock stands at their step.
        """
        with self.paused():
            ends = time.monotonic() + WORK_SECONDS
            self._settle(ends)
            longest = max(timedelta(seconds=1), (instant - self._clock()) / MAX_STEPS)
            while self._clock() < instant:
                now = self._clock()
                due = self._next_due(now)
                self._clock.move_to(min(instant, now + longest if due is None else max(due, now)))
                self._settle(ends)
            self._clock.move_to(instant)
            self._settle(ends)

    def _settle(self, ends: float) -> None:
        ensure_connection()
        for _ in range(MAX_ROUNDS):
            busy = [name for name, worker in self._workers.items() if self._work(name, worker)]
            if not busy:
                return
            if time.monotonic() > ends:
                raise ServiceUnavailable
        raise ServiceUnavailable

    def _work(self, name: str, worker: Callable[[], float]) -> bool:
        """One round of a worker; whether there may be more to do."""
        try:
            return float(worker()) < _BUSY_SECONDS
        except Exception:
            log.exception("worker failed", worker=name)
            return False

    def _next_due(self, now: datetime) -> datetime | None:
        """When something is due next; None where a worker does not say, and far away where nothing waits."""
        instants: list[datetime | None] = [events.next_due(after=now)]
        for name, worker in self._workers.items():
            ask: Any = getattr(worker, "next_due", None)
            if ask is not None:
                instants.append(ask())
            elif not name.startswith(CONSUMER_PREFIX):
                return None
        later = [instant for instant in instants if instant is not None and instant > now]
        return min(later, default=now + timedelta(days=36_500))

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(_IDLE_SECONDS)
            self._wake.clear()
            if self._stop.is_set():
                break
            try:
                if self._lock.acquire(blocking=False):
                    try:
                        self._settle(time.monotonic() + WORK_SECONDS)
                    finally:
                        self._lock.release()
            except Exception:
                log.exception("workers failed")
        close_database()
