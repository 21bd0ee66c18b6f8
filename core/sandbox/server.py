"""Serves a sandbox from one process: the server's own worker, without a master, on a socket that is bound before.

It ends with its parent, after SIGTERM or on Ctrl-C, and leaves nothing.
"""

import fcntl
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from core.config import Config, StartupError
from core.config_checks import bind_problem, host_and_port
from core.gunicorn_engine import GunicornServer, ServerLog
from core.leadership import RequestPool
from core.sandbox.host import PREFIX
from core.worker import Worker

#: The longest body, for documents that are loaded; the dialects keep their own limit.
MAX_BODY = 64 * 1024 * 1024
#: Seconds that requests under way may take when it ends.
GRACE_SECONDS = 2
_CONTROL_THREADS = 4
_FOLDER_PREFIX = "frontdesk-sandbox-"


def open_listener(bind: str) -> socket.socket:
    """A listening socket on ``HOST:PORT``; port 0 is a free one.

    Raises:
        StartupError: The address cannot be used.
    """
    if bind.startswith("unix:") or (reason := bind_problem(bind)):
        raise StartupError(f"--bind {reason if not bind.startswith('unix:') else 'must be HOST:PORT'}, not {bind!r}.")
    host, port = host_and_port(bind)
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise StartupError(f"cannot listen on {bind}: {error.strerror or error}.") from None
    listener.setblocking(False)
    return listener


def url_of(listener: socket.socket) -> str:
    """The URL at which a client on this machine reaches a listener."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(listener: socket.socket) -> bool:
    """Whether only this machine reaches a listener."""
    return ip_address(listener.getsockname()[0]).is_loopback


class TemporaryStore:
    """A folder for a store that goes with this process; what killed ones have left goes too."""

    def __init__(self) -> None:
        _remove_left_folders()
        self.folder = Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX))
        self._lock = os.open(self.folder / "running", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.path = self.folder / "store.db"

    def remove(self) -> None:
        """Remove it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _remove_left_folders() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER_PREFIX}*"):
        with suppress(OSError):
            handle = os.open(folder / "running", os.O_RDWR | os.O_CLOEXEC)
            try:
                # Its process holds this lock for as long as it lives.
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)


class SandboxWorker(Worker):
    """The worker in its parent's place."""

    #: Removes what must not stay, also where a request never ends.
    clean_up: Callable[[], None]
    #: Called when the first request would be answered.
    announce: Callable[[], None]

    #: Idle connections are not waited for.
    is_quick = True
    #: The control API answers while all other threads wait for a delay to end.
    control_pool: RequestPool

    def run(self) -> None:
        self.control_pool = RequestPool(_CONTROL_THREADS)
        super().run()

    def pool_of(self, path: bytes) -> RequestPool:
        """The threads that answer requests to a path."""
        return self.control_pool if path.startswith(PREFIX.encode()) else super().pool_of(path)

    def init_signals(self) -> None:
        super().init_signals()
        self.announce()

    def drain(self) -> None:
        """Answer what is under way, and clean up."""
        super().drain()
        self.clean_up()


class _Server(GunicornServer):
    """gunicorn's settings and a finished application."""

    def __init__(self, config: Config, app: Any, *, bind: str) -> None:
        self._app = app
        super().__init__(config, bind=bind, workers=1)

    def load(self) -> Any:
        return self._app


def make_worker(
    app: Any,
    config: Config,
    listener: socket.socket,
    *,
    announce: Callable[[], None],
    clean_up: Callable[[], None],
    kind: type[SandboxWorker] = SandboxWorker,
) -> SandboxWorker:
    """The worker for an application; its ``init_process`` serves.

    Args:
        announce: Called once requests are answered.
        clean_up: Called when no request is answered any more.
    """
    server = _Server(config, app, bind="127.0.0.1:0")
    server.cfg.set("graceful_timeout", GRACE_SECONDS)
    server.cfg.set("post_worker_init", lambda worker: None)
    worker = kind(0, os.getppid(), [listener], server, 60, server.cfg, ServerLog(server.cfg))
    worker.max_body = MAX_BODY
    worker.clean_up, worker.announce = clean_up, announce
    return worker


def serve(
    app: Any, config: Config, listener: socket.socket, *, announce: Callable[[], None], clean_up: Callable[[], None]
) -> None:
    """Serve until the parent ends or a signal comes; the arguments are those of ``make_worker``."""
    worker = make_worker(app, config, listener, announce=announce, clean_up=clean_up)
    try:
        worker.init_process()
    finally:
        worker.tmp.close()
        clean_up()
