"""Bookings: made, read, moved, re-sized, settled, cancelled and deleted. All or nothing, and always told.

Every verb opens one writing transaction, locks the subjects it may take places of, reads the calendars inside it, and
asks the ledger. Nothing here knows who calls: dialects hand in a ``BookingRequest`` and get records back.
"""

from core.services.bookings.booking_events import event_data
from core.services.bookings.claim_sync import follow_plan_changes
from core.services.bookings.creation import create, create_group, hold, quote
from core.services.bookings.order_sync import follow_order
from core.services.bookings.queries import get, get_many, page, repository, summaries_by_customer
from core.services.bookings.updates import cancel, delete, set_metadata, set_status, update

follow_plan_changes()

__all__ = [
    "cancel",
    "create",
    "create_group",
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
