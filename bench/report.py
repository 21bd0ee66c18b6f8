"""The table."""

from statistics import median

from bench.measure import Figures

_HEAD = "| request | dialect | CPU ratio | budget | | CPU us | latency ratio | median ms | bytes |"


def table(figures: list[Figures], conditions: dict[str, str], bookings: int) -> str:
    """All rows as a Markdown table, below the conditions of the measurement."""
    lines = [f"{name}: {value}" for name, value in conditions.items()]
    bare_cpu = median(value for figure in figures for value in figure.bare_cpu) * 1e6
    bare_latency = median(value for figure in figures for value in figure.bare_latency) * 1e3
    lines += [f"bare app: {bare_cpu:.0f} us of CPU and {bare_latency:.2f} ms per request", "", _HEAD]
    lines.append("| --- | --- | ---: | ---: | --- | ---: | ---: | ---: | ---: |")
    for figure in figures:
        row = figure.row
        budget = row.budget[1 if bookings >= 1_000_000 else 0]
        if figure.failed or not figure.cpu:
            lines.append(f"| {row.title} | {row.dialect} | - | {budget:g} | FAILED | | | | |")
            continue
        lines.append(
            f"| {row.title} | {row.dialect} | {figure.ratio:.2f} | {budget:g}"
            f" | {'' if figure.ratio <= budget else 'OVER'} | {median(figure.cpu) * 1e6:.0f}"
            f" | {figure.latency_ratio:.2f} | {median(figure.latency) * 1e3:.2f} | {figure.size:,} |"
        )
    return "\n".join(lines)


def size(memory: list[float], first_answer: float, bare_first: float) -> str:
    """Memory and start-up time, with their limits."""
    workers = ", ".join(f"{mebibytes:.0f}" for mebibytes in memory)
    return (
        f"\nresident memory per worker after load: {workers} MiB (110 allowed)\n"
        f"start of the process to its first answer: {first_answer:.2f} s (1.5 allowed), bare app {bare_first:.2f} s"
    )
