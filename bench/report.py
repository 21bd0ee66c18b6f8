"""The table."""

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from statistics import median

from bench.measure import Figures

_COLUMNS = (
    "request | dialect | to bare | budget | | to by-hand | budget | | CPU us | SQL | latency ratio | median ms | bytes"
)
_HEAD = f"| {_COLUMNS} |"
_RULE = "| --- | --- | ---: | ---: | --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |"


def table(
    runs: Sequence[list[Figures]],
    conditions: dict[str, str],
    bookings: int,
    statements: Mapping[tuple[str, str], int],
) -> str:
    """All rows as a Markdown table, below the conditions of the measurement: the median of the runs, and the spread.

    Args:
        statements: SQL statements of a request, by title and dialect.
    """
    everything = [figure for figures in runs for figure in figures]
    lines = [f"{name}: {value}" for name, value in conditions.items()]
    bare_cpu = median(value for figure in everything for value in figure.bare_cpu) * 1e6
    bare_latency = median(value for figure in everything for value in figure.bare_latency) * 1e3
    lines += [f"bare app: {bare_cpu:.0f} us of CPU and {bare_latency:.2f} ms per request", "", _HEAD]
    lines.append(_RULE)
    for of_row in zip(*runs, strict=True):
        row = of_row[0].row
        budget = row.budget[1 if bookings >= 1_000_000 else 0]
        if any(figure.failed or not figure.cpu for figure in of_row):
            lines.append(f"| {row.title} | {row.dialect} | - | {budget:g} | FAILED | | | | | | | | |")
            continue
        byhand = [figure.byhand_ratio for figure in of_row if figure.byhand_ratio is not None]
        cells = [
            *_cells([figure.ratio for figure in of_row], budget),
            *(_cells(byhand, row.byhand_budget) if byhand else ("", "", "")),
            _microseconds(of_row),
            f"{statements.get((row.title, row.dialect), '')}",
            f"{median(figure.latency_ratio for figure in of_row):.2f}",
            f"{median(value for figure in of_row for value in figure.latency) * 1e3:.2f}",
            f"{of_row[0].size:,}",
        ]
        lines.append(f"| {row.title} | {row.dialect} | {' | '.join(cells)} |")
    return "\n".join([*lines, *_keyed(runs)])


def _microseconds(of_row: Sequence[Figures]) -> str:
    """Of the workers, and of the database's own processes where it has any."""
    workers = median(value for figure in of_row for value in figure.cpu) * 1e6
    database = median([value for figure in of_row for value in figure.database_cpu] or [0.0]) * 1e6
    return f"{workers:.0f} + {database:.0f}" if database else f"{workers:.0f}"


def growth(sizes: Sequence[int], runs: Sequence[list[Figures]]) -> str:
    """The ratio to the bare app of each row at each size, and how much dearer it is than at the first."""
    lines = [f"| request | dialect | {' | '.join(f'{size:,}' for size in sizes)} | growth |"]
    lines.append(f"| --- | --- |{' ---: |' * (len(sizes) + 1)}")
    for of_row in zip(*runs, strict=True):
        row = of_row[0].row
        if any(figure.failed for figure in of_row):
            lines.append(f"| {row.title} | {row.dialect} |{' |' * len(sizes)} FAILED |")
            continue
        ratios = [figure.ratio for figure in of_row]
        more = max(ratios[1:], default=ratios[0]) / ratios[0]
        cells = " | ".join(f"{ratio:.2f}" for ratio in ratios)
        lines.append(f"| {row.title} | {row.dialect} | {cells} | {more:.2f}{' OVER' if more > 1.2 else ''} |")
    return "\n".join(lines)


def _cells(ratios: list[float], budget: float) -> tuple[str, str, str]:
    """The median with the lowest and highest run, the budget, and whether it is kept."""
    middle = median(ratios)
    spread = f" ({min(ratios):.2f} to {max(ratios):.2f})" if len(ratios) > 1 else ""
    return f"{middle:.2f}{spread}", f"{budget:g}", "" if middle <= budget else "OVER"


def _keyed(runs: Sequence[list[Figures]]) -> list[str]:
    """What an idempotency key adds to a create, by dialect."""
    added: dict[str, list[float]] = {}
    for figures in runs:
        plain = {figure.row.dialect: figure for figure in figures if figure.row.title == "create a booking"}
        for figure in figures:
            beside = plain.get(figure.row.dialect)
            if "Idempotency-Key" in figure.row.title and beside is not None and beside.cpu and figure.cpu:
                added.setdefault(figure.row.dialect, []).append(median(figure.cpu) / median(beside.cpu))
    told = ", ".join(f"{dialect} {median(ratios):.2f}" for dialect, ratios in added.items())
    return ["", f"a create with an Idempotency-Key to one without (at most 1.15): {told}"] if told else []


def python_build() -> str:
    """Which interpreter this is; how it was built makes up to two fifths of its speed, and not all of them tell."""
    return f"{os.path.realpath(sys.executable)}, {platform.python_compiler()}"


def size(memory: list[float], first_answer: float, bare_first: float) -> str:
    """Memory and start-up time, with their limits."""
    workers = ", ".join(f"{mebibytes:.0f}" for mebibytes in memory)
    return (
        f"\nresident memory per worker after load: {workers} MiB (110 allowed)\n"
        f"start of the process to its first answer: {first_answer:.2f} s (1.5 allowed), bare app {bare_first:.2f} s"
    )
