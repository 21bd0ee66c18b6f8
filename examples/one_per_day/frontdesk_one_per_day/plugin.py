"""Lets a customer have one booking a day, whatever the service and whichever API it comes through."""

from datetime import timedelta

from frontdesk import hookimpl
from frontdesk.bookings import LedgerView
from frontdesk.records import BookingRequest

REQUIRES = ">=1.0,<2"
REASON = "You have a booking on this day already."


@hookimpl
def check_booking(request: BookingRequest, ledger: LedgerView) -> str | None:
    """Quotes know it too; without a lock, so this alone would let two callers in at once."""
    return _refusal(request, ledger)


@hookimpl
def check_booking_under_lock(request: BookingRequest, ledger: LedgerView) -> str | None:
    return _refusal(request, ledger)


def _refusal(request: BookingRequest, ledger: LedgerView) -> str | None:
    day, last = request.wall_start.date(), (request.wall_end or request.wall_start) - timedelta(microseconds=1)
    while day <= max(last.date(), request.wall_start.date()):
        if ledger.bookings_of(request.customer_id, day):
            return REASON
        day += timedelta(days=1)
    return None
