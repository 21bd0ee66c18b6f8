"""What operators and their tools ask: alive, ready, figures."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

import falcon

from core import meters
from core.db import ensure_connection, rows
from core.http.reply import send_json
from core.logs import get_logger
from core.migrate import Owner, pending

log = get_logger("frontdesk.health")

#: A good answer about migrations holds for this long; asking costs a few queries per owner.
MIGRATIONS_HOLD = 30.0


class Alive:
    """``/healthz``: this process answers."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send_json(resp, {"alive": True})


class Ready:
    """``/readyz``: storage, migrations and every plugin's own checks; 503 when one fails."""

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

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        result = self.run()
        send_json(resp, result, 200 if result["ready"] else 503)

    def run(self) -> dict[str, Any]:
        """The whole answer as plain data."""
        results = {}
        for name, check in self._checks.items():
            try:
                check()
                results[name] = "ok"
            except Exception as error:
                log.warning("not ready", check=name, error=f"{type(error).__name__}: {error}")
                results[name] = "failed"
        ready = all(result == "ok" for result in results.values())
        answer: dict[str, Any] = {"ready": ready, "checks": results, "plugins": list(self._plugins)}
        if self._frozen is not None:
            answer["sandbox"] = {"now": self._frozen.isoformat(), "warning": "the clock is frozen"}
        return answer

    def _storage(self) -> None:
        ensure_connection()
        rows("SELECT 1")

    def _migrations(self) -> None:
        if monotonic() < self._migrated_until:
            return
        waiting = pending(list(self._owners))
        if waiting:
            raise RuntimeError(f"waiting: {', '.join(waiting)}")
        self._migrated_until = monotonic() + MIGRATIONS_HOLD


class Metrics:
    """``/metrics`` for Prometheus.

    Args:
        plugins: Name and version of every plugin that runs.
        gauges: As for ``meters.page``.
    """

    def __init__(self, plugins: Sequence[tuple[str, str]], gauges: Mapping[str, meters.Gauges]) -> None:
        self._plugins = plugins
        self._gauges = gauges

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.data, resp.content_type = meters.page(self._plugins, self._gauges)


class PublicReady:
    """``/readyz`` for everybody: whether the server is ready, and nothing of what it is made of."""

    def __init__(self, ready: Ready) -> None:
        self._ready = ready

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        answer = self._ready.run()
        shown = {name: answer[name] for name in ("ready", "sandbox") if name in answer}
        send_json(resp, shown, 200 if answer["ready"] else 503)
