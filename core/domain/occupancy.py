"""How many places are left on one subject, for many spans at once: the claims are sorted once, then only looked up.

``core.domain.claims.places_left`` says the same for one span; a test holds the two together.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate

from core.domain.claims import UNLIMITED, BufferCombination, Claim, OverlapCounting, blocked_interval

_EVER = 2**62


class _Ends:
    """Starts and ends of spans, each in order, to count the spans that overlap a given one."""

    __slots__ = ("highs", "lows")

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self.lows = sorted(span[0] for span in spans)
        self.highs = sorted(span[1] for span in spans)

    def overlapping(self, start: int, end: int) -> int:
        return bisect_left(self.lows, end) - bisect_right(self.highs, start)


class Occupancy:
    """The claims on one subject as a newcomer with certain pauses meets them.

    Args:
        held: Claims in any order.
        before, after: Seconds the newcomer keeps free; with ``gap`` None no pause counts, on either side.
        exclusive: The subject serves one session at a time.
        sum_closes: Refuse when the plain sum of overlapping units reaches the capacity.
        low, high: Only spans inside of these are asked about.
    """

    __slots__ = ("_ends", "_levels", "_sessions", "_spans", "_starts", "_strict", "_times")

    def __init__(
        self,
        held: Iterable[Claim],
        *,
        before: int = 0,
        after: int = 0,
        buffer_combination: BufferCombination | None = "max",
        exclusive: bool = False,
        overlap_counting: OverlapCounting = "peak",
        low: int = -_EVER,
        high: int = _EVER,
    ) -> None:
        changes: dict[int, int] = {}
        sessions: dict[str, list[tuple[int, int]]] = {}
        spans: list[tuple[int, int, int]] = []
        for busy in held:
            start, end, units, pause, rest, alone, session, _ = busy
            if buffer_combination is not None and (before or after or pause or rest):
                start, end = blocked_interval(busy, before, after, buffer_combination)
            if start >= high or end <= low or start >= end:
                continue
            changes[start] = changes.get(start, 0) + units
            changes[end] = changes.get(end, 0) - units
            spans.append((start, end, units))
            if exclusive or alone:
                sessions.setdefault(session, []).append((start, end))
        #: Units held from each time on, until the next.
        self._times = sorted(changes)
        self._levels = list(accumulate(changes[time] for time in self._times))
        self._spans = spans
        self._strict = _Ends([span for found in sessions.values() for span in found]) if sessions else None
        self._sessions = {session: _Ends(found) for session, found in sessions.items()}
        self._starts: tuple[list[int], list[int]] | None = None
        self._ends: tuple[list[int], list[int]] | None = None
        if overlap_counting == "sum":
            self._starts = _sums((start, units) for start, _, units in spans)
            self._ends = _sums((end, units) for _, end, units in spans)

    @property
    def is_empty(self) -> bool:
        return not self._times

    def busy_intervals(self) -> list[tuple[int, int]]:
        """When anything is held at all: stretches in order that do not touch."""
        found: list[tuple[int, int]] = []
        until = -_EVER
        for start, end, _ in sorted(self._spans):
            if start > until:
                found.append((start, end))
                until = end
            elif end > until:
                until = end
                found[-1] = (found[-1][0], end)
        return found

    def remaining(self, start: int, end: int, capacity: int, session: str = "") -> int:
        """Places left all through ``[start, end)`` of ``capacity``; 0 where another session is in the way."""
        times = self._times
        if not times:
            return capacity
        if self._strict is not None:
            others = self._strict.overlapping(start, end)
            if others and session in self._sessions:
                others -= self._sessions[session].overlapping(start, end)
            if others:
                return 0
        if capacity >= UNLIMITED:
            return UNLIMITED
        if self._starts is not None and self._ends is not None:
            total = self._starts[1][bisect_left(self._starts[0], end)]
            total -= self._ends[1][bisect_right(self._ends[0], start)]
            if total >= capacity:
                return min(0, capacity - total)
        index = bisect_right(times, start)
        levels = self._levels
        peak = levels[index - 1] if index else 0
        count = len(times)
        while index < count and times[index] < end:
            if levels[index] > peak:
                peak = levels[index]
            index += 1
        return capacity - peak


def _sums(changes: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Times in order, and how much has come together before each."""
    found = sorted(changes)
    return [time for time, _ in found], list(accumulate((units for _, units in found), initial=0))
