"""Liveness, readiness and metrics, for operators and their tools."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

import falcon

from core import metrics
from core.db import close_database, ensure_connection
from core.engines import problem_sentence, storage_problem
from core.http.responses import send_json
from core.logs import get_logger
from core.migrate import Owner, pending_migrations
from core.services import store_probe

log = get_logger("frontdesk.health")

#: Seconds that a good result about migrations is cached; a check costs a few queries per owner.
MIGRATIONS_TTL = 30.0
#: Seconds that the whole answer is cached.
ANSWER_TTL = 1.0
#: A check that takes longer has failed; it continues in its own thread, once and not per caller.
MAX_CHECK_SECONDS = 3.0


class HealthResource:
    """``/healthz``: the process answers."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send_json(resp, {"alive": True})


class ReadinessResource:
    """``/readyz``: a write to the datastore, migrations, the store of the rate limits and every plugin's own checks.

    503 when one fails.
    """

    def __init__(
        self,
        *,
        owners: tuple[Owner, ...],
        plugins: tuple[str, ...],
        checks: Mapping[str, Callable[[], Any]],
        frozen: datetime | None,
    ) -> None:
        self._owners = owners
        self._plugins = plugins
        self._frozen = frozen
        self._migrated_until = 0.0
        self._checks = {"storage": self._storage, "migrations": self._migrations, **checks}
        self._turn = threading.Lock()
        self._running: _CheckRun | None = None
        self._answer: dict[str, Any] = {}
        self._answer_until = 0.0

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        result = self.run()
        send_json(resp, result, 200 if result["ready"] else 503)

    def run(self) -> dict[str, Any]:
        """The complete answer as plain data, at most ``ANSWER_TTL`` seconds old."""
        with self._turn:
            if monotonic() >= self._answer_until:
                self._answer = self._ask()
                self._answer_until = monotonic() + ANSWER_TTL
            return self._answer

    def _ask(self) -> dict[str, Any]:
        # In its own thread, which may hang: in a network file system, in a commit that no replica confirms.
        if self._running is None or self._running.is_over:
            self._running = _CheckRun(self._checks)
        results = self._running.results(MAX_CHECK_SECONDS)
        ready = all(result == "ok" for result in results.values())
        answer: dict[str, Any] = {"ready": ready, "checks": results, "plugins": list(self._plugins)}
        if self._frozen is not None:
            answer["sandbox"] = {"now": self._frozen.isoformat(), "warning": "the clock is frozen"}
        return answer

    def _storage(self) -> None:
        store_probe.try_write()

    def _migrations(self) -> None:
        if monotonic() < self._migrated_until:
            return
        ensure_connection()
        waiting = pending_migrations(list(self._owners))
        if waiting:
            raise RuntimeError(f"waiting: {', '.join(waiting)}")
        self._migrated_until = monotonic() + MIGRATIONS_TTL


class _CheckRun:
    """One round of checks, in a thread of its own."""

    def __init__(self, checks: Mapping[str, Callable[[], Any]]) -> None:
        self._checks = checks
        self._results: dict[str, str] = {}
        self._thread = threading.Thread(target=self._work, name="ready", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    def results(self, seconds: float) -> dict[str, str]:
        """The result of every check; one that has not ended within ``seconds`` has failed."""
        self._thread.join(seconds)
        return {name: self._results.get(name, "failed") for name in self._checks}

    def _work(self) -> None:
        for name, check in self._checks.items():
            try:
                check()
                self._results[name] = "ok"
            except Exception as error:
                in_trouble = storage_problem(error)
                reason = problem_sentence(in_trouble) if in_trouble else f"{type(error).__name__}: {error}"
                log.warning("not ready", check=name, error=reason)
                self._results[name] = "failed"
        close_database()


class MetricsResource:
    """``/metrics`` for Prometheus.

    Args:
        plugins: Name and version of every running plugin.
        gauges: As for ``metrics.render_metrics``.
    """

    def __init__(self, plugins: Sequence[tuple[str, str]], gauges: Mapping[str, metrics.GaugeValues]) -> None:
        self._plugins = plugins
        self._gauges = gauges

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.data, resp.content_type = metrics.render_metrics(self._plugins, self._gauges)


class PublicReadinessResource:
    """``/readyz`` for everybody: whether the server is ready, without details."""

    def __init__(self, ready: ReadinessResource) -> None:
        self._ready = ready

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        answer = self._ready.run()
        public = {name: answer[name] for name in ("ready", "sandbox") if name in answer}
        send_json(resp, public, 200 if answer["ready"] else 503)
