"""Sessions: one time of a service and resource, read as one thing with all the bookings that share it.

A session is named by ``session_id``. It is listed once, at the place of its oldest booking, and shows what that one
and the others have in common.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from core import models
from core.db import repeatable, rows, writing
from core.domain.records import Booking, Page
from core.domain.requests import Change
from core.domain.statuses import OCCUPYING
from core.errors import NotAvailable, NotFound
from core.services import ledger
from core.services.bookings.changing import change, hold_still
from core.services.bookings.reading import table
from core.services.records import Condition, checked_id

#: ``(has one of, has none of)``: what the statuses of a session's bookings must be like.
StatusMix = tuple[Collection[str], Collection[str]]


def get(session_id: int, *, statuses: Collection[str]) -> list[Booking]:
    """The bookings of a session that are in one of ``statuses``, oldest first.

    Raises:
        NotFound: There is none.
    """
    found = of([session_id], statuses=statuses).get(session_id)
    if not found:
        raise NotFound(kind="session", id=session_id)
    return found


def of(session_ids: Iterable[int], *, statuses: Collection[str]) -> dict[int, list[Booking]]:
    """The bookings of each session, oldest first; sessions without any are left out."""
    wanted = sorted({checked_id(number) for number in session_ids} - {0})
    found: dict[int, list[Booking]] = {}
    if wanted:
        for booking in table.all([("session_id", "in", wanted)]):
            if booking.status in statuses:
                found.setdefault(booking.session_id, []).append(booking)
    return found


def page(
    where: Sequence[Condition] = (),
    *,
    statuses: Collection[str],
    members: Sequence[Condition] = (),
    mixes: Sequence[StatusMix] = (),
    order: Sequence[tuple[str, str]] = (("created_at", "desc"),),
    limit: int | None = None,
    offset: int = 0,
) -> Page[list[Booking]]:
    """Some sessions, each as its bookings, and how many there are.

    Args:
        where: Conditions on what all bookings of a session share.
        statuses: Bookings in other statuses are not seen at all.
        members: Conditions that one of its bookings must meet.
        mixes: Only sessions whose statuses are like one of these.
        order: By fields of the oldest booking.
    """
    seen = ("status", "in", sorted(statuses))
    text, parameters = table._where([seen, *where])
    older, extra = _others("o.id < t1.id AND", statuses)
    text += f" AND NOT {older}"
    parameters += extra
    if members:
        inner, extra = table._where([seen, *members])
        text += f" AND t1.session_id IN (SELECT t1.session_id FROM booking AS t1{inner})"
        parameters += extra
    if mixes:
        parts = []
        for has, lacks in mixes:
            part, extra = _others("", has)
            parameters += extra
            if lacks:
                none, extra = _others("", lacks)
                part += f" AND NOT {none}"
                parameters += extra
            parts.append(f"({part})")
        text += f" AND ({' OR '.join(parts)})"
    total = int(rows(f"SELECT COUNT(*) FROM booking AS t1{text}", parameters)[0][0])
    if limit == 0 or offset >= max(total, 1):
        return Page([], total)
    terms = [f"{table._column(name)} {'ASC' if way == 'asc' else 'DESC'}" for name, way in order]
    if all(name != "id" for name, _ in order):
        terms.append(f"t1.id {'DESC' if order and order[0][1] == 'desc' else 'ASC'}")
    sql = f"SELECT t1.session_id FROM booking AS t1{text} ORDER BY {', '.join(terms)} LIMIT ? OFFSET ?"
    most = 2**62 if limit is None else limit
    numbers = [row[0] for row in rows(sql, [*parameters, most, min(offset, 2**62)])]
    found = of(numbers, statuses=statuses)
    return Page([found[number] for number in numbers if number in found], total)


def _others(condition: str, statuses: Collection[str]) -> tuple[str, list[Any]]:
    """EXISTS a booking of the same session in one of these statuses."""
    marks = ", ".join("?" * len(statuses))
    sql = f"EXISTS (SELECT 1 FROM booking AS o WHERE o.session_id = t1.session_id AND {condition} o.status IN ({marks}))"
    return sql, sorted(statuses)


@repeatable
def move(session_id: int, wanted: Change, *, statuses: Collection[str], now: datetime, origin: str = "") -> None:
    """Give all bookings of a session the same new time, resource or place; it keeps its number.

    Raises:
        NotFound: No booking of it is in one of ``statuses``.
        NotAvailable: The new time is not free for all of them, or is another session's. What they leave is.
    """
    with writing():
        for booking in get(session_id, statuses=statuses):
            hold_still(booking.id)
        members = get(session_id, statuses=statuses)
        ids = [booking.id for booking in members]
        occupying = [booking for booking in members if booking.status in OCCUPYING]
        for booking in occupying:
            ledger.release(booking.id)
        # Those who hold places go first: the others only follow.
        for booking in sorted(members, key=lambda booking: booking.status not in OCCUPYING):
            after = change(booking.id, wanted, now=now, origin=origin, take_anew=booking.status in OCCUPYING)
            joined = of([after.session_id], statuses=OCCUPYING).get(after.session_id, [])
            if booking.status in OCCUPYING and any(other.id not in ids for other in joined):
                raise NotAvailable(reason="full", wanted=sum(one.persons for one in occupying))
        row = models.Booking
        row.update(session_id=session_id).where(row.id.in_(ids)).execute()
