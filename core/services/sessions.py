"""Sessions: the bookings that share one service, resource and span, read and moved as one.

``session_id`` names a session. Lists contain it once, sorted by its oldest booking.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from core import models
from core.db import fetch_all, writing
from core.domain.records import Booking, Page
from core.domain.requests import ChangeRequest
from core.domain.statuses import BOOKING, OCCUPYING, bits_of
from core.errors import NotAvailable, NotFound
from core.retries import retried_on_conflict
from core.services import ledger
from core.services.bookings.queries import repository, service_conditions, with_instant_bounds
from core.services.bookings.updates import lock_booking, update
from core.services.conditions import Condition, Order
from core.services.repository import checked_id

#: ``(any of, none of)``: a session has a booking in one of the first statuses and none in the second ones.
StatusFilter = tuple[Collection[str], Collection[str]]


def get(session_id: int, *, statuses: Collection[str]) -> list[Booking]:
    """The bookings of a session in one of ``statuses``, oldest first.

    Raises:
        NotFound: There is no such booking.
    """
    bookings = bookings_of([session_id], statuses=statuses).get(session_id)
    if not bookings:
        raise NotFound(kind="session", id=session_id)
    return bookings


def bookings_of(session_ids: Iterable[int], *, statuses: Collection[str]) -> dict[int, list[Booking]]:
    """The bookings of each session, oldest first; sessions without any are left out."""
    ids = sorted({checked_id(session_id) for session_id in session_ids} - {0})
    bookings_by_session: dict[int, list[Booking]] = {}
    if ids:
        for booking in repository.list_all([("session_id", "in", ids)]):
            if booking.status in statuses:
                bookings_by_session.setdefault(booking.session_id, []).append(booking)
    return bookings_by_session


def page(
    where: Sequence[Condition] = (),
    *,
    statuses: Collection[str],
    member_where: Sequence[Condition] = (),
    status_filters: Sequence[StatusFilter] = (),
    order: Order = (("created_at", "desc"),),
    limit: int | None = None,
    offset: int = 0,
) -> Page[list[Booking]]:
    """A page of sessions, each as the list of its bookings, and the number of sessions in all.

    Args:
        where: Conditions on fields that all bookings of a session share.
        statuses: Bookings in other statuses are ignored.
        member_where: Conditions that at least one booking of the session meets.
        status_filters: The session meets one of these.
        order: Fields of the oldest booking.
    """
    visible = ("status", "in", sorted(statuses))
    # The index that gives the order is the fastest way through the sessions; one on the status would mislead SQLite.
    where_sql, parameters = repository.where_sql([visible, *with_instant_bounds(where)], unindexed={"status"})
    older_exists, extra = _sibling_exists("o.id < t1.id AND", statuses)
    where_sql += f" AND NOT {older_exists}"
    parameters += extra
    if member_where:
        inner, extra = repository.where_sql([visible, *member_where])
        where_sql += f" AND t1.session_id IN (SELECT t1.session_id FROM booking AS t1{inner})"
        parameters += extra
    if status_filters:
        alternatives = []
        for any_of, none_of in status_filters:
            part, extra = _sibling_exists("", any_of)
            parameters += extra
            if none_of:
                excluded, extra = _sibling_exists("", none_of)
                part += f" AND NOT {excluded}"
                parameters += extra
            alternatives.append(f"({part})")
        where_sql += f" AND ({' OR '.join(alternatives)})"
    total = None if member_where else _count_from_tally(where, status_filters or [(statuses, ())])
    if total is None:
        total = int(fetch_all(f"SELECT COUNT(*) FROM booking AS t1{where_sql}", parameters)[0][0])
    if limit == 0 or offset >= max(total, 1):
        return Page([], total)
    if all(name != "id" for name, _ in order):
        order = (*order, ("id", order[0][1] if order else "desc"))
    session_ids_sql = (
        f"SELECT t1.session_id FROM booking AS t1{where_sql} ORDER BY {repository.order_sql(order)} LIMIT ? OFFSET ?"
    )
    limit_value = 2**62 if limit is None else limit
    sessions = _whole_sessions(session_ids_sql, [*parameters, limit_value, min(offset, 2**62)], statuses)
    # The query chose the sessions; this sorts them by their oldest bookings again.
    for name, direction in reversed(order):
        sessions.sort(key=lambda members: getattr(members[0], name), reverse=direction != "asc")
    return Page(sessions, total)


def _count_from_tally(where: Sequence[Condition], status_filters: Sequence[StatusFilter]) -> int | None:
    """The number of sessions where only service and statuses are asked about; else None."""
    if any(name != "service_id" for name, _, _ in where):
        return None
    service_sql = service_conditions(where)
    if service_sql is None:
        return None
    conditions, parameters = service_sql
    rows = fetch_all(f"SELECT statuses, SUM(n) FROM session_tally{conditions} GROUP BY statuses", parameters)
    bits = [(bits_of(any_of), bits_of(none_of)) for any_of, none_of in status_filters]
    return sum(
        int(count)
        for statuses, count in rows
        if any(statuses & any_of and not statuses & none_of for any_of, none_of in bits)
    )


def counts_of_bookings() -> list[tuple[int, int, int]]:
    """What the tally of sessions should hold: service, statuses and the number of sessions, from all bookings."""
    cases = " ".join(f"WHEN '{word}' THEN {bits_of([word])}" for word in BOOKING)
    bits = f"SUM(DISTINCT CASE status {cases} ELSE 0 END)"
    return [
        (service_id, int(statuses), count)
        for service_id, statuses, count in fetch_all(
            f"SELECT service_id, statuses, COUNT(*) FROM (SELECT service_id, {bits} AS statuses FROM booking"
            " GROUP BY session_id, service_id) AS counted GROUP BY service_id, statuses"
        )
    ]


def _whole_sessions(session_ids_sql: str, parameters: list[Any], statuses: Collection[str]) -> list[list[Booking]]:
    """The sessions whose ids a query selects, each with all its bookings, oldest first."""
    sql = f"WHERE t1.session_id IN (SELECT session_id FROM ({session_ids_sql}) AS picked) ORDER BY t1.id"
    bookings_by_session: dict[int, list[Booking]] = {}
    for booking in repository.select(sql, parameters):
        if booking.status in statuses:
            bookings_by_session.setdefault(booking.session_id, []).append(booking)
    return list(bookings_by_session.values())


def _sibling_exists(condition: str, statuses: Collection[str]) -> tuple[str, list[Any]]:
    """SQL that tests for a booking of the same session in one of these statuses, and its parameters."""
    placeholders = ", ".join("?" * len(statuses))
    sql = (
        "EXISTS (SELECT 1 FROM booking AS o"
        f" WHERE o.session_id = t1.session_id AND {condition} o.status IN ({placeholders}))"
    )
    return sql, sorted(statuses)


@retried_on_conflict
def move(session_id: int, change: ChangeRequest, *, statuses: Collection[str], now: datetime, origin: str = "") -> None:
    """Move all bookings of a session to the same new time, resource or location; the session keeps its id.

    Claims of the session itself do not count against it.

    Raises:
        NotFound: The session has no booking in one of ``statuses``.
        NotAvailable: The new time is not free for all of them, or belongs to another session.
    """
    with writing():
        for booking in get(session_id, statuses=statuses):
            lock_booking(booking.id)
        members = get(session_id, statuses=statuses)
        ids = [booking.id for booking in members]
        occupying = [booking for booking in members if booking.status in OCCUPYING]
        for booking in occupying:
            ledger.release(booking.id)
        # Bookings that hold claims move first; the others follow them.
        for booking in sorted(members, key=lambda booking: booking.status not in OCCUPYING):
            after = update(booking.id, change, now=now, origin=origin, reallocate=booking.status in OCCUPYING)
            joined = bookings_of([after.session_id], statuses=OCCUPYING).get(after.session_id, [])
            if booking.status in OCCUPYING and any(other.id not in ids for other in joined):
                raise NotAvailable(reason="full", requested=sum(booking.persons for booking in occupying))
        row = models.Booking
        row.update(session_id=session_id).where(row.id.in_(ids)).execute()
