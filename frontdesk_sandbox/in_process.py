"""A sandbox inside the test process, without sockets: quick to start, for one test run at a time.

Needs ``webtest`` (``frontdesk[testing]``). Its clock, faults and journal are those of a real one; a cut connection is a
``ConnectionResetError``.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from webtest import TestApp

from core.config import StartupError
from core.domain.site import Site
from core.sandbox.clock import read_instant
from core.sandbox.control import control_app
from core.sandbox.host import Sandbox as Host
from core.sandbox.settings import sandbox_config
from core.sandbox.wsgi import SandboxApp
from core.services import events, filters, site
from frontdesk_sandbox.client import Sandbox, SandboxError

#: The address that it says it has.
URL = "http://sandbox.test"


class InProcessSandbox(Sandbox):
    """A sandbox with ``app``, a ``webtest.TestApp`` of all dialects and the control API."""

    def __init__(self, host: Host) -> None:
        self.app = TestApp(SandboxApp(host, control_app(host)), lint=False)
        super().__init__(host.summary, self._call)

    def _call(self, method: str, path: str, body: bytes | None) -> tuple[int, Any]:
        reply = self.app.request(
            path, method=method, body=body or b"", content_type="application/json", expect_errors=True
        )
        return reply.status_int, reply.json if reply.body else None


@contextmanager
def start_in_process(
    *, seed: str | Path = "demo", now: datetime | str | None = None, timezone: str = "", **options: Any
) -> Iterator[InProcessSandbox]:
    """A sandbox in this process; one at a time.

    Args:
        options: ``dialects``, ``strict``.

    Raises:
        SandboxError: It cannot start; the message says why.
    """
    site_table = {"timezone": timezone} if timezone else {}
    instant = read_instant(now) if isinstance(now, str) else now
    with tempfile.TemporaryDirectory(prefix="frontdesk-sandbox-") as folder:
        try:
            config = sandbox_config(Path(folder) / "store.db", url=URL, site=site_table, **options)
            host = Host(config, now=instant, seed=str(seed))
        except StartupError as error:
            raise SandboxError(0, str(error)) from None
        try:
            yield InProcessSandbox(host)
        finally:
            host.close()
            events.clear_listeners()
            filters.install(filters.Filters())
            site.configure(Site())
