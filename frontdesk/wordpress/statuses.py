"""Statuses of WordPress posts and WooCommerce orders, and core's words for them."""

from core.wordpress.statuses import (
    order_status,
    order_status_extras,
    order_status_to_core,
    post_status,
    post_status_to_core,
)

__all__ = [
    "order_status",
    "order_status_extras",
    "order_status_to_core",
    "post_status",
    "post_status_to_core",
]
