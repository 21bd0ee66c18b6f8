"""Sandboxes for tests.

``bench`` is served by the real worker in a thread of this process, so that what it does is measured; ``inside`` calls
the same one without sockets. ``server`` is a process of its own, as users have it.
"""

import threading
from pathlib import Path

import pytest

from core import metrics
from core.domain.site import Site
from core.sandbox.clock import read_instant
from core.sandbox.control import control_app
from core.sandbox.host import Sandbox as Host
from core.sandbox.server import SandboxWorker, make_worker, open_listener, url_of
from core.sandbox.settings import sandbox_config
from core.sandbox.wsgi import SandboxApp
from core.services import events, filters, site
from frontdesk_sandbox import Sandbox, start
from frontdesk_sandbox.in_process import InProcessSandbox
from frontdesk_sandbox.process import Connection

NOW = "2026-03-02T10:00:00Z"


class WorkerInThread(SandboxWorker):
    """The worker without what belongs to a process of its own: signals, and its end while a request still runs."""

    def init_signals(self) -> None:
        self.announce()

    def abandon_running(self) -> None:
        self.tpool.shutdown(wait=True)


class Bench:
    """One sandbox, with and without sockets."""

    def __init__(self, folder: Path) -> None:
        listener = open_listener("127.0.0.1:0")
        config = sandbox_config(folder / "store.db", url=url_of(listener), environ={})
        self.host = Host(config, now=read_instant(NOW))
        app = SandboxApp(self.host, control_app(self.host))
        self._ready = threading.Event()
        self._worker = make_worker(
            app, config, listener, announce=self._announce, clean_up=self.host.close, kind=WorkerInThread
        )
        self._thread = threading.Thread(target=self._worker.init_process, daemon=True)
        self._thread.start()
        assert self._ready.wait(20)
        self.connection = Connection(self.host.url)
        self.over_http = Sandbox(self.host.summary, self.connection)
        self.in_process = InProcessSandbox(self.host)

    def _announce(self) -> None:
        self.host.time.start()
        self._ready.set()

    def close(self) -> None:
        self.over_http.close()
        self._worker.alive = False
        self._thread.join(30)
        self.host.close()
        self._worker.tmp.close()
        events.clear_listeners()
        filters.install(filters.Filters())
        site.configure(Site())


@pytest.fixture(scope="module")
def module_bench(tmp_path_factory):
    metrics.create_meters()
    bench = Bench(tmp_path_factory.mktemp("bench"))
    yield bench
    bench.close()


@pytest.fixture
def bench(module_bench):
    """Over HTTP."""
    module_bench.over_http.reset()
    return module_bench.over_http


@pytest.fixture
def inside(module_bench):
    """The same without sockets."""
    module_bench.in_process.reset()
    module_bench.in_process.app.authorization = None
    return module_bench.in_process


@pytest.fixture(scope="session")
def server():
    """One in a process of its own."""
    with start(now=NOW) as sandbox:
        yield sandbox


@pytest.fixture
def fresh_server(server):
    server.reset()
    return server
