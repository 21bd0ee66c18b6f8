"""How long one request may work, how much it may ask for, and for whom.

The server begins a ``Work`` for the thread of each request. Whatever may take long asks ``checkpoint()`` between two
pieces: SQL statements, days of a calendar, services of a list. It raises when the time is over or the client has gone,
so that nobody's range decides how long a thread is busy.
"""

import threading
from time import monotonic

from core.errors import ServiceUnavailable

#: Records that one question of a request may bring; exports and other commands have no such bound.
MAX_RECORDS = 50_000
#: Seconds of work after which a request is given up. The longest window a dialect allows takes a fraction of it.
WORK_SECONDS = 15.0


#: How long one request may wait for the datastore in all, and how long what is not a request.
WAIT_SECONDS = 5.0
BACKGROUND_WAIT_SECONDS = 60.0
#: How long a request waits for it that is already being ended.
CLOSING_WAIT_SECONDS = 0.5
#: How long a large request waits for another one to end.
LARGE_WORK_WAIT_SECONDS = 5.0
_large_work = threading.Semaphore()


class OutOfTime(ServiceUnavailable):
    """The request took longer than the server works for one, or its client has gone."""


class RequestBudget:
    """One request's allowance. ``is_gone`` is set by whoever watches the connection."""

    __slots__ = ("deadline", "is_closing", "is_gone", "is_large", "remaining_wait")

    def __init__(self) -> None:
        self.deadline = monotonic() + WORK_SECONDS
        #: Seconds that are left of ``WAIT_SECONDS``.
        self.remaining_wait = WAIT_SECONDS
        self.is_gone = False
        self.is_closing = False
        self.is_large = False

    def start_work(self) -> None:
        """A thread takes the request up: the time for work begins, and waiting for the thread was part of waiting."""
        queued = monotonic() - (self.deadline - WORK_SECONDS)
        self.deadline += queued
        self.remaining_wait = max(CLOSING_WAIT_SECONDS, self.remaining_wait - queued)


class _ThreadState(threading.local):
    budget: RequestBudget | None = None


_thread = _ThreadState()


def set_current(budget: RequestBudget | None) -> None:
    """Have this thread work under an allowance, or under none."""
    _thread.budget = budget


def current() -> RequestBudget | None:
    """The allowance of this thread."""
    return _thread.budget


def start_closing() -> None:
    """What is left of this request, such as saying what went wrong, is short and must be done."""
    if _thread.budget is not None:
        _thread.budget.is_closing = True


def remaining_wait() -> float:
    """Seconds this thread may wait for the datastore now."""
    budget = _thread.budget
    if budget is None:
        return BACKGROUND_WAIT_SECONDS
    return max(budget.remaining_wait, CLOSING_WAIT_SECONDS if budget.is_closing else 0.0)


def spend_wait(seconds: float) -> None:
    """Take a wait off the patience of this thread's request."""
    if _thread.budget is not None:
        _thread.budget.remaining_wait -= seconds


def finish(budget: RequestBudget) -> None:
    """The request is answered."""
    _thread.budget = None
    if budget.is_large:
        budget.is_large = False
        _large_work.release()


def reserve_large_work() -> None:
    """Say that what follows takes much memory: a process does one such request at a time.

    Raises:
        ServiceUnavailable: Another one has not ended within ``LARGE_SECONDS``.
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
    """Go on, or raise ``OutOfTime``; cheap enough for every few hundred microseconds of work."""
    if is_exhausted():
        raise OutOfTime
