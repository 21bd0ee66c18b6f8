"""One client's connection, as the main loop of ``core.worker`` keeps it."""

import socket
from collections import deque
from contextlib import suppress
from time import monotonic
from typing import Any

from gunicorn.workers.gthread import TConn

from core.http.request_parsing import MAX_HEAD, MAX_TARGET, ChunkedBody, ParseRefusal, RequestHead, parse_head
from core.http.spool import Spool, SpooledPart
from core.request_budget import RequestBudget

#: States of a connection: receiving a head or body; its request in a thread; idle between two requests; sending a
#: response; lingering until its client has the response.
HEAD, BODY, BUSY, IDLE, SENDING, LINGER = range(6)


class BufferedSocket:
    """What a thread uses as its socket: it writes without blocking and reads nothing; the request is in memory."""

    def __init__(self, real_socket: socket.socket, spool: Spool) -> None:
        self.real_socket = real_socket
        self._spool = spool
        #: Unsent data in order; not copied in memory, because a response may be long.
        self.unsent: deque[memoryview | SpooledPart] = deque()
        #: Bytes of it in memory.
        self.unsent_bytes = 0
        self.sent_bytes = 0

    def sendall(self, data: bytes) -> None:
        sent = 0
        if not self.unsent:
            with suppress(BlockingIOError):
                sent = self.real_socket.send(data)
            self.sent_bytes += sent
        if sent < len(data):
            rest = memoryview(data)[sent:]
            part = self._spool.store(rest) if self._spool.is_wanted(len(rest)) else None
            self.unsent.append(part or rest)
            self.unsent_bytes += 0 if part else len(rest)

    def send(self, data: bytes) -> int:
        self.sendall(data)
        return len(data)

    def send_unsent(self) -> bool:
        """Send what the client takes now; True when nothing is left.

        Raises:
            OSError: The connection is broken.
        """
        try:
            while self.unsent:
                part = self.unsent[0]
                if isinstance(part, SpooledPart):
                    self.sent_bytes += part.send(self.real_socket)
                    if part.unsent_bytes:
                        return False
                    part.close()
                else:
                    sent = self.real_socket.send(part)
                    self.sent_bytes += sent
                    self.unsent_bytes -= sent
                    if sent < len(part):
                        self.unsent[0] = part[sent:]
                        return False
                self.unsent.popleft()
        except BlockingIOError:
            return False
        return True

    def discard_unsent(self) -> None:
        """Forget what is not sent."""
        for part in self.unsent:
            if isinstance(part, SpooledPart):
                part.close()
        self.unsent.clear()
        self.unsent_bytes = 0

    def recv(self, size: int) -> bytes:
        return b""

    def fileno(self) -> int:
        return self.real_socket.fileno()

    def getsockname(self) -> Any:
        return self.real_socket.getsockname()

    def getpeername(self) -> Any:
        return self.real_socket.getpeername()

    def gettimeout(self) -> float:
        return 0.0

    def settimeout(self, seconds: float | None) -> None:
        """The real socket never blocks."""

    def setblocking(self, flag: bool) -> None:
        """The real socket never blocks."""

    def shutdown(self, how: int) -> None:
        """The main loop shuts down and closes, after everything has been sent."""

    close = shutdown


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """One client, the state of its current request, and the memory it holds."""

    def __init__(self, cfg: Any, real_socket: socket.socket, client: Any, server: Any, spool: Spool) -> None:
        super().__init__(cfg, BufferedSocket(real_socket, spool), client, server)
        real_socket.setblocking(False)
        self.real_socket = real_socket
        self.incoming = bytearray()
        self.state = HEAD
        self.deadline = 0.0
        #: Events that the poller watches for; also during the request, to notice that the client leaves.
        self.events = 0
        self.keep_alive = False
        self.lingered_bytes = 0
        self.requests = 0
        #: Bytes counted for it in the worker's ``MemoryBudget``.
        self.counted_bytes = 0
        #: Bytes moved recently (halved at every tick), and when its current state began.
        self.pace = 0.0
        self.moved_bytes = 0
        self.state_since = monotonic()
        self.reset()

    def reset(self) -> None:
        """Prepare for the next request."""
        self.head: RequestHead | None = None
        self.head_bytes = b""
        self.body: bytes = b""
        self.chunks: ChunkedBody | None = None
        self.scanned_bytes = 0
        self.budget: RequestBudget | None = None

    def take_head(self) -> RequestHead | None:
        """Take the head out of what has arrived; None while it is incomplete.

        Raises:
            ParseRefusal: It is too long, or cannot be served.
        """
        incoming = self.incoming
        while incoming.startswith(b"\r\n"):
            # Some clients send an extra line break after a body.
            del incoming[:2]
            self.scanned_bytes = 0
        end = incoming.find(b"\r\n\r\n", max(0, self.scanned_bytes - 3))
        self.scanned_bytes = len(incoming)
        if end < 0 and len(incoming) <= MAX_HEAD:
            return None
        if not 0 <= end <= MAX_HEAD:
            line = incoming.find(b"\r\n", 0, MAX_HEAD)
            raise ParseRefusal(414 if not 0 <= line <= MAX_TARGET + 64 else 431)
        self.head_bytes = bytes(incoming[: end + 4])
        del incoming[: end + 4]
        self.head = parse_head(self.head_bytes)
        return self.head

    def take_body(self, max_body: int) -> bool:
        """Take the body out of what has arrived; False while it is incomplete.

        A body longer than ``max_body`` stays unread; the application refuses it by its length.

        Raises:
            ParseRefusal: Its chunks are malformed.
        """
        if self.chunks is not None:
            return self.chunks.feed(self.incoming)
        assert self.head is not None
        length = self.head.length or 0
        if length <= max_body:
            if len(self.incoming) < length:
                return False
            if length:
                self.body = bytes(memoryview(self.incoming)[:length])
                del self.incoming[:length]
        return True

    @property
    def size(self) -> int:
        """Bytes held in memory now."""
        chunked = len(self.chunks.body) if self.chunks is not None else 0
        unsent: int = self.sock.unsent_bytes
        return len(self.incoming) + chunked + len(self.head_bytes) + len(self.body) + unsent

    def update_pace(self) -> None:
        """Recompute the pace; called at regular intervals."""
        moved = self.moved_bytes + self.sock.sent_bytes
        self.moved_bytes = self.sock.sent_bytes = 0
        self.pace = self.pace / 2 + moved
