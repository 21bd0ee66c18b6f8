"""The ledger: the only code that makes anything scarcer.

Every path that takes places comes through ``claim``, inside the writing transaction that also stores what the places
are for. The subjects are locked first and the claims read after that, so two callers can never both take the last
place: SQLite has one writer at a time, PostgreSQL one holder of each subject's lock.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from core import models
from core.db import ensure_transaction, execute, fetch_all, in_transaction, insert_row, is_postgres
from core.domain.claims import UNLIMITED, Claim, ClaimRequest, Subject, units_remaining
from core.errors import NotAvailable
from core.services.repository import to_epoch, to_instant

_DAY = 86_400
#: Longest reach (pauses included) of a claim in each class; looking a window up costs one narrow range per class.
_MAX_REACH = (26 * 3600, 9 * _DAY, 100 * _DAY, 7500 * _DAY)
#: Longer claims are kept in pieces of this length, and put together again when read.
_PIECE_SECONDS = 31 * _DAY

# Databases know no truth values, only 0 and 1.
_claims_decoder = msgspec.json.Decoder(list[Claim], strict=False)
# The fields of Busy, in order.
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
    """The claims on each subject that can matter to a span.

    Args:
        subjects: ``(kind, id)`` of what is asked about.
        start, end: Epoch seconds; claims out of reach of this span are left out.
        now: Aware UTC; holds that have expired by then do not count.
        pause: The longest pause in seconds the newcomer wants around itself.
        without: Booking ids that are treated as gone.
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
    """The same as texts for ``told``: one row per subject instead of one per claim; equal texts mean equal claims."""
    by_kind: dict[str, dict[int, tuple[str, ...]]] = {}
    for kind, subject_id in subjects:
        by_kind.setdefault(kind, {})[subject_id] = ()
    now_epoch = to_epoch(now)
    low, high = start - buffer_seconds, end + buffer_seconds
    array_sql = "json_agg(json_build_array({}))::text" if is_postgres() else "json_group_array(json_array({}))"
    exclusion = f" AND booking_id NOT IN ({', '.join('?' * len(excluded_booking_ids))})" if excluded_booking_ids else ""
    selects, parameters = [], []
    for position, (kind, texts_by_id) in enumerate(by_kind.items()):
        placeholders = ", ".join("?" * len(texts_by_id))
        for span_class, reach in enumerate(_MAX_REACH):
            selects.append(
                f"SELECT {position}, subject_id, {array_sql.format(_COLUMNS)}"
                f" FROM claim WHERE subject_kind = ? AND subject_id IN ({placeholders})"
                ' AND span_class = ? AND reach_start > ? AND reach_start < ? AND "end" + after > ?'
                f" AND (expires_at IS NULL OR expires_at > ?){exclusion} GROUP BY subject_id"
            )
            parameters += [kind, *texts_by_id, span_class, low - reach, high, low, now_epoch, *excluded_booking_ids]
    texts_by_position = list(by_kind.values())
    for position, subject_id, claims_text in fetch_all(" UNION ALL ".join(selects), parameters) if selects else ():
        texts_by_position[position][subject_id] += (claims_text,)
    return {
        (kind, subject_id): texts for kind, texts_by_id in by_kind.items() for subject_id, texts in texts_by_id.items()
    }


def decode_claims(texts: Iterable[str]) -> list[Claim]:
    """The claims that ``held_texts`` found on one subject, in order of their start."""
    return _join_pieces([claim for text in texts for claim in _claims_decoder.decode(text)])


def _join_pieces(claims: list[Claim]) -> list[Claim]:
    """Put the pieces of long claims together again, in order of their start."""
    if all(claim[1] - claim[0] < _PIECE_SECONDS for claim in claims):
        claims.sort()
        return claims
    claims.sort(key=lambda claim: (claim.booking_id, claim.start))
    joined: list[Claim] = []
    for claim in claims:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.booking_id == claim.booking_id
            and last.end == claim.start
            and last.units == claim.units
            and last.session == claim.session
        ):
            joined[-1] = Claim(
                last.start,
                claim.end,
                last.units,
                last.before,
                claim.after,
                last.exclusive,
                last.session,
                last.booking_id,
            )
        else:
            joined.append(claim)
    joined.sort(key=lambda claim: claim.start)
    return joined


def remaining(claim_request: ClaimRequest, claims: Mapping[Subject, Sequence[Claim]]) -> int:
    """Places left for ``demand`` beside what is held."""
    return units_remaining(claim_request, claims.get(claim_request.subject, ()))


def shortage(claim_request: ClaimRequest, claims: Mapping[Subject, Sequence[Claim]]) -> int | None:
    """How many places are left where ``demand`` does not fit; None where it does."""
    units_left = remaining(claim_request, claims)
    return None if units_left >= claim_request.units else units_left


def not_available(claim_request: ClaimRequest, units_left: int) -> NotAvailable:
    """The refusal of a demand that does not fit; it names the clash."""
    return NotAvailable(
        reason="full",
        wanted=claim_request.units,
        left=max(0, units_left),
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
    """Take what ``demands`` names for a booking, or nothing.

    Must be called inside ``writing()`` with the subjects locked; claims of the same booking already taken count.

    Raises:
        NotAvailable: Something is full; ``subject``, ``wanted`` and ``left`` name the clash.
    """
    if not in_transaction():
        raise RuntimeError("claims are taken inside writing()")
    if not claim_requests:
        return
    with ensure_transaction():
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
        for claim_request in claim_requests:
            for low, high, before, after, span_class in _pieces(claim_request):
                insert_row(
                    models.Claim,
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
                    },
                )


def _pieces(claim_request: ClaimRequest) -> Iterable[tuple[int, int, int, int, int]]:
    low = claim_request.start
    while low < claim_request.end:
        high = min(low + _PIECE_SECONDS, claim_request.end)
        before = claim_request.before if low == claim_request.start else 0
        after = claim_request.after if high == claim_request.end else 0
        yield low, high, before, after, reach_of(low, high, before, after)[1]
        low = high


def reach_of(start: int, end: int, before: int, after: int) -> tuple[int, int]:
    """Where a claim begins to be in anybody's way, and its class by length."""
    length = end - start + before + after
    return start - before, next(span_class for span_class, max_length in enumerate(_MAX_REACH) if length <= max_length)


def transfer(booking_id: int, new_booking_id: int) -> None:
    """Let another booking hold what this one holds beside its own resource: nothing gets free, nothing scarcer."""
    with ensure_transaction():
        execute(
            "UPDATE claim SET booking_id = ? WHERE booking_id = ? AND subject_kind <> 'resource'",
            (new_booking_id, booking_id),
        )


def release(booking_id: int) -> None:
    """Give back everything a booking holds. Needs no lock: it only makes room."""
    with ensure_transaction():
        execute("DELETE FROM claim WHERE booking_id = ?", (booking_id,))


def confirm_hold(booking_id: int, *, now: datetime) -> bool:
    """Turn a hold into claims that do not expire; False where that is too late.

    Callers wait for the lock, and their clocks differ: somebody for whom the hold was over may have been first. So
    what it holds must still fit beside what others hold.
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
