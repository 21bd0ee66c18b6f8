"""The audit log: every event with who made the change and why."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from core.db import fetch_all
from core.domain.records import Event
from core.services.events import FIELDS, event_of

#: What spreadsheets take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which entries; empty fields filter nothing."""

    actor: str = ""
    kind: str = ""
    subject_kind: str = ""
    subject_id: int = 0
    #: Only entries with a lower id.
    before: int = 0


def entries(chosen: Filter, *, limit: int) -> list[Event]:
    """The newest entries that match, newest first."""
    conditions = {
        "e.actor = ?": chosen.actor,
        "e.kind = ?": chosen.kind,
        "e.subject_kind = ?": chosen.subject_kind,
        "e.subject_id = ?": chosen.subject_id,
        "e.id < ?": chosen.before,
    }
    used = {condition: value for condition, value in conditions.items() if value}
    where = f" WHERE {' AND '.join(used)}" if used else ""
    rows = fetch_all(f"SELECT {FIELDS} FROM event e{where} ORDER BY e.id DESC LIMIT ?", [*used.values(), limit])
    return [event_of(row) for row in rows]


def as_csv(events: Iterable[Event]) -> str:
    """Entries as CSV with a header; times are ISO 8601 in UTC, ``data`` is JSON."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("id", "at", "actor", "reason", "kind", "subject_kind", "subject_id", "origin", "data"))
    for event in events:
        data = msgspec.json.encode(event.data, order="sorted").decode()
        line = (event.actor, event.reason, event.kind, event.subject_kind, event.subject_id, event.origin, data)
        writer.writerow([event.id, event.at.isoformat(), *map(safe_cell, line)])
    return text.getvalue()


def safe_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
