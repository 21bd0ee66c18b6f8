"""Serves with gunicorn: several worker processes with several threads each, with settings that need no tuning."""

import ctypes
import faulthandler
import gc
import logging
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from core import granian_engine, logs, metrics
from core.app import create_app, start
from core.background import BackgroundSupervisor, addresses_beside
from core.config import Config, StartupError
from core.config_checks import bind_problem, host_and_port
from core.datastore import prove_datastore
from core.db import close_database
from core.huge_pages import use_huge_pages
from core.services import site
from core.undo_log import undo_interrupted

log = logs.get_logger("frontdesk.serve")

#: Paths that are served while all other requests wait.
PROBE_PATHS = (b"/healthz", b"/readyz", b"/metrics")


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's log without handlers of its own; its records go where all others go, in the same format."""

    def setup(self, cfg: Any) -> None:
        self.error_log.setLevel(self.LOG_LEVELS.get(cfg.loglevel, logging.INFO))
        self.error_log.propagate = True


class GunicornServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn configured in code; it reads no file, environment or command line.

    Args:
        reload_config: Returns the current configuration when SIGHUP arrives; without it the first one stays.
    """

    def __init__(
        self,
        config: Config,
        *,
        bind: str,
        workers: int | None = None,
        background: bool = False,
        reload_config: Callable[[], Config] | None = None,
    ) -> None:
        self.config = config
        self.has_background = background
        self._bind = bind
        self._workers = workers
        self._reload_config = reload_config
        super().__init__()

    def load_config(self) -> None:
        count = self._workers or self.config.server.workers
        for name, value in gunicorn_settings(self.config, bind=self._bind, workers=count).items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        return create_app(self.config)

    def reload(self) -> None:
        """Apply the current configuration; an unusable one is logged, and nothing changes."""
        if self._reload_config is None:
            return
        try:
            config = self._reload_config()
            manager = start(config)
        except Exception as error:
            # No error here may stop a running server.
            reason = str(error) if isinstance(error, StartupError) else f"{type(error).__name__}: {error}"
            log.error("the configuration cannot be used, the old one stays", reason=reason)
            return
        finally:
            close_database()
        if config.server.bind != self.config.server.bind:
            log.warning("server.bind takes effect with the next start", bind=config.server.bind)
        self.config = config
        log.info("configuration read again", source=config.source, plugins=[plugin.name for plugin in manager.plugins])

    def run(self) -> None:
        try:
            BackgroundSupervisor(self).run()
        except RuntimeError as error:
            raise StartupError(str(error)) from error


def gunicorn_settings(config: Config, *, bind: str, workers: int) -> dict[str, Any]:
    """gunicorn's settings; ``bench/`` uses the same ones for the bare app."""
    return {
        "bind": [bind],
        "workers": workers,
        "threads": config.server.threads,
        "worker_class": "core.worker.Worker",
        "worker_connections": 1000,
        "keepalive": 30,
        "timeout": 60,
        "graceful_timeout": 20,
        "backlog": 2048,
        # The worker has its own limit, which may be larger than gunicorn's.
        "limit_request_line": 0,
        # The host evaluates proxy headers itself, by [server] trusted_proxies.
        "forwarded_allow_ips": "",
        "control_socket_disable": True,
        "accesslog": None,
        "loglevel": config.server.log_level if config.server.log_level in ("debug", "error") else "warning",
        "logger_class": ServerLog,
        "proc_name": "frontdesk",
        "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,
        "pre_fork": _before_fork,
        "child_exit": _child_exit,
        "post_worker_init": _worker_initializer(config),
    }


def _worker_initializer(config: Config) -> Any:
    def configure_worker(worker: Any) -> None:
        worker.max_body = config.server.max_body
        worker.memory.limit_bytes = config.server.memory_budget
        worker.spool.limit_bytes = 4 * config.server.memory_budget
        worker.probe_paths = PROBE_PATHS
        worker.is_waiting_mostly = not config.database.url.startswith("sqlite:")
        # Objects from start-up stay; scanning them in every collection would slow long lists by a quarter.
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 10, 10)
        _return_large_blocks()
        if not os.environ.get("FD_SMALL"):
            use_huge_pages()

    return configure_worker


def _return_large_blocks() -> None:
    """Make glibc return the memory of large responses at once, instead of keeping some for each thread.

    By default it learns to keep such blocks: 40 MiB more per worker after long lists. Responses of up to a megabyte
    still reuse memory. All threads use one heap: they hardly allocate at the same time, and each keeps what it has once
    needed in a heap of its own.
    """
    m_trim_threshold, m_mmap_threshold, m_arena_max = -1, -3, -8
    with suppress(AttributeError, OSError, TypeError):
        tune = ctypes.CDLL(None).mallopt
        tune(m_mmap_threshold, 4 * 1024 * 1024)
        tune(m_trim_threshold, 8 * 1024 * 1024)
        tune(m_arena_max, 1)


def _before_fork(server: Any, worker: Any) -> None:
    server.add_accept_turns(worker)


def _child_exit(server: Any, worker: Any) -> None:
    if os.environ.get(metrics.FOLDER_VARIABLE):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)
        if not server.is_stopping:
            metrics.create_meters()
            metrics.increment("workers_restarted")


def check_bind(bind: str) -> None:
    """Refuse an address that cannot be bound, with one sentence instead of gunicorn's many."""
    if reason := bind_problem(bind):
        raise StartupError(f"server.bind {reason}, not {bind!r}.")
    if bind.startswith("unix:"):
        return
    host, port = host_and_port(bind)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StartupError(f"cannot listen on {bind}: {error.strerror or error}.") from None


def run(
    config: Config,
    *,
    bind: str | None = None,
    workers: int | None = None,
    reload_config: Callable[[], Config] | None = None,
) -> None:
    """Check everything once, then serve until stopped.

    Args:
        reload_config: Reads the configuration again when SIGHUP arrives.

    Raises:
        StartupError: Before any worker starts.
    """
    logs.configure(config.server.log_level)
    if sys.__stderr__ is not None:
        # Should a library crash a worker, the log says where.
        faulthandler.enable(sys.__stderr__)
    bind = bind or config.server.bind
    check_bind(bind)
    for address in addresses_beside(config).values():
        check_bind(address)
    if config.server.engine == "granian":
        granian_engine.check_installed()
    folder = tempfile.mkdtemp(prefix="frontdesk-metrics-")
    os.environ[metrics.FOLDER_VARIABLE] = folder
    master = os.getpid()
    try:
        manager = start(config)
        if site.extras(site.SANDBOX_MARK):
            raise StartupError("the datastore is a sandbox's; frontdesk sandbox --store opens it, a server does not.")
        undo_interrupted()
        prove_datastore(config)
        names = [plugin.name for plugin in manager.plugins]
        log.info(
            "serving", bind=bind, engine=config.server.engine, workers=workers or config.server.workers, plugins=names
        )
        # Workers open their own connections; a connection does not survive a fork.
        close_database()
        if config.server.engine == "granian":
            granian_engine.run(config, bind=bind, workers=workers or config.server.workers, background=True)
        else:
            GunicornServer(config, bind=bind, workers=workers, background=True, reload_config=reload_config).run()
    finally:
        # Workers that end run this too.
        if os.getpid() == master:
            shutil.rmtree(folder, ignore_errors=True)
