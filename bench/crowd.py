"""Concurrent bookings: spread over many services, and all for one slot."""

import os
from itertools import islice
from statistics import median, quantiles
from typing import Any

from bench.data import Business, free_starts
from bench.processes import Load, Running
from bench.requests import booking, recorded
from frontdesk.testing.built_in import BuiltIn

#: Concurrent connections; for a single slot also this many of each dialect.
CROWD = 8
ALONE, TOGETHER, CLASHING = 400, 1600, 1280


def measure(business: Business, by_dialect: dict[str, BuiltIn], server: Running, load: Load) -> tuple[list[str], bool]:
    """Lines to print, and whether every response was one that a client can use."""
    dialects = list(by_dialect.values())
    # Beyond the slots that the rows of the table book.
    free_slots = islice(free_starts(business), 5000, None)

    def requests(count: int) -> list[bytes]:
        return [recorded(dialects[n % len(dialects)], booking(*next(free_slots))) for n in range(count)]

    load.keep("alone", requests(ALONE))
    load.keep("together", requests(TOGETHER))
    contested_slot = next(free_slots)
    load.keep("clash", [recorded(client, booking(*contested_slot)) for client in dialects])
    alone = load.run("alone", server.port, ALONE)
    together = load.run("together", server.port, TOGETHER, CROWD)
    clashes = [
        (clients, load.run("clash", server.port, CLASHING, clients)) for clients in (CROWD, CROWD * len(dialects))
    ]

    cores = os.cpu_count() or 1
    single_rate, crowd_rate = ALONE / alone["seconds"], TOGETHER / together["seconds"]
    middle = median(alone["times"])
    answers = [alone, together, *(answer for _, answer in clashes)]
    sound = all(int(status) < 500 for answer in answers for status in answer["statuses"])
    lines = [
        "",
        f"one client books {single_rate:.0f} times a second over many services, {CROWD} clients {crowd_rate:.0f} times:"
        f" {crowd_rate / cores / single_rate:.0%} per processor (at least 40 %);"
        f" longest wait {_ms(max(together['times']))}",
    ]
    for clients, answer in clashes:
        worst = quantiles(answer["times"], n=100)[98]
        lines.append(
            f"{clients} clients of {len(dialects)} dialects ask for one place: p99 {_ms(worst)},"
            f" {worst / middle:.1f} x the {_ms(middle)} of one alone (at most 20); answers {_statuses(answer)}"
        )
    return lines, sound


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _statuses(answer: dict[str, Any]) -> str:
    return ", ".join(f"{count} x {status}" for status, count in sorted(answer["statuses"].items()))
