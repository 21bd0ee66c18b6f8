"""Room on disk for answers that their clients do not take, so that memory is left for those who read."""

import os
import socket
import tempfile
import threading
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from core.memory_budget import MemoryBudget

#: Shorter parts of an answer stay in memory.
_MIN_BYTES = 256 * 1024
#: The share of the memory budget that is used before anything goes to disk.
_MEMORY_SHARE = 16


class Spool:
    """Counts what all connections of a worker have on disk. Threads that answer add to it, the main loop removes."""

    def __init__(self, memory: "MemoryBudget") -> None:
        self._memory = memory
        #: Set by ``core.gunicorn_engine``.
        self.limit_bytes = 1024 * 1024 * 1024
        self.held_bytes = 0
        self._turn = threading.Lock()

    def is_wanted(self, size: int) -> bool:
        """Whether a part of an answer should go to disk, because memory has much already that clients do not take."""
        return size >= _MIN_BYTES and self._memory.held_bytes + size > self._memory.limit_bytes // _MEMORY_SHARE

    def reserve(self, size: int) -> bool:
        """Count ``size`` more bytes; False when there is no room for them."""
        with self._turn:
            if self.held_bytes + size > self.limit_bytes:
                return False
            self.held_bytes += size
            return True

    def release(self, size: int) -> None:
        """Count ``size`` bytes less."""
        with self._turn:
            self.held_bytes -= size

    def store(self, data: memoryview) -> "SpooledPart | None":
        """Write a part of an answer to disk; None when that is impossible, and it has to stay in memory."""
        if not self.reserve(len(data)):
            return None
        try:
            file = _write(data)
        except OSError:
            self.release(len(data))
            return None
        return SpooledPart(self, file, len(data))


def _write(data: memoryview) -> IO[bytes]:
    """A file with ``data`` and without a name: whatever ends the process also removes it."""
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.TemporaryFile(buffering=0))
        while data:
            data = data[file.write(data) :]
        stack.pop_all()
    return file


class SpooledPart:
    """A part of an answer on disk."""

    def __init__(self, spool: Spool, file: IO[bytes], size: int) -> None:
        self._spool, self._file, self._size = spool, file, size
        self.unsent_bytes = size

    def send(self, client: socket.socket) -> int:
        """Send what the client takes now; returns the bytes.

        Raises:
            OSError: The connection is broken, or the file cannot be read any more.
        """
        sent = os.sendfile(client.fileno(), self._file.fileno(), self._size - self.unsent_bytes, self.unsent_bytes)
        if not sent:
            raise OSError("a part of an answer on disk has become shorter")
        self.unsent_bytes -= sent
        return sent

    def close(self) -> None:
        """Give its room on disk back."""
        self._file.close()
        self._spool.release(self._size)
