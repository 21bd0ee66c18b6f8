"""What the rules of one date open by themselves, as minutes from that date's midnight.

Where a plan's grid is ``per_opening``, its grids lie over these openings and not over the timeline: what a date opens
past its midnight stays that date's, and neither merges with the next date's openings nor is cut by its rules.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

#: Ordered, apart from each other: ``[low, high)`` in minutes.
Minutes = list[tuple[int, int]]


def add_interval(minutes: Minutes, low: int, high: int) -> Minutes:
    """``minutes`` and ``[low, high)``; what touches becomes one."""
    if low >= high:
        return minutes
    first = bisect_left(minutes, low, key=lambda part: part[1])
    last = bisect_right(minutes, high, key=lambda part: part[0])
    if first < last:
        low, high = min(low, minutes[first][0]), max(high, minutes[last - 1][1])
    return [*minutes[:first], (low, high), *minutes[last:]]


def subtract_interval(minutes: Minutes, low: int, high: int) -> Minutes:
    """``minutes`` without ``[low, high)``."""
    if low >= high:
        return minutes
    remaining: Minutes = []
    for start, end in minutes:
        if start < low:
            remaining.append((start, min(end, low)))
        if end > high:
            remaining.append((max(start, high), end))
    return [part for part in remaining if part[0] < part[1]]


def openings_of_date(windows: Iterable[tuple[int, int, bool, bool]], *, max_gap: int, first: int = 0) -> Minutes:
    """The minutes that the rules of one date open, applied from the weakest to the strongest.

    A rule that opens adds its minutes, one that closes takes its minutes away. A resource's rules add to what the
    service's leave open; they take away only from what rules of the resource have added, the service's from both.

    Args:
        windows: ``(low, high, opens, of_resource)`` of each rule, weakest first.
        max_gap: Closed time of at most this many minutes between two openings counts as open.
        first: Nothing opens before this minute.
    """
    service: Minutes = []
    resource: Minutes = []
    # Openings are longer by the gap and closings shorter, so that both sides of a gap touch.
    for low, high, opens, of_resource in windows:
        if opens and of_resource:
            resource = add_interval(resource, low, high + max_gap)
        elif opens:
            service = add_interval(service, low, high + max_gap)
        else:
            resource = subtract_interval(resource, low + max_gap, high)
            if not of_resource:
                service = subtract_interval(service, low + max_gap, high)
    for low, high in resource:
        service = add_interval(service, low, high)
    return [(max(low, first), high - max_gap) for low, high in service if max(low, first) < high - max_gap]
