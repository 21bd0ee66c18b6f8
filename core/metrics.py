"""What the server counts for ``/metrics``. With several workers each keeps its own file and the page adds them up.

prometheus_client decides on its import how it counts, by ``PROMETHEUS_MULTIPROC_DIR``. So it is imported when a
worker builds the application, after ``core.gunicorn_engine`` has set that. Before ``prepare`` nothing is counted.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

#: The environment variable that names the folder of those files.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
#: Methods that get a label of their own; anything a client makes up counts as "other".
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
#: Waits shorter than this are no waits.
SHORTEST_WAIT = 0.001

#: ``{name: (help, labels)}``
_COUNTERS = {
    "bookings": ("Bookings made, by the dialect they came through.", ["dialect"]),
    "bookings_refused": ("Tries to book that were refused, by dialect and reason.", ["dialect", "reason"]),
    "limits_refused": ("Calls refused by a rate limit, by dialect and window.", ["dialect", "window"]),
    "storage_errors": ("Requests that failed for trouble of the datastore, by reason.", ["reason"]),
    "workers_restarted": ("Worker processes that ended and were replaced.", []),
}
_HISTOGRAMS = {
    "request_seconds": ("Time to answer a request.", ["dialect"]),
    "lock_wait_seconds": ("Time that writers waited for their turn.", []),
}

Gauges = Callable[[], Mapping[str, float]]

_meters: dict[str, Any] = {}
_requests: dict[tuple[str, str, int], tuple[Any, Any]] = {}


def prepare() -> None:
    """Make the meters, before requests come in on several threads; a second call does nothing."""
    if _meters:
        return
    from prometheus_client import Counter, Histogram

    made: dict[str, Any] = {
        "requests": Counter("frontdesk_requests", "Requests answered.", ["dialect", "method", "status"])
    }
    for name, (text, labels) in _COUNTERS.items():
        made[name] = Counter(f"frontdesk_{name}", text, labels)
    for name, (text, labels) in _HISTOGRAMS.items():
        made[name] = Histogram(f"frontdesk_{name}", text, labels, buckets=_BUCKETS)
    _meters.update(made)


def count_request(dialect: str, method: str, status: int, seconds: float) -> None:
    """Count one request."""
    key = (dialect, method if method in _METHODS else "other", status)
    pair = _requests.get(key)
    if pair is None:
        prepare()
        requests = _meters["requests"].labels(key[0], key[1], str(status))
        pair = _requests[key] = (requests, _meters["request_seconds"].labels(dialect))
    pair[0].inc()
    pair[1].observe(seconds)


def increment(name: str, *labels: str) -> None:
    """Add one to a counter of ``_COUNTERS``."""
    if _meters:
        _child(name, labels).inc()


def observe_writer_wait(seconds: float) -> None:
    """A writer had to wait for its turn, for longer than ``SHORTEST_WAIT``."""
    if _meters:
        _meters["lock_wait_seconds"].observe(seconds)


@lru_cache(maxsize=1024)
def _child(name: str, labels: tuple[str, ...]) -> Any:
    return _meters[name].labels(*labels) if labels else _meters[name]


def render_metrics(
    plugins: Iterable[tuple[str, str]] = (), gauges: Mapping[str, Gauges] | None = None
) -> tuple[bytes, str]:
    """The text of ``/metrics`` and its content type.

    Args:
        plugins: Name and version of every plugin that runs.
        gauges: What is asked anew for every page: ``{metric: function}``, each giving values by label ``name``.
    """
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess

    registry: Any = REGISTRY
    if os.environ.get(FOLDER):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    now = CollectorRegistry()
    now.register(_Present(plugins, gauges or {}))
    return generate_latest(registry) + generate_latest(now), CONTENT_TYPE_LATEST


class _Present:
    """What is asked anew for every page.

    Not as gauges: with several workers those would be kept in this worker's file too, and be on the page twice.
    """

    def __init__(self, plugins: Iterable[tuple[str, str]], gauges: Mapping[str, Gauges]) -> None:
        self._plugins = plugins
        self._gauges = gauges

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily

        build = GaugeMetricFamily("frontdesk_build_info", "The version that runs.", labels=["version", "python"])
        build.add_metric([program_version(), ".".join(map(str, sys.version_info[:3]))], 1)
        yield build
        running = GaugeMetricFamily("frontdesk_plugin_info", "The plugins that run.", labels=["plugin", "version"])
        for name, number in self._plugins:
            running.add_metric([name, number], 1)
        yield running
        for metric, ask in self._gauges.items():
            gauge = GaugeMetricFamily(f"frontdesk_{metric}", "As of now.", labels=["name"])
            for name, value in ask().items():
                gauge.add_metric([name], value)
            yield gauge


def program_version() -> str:
    """The version of the installed package."""
    try:
        return version("frontdesk")
    except PackageNotFoundError:
        return "unknown"
