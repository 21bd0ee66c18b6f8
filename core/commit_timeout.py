"""A commit that waits for a replica has an end, too.

PostgreSQL lets no timeout end that wait: a commit hangs for as long as the synchronous replica is away, and with it the
request's thread. So one thread per process looks once a second and cancels what has waited for too long. The server
then says that it has committed, with a warning, which ``core.engines`` takes for what it is.
"""

import logging
import os
import threading
from contextlib import suppress
from time import monotonic
from typing import Any

#: How long a commit may wait.
MAX_COMMIT_SECONDS = 10.0

log = logging.getLogger("frontdesk.db")

_pending_commits: dict[Any, float] = {}
_thread: threading.Thread | None = None


def commit_started(connection: Any) -> None:
    """This connection begins to commit."""
    global _thread
    _pending_commits[connection] = monotonic()
    if _thread is None:
        _thread = threading.Thread(target=_watch, name="commit watch", daemon=True)
        _thread.start()


def commit_ended(connection: Any) -> None:
    """It has committed, or failed to."""
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
