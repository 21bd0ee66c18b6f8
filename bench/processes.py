"""Servers and the driver as child processes, and their cost as the operating system reports it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    """A gunicorn master and its workers."""

    def __init__(self, process: subprocess.Popen, port: int, started: float, count: int) -> None:
        self.process = process
        self.port = port
        self._count = count
        #: Seconds from the start of the process to its first response.
        self.first_answer = started

    @property
    def workers(self) -> list[int]:
        pid = self.process.pid
        children = [int(pid_text) for pid_text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        # The background process serves no requests; gunicorn's starts after the workers.
        return [child for child in children if not _serves_nothing(child)][: self._count]

    def cpu(self) -> float:
        """Seconds of processor time, user and system, of all workers since they began."""
        return sum(cpu_of(pid) for pid in self.workers)

    def cpu_by_worker(self) -> list[float]:
        """The same for each worker."""
        return [cpu_of(pid) for pid in self.workers]

    def memory(self) -> list[float]:
        """Resident MiB of each worker."""
        return [_resident(pid) for pid in self.workers]


def _serves_nothing(pid: int) -> bool:
    """Whether a process has a command of its own: granian's background process, and Python's own helper."""
    command = Path(f"/proc/{pid}/cmdline").read_bytes()
    return command.endswith(b"background\0") or b"resource_tracker" in command


def cpu_of(pid: int) -> float:
    """Seconds of processor time of a process, user and system.

    From the scheduler in nanoseconds where the kernel reports that, else in the coarse ticks of ``stat``. Ended threads
    are in the ticks only; the workers' threads stay.
    """
    try:
        total = 0
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                total += int(file.read().split()[0])
        return total / 1e9
    except FileNotFoundError:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def serving(
    module: list[str], *, port: int, folder: Path, path: str, workers: int, more_path: Sequence[Path] = ()
) -> Iterator[Running]:
    """Run ``python -m MODULE ...`` until the end of the block; yields when ``path`` responds.

    Args:
        more_path: Folders that packages are imported from as well.
    """
    log = (folder / f"server-{module[0]}.log").open("ab")
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", *module],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, *more_path)))},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        _wait(process, port, path, log.name)
        yield Running(process, port, time.perf_counter() - started, workers)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _wait(process: subprocess.Popen, port: int, path: str, log: str) -> None:
    deadline = time.monotonic() + 60
    request = f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode()
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
                client.sendall(request)
                if client.recv(64).startswith(b"HTTP/1.1 "):
                    return
        except OSError:
            pass
        time.sleep(0.005)
    raise SystemExit(f"bench: the server did not come up:\n{Path(log).read_text()[-4000:]}")


class Load:
    """The driver process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.driver"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout

    def __enter__(self) -> "Load":
        return self

    def __exit__(self, *_: object) -> None:
        self._requests.close()
        self._process.wait(10)

    def keep(self, name: str, requests: list[bytes]) -> None:
        self._ask({"load": name, "requests": [request.decode("latin-1") for request in requests]})

    def run(self, name: str, port: int, count: int, clients: int = 1) -> dict[str, Any]:
        return self._ask({"name": name, "port": port, "count": count, "clients": clients})

    def forget(self, port: int) -> None:
        """Close the connections to a server; the next run opens others."""
        self._ask({"forget": port})

    def _ask(self, job: dict[str, Any]) -> dict[str, Any]:
        self._requests.write(json.dumps(job) + "\n")
        self._requests.flush()
        answer = json.loads(self._answers.readline())
        if "error" in answer:
            raise SystemExit(f"bench: the driver stopped: {answer['error']}")
        return answer
