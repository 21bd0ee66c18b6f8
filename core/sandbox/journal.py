"""What a client has sent to a sandbox and what it got, with secrets masked, and questions about it."""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from core.sandbox.masking import mask

#: Entries, bytes of one body, and bytes of all bodies that are kept; the oldest entries go first.
MAX_ENTRIES = 20_000
MAX_BODY = 256 * 1024
MAX_BYTES = 64 * 1024 * 1024


@dataclass(slots=True)
class Entry:
    """One request and its answer. ``status`` is None while it is under way, and 0 where it got no whole answer."""

    id: int
    at: str
    dialect: str
    method: str
    path: str
    query: dict[str, Any]
    headers: dict[str, str]
    body: Any
    key: str
    status: int | None = None
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: Any = None
    milliseconds: float = 0.0
    #: Numbers and kinds of the faults that it met.
    faults: list[dict[str, Any]] = field(default_factory=list)
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which entries are meant; empty parts mean any. ``path`` may have ``*``.

    Attributes:
        query, body: What the request has among others, compared as text where one side is text.
        after: Only entries with a higher number.
    """

    method: str = ""
    path: str = ""
    dialect: str = ""
    status: int | None = None
    key: str = ""
    query: Any = None
    body: Any = None
    after: int = 0

    def meets(self, entry: Entry) -> bool:
        """Whether an entry is meant."""
        return (
            entry.id > self.after
            and self.method.upper() in ("", entry.method)
            and (not self.path or fnmatchcase(entry.path, self.path))
            and self.dialect in ("", entry.dialect)
            and self.status in (None, entry.status)
            and (not self.key or entry.key == self.key or mask(self.key) == entry.key)
            and (self.query is None or contains(entry.query, self.query))
            and (self.body is None or contains(entry.body, self.body))
        )

    def describe(self) -> str:
        """The question as a few words."""
        words = [self.method.upper() or "any method", self.path or "any path"]
        words += [
            f"{name} {json.dumps(value)}" for name, value in (("query", self.query), ("body", self.body)) if value
        ]
        words += [f"{name} {value}" for name, value in (("status", self.status), ("dialect", self.dialect)) if value]
        return ", ".join(words)


def contains(whole: Any, part: Any) -> bool:
    """Whether ``part`` is in ``whole``: some fields of objects, all items of lists; numbers equal their texts."""
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(name in whole and contains(whole[name], part[name]) for name in part)
    if isinstance(part, list):
        return (
            isinstance(whole, list)
            and len(whole) == len(part)
            and all(contains(one, other) for one, other in zip(whole, part, strict=True))
        )
    if isinstance(part, bool) or isinstance(whole, bool) or part is None or whole is None:
        return part is whole
    return bool(whole == part) or (str(whole) == str(part) and not isinstance(whole, dict | list))


class Journal:
    """The entries in the order in which the requests came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[int, Entry] = OrderedDict()
        self._last_id = 0
        self._bytes = 0
        #: Entries that had to go since the journal was last cleared.
        self.dropped = 0

    def open(self, make: Callable[[int], Entry]) -> Entry:
        """Add the entry that ``make(number)`` returns."""
        with self._lock:
            self._last_id += 1
            entry = make(self._last_id)
            self._entries[entry.id] = entry
            self._bytes += entry.size
            self._trim()
        return entry

    def close(self, entry: Entry, more_bytes: int) -> None:
        """Count the bytes of an answer."""
        with self._lock:
            if entry.id in self._entries:
                entry.size += more_bytes
                self._bytes += more_bytes
                self._trim()

    def _trim(self) -> None:
        while len(self._entries) > 1 and (len(self._entries) > MAX_ENTRIES or self._bytes > MAX_BYTES):
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= oldest.size
            self.dropped += 1

    def find(self, question: Question) -> list[Entry]:
        """The entries that a question means."""
        with self._lock:
            entries = list(self._entries.values())
        return [entry for entry in entries if question.meets(entry)]

    def clear(self) -> int:
        """Forget all entries; returns how many there were. Numbers go on."""
        with self._lock:
            count = len(self._entries)
            self._entries.clear()
            self._bytes = self.dropped = 0
        return count
