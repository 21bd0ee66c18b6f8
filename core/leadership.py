"""Which thread of a worker runs the main loop, and which one answers a request.

A hand-over from one thread to another and back costs as much as a light answer. So one thread of the pool, the leader,
runs the loop and answers what it has read itself. The main thread watches it: when one answer takes long, it takes the
loop away and gives it to another thread of the pool. The former leader then only reports its answer, through
``method_queue``. While all threads of the pool are busy, the main thread runs the loop and answers nothing.

Only the thread that has the loop touches the worker's connections and its poller. ``turn`` decides who that is when the
leader ends an answer at the moment at which the main thread takes the loop.
"""

import os
import select
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from core.http.connections import Connection
from core.request_handler import RequestHandler

#: Seconds after which the loop sees to deadlines.
TICK_SECONDS = 0.5
#: Seconds between two looks of the main thread. The leader loses the loop when two find it at the same request.
LOOK_SECONDS = 0.005
#: Seconds that the leader answers what it has read before it looks for other events.
ROUND_SECONDS = 0.005


class RequestPool:
    """Some threads, the requests that they answer, and those that wait for one of them."""

    def __init__(self, size: int) -> None:
        self.threads = ThreadPoolExecutor(size)
        self._size = size
        #: With the time since which each waits.
        self.waiting: dict[Connection, float] = {}
        self.running: set[Connection] = set()
        #: Whether one of the threads runs the loop.
        self.has_leader = False

    @property
    def has_free_thread(self) -> bool:
        """Whether a request would be begun at once."""
        return len(self.running) + self.has_leader < self._size

    @property
    def next_request(self) -> Connection:
        """The request that has waited longest."""
        return next(iter(self.waiting))


class Leadership(RequestHandler):
    """The part of ``core.worker.Worker`` that shares out its threads."""

    #: Set by ``core.gunicorn_engine``: whether an answer mostly waits, so that it pays to answer several at once.
    is_waiting_mostly = False
    requests: RequestPool
    alive: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Requests that wait for a thread or run in one, with their pool.
        self.in_flight: dict[Connection, RequestPool] = {}
        self.turn = threading.Lock()
        #: The request that the leader answers, and how many it has begun.
        self.answering: Connection | None = None
        self.begun = 0
        #: Whether the main thread sleeps until ``wake_main_thread``, because nothing happens.
        self.is_idle = False

    def init_process(self) -> None:
        self.requests = RequestPool(self.cfg.threads)
        super().init_process()

    def get_thread_pool(self) -> ThreadPoolExecutor:
        return self.requests.threads

    # --- the main thread ----------------------------------------------------------------------------------------

    def keep_leader(self) -> None:
        """See to it that the loop runs, in whatever thread, until the worker stops; then this thread has it."""
        requests = self.requests
        try:
            while self.alive:
                if not requests.has_free_thread:
                    self.run_round(TICK_SECONDS)
                    continue
                requests.has_leader = True
                leader = requests.threads.submit(self.lead)
                leader.add_done_callback(lambda _: self.wake_main_thread())
                self.watch(leader)
                requests.has_leader = False
        finally:
            # Where this thread fails, a leader ends too.
            self.alive = False
        while requests.waiting and requests.has_free_thread:
            self.begin(requests, requests.next_request)

    def watch(self, leader: Future[None]) -> None:
        """Return with the loop: when its leader has ended, or is taken up by one request."""
        seen = -1
        while not leader.done():
            begun = self.begun
            if self.answering is not None:
                if begun == seen and self.take_loop(begun):
                    return
            elif begun == seen:
                self.is_idle = True
                if self.begun == begun and not leader.done():
                    self.sleep()
                self.is_idle = False
            seen = begun
            time.sleep(LOOK_SECONDS)
        leader.result()

    def sleep(self) -> None:
        """Sleep until a signal arrives or another thread wakes this one.

        A signal writes to the pipe too. It would not end the wait for a lock, because system calls restart after
        it.
        """
        select.select([self.PIPE[0]], [], [])
        os.read(self.PIPE[0], 4096)

    def wake_main_thread(self) -> None:
        """End the sleep of the main thread, from any thread."""
        with suppress(BlockingIOError):
            os.write(self.PIPE[1], b"w")

    def take_loop(self, begun: int) -> bool:
        """Take the loop from a leader that still answers its request number ``begun``; False when it does not."""
        with self.turn:
            connection = self.answering
            if connection is None or self.begun != begun:
                return False
            self.answering = None
        self.requests.running.add(connection)
        return True

    # --- the leader ---------------------------------------------------------------------------------------------

    def lead(self) -> None:
        """Run the loop in a thread of the pool until this thread has lost it or the worker stops."""
        requests = self.requests
        while self.alive:
            self.run_round(0 if requests.waiting else TICK_SECONDS)
            ends = time.monotonic() + ROUND_SECONDS
            while requests.waiting and self.alive:
                while self.is_waiting_mostly and len(requests.waiting) > 1 and requests.has_free_thread:
                    self.begin(requests, requests.next_request)
                if not self.answer_here(requests.next_request):
                    return
                if time.monotonic() > ends:
                    break

    def answer_here(self, connection: Connection) -> bool:
        """Answer a request in this thread; False when it has lost the loop meanwhile."""
        del self.requests.waiting[connection]
        self.begun += 1
        self.answering = connection
        if self.is_idle:
            self.is_idle = False
            self.wake_main_thread()
        is_reusable = self.answer(connection)
        with self.turn:
            is_leader = self.answering is connection
            if is_leader:
                self.answering = None
        if is_leader:
            self.finish_request(connection, is_reusable)
        else:
            self.method_queue.defer(self.finish_request, connection, is_reusable)
        return is_leader

    # --- who has the loop ---------------------------------------------------------------------------------------

    def add_request(self, pool: RequestPool, connection: Connection) -> None:
        """Let a request wait for its thread. A leader answers those itself that only read; others wait long."""
        self.in_flight[connection] = pool
        pool.waiting[connection] = time.monotonic()
        if pool.has_free_thread and not (pool.has_leader and connection.head_bytes.startswith((b"GET ", b"HEAD "))):
            self.begin(pool, connection)

    def remove_request(self, connection: Connection) -> None:
        """Count a request as answered; its thread gets the next one."""
        pool = self.in_flight.pop(connection)
        pool.running.discard(connection)
        if not pool.has_leader and pool.waiting:
            self.begin(pool, pool.next_request)

    def withdraw(self, connection: Connection) -> bool:
        """Forget a request that still waits for a thread; False when it does not."""
        pool = self.in_flight.get(connection)
        if pool is None or pool.waiting.pop(connection, None) is None:
            return False
        del self.in_flight[connection]
        return True

    def begin(self, pool: RequestPool, connection: Connection) -> None:
        """Give a waiting request to a free thread."""
        del pool.waiting[connection]
        pool.running.add(connection)
        pool.threads.submit(self.answer_in_pool, connection)

    def answer_in_pool(self, connection: Connection) -> None:
        """Answer a request in a thread that does not have the loop."""
        self.method_queue.defer(self.finish_request, connection, self.answer(connection))
