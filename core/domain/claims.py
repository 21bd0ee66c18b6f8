"""Claims on what is scarce, and whether one more fits. Integers only: epoch seconds UTC, half-open intervals."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

#: A capacity that never runs out.
UNLIMITED = 2**31 - 1

#: ``(kind, id)``: ("service", 12), ("resource", 3), ("site", 0), ...
Subject = tuple[str, int]

BufferCombination = Literal["sum", "max"]
OverlapCounting = Literal["peak", "sum"]


class Claim(NamedTuple):
    """A claim that a booking holds. ``before`` and ``after`` are the seconds kept free around it.

    A tuple, because a month of a hundred services takes thousands of them.
    """

    start: int
    end: int
    units: int
    before: int = 0
    after: int = 0
    exclusive: bool = False
    session: str = ""
    booking_id: int = 0


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """A claim that a booking needs.

    ``capacity`` is the most units that may be held at any instant of the interval (``UNLIMITED`` for no limit).
    An ``exclusive`` subject serves one session at a time: claims of the same ``session`` share its capacity, any other
    overlap clashes. ``buffer_combination`` says how the buffers of two neighbours combine: added up, or the longer of
    the two. ``overlap_counting`` "sum" refuses as soon as the units of all overlapping claims add up to the capacity,
    even where they never coincide. With ``each_side`` the claims within a buffer count at their own time: one before
    and one after the interval do not add up.
    """

    subject: Subject
    start: int
    end: int
    units: int
    capacity: int
    before: int = 0
    after: int = 0
    exclusive: bool = False
    session: str = ""
    buffer_combination: BufferCombination = "max"
    overlap_counting: OverlapCounting = "peak"
    each_side: bool = False


def blocked_interval(claim: Claim, before: int, after: int, combination: BufferCombination) -> tuple[int, int]:
    """The interval that ``claim`` blocks for a newcomer with ``before`` and ``after`` seconds of buffer."""
    if combination == "sum":
        return claim.start - (claim.before + after), claim.end + (claim.after + before)
    return claim.start - max(claim.before, after), claim.end + max(claim.after, before)


def units_remaining(request: ClaimRequest, held: Iterable[Claim]) -> int:
    """How many units still fit into the requested interval; 0 when another session holds an exclusive subject.

    Negative where more is sold than ``capacity`` now allows. Claims with the same interval and session are neighbours
    in one slot, so buffers do not keep them apart.
    """
    changes: list[tuple[int, int]] = []
    total = 0
    for claim, low, high in _overlapping_claims(request, held):
        if (claim.exclusive or request.exclusive) and claim.session != request.session:
            return 0
        total += claim.units
        changes.append((claim.start if request.each_side else max(low, request.start), claim.units))
        changes.append((claim.end if request.each_side else high, -claim.units))
    if request.capacity >= UNLIMITED:
        return UNLIMITED
    if request.overlap_counting == "sum" and total >= request.capacity:
        return min(0, request.capacity - total)
    changes.sort()
    level = peak = 0
    for _, change in changes:
        level += change
        peak = max(peak, level)
    return request.capacity - peak


def first_shortage(request: ClaimRequest, held: Iterable[Claim]) -> tuple[int, int] | None:
    """The first instant at which too few units remain for the request, and how many remain from then on.

    None where the claims never leave too few at one instant.
    """
    changes: dict[int, int] = {}
    for claim, _, _ in _overlapping_claims(request, held):
        changes[claim.start] = changes.get(claim.start, 0) + claim.units
        changes[claim.end] = changes.get(claim.end, 0) - claim.units
    remaining = request.capacity
    for instant in sorted(changes):
        remaining -= changes[instant]
        if remaining < request.units:
            return instant, remaining
    return None


def _overlapping_claims(request: ClaimRequest, held: Iterable[Claim]) -> Iterator[tuple[Claim, int, int]]:
    """The claims that touch the requested interval, each with the interval that it blocks for a newcomer."""
    for claim in held:
        if claim.start == request.start and claim.end == request.end and claim.session == request.session:
            low, high = claim.start, claim.end
        else:
            low, high = blocked_interval(claim, request.before, request.after, request.buffer_combination)
        if low < request.end and high > request.start:
            yield claim, low, high
