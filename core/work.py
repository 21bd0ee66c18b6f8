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


class OutOfTime(ServiceUnavailable):
    """The request took longer than the server works for one, or its client has gone."""


class Work:
    """One request's allowance. ``is_gone`` is set by whoever watches the connection."""

    __slots__ = ("ends", "is_gone")

    def __init__(self) -> None:
        self.ends = monotonic() + WORK_SECONDS
        self.is_gone = False


class _Thread(threading.local):
    work: Work | None = None


_thread = _Thread()


def begin(work: Work | None) -> Work | None:
    """Have this thread work under an allowance, or under none; returns the one it had."""
    previous, _thread.work = _thread.work, work
    return previous


def current() -> Work | None:
    """The allowance of this thread."""
    return _thread.work


def checkpoint() -> None:
    """Go on, or raise ``OutOfTime``; cheap enough for every few hundred microseconds of work."""
    work = _thread.work
    if work is not None and (work.is_gone or monotonic() > work.ends):
        raise OutOfTime
