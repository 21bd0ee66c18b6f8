"""What bad clients, other processes and outages do to a server. Every attack is bounded in count and time.

An attack gets a ``Target`` and its duration in seconds; it returns nothing, or a sentence about what happened.
"""

import os
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from frontdesk.testing.servers import command, environment


@dataclass
class Target:
    """A server under attack."""

    host: str
    port: int
    master: int
    folder: Path
    config: Path
    url: str
    #: A service that is always open, in quarter hours without a last day; and one by the day.
    quarters: int
    days: int

    @property
    def address(self) -> tuple[str, int]:
        return self.host, self.port


Attack = Callable[[Target, float], str | None]


def _request(line: str, fields: str = "") -> bytes:
    return f"{line} HTTP/1.1\r\nHost: siege\r\n{fields}\r\n".encode()


def _connections(target: Target, count: int, say: Callable[[socket.socket], None], stack: ExitStack) -> None:
    """Open ``count`` connections, call ``say`` with each, and keep them open."""
    for _ in range(count):
        client = stack.enter_context(socket.create_connection(target.address, timeout=10))
        with suppress(OSError):
            say(client)


def _again_and_again(count: int, seconds: float, act: Callable[[], object]) -> int:
    """Repeat an action on ``count`` threads for ``seconds``; returns the number of repetitions."""
    counts = [0] * count
    deadline = time.monotonic() + seconds

    def run(index: int) -> None:
        while time.monotonic() < deadline:
            with suppress(OSError):
                act()
            counts[index] += 1
            # The count does not matter; the cost to the server does.
            time.sleep(0.01)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def _ask(target: Target, raw: bytes, *, wait: float = 10.0) -> bytes:
    """Send a request and read the first bytes of the response."""
    with socket.create_connection(target.address, timeout=wait) as client:
        client.sendall(raw)
        return client.recv(65536)


def every_day_there_is(target: Target, seconds: float) -> str:
    """Anonymous callers request all slots of all time; some leave before the response."""
    path = "/wp-json/wc-bookings/v1/products/slots"
    ever = _request(f"GET {path}?min_date=0001-01-01&max_date=9999-12-31&get_past_times=true")
    decade = _request(f"GET {path}?product_ids={target.quarters}&min_date=2026-04-01&max_date=2036-04-01")

    def ask() -> None:
        _ask(target, ever)
        with suppress(TimeoutError):
            _ask(target, decade, wait=0.5)

    return f"{_again_and_again(8, seconds, ask)} times"


def answers_nobody_reads(target: Target, seconds: float) -> None:
    """Sixty connections repeatedly request ten years of days, megabytes each, and read nothing."""
    path = "/wp-json/wc-bookings/v1/products/slots"
    raw = _request(f"GET {path}?product_ids={target.days}&min_date=2026-04-01&max_date=2036-04-01")
    with ExitStack() as stack:

        def ask(client: socket.socket) -> None:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(raw * 20)

        _connections(target, 60, ask, stack)
        time.sleep(seconds)


def bodies_nobody_finishes(target: Target, seconds: float) -> None:
    """Three hundred bodies of one mebibyte that miss their last byte."""
    head = _request("POST /auth/token", "Content-Length: 1048576\r\n")
    body = b"x" * 1_048_575
    with ExitStack() as stack:
        _connections(target, 300, lambda client: client.sendall(head + body), stack)
        time.sleep(seconds)


def chunks_with_extensions(target: Target, seconds: float) -> None:
    """Chunked bodies of little content and long extensions, never finished."""
    head = _request("POST /auth/token", "Transfer-Encoding: chunked\r\n")
    body = (b"1;" + b"e" * 4000 + b"\r\na\r\n") * 2000
    with ExitStack() as stack:
        _connections(target, 60, lambda client: client.sendall(head + body), stack)
        time.sleep(seconds)


def chunks_of_one_byte(target: Target, seconds: float) -> str:
    """A megabyte of content in chunks of one byte."""
    raw = _request("POST /auth/token", "Transfer-Encoding: chunked\r\n") + b"1\r\na\r\n" * 1_000_000 + b"0\r\n\r\n"
    return f"{_again_and_again(4, seconds, lambda: _ask(target, raw))} bodies"


def forms_of_brackets(target: Target, seconds: float) -> str:
    """Forms whose names cost a simple reader the square of their number."""
    body = b"a[x]=1&" + b"&".join([b"a[]=1"] * 4990)
    fields = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    raw = _request("POST /wp-json/wc-bookings/v1/bookings", fields) + body
    return f"{_again_and_again(4, seconds, lambda: _ask(target, raw))} forms"


def _say(data: bytes, client: socket.socket) -> None:
    client.sendall(data)


def slow_crowd(target: Target, seconds: float) -> None:
    """More connections than a worker keeps: silent ones, half heads, half bodies."""
    says = [b"", b"GET / HTTP/1.1\r\nX: ", _request("POST /auth/token", "Content-Length: 100\r\n") + b"x"]
    with ExitStack() as stack:
        for data in says * 500:
            _connections(target, 1, partial(_say, data), stack)
        time.sleep(seconds)


def garbage(target: Target, seconds: float) -> str:
    """Bytes that are not HTTP, or too large."""
    kinds = [
        b"\x00\x01\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000,
        b"GET / HTTP/3.0\r\n\r\n",
        _request("POST /auth/token", "Transfer-Encoding: chunked\r\n") + b"zz\r\n",
        _request("POST /auth/token", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
    ]
    empty = []

    def ask() -> None:
        for raw in kinds:
            if not _ask(target, raw).startswith(b"HTTP/1.1 4") and b"3.0" not in raw:
                empty.append(raw)

    count = _again_and_again(4, seconds, ask)
    return f"{count * len(kinds)} refused, {len(empty)} without an answer"


@contextmanager
def foreign_lock(url: str) -> Iterator[None]:
    """Another program locks the whole store for writing."""
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()
        return
    import psycopg

    with psycopg.connect(url) as session:
        session.execute("LOCK TABLE booking IN ACCESS EXCLUSIVE MODE")
        yield
        session.rollback()


def foreign_write_lock(target: Target, seconds: float) -> None:
    """Another program keeps a writing transaction open."""
    with foreign_lock(target.url):
        time.sleep(seconds)


def import_beside(target: Target, seconds: float) -> str:
    """``frontdesk import`` of thousands of customers while others book."""
    from siege.store import import_file

    started = time.monotonic()
    process = subprocess.run(
        command("--config", str(target.config), "import", "bookablesites", str(import_file(target.folder))),
        env=environment(),
        capture_output=True,
        text=True,
        timeout=seconds + 120,
    )
    return f"import took {time.monotonic() - started:.1f} s, exit {process.returncode} {process.stderr[:200]}".strip()


def reloads(target: Target, seconds: float) -> str:
    """SIGHUP, again and again."""
    deadline, count = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        os.kill(target.master, signal.SIGHUP)
        count += 1
        time.sleep(3)
    return f"{count} reloads"


def killed_workers(target: Target, seconds: float) -> str:
    """SIGKILL of one worker after the other; their connections break, and nothing acknowledged is lost."""
    import psutil

    deadline, count = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        time.sleep(2)
        children = psutil.Process(target.master).children()
        if children:
            with suppress(psutil.NoSuchProcess):
                children[count % len(children)].kill()
            count += 1
    return f"{count} killed"


def nothing(target: Target, seconds: float) -> None:
    """No attack, for comparison."""
    time.sleep(seconds)


#: In this order, each with its duration in seconds.
ATTACKS: list[tuple[Attack, float]] = [
    (nothing, 5),
    (every_day_there_is, 10),
    (answers_nobody_reads, 6),
    (bodies_nobody_finishes, 6),
    (chunks_with_extensions, 6),
    (chunks_of_one_byte, 6),
    (forms_of_brackets, 6),
    (slow_crowd, 6),
    (garbage, 6),
    (foreign_write_lock, 15),
    (import_beside, 30),
    (reloads, 9),
    (killed_workers, 9),
]
