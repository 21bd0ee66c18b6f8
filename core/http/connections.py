"""One client's connection, as the main loop of ``core.worker`` keeps it."""

import socket
from collections import deque
from contextlib import suppress
from time import monotonic
from typing import Any

from gunicorn.workers.gthread import TConn

from core.http.request_parsing import ChunkedBody, RequestHead
from core.request_budget import RequestBudget

#: States of a connection: receiving a head or body; its request in a thread; idle between two requests; sending a
#: response; lingering until its client has the response.
HEAD, BODY, BUSY, IDLE, SENDING, LINGER = range(6)


class BufferedSocket:
    """What a thread uses as its socket: it writes without blocking and reads nothing; the request is in memory."""

    def __init__(self, real_socket: socket.socket) -> None:
        self.real_socket = real_socket
        #: Unsent data in order; never copied, because a response may be long.
        self.unsent: deque[memoryview] = deque()
        self.unsent_bytes = 0
        self.sent_bytes = 0

    def sendall(self, data: bytes) -> None:
        sent = 0
        if not self.unsent:
            with suppress(BlockingIOError):
                sent = self.real_socket.send(data)
            self.sent_bytes += sent
        if sent < len(data):
            self.unsent.append(memoryview(data)[sent:])
            self.unsent_bytes += len(data) - sent

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
                sent = self.real_socket.send(self.unsent[0])
                self.sent_bytes += sent
                self.unsent_bytes -= sent
                rest = self.unsent[0][sent:]
                if rest:
                    self.unsent[0] = rest
                    return False
                self.unsent.popleft()
        except BlockingIOError:
            return False
        return True

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

    def __init__(self, cfg: Any, real_socket: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, BufferedSocket(real_socket), client, server)
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

    @property
    def size(self) -> int:
        """Bytes held now."""
        chunked = len(self.chunks.body) if self.chunks is not None else 0
        unsent: int = self.sock.unsent_bytes
        return len(self.incoming) + chunked + len(self.head_bytes) + len(self.body) + unsent

    def update_pace(self) -> None:
        """Recompute the pace; called at regular intervals."""
        moved = self.moved_bytes + self.sock.sent_bytes
        self.moved_bytes = self.sock.sent_bytes = 0
        self.pace = self.pace / 2 + moved
