"""Statuses of WordPress posts and WooCommerce orders, and core's words for them.

Several of the platform's statuses share one word of core, and extensions register statuses of their own. So a dialect
keeps the status as the client sent it, under ``status`` in its extras of the record, and shows it for as long as the
record's core status still agrees with it.
"""

from collections.abc import Mapping
from typing import Any

from core.domain import statuses
from core.domain.records import Order

_POST_TO_CORE = {
    "publish": statuses.ACTIVE,
    "private": statuses.INTERNAL,
    "pending": statuses.IN_REVIEW,
    "draft": statuses.DRAFT,
    "auto-draft": statuses.DRAFT,
    "future": statuses.DRAFT,
    "trash": statuses.DELETED,
}
_POST_FROM_CORE = {
    statuses.ACTIVE: "publish",
    statuses.HIDDEN: "publish",
    statuses.INTERNAL: "private",
    statuses.IN_REVIEW: "pending",
    statuses.DRAFT: "draft",
    statuses.DELETED: "trash",
}
_ORDER_TO_CORE = {
    "checkout-draft": statuses.DRAFT,
    "pending": statuses.PENDING,
    "on-hold": statuses.AWAITING_PAYMENT,
    "processing": statuses.PAID,
    "completed": statuses.COMPLETED,
    "cancelled": statuses.CANCELLED,
    "refunded": statuses.REFUNDED,
    "failed": statuses.FAILED,
    "trash": statuses.DELETED,
}
_ORDER_FROM_CORE = {core_status: name for name, core_status in _ORDER_TO_CORE.items()}


def post_status_to_core(name: str) -> str:
    """The core status of a post status; a status that an extension registered counts as a draft."""
    return _POST_TO_CORE.get(name, statuses.DRAFT)


def post_status(core_status: str, stored: str = "") -> str:
    """The post status of a service or resource.

    Args:
        stored: The post status that the dialect keeps with the record; empty for none.
    """
    return stored if stored and post_status_to_core(stored) == core_status else _POST_FROM_CORE[core_status]


def order_status_to_core(name: str) -> str:
    """The core status of an order status; a status that an extension registered counts as pending."""
    return _ORDER_TO_CORE.get(name, statuses.PENDING)


def order_status_extras(name: str) -> dict[str, Any]:
    """What a dialect keeps in its extras of an order with this status; empty where the core status says it all."""
    return {} if _ORDER_FROM_CORE[order_status_to_core(name)] == name else {"status": name}


def order_status(order: Order, dialect: str) -> str:
    """The status of an order in the platform's words, or the one that ``dialect`` keeps with it."""
    extras: Mapping[str, Any] = order.extras.get(dialect, {})
    stored = extras.get("status")
    return stored if stored and order_status_to_core(stored) == order.status else _ORDER_FROM_CORE[order.status]
