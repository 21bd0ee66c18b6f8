"""The pytest plugin of frontdesk: its fixtures are there as soon as it is installed.

Those for tests of a client are ``frontdesk_server`` and ``frontdesk`` (docs/sandbox/); the others are for authors of
plugins (docs/plugins/testing.md).

pytest imports this module in every run of an environment that has frontdesk, so nothing else is imported before a
fixture is used.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from webtest import TestApp

    from frontdesk.testing.conformance import Subject
    from frontdesk.testing.drivers import Driver
    from frontdesk.testing.host import LiveServer, RunningHost
    from frontdesk.testing.venue import Clock, Factories, Venue
    from frontdesk_sandbox import Sandbox
    from frontdesk_sandbox.in_process import InProcessSandbox

# Not imported here, only marked: its assertions explain themselves as those of a test file do.
pytest.register_assert_rewrite("frontdesk.testing.conformance", "frontdesk.testing.built_in")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting ``frontdesk_databases``."""
    parser.addini(
        "frontdesk_databases",
        "databases that tests with a frontdesk store run on, one after the other",
        type="args",
        default=["sqlite", "postgres"],
    )


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker of the tests that take seconds."""
    config.addinivalue_line("markers", "frontdesk_server: starts server processes of frontdesk, which takes seconds")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a store once on each database."""
    if "frontdesk_database" in metafunc.fixturenames:
        kinds = metafunc.config.getini("frontdesk_databases")
        metafunc.parametrize("frontdesk_database", kinds, indirect=True, scope="class")


@pytest.fixture(scope="session")
def frontdesk_database(request: pytest.FixtureRequest) -> str:
    """The database of this test: "sqlite" or "postgres"."""
    kind: str = request.param
    return kind


@pytest.fixture
def frontdesk_config() -> dict[str, dict[str, Any]]:
    """The tables of the configuration, as in ``config.toml``. Define it anew to enable your plugin.

    By default the four built-in dialects run, without rate limits.
    """
    from frontdesk.testing.built_in import DRIVERS
    from frontdesk.testing.host import plugin_tables

    return {"plugins": plugin_tables(DRIVERS.values())}


@pytest.fixture
def frontdesk_clock() -> "Clock":
    """A clock that stands at Monday, 2026-03-02 10:00 UTC, until it is moved: ``frontdesk_clock.move(hours=2)``."""
    from frontdesk.testing.venue import Clock

    return Clock()


@pytest.fixture
def frontdesk_host(
    frontdesk_database: str, frontdesk_config: dict[str, dict[str, Any]], frontdesk_clock: "Clock", tmp_path: Path
) -> Iterator["RunningHost"]:
    """A host over an empty, migrated store; skipped where the database cannot be had."""
    from frontdesk.testing.host import close_host, open_host
    from frontdesk.testing.stores import open_store

    enabled = frontdesk_config.get("plugins", {}).get("enabled", ())
    url = open_store(frontdesk_database, tmp_path, plugins=enabled)
    yield open_host(url, clock=frontdesk_clock, tables=frontdesk_config)
    close_host()


@pytest.fixture
def frontdesk_app(frontdesk_host: "RunningHost") -> Any:
    """The WSGI application."""
    return frontdesk_host.wsgi


@pytest.fixture
def frontdesk_client(frontdesk_host: "RunningHost") -> "TestApp":
    """A ``webtest.TestApp`` of the application, without credentials; ``frontdesk_host.key("mine")`` makes some."""
    return frontdesk_host.app


@pytest.fixture
def frontdesk_factories(frontdesk_host: "RunningHost", frontdesk_clock: "Clock") -> "Factories":
    """Makes services, resources, customers and bookings in the store."""
    from frontdesk.testing.venue import Factories

    return Factories(frontdesk_clock)


@pytest.fixture
def frontdesk_venue(frontdesk_factories: "Factories") -> "Venue":
    """A small business in the store: services, a person, a location, a customer."""
    from frontdesk.testing.venue import make_venue

    return make_venue(frontdesk_factories)


@pytest.fixture
def frontdesk_other(frontdesk_host: "RunningHost") -> "Driver":
    """A signed-in client of a built-in dialect, to book through a second one; its plugin must be enabled."""
    from frontdesk.testing.built_in import DRIVERS

    name = next(name for name in DRIVERS if name in frontdesk_host.manager.credentials)
    return frontdesk_host.sign_in(DRIVERS[name])


@pytest.fixture
def frontdesk_live(frontdesk_host: "RunningHost", tmp_path: Path) -> Iterator["LiveServer"]:
    """A real server with two worker processes over the store, on a free port. Its clock does not move."""
    from frontdesk.testing.host import live_server

    with live_server(frontdesk_host, tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def frontdesk_options() -> dict[str, Any]:
    """How the sandbox is started: ``dialects``, ``strict``, ``seed``, ``now``, ``timezone``.

    Define it anew to change it. By default all dialects serve the demo business, and the clock stands at Monday,
    2026-03-02 10:00 UTC.
    """
    return {"now": "2026-03-02T10:00:00Z"}


@pytest.fixture(scope="session")
def frontdesk_server(frontdesk_options: dict[str, Any]) -> Iterator["Sandbox"]:
    """A sandbox for the whole run, or for one worker of pytest-xdist; ``frontdesk`` is the same one, reset."""
    from frontdesk_sandbox import start

    with start(**frontdesk_options) as sandbox:
        yield sandbox


@pytest.fixture
def frontdesk(frontdesk_server: "Sandbox") -> "Sandbox":
    """The sandbox, begun anew for this test: seed, clock, faults, journal and webhooks."""
    frontdesk_server.reset()
    return frontdesk_server


@pytest.fixture(scope="module")
def frontdesk_module(frontdesk_options: dict[str, Any]) -> Iterator["InProcessSandbox"]:
    """A sandbox in the test process for the tests of one module; ``frontdesk_in_process`` is the same one, reset."""
    from frontdesk_sandbox.in_process import start_in_process

    with start_in_process(**frontdesk_options) as sandbox:
        yield sandbox


@pytest.fixture
def frontdesk_in_process(frontdesk_module: "InProcessSandbox") -> "InProcessSandbox":
    """A sandbox without sockets, begun anew for this test; its ``app`` is a ``webtest.TestApp``."""
    frontdesk_module.app.reset()
    frontdesk_module.reset()
    return frontdesk_module


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show what the client of a failed test called."""
    outcome: Any = yield
    report = outcome.get_result()
    sandbox = getattr(item, "funcargs", {}).get("frontdesk")
    if sandbox is None or report.when != "call" or not report.failed:
        return
    try:
        report.sections.append(("frontdesk journal", str(sandbox.journal)))
    except Exception as error:
        report.sections.append(("frontdesk journal", f"cannot be read: {error}"))


@pytest.fixture(scope="class")
def frontdesk_conformance(
    request: pytest.FixtureRequest, frontdesk_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Subject"]:
    """What a ``Conformance`` class is tested with: one host for all tests of the class."""
    from frontdesk.testing.conformance import open_subject

    with open_subject(request.cls, frontdesk_database, tmp_path_factory.mktemp("conformance")) as subject:
        yield subject
