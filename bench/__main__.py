"""``make bench``: generates the data, serves it and the bare app, queries both in turn, prints one table.

Settings from the environment: ``BENCH_ROWS`` (10000), ``BENCH_TURNS`` (5), ``BENCH_WORKERS`` (2), ``BENCH_DURABILITY``
(full), ``BENCH_ONLY`` (part of a title or dialect), ``BENCH_FOLDER`` (kept, and reused if it exists).
"""

import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from bench import crowd, report
from bench.data import NOW
from bench.measure import Figures, measure
from bench.processes import ROOT, Load, free_port, serving
from bench.setup import dialects_here, reopen, write_config


def main() -> int:
    rows = int(os.environ.get("BENCH_ROWS", "10000"))
    turns = int(os.environ.get("BENCH_TURNS", "5"))
    workers = int(os.environ.get("BENCH_WORKERS", "2"))
    durability = os.environ.get("BENCH_DURABILITY", "full")
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as temporary:
        folder = Path(os.environ.get("BENCH_FOLDER") or temporary).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        dialects = dialects_here()
        config = write_config(folder, dialects, durability)
        started = time.perf_counter()
        # In a separate process, so that its memory does not count here.
        business_file = folder / "business.json"
        if not business_file.exists():
            setup = subprocess.run([sys.executable, "-m", "bench.setup", str(folder), str(rows)], cwd=ROOT, check=False)
            if setup.returncode:
                return setup.returncode
        print(f"store ready after {time.perf_counter() - started:.1f} s", file=sys.stderr)
        port, bare_port = free_port(), free_port()
        bare_command = ["bench.bare", str(config), str(bare_port), str(workers)]
        command = ["core.cli", "--config", str(config), "serve", "--bind", f"127.0.0.1:{port}"]
        command += ["--workers", str(workers)]
        with (
            serving(bare_command, port=bare_port, folder=folder, path="/thing", workers=workers) as bare,
            serving(command, port=port, folder=folder, path="/healthz", workers=workers) as server,
            Load() as load,
        ):
            business, clients = reopen(folder, port)
            figures: list[Figures] = measure(
                business, clients, server, bare, load, turns=turns, only=os.environ.get("BENCH_ONLY", "")
            )
            crowded, sound = crowd.measure(business, clients, server, load)
            memory = server.memory()
            first_answer, bare_first = server.first_answer, bare.first_answer
        doctor = subprocess.run(
            [sys.executable, "-m", "core.cli", "--config", str(config), "doctor", "--json"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    conditions = _conditions(business.rows, workers, durability)
    print(report.table(figures, conditions, business.rows))
    print("\n".join(crowded))
    print(report.size(memory, first_answer, bare_first))
    clean = doctor.returncode == 0
    print(f"doctor: {'clean' if clean else doctor.stdout[-2000:] + doctor.stderr[-2000:]}")
    return 0 if clean and sound and all(not row_figures.failed for row_figures in figures) else 1


def _conditions(rows: int, workers: int, durability: str) -> dict[str, str]:
    """The conditions of the measurement, printed above the table."""
    return {
        "rows in the store": f"{rows:,} bookings",
        "database": f"SQLite {sqlite3.sqlite_version}, durability {durability}",
        "workers": f"{workers} (and {os.cpu_count()} processors)",
        "versions": ", ".join(
            [f"Python {platform.python_version()}"]
            + [f"{name} {version(name)}" for name in ("falcon", "gunicorn", "peewee", "msgspec")]
        ),
        "clock of the store": NOW.isoformat(),
    }


if __name__ == "__main__":
    sys.exit(main())
