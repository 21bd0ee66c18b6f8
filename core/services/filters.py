"""Where behaviour can be bent from outside. Services call these lists; whoever wires the host fills them.

Filters take and return frozen data before any lock is taken; a veto refuses by raising ``core.errors.Vetoed``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Filters:
    """Each entry is a callable; they run in order, each on what the one before returned.

    ``calendar_rules(calendar)``, ``slots(offers, calendar)``, ``quote(quote, request)``, ``check_booking(request,
    service)`` (returns nothing, may raise).
    """

    calendar_rules: Sequence[Callable[..., Any]] = ()
    slots: Sequence[Callable[..., Any]] = ()
    quote: Sequence[Callable[..., Any]] = ()
    check_booking: Sequence[Callable[..., Any]] = ()


_installed = Filters()


def install(filters: Filters) -> None:
    """Use these from now on."""
    global _installed
    _installed = filters


def current() -> Filters:
    return _installed


def run(filters: Sequence[Callable[..., Any]], value: Any, *context: Any) -> Any:
    """Pass ``value`` through each filter."""
    for change in filters:
        value = change(value, *context)
    return value
