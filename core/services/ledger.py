"""The ledger: the only code that makes anything scarcer.

Every path that takes places comes through ``claim``, inside the writing transaction that also stores what the places
are for. The subjects are locked first and the claims read after that, so two callers can never both take the last
place: SQLite has one writer at a time, PostgreSQL one holder of each subject's lock.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from core import models
from core.db import ensure_transaction, execute, fetch_all, in_transaction, is_postgres
from core.domain.claims import UNLIMITED, Claim, ClaimRequest, Subject, units_remaining
from core.errors import NotAvailable
from core.row_writes import insert_row
from core.services.repository import to_epoch, to_instant

_DAY = 86_400
#: Longest reach (pauses included) of a claim in each class; looking a window up costs one narrow range per class.
_REACH = (26 * 3600, 9 * _DAY, 100 * _DAY, 7500 * _DAY)
#: Longer claims are kept in pieces of this length, and put together again when read.
_PIECE = 31 * _DAY

# Databases know no truth values, only 0 and 1.
_claims = msgspec.json.Decoder(list[Claim], strict=False)
# The fields of Busy, in order.
_COLUMNS = 'start, "end", units, before, after, exclusive, session, booking_id'


def claims_on(
    subjects: Iterable[Subject],
    start: int,
    end: int,
    *,
    now: datetime,
    pause: int = 0,
    without: Sequence[int] = (),
) -> dict[Subject, list[Claim]]:
    """The claims on each subject that can matter to a span.

    Args:
        subjects: ``(kind, id)`` of what is asked about.
        start, end: Epoch seconds; claims out of reach of this span are left out.
        now: Aware UTC; holds that have expired by then do not count.
        pause: The longest pause in seconds the newcomer wants around itself.
        without: Booking ids that are treated as gone.
    """
    found = claims_json(subjects, start, end, now=now, pause=pause, without=without)
    return {subject: decode_claims(texts) for subject, texts in found.items()}


def claims_json(
    subjects: Iterable[Subject],
    start: int,
    end: int,
    *,
    now: datetime,
    pause: int = 0,
    without: Sequence[int] = (),
) -> dict[Subject, tuple[str, ...]]:
    """The same as texts for ``told``: one row per subject instead of one per claim; equal texts mean equal claims."""
    by_kind: dict[str, dict[int, tuple[str, ...]]] = {}
    for kind, number in subjects:
        by_kind.setdefault(kind, {})[number] = ()
    stamp = to_epoch(now)
    low, high = start - pause, end + pause
    array = "json_agg(json_build_array({}))::text" if is_postgres() else "json_group_array(json_array({}))"
    others = f" AND booking_id NOT IN ({', '.join('?' * len(without))})" if without else ""
    parts, parameters = [], []
    for position, (kind, numbers) in enumerate(by_kind.items()):
        marks = ", ".join("?" * len(numbers))
        for span_class, reach in enumerate(_REACH):
            parts.append(
                f"SELECT {position}, subject_id, {array.format(_COLUMNS)}"
                f" FROM claim WHERE subject_kind = ? AND subject_id IN ({marks})"
                ' AND span_class = ? AND reach_start > ? AND reach_start < ? AND "end" + after > ?'
                f" AND (expires_at IS NULL OR expires_at > ?){others} GROUP BY subject_id"
            )
            parameters += [kind, *numbers, span_class, low - reach, high, low, stamp, *without]
    lists = list(by_kind.values())
    for position, number, text in fetch_all(" UNION ALL ".join(parts), parameters) if parts else ():
        lists[position][number] += (text,)
    return {(kind, number): texts for kind, each in by_kind.items() for number, texts in each.items()}


def decode_claims(texts: Iterable[str]) -> list[Claim]:
    """The claims that ``held_texts`` found on one subject, in order of their start."""
    return _joined([busy for text in texts for busy in _claims.decode(text)])


def _joined(claims: list[Claim]) -> list[Claim]:
    """Put the pieces of long claims together again, in order of their start."""
    if all(busy[1] - busy[0] < _PIECE for busy in claims):
        claims.sort()
        return claims
    claims.sort(key=lambda busy: (busy.booking_id, busy.start))
    whole: list[Claim] = []
    for busy in claims:
        last = whole[-1] if whole else None
        if (
            last is not None
            and last.booking_id == busy.booking_id
            and last.end == busy.start
            and last.units == busy.units
            and last.session == busy.session
        ):
            whole[-1] = Claim(
                last.start,
                busy.end,
                last.units,
                last.before,
                busy.after,
                last.exclusive,
                last.session,
                last.booking_id,
            )
        else:
            whole.append(busy)
    whole.sort(key=lambda busy: busy.start)
    return whole


def remaining(demand: ClaimRequest, held_by: Mapping[Subject, Sequence[Claim]]) -> int:
    """Places left for ``demand`` beside what is held."""
    return units_remaining(demand, held_by.get(demand.subject, ()))


def shortage(demand: ClaimRequest, held_by: Mapping[Subject, Sequence[Claim]]) -> int | None:
    """How many places are left where ``demand`` does not fit; None where it does."""
    found = remaining(demand, held_by)
    return None if found >= demand.units else found


def not_available(demand: ClaimRequest, found: int) -> NotAvailable:
    """The refusal of a demand that does not fit; it names the clash."""
    return NotAvailable(
        reason="full",
        wanted=demand.units,
        left=max(0, found),
        subject=demand.subject,
        start=to_instant(demand.start),
    )


def claim(
    booking_id: int,
    demands: Sequence[ClaimRequest],
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
    if not demands:
        return
    with ensure_transaction():
        taken = claims_on(
            {demand.subject for demand in demands},
            min(demand.start for demand in demands),
            max(demand.end for demand in demands),
            now=now,
            pause=max(max(demand.before, demand.after) for demand in demands),
        )
        over = False
        for demand in demands:
            short = shortage(demand, taken)
            if short is not None:
                if not overbook:
                    raise not_available(demand, short)
                over = True
        for demand in demands:
            for low, high, before, after, span_class in _pieces(demand):
                insert_row(
                    models.Claim,
                    {
                        "booking_id": booking_id,
                        "subject_kind": demand.subject[0],
                        "subject_id": demand.subject[1],
                        "span_class": span_class,
                        "reach_start": low - before,
                        "start": low,
                        "end": high,
                        "before": before,
                        "after": after,
                        "units": demand.units,
                        "capacity": min(demand.capacity, UNLIMITED),
                        "exclusive": demand.exclusive,
                        "session": demand.session,
                        "overbooked": over,
                        "expires_at": None if expires_at is None else to_epoch(expires_at),
                    },
                )


def _pieces(demand: ClaimRequest) -> Iterable[tuple[int, int, int, int, int]]:
    low = demand.start
    while low < demand.end:
        high = min(low + _PIECE, demand.end)
        before = demand.before if low == demand.start else 0
        after = demand.after if high == demand.end else 0
        yield low, high, before, after, reach_of(low, high, before, after)[1]
        low = high


def reach_of(start: int, end: int, before: int, after: int) -> tuple[int, int]:
    """Where a claim begins to be in anybody's way, and its class by length."""
    length = end - start + before + after
    return start - before, next(number for number, most in enumerate(_REACH) if length <= most)


def transfer(booking_id: int, heir_id: int) -> None:
    """Let another booking hold what this one holds beside its own resource: nothing gets free, nothing scarcer."""
    with ensure_transaction():
        execute(
            "UPDATE claim SET booking_id = ? WHERE booking_id = ? AND subject_kind <> 'resource'",
            (heir_id, booking_id),
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
        own = fetch_all(
            f"SELECT {_COLUMNS}, subject_kind, subject_id, capacity FROM claim WHERE booking_id = ?", (booking_id,)
        )
        if own:
            taken = claims_on(
                {(row[8], row[9]) for row in own},
                min(row[0] for row in own),
                max(row[1] for row in own),
                now=now,
                pause=max(max(row[3], row[4]) for row in own),
                without=(booking_id,),
            )
            for start, end, units, before, after, exclusive, session, _, kind, number, capacity in own:
                demand = ClaimRequest(
                    (kind, number), start, end, units, capacity, before, after, bool(exclusive), session
                )
                if shortage(demand, taken) is not None:
                    return False
        execute("UPDATE claim SET expires_at = NULL WHERE booking_id = ?", (booking_id,))
    return True
