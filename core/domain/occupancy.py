"""How many units remain of one subject, for many intervals at once: the claims are sorted once, then only looked up.

``core.domain.claims.units_remaining`` says the same for one interval; a test holds the two together.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate

from core.domain.claims import UNLIMITED, BufferCombination, Claim, OverlapCounting, blocked_interval

_BEFORE_ALL = -(2**62)


class _Bounds:
    """Starts and ends of intervals, each in order, to count the intervals that overlap a given one."""

    __slots__ = ("ends", "starts")

    def __init__(self, intervals: list[tuple[int, int]]) -> None:
        self.starts = sorted(start for start, _ in intervals)
        self.ends = sorted(end for _, end in intervals)

    def overlapping(self, start: int, end: int) -> int:
        return bisect_left(self.starts, end) - bisect_right(self.ends, start)


class Occupancy:
    """The claims on one subject as a newcomer with certain buffers meets them.

    Args:
        held: Claims in any order.
        before, after: Seconds of the newcomer's buffers; with ``buffer_combination`` None no buffer counts, on either
            side.
        exclusive: The subject serves one session at a time.
        overlap_counting: "sum" refuses when the units of all overlapping claims add up to the capacity.
    """

    __slots__ = ("_exclusive", "_interval_ends", "_interval_starts", "_intervals", "_levels", "_sessions", "_times")

    def __init__(
        self,
        held: Iterable[Claim],
        *,
        before: int = 0,
        after: int = 0,
        buffer_combination: BufferCombination | None = "max",
        exclusive: bool = False,
        overlap_counting: OverlapCounting = "peak",
    ) -> None:
        changes: dict[int, int] = {}
        sessions: dict[str, list[tuple[int, int]]] = {}
        intervals: list[tuple[int, int, int]] = []
        for claim in held:
            start, end, units, claim_before, claim_after, claim_exclusive, session, _ = claim
            if buffer_combination is not None and (before or after or claim_before or claim_after):
                start, end = blocked_interval(claim, before, after, buffer_combination)
            if start >= end:
                continue
            changes[start] = changes.get(start, 0) + units
            changes[end] = changes.get(end, 0) - units
            intervals.append((start, end, units))
            if exclusive or claim_exclusive:
                sessions.setdefault(session, []).append((start, end))
        #: Units held from each time on, until the next.
        self._times = sorted(changes)
        self._levels = list(accumulate(changes[time] for time in self._times))
        self._intervals = intervals
        self._exclusive = _Bounds([interval for part in sessions.values() for interval in part]) if sessions else None
        self._sessions = {session: _Bounds(part) for session, part in sessions.items()}
        self._interval_starts: tuple[list[int], list[int]] | None = None
        self._interval_ends: tuple[list[int], list[int]] | None = None
        if overlap_counting == "sum":
            self._interval_starts = _running_sums((start, units) for start, _, units in intervals)
            self._interval_ends = _running_sums((end, units) for _, end, units in intervals)

    @property
    def is_empty(self) -> bool:
        return not self._times

    def busy_intervals(self) -> list[tuple[int, int]]:
        """When anything is claimed at all: intervals in order that do not touch."""
        merged: list[tuple[int, int]] = []
        until = _BEFORE_ALL
        for start, end, _ in sorted(self._intervals):
            if start > until:
                merged.append((start, end))
                until = end
            elif end > until:
                until = end
                merged[-1] = (merged[-1][0], end)
        return merged

    def remaining(self, start: int, end: int, capacity: int, session: str = "") -> int:
        """Units that remain of ``capacity`` all through ``[start, end)``; 0 where another session is in the way."""
        times = self._times
        if not times:
            return capacity
        if self._exclusive is not None:
            others = self._exclusive.overlapping(start, end)
            if others and session in self._sessions:
                others -= self._sessions[session].overlapping(start, end)
            if others:
                return 0
        if capacity >= UNLIMITED:
            return UNLIMITED
        if self._interval_starts is not None and self._interval_ends is not None:
            total = self._interval_starts[1][bisect_left(self._interval_starts[0], end)]
            total -= self._interval_ends[1][bisect_right(self._interval_ends[0], start)]
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


def _running_sums(changes: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Times in order, and the sum of the units before each."""
    ordered = sorted(changes)
    return [time for time, _ in ordered], list(accumulate((units for _, units in ordered), initial=0))
