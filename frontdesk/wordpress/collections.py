"""How WooCommerce collections search, order and page."""

from core.wordpress.collections import paged_response, parent_ids, post_order, search_conditions, searched_slug

__all__ = [
    "paged_response",
    "parent_ids",
    "post_order",
    "search_conditions",
    "searched_slug",
]
