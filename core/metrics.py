"""What the server counts for ``/metrics``. With several workers each keeps its own file and the page adds them up.

prometheus_client chooses its storage when it is imported, by ``PROMETHEUS_MULTIPROC_DIR``. It is therefore imported
when a worker builds the application, after ``core.gunicorn_engine`` has set the variable. Nothing is counted before
``create_meters`` has run.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

#: The environment variable that names the folder of those files.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
#: Methods with a label of their own; all others count as "other".
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
#: Shorter waits are not counted.
MIN_WAIT_SECONDS = 0.001

#: ``{name: (help, labels)}``
_COUNTERS = {
    "bookings": ("Bookings made, by the dialect they came through.", ["dialect"]),
    "bookings_refused": ("Tries to book that were refused, by dialect and reason.", ["dialect", "reason"]),
    "limits_refused": ("Calls refused by a rate limit, by dialect and window.", ["dialect", "window"]),
    "storage_errors": ("Requests that failed for trouble of the datastore, by reason.", ["reason"]),
    "workers_restarted": ("Worker processes that ended and were replaced.", []),
    "route_requests": ("Requests answered, by route and status.", ["dialect", "template", "status"]),
    "route_seconds": ("Time that requests to a route took together.", ["dialect", "template"]),
}
_HISTOGRAMS = {
    "request_seconds": ("Time to answer a request.", ["dialect"]),
    "lock_wait_seconds": ("Time that writers waited for their turn.", []),
    "hook_seconds": ("Time that a plugin's implementation of a hook took.", ["plugin", "hook"]),
}

#: Seconds between two transfers of the counts by route.
TRANSFER_SECONDS = 1.0
#: The most routes and statuses that are counted apart; plugins may answer with any status.
_MAX_ROUTES = 4_000

GaugeValues = Callable[[], Mapping[str, float]]

_meters: dict[str, Any] = {}
_request_meters: dict[tuple[str, str, int], tuple[Any, Any]] = {}
#: Requests and seconds by dialect, template and status, and how much of both the counters have. They would cost each
#: request two microseconds more, so they get the sums once in a while.
_routes: dict[tuple[str, str | None, int], list[float]] = {}
_transferred: dict[tuple[str, str | None, int], tuple[float, float]] = {}
_transfer_lock = threading.Lock()
_transfer_thread: threading.Thread | None = None


def create_meters() -> None:
    """Create the meters, before requests arrive on several threads; a second call does nothing."""
    if _meters:
        return
    from prometheus_client import Counter, Histogram

    meters: dict[str, Any] = {
        "requests": Counter("frontdesk_requests", "Requests answered.", ["dialect", "method", "status"])
    }
    for name, (text, labels) in _COUNTERS.items():
        meters[name] = Counter(f"frontdesk_{name}", text, labels)
    for name, (text, labels) in _HISTOGRAMS.items():
        meters[name] = Histogram(f"frontdesk_{name}", text, labels, buckets=_BUCKETS)
    _meters.update(meters)


def count_request(dialect: str, method: str, status: int, seconds: float, template: str | None = None) -> None:
    """Count one request; ``template`` is that of its route, None without one."""
    route = (dialect, template, status)
    sums = _routes.get(route)
    if sums is None:
        sums = _sums_of(route)
    sums[0] += 1
    sums[1] += seconds
    key = (dialect, method if method in _METHODS else "other", status)
    pair = _request_meters.get(key)
    if pair is None:
        create_meters()
        requests = _meters["requests"].labels(key[0], key[1], str(status))
        pair = _request_meters[key] = (requests, _meters["request_seconds"].labels(dialect))
    pair[0].inc()
    pair[1].observe(seconds)


def _sums_of(route: tuple[str, str | None, int]) -> list[float]:
    """The sums of a route that is counted for the first time."""
    global _transfer_thread
    if len(_routes) >= _MAX_ROUTES:
        route = (route[0], None, 0)
    # Several processes share a page of metrics, so each transfers what it has; a single one does so for the page.
    if _transfer_thread is None and os.environ.get(FOLDER_VARIABLE):
        _transfer_thread = threading.Thread(target=_keep_transferring, name="metrics", daemon=True)
        _transfer_thread.start()
    return _routes.setdefault(route, [0, 0.0])


def _keep_transferring() -> None:
    while True:
        time.sleep(TRANSFER_SECONDS)
        transfer_routes()


def transfer_routes() -> None:
    """Add what was counted by route since the last call to the counters."""
    create_meters()
    with _transfer_lock:
        for route, (requests, seconds) in list(_routes.items()):
            requests_before, seconds_before = _transferred.get(route, (0, 0.0))
            if requests == requests_before:
                continue
            labels = (route[0], route[1] or "")
            _labelled("route_requests", (*labels, str(route[2]))).inc(requests - requests_before)
            _labelled("route_seconds", labels).inc(max(0.0, seconds - seconds_before))
            _transferred[route] = (requests, seconds)


def _after_fork() -> None:
    """A child process has no thread, and counts from nothing: what it inherits is its parent's."""
    global _transfer_thread, _transfer_lock
    _transfer_thread, _transfer_lock = None, threading.Lock()
    _routes.clear()
    _transferred.clear()


os.register_at_fork(after_in_child=_after_fork)


def counter_totals() -> dict[tuple[str, tuple[str, ...]], float]:
    """The counters of all processes of this host, by name and values of their labels, as they are now.

    Names are those of ``_COUNTERS`` and "requests"; labels are in the order of their declaration.
    """
    create_meters()
    transfer_routes()
    declared = {
        "requests": ["dialect", "method", "status"],
        **{name: labels for name, (_, labels) in _COUNTERS.items()},
    }
    totals: dict[tuple[str, tuple[str, ...]], float] = {}
    for family in _registry().collect():
        name = family.name.removeprefix("frontdesk_")
        labels = declared.get(name)
        if labels is None or family.type != "counter":
            continue
        for sample in family.samples:
            if sample.name.endswith("_total"):
                key = name, tuple(sample.labels.get(label, "") for label in labels)
                totals[key] = totals.get(key, 0.0) + sample.value
    return totals


def _registry() -> Any:
    """What holds the meters: of all processes, where several share a folder."""
    from prometheus_client import REGISTRY, CollectorRegistry, multiprocess

    if not os.environ.get(FOLDER_VARIABLE):
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return registry


def increment(name: str, *labels: str) -> None:
    """Add one to a counter of ``_COUNTERS``."""
    if _meters:
        _labelled(name, labels).inc()


def observe_writer_wait(seconds: float) -> None:
    """Record that a writer waited for its turn for longer than ``MIN_WAIT_SECONDS``."""
    if _meters:
        _meters["lock_wait_seconds"].observe(seconds)


def observe_hook(plugin: str, hook: str, seconds: float) -> None:
    """Record how long a plugin's implementation of a hook took."""
    if _meters:
        _labelled("hook_seconds", (plugin, hook)).observe(seconds)


@lru_cache(maxsize=4096)
def _labelled(name: str, labels: tuple[str, ...]) -> Any:
    return _meters[name].labels(*labels) if labels else _meters[name]


def render_metrics(
    plugins: Iterable[tuple[str, str]] = (), gauges: Mapping[str, GaugeValues] | None = None
) -> tuple[bytes, str]:
    """The text of ``/metrics`` and its content type.

    Args:
        plugins: Name and version of every plugin that runs.
        gauges: ``{metric: function}``, called for every page; each returns values by label ``name``.
    """
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

    transfer_routes()
    registry = _registry()
    now = CollectorRegistry()
    now.register(_CurrentValues(plugins, gauges or {}))
    return generate_latest(registry) + generate_latest(now), CONTENT_TYPE_LATEST


class _CurrentValues:
    """Values that are read for each page.

    They are not gauges: with several workers, a gauge would be stored in this worker's file too and appear twice.
    """

    def __init__(self, plugins: Iterable[tuple[str, str]], gauges: Mapping[str, GaugeValues]) -> None:
        self._plugins = plugins
        self._gauges = gauges

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily

        build = GaugeMetricFamily("frontdesk_build_info", "The version that runs.", labels=["version", "python"])
        build.add_metric([program_version(), ".".join(map(str, sys.version_info[:3]))], 1)
        yield build
        running = GaugeMetricFamily("frontdesk_plugin_info", "The plugins that run.", labels=["plugin", "version"])
        for name, plugin_version in self._plugins:
            running.add_metric([name, plugin_version], 1)
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
