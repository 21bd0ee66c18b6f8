"""What a good client and the operating system observe while a server is attacked."""

import multiprocessing
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psutil

from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import OverHttp

# A separate process, so that the cost of the attacks does not count.
_fork = multiprocessing.get_context("fork")


@dataclass
class Seen:
    """What the good clients observed during one attack; waits in seconds."""

    alive: float = 0.0
    ready: float = 0.0
    read: float = 0.0
    write: float = 0.0
    #: Number of responses by kind: done, full, 503, failed.
    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    #: Number of probes without a response.
    unanswered: int = 0
    #: Acknowledged bookings: dialect and id.
    booked: list[tuple[str, int]] = field(default_factory=list)


class GoodClients:
    """One client that books through every dialect in turn and reads it back, and one that probes the server."""

    def __init__(self, address: tuple[str, int], keys: dict[str, Any], places: list[Any]) -> None:
        self._results = _fork.Queue()
        self._stop = _fork.Event()
        self._processes: list[Any] = [
            _fork.Process(target=_book, args=(address, keys, places, self._stop, self._results)),
            _fork.Process(target=_probe, args=(address, self._stop, self._results)),
        ]
        self.seen = Seen()

    def __enter__(self) -> "GoodClients":
        for process in self._processes:
            process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for _ in self._processes:
            part = self._results.get(timeout=120)
            for name in ("alive", "ready", "read", "write"):
                setattr(self.seen, name, max(getattr(self.seen, name), getattr(part, name)))
            self.seen.answers += part.answers
            self.seen.failures += part.failures
            self.seen.unanswered += part.unanswered
            self.seen.booked += part.booked
        for process in self._processes:
            process.join(10)


def _book(address: tuple[str, int], keys: dict[str, Any], slots: list[Any], stop: Any, results: Any) -> None:
    seen = Seen()
    clients = [DRIVERS[name](OverHttp(*address), fields) for name, fields in keys.items()]
    for index, (service, start) in enumerate(slots):
        if stop.is_set():
            break
        client = clients[index % len(clients)]
        booked = _timed(seen, "write", client, lambda client=client, place=(service, start): client.book(*place))
        if booked is not None and booked.booked:
            seen.booked.append((client.name, booked.id))
            _timed(seen, "read", client, lambda client=client, id=booked.id: client.read(id))
        time.sleep(0.02)
    results.put(seen)


def _timed(seen: Seen, kind: str, client: Any, act: Any) -> Any:
    """Run an action and record its duration and outcome."""
    started = time.monotonic()
    try:
        outcome = act()
    except (OSError, AssertionError, ValueError) as error:
        outcome = None
        seen.answers["failed"] += 1
        seen.failures.append(f"{client.name} {kind}: {type(error).__name__}: {error}"[:160])
    finally:
        setattr(seen, kind, max(getattr(seen, kind), time.monotonic() - started))
    if outcome is None:
        return None
    status = outcome[0] if isinstance(outcome, tuple) else outcome.status
    if status == 503:
        seen.answers["503"] += 1
    elif status < 300:
        seen.answers["done"] += 1
    else:
        seen.answers["failed"] += 1
        body = outcome[1] if isinstance(outcome, tuple) else outcome.body
        seen.failures.append(f"{client.name} {kind}: {status} {body}"[:160])
    return outcome


def _probe(address: tuple[str, int], stop: Any, results: Any) -> None:
    seen = Seen()
    while not stop.is_set():
        for name, path in (("alive", "/healthz"), ("ready", "/readyz")):
            started = time.monotonic()
            try:
                with socket.create_connection(address, timeout=60) as client:
                    client.sendall(f"GET {path} HTTP/1.1\r\nHost: siege\r\nConnection: close\r\n\r\n".encode())
                    if not client.recv(64).startswith(b"HTTP/1.1 "):
                        raise ConnectionError("no answer")
            except OSError as error:
                seen.unanswered += 1
                seen.failures.append(f"{path}: {type(error).__name__}: {error}")
            setattr(seen, name, max(getattr(seen, name), time.monotonic() - started))
        time.sleep(0.05)
    results.put(seen)


class Memory:
    """The largest worker, in MiB, and processor seconds of all processes of a server."""

    def __init__(self, master: int) -> None:
        self._master = psutil.Process(master)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.largest = 0.0
        self.cpu = 0.0

    def __enter__(self) -> "Memory":
        self._before = self._cpu()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.cpu = max(0.0, self._cpu() - self._before)

    def _processes(self) -> list[psutil.Process]:
        return [self._master, *self._master.children()]

    def _cpu(self) -> float:
        total = 0.0
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
        return total

    def _look(self) -> None:
        while not self._stop.wait(0.1):
            for process in self._processes():
                with suppress(psutil.NoSuchProcess):
                    self.largest = max(self.largest, process.memory_info().rss / 2**20)
