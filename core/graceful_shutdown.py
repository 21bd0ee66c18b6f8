"""How a worker stops: it answers every request that was sent and leaves nothing behind.

Signal handlers only set flags and wake the main loop. They take no lock, because the thread they interrupt may hold it.
"""

import ctypes
import os
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from core.http.connections import BUSY, HEAD, IDLE, LINGER

#: Seconds that a stopping worker keeps idle connections: a request may already be on its way.
CLOSING_IDLE_SECONDS = 2.0
#: Seconds that requests under way may take after SIGINT or SIGQUIT.
QUICK_STOP_SECONDS = 1.0
_SO_ATTACH_FILTER = 26


def stop_accepting(listener: socket.socket) -> None:
    """Let no new connection into a listening socket, in any process that shares it; those in its queue stay.

    A packet filter drops their packets, so clients retry and reach the next server or nobody. Without it, clients that
    connect between the last ``accept`` and the close would be cut off after they sent their request.
    """
    if not sys.platform.startswith("linux") or listener.family == socket.AF_UNIX:
        return
    # One instruction of the classic packet filter: return 0, drop the packet.
    program = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
    with suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HxxxxxxP", 1, ctypes.addressof(program)))


class GracefulShutdown(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """The part of ``core.worker.Worker`` that stops it."""

    #: True after SIGINT or SIGQUIT: requests under way get ``QUICK_STOP_SECONDS``.
    is_quick = False

    def init_signals(self) -> None:
        super().init_signals()
        # The parent blocked them, so that none was lost before the handlers were installed.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT))

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM."""
        self.alive = False
        self.method_queue.defer(_do_nothing)

    def handle_quit(self, sig: int, frame: Any) -> None:
        """SIGINT and SIGQUIT."""
        self.is_quick = True
        self.handle_exit(sig, frame)

    def has_parent(self) -> bool:
        """Whether the master still runs. A worker without a master stops as after SIGTERM."""
        if self.ppid == os.getppid():
            return True
        self.alive = False
        return False

    def idle_seconds(self) -> float:
        """How long a connection is kept open for its next request."""
        seconds: float = self.cfg.keepalive
        return seconds if self.alive else min(seconds, CLOSING_IDLE_SECONDS)

    def stop_serving(self) -> None:
        """Accept what is queued, answer it, and end; the port is free at once."""
        self.set_accept_enabled(False)
        if self.ppid != os.getppid():
            # The next server needs the port; new clients wait for it instead of being cut off.
            for listener in self.sockets:
                stop_accepting(listener)
        for listener in self.sockets:
            while self.accept_now(listener):
                pass
            listener.close()
        self.drain()
        self.tpool.shutdown(wait=False, cancel_futures=True)
        if self.in_flight:
            self.abandon_running()
        self.poller.close()
        self.method_queue.close()

    def abandon_running(self) -> None:
        """End this process although a thread still runs; nobody waits for it, but the interpreter would."""
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

    def drain(self) -> None:
        """Answer the requests under way, for at most the graceful timeout, and drop the rest."""
        now = time.monotonic()
        deadline = now + self.cfg.graceful_timeout
        for connection in self.connections:
            if connection.state == IDLE or (connection.state == HEAD and not connection.incoming):
                connection.deadline = min(connection.deadline, now + CLOSING_IDLE_SECONDS)
        while self.connections:
            if self.is_quick:
                deadline = min(deadline, time.monotonic() + QUICK_STOP_SECONDS)
            now = time.monotonic()
            if now >= deadline or (
                self.is_quick and all(client.state in (IDLE, LINGER) for client in self.connections)
            ):
                break
            self.notify()
            self.wait_for_and_dispatch_events(timeout=0.1)
            self.expire(time.monotonic())
        for connection in list(self.connections):
            if connection.state == BUSY or connection.incoming:
                self.refuse(connection, 503)
            self.drop_connection(connection)


def _do_nothing() -> None:
    """Wakes the main loop."""
