"""Updates upcoming claims when the plan of their service, or the sharing of their resource, changes.

Claims hold copies of settings (units, sharing, buffers, pools), so that booking reads a single table. This module
updates the copies. Existing bookings stay: a claim that does not fit under the new settings is marked as overbooked.
"""

from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from core.db import ensure_transaction, execute, fetch_all
from core.domain.availability import units_needed
from core.domain.claim_requests import pool_capacity, service_subject, session_key
from core.domain.claims import Claim, ClaimRequest, Subject, units_remaining
from core.domain.durations import buffer_seconds, is_day_based
from core.domain.records import Resource, Service
from core.domain.schedule import SchedulePlan, ServiceCalendar
from core.services import ledger
from core.services.repository import resources, services, to_epoch, to_instant
from core.services.row_mapping import decode_plan
from core.subject_locks import lock_subjects

_CLAIMS_QUERY = (
    'SELECT c.id, c.booking_id, c.subject_kind, c.subject_id, c.start, c."end", c.before, c.after, c.units,'
    " c.exclusive, c.session, c.capacity, c.expires_at,"
    ' b.start, b."end", b.service_id, b.location_id, b.persons, b.quantity, s.plan, r.sharing'
    " FROM claim c JOIN booking b ON b.id = c.booking_id JOIN service s ON s.id = b.service_id"
    " LEFT JOIN resource r ON c.subject_kind = 'resource' AND r.id = c.subject_id"
    ' WHERE {} = ? AND b."end" > ? ORDER BY c.id'
)


class _ClaimTerms(NamedTuple):
    """The columns of a claim that depend on settings."""

    subject_kind: str
    before: int
    after: int
    units: int
    exclusive: bool
    session: str


class _StoredClaim(NamedTuple):
    """A stored claim, with what its terms are computed from."""

    id: int
    booking_id: int
    subject: Subject
    start: int
    end: int
    terms: _ClaimTerms
    capacity: int
    expires_at: int | None
    span: tuple[int, int]
    calendar: ServiceCalendar
    units: int
    sharing: str | None


def follow_plan_changes() -> None:
    """Register the callbacks on services and resources; the package calls this once."""
    services.on_update(_service_changed)
    resources.on_update(_resource_changed)


def _service_changed(before: Service, after: Service) -> None:
    if before.plan is not after.plan and _claim_settings(before.plan) != _claim_settings(after.plan):
        reclaim("b.service_id", after.id, now=after.modified_at)


def _resource_changed(before: Resource, after: Resource) -> None:
    if before.sharing != after.sharing:
        reclaim("b.resource_id", after.id, now=after.modified_at)


def _claim_settings(plan: SchedulePlan) -> tuple[Any, ...]:
    """The settings that claims copy."""
    capacity, buffers = plan.capacity, plan.buffers
    sharing = (capacity.sharing, capacity.session_by, capacity.scope, capacity.units_per, capacity.pools)
    return (*sharing, buffers.before_minutes, buffers.after_minutes, is_day_based(plan))


def reclaim(column: str, owner_id: int, *, now: datetime) -> None:
    """Update the claims of bookings that have not ended to the current plans of their services.

    Args:
        column: ``b.service_id`` or ``b.resource_id``; selects the bookings.
        owner_id: The id of the service or resource.
    """
    with ensure_transaction():
        query, parameters = _CLAIMS_QUERY.format(column), (owner_id, to_epoch(now))
        lock_subjects({stored.subject for stored in map(_stored_claim, fetch_all(query, parameters))})
        stored_claims = [_stored_claim(row) for row in fetch_all(query, parameters)]
        changed_ids: dict[Subject, set[int]] = {}
        for stored in stored_claims:
            terms = _current_terms(stored)
            if terms is None:
                execute("DELETE FROM claim WHERE id = ?", (stored.id,))
            elif terms != stored.terms:
                _store_terms(stored, terms)
                changed_ids.setdefault((terms.subject_kind, stored.subject[1]), set()).add(stored.id)
        _claim_new_pools(stored_claims, now=now)
        for subject, ids in changed_ids.items():
            _mark_overbooked(subject, ids, now=now)


def _stored_claim(row: tuple[Any, ...]) -> _StoredClaim:
    plan = decode_plan(row[19])
    return _StoredClaim(
        id=row[0],
        booking_id=row[1],
        subject=(row[2], row[3]),
        start=row[4],
        end=row[5],
        terms=_ClaimTerms(row[2], row[6], row[7], row[8], bool(row[9]), row[10]),
        capacity=row[11],
        expires_at=row[12],
        span=(row[13], row[14]),
        calendar=ServiceCalendar(service_id=row[15], plan=plan, location_id=row[16]),
        units=units_needed(plan, persons=row[17], quantity=row[18]),
        sharing=row[20],
    )


def _current_terms(stored: _StoredClaim) -> _ClaimTerms | None:
    """The terms of a claim under the current plan; None where the plan needs this claim no more."""
    calendar, plan = stored.calendar, stored.calendar.plan
    kind = stored.subject[0]
    session_by = plan.capacity.session_by
    if kind == "resource":
        sharing = stored.sharing
    elif kind.partition("@")[0] == "service":
        kind, sharing = service_subject(calendar)[0], plan.capacity.sharing
    else:
        pool = next((pool for pool in plan.capacity.pools if pool.subject == stored.subject), None)
        if pool is None:
            return None
        sharing, session_by = pool.sharing, pool.session_by
    before, after = buffer_seconds(plan)
    return _ClaimTerms(
        subject_kind=kind,
        before=before if stored.start == stored.span[0] else 0,
        after=after if stored.end == stored.span[1] else 0,
        units=stored.units,
        exclusive=sharing == "session",
        session=session_key(calendar, *stored.span, sharing or "", session_by),
    )


def _store_terms(stored: _StoredClaim, terms: _ClaimTerms) -> None:
    reach_start, span_class = ledger.reach_of(stored.start, stored.end, terms.before, terms.after)
    execute(
        "UPDATE claim SET subject_kind = ?, before = ?, after = ?, units = ?, exclusive = ?, session = ?,"
        " reach_start = ?, span_class = ? WHERE id = ?",
        (*terms, reach_start, span_class, stored.id),
    )


def _claim_new_pools(stored_claims: Iterable[_StoredClaim], *, now: datetime) -> None:
    """Add claims on pools that the services have joined."""
    by_booking: dict[int, list[_StoredClaim]] = {}
    for stored in stored_claims:
        by_booking.setdefault(stored.booking_id, []).append(stored)
    for booking_id, claims in by_booking.items():
        stored = claims[0]
        claimed_subjects = {claim.subject for claim in claims}
        plan = stored.calendar.plan
        claim_requests = [
            ClaimRequest(
                pool.subject,
                *stored.span,
                stored.units,
                pool_capacity(pool),
                *buffer_seconds(plan),
                exclusive=pool.sharing == "session",
                session=session_key(stored.calendar, *stored.span, pool.sharing, pool.session_by),
                buffer_combination=plan.buffers.combination,
                overlap_counting=plan.compatibility.overlap_counting,
                each_side=plan.buffers.checked == "on_booking_each_side",
            )
            for pool in plan.capacity.pools
            if pool.subject not in claimed_subjects
        ]
        expires_at = None if stored.expires_at is None else to_instant(stored.expires_at)
        ledger.claim(booking_id, claim_requests, now=now, expires_at=expires_at, overbook=True)


def _mark_overbooked(subject: Subject, changed_ids: set[int], *, now: datetime) -> None:
    """Mark those of these claims that do not fit beside older ones as overbooked."""
    rows = fetch_all(
        'SELECT start, "end", units, before, after, exclusive, session, booking_id, id, capacity FROM claim'
        ' WHERE subject_kind = ? AND subject_id = ? AND "end" > ? ORDER BY start',
        (*subject, to_epoch(now)),
    )
    max_buffer = max((max(row[3], row[4]) for row in rows), default=0)
    older_by_claim: dict[int, list[tuple[Any, ...]]] = {}
    nearby_rows: list[tuple[Any, ...]] = []
    for row in rows:
        nearby_rows = [other for other in nearby_rows if other[1] + max_buffer > row[0]]
        for other in nearby_rows:
            first, second = sorted((row, other), key=itemgetter(8))
            if first[7] != second[7]:
                older_by_claim.setdefault(second[8], []).append(first)
        nearby_rows.append(row)
    for start, end, units, before, after, exclusive, session, _, claim_id, capacity in rows:
        older_claims = older_by_claim.get(claim_id, [])
        if claim_id in changed_ids or any(other[8] in changed_ids for other in older_claims):
            claim_request = ClaimRequest(subject, start, end, units, capacity, before, after, bool(exclusive), session)
            if units_remaining(claim_request, [Claim(*other[:8]) for other in older_claims]) < units:
                execute("UPDATE claim SET overbooked = ? WHERE id = ?", (True, claim_id))
