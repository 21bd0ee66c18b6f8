"""The webhooks of a sandbox: held for the test to read, delivered to its receiver, doubled or lost."""

import json
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from core.http.dialect import WebhookCall
from core.sandbox.faults import Faults
from core.sandbox.masking import mask_header

#: ``loopback`` delivers to receivers on this machine and holds the others, so that nothing leaves it unasked.
MODES = ("loopback", "hold", "deliver")
MAX_KEPT = 10_000
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class WebhookBox:
    """Stands between the plugins and the receivers of their webhooks, and remembers every attempt."""

    def __init__(self, faults: Faults, clock: Callable[[], datetime]) -> None:
        self.mode = MODES[0]
        self._faults = faults
        self._clock = clock
        self._lock = threading.Lock()
        self._attempts: deque[dict[str, Any]] = deque(maxlen=MAX_KEPT)
        self._count = 0

    def __call__(self, call: WebhookCall, send: Callable[[], int]) -> int:
        """The ``around_webhook`` of the host: send, hold or spoil one; returns the status for the plugin."""
        scheduled = self._faults.take_for_webhook(dialect=call.dialect, url=call.url)
        kind = scheduled.fault.kind if scheduled is not None else ""
        if kind == "failed_webhook" and scheduled is not None:
            return self._remember(call, "failed", scheduled.fault.status)
        if kind == "lost_webhook":
            return self._remember(call, "lost", 200)
        outcomes = [self._pass_on(call, send) for _ in range(2 if kind == "duplicated_webhook" else 1)]
        return outcomes[-1]

    def _pass_on(self, call: WebhookCall, send: Callable[[], int]) -> int:
        is_near = (urlsplit(call.url).hostname or "") in _LOOPBACK
        if self.mode == "hold" or (self.mode == "loopback" and not is_near):
            return self._remember(call, "held", 200)
        status = send()
        return self._remember(call, "delivered" if 200 <= status < 300 else "failed", status)

    def _remember(self, call: WebhookCall, outcome: str, status: int) -> int:
        try:
            body = json.loads(call.body)
        except ValueError:
            body = call.body.decode("utf-8", "replace")
        with self._lock:
            self._count += 1
            self._attempts.append(
                {
                    "id": self._count,
                    "at": self._clock().isoformat().replace("+00:00", "Z"),
                    "dialect": call.dialect,
                    "name": call.name,
                    "url": call.url,
                    "headers": {name: mask_header(name, text) for name, text in call.headers.items()},
                    "body": body,
                    "outcome": outcome,
                    "status": status,
                }
            )
        return status

    def attempts(self) -> list[dict[str, Any]]:
        """Every attempt, oldest first: number, instant, dialect, name, URL, headers, body, outcome, status."""
        with self._lock:
            return list(self._attempts)

    def clear(self) -> None:
        """Forget the attempts."""
        with self._lock:
            self._attempts.clear()
            self._count = 0
