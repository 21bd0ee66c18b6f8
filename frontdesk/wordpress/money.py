"""Prices as WooCommerce shows them: the shop's decimals and separators, and the HTML around them."""

from core.wordpress.money import money_format, price_html

__all__ = [
    "money_format",
    "price_html",
]
