"""Bookings by day for people: the entries of a time span, and how many there are on each day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec

from core.db import fetch_all
from core.domain.statuses import CANCELLED, DELETED, DRAFT, OCCUPYING, REJECTED, RELEASED
from core.services.repository import to_epoch, to_wall_clock

#: A booking that began longer before a span is not looked for.
LONGEST_RUNNING = timedelta(days=62)
#: Statuses of bookings that nobody expects on a calendar.
OUT_OF_SIGHT = (CANCELLED, DELETED, DRAFT, REJECTED, RELEASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which bookings; empty fields choose all. ``everything`` includes those that are cancelled, deleted or drafts."""

    service_id: int = 0
    resource_id: int = 0
    location_id: int = 0
    origin: str = ""
    status: str = ""
    everything: bool = False

    def conditions(self) -> tuple[str, list[Any]]:
        """SQL that follows a WHERE, and its parameters."""
        fields: dict[str, Any] = {
            "b.service_id = ?": self.service_id,
            "b.resource_id = ?": self.resource_id,
            "b.location_id = ?": self.location_id,
            "b.origin = ?": self.origin,
            "b.status = ?": self.status,
        }
        used = {condition: value for condition, value in fields.items() if value}
        texts, parameters = list(used), list(used.values())
        if not self.everything and not self.status:
            texts.append(f"b.status NOT IN ({', '.join('?' * len(OUT_OF_SIGHT))})")
            parameters += OUT_OF_SIGHT
        return "".join(f" AND {text}" for text in texts), parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One booking on the calendar; ``wall_start`` and ``wall_end`` are naive times on the clock of ``zone``."""

    id: int
    service_id: int
    service: str
    resource_id: int
    resource: str
    customer: str
    status: str
    origin: str
    persons: int
    wall_start: datetime
    wall_end: datetime
    zone: str
    all_day: bool
    start: int
    end: int


def entries(begin: datetime, end: datetime, *, limit: int, choice: Choice | None = None) -> list[Entry]:
    """The first bookings that reach into ``[begin, end)``, by start.

    Args:
        begin, end: Aware instants.
    """
    conditions, parameters = (choice or Choice()).conditions()
    low, high = to_epoch(begin), to_epoch(end)
    rows = fetch_all(
        "SELECT b.id, b.service_id, s.name, b.resource_id, r.name, b.snapshot, b.status, b.origin,"
        " b.persons * b.quantity,"
        ' b.wall_start, b.wall_end, b.zone, b.all_day, b.start, b."end", c.first_name, c.last_name'
        " FROM booking b LEFT JOIN service s ON s.id = b.service_id LEFT JOIN resource r ON r.id = b.resource_id"
        " LEFT JOIN customer c ON c.id = b.customer_id"
        f' WHERE b.start >= ? AND b.start < ? AND b."end" > ?{conditions} ORDER BY b.start, b.id LIMIT ?',
        [low - int(LONGEST_RUNNING.total_seconds()), high, low, *parameters, limit],
    )
    return [_entry(row) for row in rows]


def _entry(row: tuple[Any, ...]) -> Entry:
    snapshot = msgspec.json.decode(row[5]) if row[5] else {}
    return Entry(
        id=row[0],
        service_id=row[1],
        service=row[2] or name_in(snapshot, "service"),
        resource_id=row[3],
        resource=row[4] or name_in(snapshot, "resource"),
        customer=f"{row[15] or ''} {row[16] or ''}".strip() or name_in(snapshot, "customer"),
        status=row[6],
        origin=row[7],
        persons=int(row[8]),
        wall_start=to_wall_clock(row[9]),
        wall_end=to_wall_clock(row[10]),
        zone=row[11],
        all_day=bool(row[12]),
        start=row[13],
        end=row[14],
    )


def name_in(snapshot: Mapping[str, Any], subject: str) -> str:
    """The name of a subject as it was when somebody booked; "" where none was kept."""
    values = snapshot.get(subject)
    if not isinstance(values, Mapping):
        return ""
    full_name = f"{values.get('first_name') or ''} {values.get('last_name') or ''}".strip()
    return str(values.get("name") or full_name)


def count_by_day(bounds: Sequence[datetime], *, choice: Choice | None = None) -> list[int]:
    """The number of bookings that start between each two neighbours of ``bounds``.

    Args:
        bounds: Aware instants in rising order, at most 100.
    """
    conditions, parameters = (choice or Choice()).conditions()
    # One statement; each part of it reads a range of the index on start and status and nothing else.
    part = f"SELECT COUNT(*) FROM booking b WHERE b.start >= ? AND b.start < ?{conditions}"
    values = [value for low, high in pairwise(map(to_epoch, bounds)) for value in (low, high, *parameters)]
    rows = fetch_all(f"SELECT {', '.join([f'({part})'] * (len(bounds) - 1))}", values)
    return [int(count) for count in rows[0]]


def day_numbers(begin: datetime, end: datetime) -> Mapping[str, int]:
    """Counts for ``[begin, end)``: ``taking_place``, ``persons``, ``new`` and ``cancelled``.

    The first two are about bookings that hold their places and start then, the others about when a booking was made
    or cancelled.
    """
    low, high = to_epoch(begin), to_epoch(end)
    statuses = sorted(OCCUPYING)
    places = ", ".join("?" * len(statuses))
    taking_place, persons = fetch_all(
        "SELECT COUNT(*), COALESCE(SUM(persons * quantity), 0) FROM booking"
        f" WHERE start >= ? AND start < ? AND status IN ({places})",
        [low, high, *statuses],
    )[0]
    (new,) = fetch_all("SELECT COUNT(*) FROM booking WHERE created_at >= ? AND created_at < ?", (low, high))[0]
    (cancelled,) = fetch_all(
        "SELECT COUNT(*) FROM event WHERE kind = 'booking.cancelled' AND at >= ? AND at < ?", (low, high)
    )[0]
    return {"taking_place": taking_place, "persons": int(persons), "new": new, "cancelled": cancelled}
