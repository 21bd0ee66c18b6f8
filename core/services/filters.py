"""Filters and checks that plugins add to services; the host installs them at start-up.

A filter takes and returns frozen data. A check raises ``core.errors.Vetoed``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from core.domain.money import Quote
from core.domain.records import Booking, Service
from core.domain.requests import BookingRequest, ChangeKind
from core.domain.schedule import ServiceCalendar, Slot

if TYPE_CHECKING:
    # That package imports this module.
    from core.services.bookings.ledger_view import LedgerView

T = TypeVar("T")
Check = Callable[[BookingRequest, Service, ChangeKind, Booking | None, "LedgerView"], None]


@dataclass(frozen=True, slots=True)
class Filters:
    """Callables by hook; they run in order, each filter on the result of the one before."""

    calendar_rules: Sequence[Callable[[ServiceCalendar], ServiceCalendar]] = ()
    slots: Sequence[Callable[[list[Slot], ServiceCalendar], list[Slot]]] = ()
    quote: Sequence[Callable[[Quote, BookingRequest], Quote]] = ()
    check_booking: Sequence[Check] = ()
    check_booking_under_lock: Sequence[Check] = ()


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
