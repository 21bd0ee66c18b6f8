"""How long one request may work, how much it may ask for, and for whom.

The server begins a ``Work`` for the thread of each request. Whatever may take long asks ``checkpoint()`` between two
pieces: SQL statements, days of a calendar, services of a list. It raises when the time is over or the client has gone,
so that nobody's range decides how long a thread is busy.
"""

import threading
from time import monotonic

from core.errors import ServiceUnavailable

#: Records that one question of a request may bring; exports and other commands have no such bound.
MOST_RECORDS = 50_000
#: Seconds of work after which a request is given up. The longest window a dialect allows takes a fraction of it.
WORK_SECONDS = 15.0


#: How long one request may wait for the datastore in all, and how long what is not a request.
WAIT_SECONDS = 5.0
PATIENT_SECONDS = 60.0
#: How long a request waits for it that is already being ended.
LAST_WAIT_SECONDS = 0.5
#: How long a large request waits for another one to end.
LARGE_SECONDS = 5.0
_large = threading.Semaphore()


class OutOfTime(ServiceUnavailable):
    """The request took longer than the server works for one, or its client has gone."""


class RequestBudget:
    """One request's allowance. ``is_gone`` is set by whoever watches the connection."""

    __slots__ = ("ends", "is_closing", "is_gone", "is_large", "patience")

    def __init__(self) -> None:
        self.ends = monotonic() + WORK_SECONDS
        #: Seconds that are left of ``WAIT_SECONDS``.
        self.patience = WAIT_SECONDS
        self.is_gone = False
        self.is_closing = False
        self.is_large = False

    def began(self) -> None:
        """A thread takes the request up: the time for work begins, and waiting for the thread was part of waiting."""
        queued = monotonic() - (self.ends - WORK_SECONDS)
        self.ends += queued
        self.patience = max(LAST_WAIT_SECONDS, self.patience - queued)


class _Thread(threading.local):
    work: RequestBudget | None = None


_thread = _Thread()


def begin(work: RequestBudget | None) -> None:
    """Have this thread work under an allowance, or under none."""
    _thread.work = work


def current() -> RequestBudget | None:
    """The allowance of this thread."""
    return _thread.work


def close() -> None:
    """What is left of this request, such as saying what went wrong, is short and must be done."""
    if _thread.work is not None:
        _thread.work.is_closing = True


def remaining_wait() -> float:
    """Seconds this thread may wait for the datastore now."""
    work = _thread.work
    if work is None:
        return PATIENT_SECONDS
    return max(work.patience, LAST_WAIT_SECONDS if work.is_closing else 0.0)


def spend_wait(seconds: float) -> None:
    """Take a wait off the patience of this thread's request."""
    if _thread.work is not None:
        _thread.work.patience -= seconds


def end(work: RequestBudget) -> None:
    """The request is answered."""
    _thread.work = None
    if work.is_large:
        work.is_large = False
        _large.release()


def reserve_large_work() -> None:
    """Say that what follows takes much memory: a process does one such request at a time.

    Raises:
        ServiceUnavailable: Another one has not ended within ``LARGE_SECONDS``.
    """
    work = _thread.work
    if work is None or work.is_large:
        return
    if not _large.acquire(timeout=LARGE_SECONDS):
        raise ServiceUnavailable
    work.is_large = True


def is_exhausted() -> bool:
    """Whether the time of this thread's request is over, or its client gone."""
    work = _thread.work
    return work is not None and not work.is_closing and (work.is_gone or monotonic() > work.ends)


def checkpoint() -> None:
    """Go on, or raise ``OutOfTime``; cheap enough for every few hundred microseconds of work."""
    if is_exhausted():
        raise OutOfTime
