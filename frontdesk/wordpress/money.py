"""Prices as WooCommerce formats them: decimals, separators and HTML."""

from core.wordpress.money import money_format, price_html

__all__ = [
    "money_format",
    "price_html",
]
