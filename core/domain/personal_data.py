"""What is personal in stored data, and how it is taken out. Pure.

A person is known by addresses, numbers and names. Core knows its own columns; what a dialect keeps in ``extras`` only
its plugin knows, and says so with ``PersonalData``.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

#: What stands where a name or an address was.
ERASED = "[deleted]"
#: Kinds of records whose ``extras`` a dialect may describe.
KINDS = ("customer", "booking", "order", "order_item", "payment", "package_purchase", "gift_card_sold")
#: Shorter ones are in too many other words, and other numbers.
_MIN_TEXT = 5
_MIN_DIGITS = 6
#: Keys whose texts may be a name or a number by itself.
_LABELS = ("name", "phone", "tel")


@dataclass(frozen=True)
class Person:
    """Everything by which one person may be mentioned.

    ``customer_ids`` and ``booking_ids`` are those of their records; ``names`` are complete names, ``name_parts`` first
    and last ones by themselves, which only count in a text that mentions the person anyway.
    """

    customer_ids: tuple[int, ...] = ()
    booking_ids: tuple[int, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    name_parts: tuple[str, ...] = ()
    usernames: tuple[str, ...] = ()

    @property
    def identifiers(self) -> tuple[str, ...]:
        """What mentions this person wherever it stands: addresses, numbers and complete names that are long enough."""
        texts = [*self.emails, *(phone for phone in self.phones if _digits(phone) >= _MIN_DIGITS)]
        texts += [name for name in (*self.names, *self.usernames) if len(name) >= _MIN_TEXT]
        return tuple(dict.fromkeys(text for text in texts if text))

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """The identifiers as they are and as JSON escapes them, the longest first."""
        forms: set[str] = set()
        for text in self.identifiers:
            forms |= {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
        # As whole words: an address may be the end of another one.
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        joined = "|".join(re.escape(form) for form in ordered)
        return re.compile(rf"(?<![\w.+-])(?:{joined})(?!\w)", re.IGNORECASE) if joined else None

    @cached_property
    def _parts(self) -> frozenset[str]:
        parts = (*self.identifiers, *self.emails, *self.phones, *self.names, *self.name_parts, *self.usernames)
        return frozenset(part.strip().casefold() for part in parts if part.strip())

    def is_mentioned(self, text: str) -> bool:
        """Whether an address, number or complete name of the person stands in a text, JSON included."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def scrub_text(self, text: str, key: str = "") -> str:
        """The text without addresses, numbers and complete names of the person.

        Args:
            key: What the text is called. Where that says name or phone, one that is a name or a number goes too.
        """
        labelled = any(word in key.lower() for word in _LABELS)
        if labelled and text.strip().casefold() in self._parts:
            return ERASED
        return text if self._pattern is None else self._pattern.sub(ERASED, text)

    def scrub(self, value: Any, key: str = "") -> Any:
        """Plain data without the person; what does not mention them comes back equal."""
        if isinstance(value, str):
            return self.scrub_text(value, key)
        if isinstance(value, Mapping):
            return {name: self.scrub(item, str(name)) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.scrub(item, key) for item in value]
        return value

    def scrub_json(self, text: str) -> str:
        """A stored text without the person: JSON stays JSON, anything else is a text."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return self.scrub_text(text)
        scrubbed = self.scrub(value)
        if scrubbed == value:
            return text
        return json.dumps(scrubbed, ensure_ascii=text.isascii(), separators=(",", ":"))


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _no_records(person: Person) -> Sequence[Mapping[str, Any]]:
    return ()


def _erase_nothing(person: Person) -> int:
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalData:
    """What a plugin keeps about persons beside core's own columns.

    Attributes:
        dialect: The name under which the plugin stores its ``extras``.
        fields: What in them is personal, by kind of record (see ``KINDS``): keys, or paths such as
            ``guests.*.name``, where ``*`` is every member of a list or map. Erasing takes them out, as if they had
            never been given; exporting shows them with the record.
        export: ``export(person)`` returns what tables of the plugin's own hold about a person, as plain data.
        erase: ``erase(person)`` takes it out, inside the transaction that erases everything else, and returns the
            number of rows it changed. It may be called again for the same person.
    """

    dialect: str
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    export: Callable[[Person], Sequence[Mapping[str, Any]]] = _no_records
    erase: Callable[[Person], int] = _erase_nothing


def without_paths(data: Any, paths: Iterable[str]) -> Any:
    """Plain data without what the paths name."""
    for path in paths:
        data = _without(data, path.split("."))
    return data


def _without(data: Any, path: Sequence[str]) -> Any:
    head, rest = path[0], path[1:]
    if isinstance(data, list):
        if head != "*":
            return data
        return [_without(item, rest) for item in data] if rest else []
    if not isinstance(data, Mapping):
        return data
    if head == "*":
        return {key: _without(item, rest) for key, item in data.items()} if rest else {}
    if head not in data:
        return data
    if not rest:
        return {key: item for key, item in data.items() if key != head}
    return {**data, head: _without(data[head], rest)}
