"""The parts of HTTP/1.1 that the main loop of ``core.worker`` parses: target, framing and expectation.

gunicorn's parser reads the complete head later, in a thread, and is the stricter of the two.
"""

import re
from dataclasses import dataclass
from http import HTTPStatus

#: Bytes of the longest URL (path and query), and of the largest head.
MAX_TARGET = 16 * 1024
MAX_HEAD = 64 * 1024
#: Bytes of the longest chunk-size line, and of all trailers.
MAX_CHUNK_LINE = 4096
MAX_TRAILERS = 8192
#: Bytes that the framing of chunks may take, besides a quarter of the data. Bodies of one-byte chunks, and chunks with
#: long extensions, cost work and memory without content.
MAX_FRAMING = 128 * 1024

_CHUNK_LINE = re.compile(rb"[0-9A-Fa-f]{1,15}(?:[ \t]*;[^\x00-\x08\x0a-\x1f\x7f]*)?[ \t]*\Z")
#: Lines that end in CR LF and contain no other control characters.
_TRAILERS = re.compile(rb"(?:[^\x00-\x08\x0a-\x1f\x7f]+\r\n)*\r\n\Z")


class ParseRefusal(Exception):
    """The bytes are no acceptable request; the connection ends with ``status``."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def refusal_response(status: int, *, retry_after: int | None = None) -> bytes:
    """A complete response that refuses the request and closes the connection."""
    phrase = HTTPStatus(status).phrase
    body = f"{status} {phrase}\n"
    wait = f"Retry-After: {retry_after}\r\n" if retry_after is not None else ""
    return (
        f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\nContent-Type: text/plain\r\n{wait}"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


@dataclass(slots=True)
class RequestHead:
    """What the main loop reads of a head.

    Attributes:
        path: The target without its query, as sent.
        length: Bytes of the body; None while the end of a chunked one has not arrived.
        is_framing_valid: False where the framing is ambiguous: gunicorn's parser refuses it, and the connection ends.
        expects_continue: The client waits for ``100 Continue`` before it sends the body.
    """

    path: bytes
    length: int | None = 0
    is_chunked: bool = False
    is_framing_valid: bool = True
    expects_continue: bool = False


def parse_head(head: bytes) -> RequestHead:
    """Parse a complete head, including its blank line.

    Raises:
        ParseRefusal: The URL is too long, or the HTTP version is not supported.
    """
    lines = head.split(b"\r\n")
    _, _, rest = lines[0].partition(b" ")
    target, _, version = rest.partition(b" ")
    if len(target) > MAX_TARGET:
        raise ParseRefusal(414)
    if version[:5] == b"HTTP/" and version[5:8] not in (b"1.1", b"1.0") and len(version) == 8:
        raise ParseRefusal(505)
    result = RequestHead(target.partition(b"?")[0])
    framing: tuple[bytes, bytes] | None = None
    for line in lines[1:]:
        # The first letter rules most fields out.
        if line[:1] not in b"cCtTeE":
            continue
        name, _, value = line.partition(b":")
        name = name.strip().lower()
        if name in (b"content-length", b"transfer-encoding"):
            result.is_framing_valid = framing is None
            framing = (name, value.strip().lower())
        elif name == b"expect":
            # HTTP/1.0 clients do not understand ``100 Continue``.
            result.expects_continue = value.strip().lower() == b"100-continue" and version == b"HTTP/1.1"
    if framing is not None and result.is_framing_valid:
        name, value = framing
        if (name, value) == (b"transfer-encoding", b"chunked"):
            result.length, result.is_chunked = None, True
        elif name == b"content-length" and value.isdigit() and len(value) < 16:
            result.length = int(value)
        else:
            result.is_framing_valid = False
    return result


class ChunkedBody:
    """A chunked body, decoded as it arrives, so that its cost is known at any time."""

    def __init__(self, limit: int) -> None:
        self.body = bytearray()
        self.is_complete = False
        #: The body is longer than ``limit``: the application refuses it by its length.
        self.is_too_long = False
        self._limit = limit
        self._framing = 0
        #: Missing bytes of the current chunk, without its line end; None between chunks.
        self._missing: int | None = None
        self._in_trailers = False

    def feed(self, incoming: bytearray) -> bool:
        """Consume from ``incoming`` what belongs to the body; True when the body is complete or too long.

        Raises:
            ParseRefusal: The chunks are malformed.
        """
        position, size = 0, len(incoming)
        while not (self.is_complete or self.is_too_long):
            if self._in_trailers:
                position = self._end(incoming, position)
                break
            if self._missing is None:
                end = incoming.find(b"\r\n", position)
                if end < 0:
                    if size - position > MAX_CHUNK_LINE:
                        raise ParseRefusal(400)
                    break
                line = bytes(incoming[position:end])
                if len(line) > MAX_CHUNK_LINE or not _CHUNK_LINE.match(line):
                    raise ParseRefusal(400)
                length = int(line.partition(b";")[0], 16)
                self._framing += len(line) + 4
                position = end + 2
                if self._framing > MAX_FRAMING + len(self.body) // 4:
                    raise ParseRefusal(400)
                if length == 0:
                    self._in_trailers = True
                    continue
                if len(self.body) + length > self._limit:
                    self.is_too_long = True
                    break
                self._missing = length
            count = min(self._missing, size - position)
            self.body += incoming[position : position + count]
            self._missing -= count
            position += count
            if self._missing or size - position < 2:
                break
            if incoming[position : position + 2] != b"\r\n":
                raise ParseRefusal(400)
            position += 2
            self._missing = None
        del incoming[:position]
        return self.is_complete or self.is_too_long

    def _end(self, incoming: bytearray, position: int) -> int:
        """Parse the trailers; returns where they end, or ``position`` while they are incomplete."""
        if incoming.startswith(b"\r\n", position):
            end = position + 2
        else:
            end = incoming.find(b"\r\n\r\n", position) + 4
            if end < 4:
                if len(incoming) - position > MAX_TRAILERS:
                    raise ParseRefusal(400)
                return position
        if end - position > MAX_TRAILERS or not _TRAILERS.match(bytes(incoming[position:end])):
            raise ParseRefusal(400)
        self.is_complete = True
        return end
