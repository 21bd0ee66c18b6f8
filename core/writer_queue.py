"""A fair queue of the writers of an SQLite file, across threads and processes, with a limit on waiting.

SQLite's own ``busy_timeout`` lets saturating writers starve each other. Writers therefore first queue for a lock in
memory (within a process) and then for a lock on a file beside the datastore.
"""

import fcntl
import os
import threading
from contextlib import suppress
from time import monotonic

#: The waiter thread ends after this long without a writer that has to wait.
_IDLE_SECONDS = 5.0


class WriterQueue:
    """This process's place in the queue for one lock file.

    A file lock cannot be waited for with a timeout. Where it is taken, a separate thread waits for it on behalf of the
    first writer; when that writer gives up, the place in the queue is kept for the next one.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._handle: int | None = None
        self._writer_turn = threading.Lock()
        # Guards the attributes below.
        self._state = threading.Lock()
        self._is_queued = False
        self._has_writer = False
        self._wake = threading.Semaphore(0)
        self._granted = threading.Semaphore(0)
        self._waiter: threading.Thread | None = None

    def acquire(self, seconds: float) -> bool:
        """Wait for this thread's turn, for at most ``seconds``; False if it did not come."""
        deadline = monotonic() + seconds
        if not self._writer_turn.acquire(timeout=max(0.0, seconds)):
            return False
        if self._take_or_queue() or self._granted.acquire(timeout=max(0.0, deadline - monotonic())):
            return True
        with self._state:
            self._has_writer = False
            # The turn may have come in this moment.
            is_granted = self._granted.acquire(blocking=False)
        if not is_granted:
            self._writer_turn.release()
        return is_granted

    def release(self) -> None:
        """End this thread's turn."""
        if self._handle is not None:
            fcntl.flock(self._handle, fcntl.LOCK_UN)
        self._writer_turn.release()

    def close(self) -> None:
        """Close the lock file when nobody waits; also in a process that was just forked."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def _take_or_queue(self) -> bool:
        """Take the file lock if it is free; otherwise let the waiter thread wait for it."""
        with self._state:
            if not self._is_queued:
                if self._handle is None:
                    self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                with suppress(BlockingIOError):
                    fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return True
                self._is_queued = True
                if self._waiter is None:
                    self._waiter = threading.Thread(target=self._wait, name="writer-queue", daemon=True)
                    self._waiter.start()
                self._wake.release()
            self._has_writer = True
            return False

    def _wait(self) -> None:
        while True:
            if not self._wake.acquire(timeout=_IDLE_SECONDS):
                with self._state:
                    if not self._is_queued:
                        self._waiter = None
                        return
                continue
            handle = self._handle
            if handle is not None:
                with suppress(OSError):
                    fcntl.flock(handle, fcntl.LOCK_EX)
            with self._state:
                self._is_queued = False
                if self._handle is None or handle is None:
                    # Closed meanwhile, which released the lock.
                    self._waiter = None
                    return
                if self._has_writer:
                    self._has_writer = False
                    self._granted.release()
                else:
                    fcntl.flock(handle, fcntl.LOCK_UN)
