"""What every WooCommerce collection declares as parameters, and how it searches, orders and pages."""

from core.wordpress.collections import paged_response, parent_ids, post_order, search_conditions, searched_slug

__all__ = [
    "paged_response",
    "parent_ids",
    "post_order",
    "search_conditions",
    "searched_slug",
]
