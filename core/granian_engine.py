"""``[server] engine = "granian"``: a server in Rust that costs half as much as gunicorn per request.

For hosts behind a proxy that buffers requests and responses. It reads bodies in a thread, so slow clients would occupy
its threads; ``docs/serving.md`` lists what else it does not bound.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.config import ENV_PREFIX, ENVIRONMENT, Config, StartupError, load_config
from core.config_checks import host_and_port
from core.http.request_parsing import MAX_HEAD
from core.wsgi import CONFIG_VARIABLE

#: Seconds for a request head, and for requests under way after SIGTERM.
HEAD_SECONDS = 15
GRACE_SECONDS = 20


def check_installed() -> None:
    """Check that granian is installed."""
    try:
        import granian  # noqa: F401
    except ImportError:
        raise StartupError("server.engine: granian is not installed; run: pip install 'frontdesk[granian]'") from None


def run(config: Config, *, bind: str, workers: int, background: bool) -> None:
    """Serve until stopped."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    file = None if config.source == ENVIRONMENT else config.source
    _export_config(config, file)
    server = Granian(
        "core.wsgi:create",
        factory=True,
        **_address_options(bind),
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000, max_buffer_size=MAX_HEAD),
        websockets=False,
        workers=workers,
        blocking_threads=config.server.threads,
        backlog=2048,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=GRACE_SECONDS,
        log_level=LogLevels.warning,
        process_name=None,
    )
    beside = _BackgroundProcess(["--config", file] if file else []) if background else None
    if beside is not None:
        beside.start()
    try:
        server.serve()
    finally:
        if beside is not None:
            beside.stop()


def _export_config(config: Config, file: str | None) -> None:
    """Make the workers, which read the configuration themselves, arrive at the same one.

    What the command line changed goes into the environment, which takes precedence over the file.
    """
    os.environ.pop(CONFIG_VARIABLE, None)
    if file is not None:
        os.environ[CONFIG_VARIABLE] = file
    read = load_config(file)
    for table, key in (("site", "url"), ("server", "log_level"), ("server", "access_log")):
        value, stored = (getattr(getattr(source, table), key) for source in (config, read))
        if value != stored:
            variable = f"{ENV_PREFIX}{table}__{key}".upper()
            os.environ.pop(f"{variable}_FILE", None)
            os.environ[variable] = str(value)


def _address_options(bind: str) -> dict[str, Any]:
    if bind.startswith("unix:"):
        return {"uds": Path(bind.removeprefix("unix:"))}
    host, port = host_and_port(bind)
    return {"address": host, "port": port}


class _BackgroundProcess:
    """``frontdesk background`` as a child process that is restarted when it ends."""

    def __init__(self, options: Sequence[str]) -> None:
        self._command = [sys.executable, "-m", "core.cli", *options, "background"]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_running, name="background", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(GRACE_SECONDS)

    def _keep_running(self) -> None:
        while not self._stop.is_set():
            # The child notices by itself when this process has ended.
            child = subprocess.Popen(self._command)
            while child.poll() is None and not self._stop.wait(0.5):
                pass
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
                try:
                    child.wait(GRACE_SECONDS / 2)
                except subprocess.TimeoutExpired:
                    child.kill()
            child.wait()
            self._stop.wait(0.5)
