"""Create, read, move, change, cancel and delete bookings. Every call is atomic and goes through the ledger."""

from core.services.bookings import (
    cancel,
    create,
    create_group,
    create_with_order,
    delete,
    follow_order,
    get,
    get_many,
    hold,
    page,
    quote,
    repository,
    set_metadata,
    set_status,
    summaries_by_customer,
    update,
)
from core.services.bookings.ledger_view import LedgerView

__all__ = [
    "LedgerView",
    "cancel",
    "create",
    "create_group",
    "create_with_order",
    "delete",
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
