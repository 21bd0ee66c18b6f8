"""Queries both servers in turn and records the cost of each turn."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench import console
from bench.byhand import requests_of
from bench.data import Business
from bench.processes import Load, Running
from bench.requests import Row, raw, rows
from frontdesk.testing.built_in import BuiltIn


@dataclass
class Figures:
    """The cost of one row of the table; times in seconds per request."""

    row: Row
    cpu: list[float] = field(default_factory=list)
    bare_cpu: list[float] = field(default_factory=list)
    latency: list[float] = field(default_factory=list)
    bare_latency: list[float] = field(default_factory=list)
    #: Of the by-hand app, where it answers such a request.
    byhand_cpu: list[float] = field(default_factory=list)
    #: Of the database's own processes, where it has any.
    database_cpu: list[float] = field(default_factory=list)
    size: int = 0
    failed: str = ""

    @property
    def ratio(self) -> float:
        """CPU per request relative to the bare app: the median of the turns' ratios."""
        return median(ours / theirs for ours, theirs in zip(self.cpu, self.bare_cpu, strict=True))

    @property
    def byhand_ratio(self) -> float | None:
        """The same relative to the by-hand app; None where that has no such request."""
        if not self.byhand_cpu:
            return None
        return median(ours / theirs for ours, theirs in zip(self.cpu, self.byhand_cpu, strict=True))

    @property
    def latency_ratio(self) -> float:
        return median(self.latency) / median(self.bare_latency)


@dataclass(frozen=True, slots=True)
class Servers:
    """What is asked in turn, and the seconds of processor time of the database's own processes."""

    ours: Running
    bare: Running
    byhand: Running
    database_cpu: Callable[[], float]


BARE = "bare"
BYHAND = ("read", "list", "create")


def costs_in_turn(name: str, servers: Sequence[Running], load: Load, *, turns: int, count: int) -> list[list[float]]:
    """Seconds of processor time per request of each server, turn by turn; in each turn all are asked the same."""
    for running in servers:
        load.run(name, running.port, 16, 4)
    costs: list[list[float]] = [[] for _ in servers]
    for _ in range(turns):
        for running, of_server in zip(servers, costs, strict=True):
            before = running.cpu()
            load.run(name, running.port, count)
            of_server.append((running.cpu() - before) / count)
    return costs


def cpu_ratio(name: str, server: Running, beside: Running, load: Load, *, turns: int, count: int) -> float:
    """What a request costs ``beside`` relative to ``server``: the median of the turns' ratios."""
    costs = costs_in_turn(name, (server, beside), load, turns=turns, count=count)
    return median(theirs / ours for ours, theirs in zip(*costs, strict=True))


def measure(
    business: Business, clients: dict[str, BuiltIn], servers: Servers, load: Load, *, turns: int, only: str = ""
) -> list[Figures]:
    """Every row, ``turns`` times, the bare app before each turn and the by-hand app where it can answer."""
    server, bare, byhand = servers.ours, servers.bare, servers.byhand
    load.keep(BARE, [raw("GET", "/thing")])
    load.run(BARE, bare.port, 300)
    for kind in BYHAND:
        load.keep(kind, requests_of(kind, 8000))
        load.run(kind, byhand.port, 40, 4)
    measured = []
    for index, row in enumerate([*rows(business, clients), *console.rows(server.port)]):
        name = f"{index}"
        figures = Figures(row)
        if only and only not in f"{row.title} {row.dialect}":
            continue
        measured.append(figures)
        if row.once and turns * row.count > len(row.requests):
            row.requests = row.requests[: turns * row.count]
        load.keep(name, row.requests)
        if row.before:
            load.keep(f"{name}-before", row.before)
        _try_out(figures, name, server, load)
        if figures.failed:
            print(f"{row.dialect}: {row.title}: {figures.failed}", file=sys.stderr)
            continue
        for _ in range(turns):
            _turn(figures, name, servers, load)
            if row.byhand:
                before = byhand.cpu()
                answer = load.run(row.byhand, byhand.port, row.count)
                figures.byhand_cpu.append((byhand.cpu() - before) / row.count)
                if set(answer["statuses"]) - {"200", "201"}:
                    raise SystemExit(f"bench: the by-hand app answered {answer['statuses']}: {answer['body'][:300]}")
    return measured


def _try_out(figures: Figures, name: str, server: Running, load: Load) -> None:
    """The first requests of a row are not measured: they fill the caches of both workers."""
    row = figures.row
    for clients, count in ((1, 4), (4, 8)):
        answer = load.run(name, server.port, count if not row.once else clients, clients)
        wrong = {status: n for status, n in answer["statuses"].items() if int(status) != row.expect}
        if wrong or row.holds not in answer["body"]:
            figures.failed = f"answered {wrong or answer['statuses']}: {answer['body'][:300]}"
            return
    figures.size = answer["size"]


def _turn(figures: Figures, name: str, servers: Servers, load: Load) -> None:
    row, server, bare = figures.row, servers.ours, servers.bare
    if row.before is not None:
        # One request at a time on both sides: a server that was idle for a moment is slower.
        cost, times = _singly(BARE, bare, load, row.count, figures)
        figures.bare_cpu.append(cost)
        figures.bare_latency += times
        cost, times = _singly(name, server, load, row.count, figures, before=f"{name}-before")
        figures.cpu.append(cost)
        figures.latency += times
        return
    before = bare.cpu()
    answer = load.run(BARE, bare.port, 200)
    figures.bare_cpu.append((bare.cpu() - before) / 200)
    figures.bare_latency += answer["times"]
    before, of_database = server.cpu(), servers.database_cpu()
    answer = load.run(name, server.port, row.count)
    figures.cpu.append((server.cpu() - before) / row.count)
    figures.database_cpu.append((servers.database_cpu() - of_database) / row.count)
    figures.latency += answer["times"]
    _check(figures, answer)


def _singly(
    name: str, running: Running, load: Load, count: int, figures: Figures, *, before: str = ""
) -> tuple[float, list[float]]:
    """CPU per request and the times of requests, with a pause and an optional write before each."""
    spent, times = 0.0, []
    for _ in range(count):
        if before:
            load.run(before, running.port, 1)
        # The worker cleans up after its response; that cost belongs to the write.
        time.sleep(0.005)
        since = running.cpu()
        answer = load.run(name, running.port, 1)
        time.sleep(0.002)
        spent += running.cpu() - since
        times += answer["times"]
        if before:
            _check(figures, answer)
    return spent / count, times


def _check(figures: Figures, answer: dict) -> None:
    if set(answer["statuses"]) != {str(figures.row.expect)}:
        figures.failed = f"answered {answer['statuses']}: {answer['body'][:300]}"
