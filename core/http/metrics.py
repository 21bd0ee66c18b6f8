"""Counters for ``/metrics``. With several workers each keeps its own file and the page adds them up.

prometheus_client decides on its import how it counts, by ``PROMETHEUS_MULTIPROC_DIR``. So it is imported when a
worker builds the application, after ``core.serve`` has set that.
"""

import os
from functools import cache
from typing import Any

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
#: Methods that get a label of their own; anything a client makes up counts as "other".
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

_known: dict[tuple[str, str, int], tuple[Any, Any]] = {}


@cache
def prepare() -> tuple[Any, Any]:
    """The meters; made once, before requests come in on several threads."""
    from prometheus_client import Counter, Histogram

    return (
        Counter("frontdesk_requests", "Requests answered.", ["dialect", "method", "status"]),
        Histogram("frontdesk_request_seconds", "Time to answer a request.", ["dialect"], buckets=_BUCKETS),
    )


def count(dialect: str, method: str, status: int, seconds: float) -> None:
    """Count one request."""
    key = (dialect, method if method in _METHODS else "other", status)
    known = _known.get(key)
    if known is None:
        requests, durations = prepare()
        known = _known[key] = (requests.labels(key[0], key[1], str(status)), durations.labels(dialect))
    known[0].inc()
    known[1].observe(seconds)


def page() -> tuple[bytes, str]:
    """The text of ``/metrics`` and its content type."""
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess

    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST
