"""Counts of rate limits that all processes of a host share: a table in a file of fixed size, mapped into memory.

A call takes a lock on the file, which ends with its process, and does a few stores of eight bytes, after each of which
the table is valid. So nothing has to be repaired after ``kill -9``, and no call waits for a disk.

Each key has a slot for its windows, free again when nothing in it counts any more. A key that finds none is not counted
here; until its windows have ended, neither is any other new key, so that none is counted in two places.
"""

import fcntl
import mmap
import os
import threading
import weakref
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from time import monotonic, sleep
from typing import TYPE_CHECKING

from core.private_files import make_private

if TYPE_CHECKING:
    from core.services.rate_limits import Window

#: The largest difference between the clocks of several hosts, in seconds.
MAX_CLOCK_SKEW = 5.0
#: Seconds to wait for the lock. A call holds it for some microseconds, unless its process is stopped.
LOCK_SECONDS = 1.0
#: Keys that can be counted at once, and the windows of one key.
SLOTS, WINDOWS = 255, 4
#: Slots in which a key can be.
_PROBES = 32
# The file in words of eight bytes, at first all zero. In place of the first slot: how often it was cleared, and until
# when keys without a slot are counted elsewhere.
_CLEARED, _ELSEWHERE = 0, 1
_SLOT_WORDS, _AREA_WORDS = 1024, 255
_SIZE = (SLOTS + 1) * _SLOT_WORDS * 8
# A slot: two words that say whose it is, how often the table had been cleared, then an area for each window.
_AREAS = range(4, 4 + WINDOWS * _AREA_WORDS, _AREA_WORDS)
# An area: which window it is, and until when it counts; the calls of a fixed window, or of a sliding one those that
# make no whole entry yet, and the time of the last of these; then where the ring of entries begins (upper half) and how
# many it has.
_WINDOW, _UNTIL, _CALLS, _CALLED_AT, _RING, _FIRST = range(6)
#: Entries of a sliding window. One of more calls than these has entries of several calls, which leave it together when
#: the last of them does.
ENTRIES = _AREA_WORDS - _FIRST


class NoSlot(Exception):
    """The table has no room for the windows of a key."""


_open_lock = threading.Lock()
_open: "LimitTable | None" = None


def table_at(path: str) -> "LimitTable":
    """This process's view of the table at ``path``.

    Raises:
        OSError: The file cannot be made or locked.
    """
    global _open
    table = _open
    if table is not None and table.is_at(path):
        return table
    with _open_lock:
        if _open is None or not _open.is_at(path):
            _open = LimitTable(path)
        return _open


def _after_fork() -> None:
    """A child process must not find locks that other threads of its parent held."""
    global _open, _open_lock
    _open, _open_lock = None, threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


class LimitTable:
    """The table in one file; for all threads of a process.

    Raises:
        OSError: The file cannot be made or locked.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._thread_lock = threading.Lock()
        make_private(path)
        self._handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._handle)
        self._allocate()
        view = memoryview(mmap.mmap(self._handle, _SIZE))
        self._words, self._times = view.cast("Q"), view.cast("d")

    def _allocate(self) -> None:
        """Give a new file all its room, as zeros: with holes, a full disk would end the process at a later write."""
        self._lock()
        try:
            if os.fstat(self._handle).st_size < _SIZE:
                with suppress(AttributeError, OSError):
                    # Not every system has it, nor every file system.
                    os.posix_fallocate(self._handle, 0, _SIZE)
            while (size := os.fstat(self._handle).st_size) < _SIZE:
                os.pwrite(self._handle, bytes(_SIZE - size), size)
        finally:
            self._unlock()

    def is_at(self, path: str) -> bool:
        """Whether this is the table at ``path``: its file may have been deleted."""
        return path == self.path and os.fstat(self._handle).st_nlink > 0

    def check(self) -> None:
        """Raise OSError if nothing can be counted."""
        self._lock()
        self._unlock()

    def clear(self) -> None:
        """Forget every count."""
        self._lock()
        try:
            self._words[_CLEARED] += 1
            self._times[_ELSEWHERE] = 0.0
        finally:
            self._unlock()

    def take(
        self, key: str, windows: Sequence["Window"], at: float, cost: int
    ) -> tuple[list[tuple[int, float]], list[bool]]:
        """Count a call in every window, or in none where one of them is full.

        Args:
            at: Epoch seconds.

        Returns:
            For each window the calls before this one with the time at which it admits calls again, and whether it is
            full.

        Raises:
            NoSlot: Nothing was counted.
        """
        self._lock()
        try:
            slot = self._slot(key, windows, at)
            areas = self._areas(slot, windows, at)
            usages = [
                self._sliding(area, window, at) if window.sliding else self._fixed(area, window, at)
                for area, window in zip(areas, windows, strict=True)
            ]
            exhausted = [used + cost > window.amount for window, (used, _) in zip(windows, usages, strict=True)]
            if True not in exhausted:
                for area, window, (_, ends) in zip(areas, windows, usages, strict=True):
                    self._count(area, window, at, ends, cost)
            return usages, exhausted
        finally:
            self._unlock()

    def _lock(self) -> None:
        if not self._thread_lock.acquire(timeout=LOCK_SECONDS):
            raise TimeoutError("the counts of rate limits are locked")
        deadline = None
        while True:
            try:
                fcntl.lockf(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError as error:
                deadline = deadline or monotonic() + LOCK_SECONDS
                if not isinstance(error, (BlockingIOError, PermissionError)) or monotonic() > deadline:
                    self._thread_lock.release()
                    raise
            sleep(0.0001)

    def _unlock(self) -> None:
        fcntl.lockf(self._handle, fcntl.LOCK_UN)
        self._thread_lock.release()

    def _slot(self, key: str, windows: Sequence["Window"], at: float) -> int:
        """The first word of the key's slot; of a free one where it has none yet."""
        words, times = self._words, self._times
        first, upper, lower = _place(key)
        cleared, free = words[_CLEARED], 0
        for number in range(first, first + _PROBES):
            slot = (number % SLOTS + 1) * _SLOT_WORDS
            if words[slot + 2] != cleared:
                free = free or slot
            elif words[slot] == upper and words[slot + 1] == lower:
                return slot
            elif not free and all(times[slot + area + _UNTIL] <= at for area in _AREAS):
                free = slot
        if not free or at < times[_ELSEWHERE]:
            times[_ELSEWHERE] = max(times[_ELSEWHERE], at + max(window.seconds for window in windows))
            raise NoSlot
        words[free] = 0
        for area in _AREAS:
            words[free + area + _WINDOW], times[free + area + _UNTIL] = 0, 0.0
        words[free + 2], words[free + 1], words[free] = cleared, lower, upper
        return free

    def _areas(self, slot: int, windows: Sequence["Window"], at: float) -> list[int]:
        """The first words of what the slot has about each window."""
        words, times = self._words, self._times
        here = {words[slot + area]: slot + area for area in _AREAS}
        numbers = [_window_number(window.name, window.seconds, _calls_of_entry(window)) for window in windows]
        areas = [here.get(number, 0) for number in numbers]
        if 0 not in areas:
            return areas
        free = [slot + area for area in _AREAS if slot + area not in areas and times[slot + area + _UNTIL] <= at]
        if len(free) < areas.count(0):
            raise NoSlot
        for position, number in enumerate(numbers):
            if not areas[position]:
                areas[position] = area = free.pop(0)
                words[area + _WINDOW] = 0
                times[area + _UNTIL], words[area + _CALLS], words[area + _RING] = 0.0, 0, 0
                words[area + _WINDOW] = number
        return areas

    def _fixed(self, area: int, window: "Window", at: float) -> tuple[int, float]:
        """The calls in the current fixed window, and when that window ends."""
        ends = (at // window.seconds + 1) * window.seconds
        return (self._words[area + _CALLS] if self._times[area + _UNTIL] == ends else 0), ends

    def _sliding(self, area: int, window: "Window", at: float) -> tuple[int, float]:
        """The calls in the last ``seconds``, and when the oldest of them leaves the window.

        Calls that a fast clock has stamped in the future are dropped: they would block the key until that time.
        """
        words, times, ring = self._words, self._times, area + _FIRST
        start, count = divmod(words[area + _RING], 1 << 32)
        window_start, latest_plausible = at - window.seconds, at + MAX_CLOCK_SKEW
        while count and times[ring + (start + count - 1) % ENTRIES] > latest_plausible:
            count -= 1
        if count and times[ring + (start + count - 1) % ENTRIES] <= window_start:
            count = 0
        while count and times[ring + start] <= window_start:
            start, count = (start + 1) % ENTRIES, count - 1
        words[area + _RING] = start << 32 | count
        calls, first = words[area + _CALLS], at
        if calls:
            first = times[area + _CALLED_AT]
            if not window_start < first <= latest_plausible:
                calls = words[area + _CALLS] = 0
                first = at
        if count:
            first = times[ring + start]
        return count * _calls_of_entry(window) + calls, first + window.seconds

    def _count(self, area: int, window: "Window", at: float, ends: float, cost: int) -> None:
        words, times = self._words, self._times
        if not window.sliding:
            if times[area + _UNTIL] != ends:
                words[area + _CALLS], times[area + _UNTIL] = 0, ends
            words[area + _CALLS] += cost
            return
        start, count = divmod(words[area + _RING], 1 << 32)
        if count:
            # Of clocks that differ, the later one counts: the entries stay in order.
            at = max(at, times[area + _FIRST + (start + count - 1) % ENTRIES])
        entries, calls = divmod(words[area + _CALLS] + cost, _calls_of_entry(window))
        for position in range(start + count, start + count + entries):
            times[area + _FIRST + position % ENTRIES] = at
        times[area + _UNTIL] = at + window.seconds
        if calls:
            times[area + _CALLED_AT] = at
        words[area + _RING], words[area + _CALLS] = start << 32 | count + entries, calls


def _calls_of_entry(window: "Window") -> int:
    return -(-window.amount // ENTRIES) if window.sliding else 1


@lru_cache(maxsize=4096)
def _place(key: str) -> tuple[int, int, int]:
    """The first slot to look into for a key, and the two words that say whose a slot is."""
    digest = blake2b(key.encode(), digest_size=16).digest()
    upper = int.from_bytes(digest[:8], "little")
    return upper % SLOTS, upper, int.from_bytes(digest[8:], "little")


@lru_cache(maxsize=256)
def _window_number(name: str, seconds: int, calls_of_entry: int) -> int:
    """What a window is known by: not its limit, so that a change of that does not let callers begin anew."""
    digest = blake2b(f"{name}/{seconds}/{calls_of_entry}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")
