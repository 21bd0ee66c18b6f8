"""A thread-safe LRU cache that is bounded by the size of its values."""

import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Generic, TypeVar

from cachetools import LRUCache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SizedLRU(Generic[K, V]):
    """Values by key; the least recently used ones are evicted.

    Args:
        max_size: The largest sum of sizes.
        size: Size of one value; a value larger than ``max_size`` is not stored.
    """

    def __init__(self, max_size: int, size: Callable[[V], int]) -> None:
        self._entries: LRUCache[K, V] = LRUCache(max_size, getsizeof=size)
        # One thread may evict what another looks up.
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            return self._entries.get(key)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def put(self, key: K, value: V) -> None:
        with self._lock, suppress(ValueError):
            self._entries[key] = value
