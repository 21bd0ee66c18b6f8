"""Thread-safe LRU caches that are bounded by the size of their values."""

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


class LastResults(Generic[K, V]):
    """By key, what was last computed, and from what; it is computed again from anything else.

    Args:
        max_size: The largest sum of sizes.
        size: Size of one result.
    """

    def __init__(self, max_size: int, size: Callable[[V], int]) -> None:
        self._results: SizedLRU[K, tuple[object, V]] = SizedLRU(max_size, lambda entry: size(entry[1]))

    def get(self, key: K, inputs: object, compute: Callable[[], V]) -> V:
        """The result of ``compute``, or the last one under this key where its ``inputs`` were equal."""
        entry = self._results.get(key)
        if entry is not None and entry[0] == inputs:
            return entry[1]
        result = compute()
        self._results.put(key, (inputs, result))
        return result
