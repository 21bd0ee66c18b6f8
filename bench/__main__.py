"""``make bench``: makes the data, serves it beside the bare and the by-hand app, queries all in turn, prints a table.

    make bench BENCH="--runs 5"     # five whole runs on fresh copies of the store: medians and spread

Settings from the environment: ``BENCH_ROWS`` (10000), ``BENCH_TURNS`` (5), ``BENCH_WORKERS`` (2), ``BENCH_DURABILITY``
(full), ``BENCH_ONLY`` (part of a title or dialect), ``BENCH_FOLDER`` (kept, and reused if it exists).
"""

import argparse
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench import connections, crowd, hooks, report
from bench.data import NOW
from bench.measure import Figures, measure
from bench.processes import ROOT, Load, free_port, serving
from bench.setup import dialects_here, reopen, write_config


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment and the command line say."""

    rows: int
    turns: int
    workers: int
    durability: str
    only: str
    runs: int


@dataclass(frozen=True, slots=True)
class Run:
    """One whole run: the figures of the table, lines to print below it, and whether every answer was sound."""

    figures: list[Figures]
    lines: list[str]
    sound: bool
    bookings: int


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--runs", type=int, default=1, help="whole runs, of which the medians are printed")
    settings = Settings(
        rows=int(os.environ.get("BENCH_ROWS", "10000")),
        turns=int(os.environ.get("BENCH_TURNS", "5")),
        workers=int(os.environ.get("BENCH_WORKERS", "2")),
        durability=os.environ.get("BENCH_DURABILITY", "full"),
        only=os.environ.get("BENCH_ONLY", ""),
        runs=max(1, parser.parse_args().runs),
    )
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as temporary:
        made = Path(os.environ.get("BENCH_FOLDER") or f"{temporary}/made").resolve()
        started = time.perf_counter()
        failed = _make_store(made, settings)
        if failed:
            return failed
        print(f"store ready after {time.perf_counter() - started:.1f} s", file=sys.stderr)
        runs = []
        for number in range(settings.runs):
            # Every run begins with the same store.
            folder = Path(temporary) / f"run-{number}"
            shutil.copytree(made, folder)
            runs.append(_run(folder, settings))
            shutil.rmtree(folder)
            print(f"run {number + 1} of {settings.runs} done", file=sys.stderr)
    print(report.table([run.figures for run in runs], _conditions(runs[0].bookings, settings), runs[0].bookings))
    # Of the crowds, the middle of a run is printed; of several runs the last one's.
    print("\n".join(runs[-1].lines))
    failed_rows = any(row_figures.failed for run in runs for row_figures in run.figures)
    return 0 if all(run.sound for run in runs) and not failed_rows else 1


def _make_store(folder: Path, settings: Settings) -> int:
    """Fill the folder, unless it is filled; in separate processes, so that their memory does not count here."""
    if (folder / "business.json").exists():
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder, dialects_here(), settings.durability)
    command = [sys.executable, "-m", "bench.setup", str(folder), str(settings.rows)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _run(folder: Path, settings: Settings) -> Run:
    config = write_config(folder, dialects_here(), settings.durability)
    port, bare_port, byhand_port = free_port(), free_port(), free_port()
    workers = settings.workers
    command = ["core.cli", "--config", str(config), "serve", "--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
    bare_command = ["bench.bare", str(config), str(bare_port), str(workers)]
    byhand_command = ["bench.byhand", str(config), str(byhand_port), str(workers)]
    with (
        serving(bare_command, port=bare_port, folder=folder, path="/thing", workers=workers) as bare,
        serving(byhand_command, port=byhand_port, folder=folder, path="/", workers=workers) as byhand,
        serving(command, port=port, folder=folder, path="/healthz", workers=workers) as server,
        Load() as load,
    ):
        business, clients = reopen(folder, port)
        figures = measure(business, clients, server, bare, byhand, load, turns=settings.turns, only=settings.only)
        lines, sound = crowd.measure(business, clients, server, load)
        memory = server.memory()
        lines += connections.measure(business, clients, server, load)
        lines += hooks.measure(config, business, clients, server, load, workers=workers)
        lines.append(report.size(memory, server.first_answer, bare.first_answer))
    doctor = subprocess.run(
        [sys.executable, "-m", "core.cli", "--config", str(config), "doctor", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    clean = doctor.returncode == 0
    lines.append(f"doctor: {'clean' if clean else doctor.stdout[-2000:] + doctor.stderr[-2000:]}")
    return Run(figures, lines, sound and clean, business.rows)


def _conditions(rows: int, settings: Settings) -> dict[str, str]:
    """The conditions of the measurement, printed above the table."""
    return {
        "rows in the store": f"{rows:,} bookings",
        "database": f"SQLite {sqlite3.sqlite_version}, durability {settings.durability}",
        "workers": f"{settings.workers} (and {os.cpu_count()} processors)",
        "runs": f"{settings.runs}, {settings.turns} turns each",
        "versions": ", ".join(
            [f"Python {platform.python_version()} ({report.python_build()})"]
            + [f"{name} {version(name)}" for name in ("falcon", "gunicorn", "peewee", "msgspec")]
        ),
        "clock of the store": NOW.isoformat(),
    }


if __name__ == "__main__":
    sys.exit(main())
