"""Who accepts a new connection: of the workers that run, the one that holds the fewest.

All workers listen on the same sockets, and whoever wakes first would take what comes: kept connections of one client
then fall on one worker while the others have nothing to do. So each worker tells the others how many connections it
holds, in memory that they share, and leaves a new one for a moment to those that hold fewer.
"""

import mmap
import time
from collections.abc import Iterable

#: Seconds for which a new connection is left to others. A worker that does not wake in that time is busy or stopped.
PAUSE_SECONDS = 0.005
#: Seconds after such a pause in which a connection counts as the one that nobody took.
_AFTERWARDS = 0.02
#: More workers, those that end after a reload included, do without.
_SLOTS = 128
_NOBODY = 2**32 - 1


class ConnectionCounts:
    """How many connections each worker holds, in a slot of its own; made before the workers, which share it."""

    def __init__(self) -> None:
        self.slots = memoryview(mmap.mmap(-1, 4 * _SLOTS)).cast("I")
        self.keep_only(())

    def keep_only(self, used: Iterable[int | None]) -> None:
        """Empty the slots of workers that do not run any more."""
        for slot in set(range(_SLOTS)).difference(used):
            self.slots[slot] = _NOBODY

    def free_slot(self, used: Iterable[int | None]) -> int | None:
        """A slot that no worker uses; None when all are taken."""
        return min(set(range(_SLOTS)).difference(used), default=None)


class AcceptTurns:
    """One worker's part: it tells how many connections it holds, and gives way.

    Args:
        slot: Without one the worker always accepts.
    """

    def __init__(self, counts: ConnectionCounts | None = None, slot: int | None = None) -> None:
        self.slot = slot
        self._slots = None if counts is None or slot is None else counts.slots
        self._pause_ends = 0.0
        self._has_paused = False
        #: Pauses in a row after which nobody had taken the connection, and how many may be taken without another one.
        self._in_vain = 0
        self._free = 0

    def tell(self, connections: int) -> None:
        """Tell how many connections the worker holds."""
        if self._slots is not None and self.slot is not None:
            self._slots[self.slot] = connections

    def end(self) -> None:
        """The worker leaves nothing to others any more, and they nothing to it."""
        self.tell(_NOBODY)
        self._slots = None

    def has_more_than_others(self, connections: int) -> bool:
        """Whether another worker holds fewer connections."""
        return self._slots is not None and connections > min(self._slots)

    def pause(self, connections: int) -> float:
        """Seconds for which others may take a new connection; 0 when this worker has to.

        When nobody takes one, twice as many are taken after each pause, so that many new clients do not wait in a row
        for a worker that is busy.
        """
        if not self.has_more_than_others(connections):
            self._in_vain = self._free = 0
            self._has_paused = False
            return 0.0
        now = time.monotonic()
        if now > self._pause_ends + _AFTERWARDS:
            self._in_vain = self._free = 0
            self._has_paused = False
        elif self._free or self._has_paused:
            if self._has_paused:
                self._has_paused = False
                self._in_vain += 1
                self._free = 2 ** min(self._in_vain, 10) // 2
            self._free -= 1
            return 0.0
        self._has_paused = True
        self._pause_ends = now + PAUSE_SECONDS
        return PAUSE_SECONDS
