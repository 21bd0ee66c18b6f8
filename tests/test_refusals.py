"""What is no request, or one too large, is answered before anybody works on it. Real sockets, a real server."""

import socket

import pytest

from frontdesk.testing.servers import serving, write_config
from tests.test_slow_clients import read_reply, worst_wait


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("refusals")
    config = write_config(
        folder, database={"url": f"sqlite:///{folder}/s.db"}, server={"access_log": False, "max_body": 100_000}
    )
    with serving(config, workers=1) as (host, port, _):
        yield host, port


def ask(server: tuple[str, int], raw: bytes, *, finish: bool = False) -> bytes:
    """All the server says to ``raw`` until it closes."""
    with socket.create_connection(server, timeout=8) as client:
        client.sendall(raw)
        if finish:
            client.shutdown(socket.SHUT_WR)
        reply = bytearray()
        while more := client.recv(65536):
            reply += more
    return bytes(reply)


GET = b"GET /healthz HTTP/1.1\r\nHost: t\r\n"
POST = b"POST /healthz HTTP/1.1\r\nHost: t\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"

#: Name, bytes, status. All of these end the connection.
REFUSED = [
    ("not HTTP", b"\x00\x01\x02\r\n\r\n", 400),
    ("TLS to a plain port", b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
    ("a method alone", b"GET\r\n\r\n", 400),
    ("no version", b"GET /\r\n\r\n", 400),
    ("another protocol", b"GET / FTP/1.1\r\n\r\n", 400),
    ("a blank line and nothing", b"GET / HTTP/1.1 x\r\n\r\n", 400),
    ("a small method", b"get / HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("a method of signs", b"G(T / HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("a long method", b"G" * 300 + b" / HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("bytes in the URL", b"GET /\xff HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("a control character in the URL", b"GET /\x01 HTTP/1.1\r\nHost: t\r\n\r\n", 400),
    ("HTTP/2.0", b"GET / HTTP/2.0\r\nHost: t\r\n\r\n", 505),
    ("HTTP/9.9", b"GET / HTTP/9.9\r\nHost: t\r\n\r\n", 505),
    ("HTTP/1.2", b"GET / HTTP/1.2\r\nHost: t\r\n\r\n", 505),
    ("a URL of 17 kB", b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: t\r\n\r\n", 414),
    ("a query of 17 kB", b"GET /healthz?" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: t\r\n\r\n", 414),
    ("a URL without an end", b"GET /" + b"a" * 200_000, 414),
    ("a field of 9 kB", GET + b"X: " + b"a" * 9000 + b"\r\n\r\n", 431),
    ("101 fields", GET + b"X: y\r\n" * 101 + b"\r\n", 431),
    ("fields of 80 kB", GET + (b"X: " + b"a" * 1000 + b"\r\n") * 80 + b"\r\n", 431),
    ("fields without an end", GET + b"X: y\r\n" * 40_000, 431),
    ("a field without a colon", GET + b"X\r\n\r\n", 400),
    ("a field without a name", GET + b": y\r\n\r\n", 400),
    ("a blank before the colon", GET + b"X : y\r\n\r\n", 400),
    ("a blank in a name", GET + b"X Y: z\r\n\r\n", 400),
    ("a folded field", GET + b"X: y\r\n z\r\n\r\n", 400),
    ("NUL in a field", GET + b"X: \x00\r\n\r\n", 400),
    ("a bare CR in a field", GET + b"X: a\rb\r\n\r\n", 400),
    ("a bare LF in a field", GET + b"X: a\nContent-Length: 5\r\n\r\n", 400),
    ("two hosts", GET + b"Host: u\r\n\r\n", 400),
    ("two content types", GET + b"Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n", 400),
    ("an unknown expectation", POST + b"Expect: tea\r\n\r\n", 417),
    ("a negative length", POST + b"Content-Length: -1\r\n\r\n", 400),
    ("a length with a plus", POST + b"Content-Length: +1\r\n\r\n", 400),
    ("a length in words", POST + b"Content-Length: one\r\n\r\n", 400),
    ("a length in hex", POST + b"Content-Length: 0x1\r\n\r\n", 400),
    ("no length", POST + b"Content-Length:\r\n\r\n", 400),
    ("two lengths", POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\na", 400),
    ("the same length twice", POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
    ("lengths in a list", POST + b"Content-Length: 1, 1\r\n\r\na", 400),
    ("a length and chunks", POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("chunks and a length", POST + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", 400),
    ("chunked twice", POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("chunks in HTTP/1.0", b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("an unknown coding", POST + b"Transfer-Encoding: tea\r\n\r\n", 501),
    ("chunked and then more", POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n", 400),
    ("a chunk of letters", CHUNKED + b"zz\r\n", 400),
    ("a chunk without a size", CHUNKED + b"\r\n", 400),
    ("a negative chunk", CHUNKED + b"-1\r\na\r\n", 400),
    ("a chunk longer than it says", CHUNKED + b"1\r\nab\r\n0\r\n\r\n", 400),
    ("a chunk without its end", CHUNKED + b"1\r\na0\r\n\r\n", 400),
    ("a size line without an end", CHUNKED + b"1" * 5000, 400),
    ("extensions without an end", CHUNKED + (b"1;" + b"e" * 4000 + b"\r\na\r\n") * 100, 400),
    ("chunks of one byte", CHUNKED + b"1\r\na\r\n" * 60_000, 400),
    ("trailers without an end", CHUNKED + b"0\r\n" + b"X: y\r\n" * 3000, 400),
    ("a head that stops", GET[:-5], 400),
    ("a body that stops", POST + b"Content-Length: 10\r\n\r\nabc", 400),
    ("chunks that stop", CHUNKED + b"5\r\nab", 400),
]


@pytest.mark.parametrize(
    "raw",
    [
        POST + b"Content-Length: 99999999999\r\n\r\n",
        POST + b"Content-Length: 100001\r\n\r\n" + b"a" * 100_001 + GET + b"\r\n",
        CHUNKED + b"20000\r\n" + b"a" * 131_072 + b"\r\n0\r\n\r\n" + GET + b"\r\n",
    ],
    ids=["a length", "a length and more", "chunks and more"],
)
def test_a_body_that_is_not_taken_ends_the_connection_and_the_answer_says_so(server, raw):
    reply = ask(server, raw)
    assert reply.count(b"HTTP/1.1 ") == 1
    assert reply.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nconnection: close" in reply.lower()


@pytest.mark.parametrize("raw, status", [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_refusal_is_answered_shortly_and_ends_the_connection(server, raw, status):
    reply = ask(server, raw, finish=True)

    head, _, body = reply.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), reply[:200]
    assert b"\r\nconnection: close" in head.lower()
    assert len(body) < 200
    assert len(body) == int(head.lower().partition(b"content-length: ")[2].split()[0])
    assert b"Traceback" not in reply


#: Odd, but HTTP: these are answered by the application.
ANSWERED = [
    ("a URL of 15 kB", b"GET /healthz?" + b"a" * 15_000 + b" HTTP/1.1\r\nHost: t\r\n\r\n", 200),
    ("the whole URL", b"GET http://t/healthz HTTP/1.1\r\nHost: t\r\n\r\n", 200),
    ("blank lines before", b"\r\n\r\nGET /healthz HTTP/1.1\r\nHost: t\r\n\r\n", 200),
    ("HTTP/1.0", b"GET /healthz HTTP/1.0\r\n\r\n", 200),
    ("a field with nothing in it", GET + b"X:\r\n\r\n", 200),
    ("99 fields", GET + b"X: y\r\n" * 99 + b"\r\n", 200),
    ("a body with GET", GET + b"Content-Length: 3\r\n\r\nabc", 200),
    ("chunks with GET", GET + b"Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n", 200),
    ("a body too long", POST + b"Content-Length: 100001\r\n\r\n", 405),
]


@pytest.mark.parametrize("raw, status", [case[1:] for case in ANSWERED], ids=[case[0] for case in ANSWERED])
def test_what_is_http_is_answered_by_the_application(server, raw, status):
    with socket.create_connection(server, timeout=8) as client:
        client.sendall(raw)
        assert b" %d " % status in read_reply(client).partition(b"\r\n")[0]


def test_a_request_after_a_chunked_one_is_its_own(server):
    """No bytes of one request are ever read as the next one."""
    held = bytearray()
    with socket.create_connection(server, timeout=8) as client:
        client.sendall(CHUNKED + b"3\r\nabc\r\n0\r\n\r\n" + GET + b"\r\n")
        assert read_reply(client, held).startswith(b"HTTP/1.1 405")
        assert read_reply(client, held).startswith(b"HTTP/1.1 200")


def test_a_stream_of_refusals_hurts_nobody(server):
    for _, raw, _ in REFUSED * 3:
        with socket.create_connection(server, timeout=8) as client:
            try:
                client.sendall(raw)
            except ConnectionError:
                continue
    assert worst_wait(server, 0.3) < 3.0


@pytest.mark.slow
@pytest.mark.parametrize("raw", [GET[:-2], POST + b"Content-Length: 10\r\n\r\nabc"], ids=["head", "body"])
def test_a_request_that_does_not_come_is_answered_with_408(server, raw):
    with socket.create_connection(server, timeout=90) as client:
        client.sendall(raw)
        assert read_reply(client).startswith(b"HTTP/1.1 408 Request Timeout\r\nConnection: close")
