"""Slow, half-open and lingering clients cannot stall the default server for others. Real sockets, real processes."""

import socket
import threading
import time
from collections.abc import Callable

import pytest

from frontdesk.testing.servers import serving, write_config

pytestmark = pytest.mark.slow

MANY = 120
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slow")
    config = write_config(folder, database={"url": f"sqlite:///{folder}/s.db"}, server={"access_log": False})
    with serving(config, workers=1) as (host, port, _):
        yield host, port


def read_reply(client: socket.socket, held: bytearray | None = None) -> bytes:
    """One reply with a Content-Length, whole; what came after it stays in ``held``."""
    held = bytearray() if held is None else held
    while b"\r\n\r\n" not in held:
        more = client.recv(65536)
        if not more:
            return bytes(held)
        held += more
    head, _, _ = bytes(held).partition(b"\r\n\r\n")
    size = len(head) + 4 + int(head.lower().partition(b"content-length:")[2].split()[0])
    while len(held) < size and (more := client.recv(65536)):
        held += more
    reply = bytes(held[:size])
    del held[:size]
    return reply


def worst_wait(
    server: tuple[str, int], seconds: float, *, path: bytes = b"/healthz", expect: tuple[bytes, ...] = (b"200",)
) -> float:
    """How long a well-behaved client waits at most, in seconds: new connections and a kept one, in turn."""
    worst, ends = 0.0, time.monotonic() + seconds
    request = REQUEST.replace(b"/healthz", path)
    kept = None
    try:
        while time.monotonic() < ends:
            for fresh in (False, True):
                begun = time.monotonic()
                client = kept if kept is not None and not fresh else socket.create_connection(server, timeout=10)
                client.sendall(request)
                reply = read_reply(client)
                assert reply[9:12] in expect, reply[:200]
                worst = max(worst, time.monotonic() - begun)
                if fresh or b"connection: close" in reply.lower():
                    client.close()
                    client = None
                if not fresh:
                    kept = client
            time.sleep(0.01)
    finally:
        if kept is not None:
            kept.close()
    return worst


def silent(client: socket.socket, stop: threading.Event) -> None:
    stop.wait()


def slow_head(client: socket.socket, stop: threading.Event) -> None:
    for byte in b"GET /healthz HTTP/1.1\r\nX-Slow: " + b"a" * 1000:
        client.sendall(bytes([byte]))
        if stop.wait(0.3):
            return


def slow_body(client: socket.socket, stop: threading.Event) -> None:
    client.sendall(b"POST /healthz HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n")
    while not stop.wait(0.3):
        client.sendall(b"x")


def slow_chunks(client: socket.socket, stop: threading.Event) -> None:
    client.sendall(b"POST /healthz HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not stop.wait(0.3):
        client.sendall(b"1\r\nx\r\n")


def half_open(client: socket.socket, stop: threading.Event) -> None:
    client.sendall(b"GET /healthz HTTP/1.1\r\nHo")
    client.shutdown(socket.SHUT_WR)
    stop.wait()


def close_without_hanging_up(client: socket.socket, stop: threading.Event) -> None:
    client.sendall(b"GET /healthz HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
    assert read_reply(client).startswith(b"HTTP/1.1 200")
    stop.wait()


def old_client(client: socket.socket, stop: threading.Event) -> None:
    client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
    assert read_reply(client).startswith(b"HTTP/1.0 200")
    stop.wait()


def never_reads(client: socket.socket, stop: threading.Event) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(0.2)
    while not stop.is_set():
        try:
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n" * 50)
        except (TimeoutError, OSError):
            stop.wait()


BAD = [
    silent,
    slow_head,
    slow_body,
    slow_chunks,
    half_open,
    close_without_hanging_up,
    old_client,
    never_reads,
]


@pytest.mark.parametrize("behave", BAD, ids=lambda behave: behave.__name__)
def test_bad_clients_do_not_stall_a_good_one(server, behave: Callable[[socket.socket, threading.Event], None]):
    stop = threading.Event()

    def run() -> None:
        try:
            with socket.create_connection(server, timeout=10) as client:
                behave(client, stop)
        except OSError:
            pass

    bad = [threading.Thread(target=run) for _ in range(MANY)]
    for thread in bad:
        thread.start()
    try:
        assert worst_wait(server, 2.0) < 1.0
    finally:
        stop.set()
        for thread in bad:
            thread.join()


def test_more_silent_clients_than_connections_allowed_do_not_lock_others_out(server):
    crowd = []
    try:
        for _ in range(1100):
            client = socket.create_connection(server, timeout=10)
            client.sendall(b"GET / HTTP/1.1\r\n")
            crowd.append(client)
        assert worst_wait(server, 1.0) < 1.0
    finally:
        for client in crowd:
            client.close()


def test_a_request_followed_by_half_close_is_answered(server):
    with socket.create_connection(server, timeout=5) as client:
        client.sendall(REQUEST)
        client.shutdown(socket.SHUT_WR)
        assert read_reply(client).startswith(b"HTTP/1.1 200")


def test_clients_that_leave_before_the_answer_are_no_error_of_the_server(tmp_path):
    config = write_config(tmp_path, database={"url": f"sqlite:///{tmp_path}/s.db"}, server={"access_log": False})
    with serving(config, workers=1) as (host, port, _):
        for _ in range(300):
            with socket.create_connection((host, port), timeout=5) as client:
                client.sendall(REQUEST)
        assert worst_wait((host, port), 0.2) < 5
    log = (tmp_path / "server.log").read_text()
    assert '"event":"serving"' in log
    assert '"level":"error"' not in log


def test_pipelined_requests_are_answered_in_order(server):
    with socket.create_connection(server, timeout=5) as client:
        client.sendall(REQUEST + b"GET /nowhere HTTP/1.1\r\nHost: t\r\n\r\n" + REQUEST)
        seen = b""
        while seen.count(b"HTTP/1.1 ") < 3 or not seen.endswith(b"}"):
            seen += client.recv(65536)
        statuses = [part[:3] for part in seen.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"404", b"200"]


def test_a_body_in_pieces_is_put_together(server):
    with socket.create_connection(server, timeout=5) as client:
        for piece in (
            b"POST /healthz HT",
            b"TP/1.1\r\nHost: t\r\nContent-Le",
            b"ngth: 4\r\n\r",
            b"\nab",
            b"cd" + REQUEST,
        ):
            client.sendall(piece)
            time.sleep(0.05)
        held = bytearray()
        assert read_reply(client, held).startswith(b"HTTP/1.1 405")
        assert read_reply(client, held).startswith(b"HTTP/1.1 200")


def test_the_server_says_go_on_once_and_reads_the_body(server):
    with socket.create_connection(server, timeout=5) as client:
        client.sendall(b"POST /healthz HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"abc")
        assert read_reply(client).startswith(b"HTTP/1.1 405")


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_a_client_that_sends_ten_megabytes_gets_to_read_its_refusal(server, chunked):
    with socket.create_connection(server, timeout=20) as client:
        block = b"x" * 100_000
        if chunked:
            client.sendall(b"POST /healthz HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
            block = b"186a0\r\n" + block + b"\r\n"
        else:
            client.sendall(b"POST /healthz HTTP/1.1\r\nHost: t\r\nContent-Length: 10000000\r\n\r\n")
        for _ in range(100):
            client.sendall(block)
        assert read_reply(client).startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"GET /" + b"a" * 200_000,
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 40_000,
    ],
    ids=["bytes", "short", "version", "negative", "twice", "chunk", "coding", "line", "head"],
)
def test_what_is_no_http_is_refused_and_hurts_nobody(server, garbage):
    with socket.create_connection(server, timeout=10) as client:
        try:
            client.sendall(garbage)
            reply = client.recv(65536)
        except ConnectionError:
            reply = b""
    assert reply == b"" or not reply.startswith((b"HTTP/1.1 2", b"HTTP/1.1 500"))
    assert worst_wait(server, 0.1) < 1.0
