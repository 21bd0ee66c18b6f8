"""Time, waiting and memory that one request may use.

The server sets a ``RequestBudget`` for the thread of each request. Code that may run long calls ``checkpoint()``
between two pieces of work: SQL statements, days of a calendar, services of a list. It raises when the time is over or
the client has gone, so no request decides how long a thread is busy.
"""

import threading
from time import monotonic

from core.errors import ServiceUnavailable

#: Records that one query of a request may return; exports and other commands have no such bound.
MAX_RECORDS = 50_000
#: Seconds of work after which a request is aborted. The longest range that a dialect allows takes a fraction of it.
WORK_SECONDS = 15.0


#: Seconds that a request may wait for the datastore in total, and that other work may.
WAIT_SECONDS = 5.0
BACKGROUND_WAIT_SECONDS = 60.0
#: Seconds that a request may wait for the datastore while it is being ended.
CLOSING_WAIT_SECONDS = 0.5
#: Seconds that a large request waits for another one to end.
LARGE_WORK_WAIT_SECONDS = 5.0
_large_work = threading.Semaphore()


class OutOfTime(ServiceUnavailable):
    """The request exceeded its working time, or its client has gone."""


class RequestBudget:
    """One request's budget. ``is_gone`` is set by the main loop when the client has disconnected."""

    __slots__ = ("deadline", "is_closing", "is_gone", "is_large", "remaining_wait")

    def __init__(self) -> None:
        self.deadline = monotonic() + WORK_SECONDS
        #: Seconds left of ``WAIT_SECONDS``.
        self.remaining_wait = WAIT_SECONDS
        self.is_gone = False
        self.is_closing = False
        self.is_large = False

    def start_work(self) -> None:
        """Start the working time when a thread takes the request; time in the queue counts as waiting."""
        queued = monotonic() - (self.deadline - WORK_SECONDS)
        self.deadline += queued
        self.remaining_wait = max(CLOSING_WAIT_SECONDS, self.remaining_wait - queued)


class _ThreadState(threading.local):
    budget: RequestBudget | None = None


_thread = _ThreadState()


def set_current(budget: RequestBudget | None) -> None:
    """Set the budget of this thread; None for no budget."""
    _thread.budget = budget


def current() -> RequestBudget | None:
    """The budget of this thread."""
    return _thread.budget


def start_closing() -> None:
    """Lift the time limit for what is left, such as an error response: it is short and must be done."""
    if _thread.budget is not None:
        _thread.budget.is_closing = True


def remaining_wait() -> float:
    """Seconds that this thread may still wait for the datastore."""
    budget = _thread.budget
    if budget is None:
        return BACKGROUND_WAIT_SECONDS
    return max(budget.remaining_wait, CLOSING_WAIT_SECONDS if budget.is_closing else 0.0)


def spend_wait(seconds: float) -> None:
    """Subtract a wait from the budget of this thread."""
    if _thread.budget is not None:
        _thread.budget.remaining_wait -= seconds


def finish(budget: RequestBudget) -> None:
    """End a request: release what it reserved."""
    _thread.budget = None
    if budget.is_large:
        budget.is_large = False
        _large_work.release()


def reserve_large_work() -> None:
    """Reserve the process's one slot for work that takes much memory.

    Raises:
        ServiceUnavailable: Another request held it for longer than ``LARGE_WORK_WAIT_SECONDS``.
    """
    budget = _thread.budget
    if budget is None or budget.is_large:
        return
    if not _large_work.acquire(timeout=LARGE_WORK_WAIT_SECONDS):
        raise ServiceUnavailable
    budget.is_large = True


def is_exhausted() -> bool:
    """Whether the time of this thread's request is over, or its client gone."""
    budget = _thread.budget
    return budget is not None and not budget.is_closing and (budget.is_gone or monotonic() > budget.deadline)


def checkpoint() -> None:
    """Raise ``OutOfTime`` when the budget is exhausted; cheap enough to call every few hundred microseconds."""
    if is_exhausted():
        raise OutOfTime
