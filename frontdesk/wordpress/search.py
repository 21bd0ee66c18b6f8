"""Search as in WordPress: parses a search text into terms."""

from core.wordpress.search import parse_search

__all__ = [
    "parse_search",
]
