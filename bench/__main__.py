"""``make bench``: makes the data, serves it beside the bare and the by-hand app, queries all in turn, prints a table.

    make bench BENCH="--runs 5"                 # five whole runs on fresh copies of the store: medians and spread
    make bench BENCH="--growth 10000,1000000"   # one dialect's rows at each size, and what grows

Settings from the environment: ``BENCH_ROWS`` (10000), ``BENCH_TURNS`` (5), ``BENCH_WORKERS`` (2), ``BENCH_DURABILITY``
(full), ``BENCH_DATABASE`` (sqlite or postgres), ``BENCH_ONLY`` (part of a title or dialect), ``BENCH_FOLDER`` (kept
with its SQLite store, or one for each size, and reused if it exists).
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from bench import connections, crowd, granian, gthread, hooks, report
from bench.data import NOW
from bench.databases import Stores, open_stores
from bench.measure import Figures, Servers, measure
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
    stores: Stores


#: Whose rows are measured at several sizes.
_GROWING = "wc_bookings"


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
    parser.add_argument("--growth", metavar="ROWS,ROWS", help=f"only the rows of {_GROWING}, at each of these sizes")
    arguments = parser.parse_args()
    settings = Settings(
        rows=int(os.environ.get("BENCH_ROWS", "10000")),
        turns=int(os.environ.get("BENCH_TURNS", "5")),
        workers=int(os.environ.get("BENCH_WORKERS", "2")),
        durability=os.environ.get("BENCH_DURABILITY", "full"),
        only=os.environ.get("BENCH_ONLY", ""),
        runs=max(1, arguments.runs),
        stores=open_stores(os.environ.get("BENCH_DATABASE", "sqlite")),
    )
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as temporary:
        folder = Path(temporary)
        if arguments.growth:
            return _measure_growth(folder, [int(size) for size in arguments.growth.split(",")], settings)
        made = Path(os.environ.get("BENCH_FOLDER") or f"{temporary}/made").resolve()
        _make_store(made, settings)
        statements = _count_statements(made, folder / "statements", settings)
        runs = []
        for number in range(settings.runs):
            runs.append(_run(made, folder / f"run-{number}", settings))
            print(f"run {number + 1} of {settings.runs} done", file=sys.stderr)
    conditions = _conditions(runs[0].bookings, settings)
    print(report.table([run.figures for run in runs], conditions, runs[0].bookings, statements))
    # Of the crowds, the middle of a run is printed; of several runs the last one's.
    print("\n".join(runs[-1].lines))
    return 0 if all(run.sound for run in runs) else 1


def _measure_growth(folder: Path, sizes: list[int], settings: Settings) -> int:
    """Print what one dialect's rows cost at each size."""
    runs = []
    for size in sizes:
        made = Path(os.environ.get("BENCH_FOLDER") or folder).resolve() / str(size)
        settings = replace(settings, rows=size, only=settings.only or _GROWING)
        _make_store(made, settings)
        runs.append(_run(made, folder / "run", settings, rows_alone=True))
        if made.parent == folder:
            shutil.rmtree(made)
        print(f"{size:,} bookings done", file=sys.stderr)
    print(report.growth([run.bookings for run in runs], [run.figures for run in runs]))
    return 0 if all(run.sound for run in runs) else 1


def _make_store(folder: Path, settings: Settings) -> None:
    """Fill the folder, unless it is filled; in a process of its own, so that its memory does not count here."""
    if (folder / "business.json").exists():
        return
    started = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder, dialects_here(), settings.durability, settings.stores.url(folder))
    subprocess.run([sys.executable, "-m", "bench.setup", str(folder), str(settings.rows)], cwd=ROOT, check=True)
    print(f"store ready after {time.perf_counter() - started:.1f} s", file=sys.stderr)


def _copy_store(made: Path, folder: Path, settings: Settings) -> Path:
    """A fresh copy of the store; returns its configuration."""
    return write_config(folder, dialects_here(), settings.durability, settings.stores.copy(made, folder))


def _count_statements(made: Path, folder: Path, settings: Settings) -> dict[tuple[str, str], int]:
    """SQL statements by row and dialect, counted on a copy of the store."""
    config = _copy_store(made, folder, settings)
    command = [sys.executable, "-m", "bench.statements", str(config)]
    counted = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    shutil.rmtree(folder)
    return {(title, dialect): count for title, dialect, count in json.loads(counted.splitlines()[-1])}


def _run(made: Path, folder: Path, settings: Settings, *, rows_alone: bool = False) -> Run:
    """One run on a copy of the store.

    Args:
        rows_alone: Only the rows of the table, without crowds, connections, hooks, the other engine and the doctor.
    """
    config = _copy_store(made, folder, settings)
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
        servers = Servers(server, bare, byhand, settings.stores.cpu)
        figures = measure(business, clients, servers, load, turns=settings.turns, only=settings.only)
        sound = not any(row_figures.failed for row_figures in figures)
        lines: list[str] = []
        if not rows_alone:
            lines, answered_well = crowd.measure(business, clients, server, load)
            sound = sound and answered_well
            memory = server.memory()
            lines += connections.measure(business, clients, server, load)
            lines += hooks.measure(config, business, clients, server, load, workers=workers)
            lines += gthread.measure(folder, bare, load, workers=workers)
            lines += granian.measure(config, business, clients, server, load, workers=workers)
            lines.append(report.size(memory, server.first_answer, bare.first_answer))
    if not rows_alone:
        doctor = _examine(config)
        lines.append(f"doctor: {doctor or 'clean'}")
        sound = sound and not doctor
    shutil.rmtree(folder)
    return Run(figures, lines, sound, business.rows)


def _examine(config: Path) -> str:
    """What the doctor finds in the store afterwards; empty for nothing."""
    command = [sys.executable, "-m", "core.cli", "--config", str(config), "doctor", "--json"]
    doctor = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return doctor.stdout[-2000:] + doctor.stderr[-2000:] if doctor.returncode else ""


def _conditions(rows: int, settings: Settings) -> dict[str, str]:
    """The conditions of the measurement, printed above the table."""
    return {
        "rows in the store": f"{rows:,} bookings",
        "database": f"{settings.stores.label}, durability {settings.durability}",
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
