"""Counters for ``/metrics``. With several workers each keeps its own file and the page adds them up.

``core.serve`` sets ``PROMETHEUS_MULTIPROC_DIR`` before this module is imported.
"""

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

REQUESTS = Counter("frontdesk_requests", "Requests answered.", ["dialect", "method", "status"])
SECONDS = Histogram(
    "frontdesk_request_seconds",
    "Time to answer a request.",
    ["dialect"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0),
)

_children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
#: Methods that get a label of their own; anything a client makes up counts as "other".
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


def count(dialect: str, method: str, status: int, seconds: float) -> None:
    """Count one request."""
    key = (dialect, method if method in _METHODS else "other", status)
    known = _children.get(key)
    if known is None:
        known = _children[key] = (REQUESTS.labels(key[0], key[1], str(status)), SECONDS.labels(dialect))
    known[0].inc()
    known[1].observe(seconds)


def page() -> tuple[bytes, str]:
    """The text of ``/metrics`` and its content type."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST
