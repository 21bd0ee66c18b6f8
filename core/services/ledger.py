"""The ledger: claims on capacity. No other module inserts claims of a booking.

``claim`` runs inside the writing transaction that also stores the booking. Subjects are locked before their claims are
read, so two callers can never both take the last unit: SQLite has one writer at a time, PostgreSQL one holder of each
subject's lock.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from core import models
from core.db import ensure_transaction, execute, fetch_all, in_transaction, is_postgres
from core.domain.claims import UNLIMITED, Claim, ClaimRequest, Subject, units_remaining
from core.errors import NotAvailable
from core.kept_reads import NOW, fetch_unexpired
from core.row_writes import insert_rows
from core.services.repository import to_epoch, to_instant
from core.typed_data import json_decoder

_DAY = 86_400
#: The longest claim of each class in seconds, buffers included. A look-up reads one narrow index range per class.
_MAX_REACH = (26 * 3600, 9 * _DAY, 100 * _DAY, 7500 * _DAY)
#: Longer claims are stored in pieces of this length and joined when read.
_PIECE_SECONDS = 31 * _DAY

# SQLite has no booleans, only 0 and 1, hence not strict.
_claims_decoder = json_decoder(list[Claim], strict=False)
# The fields of ``Claim``, in order.
_COLUMNS = 'start, "end", units, before, after, exclusive, session, booking_id'


def claims_on(
    subjects: Iterable[Subject],
    start: int,
    end: int,
    *,
    now: datetime,
    buffer_seconds: int = 0,
    excluded_booking_ids: Sequence[int] = (),
) -> dict[Subject, list[Claim]]:
    """The claims on each subject that can conflict with the interval.

    Args:
        subjects: ``(kind, id)`` pairs.
        start, end: Epoch seconds; claims that do not reach into this interval are left out.
        now: Aware UTC; holds that have expired by then do not count.
        buffer_seconds: The longest buffer that a new claim has around itself.
        excluded_booking_ids: Bookings whose claims do not count.
    """
    claims_by_subject = claims_json(
        subjects, start, end, now=now, buffer_seconds=buffer_seconds, excluded_booking_ids=excluded_booking_ids
    )
    return {subject: decode_claims(claim_texts) for subject, claim_texts in claims_by_subject.items()}


def claims_json(
    subjects: Iterable[Subject],
    start: int,
    end: int,
    *,
    now: datetime,
    buffer_seconds: int = 0,
    excluded_booking_ids: Sequence[int] = (),
) -> dict[Subject, tuple[str, ...]]:
    """As ``claims_on``, as JSON texts for ``decode_claims``; equal texts mean equal claims.

    One row per subject and class is read instead of one per claim.
    """
    by_kind: dict[str, dict[int, tuple[str, ...]]] = {}
    for kind, subject_id in subjects:
        by_kind.setdefault(kind, {})[subject_id] = ()
    low, high = start - buffer_seconds, end + buffer_seconds
    array_sql = "json_agg(json_build_array({}))::text" if is_postgres() else "json_group_array(json_array({}))"
    exclusion = f" AND booking_id NOT IN ({', '.join('?' * len(excluded_booking_ids))})" if excluded_booking_ids else ""
    selects, parameters = [], []
    for position, (kind, texts_by_id) in enumerate(by_kind.items()):
        placeholders = ", ".join("?" * len(texts_by_id))
        for span_class, reach in enumerate(_MAX_REACH):
            selects.append(
                f"SELECT {position}, subject_id, {array_sql.format(_COLUMNS)}, min(expires_at)"
                f" FROM claim WHERE subject_kind = ? AND subject_id IN ({placeholders})"
                ' AND span_class = ? AND reach_start > ? AND reach_start < ? AND "end" + after > ?'
                f" AND (expires_at IS NULL OR expires_at > ?){exclusion} GROUP BY subject_id"
            )
            parameters += [kind, *texts_by_id, span_class, low - reach, high, low, NOW, *excluded_booking_ids]
    texts_by_position = list(by_kind.values())
    rows = fetch_unexpired(" UNION ALL ".join(selects), parameters, now=to_epoch(now)) if selects else ()
    for position, subject_id, claims_text, _ in rows:
        texts_by_position[position][subject_id] += (claims_text,)
    return {
        (kind, subject_id): texts for kind, texts_by_id in by_kind.items() for subject_id, texts in texts_by_id.items()
    }


def decode_claims(texts: Iterable[str]) -> list[Claim]:
    """The claims in the texts of one subject, in order of their start."""
    return _join_pieces([claim for text in texts for claim in _claims_decoder.decode(text)])


def _join_pieces(claims: list[Claim]) -> list[Claim]:
    """Join the pieces of long claims; the result is in order of start."""
    if all(claim[1] - claim[0] < _PIECE_SECONDS for claim in claims):
        claims.sort()
        return claims
    claims.sort(key=lambda piece: (piece.booking_id, piece.start))
    joined: list[Claim] = []
    for piece in claims:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.booking_id == piece.booking_id
            and last.end == piece.start
            and last.units == piece.units
            and last.session == piece.session
        ):
            joined[-1] = Claim(
                last.start,
                piece.end,
                last.units,
                last.before,
                piece.after,
                last.exclusive,
                last.session,
                last.booking_id,
            )
        else:
            joined.append(piece)
    joined.sort(key=lambda claim: claim.start)
    return joined


def remaining(claim_request: ClaimRequest, claims: Mapping[Subject, Sequence[Claim]]) -> int:
    """Units left for a claim beside the existing claims."""
    return units_remaining(claim_request, claims.get(claim_request.subject, ()))


def shortage(claim_request: ClaimRequest, claims: Mapping[Subject, Sequence[Claim]]) -> int | None:
    """The units left where a claim does not fit; None where it fits."""
    units_left = remaining(claim_request, claims)
    return None if units_left >= claim_request.units else units_left


def not_available(claim_request: ClaimRequest, units_left: int) -> NotAvailable:
    """The error for a claim that does not fit; it names the subject and the time."""
    return NotAvailable(
        reason="full",
        requested=claim_request.units,
        remaining=max(0, units_left),
        subject=claim_request.subject,
        start=to_instant(claim_request.start),
    )


def claim(
    booking_id: int,
    claim_requests: Sequence[ClaimRequest],
    *,
    now: datetime,
    expires_at: datetime | None = None,
    overbook: bool = False,
) -> None:
    """Take all these claims for a booking, or none: ``check_capacity``, then ``take``; arguments as there."""
    overbooked = check_capacity(claim_requests, now=now, overbook=overbook)
    take(booking_id, claim_requests, expires_at=expires_at, overbooked=overbooked)


def check_capacity(claim_requests: Sequence[ClaimRequest], *, now: datetime, overbook: bool = False) -> bool:
    """Refuse claims that do not fit beside the existing ones; returns whether they are overbooked.

    Call this inside ``writing()`` with the subjects locked: what it finds is true until the transaction ends. Claims
    that the booking has already count as well.

    Args:
        overbook: Accept claims that do not fit too.

    Raises:
        NotAvailable: A subject is full; ``subject``, ``wanted`` and ``left`` describe the conflict.
    """
    if not in_transaction():
        raise RuntimeError("claims are taken inside writing()")
    if not claim_requests:
        return False
    claims = claims_on(
        {claim_request.subject for claim_request in claim_requests},
        min(claim_request.start for claim_request in claim_requests),
        max(claim_request.end for claim_request in claim_requests),
        now=now,
        buffer_seconds=max(max(claim_request.before, claim_request.after) for claim_request in claim_requests),
    )
    overbooked = False
    for claim_request in claim_requests:
        units_left = shortage(claim_request, claims)
        if units_left is not None:
            if not overbook:
                raise not_available(claim_request, units_left)
            overbooked = True
    return overbooked


def take(
    booking_id: int,
    claim_requests: Sequence[ClaimRequest],
    *,
    expires_at: datetime | None = None,
    overbooked: bool = False,
) -> None:
    """Store claims for which ``check_capacity`` has found room in this transaction.

    Args:
        expires_at: When the claims of a hold end; aware UTC.
        overbooked: Mark all of them as overbooked.
    """
    if not in_transaction():
        raise RuntimeError("claims are taken inside writing()")
    insert_rows(
        models.Claim,
        [
            {
                "booking_id": booking_id,
                "subject_kind": claim_request.subject[0],
                "subject_id": claim_request.subject[1],
                "span_class": span_class,
                "reach_start": low - before,
                "start": low,
                "end": high,
                "before": before,
                "after": after,
                "units": claim_request.units,
                "capacity": min(claim_request.capacity, UNLIMITED),
                "exclusive": claim_request.exclusive,
                "session": claim_request.session,
                "overbooked": overbooked,
                "expires_at": None if expires_at is None else to_epoch(expires_at),
            }
            for claim_request in claim_requests
            for low, high, before, after, span_class in _pieces(claim_request)
        ],
    )


def _pieces(claim_request: ClaimRequest) -> Iterable[tuple[int, int, int, int, int]]:
    """Yield (start, end, buffer before, buffer after, class) for each stored piece of a claim."""
    low = claim_request.start
    while low < claim_request.end:
        high = min(low + _PIECE_SECONDS, claim_request.end)
        before = claim_request.before if low == claim_request.start else 0
        after = claim_request.after if high == claim_request.end else 0
        yield low, high, before, after, reach_of(low, high, before, after)[1]
        low = high


def reach_of(start: int, end: int, before: int, after: int) -> tuple[int, int]:
    """The start of a claim with its buffer, and its class by length."""
    length = end - start + before + after
    return start - before, next(span_class for span_class, max_length in enumerate(_MAX_REACH) if length <= max_length)


def transfer(booking_id: int, new_booking_id: int) -> None:
    """Transfer a booking's claims, except those on its resource, to another booking; the units in use stay the same."""
    with ensure_transaction():
        execute(
            "UPDATE claim SET booking_id = ? WHERE booking_id = ? AND subject_kind <> 'resource'",
            (new_booking_id, booking_id),
        )


def release(booking_id: int) -> None:
    """Delete all claims of a booking. Needs no lock, because it only frees capacity."""
    with ensure_transaction():
        execute("DELETE FROM claim WHERE booking_id = ?", (booking_id,))


def confirm_hold(booking_id: int, *, now: datetime) -> bool:
    """Make the claims of a hold permanent; False where the capacity is taken meanwhile.

    Callers wait for the lock and their clocks differ: one for whom the hold had expired may have booked first. So the
    claims must still fit beside those of others.
    """
    with ensure_transaction():
        own_claims = fetch_all(
            f"SELECT {_COLUMNS}, subject_kind, subject_id, capacity FROM claim WHERE booking_id = ?", (booking_id,)
        )
        if own_claims:
            other_claims = claims_on(
                {(row[8], row[9]) for row in own_claims},
                min(row[0] for row in own_claims),
                max(row[1] for row in own_claims),
                now=now,
                buffer_seconds=max(max(row[3], row[4]) for row in own_claims),
                excluded_booking_ids=(booking_id,),
            )
            for start, end, units, before, after, exclusive, session, _, kind, subject_id, capacity in own_claims:
                claim_request = ClaimRequest(
                    (kind, subject_id), start, end, units, capacity, before, after, bool(exclusive), session
                )
                if shortage(claim_request, other_claims) is not None:
                    return False
        execute("UPDATE claim SET expires_at = NULL WHERE booking_id = ?", (booking_id,))
    return True
