"""Rate limits that hold across workers and, on PostgreSQL or Redis, across hosts.

``Limiter.take`` checks several windows and counts the call in all of them or in none.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from time import monotonic
from typing import Any

from limits import RateLimitItemPerSecond
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from core import metrics
from core.services import ephemeral

log = logging.getLogger("frontdesk.limits")

#: How far the clocks of several hosts may be apart, in seconds.
MAX_CLOCK_SKEW = 5.0


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``amount`` calls in ``seconds``; fixed windows are aligned to the clock, sliding ones end now."""

    name: str
    amount: int
    seconds: int
    sliding: bool = False


@dataclass(frozen=True, slots=True)
class WindowUsage:
    """How one window stands after a call. ``reset`` is the epoch second at which (one place of) it is free again."""

    window: Window
    remaining: int
    reset: int
    exhausted: bool = False


@dataclass(frozen=True, slots=True)
class LimitResult:
    """The answer to one call; ``retry_after`` is 0 when it may go on, else whole seconds, at least 1."""

    allowed: bool
    usages: tuple[WindowUsage, ...]
    retry_after: int = 0

    @property
    def exhausted(self) -> WindowUsage | None:
        """The window that stops the call; the one that stays shut longest when several do."""
        return max((usage for usage in self.usages if usage.exhausted), key=lambda usage: usage.reset, default=None)


class Limiter:
    """Counts calls per key in the store that ``[limits] store`` names."""

    def __init__(self, store: str = "database") -> None:
        self._shared = None if store == "database" else _open(store)
        self._apart_until = 0.0

    def take(self, key: str, windows: Sequence[Window], *, now: datetime, cost: int = 1) -> LimitResult:
        """Count one call against every window, or against none when one of them is full.

        Args:
            key: Who calls; windows of different keys have nothing to do with each other.
            now: Aware instant.
        """
        windows = [window for window in windows if window.amount > 0]
        if not windows:
            return LimitResult(True, ())
        at = now.timestamp()
        if self._shared is not None:
            taken = self._take_shared(key, windows, at, cost)
        else:
            taken = ephemeral.run((key,), lambda execute: _take(execute, key, windows, at, cost))
        if taken.exhausted is not None:
            # Keys begin with the dialect that counts.
            metrics.increment("limits_refused", key.partition(":")[0], taken.exhausted.window.name)
        return taken

    def check(self) -> None:
        """Raise where the store of the limits cannot be written to."""
        if self._shared is None:
            ephemeral.try_write()
        elif not self._shared.check():
            raise ConnectionError("the store of the rate limits does not answer")

    def _take_shared(self, key: str, windows: Sequence[Window], at: float, cost: int) -> LimitResult:
        """As ``take``, on another store than the datastore; on counts of this process where that is in trouble."""
        if monotonic() >= self._apart_until:
            try:
                return self._count_shared(key, windows, at, cost)
            except self._shared.base_exceptions as error:
                self._apart_until = monotonic() + ephemeral.LOCAL_FALLBACK_SECONDS
                log.warning("limits are counted by each worker alone", extra={"error": str(error)})
        return ephemeral.run_in_process(lambda execute: _take(execute, key, windows, at, cost))

    def _count_shared(self, key: str, windows: Sequence[Window], at: float, cost: int) -> LimitResult:
        found, full = [], []
        for window in windows:
            item = RateLimitItemPerSecond(window.amount, window.seconds)
            strategy = (MovingWindowRateLimiter if window.sliding else FixedWindowRateLimiter)(self._shared)
            names = (key, window.name) if window.sliding else (key, window.name, str(int(at // window.seconds)))
            full.append(not strategy.test(item, *names, cost=cost))
            if not any(full):
                full[-1] = not strategy.hit(item, *names, cost=cost)
            stats = strategy.get_window_stats(item, *names)
            used = window.amount - stats.remaining - (0 if any(full) else cost)
            ends = stats.reset_time if window.sliding else (at // window.seconds + 1) * window.seconds
            found.append((used, ends))
        return _answer(windows, found, full, at, cost)


def _open(store: str) -> Any:
    """The store of ``[limits] store``; one that does not answer is given up after a second, not when TCP does."""
    waits = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0} if store.startswith("redis") else {}
    return storage_from_string(store, wrap_exceptions=False, **waits)


def _take(execute: ephemeral.Execute, key: str, windows: Sequence[Window], at: float, cost: int) -> LimitResult:
    found = [
        _sliding(execute, key, window, at) if window.sliding else _fixed(execute, key, window, at) for window in windows
    ]
    full = [used + cost > window.amount for window, (used, _) in zip(windows, found, strict=True)]
    if not any(full):
        for window, (_, ends) in zip(windows, found, strict=True):
            _count(execute, key, window, at, ends, cost)
    return _answer(windows, found, full, at, cost)


def _name(key: str, window: Window) -> str:
    return f"{key}/{window.name}/{window.seconds}"


def _fixed(execute: Callable[..., Any], key: str, window: Window, at: float) -> tuple[int, float]:
    """What is used of the window that the clock is in, and when it ends."""
    ends = (at // window.seconds + 1) * window.seconds
    rows = execute("SELECT hits, ends FROM limit_count WHERE name = ?", (_name(key, window),))
    return (rows[0][0] if rows and rows[0][1] == ends else 0), ends


def _sliding(execute: Callable[..., Any], key: str, window: Window, at: float) -> tuple[int, float]:
    """What is used of the last ``seconds``, and when the oldest of it falls out.

    What was counted by a clock that was ahead goes as well, or the key would stay shut until that time comes.
    """
    name, before, after = _name(key, window), at - window.seconds, at + MAX_CLOCK_SKEW
    text = "SELECT COALESCE(SUM(hits), 0), MIN(at), MAX(at) FROM limit_hit WHERE name = ?"
    used, first, last = execute(text, (name,))[0]
    if first is not None and (first <= before or last > after):
        execute("DELETE FROM limit_hit WHERE name = ? AND (at <= ? OR at > ?)", (name, before, after))
        used, first, _ = execute(text, (name,))[0]
    return int(used), (at if first is None else first) + window.seconds


def _count(execute: Callable[..., Any], key: str, window: Window, at: float, ends: float, cost: int) -> None:
    name = _name(key, window)
    if window.sliding:
        execute(
            "INSERT INTO limit_hit (name, at, hits) VALUES (?, ?, ?)"
            " ON CONFLICT (name, at) DO UPDATE SET hits = limit_hit.hits + excluded.hits",
            (name, at, cost),
        )
        return
    execute(
        "INSERT INTO limit_count (name, hits, ends) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
        " hits = CASE WHEN limit_count.ends = excluded.ends THEN limit_count.hits ELSE 0 END + excluded.hits,"
        " ends = excluded.ends",
        (name, cost, ends),
    )


def _answer(
    windows: Sequence[Window], found: Sequence[tuple[int, float]], full: Sequence[bool], at: float, cost: int
) -> LimitResult:
    allowed = not any(full)
    usages = tuple(
        WindowUsage(window, max(0, window.amount - used - (cost if allowed else 0)), ceil(ends), stopped)
        for window, (used, ends), stopped in zip(windows, found, full, strict=True)
    )
    waits = [ends - at for (_, ends), stopped in zip(found, full, strict=True) if stopped]
    return LimitResult(allowed, usages, max(1, ceil(max(waits))) if waits else 0)


def prune(now: datetime) -> None:
    """Forget windows that ended more than a day ago."""
    before = now.timestamp() - 86_400
    ephemeral.execute("DELETE FROM limit_count WHERE ends < ?", (before,))
    ephemeral.execute("DELETE FROM limit_hit WHERE at < ?", (before,))
