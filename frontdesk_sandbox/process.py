"""Starts ``frontdesk sandbox`` as a child process and talks to it over one connection."""

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from frontdesk_sandbox.client import Sandbox, SandboxError

#: Seconds for an answer of the control API; the clock may have to let much happen.
_ANSWER_SECONDS = 90.0
_STOP_SECONDS = 5.0


class Connection:
    """A transport over HTTP; one connection for each thread that uses it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._local = threading.local()

    def __call__(self, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
        headers = {} if body is None else {"Content-Type": "application/json"}
        for is_last in (False, True):
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = http.client.HTTPConnection(self._host, self._port, timeout=_ANSWER_SECONDS)
                self._local.connection = connection
            try:
                connection.request(method, path, body, headers)
                reply = connection.getresponse()
                raw = reply.read()
                break
            except (http.client.RemoteDisconnected, ConnectionError):
                # A connection that was idle for too long; the request was not read.
                self.close()
                if is_last:
                    raise
        try:
            return reply.status, json.loads(raw) if raw else None
        except ValueError:
            return reply.status, raw.decode("utf-8", "replace")

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None


def command_line(
    *,
    dialects: Sequence[str] = (),
    strict: bool = False,
    seed: str | Path = "demo",
    now: datetime | str | None = None,
    timezone: str = "",
    bind: str = "127.0.0.1:0",
) -> list[str]:
    """The command that starts such a sandbox with this Python."""
    words = [sys.executable, "-m", "core.cli", "sandbox", "--json", "--bind", bind, "--seed", str(seed)]
    words += [word for dialect in dialects for word in ("--dialect", dialect)]
    if strict:
        words.append("--strict")
    if now is not None:
        words += ["--now", now if isinstance(now, str) else now.isoformat()]
    return words + (["--timezone", timezone] if timezone else [])


@contextmanager
def start(**options: Any) -> Iterator[Sandbox]:
    """A sandbox in a process of its own, which ends with the block, and with this process in any case.

    Args:
        options: ``dialects``, ``strict``, ``seed``, ``now``, ``timezone``, ``bind``, as the command takes them.

    Raises:
        SandboxError: It does not start; the message is its own.
    """
    process = launch(**options)
    try:
        sandbox = connect(process)
        yield sandbox
        sandbox.close()
    finally:
        end(process)


def launch(**options: Any) -> "subprocess.Popen[str]":
    """Start the process without waiting for it; ``connect`` waits, ``end`` ends it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK__")}
    folder = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [kept.get("PYTHONPATH"), folder]))
    return subprocess.Popen(
        command_line(**options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**kept, "PYTHONPATH": path},
    )


def connect(process: "subprocess.Popen[str]") -> Sandbox:
    """The sandbox of a process, once it is ready.

    Raises:
        SandboxError: It does not start; the message is its own.
    """
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    if not line:
        process.wait(_STOP_SECONDS)
        raise SandboxError(0, process.stderr.read().strip() or "the sandbox ended without a word")
    ready = json.loads(line)
    # What it writes later must not fill the pipe.
    threading.Thread(target=_copy, args=(process.stderr,), daemon=True).start()
    return Sandbox(ready, Connection(ready["url"]))


def _copy(lines: Any) -> None:
    for line in lines:
        sys.stderr.write(line)


def end(process: "subprocess.Popen[str]") -> None:
    """End the process and wait for it."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_STOP_SECONDS)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
