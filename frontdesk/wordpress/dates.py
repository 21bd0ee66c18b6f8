"""Dates as WordPress and PHP parse and format them."""

from core.wordpress.dates import format_date, parse_date_param, parse_rfc3339

__all__ = [
    "format_date",
    "parse_date_param",
    "parse_rfc3339",
]
