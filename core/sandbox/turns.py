"""Whose turn it is in a sandbox: requests run side by side, and what replaces the whole state runs alone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import ServiceUnavailable

#: Seconds that a reset waits for the requests under way, and a request for a reset.
WAIT_SECONDS = 20.0


class Turns:
    """Many share, or one is alone; who waits to be alone comes before newcomers."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._sharing = 0
        self._alone_waiting = 0
        self._is_alone = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Run beside others.

        Raises:
            ServiceUnavailable: Somebody has been alone for too long.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: not self._is_alone and not self._alone_waiting, WAIT_SECONDS):
                raise ServiceUnavailable
            self._sharing += 1
        try:
            yield
        finally:
            with self._changed:
                self._sharing -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Run while nothing else does.

        Raises:
            ServiceUnavailable: A request is still under way after ``WAIT_SECONDS``.
        """
        with self._changed:
            self._alone_waiting += 1
            try:
                is_free = self._changed.wait_for(lambda: not self._is_alone and not self._sharing, WAIT_SECONDS)
                if not is_free:
                    raise ServiceUnavailable
                self._is_alone = True
            finally:
                self._alone_waiting -= 1
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._is_alone = False
                self._changed.notify_all()
