"""The audit log: every event with who made the change and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from core.db import fetch_all
from core.domain.csv_text import to_csv
from core.domain.records import Event
from core.services.events import FIELDS, event_of

#: Also there as ``wall_start`` and ``wall_end``.
_TWICE = ("start", "end")


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


class Change(NamedTuple):
    """One field that an event changed. ``is_told`` says whether the event holds the values."""

    field: str
    before: Any = None
    after: Any = None
    is_told: bool = True


def changes_of(event: Event) -> list[Change]:
    """What an event changed, as far as it holds that; nothing for what was made or deleted."""
    data = event.data
    if "changes" in data:
        return [
            Change(field, is_told=False) if both is None else Change(field, *both)
            for field, both in data["changes"].items()
        ]
    if "settings" in data:
        return [Change(key, values.get("old"), values.get("new")) for key, values in data["settings"].items()]
    if "previous_status" in data:
        return [Change("status", data["previous_status"], data.get("status"))]
    before, after = data.get("previous") or {}, data.get("booking") or {}
    return [
        Change(field, before[field], value)
        for field, value in after.items()
        if field in before and before[field] != value and field not in _TWICE
    ]


def as_csv(events: Iterable[Event]) -> str:
    """Entries as CSV with a header; times are ISO 8601 in UTC, ``data`` is JSON."""
    return to_csv(
        ("id", "at", "actor", "reason", "kind", "subject_kind", "subject_id", "origin", "data"),
        (
            (
                event.id,
                event.at,
                event.actor,
                event.reason,
                event.kind,
                event.subject_kind,
                event.subject_id,
                event.origin,
                msgspec.json.encode(event.data, order="sorted").decode(),
            )
            for event in events
        ),
    )
