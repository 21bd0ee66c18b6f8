"""Repeats a unit of work that the database has aborted for another one."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from peewee import OperationalError

from core.db import commit_count, in_transaction

P = ParamSpec("P")
T = TypeVar("T")
#: Repetitions of a unit of work, and the SQLSTATEs of a transaction that was aborted for another.
_MAX_RETRIES = 5
_CONFLICT_STATES = frozenset(("40001", "40P01"))


def retry_on_conflict(unit: Callable[[], T], *, restart: Callable[[], None] | None = None) -> T:
    """Run a unit of work, and repeat it when PostgreSQL aborted it because of another transaction (deadlock,
    serialization).

    A unit that has committed something is not repeated. Inside a transaction the caller that opened it has to repeat
    it.

    Args:
        restart: Rolls the open transaction back and opens another one; passed by the code that opened it.
    """
    if restart is None and in_transaction():
        return unit()
    commits = commit_count()
    for retries_left in range(_MAX_RETRIES, -1, -1):
        try:
            return unit()
        except OperationalError as error:
            state = getattr(getattr(error, "orig", None), "sqlstate", None)
            if not retries_left or state not in _CONFLICT_STATES or commit_count() != commits:
                raise
            if restart is not None:
                restart()
            time.sleep(random.uniform(0, 0.05))
    raise AssertionError("unreachable")


def retried_on_conflict(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function that is one transaction with ``retry_on_conflict``."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if in_transaction():
            return function(*args, **kwargs)
        return retry_on_conflict(lambda: function(*args, **kwargs))

    return run
