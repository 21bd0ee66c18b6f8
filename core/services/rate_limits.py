"""Rate limits that hold across workers and, on PostgreSQL or Redis, across hosts.

``Limiter.take`` checks several windows and counts the call in all of them or in none.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING, cast

from core import metrics
from core.db import is_postgres
from core.services import ephemeral
from core.services.limit_table import MAX_CLOCK_SKEW, LimitTable, NoSlot, table_at

if TYPE_CHECKING:
    # Loaded where a store other than the datastore is named.
    from limits.storage import Storage

log = logging.getLogger("frontdesk.limits")


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``amount`` calls in ``seconds``. Fixed windows are aligned to the clock, sliding ones end now."""

    name: str
    amount: int
    seconds: int
    sliding: bool = False


@dataclass(frozen=True, slots=True)
class WindowUsage:
    """The state of a window after a call. ``reset`` is the epoch second at which it admits calls again."""

    window: Window
    remaining: int
    reset: int
    exhausted: bool = False


@dataclass(frozen=True, slots=True)
class LimitResult:
    """The result of one call. ``retry_after`` is 0 when the call is allowed, else whole seconds, at least 1."""

    allowed: bool
    usages: tuple[WindowUsage, ...]
    retry_after: int = 0

    @property
    def exhausted(self) -> WindowUsage | None:
        """The full window that refuses the call; of several the one with the latest reset."""
        return max((usage for usage in self.usages if usage.exhausted), key=lambda usage: usage.reset, default=None)


class Limiter:
    """Counts calls per key in the store that ``[limits] store`` names."""

    def __init__(self, store: str = "database") -> None:
        self._shared: Storage | None = None if store == "database" else _open(store)
        self._local_until = 0.0

    def take(self, key: str, windows: Sequence[Window], *, now: datetime, cost: int = 1) -> LimitResult:
        """Count one call in every window, or in none when one of them is full.

        Args:
            key: The caller; keys are counted separately.
            now: Aware instant.
        """
        windows = [window for window in windows if window.amount > 0]
        if not windows:
            return LimitResult(True, ())
        at = now.timestamp()
        if self._shared is None and is_postgres():
            result = _take_from_rows(key, windows, at, cost)
        else:
            result = self._take_or_count_alone(key, windows, at, cost)
        if not result.allowed and result.exhausted is not None:
            # Keys begin with the dialect's name.
            metrics.increment("limits_refused", key.partition(":")[0], result.exhausted.window.name)
        return result

    def check(self) -> None:
        """Raise if the store of the limits cannot be written to."""
        if self._shared is None:
            ephemeral.try_write()
            if not is_postgres():
                _table().check()
        elif not self._shared.check():
            raise ConnectionError("the store of the rate limits does not answer")

    def _take_or_count_alone(self, key: str, windows: Sequence[Window], at: float, cost: int) -> LimitResult:
        """``take`` on the host's table or on the store that is named; where that fails, on counts of this process."""
        storage = self._shared
        trouble = OSError if storage is None else storage.base_exceptions
        if monotonic() >= self._local_until:
            try:
                if storage is None:
                    return _take_from_table(key, windows, at, cost)
                return _take_from(storage, key, windows, at, cost)
            except trouble as error:
                self._local_until = monotonic() + ephemeral.LOCAL_FALLBACK_SECONDS
                log.warning("limits are counted by each worker alone", extra={"error": str(error)})
        return ephemeral.run_in_process(lambda execute: _take_locally(execute, key, windows, at, cost))


def _open(store: str) -> "Storage":
    """The store of ``[limits] store``; calls to Redis time out after a second, long before TCP would."""
    from limits.storage import storage_from_string

    timeouts = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0} if store.startswith("redis") else {}
    # Only the schemes that begin with async+ give a storage of the other kind.
    return cast("Storage", storage_from_string(store, wrap_exceptions=False, **timeouts))


def _take_from(storage: "Storage", key: str, windows: Sequence[Window], at: float, cost: int) -> LimitResult:
    from limits import RateLimitItemPerSecond
    from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

    usages, exhausted = [], []
    for window in windows:
        item = RateLimitItemPerSecond(window.amount, window.seconds)
        strategy = (MovingWindowRateLimiter if window.sliding else FixedWindowRateLimiter)(storage)
        names = (key, window.name) if window.sliding else (key, window.name, str(int(at // window.seconds)))
        exhausted.append(not strategy.test(item, *names, cost=cost))
        if not any(exhausted):
            exhausted[-1] = not strategy.hit(item, *names, cost=cost)
        stats = strategy.get_window_stats(item, *names)
        used = window.amount - stats.remaining - (0 if any(exhausted) else cost)
        ends = stats.reset_time if window.sliding else (at // window.seconds + 1) * window.seconds
        usages.append((used, ends))
    return _result(windows, usages, exhausted, at, cost)


def _table() -> LimitTable:
    return table_at(ephemeral.path("limits"))


def _take_from_table(key: str, windows: Sequence[Window], at: float, cost: int) -> LimitResult:
    try:
        usages, exhausted = _table().take(key, windows, at, cost)
    except NoSlot:
        return _take_from_rows(key, windows, at, cost)
    return _result(windows, usages, exhausted, at, cost)


def _take_from_rows(key: str, windows: Sequence[Window], at: float, cost: int) -> LimitResult:
    return ephemeral.run((key,), lambda execute: _take_locally(execute, key, windows, at, cost))


def _take_locally(execute: ephemeral.Execute, key: str, windows: Sequence[Window], at: float, cost: int) -> LimitResult:
    usages = [
        _sliding(execute, key, window, at) if window.sliding else _fixed(execute, key, window, at) for window in windows
    ]
    exhausted = [used + cost > window.amount for window, (used, _) in zip(windows, usages, strict=True)]
    if not any(exhausted):
        for window, (_, ends) in zip(windows, usages, strict=True):
            _count(execute, key, window, at, ends, cost)
    return _result(windows, usages, exhausted, at, cost)


def _name(key: str, window: Window) -> str:
    return f"{key}/{window.name}/{window.seconds}"


def _fixed(execute: ephemeral.Execute, key: str, window: Window, at: float) -> tuple[int, float]:
    """The calls in the current fixed window, and when that window ends."""
    ends = (at // window.seconds + 1) * window.seconds
    rows = execute("SELECT hits, ends FROM limit_count WHERE name = ?", (_name(key, window),))
    return (rows[0][0] if rows and rows[0][1] == ends else 0), ends


def _sliding(execute: ephemeral.Execute, key: str, window: Window, at: float) -> tuple[int, float]:
    """The calls in the last ``seconds``, and when the oldest of them leaves the window.

    Calls that a fast clock has stamped in the future are deleted: they would block the key until that time.
    """
    name, window_start, latest_plausible = _name(key, window), at - window.seconds, at + MAX_CLOCK_SKEW
    query = "SELECT COALESCE(SUM(hits), 0), MIN(at), MAX(at) FROM limit_hit WHERE name = ?"
    used, first, last = execute(query, (name,))[0]
    if first is not None and (first <= window_start or last > latest_plausible):
        execute("DELETE FROM limit_hit WHERE name = ? AND (at <= ? OR at > ?)", (name, window_start, latest_plausible))
        used, first, _ = execute(query, (name,))[0]
    return int(used), (at if first is None else first) + window.seconds


def _count(execute: ephemeral.Execute, key: str, window: Window, at: float, ends: float, cost: int) -> None:
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


def _result(
    windows: Sequence[Window], counts: Sequence[tuple[int, float]], exhausted: Sequence[bool], at: float, cost: int
) -> LimitResult:
    allowed = True not in exhausted
    counted = cost if allowed else 0
    usages = [
        WindowUsage(window, max(0, window.amount - used - counted), ceil(ends), is_exhausted)
        for window, (used, ends), is_exhausted in zip(windows, counts, exhausted, strict=True)
    ]
    if allowed:
        return LimitResult(True, tuple(usages))
    wait = max(ends - at for (_, ends), is_exhausted in zip(counts, exhausted, strict=True) if is_exhausted)
    return LimitResult(False, tuple(usages), max(1, ceil(wait)))


def clear() -> None:
    """Forget every count, and every used nonce."""
    ephemeral.clear()
    if not is_postgres():
        _table().clear()


def prune(now: datetime) -> None:
    """Delete the counts of windows that ended more than a day ago."""
    before = now.timestamp() - 86_400
    ephemeral.execute("DELETE FROM limit_count WHERE ends < ?", (before,))
    ephemeral.execute("DELETE FROM limit_hit WHERE at < ?", (before,))
