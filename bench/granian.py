"""What a request costs under ``[server] engine = "granian"`` beside the same one under gunicorn, on one store."""

from pathlib import Path

from bench.data import Business
from bench.measure import cpu_ratio
from bench.processes import Load, Running, free_port, serving
from bench.requests import rows
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
                name = f"granian {row.title} {row.dialect}"
                load.keep(name, row.requests)
                ratio = cpu_ratio(name, server, granian, load, turns=_TURNS, count=row.count)
                ratios.setdefault(row.title, []).append(f"{row.dialect} {ratio:.2f}")
    return ["", "a request under granian to one under gunicorn (at most 0.6):"] + [
        f"  {title}: {', '.join(of_dialects)}" for title, of_dialects in ratios.items()
    ]
