"""Reads date texts as PHP's ``strtotime`` does: every format of its manual, the longest that fits wins at each
place.
"""

from core.wordpress.date_texts import parse_date_text

__all__ = [
    "parse_date_text",
]
