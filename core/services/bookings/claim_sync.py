"""What is booked is held by the settings of today: a changed plan changes the terms of the claims ahead of it.

How many places a booking takes, whom it shares its time with, the pauses around it and the pools it takes part in are
copied into claims when they are made, so that selling reads one table. Here the copies follow. What has been sold stays
sold: a claim that does not fit under its new terms is marked, as one that an operator overbooked.
"""

from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from core.db import ensure_transaction, execute, fetch_all, lock_subjects
from core.domain.availability import units_needed
from core.domain.claims import Claim, ClaimRequest, Subject, units_remaining
from core.domain.intervals import buffer_seconds, pool_capacity, service_subject, session_key
from core.domain.records import Resource, Service
from core.domain.schedule import SchedulePlan, ServiceCalendar
from core.domain.slot_grid import is_day_based
from core.services import ledger
from core.services.repository import resources, services, to_epoch, to_instant
from core.services.row_mapping import decode_plan

_QUESTION = (
    'SELECT c.id, c.booking_id, c.subject_kind, c.subject_id, c.start, c."end", c.before, c.after, c.units,'
    " c.exclusive, c.session, c.capacity, c.expires_at,"
    ' b.start, b."end", b.service_id, b.location_id, b.persons, b.quantity, s.plan, r.sharing'
    " FROM claim c JOIN booking b ON b.id = c.booking_id JOIN service s ON s.id = b.service_id"
    " LEFT JOIN resource r ON c.subject_kind = 'resource' AND r.id = c.subject_id"
    ' WHERE {} = ? AND b."end" > ? ORDER BY c.id'
)


class _Terms(NamedTuple):
    """What a claim says beside whose it is and when: the columns that follow the settings."""

    subject_kind: str
    before: int
    after: int
    units: int
    exclusive: bool
    session: str


class _Held(NamedTuple):
    """A stored claim with what its terms follow from."""

    id: int
    booking_id: int
    subject: Subject
    start: int
    end: int
    terms: _Terms
    capacity: int
    expires_at: int | None
    span: tuple[int, int]
    calendar: ServiceCalendar
    units: int
    sharing: str | None


def follow_plan_changes() -> None:
    """Begin to follow services and resources; called once, by the package."""
    services.on_update(_service_changed)
    resources.on_update(_resource_changed)


def _service_changed(before: Service, after: Service) -> None:
    if before.plan is not after.plan and _deciding(before.plan) != _deciding(after.plan):
        reclaim("b.service_id", after.id, now=after.modified_at)


def _resource_changed(before: Resource, after: Resource) -> None:
    if before.sharing != after.sharing:
        reclaim("b.resource_id", after.id, now=after.modified_at)


def _deciding(plan: SchedulePlan) -> tuple[Any, ...]:
    """The settings that stand in claims."""
    sharing = (
        plan.capacity.sharing,
        plan.capacity.session_by,
        plan.capacity.scope,
        plan.capacity.units_per,
        plan.capacity.pools,
    )
    return (*sharing, plan.buffers.before_minutes, plan.buffers.after_minutes, is_day_based(plan))


def reclaim(column: str, number: int, *, now: datetime) -> None:
    """Bring the claims of bookings that have not ended to the terms of their services' plans.

    Args:
        column: What to find the bookings by, as ``b.service_id``.
    """
    with ensure_transaction():
        question, parameters = _QUESTION.format(column), (number, to_epoch(now))
        lock_subjects({held.subject for held in map(_held, fetch_all(question, parameters))})
        known = [_held(row) for row in fetch_all(question, parameters)]
        touched: dict[Subject, set[int]] = {}
        for held in known:
            terms = _terms(held)
            if terms is None:
                execute("DELETE FROM claim WHERE id = ?", (held.id,))
            elif terms != held.terms:
                _store(held, terms)
                touched.setdefault((terms.subject_kind, held.subject[1]), set()).add(held.id)
        _join_pools(known, now=now)
        for subject, ids in touched.items():
            _mark(subject, ids, now=now)


def _held(row: tuple[Any, ...]) -> _Held:
    plan = decode_plan(row[19])
    return _Held(
        id=row[0],
        booking_id=row[1],
        subject=(row[2], row[3]),
        start=row[4],
        end=row[5],
        terms=_Terms(row[2], row[6], row[7], row[8], bool(row[9]), row[10]),
        capacity=row[11],
        expires_at=row[12],
        span=(row[13], row[14]),
        calendar=ServiceCalendar(service_id=row[15], plan=plan, location_id=row[16]),
        units=units_needed(plan, persons=row[17], quantity=row[18]),
        sharing=row[20],
    )


def _terms(held: _Held) -> _Terms | None:
    """The terms of a claim under the plan of today; None where there is nothing to claim any more."""
    calendar, plan = held.calendar, held.calendar.plan
    kind = held.subject[0]
    session_by = plan.capacity.session_by
    if kind == "resource":
        sharing = held.sharing
    elif kind.partition("@")[0] == "service":
        kind, sharing = service_subject(calendar)[0], plan.capacity.sharing
    else:
        pool = next((pool for pool in plan.capacity.pools if pool.subject == held.subject), None)
        if pool is None:
            return None
        sharing, session_by = pool.sharing, pool.session_by
    before, after = buffer_seconds(calendar)
    exclusive = sharing == "session"
    return _Terms(
        subject_kind=kind,
        before=before if held.start == held.span[0] else 0,
        after=after if held.end == held.span[1] else 0,
        units=held.units,
        exclusive=exclusive,
        session=session_key(calendar, *held.span, session_by) if exclusive else "",
    )


def _store(held: _Held, terms: _Terms) -> None:
    reach_start, span_class = ledger.reach_of(held.start, held.end, terms.before, terms.after)
    execute(
        "UPDATE claim SET subject_kind = ?, before = ?, after = ?, units = ?, exclusive = ?, session = ?,"
        " reach_start = ?, span_class = ? WHERE id = ?",
        (*terms, reach_start, span_class, held.id),
    )


def _join_pools(known: Iterable[_Held], *, now: datetime) -> None:
    """Give every booking its claims on the pools that its service has come to."""
    by_booking: dict[int, list[_Held]] = {}
    for held in known:
        by_booking.setdefault(held.booking_id, []).append(held)
    for booking_id, claims in by_booking.items():
        held = claims[0]
        there = {claim.subject for claim in claims}
        before, after = buffer_seconds(held.calendar)
        demands = [
            ClaimRequest(
                pool.subject,
                *held.span,
                held.units,
                pool_capacity(pool),
                before=before,
                after=after,
                exclusive=pool.sharing == "session",
                session=session_key(held.calendar, *held.span, pool.session_by) if pool.sharing == "session" else "",
                buffer_combination=held.calendar.plan.buffers.combination,
            )
            for pool in held.calendar.plan.capacity.pools
            if pool.subject not in there
        ]
        until = None if held.expires_at is None else to_instant(held.expires_at)
        ledger.claim(booking_id, demands, now=now, expires_at=until, overbook=True)


def _mark(subject: Subject, ids: set[int], *, now: datetime) -> None:
    """Mark which of these claims do not fit beside the older ones."""
    found = fetch_all(
        'SELECT start, "end", units, before, after, exclusive, session, booking_id, id, capacity FROM claim'
        ' WHERE subject_kind = ? AND subject_id = ? AND "end" > ? ORDER BY start',
        (*subject, to_epoch(now)),
    )
    pause = max((max(row[3], row[4]) for row in found), default=0)
    older: dict[int, list[tuple[Any, ...]]] = {}
    near: list[tuple[Any, ...]] = []
    for row in found:
        near = [other for other in near if other[1] + pause > row[0]]
        for other in near:
            first, second = sorted((row, other), key=itemgetter(8))
            if first[7] != second[7]:
                older.setdefault(second[8], []).append(first)
        near.append(row)
    for start, end, units, before, after, exclusive, session, _, number, capacity in found:
        beside = older.get(number, [])
        if number in ids or any(other[8] in ids for other in beside):
            demand = ClaimRequest(subject, start, end, units, capacity, before, after, bool(exclusive), session)
            if units_remaining(demand, [Claim(*other[:8]) for other in beside]) < units:
                execute("UPDATE claim SET overbooked = ? WHERE id = ?", (True, number))
