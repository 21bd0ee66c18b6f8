"""A real server for tests: ``frontdesk serve`` in processes of its own, on a free port."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def toml(value: object) -> str:
    """A plain value as TOML, which for these is JSON."""
    return json.dumps(value)


def write_config(folder: Path, **tables: dict[str, object]) -> Path:
    """``config.toml`` with these tables; ``plugins={"enabled": [...], "name": {...}}`` makes sub-tables."""
    lines = []
    for name, table in tables.items():
        nested = {key: value for key, value in table.items() if isinstance(value, dict)}
        lines.append(f"[{name}]")
        lines += [f"{key} = {toml(value)}" for key, value in table.items() if key not in nested]
        for inner, settings in nested.items():
            lines.append(f"[{name}.{inner}]")
            lines += [f"{key} = {toml(value)}" for key, value in settings.items()]
    path = folder / "config.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def command(*words: str) -> list[str]:
    """The command line of ``frontdesk WORDS`` in this Python."""
    return [sys.executable, "-m", "core.cli", *words]


def environment() -> dict[str, str]:
    """The environment of such a process: what can be imported here can be imported there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK__")}
    path = os.pathsep.join(folder or os.getcwd() for folder in sys.path)
    return {**kept, "PYTHONPATH": path, "PYTHONWARNINGS": "default"}


@contextmanager
def serving(
    config: Path, *, workers: int = 2, port: int | None = None
) -> Iterator[tuple[str, int, subprocess.Popen[bytes]]]:
    """Serve ``config``; yields host, port and the master process, and stops everything at the end."""
    port = port or free_port()
    words = command("--config", str(config), "serve", "--bind", f"127.0.0.1:{port}", "--workers", str(workers))
    with running(words, config.parent, port) as process:
        yield "127.0.0.1", port, process


@contextmanager
def running(words: Sequence[str], folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in ``folder`` that serves on ``port``, with its output in ``server.log``; stops it at the end."""
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(words, cwd=folder, env=environment(), stdout=log, stderr=log, start_new_session=True)
        try:
            wait_until_up(port, process, log.name)
            yield process
        except Exception:
            # Shown with the failed test, whatever it blames.
            print(Path(log.name).read_text()[-4000:])
            raise
        finally:
            stop(process)


def stop(process: "subprocess.Popen[Any]") -> None:
    """End a process that leads a session of its own; after ten seconds all of that session."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def wait_for(
    condition: Callable[[], object], seconds: float = 30.0, describe: Callable[[], object] | None = None
) -> None:
    """Wait until ``condition()`` is true.

    Args:
        describe: Returns what to say of the state when it never becomes true.

    Raises:
        AssertionError: It is not after ``seconds``.
    """
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            state = f": {describe()}" if describe else ""
            raise AssertionError(f"it never came about{state}")
        time.sleep(0.05)


def wait_until_up(port: int, process: subprocess.Popen[bytes], log: str, seconds: float = 20) -> None:
    """Wait until the server on ``port`` answers.

    Raises:
        AssertionError: It does not, or ``process`` has ended; the message has the end of the file ``log``.
    """
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if process.poll() is not None:
            break
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as client:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
                if client.recv(64).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"the server did not come up:\n{Path(log).read_text()[-4000:]}")
