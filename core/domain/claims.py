"""What is scarce, who holds it, and whether one more fits. Integers only: epoch seconds UTC, half-open spans."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

#: A number of places that never runs out.
UNLIMITED = 2**31 - 1

#: ``(kind, id)``: ("service", 12), ("resource", 3), ("site", 0), ...
Subject = tuple[str, int]

BufferCombination = Literal["sum", "max"]
OverlapCounting = Literal["peak", "sum"]


class Claim(NamedTuple):
    """A claim that is already held. ``before`` and ``after`` are seconds kept free around it.

    A tuple, for a month of a hundred services is made of thousands.
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
    """A claim somebody wants.

    ``capacity`` is the most units that may be held at any instant of the span (``UNLIMITED`` for no limit).
    An ``exclusive`` subject serves one session at a time: claims of the same ``session`` share its capacity, any other
    overlap clashes. ``gap`` says how the pauses of two neighbours combine: added up, or the longer of the two.
    ``sum_closes`` refuses as soon as the plain sum of the overlapping units reaches the capacity, even where they
    never coincide. With ``apart`` the claims that pauses keep away count where they are: one before and one after the
    span do not add up.
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


def blocked_interval(busy: Claim, before: int, after: int, combination: BufferCombination) -> tuple[int, int]:
    """The span in which ``busy`` is in the way of a newcomer that wants ``before`` and ``after`` seconds free."""
    if combination == "sum":
        return busy.start - (busy.before + after), busy.end + (busy.after + before)
    return busy.start - max(busy.before, after), busy.end + max(busy.after, before)


def units_remaining(demand: ClaimRequest, held: Iterable[Claim]) -> int:
    """How many units still fit into ``demand``'s span; 0 when another session holds an exclusive subject.

    May be negative where more was sold than ``capacity`` now allows. Claims with the very same span and session are
    neighbours in one slot, so pauses do not push them apart.
    """
    edges: list[tuple[int, int]] = []
    total = 0
    for busy, low, high in _in_the_way(demand, held):
        if (busy.exclusive or demand.exclusive) and busy.session != demand.session:
            return 0
        total += busy.units
        edges.append((busy.start if demand.each_side else max(low, demand.start), busy.units))
        edges.append((busy.end if demand.each_side else high, -busy.units))
    if demand.capacity >= UNLIMITED:
        return UNLIMITED
    if demand.overlap_counting == "sum" and total >= demand.capacity:
        return min(0, demand.capacity - total)
    edges.sort()
    level = peak = 0
    for _, change in edges:
        level += change
        peak = max(peak, level)
    return demand.capacity - peak


def first_shortage(demand: ClaimRequest, held: Iterable[Claim]) -> tuple[int, int] | None:
    """Where ``demand`` first meets too few places: the instant a claim in its way begins, and what is left from then.

    None where the claims never leave too few at one instant.
    """
    changes: dict[int, int] = {}
    for busy, _, _ in _in_the_way(demand, held):
        changes[busy.start] = changes.get(busy.start, 0) + busy.units
        changes[busy.end] = changes.get(busy.end, 0) - busy.units
    left = demand.capacity
    for instant in sorted(changes):
        left -= changes[instant]
        if left < demand.units:
            return instant, left
    return None


def _in_the_way(demand: ClaimRequest, held: Iterable[Claim]) -> Iterator[tuple[Claim, int, int]]:
    """The claims that touch ``demand``'s span, each with the span that it keeps a newcomer out of."""
    for busy in held:
        same = busy.start == demand.start and busy.end == demand.end and busy.session == demand.session
        if same:
            low, high = busy.start, busy.end
        else:
            low, high = blocked_interval(busy, demand.before, demand.after, demand.buffer_combination)
        if low < demand.end and high > demand.start:
            yield busy, low, high
