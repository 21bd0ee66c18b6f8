"""``python -m bench.engines``: the same application and attacks under different servers, as one table.

Cost per request (processor time of all processes; a response of some bytes and an authenticated read), and how long a
good client waits among 120 bad ones that behave as in ``tests/test_slow_clients.py``.
"""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil

from bench.processes import free_port
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import OverHttp
from frontdesk.testing.servers import command, environment, wait_until_up
from siege import store
from siege.attacks import Target
from siege.watch import Memory
from tests.test_refusals import REFUSED
from tests.test_slow_clients import BAD, MANY, worst_wait

COUNT = 2_000
_GUNICORN = ["gunicorn", "core.wsgi:app", "--bind", "127.0.0.1:{port}", "--no-control-socket", "--workers", "2"]
#: Name in the table: arguments for Python's ``-m``.
ENGINES = {
    "frontdesk's worker": [*command("--config", "{config}", "serve", "--bind", "127.0.0.1:{port}")[2:]],
    "gunicorn gthread": [*_GUNICORN, "--worker-class", "gthread", "--threads", "4"],
    "gunicorn gevent": [*_GUNICORN, "--worker-class", "gevent"],
    "granian": [
        *("granian", "core.wsgi:app", "--interface", "wsgi", "--port", "{port}", "--workers", "2"),
        *("--blocking-threads", "4", "--log-level", "warning", "--no-ws", "--http", "1"),
    ],
}


def _cpu(master: int) -> float:
    process = psutil.Process(master)
    times = [child.cpu_times() for child in [process, *process.children(recursive=True)]]
    return sum(child.user + child.system for child in times)


def _cost(target: Target, clients: int, raw: bytes) -> float:
    """Microseconds of processor time per request over kept connections."""

    def ask() -> None:
        with socket.create_connection(target.address, timeout=30) as client:
            for _ in range(COUNT // clients):
                client.sendall(raw)
                received = b""
                while b"\r\n\r\n" not in received:
                    received += client.recv(65536)
                head, _, body = received.partition(b"\r\n\r\n")
                missing = int(head.lower().partition(b"content-length: ")[2].split()[0]) - len(body)
                while missing > 0:
                    missing -= len(client.recv(missing))

    before = _cpu(target.master)
    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (_cpu(target.master) - before) / COUNT * 1e6


def slow_form(client: socket.socket, stop: threading.Event) -> None:
    """A slow body, for a path that reads it."""
    client.sendall(b"POST /auth/token HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n")
    while not stop.wait(0.3):
        client.sendall(b"x")


def _wait_among(target: Target, behave: Callable[[socket.socket, threading.Event], None]) -> float:
    """The longest wait of a good client among bad ones; 10 and more means that the server no longer responds."""
    stop = threading.Event()

    def run() -> None:
        with suppress(OSError, AssertionError), socket.create_connection(target.address, timeout=10) as client:
            behave(client, stop)

    bad = [threading.Thread(target=run) for _ in range(MANY)]
    for thread in bad:
        thread.start()
    try:
        return worst_wait(target.address, 2.0)
    except (OSError, AssertionError):
        return 10.0
    finally:
        stop.set()
        for thread in bad:
            thread.join()


def _unfinished(target: Target) -> float:
    """MiB of the largest process with 300 bodies that miss their last byte."""
    head = b"POST /auth/token HTTP/1.1\r\nHost: t\r\nContent-Length: 1048576\r\n\r\n"
    with Memory(target.master) as memory, ExitStack() as stack:
        for _ in range(300):
            with suppress(OSError):
                client = stack.enter_context(socket.create_connection(target.address, timeout=3))
                client.settimeout(1.0)
                client.sendall(head + b"x" * 1_048_575)
        time.sleep(1.0)
    return memory.largest


def _unanswered(target: Target) -> int:
    """How many of the refusals of ``tests/test_refusals.py`` get no response at all."""
    empty = 0
    for _, raw, _ in REFUSED:
        reply = b""
        with suppress(OSError), socket.create_connection(target.address, timeout=3) as client:
            client.sendall(raw)
            client.shutdown(socket.SHUT_WR)
            reply = client.recv(1000)
        empty += not reply
    return empty


def measure(name: str, words: list[str]) -> list[str]:
    """One row of the table."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-engines-") as name_of_folder:
        folder = Path(name_of_folder)
        shop = store.prepare(folder, f"sqlite:///{folder}/store.db")
        port = free_port()
        with (folder / "server.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *(word.format(port=port, config=shop["config"]) for word in words)],
                env={**environment(), "FRONTDESK_CONFIG": str(shop["config"])},
                cwd=folder,
                stdout=log,
                stderr=log,
            )
            try:
                wait_until_up(port, process, log.name)
                return _row(name, Target("127.0.0.1", port, process.pid, folder, shop["config"], "", 0, 0), shop)
            finally:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(25)
                process.kill()


def _row(name: str, target: Target, shop: dict) -> list[str]:
    client = DRIVERS["wc_bookings"](OverHttp(*target.address), shop["keys"]["wc_bookings"])
    room, start = store.places(shop["rooms"])[0]
    booking = client.book(room, start)
    fields = "".join(f"{key}: {value}\r\n" for key, value in client.headers.items())
    read = f"GET {client.base}/bookings/{booking.id} HTTP/1.1\r\nHost: t\r\n{fields}\r\n".encode()
    alive = b"GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n"
    costs = [_cost(target, clients, raw) for raw in (alive, read) for clients in (1, 8)]
    waits = {behave.__name__: _wait_among(target, behave) for behave in [*BAD, slow_form]}
    stalled = [kind.replace("_", " ") for kind, seconds in waits.items() if seconds > 1.0]
    return [
        name,
        *(f"{cost:.0f}" for cost in costs),
        f"{max(waits.values()):.1f}",
        f"{len(stalled)}: {', '.join(stalled)}" if stalled else "none",
        f"{_unanswered(target)} of {len(REFUSED)}",
        f"{_unfinished(target):.0f}",
    ]


def main() -> None:
    print("| server | alive, 1 | alive, 8 | read, 1 | read, 8 | worst wait | stalled by | unanswered | MiB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: |")
    for name, words in ENGINES.items():
        if os.environ.get("BENCH_ONLY", "") in name:
            print(f"| {' | '.join(measure(name, words))} |", flush=True)


if __name__ == "__main__":
    main()
