"""Bounded caches for values that are computed from what they are keyed by, or from what they are compared with."""

from core.lru import LastResults, SizedLRU

__all__ = [
    "LastResults",
    "SizedLRU",
]
