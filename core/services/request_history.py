"""What the server did in the last hour, day and month: samples of its counters, one row a minute and host.

Times here are real time, also where the host's clock is frozen. A sample holds the difference to the one before, so the
rows of several hosts, and of one that was started anew, add up.
"""

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from core.db import execute, fetch_all, writing
from core.models.host import Sample
from core.services.repository import to_epoch, to_instant
from core.typed_data import json_decoder

Period = Literal["hour", "day", "month"]
MINUTE, HOUR = 60, 3600
#: How long samples are kept, in seconds, by span.
KEPT = {MINUTE: 25 * HOUR, HOUR: 31 * 24 * HOUR}
#: Of each period: its length, the span of the samples it is made of, and its step.
_PERIODS: Mapping[Period, tuple[int, int, int]] = {
    "hour": (HOUR, MINUTE, MINUTE),
    "day": (24 * HOUR, MINUTE, 5 * MINUTE),
    "month": (31 * 24 * HOUR, HOUR, HOUR),
}
#: The most counts of one kind in a sample; the rest is added up under ``OTHERS``.
MAX_COUNTS = 400
OTHERS = "(others)"
#: The most rows of lists.
MAX_ROWS = 100


class Count(msgspec.Struct, array_like=True, frozen=True):
    """One number of a sample. ``kind`` is a counter of ``core.metrics``, ``labels`` the values of its labels."""

    kind: str
    labels: tuple[str, ...]
    value: float


_decode = json_decoder(list[Count]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTime:
    """How long requests to one route took. ``template`` is "" for requests without a route."""

    dialect: str
    template: str
    requests: int
    seconds: float
    mean_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRequests:
    """Requests to one route that were answered with a status of 400 or above."""

    dialect: str
    template: str
    status: int
    requests: int
    #: The minute (or hour) of the last ones; aware UTC.
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHistory:
    """Series ready to plot: every list is as long as ``times``, the epoch seconds at which each step begins.

    ``requests``, ``bookings`` are by dialect, ``failures`` by class of status ("4xx", "5xx"), ``refusals`` by reason
    for which no booking was made, ``limits`` by dialect whose callers exceeded a rate limit.
    """

    period: str
    step_seconds: int
    times: list[int]
    requests: dict[str, list[float]]
    failures: dict[str, list[float]]
    bookings: dict[str, list[float]]
    refusals: dict[str, list[float]]
    limits: dict[str, list[float]]
    #: The slowest first, by mean time.
    slowest: list[RouteTime]
    #: The latest first.
    refused: list[RefusedRequests]


# Write ----------------------------------------------------------------------------------------------------------------


class Sampler:
    """Stores what counters have gained since the last sample, each minute.

    Args:
        totals: The counters as they are now (``core.metrics.counter_totals``).
        now: Real time, aware UTC.
        baseline: Where the counters of the last sample are kept for as long as the counters themselves, so that a
            process that takes over goes on from there; None where nobody can take over.
    """

    def __init__(
        self,
        totals: Callable[[], Mapping[tuple[str, tuple[str, ...]], float]],
        now: Callable[[], datetime],
        *,
        baseline: Path | None = None,
    ) -> None:
        self._totals = totals
        self._now = now
        self._source = secrets.token_hex(8)
        self._baseline = baseline
        self._before = self._stored_baseline()
        self._pruned = 0

    def work(self) -> float:
        """Store a sample; returns the seconds until the next minute is over."""
        now = to_epoch(self._now())
        totals = self._totals()
        gained = {key: _gained(value, self._before.get(key, 0.0)) for key, value in totals.items()}
        counts = bounded(Count(*key, value) for key, value in gained.items() if value > 0)
        if counts:
            # The minute that has just ended, where the sample is taken shortly after it.
            record_sample(counts, at=now - 5, source=self._source)
        self._keep_baseline(totals)
        if now - self._pruned >= HOUR:
            prune(now=self._now())
            self._pruned = now
        return MINUTE - to_epoch(self._now()) % MINUTE + 0.5

    def _stored_baseline(self) -> dict[tuple[str, tuple[str, ...]], float]:
        if self._baseline is None:
            return dict(self._totals())
        try:
            counts = _decode(self._baseline.read_bytes())
        except (OSError, msgspec.DecodeError):
            # The first one: the counters began with the server.
            return {}
        return {(count.kind, count.labels): count.value for count in counts}

    def _keep_baseline(self, totals: Mapping[tuple[str, tuple[str, ...]], float]) -> None:
        self._before = dict(totals)
        if self._baseline is not None:
            counts = [Count(*key, value) for key, value in totals.items()]
            with suppress(OSError):
                self._baseline.write_bytes(msgspec.json.encode(counts))


def _gained(value: float, before: float) -> float:
    """What a counter has gained; one that is lower than before began anew."""
    return value if value < before else value - before


def record_sample(counts: Iterable[Count], *, at: int, source: str) -> None:
    """Add counts to the minute and the hour of ``at`` (epoch seconds)."""
    counts = list(counts)
    with writing():
        for span in KEPT:
            start = at // span * span
            rows = fetch_all("SELECT data FROM sample WHERE span = ? AND at = ? AND source = ?", (span, start, source))
            stored = _decode(rows[0][0]) if rows else []
            data = msgspec.json.encode(bounded([*stored, *counts])).decode()
            if rows:
                Sample.update(data=data).where(
                    (Sample.span == span) & (Sample.at == start) & (Sample.source == source)
                ).execute()
            else:
                Sample.insert(span=span, at=start, source=source, data=data).execute()


def bounded(counts: Iterable[Count]) -> list[Count]:
    """Counts with equal labels as one, at most ``MAX_COUNTS`` of each kind; the smallest ones as one."""
    by_kind: dict[str, dict[tuple[str, ...], float]] = defaultdict(lambda: defaultdict(float))
    for count in counts:
        by_kind[count.kind][count.labels] += count.value
    result = []
    for kind, values in by_kind.items():
        largest = sorted(values.items(), key=lambda item: (item[0][-1:] == (OTHERS,), -item[1]))
        result += [Count(kind, labels, value) for labels, value in largest[:MAX_COUNTS]]
        rest = sum(value for _, value in largest[MAX_COUNTS:])
        if rest:
            result.append(Count(kind, (*("",) * (len(largest[0][0]) - 1), OTHERS), rest))
    return result


def prune(*, now: datetime) -> int:
    """Delete samples that are older than they are kept; returns their number."""
    with writing():
        return sum(
            execute("DELETE FROM sample WHERE span = ? AND at < ?", (span, to_epoch(now) - kept))
            for span, kept in KEPT.items()
        )


# Read -----------------------------------------------------------------------------------------------------------------


def request_history(*, now: datetime, period: Period = "hour") -> RequestHistory:
    """The history of a period that ends at ``now`` (real time, aware UTC); its last step is still going on."""
    length, span, step = _PERIODS[period]
    end = to_epoch(now) // step * step + step
    times = list(range(end - length, end, step))
    history = _Reader(times, step)
    for at, count in _samples(span, times[0], end):
        history.add(at, count)
    return RequestHistory(
        period=period,
        step_seconds=step,
        times=times,
        requests=dict(history.series["requests"]),
        failures=dict(history.series["failures"]),
        bookings=dict(history.series["bookings"]),
        refusals=dict(history.series["bookings_refused"]),
        limits=dict(history.series["limits_refused"]),
        slowest=history.slowest(),
        refused=history.refused(),
    )


def _samples(span: int, low: int, high: int) -> Iterator[tuple[int, Count]]:
    rows = fetch_all("SELECT at, data FROM sample WHERE span = ? AND at >= ? AND at < ? ORDER BY at", (span, low, high))
    for at, data in rows:
        for count in _decode(data):
            yield at, count


class _Reader:
    """Adds samples up into series."""

    def __init__(self, times: list[int], step: int) -> None:
        self._first, self._step, self._length = times[0], step, len(times)
        self.series: dict[str, dict[str, list[float]]] = defaultdict(dict)
        self._requests: dict[tuple[str, str], float] = defaultdict(float)
        self._seconds: dict[tuple[str, str], float] = defaultdict(float)
        self._refused: dict[tuple[str, str, int], tuple[float, int]] = {}

    def add(self, at: int, count: Count) -> None:
        kind, labels = count.kind, count.labels
        if kind == "requests":
            self._plot(kind, labels[0], at, count.value)
            if labels[2][:1] in ("4", "5"):
                self._plot("failures", f"{labels[2][0]}xx", at, count.value)
        elif kind in ("bookings", "limits_refused"):
            self._plot(kind, labels[0], at, count.value)
        elif kind == "bookings_refused":
            self._plot(kind, labels[1], at, count.value)
        elif kind == "route_requests":
            self._requests[labels[0], labels[1]] += count.value
            status = int(labels[2]) if labels[2].isdigit() else 0
            if status >= 400:
                key = (labels[0], labels[1], status)
                self._refused[key] = (self._refused.get(key, (0.0, 0))[0] + count.value, at)
        elif kind == "route_seconds":
            self._seconds[labels[0], labels[1]] += count.value

    def _plot(self, kind: str, name: str, at: int, value: float) -> None:
        values = self.series[kind].setdefault(name, [0.0] * self._length)
        values[(at - self._first) // self._step] += value

    def slowest(self) -> list[RouteTime]:
        routes = [
            RouteTime(
                dialect=dialect,
                template=template,
                requests=int(requests),
                seconds=self._seconds[dialect, template],
                mean_ms=round(1000 * self._seconds[dialect, template] / requests, 2),
            )
            for (dialect, template), requests in self._requests.items()
            if requests > 0
        ]
        routes.sort(key=lambda route: (-route.mean_ms, route.dialect, route.template))
        return routes[:MAX_ROWS]

    def refused(self) -> list[RefusedRequests]:
        rows = [
            RefusedRequests(
                dialect=dialect, template=template, status=status, requests=int(requests), last_at=to_instant(at)
            )
            for (dialect, template, status), (requests, at) in self._refused.items()
        ]
        rows.sort(key=lambda row: (row.last_at, row.requests), reverse=True)
        return rows[:MAX_ROWS]
