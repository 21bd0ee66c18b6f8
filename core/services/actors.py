"""Who is making changes, so that every event says it.

An actor is a text: ``operator:NAME``, ``key:DIALECT:ID`` for an API key, ``command:USER`` for the command line, and
empty for the host's own work. It holds for the current request or command.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import NamedTuple

#: What the columns hold.
MAX_NAME, MAX_REASON = 120, 500


class Actor(NamedTuple):
    """Somebody, and why they make a change."""

    name: str = ""
    reason: str = ""


_NOBODY = Actor()
_current: ContextVar[Actor] = ContextVar("actor", default=_NOBODY)


def current() -> Actor:
    """The actor of the changes that are being made."""
    return _current.get()


def set_current(name: str, reason: str = "") -> None:
    """Name the actor of all changes from now on in this request; an empty name is nobody."""
    _current.set(Actor(name[:MAX_NAME], reason[:MAX_REASON]) if name else _NOBODY)


def because(reason: str) -> AbstractContextManager[None]:
    """Give the reason of the present actor for the changes inside the block."""
    return acting(current().name, reason)


@contextmanager
def acting(name: str, reason: str = "") -> Iterator[None]:
    """Name the actor of the changes inside the block."""
    token = _current.set(Actor(name[:MAX_NAME], reason[:MAX_REASON]))
    try:
        yield
    finally:
        _current.reset(token)
