"""Creates, reads, updates, cancels and deletes bookings. Every change is atomic and recorded as an event.

Each verb opens one writing transaction, locks the subjects it may claim, reads the calendars inside it and asks the
ledger. Nothing here depends on the caller: dialects pass a ``BookingRequest`` and get records back.
"""

from core.services.bookings.booking_events import event_data
from core.services.bookings.claim_sync import follow_plan_changes
from core.services.bookings.creation import create, create_group, create_with_order, hold, quote
from core.services.bookings.order_sync import follow_order
from core.services.bookings.queries import get, get_many, page, repository, summaries_by_customer
from core.services.bookings.updates import cancel, delete, set_metadata, set_status, update

follow_plan_changes()

__all__ = [
    "cancel",
    "create",
    "create_group",
    "create_with_order",
    "delete",
    "event_data",
    "follow_order",
    "get",
    "get_many",
    "hold",
    "page",
    "quote",
    "repository",
    "set_metadata",
    "set_status",
    "summaries_by_customer",
    "update",
]
