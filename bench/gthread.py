"""The bare app under gunicorn's own threaded worker beside the same under ours: what the measure gains from it."""

from pathlib import Path
from statistics import median

from bench.measure import BARE, costs_in_turn
from bench.processes import Load, Running, free_port, serving

_TURNS, _COUNT = 5, 200


def measure(folder: Path, bare: Running, load: Load, *, workers: int) -> list[str]:
    """Lines to print: microseconds of processor time per request under each of the two."""
    port = free_port()
    options = ["--workers", str(workers), "--worker-class", "gthread", "--threads", "4", "--no-control-socket"]
    command = ["gunicorn", "bench.bare:make_app()", "--bind", f"127.0.0.1:{port}", *options]
    with serving(command, port=port, folder=folder, path="/thing", workers=workers) as theirs:
        costs = costs_in_turn(BARE, (bare, theirs), load, turns=_TURNS, count=_COUNT)
    ours, stock = (median(of_server) * 1e6 for of_server in costs)
    return [f"the bare app costs {ours:.0f} us under our worker, {stock:.0f} us under gunicorn's own threads (gthread)"]
