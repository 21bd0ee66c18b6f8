"""A gunicorn worker whose threads never wait for a client.

gunicorn's own threaded worker lets a thread read from the socket, and its main loop waits up to two seconds on
closing a connection whose client does not hang up: a handful of slow or silent clients stop it for everybody. Here
the main loop does all waiting, with non-blocking sockets: it collects a whole request (head and body) before a thread
sees it, sends what a slow reader has not taken yet, and lingers on closing. A thread works on memory only.
"""

import errno
import resource
import selectors
import socket
import time
from collections import OrderedDict, deque
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

#: How long a client may take to send a whole head, a whole body, and to take an answer.
HEAD_SECONDS = 15.0
BODY_SECONDS = 60.0
SEND_SECONDS = 60.0
#: How long, and for how many bytes, a closed connection is still read so that its client gets the answer.
LINGER_SECONDS = 2.0
#: The same for a client that is still sending a body nobody will take.
UPLOAD_SECONDS = 30.0
LINGER_BYTES = 64 * 1024 * 1024
MAX_HEAD = 128 * 1024
#: Encoded size of a chunked body, as a multiple of the largest allowed body.
CHUNK_OVERHEAD = 8
_BLOCK = 256 * 1024

_HEAD, _BODY, _BUSY, _IDLE, _SENDING, _LINGER = range(6)
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


class Pipe:
    """What a thread takes for its socket: reads one request from memory, writes without waiting."""

    def __init__(self, real: socket.socket) -> None:
        self.real = real
        self.request = memoryview(b"")
        #: What the client has not taken yet, in order; never copied, an answer may be long.
        self.unsent: deque[memoryview] = deque()
        self.went_on = False

    def recv(self, size: int) -> bytes:
        data, self.request = bytes(self.request[:size]), self.request[size:]
        return data

    def sendall(self, data: bytes) -> None:
        if not self.unsent:
            sent = 0
            with suppress(BlockingIOError):
                sent = self.real.send(data)
            if sent == len(data):
                return
            self.unsent.append(memoryview(data)[sent:])
        else:
            self.unsent.append(memoryview(data))

    def send(self, data: bytes) -> int:
        # The main loop has said "100 Continue" already, before it read the body.
        if not (self.went_on and data.startswith(b"HTTP/1.1 100")):
            self.sendall(data)
        return len(data)

    def setblocking(self, flag: bool) -> None:
        """The real socket stays non-blocking."""

    def fileno(self) -> int:
        return self.real.fileno()

    def getsockname(self) -> Any:
        return self.real.getsockname()

    def getpeername(self) -> Any:
        return self.real.getpeername()

    def shutdown(self, how: int) -> None:
        self.real.shutdown(how)

    def close(self) -> None:
        """The main loop closes, after everything has been sent."""


class Connection(TConn):
    """One client, and how far its present request has come."""

    def __init__(self, cfg: Any, real: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, Pipe(real), client, server)
        real.setblocking(False)
        self.real = real
        self.data_ready = True
        self.incoming = bytearray()
        self.state = _HEAD
        self.deadline = 0.0
        self.events = 0
        self.lingered = 0
        self.keep = False
        self.clear()

    def clear(self) -> None:
        """Begin to read another request."""
        self.head_size = 0
        self.length: int | None = 0
        self.certain = True
        self.scanned = 0
        self.decoded = 0


class Worker(ThreadWorker):
    """See the module."""

    #: Set by ``core.serve``: bodies longer than this go to the application unread, which refuses them.
    max_body = 1_048_576

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Oldest deadline first within each group; who waits longest for nothing goes first when room is short.
        self.connections: dict[Connection, None] = {}
        self.waiting: OrderedDict[Connection, None] = OrderedDict()

    def init_process(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = self.worker_connections + 256
        if soft < wanted:
            room = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (room, hard))
        super().init_process()

    # --- the main loop ------------------------------------------------------------------------------------------

    def run(self) -> None:
        self.poller.register(self.method_queue.fileno(), selectors.EVENT_READ, self.method_queue.run_callbacks)
        self.set_accept_enabled(True)
        swept = time.monotonic()
        while self.alive:
            self.notify()
            self.wait_for_and_dispatch_events(timeout=1.0)
            if not self.is_parent_alive():
                break
            if time.monotonic() - swept >= 0.5:
                swept = time.monotonic()
                self.sweep(swept)
        self.set_accept_enabled(False)
        self.drain()
        self.tpool.shutdown(wait=False)
        self.poller.close()
        self.method_queue.close()
        for listener in self.sockets:
            listener.close()

    def drain(self) -> None:
        """Answer what has begun, for at most the graceful timeout; let the rest go."""
        ends = time.monotonic() + self.cfg.graceful_timeout
        for connection in list(self.connections):
            if connection.state == _IDLE or (connection.state == _HEAD and not connection.incoming):
                self.drop(connection)
        while self.connections and time.monotonic() < ends:
            self.notify()
            self.wait_for_and_dispatch_events(timeout=0.5)
            self.sweep(time.monotonic())
        for connection in list(self.connections):
            self.drop(connection)

    def accept(self, listener: Any) -> None:
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK, errno.EMFILE, errno.ENFILE):
                raise
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self.make_room()
            return
        if len(self.connections) >= self.worker_connections:
            self.make_room()
        if client.family in (socket.AF_INET, socket.AF_INET6):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(self.cfg, client, address, listener.getsockname())
        self.connections[connection] = None
        self.wait(connection, _HEAD, HEAD_SECONDS)
        self.on_ready(connection, client)

    def make_room(self) -> None:
        """Drop the connection that has been waiting longest; requests at work are never dropped."""
        if self.waiting:
            self.drop(next(iter(self.waiting)))

    def wait(self, connection: Connection, state: int, seconds: float, *, events: int = selectors.EVENT_READ) -> None:
        """Have the main loop watch a connection, for so long at most."""
        if connection.state != state or connection not in self.waiting:
            connection.state = state
            connection.deadline = time.monotonic() + seconds
            self.waiting[connection] = None
            self.waiting.move_to_end(connection)
        self.watch(connection, events)

    def watch(self, connection: Connection, events: int) -> None:
        if connection.events == events:
            return
        if not connection.events:
            self.poller.register(connection.real, events, partial(self.on_ready, connection))
        elif events:
            self.poller.modify(connection.real, events, partial(self.on_ready, connection))
        else:
            self.poller.unregister(connection.real)
        connection.events = events

    def sweep(self, now: float) -> None:
        """Drop who took too long."""
        for connection in [one for one in self.waiting if one.deadline <= now]:
            if connection.state == _BODY or (connection.state == _HEAD and connection.incoming):
                with suppress(OSError):
                    connection.real.send(_TOO_SLOW)
            self.drop(connection)

    def drop(self, connection: Connection) -> None:
        """Forget a connection; what it had not sent or taken is lost."""
        if connection not in self.connections:
            return
        with suppress(OSError, KeyError, ValueError):
            self.watch(connection, 0)
        self.waiting.pop(connection, None)
        del self.connections[connection]
        connection.real.close()

    def on_ready(self, connection: Connection, _real: Any) -> None:
        """Bytes have come, or there is room to send some."""
        if connection not in self.connections or connection.state == _BUSY:
            return
        if connection.state == _SENDING:
            self.send_rest(connection)
            return
        try:
            data = connection.real.recv(_BLOCK)
        except BlockingIOError:
            return
        except OSError:
            self.drop(connection)
            return
        if not data:
            self.drop(connection)
        elif connection.state == _LINGER:
            connection.lingered += len(data)
            if connection.lingered > LINGER_BYTES:
                self.drop(connection)
        else:
            connection.incoming += data
            self.look(connection)

    # --- reading ------------------------------------------------------------------------------------------------

    def look(self, connection: Connection) -> None:
        """Hand the request over when all of it is here."""
        incoming = connection.incoming
        if not connection.head_size:
            end = incoming.find(b"\r\n\r\n", max(0, connection.scanned - 3))
            connection.scanned = len(incoming)
            if end < 0:
                if len(incoming) > MAX_HEAD:
                    self.dispatch(connection, len(incoming))
                else:
                    self.wait(connection, _HEAD, HEAD_SECONDS)
                return
            connection.head_size = connection.scanned = end + 4
            self.read_head(connection)
        whole = self.whole(connection)
        if whole is not None:
            self.dispatch(connection, whole)
        else:
            self.wait(connection, _BODY, BODY_SECONDS)

    def read_head(self, connection: Connection) -> None:
        """Learn from the head how long the body is.

        Where that is in doubt the head alone goes on, gunicorn's parser refuses it, and the connection ends.
        """
        head = bytes(connection.incoming[: connection.head_size]).lower()
        framing, expects = [], False
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.strip() in (b"content-length", b"transfer-encoding"):
                framing.append((name, value.strip()))
            elif name == b"expect":
                expects = value.strip() == b"100-continue"
        connection.length = 0
        connection.certain = len(framing) <= 1
        if connection.certain and framing:
            name, value = framing[0]
            if (name, value) == (b"transfer-encoding", b"chunked"):
                connection.length = None
            elif name == b"content-length" and value.isdigit() and len(value) < 16:
                connection.length = int(value)
            else:
                connection.certain = False
        connection.sock.went_on = False
        if expects and (connection.length is None or 0 < connection.length <= self.max_body):
            connection.sock.went_on = True
            connection.sock.sendall(_GO_ON)

    def whole(self, connection: Connection) -> int | None:
        """The size of the request in ``incoming``, or None while some of it is missing."""
        size, length = len(connection.incoming), connection.length
        if length is not None:
            if length > self.max_body:
                # The application refuses it by its announced length, without the body.
                return connection.head_size
            wanted = connection.head_size + length
            return wanted if size >= wanted else None
        while True:
            line = connection.incoming.find(b"\r\n", connection.scanned)
            if line < 0:
                return size if size - connection.scanned > 4096 else None
            try:
                chunk = int(bytes(connection.incoming[connection.scanned : line]).partition(b";")[0], 16)
            except ValueError:
                return size
            if chunk == 0:
                end = connection.incoming.find(b"\r\n\r\n", line)
                # Trailers, or just the blank line that ends the body.
                return end + 4 if end >= 0 else (size if size - line > MAX_HEAD else None)
            if chunk < 0 or connection.decoded + chunk > self.max_body:
                # Enough for the application to see that it is too much, once that much is here.
                enough = size - connection.scanned > self.max_body - connection.decoded + 64
                return size if chunk < 0 or enough else None
            if size < line + 2 + chunk + 2:
                return None
            connection.decoded += chunk
            connection.scanned = line + 2 + chunk + 2
            if connection.scanned - connection.head_size > CHUNK_OVERHEAD * self.max_body:
                return size

    def dispatch(self, connection: Connection, size: int) -> None:
        """Give one request to a thread."""
        self.watch(connection, 0)
        self.waiting.pop(connection, None)
        connection.state = _BUSY
        connection.sock.request = memoryview(bytes(connection.incoming[:size]))
        connection.keep = connection.certain and (connection.length is None or connection.length <= self.max_body)
        del connection.incoming[:size]
        self.enqueue_req(connection)

    # --- answering ----------------------------------------------------------------------------------------------

    def finish_request(self, conn: Connection, fs: Any) -> None:
        """A thread is done; send what is left, then close or wait for the next request."""
        if conn not in self.connections:
            return
        try:
            conn.keep = bool(not fs.cancelled() and fs.result()) and conn.keep and self.alive
        except Exception:
            conn.keep = False
        self.send_rest(conn)

    def send_rest(self, connection: Connection) -> None:
        unsent = connection.sock.unsent
        try:
            while unsent:
                rest = unsent[0][connection.real.send(unsent[0]) :]
                if rest:
                    unsent[0] = rest
                    break
                unsent.popleft()
        except BlockingIOError:
            pass
        except OSError:
            self.drop(connection)
            return
        if unsent:
            self.wait(connection, _SENDING, SEND_SECONDS, events=selectors.EVENT_WRITE)
        elif connection.keep:
            connection.clear()
            connection.state = _BUSY
            if connection.incoming:
                # The client has sent its next request without waiting.
                self.look(connection)
            else:
                self.wait(connection, _IDLE, self.cfg.keepalive)
        else:
            self.linger(connection)

    def linger(self, connection: Connection) -> None:
        """Say that nothing more comes, and read on a little: closing at once could destroy the answer on its way."""
        try:
            connection.real.shutdown(socket.SHUT_WR)
        except OSError:
            self.drop(connection)
            return
        connection.incoming.clear()
        uploading = connection.length is None or connection.length > self.max_body
        self.wait(connection, _LINGER, UPLOAD_SECONDS if uploading else LINGER_SECONDS)
