"""A gunicorn worker whose threads never wait for a client.

gunicorn's threaded worker reads from the socket in a thread, and its main loop waits up to two seconds when it closes a
connection that the client keeps open. A few slow or silent clients block it for everybody. In this worker the main loop
does all waiting, on non-blocking sockets: it collects a complete request (head and body) before it is answered, sends
what a slow reader has not taken yet, and lingers when it closes. An answer is made from memory and into memory
(``core.request_handler``).

``core.leadership`` says which thread runs the loop and which one answers. ``core.memory_budget`` bounds what all
connections hold together. Probes have threads of their own. A request whose client has gone is stopped through
``core.request_budget``. ``core.graceful_shutdown`` ends the worker.
"""

import errno
import resource
import selectors
import socket
import time
from collections import OrderedDict
from contextlib import suppress
from functools import partial
from typing import Any

from core import metrics, request_budget
from core.accept_turns import AcceptTurns
from core.graceful_shutdown import GracefulShutdown
from core.http.connections import BODY, BUSY, HEAD, IDLE, LINGER, SENDING, Connection
from core.http.request_parsing import ChunkedBody, ParseRefusal, refusal_response
from core.http.spool import Spool
from core.leadership import TICK_SECONDS, Leadership, RequestPool
from core.memory_budget import MemoryBudget, connections_by_memory

#: Seconds for a client to send a complete head or body, and to receive a response.
HEAD_SECONDS = 15.0
BODY_SECONDS = 60.0
SEND_SECONDS = 60.0
#: Seconds that a request may wait for a thread.
QUEUE_SECONDS = 8.0
#: Seconds that work goes on after a client shut down sending; it may have half-closed its connection.
HALF_CLOSED_SECONDS = 2.0
#: Seconds and bytes for which a closing connection is still read, so that its client gets the response.
LINGER_SECONDS = 2.0
#: The same for a client that is still sending a refused body.
UPLOAD_SECONDS = 30.0
LINGER_BYTES = 64 * 1024 * 1024
#: ``Retry-After`` of refusals for lack of memory or threads, in seconds.
RETRY_AFTER = 5
_READ_BYTES = 256 * 1024
#: Seconds after which a worker that leaves a connection to others looks whether they still hold fewer.
_PAUSE_STEP = 0.001
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Worker(GracefulShutdown, Leadership):
    """The main loop; see the module."""

    #: Set by ``core.gunicorn_engine``. Longer bodies stay unread; the application refuses them.
    max_body = 1_048_576
    #: Paths with a thread of their own, which are served while all other threads are busy.
    probe_paths: tuple[bytes, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # In the order of waiting; the longest waiting one is dropped first when there is no room.
        self.connections: dict[Connection, None] = {}
        self.waiting: OrderedDict[Connection, None] = OrderedDict()
        #: Those whose client has shut down sending, with the time at which their work is abandoned.
        self.half_closed: dict[Connection, float] = {}
        self.memory = MemoryBudget()
        self.spool = Spool(self.memory)
        #: Replaced where other workers listen on the same sockets.
        self.accept_turns = AcceptTurns()
        #: When new connections are accepted again; 0 when they are.
        self.pause_ends = 0.0
        self.probe_pools: dict[bytes, RequestPool] = {}
        self.next_sweep = 0.0

    def init_process(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        # Each may have a part of its answer on disk.
        needed = 2 * self.worker_connections + 256
        if soft < needed:
            room = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (room, hard))
        super().init_process()

    # --- the main loop ------------------------------------------------------------------------------------------

    def run(self) -> None:
        self.probe_pools = {path: RequestPool(1) for path in self.probe_paths}
        self.poller.register(self.method_queue.fileno(), selectors.EVENT_READ, self.method_queue.run_callbacks)
        self.set_accept_enabled(True)
        self.accept_turns.tell(0)
        self.keep_leader()
        self.accept_turns.end()
        self.stop_serving()

    def run_round(self, timeout: float) -> None:
        """One round of the loop: wait for events for at most ``timeout`` seconds and handle them."""
        now = time.monotonic()
        if now >= self.next_sweep:
            self.next_sweep = now + TICK_SECONDS
            self.notify()
            self.has_parent()
            self.expire(now)
        timeout = min(timeout, self.next_sweep - now)
        if self.pause_ends:
            if now < self.pause_ends and self.accept_turns.has_more_than_others(len(self.connections)):
                timeout = min(timeout, _PAUSE_STEP)
            else:
                self.pause_ends = 0.0
                self.set_accept_enabled(True)
        self.wait_for_and_dispatch_events(timeout)

    def accept(self, listener: Any) -> None:
        """Accept a connection, unless a worker that holds fewer of them may take it."""
        if self.pause_ends:
            # Another listener was ready at the same time.
            return
        pause = self.accept_turns.pause(len(self.connections))
        if pause:
            self.pause_ends = time.monotonic() + pause
            self.set_accept_enabled(False)
        else:
            self.accept_now(listener)

    def accept_now(self, listener: Any) -> bool:
        """Accept one connection; False when none is waiting."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK, errno.EMFILE, errno.ENFILE):
                raise
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self.drop_longest_waiting()
            return error.errno == errno.ECONNABORTED
        if len(self.connections) >= self.worker_connections:
            self.drop_longest_waiting()
        if client.family in (socket.AF_INET, socket.AF_INET6):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(self.cfg, client, address, listener.getsockname(), self.spool)
        self.connections[connection] = None
        self.accept_turns.tell(len(self.connections))
        self.set_state(connection, HEAD, HEAD_SECONDS)
        self.on_ready(connection, client)
        return True

    def drop_longest_waiting(self) -> None:
        """Drop the connection that has waited longest; requests in a thread are never dropped."""
        if self.waiting:
            self.drop_connection(next(iter(self.waiting)))

    def set_state(
        self, connection: Connection, state: int, seconds: float, *, events: int = selectors.EVENT_READ
    ) -> None:
        """Move a connection to ``state`` and watch it for ``events``; its deadline is ``seconds`` from now."""
        if connection.state != state or connection not in self.waiting:
            connection.state = state
            connection.state_since = time.monotonic()
            connection.deadline = connection.state_since + seconds
            self.waiting[connection] = None
            self.waiting.move_to_end(connection)
        self.set_events(connection, events)

    def set_events(self, connection: Connection, events: int) -> None:
        if connection.events == events:
            return
        if not connection.events:
            self.poller.register(connection.real_socket, events, partial(self.on_ready, connection))
        elif events:
            self.poller.modify(connection.real_socket, events, partial(self.on_ready, connection))
        else:
            self.poller.unregister(connection.real_socket)
        connection.events = events

    def expire(self, now: float) -> None:
        """Drop connections past their deadline; cancel work that nobody waits for or that was queued for too long."""
        for connection in [waiting for waiting in self.waiting if waiting.deadline <= now]:
            if connection.state == BODY or (connection.state == HEAD and connection.incoming):
                self.refuse(connection, 408)
            else:
                self.drop_connection(connection)
        for connection in self.waiting:
            if connection.counted_bytes > _READ_BYTES:
                connection.update_pace()
        for connection in [client for client, deadline in self.half_closed.items() if deadline <= now]:
            self.abandon(connection)
        for connection, pool in list(self.in_flight.items()):
            if now - pool.waiting.get(connection, now) > QUEUE_SECONDS:
                self.withdraw(connection)
                self.refuse(connection, 503)

    def drop_connection(self, connection: Connection) -> None:
        """Close a connection and forget it; unsent and unread bytes are lost."""
        if connection not in self.connections:
            return
        with suppress(OSError, KeyError, ValueError):
            self.set_events(connection, 0)
        self.waiting.pop(connection, None)
        self.half_closed.pop(connection, None)
        del self.connections[connection]
        self.accept_turns.tell(len(self.connections))
        self.memory.forget(connection)
        connection.sock.discard_unsent()
        connection.real_socket.close()

    def on_ready(self, connection: Connection, _real: Any) -> None:
        """Handle a socket that has become readable or writable."""
        if connection not in self.connections:
            return
        if connection.state == BUSY:
            self.check_client(connection)
            return
        if connection.state == SENDING:
            self.send_unsent(connection)
            return
        try:
            data = connection.real_socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self.drop_connection(connection)
            return
        if connection.state == LINGER:
            connection.lingered_bytes += len(data)
            if not data or connection.lingered_bytes > LINGER_BYTES:
                self.drop_connection(connection)
        elif data:
            connection.incoming += data
            connection.moved_bytes += len(data)
            self.process_incoming(connection)
        elif connection.state == BODY or connection.incoming:
            # The client stopped in the middle of a request.
            self.refuse(connection, 400)
        else:
            self.drop_connection(connection)

    # --- memory -------------------------------------------------------------------------------------------------

    def reserve_memory(self, connection: Connection, extra_bytes: int = 0, *, only_stalled: bool = True) -> bool:
        """Make room for what a connection holds and ``extra_bytes`` more; False when there is none.

        The connections that hold most and move least are dropped first.

        Args:
            only_stalled: Drop only connections that hardly move. If all move, there is no room, and newcomers wait.
        """
        self.memory.count(connection)
        if self.memory.available_bytes >= extra_bytes:
            return True
        holders = connections_by_memory(self.waiting, connection, only_stalled=only_stalled)
        while holders and self.memory.available_bytes < extra_bytes:
            holder = holders.pop()
            if holder.state == SENDING:
                metrics.count_request("none", "none", 503, 0.0)
                self.drop_connection(holder)
            else:
                self.refuse(holder, 503)
        return self.memory.available_bytes >= extra_bytes

    # --- reading ------------------------------------------------------------------------------------------------

    def process_incoming(self, connection: Connection) -> None:
        """Dispatch the request once all of it has arrived."""
        try:
            if not self.reserve_memory(connection):
                raise ParseRefusal(503)
            if connection.head is None and not self.read_head(connection):
                self.set_state(connection, HEAD, HEAD_SECONDS)
            elif connection.take_body(self.max_body):
                self.dispatch(connection)
            else:
                self.set_state(connection, BODY, BODY_SECONDS)
        except ParseRefusal as error:
            self.refuse(connection, error.status)

    def read_head(self, connection: Connection) -> bool:
        """Parse the head and make room for its body; False while it is incomplete."""
        head = connection.take_head()
        if head is None:
            return False
        if head.length is None:
            connection.chunks = ChunkedBody(self.max_body)
        elif head.length <= self.max_body and not self.reserve_memory(connection, head.length):
            raise ParseRefusal(503)
        if head.expects_continue and (head.length is None or 0 < head.length <= self.max_body):
            connection.sock.sendall(_CONTINUE)
        return True

    def dispatch(self, connection: Connection) -> None:
        """Submit a complete request to a thread."""
        head, chunks = connection.head, connection.chunks
        assert head is not None
        if chunks is None:
            is_taken = (head.length or 0) <= self.max_body
        else:
            is_taken = chunks.is_complete
            connection.body, connection.chunks = bytes(chunks.body) if is_taken else b"", None
            head.length = len(connection.body) if is_taken else self.max_body + 1
        connection.keep_alive = head.is_framing_valid and is_taken
        self.memory.count(connection)
        self.waiting.pop(connection, None)
        connection.state = BUSY
        connection.budget = request_budget.RequestBudget()
        self.add_request(self.pool_of(head.path), connection)

    def pool_of(self, path: bytes) -> RequestPool:
        """The threads that answer requests to a path."""
        return self.probe_pools.get(path) or self.requests

    def check_client(self, connection: Connection) -> None:
        """Handle activity on a connection whose request is in a thread: its next request, or its end."""
        try:
            is_open = connection.real_socket.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return
        except OSError:
            self.abandon(connection)
            return
        self.set_events(connection, 0)
        if not is_open:
            self.half_closed[connection] = time.monotonic() + HALF_CLOSED_SECONDS

    def abandon(self, connection: Connection) -> None:
        """Cancel the request of a client that has gone."""
        self.half_closed.pop(connection, None)
        self.set_events(connection, 0)
        connection.keep_alive = False
        if connection.budget is not None:
            connection.budget.is_gone = True
        if self.withdraw(connection):
            self.drop_connection(connection)

    # --- answering ----------------------------------------------------------------------------------------------

    def finish_request(self, connection: Connection, is_reusable: bool) -> None:
        """Send what is left unsent of an answer, then close the connection or wait for its next request."""
        self.remove_request(connection)
        if connection not in self.connections:
            return
        if connection.budget is not None and connection.budget.is_gone:
            self.drop_connection(connection)
            return
        self.half_closed.pop(connection, None)
        connection.keep_alive = connection.keep_alive and is_reusable
        connection.head_bytes = connection.body = b""
        self.send_unsent(connection)

    def refuse(self, connection: Connection, status: int) -> None:
        """Send a refusal and end the connection."""
        metrics.count_request("none", "none", status, 0.0)
        connection.incoming.clear()
        connection.head_bytes = connection.body = b""
        connection.chunks = None
        connection.keep_alive = False
        with suppress(OSError):
            connection.sock.sendall(refusal_response(status, retry_after=RETRY_AFTER if status == 503 else None))
        self.send_unsent(connection)

    def send_unsent(self, connection: Connection) -> None:
        """Continue to send a response; once all of it is sent, keep or close the connection."""
        try:
            is_sent = connection.sock.send_unsent()
        except OSError:
            self.drop_connection(connection)
            return
        if not is_sent:
            self.set_state(connection, SENDING, SEND_SECONDS, events=selectors.EVENT_WRITE)
            self.reserve_memory(connection, only_stalled=False)
        elif connection.keep_alive:
            self.memory.count(connection)
            connection.reset()
            connection.state = BUSY
            if connection.incoming:
                # The client has pipelined its next request.
                self.process_incoming(connection)
            else:
                self.set_state(connection, IDLE, self.idle_seconds())
        else:
            self.memory.count(connection)
            self.linger(connection)

    def linger(self, connection: Connection) -> None:
        """Shut down sending and read on for a while: closing at once could destroy the response on its way."""
        try:
            connection.real_socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.drop_connection(connection)
            return
        is_sending = connection.state == BODY or bool(connection.incoming)
        head = connection.head
        if head is not None and (head.length is None or head.length > self.max_body):
            is_sending = True
        connection.incoming.clear()
        self.memory.count(connection)
        self.set_state(connection, LINGER, UPLOAD_SECONDS if is_sending else LINGER_SECONDS)
