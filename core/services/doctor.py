"""Checks every invariant of the datastore from its rows. Reads only; a healthy datastore has no breaches."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import msgspec

from core.db import fetch_all, is_postgres
from core.domain.breach import Breach, Finding
from core.domain.claims import UNLIMITED, Claim, ClaimRequest, units_remaining
from core.domain.statuses import BOOKING, HOLD, OCCUPYING, bits_of
from core.domain.zones import EPOCH_WALL, utc_to_wall, wall_to_utc_forward
from core.engines import DATABASE_ERRORS, describe_error
from core.errors import Invalid
from core.services import doctor_money, references, sessions
from core.services.repository import to_epoch, to_instant, to_wall_clock
from core.services.row_mapping import read_in_chunks

#: Attempts of a consumer after which its failure is permanent; half a day of them.
_HOPELESS_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Report:
    """The number of rows checked by rule, and the breaches."""

    checked: dict[str, int] = field(default_factory=dict)
    breaches: list[Breach] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.breaches


def examine(*, now: datetime, max_breaches: int = 1000) -> Report:
    """Run every rule; reports at most ``max_breaches`` breaches."""
    report = Report()
    for rule in _RULES:
        name, rows_checked = rule.__name__.strip("_"), 0
        try:
            for row_count, breach in rule(now):
                rows_checked += row_count
                if breach is not None and len(report.breaches) < max_breaches:
                    report.breaches.append(breach)
        except (*DATABASE_ERRORS, msgspec.DecodeError) as error:
            # In a damaged datastore the other rules still run.
            report.breaches.append(Breach(name, "datastore", f"cannot be checked: {describe_error(error)}"))
        report.checked[name] = rows_checked
    return report


def _capacity(now: datetime) -> Finding:
    """No subject is over capacity at any instant.

    Claims are taken one after the other, so at every instant the newest active claim carries the capacity that all of
    them had to fit under, whatever the settings are now.
    """
    rows = fetch_all(
        'SELECT subject_kind, subject_id, start, "end", units, capacity, exclusive, session, id, overbooked, booking_id'
        " FROM claim WHERE expires_at IS NULL OR expires_at > ? ORDER BY subject_kind, subject_id, start",
        (to_epoch(now),),
    )
    for subject, group in groupby(rows, key=itemgetter(0, 1)):
        claims = list(group)
        yield len(claims), None
        edges = sorted(
            [(claim[2], 1, claim) for claim in claims] + [(claim[3], 0, claim) for claim in claims],
            key=itemgetter(0, 1),
        )
        active: dict[int, tuple[Any, ...]] = {}
        level = 0
        for at, opens, claim in edges:
            if not opens:
                active.pop(claim[8], None)
                level -= claim[4]
                continue
            active[claim[8]] = claim
            level += claim[4]
            if len(active) < 2 and level <= claim[5]:
                continue
            youngest = active[max(active)]
            if any(other[9] for other in active.values()):
                continue
            name = f"{subject[0]} {subject[1]}"
            if youngest[5] < UNLIMITED and level > youngest[5]:
                yield 0, Breach("capacity", name, f"{level} of {youngest[5]} places at {to_instant(at).isoformat()}")
            sessions = {other[7] for other in active.values()}
            if len(sessions) > 1 and any(other[6] for other in active.values()):
                yield 0, Breach("session", name, f"{len(sessions)} sessions at once at {to_instant(at).isoformat()}")


def _pauses(now: datetime) -> Finding:
    """No claim lies in the buffer of another booking's claim: each still fits beside the older ones.

    Buffers are combined in the more lenient of the two ways: the longer of two neighbours' buffers counts.
    """
    buffered_subjects = "SELECT DISTINCT subject_kind, subject_id FROM claim WHERE before > 0 OR after > 0"
    rows = fetch_all(
        'SELECT c.subject_kind, c.subject_id, c.id, c.start, c."end", c.units, c.before, c.after, c.exclusive,'
        " c.session, c.booking_id, c.capacity, c.overbooked"
        f" FROM claim c JOIN ({buffered_subjects}) m ON m.subject_kind = c.subject_kind AND m.subject_id = c.subject_id"
        " WHERE c.expires_at IS NULL OR c.expires_at > ? ORDER BY c.subject_kind, c.subject_id, c.start",
        (to_epoch(now),),
    )
    for subject, group in groupby(rows, key=itemgetter(0, 1)):
        claims = list(group)
        yield len(claims), None
        max_buffer = max(max(claim[6], claim[7]) for claim in claims)
        nearby_claims: list[tuple[Any, ...]] = []
        for claim in claims:
            nearby_claims = [other for other in nearby_claims if other[4] + max_buffer > claim[3]] + [claim]
            for other in nearby_claims[:-1]:
                older, younger = sorted((claim, other), key=itemgetter(2))
                if older[12] or younger[12] or older[10] == younger[10]:
                    continue
                _, _, _, start, end, units, before, after, exclusive, session, _, capacity, _ = younger
                claim_request = ClaimRequest(
                    subject, start, end, units, capacity, before, after, bool(exclusive), session
                )
                if units_remaining(claim_request, [Claim(*older[3:11])]) < units:
                    what = f"booking {younger[10]} is in the pause of booking {older[10]} or over it"
                    yield (
                        0,
                        Breach("pauses", f"{subject[0]} {subject[1]}", f"{what} at {to_instant(start).isoformat()}"),
                    )


def _claims(now: datetime) -> Finding:
    """Every claim has an occupying booking, and every occupying booking has its claims."""
    placeholders = ", ".join("?" * len(OCCUPYING))
    statuses = sorted(OCCUPYING)
    yield int(fetch_all("SELECT COUNT(*) FROM claim")[0][0]), None
    for booking_id, status in fetch_all(
        "SELECT DISTINCT c.booking_id, b.status FROM claim c LEFT JOIN booking b ON b.id = c.booking_id"
        f" WHERE b.id IS NULL OR b.status NOT IN ({placeholders})",
        statuses,
    ):
        what = "no such booking" if status is None else f"the booking is {status}"
        yield 0, Breach("claims", f"booking {booking_id}", f"places are held, but {what}")
    for booking_id, low, high, start, end in fetch_all(
        'SELECT c.booking_id, MIN(c.start), MAX(c."end"), b.start, b."end" FROM claim c JOIN booking b'
        ' ON b.id = c.booking_id GROUP BY c.booking_id, b.start, b."end"'
        ' HAVING MIN(c.start) > b.start OR MAX(c."end") < b."end"'
    ):
        yield 0, Breach("claims", f"booking {booking_id}", f"holds {low}..{high} for a span of {start}..{end}")
    for (booking_id,) in fetch_all(
        "SELECT b.id FROM booking b LEFT JOIN claim c ON c.booking_id = b.id JOIN service s ON s.id = b.service_id"
        f" WHERE c.id IS NULL AND b.status IN ({placeholders}) AND (b.expires_at IS NULL OR b.expires_at > ?)"
        " AND NOT b.shared_places",
        [*statuses, to_epoch(now)],
    ):
        yield 0, Breach("claims", f"booking {booking_id}", "occupies its service but holds no place")
    for (booking_id,) in fetch_all(
        "SELECT DISTINCT c.booking_id FROM claim c JOIN booking b ON b.id = c.booking_id"
        " WHERE c.expires_at IS NOT NULL AND b.status <> ?",
        (HOLD,),
    ):
        yield 0, Breach("claims", f"booking {booking_id}", "is settled, but its places run out like those of a hold")
    for booking_id, resource_id in fetch_all(
        "SELECT b.id, b.resource_id FROM booking b JOIN resource r ON r.id = b.resource_id"
        f" WHERE b.status IN ({placeholders}) AND (b.expires_at IS NULL OR b.expires_at > ?) AND NOT EXISTS"
        " (SELECT 1 FROM claim c WHERE c.booking_id = b.id AND c.subject_kind = 'resource'"
        " AND c.subject_id = b.resource_id)",
        [*statuses, to_epoch(now)],
    ):
        yield 0, Breach("claims", f"booking {booking_id}", f"holds no place of its resource {resource_id}")


def _clocks(now: datetime) -> Finding:
    """Every booking starts at its wall start in its zone, apart from seconds and clock changes."""
    yield int(fetch_all("SELECT COUNT(*) FROM booking")[0][0]), None
    clocks = read_in_chunks("SELECT id, start, wall_start, zone FROM booking WHERE id > ?")
    for booking_id, start, wall_start, zone in chain.from_iterable(clocks):
        expected = EPOCH_WALL + wall_start // 60
        try:
            fits = utc_to_wall(start, zone) == expected or wall_to_utc_forward(expected, zone) == start
        except Invalid:
            yield 0, Breach("clocks", f"booking {booking_id}", f"no time zone is called {zone}")
            continue
        if not fits:
            clock = to_wall_clock(wall_start).isoformat()
            detail = f"starts at {to_instant(start).isoformat()}, which is not {clock} in {zone}"
            yield 0, Breach("clocks", f"booking {booking_id}", detail)


def _tally(now: datetime) -> Finding:
    """The tallies equal the real counts."""
    stored_counts = {
        (f"service {service_id}", status): count
        for service_id, status, count in fetch_all("SELECT service_id, status, n FROM booking_tally")
    }
    actual_counts: Counter[tuple[str, str]] = Counter()
    for service_id, status, count in fetch_all(
        "SELECT service_id, status, COUNT(*) FROM booking GROUP BY service_id, status"
    ):
        actual_counts[f"service {service_id}", status] = count
        if not is_postgres():
            actual_counts["all services", status] += count
    stored_counts |= {
        ("all services", status): count for status, count in fetch_all("SELECT status, n FROM booking_total")
    }
    yield len(actual_counts), None
    for subject, status in sorted({key for key, count in stored_counts.items() if count} | set(actual_counts)):
        stored, count = stored_counts.get((subject, status), 0), actual_counts[subject, status]
        if stored != count:
            yield 0, Breach("tally", subject, f"{status}: kept {stored}, real {count}")


def _session_tally(now: datetime) -> Finding:
    """The tallies of sessions equal the real counts."""
    actual_counts = {(service_id, bits): count for service_id, bits, count in sessions.counts_of_bookings()}
    kept_counts = {
        (service_id, bits): count
        for service_id, bits, count in fetch_all("SELECT service_id, statuses, n FROM session_tally WHERE n <> 0")
    }
    yield len(actual_counts), None
    for service_id, bits in sorted(kept_counts.keys() | actual_counts):
        kept, count = kept_counts.get((service_id, bits), 0), actual_counts.get((service_id, bits), 0)
        if kept != count:
            words = ", ".join(word for word in BOOKING if bits_of([word]) & bits)
            yield 0, Breach("tally", f"service {service_id}", f"sessions with {words}: kept {kept}, real {count}")


def _references(now: datetime) -> Finding:
    """Every reference names an existing record, or a deleted one with a tombstone."""
    for row_count, dangling in references.dangling_references():
        breach = (
            None
            if dangling is None
            else Breach("references", dangling.subject, f"{dangling.kind} {dangling.missing_id} does not exist")
        )
        yield row_count, breach


def _events(now: datetime) -> Finding:
    """Every dispatch has its event, and no consumer fails for good."""
    yield int(fetch_all("SELECT COUNT(*) FROM dispatch")[0][0]), None
    for dispatch_id, event_id in fetch_all(
        "SELECT d.id, d.event_id FROM dispatch d LEFT JOIN event e ON e.id = d.event_id WHERE e.id IS NULL"
    ):
        yield 0, Breach("events", f"dispatch {dispatch_id}", f"event {event_id} does not exist")
    for consumer, count, event_id in fetch_all(
        "SELECT consumer, COUNT(*), MIN(event_id) FROM dispatch WHERE attempts >= ? GROUP BY consumer",
        (_HOPELESS_ATTEMPTS,),
    ):
        detail = f"has failed {_HOPELESS_ATTEMPTS} times or more to handle event {event_id}"
        yield 0, Breach("events", f"consumer {consumer}", detail + (f" and {count - 1} more" if count > 1 else ""))


_RULES: tuple[Callable[[datetime], Finding], ...] = (
    _capacity,
    _pauses,
    _claims,
    _clocks,
    *doctor_money.RULES,
    _tally,
    _session_tally,
    _references,
    _events,
)
