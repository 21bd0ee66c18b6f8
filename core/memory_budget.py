"""Counts what the connections of a worker hold in memory, and ranks them for when there is no room."""

import time
from collections.abc import Iterable

from core.http.connections import Connection

#: Seconds after which a slow client may lose its memory to others, and the pace (bytes per tick) that is slow.
STALL_SECONDS = 1.0
STALL_PACE = 16 * 1024
#: A connection that holds less is never dropped for its memory.
_SMALL_BYTES = 4096


class MemoryBudget:
    """The bytes that all connections hold together: heads, bodies and unsent responses."""

    def __init__(self) -> None:
        #: Set by ``core.gunicorn_engine``.
        self.limit_bytes = 256 * 1024 * 1024
        self.held_bytes = 0

    def count(self, connection: Connection) -> None:
        """Bring the sum up to date for one connection."""
        size = connection.size
        self.held_bytes += size - connection.counted_bytes
        connection.counted_bytes = size

    def forget(self, connection: Connection) -> None:
        """Take a closed connection out of the sum."""
        self.held_bytes -= connection.counted_bytes
        connection.counted_bytes = 0

    @property
    def available_bytes(self) -> int:
        """What may still be added; negative where too much is held."""
        return self.limit_bytes - self.held_bytes


def connections_by_memory(
    waiting: Iterable[Connection], newcomer: Connection, *, only_stalled: bool
) -> list[Connection]:
    """The connections that may be dropped for their memory; the one that holds most and moves least comes last.

    Args:
        only_stalled: Only those that hardly move, and not the newcomer.
    """
    latest = time.monotonic() - STALL_SECONDS
    holders = [
        connection
        for connection in waiting
        if connection.counted_bytes > _SMALL_BYTES
        and (
            not only_stalled
            or (connection is not newcomer and connection.pace < STALL_PACE and connection.state_since < latest)
        )
    ]
    return sorted(holders, key=lambda connection: connection.counted_bytes / (connection.pace + STALL_PACE))
