"""A bounded cache for values that are computed from what they are keyed by."""

from core.lru import SizedLRU

__all__ = [
    "SizedLRU",
]
