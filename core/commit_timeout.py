"""A time limit for commits that wait for a replica.

No timeout of PostgreSQL covers that wait: a commit hangs for as long as the synchronous replica is away, and with it
the request's thread. One thread per process therefore looks once a second and cancels commits that wait for too long.
The server then reports that it has committed, with a warning, which ``core.engines`` turns into an error.
"""

import logging
import os
import threading
from contextlib import suppress
from time import monotonic
from typing import Any

#: Seconds that a commit may wait.
MAX_COMMIT_SECONDS = 10.0

log = logging.getLogger("frontdesk.db")

_pending_commits: dict[Any, float] = {}
_thread: threading.Thread | None = None


def commit_started(connection: Any) -> None:
    """Register a commit on this connection."""
    global _thread
    _pending_commits[connection] = monotonic()
    if _thread is None:
        _thread = threading.Thread(target=_watch, name="commit watch", daemon=True)
        _thread.start()


def commit_ended(connection: Any) -> None:
    """Unregister it, after success or failure."""
    _pending_commits.pop(connection, None)


def _watch() -> None:
    pause = threading.Event()
    while True:
        pause.wait(1.0)
        now = monotonic()
        for connection, started in list(_pending_commits.items()):
            if now - started > MAX_COMMIT_SECONDS and _pending_commits.pop(connection, None) is not None:
                log.warning("a commit has waited for a replica for too long")
                with suppress(Exception):
                    connection.cancel_safe(timeout=5)


def _after_fork() -> None:
    global _thread
    _thread = None
    _pending_commits.clear()


os.register_at_fork(after_in_child=_after_fork)
