"""Bookings: made, read, moved, re-sized, settled, cancelled and deleted. All or nothing, and always told.

Every verb opens one writing transaction, locks the subjects it may take places of, reads the calendars inside it, and
asks the ledger. Nothing here knows who calls: dialects hand in a ``BookingRequest`` and get records back.
"""

from core.services.bookings.changing import annotate, cancel, change, delete, set_status
from core.services.bookings.following import follow_order
from core.services.bookings.making import create, create_group, hold, quote
from core.services.bookings.reading import by_customer, get, many, page, table
from core.services.bookings.telling import facts
from core.services.bookings.upkeep import follow

follow()

__all__ = [
    "annotate",
    "by_customer",
    "cancel",
    "change",
    "create",
    "create_group",
    "delete",
    "facts",
    "follow_order",
    "get",
    "hold",
    "many",
    "page",
    "quote",
    "set_status",
    "table",
]
