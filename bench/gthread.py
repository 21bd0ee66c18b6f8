"""The bare app under gunicorn's own threaded worker beside the same under ours: what the measure gains from it."""

from pathlib import Path
from statistics import median

from bench.measure import BARE
from bench.processes import Load, Running, free_port, serving

_TURNS, _COUNT = 5, 200


def measure(folder: Path, bare: Running, load: Load, *, workers: int) -> list[str]:
    """Lines to print: microseconds of processor time per request under each of the two."""
    port = free_port()
    options = ["--workers", str(workers), "--worker-class", "gthread", "--threads", "4", "--no-control-socket"]
    command = ["gunicorn", "bench.bare:make_app()", "--bind", f"127.0.0.1:{port}", *options]
    with serving(command, port=port, folder=folder, path="/thing", workers=workers) as theirs:
        costs: dict[int, list[float]] = {bare.port: [], port: []}
        load.run(BARE, port, 300)
        for _ in range(_TURNS):
            for running in (bare, theirs):
                before = running.cpu()
                load.run(BARE, running.port, _COUNT)
                costs[running.port].append((running.cpu() - before) / _COUNT * 1e6)
    ours, stock = median(costs[bare.port]), median(costs[port])
    return [f"the bare app costs {ours:.0f} us under our worker, {stock:.0f} us under gunicorn's own threads (gthread)"]
