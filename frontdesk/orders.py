"""Orders around bookings: items, totals and statuses."""

from core.services.orders import add_item, create, delete, get, items, set_status

__all__ = [
    "add_item",
    "create",
    "delete",
    "get",
    "items",
    "set_status",
]
