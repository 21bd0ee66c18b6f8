"""Sessions: one time of a service and resource, read as one thing with all the bookings that share it.

A session is named by ``session_id``. It is listed once, at the place of its oldest booking, and shows what that one
and the others have in common.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from core import models
from core.db import fetch_all, retried_on_conflict, writing
from core.domain.records import Booking, Page
from core.domain.requests import ChangeRequest
from core.domain.statuses import OCCUPYING
from core.errors import NotAvailable, NotFound
from core.services import ledger
from core.services.bookings.queries import count_by_status, repository, with_instant_bounds
from core.services.bookings.updates import lock_booking, update
from core.services.repository import Condition, checked_id

#: ``(has one of, has none of)``: what the statuses of a session's bookings must be like.
StatusFilter = tuple[Collection[str], Collection[str]]


def get(session_id: int, *, statuses: Collection[str]) -> list[Booking]:
    """The bookings of a session that are in one of ``statuses``, oldest first.

    Raises:
        NotFound: There is none.
    """
    found = bookings_of([session_id], statuses=statuses).get(session_id)
    if not found:
        raise NotFound(kind="session", id=session_id)
    return found


def bookings_of(session_ids: Iterable[int], *, statuses: Collection[str]) -> dict[int, list[Booking]]:
    """The bookings of each session, oldest first; sessions without any are left out."""
    wanted = sorted({checked_id(number) for number in session_ids} - {0})
    found: dict[int, list[Booking]] = {}
    if wanted:
        for booking in repository.list_all([("session_id", "in", wanted)]):
            if booking.status in statuses:
                found.setdefault(booking.session_id, []).append(booking)
    return found


def page(
    where: Sequence[Condition] = (),
    *,
    statuses: Collection[str],
    member_where: Sequence[Condition] = (),
    status_filters: Sequence[StatusFilter] = (),
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
    # Which sessions there are is told by walking an index of the order; one on the status would only mislead.
    text, parameters = repository._where([seen, *with_instant_bounds(where)], unindexed={"status"})
    older, extra = _others("o.id < t1.id AND", statuses)
    text += f" AND NOT {older}"
    parameters += extra
    if member_where:
        inner, extra = repository._where([seen, *member_where])
        text += f" AND t1.session_id IN (SELECT t1.session_id FROM booking AS t1{inner})"
        parameters += extra
    if status_filters:
        parts = []
        for has, lacks in status_filters:
            part, extra = _others("", has)
            parameters += extra
            if lacks:
                none, extra = _others("", lacks)
                part += f" AND NOT {none}"
                parameters += extra
            parts.append(f"({part})")
        text += f" AND ({' OR '.join(parts)})"
    total = None if member_where else _tallied(where, status_filters or [(statuses, ())])
    if total is None:
        total = int(fetch_all(f"SELECT COUNT(*) FROM booking AS t1{text}", parameters)[0][0])
    if limit == 0 or offset >= max(total, 1):
        return Page([], total)
    terms = [f"{repository._column(name)} {'ASC' if way == 'asc' else 'DESC'}" for name, way in order]
    if all(name != "id" for name, _ in order):
        order = (*order, ("id", order[0][1] if order else "desc"))
        terms.append(f"t1.id {'ASC' if order[-1][1] == 'asc' else 'DESC'}")
    picked = f"SELECT t1.session_id FROM booking AS t1{text} ORDER BY {', '.join(terms)} LIMIT ? OFFSET ?"
    most = 2**62 if limit is None else limit
    found = _whole(picked, [*parameters, most, min(offset, 2**62)], statuses)
    # The database chose the sessions; their order is that of their oldest bookings once more.
    for name, way in reversed(order):
        found.sort(key=lambda members: getattr(members[0], name), reverse=way != "asc")
    return Page(found, total)


def _tallied(where: Sequence[Condition], mixes: Sequence[StatusFilter]) -> int | None:
    """How many sessions there are, where nothing but the service and their statuses is asked about; else None.

    Most bookings are alone in their session, and those the tally counts. Only sessions that somebody joined have to be
    looked at: they are taken out of the tally's count and judged one by one.
    """
    if any(name != "service_id" for name, _, _ in where):
        return None
    counts = count_by_status(where)
    if counts is None:
        return None
    wanted = sorted({status for has, _ in mixes for status in has})
    single = sum(counts.get(status, 0) for status in wanted)
    marks, parameters = ", ".join("?" * len(wanted)), list(wanted)
    judged = []
    for has, lacks in mixes:
        judged.append(f"(SUM(CASE WHEN t1.status IN ({', '.join('?' * len(has))}) THEN 1 ELSE 0 END) > 0")
        parameters += sorted(has)
        if lacks:
            judged[-1] += f" AND SUM(CASE WHEN t1.status IN ({', '.join('?' * len(lacks))}) THEN 1 ELSE 0 END) = 0"
            parameters += sorted(lacks)
        judged[-1] += ")"
    narrowed, extra = repository._where(where)
    inner = (
        f"SELECT SUM(CASE WHEN t1.status IN ({marks}) THEN 1 ELSE 0 END) AS counted,"
        f" CASE WHEN {' OR '.join(judged)} THEN 1 ELSE 0 END AS kept FROM booking AS t1"
        f"{narrowed or ' WHERE 1 = 1'}"
        " AND t1.session_id IN (SELECT session_id FROM booking WHERE session_id <> id) GROUP BY t1.session_id"
    )
    counted, kept = fetch_all(
        f"SELECT COALESCE(SUM(counted), 0), COALESCE(SUM(kept), 0) FROM ({inner}) AS joined", [*parameters, *extra]
    )[0]
    return single - int(counted) + int(kept)


def _whole(picked: str, parameters: list[Any], statuses: Collection[str]) -> list[list[Booking]]:
    """The sessions that a query picks, each with all its bookings, oldest first."""
    sql = f"{repository._text} WHERE t1.session_id IN (SELECT session_id FROM ({picked}) AS picked) ORDER BY t1.id"
    found: dict[int, list[Booking]] = {}
    for booking in map(repository._record, fetch_all(sql, parameters)):
        if booking.status in statuses:
            found.setdefault(booking.session_id, []).append(booking)
    return list(found.values())


def _others(condition: str, statuses: Collection[str]) -> tuple[str, list[Any]]:
    """EXISTS a booking of the same session in one of these statuses."""
    marks = ", ".join("?" * len(statuses))
    sql = (
        f"EXISTS (SELECT 1 FROM booking AS o WHERE o.session_id = t1.session_id AND {condition} o.status IN ({marks}))"
    )
    return sql, sorted(statuses)


@retried_on_conflict
def move(session_id: int, change: ChangeRequest, *, statuses: Collection[str], now: datetime, origin: str = "") -> None:
    """Give all bookings of a session the same new time, resource or place; it keeps its number.

    Raises:
        NotFound: No booking of it is in one of ``statuses``.
        NotAvailable: The new time is not free for all of them, or is another session's. What they leave is.
    """
    with writing():
        for booking in get(session_id, statuses=statuses):
            lock_booking(booking.id)
        members = get(session_id, statuses=statuses)
        ids = [booking.id for booking in members]
        occupying = [booking for booking in members if booking.status in OCCUPYING]
        for booking in occupying:
            ledger.release(booking.id)
        # Those who hold places go first: the others only follow.
        for booking in sorted(members, key=lambda booking: booking.status not in OCCUPYING):
            after = update(booking.id, change, now=now, origin=origin, reallocate=booking.status in OCCUPYING)
            joined = bookings_of([after.session_id], statuses=OCCUPYING).get(after.session_id, [])
            if booking.status in OCCUPYING and any(other.id not in ids for other in joined):
                raise NotAvailable(reason="full", wanted=sum(one.persons for one in occupying))
        row = models.Booking
        row.update(session_id=session_id).where(row.id.in_(ids)).execute()
