"""``python -m bench.sandbox``: how long a sandbox takes to start, to reset, and to run thirty tests of a client.

Prints medians of several runs with their spread, in milliseconds; budgets are in brackets.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from frontdesk_sandbox import process

_ROOT = Path(__file__).parent.parent
_CLIENT = _ROOT / "examples" / "client_tests"
_PYTEST = [
    sys.executable,
    "-m",
    "pytest",
    "-q",
    "-p",
    "pytest_frontdesk",
    "-p",
    "xdist.plugin",
    "-p",
    "no:cacheprovider",
]


def main() -> None:
    _tell("start to first answer", "< 1000", [_start() for _ in range(7)])
    child = process.launch()
    sandbox = process.connect(child)
    try:
        _tell("reset", "< 20", [_time(sandbox.reset) for _ in range(21)])
        _tell("keep a snapshot", "< 20", [_time(lambda: sandbox.keep("quick")) for _ in range(21)])
        _tell("return to it", "< 20", [_time(lambda: sandbox.return_to("quick")) for _ in range(21)])
    finally:
        process.end(child)
    _tell("30 tests of a client", "< 5000", [_time(_run_tests) for _ in range(3)])
    _tell("the same in two processes", "< 5000", [_time(lambda: _run_tests("-n", "2")) for _ in range(3)])


def _start() -> float:
    began = time.perf_counter()
    child = process.launch(now="2026-03-02T10:00:00Z")
    process.connect(child).reset()
    seconds = time.perf_counter() - began
    process.end(child)
    return seconds


def _run_tests(*words: str) -> None:
    path = os.pathsep.join([str(_CLIENT), str(_ROOT)])
    environment = {**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    subprocess.run([*_PYTEST, *words], cwd=_CLIENT, env=environment, check=True, capture_output=True)


def _time(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _tell(what: str, budget: str, seconds: list[float]) -> None:
    times = sorted(1000 * each for each in seconds)
    print(f"{what:28} {statistics.median(times):8.1f} ms ({times[0]:.1f} to {times[-1]:.1f}) [{budget}]")


if __name__ == "__main__":
    main()
