"""Work beside the requests: one process that the server keeps alive, with a thread for each of the plugins' workers.

A worker is a callable without arguments that does what is due and returns how many seconds it can wait. What it works
on is kept in the datastore, so that it may die at any moment and several hosts may run it at once.
"""

import os
import signal
import threading
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from gunicorn.arbiter import Arbiter

from core.app import start
from core.config import Config
from core.db import close_database, ensure_connection
from core.engines import sentence, trouble

Worker = Callable[[], float]

#: Seconds until a worker that failed is tried again, and the longest any worker sleeps.
AFTER_FAILURE = 5.0
LONGEST_SLEEP = 60.0

log = structlog.get_logger("frontdesk.background")


def run(workers: Mapping[str, Worker], stop: threading.Event, *, parent: int | None = None) -> None:
    """Run every worker until ``stop`` is set or the process ``parent`` is gone."""
    threads = [
        threading.Thread(target=_repeat, args=(name, worker, stop), name=name, daemon=True)
        for name, worker in workers.items()
    ]
    for thread in threads:
        thread.start()
    while not stop.wait(0.5):
        if parent is not None and os.getppid() != parent:
            stop.set()
    for thread in threads:
        thread.join(15)


def _repeat(name: str, worker: Worker, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            ensure_connection()
            wait = worker()
        except Exception as error:
            in_trouble = trouble(error)
            if in_trouble is not None:
                log.warning("worker waits for the datastore", worker=name, error=sentence(in_trouble))
            else:
                log.exception("worker failed", worker=name)
            wait = AFTER_FAILURE
        stop.wait(min(max(wait, 0.01), LONGEST_SLEEP))
    close_database()


def main(config: Config, *, parent: int) -> None:
    """The whole life of the process."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda *_: stop.set())
    for number in (signal.SIGCHLD, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGTTIN, signal.SIGTTOU):
        signal.signal(number, signal.SIG_DFL if number == signal.SIGCHLD else signal.SIG_IGN)
    manager = start(config)
    run(manager.workers, stop, parent=parent)
    close_database()


class Keeper(Arbiter):
    """gunicorn's master process, which also keeps the background process alive."""

    def __init__(self, app: Any, config: Config) -> None:
        super().__init__(app)
        self._config = config
        self._background = 0

    def manage_workers(self) -> None:
        super().manage_workers()
        if not self._background or not _alive(self._background):
            self._background = self._spawn_background()

    def _spawn_background(self) -> int:
        parent = os.getpid()
        child = os.fork()
        if child:
            return child
        try:
            for listener in self.LISTENERS:
                listener.close()
            main(self._config, parent=parent)
            status = 0
        except BaseException:
            log.exception("the background process ends")
            status = 1
        os._exit(status)

    def stop(self, graceful: bool = True) -> None:
        if self._background and _alive(self._background):
            os.kill(self._background, signal.SIGTERM)
        super().stop(graceful)


def _alive(pid: int) -> bool:
    """Is this child still there? Ends that nobody has noticed yet count as gone."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == 0
    except ChildProcessError:
        # The master has collected it already, with all its other children.
        return False
