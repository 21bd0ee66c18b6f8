"""Imports a dialect's document in one transaction: converts it, hands each entry to the plugin, reports and counts.

A plugin declares the keys of its document, in the order in which they are stored::

    import_document(
        document,
        [
            Value("settings", SettingsEntry, store_settings),
            Section("services", ServiceEntry, store_service),
            Section("bookings", BookingEntry, store_booking),
        ],
    )

A ``store`` function gets one converted entry. Its errors name fields relative to that entry; the driver adds the path.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.db import writing
from core.documents import check_keys, convert, path_prefix
from core.error_sentences import error_sentence
from core.errors import DomainError, Duplicate, Invalid
from core.services import bookings, repository
from core.undo_log import yield_to_writers

Wording = Callable[[DomainError], str]


@dataclass(frozen=True, slots=True)
class Section:
    """A list of entries that are stored one by one.

    Attributes:
        name: Its key in the document.
        entry: The type of an entry, usually a struct.
        store: Stores a converted entry.
        convert: ``convert(raw, entry)`` returns what ``store`` gets. Sections whose entries have other spellings or
            shapes as well bring their own; ``documents.checked`` leaves the entry as it was sent.
        before: Gets the raw entries before anything of the document is stored.
        after: Runs when everything of the document is stored.
    """

    name: str
    entry: Any
    store: Callable[[Any], object]
    convert: Callable[[Any, Any], Any] = convert
    before: Callable[[Sequence[Any]], object] | None = None
    after: Callable[[], object] | None = None

    def entries(self, document: Mapping[str, Any]) -> list[Any]:
        """Return the raw entries; a section that is absent or null has none."""
        entries = document.get(self.name)
        if entries is None:
            return []
        if not isinstance(entries, list):
            raise Invalid(field=self.name, reason="type", limit="a list is expected")
        return entries

    def store_all(self, document: Mapping[str, Any], wording: Wording) -> int:
        """Convert and store the entries; return how many there are."""
        entries = self.entries(document)
        for position, raw in enumerate(entries):
            yield_to_writers()
            with path_prefix(f"{self.name}.{position}", wording):
                if self.convert is not convert and not isinstance(raw, dict):
                    raise Invalid(reason="type", limit="an object is expected")
                self.store(self.convert(raw, self.entry))
        return len(entries)


@dataclass(frozen=True, slots=True)
class Value:
    """A key whose value is stored as a whole: settings, opening hours, a map.

    Attributes:
        name: Its key in the document.
        kind: The type of the value: any that msgspec knows.
        store: Stores the converted value; None where it is only checked.
        convert: As for ``Section``.
        counted: Whether the import reports the number of its parts.
    """

    name: str
    kind: Any
    store: Callable[[Any], object] | None = None
    convert: Callable[[Any, Any], Any] = convert
    counted: bool = False


def import_document(
    document: Any, sections: Sequence[Section | Value], *, wording: Wording = error_sentence
) -> dict[str, int]:
    """Store a document, all of it or nothing.

    Args:
        sections: Every key that the document may have, in the order in which they are stored.
        wording: Says a domain error that is about no single value.

    Returns:
        The number of entries of each section and of each counted value, 0 where the document has none.

    Raises:
        Invalid: ``field`` is the path of the value that is wrong.
    """
    check_keys(document, [section.name for section in sections])
    values = {}
    for section in sections:
        if isinstance(section, Value) and section.name in document:
            with path_prefix(section.name):
                values[section.name] = section.convert(document[section.name], section.kind)
    counts: dict[str, int] = {}
    with writing():
        for section in sections:
            if isinstance(section, Section) and section.before is not None:
                section.before(section.entries(document))
        for section in sections:
            if isinstance(section, Section):
                counts[section.name] = section.store_all(document, wording)
                continue
            if section.store is not None and section.name in values:
                with path_prefix(section.name, wording):
                    section.store(values[section.name])
            if section.counted:
                counts[section.name] = len(values.get(section.name) or ())
        for section in sections:
            if isinstance(section, Section) and section.after is not None:
                section.after()
    return counts


def put(table: Any, id: int, *, now: datetime, **values: Any) -> Any:
    """Store a record under its id, in place of the one that has it.

    Raises:
        Duplicate: A record of another kind has the id, where both kinds take theirs from one sequence.
    """
    if table.get_many([id]):
        return table.update(id, now=now, **values)
    refuse_shared_id(table, id)
    return table.create(now=now, id=id, **values)


def refuse_shared_id(table: Any, id: int) -> None:
    """Refuse an id that a record of another kind has: services, variants, resources, orders and bookings share them.

    Raises:
        Duplicate: There is one.
    """
    tables = (repository.services, repository.resources, repository.orders, repository.variants, bookings.repository)
    if table in tables and any(other.get_many([id]) for other in tables if other is not table):
        raise Duplicate(kind=table.kind, field="id", value=id)
