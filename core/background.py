"""Background work: a process that the server keeps running, with a thread for each worker of the plugins.

A worker is a callable without arguments that does what is due and returns the seconds until it wants to run again. Its
state is in the datastore, so it may die at any moment, and several hosts may run it at once.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from wsgiref.simple_server import WSGIServer

import structlog
from gunicorn.arbiter import Arbiter

from core import metrics
from core.accept_turns import AcceptTurns, ConnectionCounts
from core.app import connect, create_admin_app, create_console_app, reload_plugins, start
from core.config import Config
from core.config_checks import PUBLIC
from core.db import close_database, ensure_connection
from core.engines import DATABASE_ERRORS, problem_sentence, storage_problem
from core.errors import DatastoreUnavailable
from core.graceful_shutdown import stop_accepting
from core.http.admin_server import open_admin_server
from core.live_app import is_other_version, try_reload
from core.plugins import Manager
from core.services import stored_settings
from core.services.request_history import Sampler

Worker = Callable[[], float]

#: Seconds until a failed worker runs again, and the longest time between two runs.
RETRY_SECONDS = 5.0
MAX_SLEEP_SECONDS = 60.0
#: Seconds that workers may take to finish at shutdown.
SHUTDOWN_SECONDS = 10.0
#: Seconds that a reload waits for new workers before it stops the old ones.
BOOT_SECONDS = 15.0
#: The settings of ``addresses_beside``.
ADMIN_BIND, CONSOLE_BIND = "server.admin_bind", "console.bind"
#: The signals that stop a process.
STOP_SIGNALS = frozenset((signal.SIGTERM, signal.SIGINT, signal.SIGQUIT))

log = structlog.get_logger("frontdesk.background")


def run_workers(
    workers: Mapping[str, Worker], stop: threading.Event, should_stop: Callable[[], Any] | None = None
) -> None:
    """Run every worker until ``stop`` is set or ``should_stop`` returns true; the latter may block briefly."""
    threads = [
        threading.Thread(target=_run_worker, args=(name, worker, stop), name=name, daemon=True)
        for name, worker in workers.items()
    ]
    for thread in threads:
        thread.start()
    while not (should_stop or partial(stop.wait, 0.5))():
        pass
    stop.set()
    deadline = time.monotonic() + SHUTDOWN_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def _run_worker(name: str, worker: Worker, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            ensure_connection()
            wait = float(worker())
        except BaseException as error:
            # A plugin may even call sys.exit, which would end this thread without a word.
            in_trouble = storage_problem(error)
            if in_trouble is not None:
                log.warning("worker waits for the datastore", worker=name, error=problem_sentence(in_trouble))
            else:
                log.exception("worker failed", worker=name)
            wait = RETRY_SECONDS
        stop.wait(min(max(wait, 0.01), MAX_SLEEP_SECONDS) if wait == wait else RETRY_SECONDS)
    close_database()


def run_background_process(config: Config, *, parent_pid: int) -> None:
    """Run the background process until it gets a signal or its parent ends.

    Signals that end the process are blocked and waited for instead of handled: a handler that sets an event would
    deadlock when it interrupts the thread that holds the event's lock.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for signal_number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGTTIN, signal.SIGTTOU):
        signal.signal(signal_number, signal.SIG_IGN)

    def has_to_end() -> bool:
        return signal.sigtimedwait(STOP_SIGNALS, 0.5) is not None or os.getppid() != parent_pid

    manager = start(config)
    beside = _serve_beside(config, manager)
    own_workers = {"history": history_worker()}
    while not _run_until_settings_change(manager, has_to_end, own_workers):
        manager = _renew(config, manager)
        if ADMIN_BIND in beside:
            beside[ADMIN_BIND].set_app(create_admin_app(config, manager))
    close_database()


def _run_until_settings_change(
    manager: Manager, has_to_end: Callable[[], bool], own_workers: Mapping[str, Worker] = MappingProxyType({})
) -> bool:
    """Run the workers of these plugins, and the host's own.

    Returns:
        True when the process has to end, False when a setting has changed.
    """
    is_ending = False

    def should_stop() -> bool:
        nonlocal is_ending
        is_ending = has_to_end()
        return is_ending or is_other_version(manager.settings_version)

    run_workers({**own_workers, **manager.workers}, threading.Event(), should_stop)
    return is_ending


def _renew(config: Config, manager: Manager) -> Manager:
    """The plugins with the settings of now, connected; with the old ones where they cannot start with these."""
    try:
        version = stored_settings.current_version()
        new = try_reload(lambda: reload_plugins(config, manager))
    except (*DATABASE_ERRORS, DatastoreUnavailable):
        return manager
    if new is None:
        return replace(manager, settings_version=version)
    connect(config, new)
    return new


def history_worker() -> Worker:
    """Stores each minute what this host has counted."""
    folder = os.environ.get(metrics.FOLDER_VARIABLE)
    baseline = Path(folder) / "sampled.json" if folder else None
    return Sampler(metrics.counter_totals, lambda: datetime.now(UTC), baseline=baseline).work


def addresses_beside(config: Config) -> dict[str, str]:
    """The addresses of operators beside the public one, by setting."""
    addresses = {}
    if config.server.admin_bind not in ("", PUBLIC):
        addresses[ADMIN_BIND] = config.server.admin_bind
    if config.console.enabled and config.console.bind:
        addresses[CONSOLE_BIND] = config.console.bind
    return addresses


def _serve_beside(config: Config, manager: Manager) -> dict[str, WSGIServer]:
    """Serve the apps for operators on addresses of their own, each in a thread beside the workers; by setting."""
    make_app: dict[str, Callable[..., Any]] = {ADMIN_BIND: create_admin_app, CONSOLE_BIND: create_console_app}
    servers = {}
    for setting, bind in addresses_beside(config).items():
        try:
            servers[setting] = open_admin_server(make_app[setting](config, manager), bind)
        except OSError as error:
            log.error(f"{setting} cannot be used", bind=bind, reason=error.strerror)
            continue
        threading.Thread(target=servers[setting].serve_forever, name=setting, daemon=True).start()
    return servers


class BackgroundSupervisor(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's master process, which also keeps the background process running and cleans up after itself."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._background_pid = 0
        self._connection_counts = ConnectionCounts()
        #: Workers that have not reported yet, with the mark they started with.
        self._booting: dict[int, float] = {}
        self._is_reloading = False
        #: True once workers that end are no longer replaced.
        self.is_stopping = False

    def spawn_worker(self) -> int:
        # A signal between the fork and the child's own handlers would be lost; the child lets them through.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            pid: int = super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        # Its first report changes this mark.
        self._booting[pid] = self.WORKERS[pid].tmp.last_update()
        return pid

    def add_accept_turns(self, worker: Any) -> None:
        """Let a worker that is about to start tell the others how many connections it holds."""
        slot = self._connection_counts.free_slot(self._used_slots())
        worker.accept_turns = AcceptTurns(self._connection_counts, slot)

    def _used_slots(self) -> set[int | None]:
        return {worker.accept_turns.slot for worker in self.WORKERS.values()}

    def manage_workers(self) -> None:
        self._connection_counts.keep_only(self._used_slots())
        if self._is_reloading:
            self._wait_for_new_workers()
        super().manage_workers()
        if self.app.has_background and not (self._background_pid and _is_running(self._background_pid)):
            self._background_pid = self._spawn_background()

    def _spawn_background(self) -> int:
        parent = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        child = os.fork()
        if child:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
            return child
        try:
            for listener in self.LISTENERS:
                listener.close()
            run_background_process(self.app.config, parent_pid=parent)
            status = 0
        except BaseException:
            log.exception("the background process ends")
            status = 1
        os._exit(status)

    def reload(self) -> None:
        """SIGHUP: start new workers with the current configuration; the old ones finish their requests."""
        self.app.reload()
        self._end_background()
        self._booting.clear()
        self._is_reloading = True
        super().reload()

    def _wait_for_new_workers(self) -> None:
        """Keep the old workers until the new ones run, so that no request waits while they start."""
        self._is_reloading = False
        deadline = time.monotonic() + BOOT_SECONDS
        while self._booting and time.monotonic() < deadline:
            time.sleep(0.05)
            self.reap_workers()
            for pid, mark in list(self._booting.items()):
                if pid not in self.WORKERS or self.WORKERS[pid].tmp.last_update() != mark:
                    del self._booting[pid]

    def stop(self, graceful: bool = True) -> None:
        self.is_stopping = True
        for listener in self.LISTENERS:
            stop_accepting(listener)
        self._end_background()
        super().stop(graceful)
        if self._background_pid:
            self._wait_for_background(SHUTDOWN_SECONDS if graceful else 1.0)

    def _end_background(self) -> None:
        if self._background_pid and _is_running(self._background_pid):
            os.kill(self._background_pid, signal.SIGTERM)

    def _wait_for_background(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while _is_running(self._background_pid):
            if time.monotonic() > deadline:
                # Its work is under leases; the next process takes over.
                os.kill(self._background_pid, signal.SIGKILL)
            time.sleep(0.02)


def _is_running(pid: int) -> bool:
    """Whether this child still runs; one that has ended and was not collected yet does not."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == 0
    except ChildProcessError:
        # gunicorn has collected it already, with its other children.
        return False
