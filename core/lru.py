"""What was used last, kept within a size, for several threads."""

import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Generic, TypeVar

from cachetools import LRUCache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SizedLRU(Generic[K, V]):
    """Values by key; the ones used longest ago make room.

    Args:
        most: How much there may be in all, as ``size`` counts it.
        size: How much one value counts for; one of more than ``most`` is not kept.
    """

    def __init__(self, max_size: int, size: Callable[[V], int]) -> None:
        self._entries: LRUCache[K, V] = LRUCache(max_size, getsizeof=size)
        # Requests come on several threads; what one looks up another may be dropping.
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            return self._entries.get(key)

    def put(self, key: K, value: V) -> None:
        with self._lock, suppress(ValueError):
            self._entries[key] = value
