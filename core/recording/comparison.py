"""Compares a recorded answer with another one, and says what differs by kind.

Numbers of new records differ from site to site: the first such pair that is met belongs together from then on, in
fields and in addresses. Numbers that the recorded state has are compared as they are.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.recording.cases import Comparison
from core.recording.personal import hide_people
from core.sandbox.masking import MASKED, mask_addresses

#: In the order in which a summary lists them.
KINDS = ("status", "header", "missing", "extra", "type", "value", "order")
_ID_FIELD = re.compile(r"(^|_)(id|ids|number)$", re.IGNORECASE)
_NUMBER_IN_PATH = re.compile(r"(?<=[/=])\d+(?=$|[/?&>;\"])")
_MAX_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: its kind, the path of the value, and both values as short texts."""

    kind: str
    path: str
    recorded: str
    other: str

    def __str__(self) -> str:
        return f"{self.kind} {self.path or 'body'}: recorded {self.recorded}, got {self.other}"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is compared; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Pairs:
    """Which number of the recording is which one of the other site.

    Args:
        known: Numbers of the recorded state, which are the same on both.
    """

    def __init__(self, known: frozenset[int] = frozenset()) -> None:
        self._known = known
        self._other_of: dict[int, int] = {}
        self._recorded_of: dict[int, int] = {}

    def belong_together(self, recorded: int, other: int) -> bool:
        """Whether two numbers are one record's; new ones do so from the first time that they are met."""
        if recorded == other:
            return True
        if recorded in self._known or other in self._known:
            return False
        pair = self._other_of.setdefault(recorded, other), self._recorded_of.setdefault(other, recorded)
        return pair == (other, recorded)

    def are_one_text(self, recorded: str, other: str) -> bool:
        """Whether two texts differ in the numbers of records in addresses alone."""
        if recorded == other:
            return True
        numbers = list(map(int, _NUMBER_IN_PATH.findall(recorded)))
        others = list(map(int, _NUMBER_IN_PATH.findall(other)))
        if not numbers or _NUMBER_IN_PATH.sub("0", recorded) != _NUMBER_IN_PATH.sub("0", other):
            return False
        return all(self.belong_together(one, two) for one, two in zip(numbers, others, strict=True))


def known_numbers(state: Any) -> frozenset[int]:
    """The numbers of all records of an import document."""
    found: set[int] = set()
    pending = [state]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending += value.values()
            found |= {number for name, number in value.items() if name == "id" and isinstance(number, int)}
        elif isinstance(value, list):
            pending += value
    return frozenset(found)


def compare(recorded: Answer, other: Answer, rules: Comparison, pairs: Pairs) -> list[Difference]:
    """What differs; nothing where the recorded site has crashed and the other has not."""
    if recorded.status >= 500:
        return [Difference("status", "", str(recorded.status), str(other.status))] if other.status >= 500 else []
    differences = []
    if recorded.status != other.status:
        differences.append(Difference("status", "", str(recorded.status), str(other.status)))
    for name in rules.headers:
        one, two = recorded.headers.get(name), other.headers.get(name)
        if one != two and not (one is not None and two is not None and pairs.are_one_text(one, two)):
            differences.append(Difference("header", name, _short(one), _short(two)))
    body = hide_people(other.body) if rules.hide_people else other.body
    return [*differences, *_Bodies(rules, pairs).compare(recorded.body, body, "", "")]


class _Bodies:
    def __init__(self, rules: Comparison, pairs: Pairs) -> None:
        self._rules = rules
        self._pairs = pairs

    def compare(self, recorded: Any, other: Any, path: str, name: str) -> Iterator[Difference]:
        if name in self._rules.ignore:
            return
        if name in self._rules.by_presence and not isinstance(recorded, list | dict):
            if bool(recorded) != bool(other):
                yield Difference("value", path, _short(recorded), _short(other))
        elif name in self._rules.by_kind:
            if _shape(recorded) != _shape(other):
                yield Difference("type", path, _short(recorded), _short(other))
        elif isinstance(recorded, dict) and isinstance(other, dict):
            yield from self._objects(recorded, other, path)
        elif isinstance(recorded, list) and isinstance(other, list):
            yield from self._lists(recorded, other, path, name)
        elif _kind(recorded) != _kind(other):
            yield Difference("type", path, _short(recorded), _short(other))
        elif not self._is_same(recorded, other, name):
            yield Difference("value", path, _short(recorded), _short(other))

    def _objects(self, recorded: dict[str, Any], other: dict[str, Any], path: str) -> Iterator[Difference]:
        compared = [name for name in recorded if name in other]
        for name in recorded:
            inner = f"{path}.{name}" if path else name
            if name in other:
                yield from self.compare(recorded[name], other[name], inner, name)
            elif name not in self._rules.ignore:
                yield Difference("missing", inner, _short(recorded[name]), "nothing")
        for name in other:
            if name not in recorded and name not in self._rules.ignore:
                yield Difference("extra", f"{path}.{name}" if path else name, "nothing", _short(other[name]))
        order = [name for name in other if name in recorded]
        if order != compared:
            yield Difference("order", path, _short(compared), _short(order))

    def _lists(self, recorded: list[Any], other: list[Any], path: str, name: str) -> Iterator[Difference]:
        if name in self._rules.by_presence:
            if bool(recorded) != bool(other):
                yield Difference("value", path, _short(recorded), _short(other))
            return
        for position, (one, two) in enumerate(zip(recorded, other, strict=False)):
            # Numbers in a list of ids have the list's name.
            yield from self.compare(one, two, f"{path}[{position}]", name if not isinstance(one, dict) else "")
        for position in range(len(other), len(recorded)):
            yield Difference("missing", f"{path}[{position}]", _short(recorded[position]), "nothing")
        for position in range(len(recorded), len(other)):
            yield Difference("extra", f"{path}[{position}]", "nothing", _short(other[position]))

    def _is_same(self, recorded: Any, other: Any, name: str) -> bool:
        if recorded == other:
            return True
        if isinstance(recorded, str):
            if recorded.startswith(MASKED):
                # A secret; that there is one is all that can be compared.
                return True
            recorded, other = mask_addresses(recorded), mask_addresses(other)
            is_number = recorded.isdigit() and other.isdigit() and len(recorded) < 19 and _ID_FIELD.search(name)
            if is_number:
                return self._pairs.belong_together(int(recorded), int(other))
            return self._pairs.are_one_text(recorded, other)
        is_id = isinstance(recorded, int) and isinstance(other, int) and not isinstance(recorded, bool)
        return is_id and bool(_ID_FIELD.search(name)) and self._pairs.belong_together(recorded, other)


def _kind(value: Any) -> str:
    """The JSON type of a value."""
    if isinstance(value, bool) or value is None:
        return "nothing" if value is None else "switch"
    return "number" if isinstance(value, int | float) else type(value).__name__


def _shape(value: Any) -> str:
    """The type of a value; of a text its shape, with letters as a and digits as 0, without those at its end."""
    if not isinstance(value, str):
        return _kind(value)
    letters = ("0" if letter.isdigit() else "a" if letter.isalpha() else letter for letter in value)
    return "".join(letters).rstrip("a0")


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else "nothing" if value is None else str(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def count_kinds(differences: list[Difference]) -> dict[str, int]:
    """How many there are of each kind."""
    counts = Counter(difference.kind for difference in differences)
    return {kind: counts[kind] for kind in KINDS if counts[kind]}
