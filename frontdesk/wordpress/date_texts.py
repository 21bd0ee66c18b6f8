"""Parses date texts as PHP's ``strtotime`` does: all formats of its manual; at each position the longest match
wins.
"""

from core.wordpress.date_texts import parse_date_text

__all__ = [
    "parse_date_text",
]
