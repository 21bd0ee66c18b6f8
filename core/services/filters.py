"""Filters that plugins add to services; the host installs them at start-up.

A filter takes and returns frozen data and runs before any lock is taken; a veto raises ``core.errors.Vetoed``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from core.domain.money import Quote
from core.domain.requests import BookingRequest
from core.domain.schedule import ServiceCalendar, Slot

if TYPE_CHECKING:
    # That module imports this one.
    from core.services.calendars import LoadedCalendar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Filters:
    """Callables by filter; they run in order, each on the result of the one before. ``check_booking`` may raise."""

    calendar_rules: Sequence[Callable[[ServiceCalendar], ServiceCalendar]] = ()
    slots: Sequence[Callable[[list[Slot], ServiceCalendar], list[Slot]]] = ()
    quote: Sequence[Callable[[Quote, BookingRequest], Quote]] = ()
    check_booking: Sequence[Callable[[BookingRequest, "LoadedCalendar"], None]] = ()


_installed = Filters()


def install(filters: Filters) -> None:
    """Replace the installed filters."""
    global _installed
    _installed = filters


def current() -> Filters:
    """The installed filters."""
    return _installed


def run(filters: Sequence[Callable[..., T]], value: T, *context: object) -> T:
    """Pass ``value`` through each filter; ``context`` are further arguments of all of them."""
    for apply in filters:
        value = apply(value, *context)
    return value
