"""All four dialects over one store, in one app."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from frontdesk.testing.built_in import DRIVERS, BuiltIn
from frontdesk.testing.host import RunningHost, close_host, plugin_tables
from frontdesk.testing.host import open_host as open_one
from frontdesk.testing.stores import KINDS, open_store
from frontdesk.testing.venue import NOW, START, Clock, Factories

__all__ = ["NOW", "START"]

#: A neutral service that no dialect has made: an hour at a time, weekdays from nine to five.
make_service = Factories(Clock(NOW)).service


def sign_in(host: RunningHost) -> dict[str, BuiltIn]:
    """A client with a key of its own for every dialect."""
    return {name: host.sign_in(driver) for name, driver in DRIVERS.items()}


def open_host(url: str, *, more_plugins: dict | None = None, **tables) -> SimpleNamespace:
    """All four dialects over this store, with more plugins and tables of the configuration.

    Has ``app`` and ``clients`` by dialect.
    """
    more = more_plugins or {}
    plugins = plugin_tables(DRIVERS.values())
    plugins["enabled"] += more
    plugins |= {path.rpartition(".")[2]: settings for path, settings in more.items()}
    host = open_one(url, clock=Clock(NOW), tables={"plugins": plugins, **tables})
    return SimpleNamespace(app=host.app, clients=sign_in(host), manager=host.manager, url=url)


@pytest.fixture(params=KINDS)
def venue(request, tmp_path) -> Iterator[SimpleNamespace]:
    """An open host, once on each database."""
    yield open_host(open_store(request.param, tmp_path))
    close_host()
