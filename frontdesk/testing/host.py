"""A host in this process over a real store, and the same store behind a real server."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from webtest import TestApp

from core import app as host
from core import db
from core.config import parse_config
from core.domain.site import Site
from core.http.dialect import Dialect
from core.plugins import Manager
from core.services import events, filters, personal_data, site
from frontdesk.testing.drivers import D, Driver, OverHttp, Send, through_webtest
from frontdesk.testing.servers import serving, write_config

Tables = Mapping[str, Mapping[str, Any]]


def plugin_tables(drivers: Iterable[type[Driver]]) -> dict[str, Any]:
    """The table ``plugins`` of a configuration in which these dialects run, each with the settings of its driver."""
    drivers = list(drivers)
    settings = {driver.name: dict(driver.settings) for driver in drivers if driver.settings}
    return {"enabled": list(dict.fromkeys(driver.plugin or driver.name for driver in drivers)), **settings}


@dataclass(frozen=True, slots=True)
class RunningHost:
    """All enabled dialects in this process.

    Attributes:
        wsgi: The WSGI application.
        app: The same as a ``webtest.TestApp``.
        clock: What the host takes the time from.
        url: The store's.
        document: The configuration as ``config.toml`` would have it.
    """

    wsgi: Any
    app: TestApp
    clock: Callable[[], datetime]
    url: str
    document: dict[str, Any]

    @property
    def manager(self) -> Manager:
        """The loaded plugins with their settings of now; private, as all of core."""
        manager: Manager = self.wsgi.manager
        return manager

    def key(self, dialect: str) -> dict[str, str]:
        """Make an API key: what ``frontdesk keys create DIALECT`` prints.

        Raises:
            KeyError: The dialect has no keys, or its plugin is not enabled.
        """
        issuer = self.manager.credentials[dialect]
        _, fields = issuer.create(label="test", permissions=None, user=None, expires_at=None, now=self.clock())
        return dict(fields)

    def sign_in(self, driver: type[D], send: Send | None = None) -> D:
        """A client of a dialect with a key of its own; ``send`` is another transport than this process."""
        return driver(send or through_webtest(self.app), self.key(driver.name))

    def dialect(self, name: str) -> Dialect:
        """What the plugin registered."""
        return next(dialect for _, dialect in self.manager.dialects if dialect.name == name)


def open_host(url: str, *, clock: Callable[[], datetime], tables: Tables) -> RunningHost:
    """Start a host over this store, which is migrated; ``close_host`` ends it. One at a time in a process.

    Args:
        tables: The configuration, as ``config.toml`` has it; ``database`` is filled in.

    Raises:
        StartupError: A plugin or a setting cannot be used.
    """
    document = {**tables, "database": {"durability": "normal", **tables.get("database", {}), "url": url}}
    config = parse_config(document, source="test")
    manager = host.start(config, clock=clock, migrate=True)
    wsgi = host.create_app(config, clock=clock, manager=manager)
    return RunningHost(wsgi, TestApp(wsgi), clock, url, document)


def close_host() -> None:
    """Close the store and leave nothing behind for the next test."""
    events.clear_listeners()
    filters.install(filters.Filters())
    personal_data.install({})
    site.configure(Site())
    db.close_database()


@dataclass(frozen=True, slots=True)
class LiveServer:
    """``frontdesk serve`` on a free port of the loopback; ``url`` has no slash at the end."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def send(self) -> OverHttp:
        """A transport with a connection of its own, one for each thread; ``close()`` it."""
        return OverHttp(self.host, self.port)


@contextmanager
def live_server(running: RunningHost, folder: Path, *, workers: int = 2) -> Iterator[LiveServer]:
    """Serve the store of a host by processes of their own; their clock stands where the host's is now.

    Args:
        folder: Where ``config.toml`` and the log are written.
    """
    tables = {**running.document, "sandbox": {"now": running.clock().isoformat()}}
    with serving(write_config(folder, **tables), workers=workers) as (address, port, _):
        yield LiveServer(address, port)
