"""What a request costs under ``[server] engine = "granian"`` beside the same one under gunicorn, on one store."""

from pathlib import Path
from statistics import median

from bench.data import Business
from bench.processes import Load, Running, free_port, serving
from bench.requests import Row, rows
from frontdesk.testing.built_in import BuiltIn

_TURNS = 5
TITLES = (
    "read one booking",
    "list of 10, newest first",
    "list by service and status",
    "slots of a month, hour grid",
    "price of one booking",
    "refuse for lack of room",
)


def measure(
    config: Path, business: Business, clients: dict[str, BuiltIn], server: Running, load: Load, *, workers: int
) -> list[str]:
    """Lines to print: the CPU under granian relative to that under gunicorn, by row and dialect."""
    beside = config.parent / "granian.toml"
    beside.write_text(config.read_text().replace("[server]\n", '[server]\nengine = "granian"\n', 1))
    port = free_port()
    command = ["core.cli", "--config", str(beside), "serve", "--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
    ratios: dict[str, list[str]] = {}
    with serving(command, port=port, folder=config.parent, path="/healthz", workers=workers) as granian:
        for row in rows(business, clients):
            if row.title in TITLES:
                ratios.setdefault(row.title, []).append(f"{row.dialect} {_ratio(row, server, granian, load):.2f}")
    return ["", "a request under granian to one under gunicorn (at most 0.6):"] + [
        f"  {title}: {', '.join(of_dialects)}" for title, of_dialects in ratios.items()
    ]


def _ratio(row: Row, server: Running, granian: Running, load: Load) -> float:
    name = f"granian {row.title} {row.dialect}"
    load.keep(name, row.requests)
    both = (server, granian)
    for running in both:
        load.run(name, running.port, 16, 4)
    turns = []
    for _ in range(_TURNS):
        costs = []
        for running in both:
            before = running.cpu()
            load.run(name, running.port, row.count)
            costs.append(running.cpu() - before)
        turns.append(costs[1] / costs[0])
    return median(turns)
