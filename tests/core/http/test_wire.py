"""Framing: what is taken, what is refused, and that it costs as much as there is."""

import time

import pytest

from core.http.request_parsing import MAX_FRAMING, MAX_TARGET, ChunkedBody, ParseRefusal, RequestHead, parse_head

HOST = b"Host: t\r\n"


def head(line: bytes = b"POST /a?b=c HTTP/1.1", fields: bytes = HOST) -> RequestHead:
    return parse_head(line + b"\r\n" + fields + b"\r\n")


@pytest.mark.parametrize(
    "fields, expected",
    [
        (b"", (0, False, True)),
        (b"Content-Length: 12\r\n", (12, False, True)),
        (b"CONTENT-LENGTH:12\r\n", (12, False, True)),
        (b"Transfer-Encoding: chunked\r\n", (None, True, True)),
        (b"transfer-encoding: Chunked\r\n", (None, True, True)),
        (b"Transfer-Encoding: gzip\r\n", (0, False, False)),
        (b"Transfer-Encoding: gzip, chunked\r\n", (0, False, False)),
        (b"Content-Length: +1\r\n", (0, False, False)),
        (b"Content-Length: 1, 1\r\n", (0, False, False)),
        (b"Content-Length: 1\r\nContent-Length: 1\r\n", (0, False, False)),
        (b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", (0, False, False)),
        (b"Content-Length : 1\r\n", (1, False, True)),
        (b"Content-Length: 9999999999999999\r\n", (0, False, False)),
    ],
)
def test_the_length_of_a_body_is_read_from_the_head(fields, expected):
    result = head(fields=fields)
    assert (result.length, result.is_chunked, result.is_framing_valid) == expected


@pytest.mark.parametrize(
    "line, status",
    [
        (b"GET /" + b"a" * MAX_TARGET + b" HTTP/1.1", 414),
        (b"GET / HTTP/2.0", 505),
        (b"GET / HTTP/9.9", 505),
        (b"GET / HTTP/1.2", 505),
    ],
)
def test_a_head_that_cannot_be_served_has_a_status(line, status):
    with pytest.raises(ParseRefusal) as refusal:
        head(line)
    assert refusal.value.status == status


@pytest.mark.parametrize(
    "version, expected", [(b"1.1", True), (b"1.0", False)], ids=["the present one", "the one before"]
)
def test_who_waits_to_be_told_is_told_if_it_knows_the_answer(version, expected):
    assert (
        head(b"POST / HTTP/" + version, b"Expect: 100-Continue\r\nContent-Length: 3\r\n").expects_continue is expected
    )


def test_the_path_is_the_target_without_its_query():
    assert head().path == b"/a"
    assert head(b"GET /" + b"a" * (MAX_TARGET - 1) + b" HTTP/1.1").length == 0


CHUNKED = [
    (b"0\r\n\r\n", b""),
    (b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
    (b"3;a=b\r\nabc\r\n0\r\n\r\n", b"abc"),
    (b'3 ; a="b;c"\r\nabc\r\n0\r\n\r\n', b"abc"),
    (b"A\r\n0123456789\r\n0000\r\n\r\n", b"0123456789"),
    (b"1\r\na\r\n2\r\nbc\r\n0\r\nX: y\r\nZ: w\r\n\r\n", b"abc"),
    (b"2\r\n\r\n\r\n0\r\n\r\n", b"\r\n"),
]


@pytest.mark.parametrize("step", [1, 2, 3, 1000])
@pytest.mark.parametrize("encoded, body", CHUNKED)
def test_chunks_are_put_together_however_they_come(encoded, body, step):
    chunks, incoming = ChunkedBody(100), bytearray()
    for start in range(0, len(encoded), step):
        incoming += encoded[start : start + step]
        is_complete = chunks.feed(incoming)
        assert is_complete == (start + step >= len(encoded))
    assert (bytes(chunks.body), bytes(incoming)) == (body, b"")


def test_what_follows_a_body_stays():
    incoming = bytearray(b"1\r\na\r\n0\r\n\r\nGET / HTTP/1.1")
    assert ChunkedBody(100).feed(incoming)
    assert incoming == b"GET / HTTP/1.1"


@pytest.mark.parametrize(
    "encoded",
    [
        b"zz\r\n",
        b"\r\n",
        b"-1\r\n",
        b"0x3\r\nabc\r\n",
        b"+3\r\nabc\r\n",
        b" 3\r\nabc\r\n",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"3\r\nabc0\r\n\r\n",
        b"3\nabc\r\n0\r\n\r\n",
        b"3;a=\x00\r\nabc\r\n0\r\n\r\n",
        b"f" * 5000,
        b"0\r\nX: y\n\r\n\r\n",
        b"0\r\n" + b"X: y\r\n" * 2000 + b"\r\n",
        b"1" * 20 + b"\r\n",
        b"1\r\na\r\n" * MAX_FRAMING,
        (b"1;" + b"e" * 4000 + b"\r\na\r\n") * 1000,
    ],
    ids=lambda encoded: repr(encoded[:12]),
)
def test_what_is_no_chunked_body_is_refused(encoded):
    with pytest.raises(ParseRefusal) as refusal:
        ChunkedBody(1_000_000).feed(bytearray(encoded))
    assert refusal.value.status == 400


def test_a_chunked_body_that_is_too_long_ends_at_once():
    chunks = ChunkedBody(10)
    assert chunks.feed(bytearray(b"8\r\n01234567\r\n3\r\n"))
    assert chunks.is_too_long


def test_the_cost_of_chunks_grows_with_what_they_hold():
    def seconds(count: int) -> float:
        incoming = bytearray(b"20\r\n" + b"x" * 32 + b"\r\n") * count + b"0\r\n\r\n"
        begun = time.process_time()
        assert ChunkedBody(10_000_000).feed(incoming)
        return time.process_time() - begun

    few = min(seconds(4_000) for _ in range(3))
    assert min(seconds(32_000) for _ in range(3)) < 24 * few
