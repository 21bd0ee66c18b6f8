"""Search as in WordPress: how a search text becomes terms, and which of them count."""

from core.wordpress.search import parse_search

__all__ = [
    "parse_search",
]
