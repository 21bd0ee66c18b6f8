"""Counts created and refused bookings in the metrics."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from core import metrics
from core.domain.records import Event
from core.errors import BalanceRefused, NotAvailable, Vetoed

P = ParamSpec("P")
T = TypeVar("T")


def count_booking(event: Event) -> None:
    """Count a created booking; a listener of events."""
    if event.kind == "booking.created":
        metrics.increment("bookings", event.origin)


def count_refusals(book: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function that books requests (its first argument) to count refusals."""

    @wraps(book)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return book(*args, **kwargs)
        except (NotAvailable, BalanceRefused, Vetoed) as error:
            requests: Any = args[0]  # P has no name for the first argument.
            metrics.increment("bookings_refused", requests[0].origin if requests else "", _reason(error))
            raise

    return run


def _reason(error: NotAvailable | BalanceRefused | Vetoed) -> str:
    if isinstance(error, NotAvailable):
        return error.reason
    return error.kind if isinstance(error, BalanceRefused) else "plugin"
