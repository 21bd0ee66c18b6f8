"""The console in Debian's Chromium, over a real server with two workers, with the demo's business and a fixed clock."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from core import app, demo
from core.config import load_config
from core.services import operators
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import Driver
from frontdesk.testing.host import close_host
from frontdesk.testing.servers import free_port, serving, write_config
from frontdesk.testing.venue import Factories

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "correct horse battery"
NOW = "2026-03-02T10:00:00Z"
PLUGINS = ["bkap", "wc_bookings", "bookingpress", "bookablesites"]
#: Chromium asks nobody outside.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    """Browsers and servers take their time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("slow")


@pytest.fixture(scope="session")
def chromium():
    """The browser; skipped where Debian's package or the Python package is missing."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed here")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM} here (Debian's package chromium)")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shop(tmp_path_factory) -> Iterator[SimpleNamespace]:
    """A running server of this session."""
    with running_shop(tmp_path_factory.mktemp("shop")) as running:
        yield running


@contextmanager
def running_shop(folder: Path) -> Iterator[SimpleNamespace]:
    """A server; ``clients`` are clients of every dialect, ``services`` the demo's services by name."""
    port = free_port()
    tables = {
        "site": {"name": "Harbour Baths", "url": f"http://127.0.0.1:{port}"},
        "sandbox": {"now": NOW},
        "plugins": {"enabled": PLUGINS, "bookablesites": {"allow_http_webhooks": True}},
        "webhooks": {"allow_private": True},
    }
    path = write_config(folder, **tables)
    config = load_config(path)
    manager = app.start(config, migrate=True)
    facts = demo.prepare_demo(manager, url=config.site.url, now=manager.host.clock())
    sauna = Factories(manager.host.clock).service(capacity=1, name="Sauna")
    for name, role in (("anna", "owner"), ("otto", "operator"), ("vera", "viewer")):
        operators.add(name, PASSWORD, role, now=manager.host.clock())
    close_host()
    with serving(path, workers=2, port=port):
        clients = {name: DRIVERS[name](over_http(config.site.url), keys) for name, keys in facts["dialects"].items()}
        yield SimpleNamespace(
            url=config.site.url,
            config=path,
            clients=clients,
            services={**facts["services"], "Sauna": sauna.id},
            folder=folder,
        )


def over_http(url: str):
    """A transport to a server: a connection of its own for each request, so that any worker answers."""

    def send(method, path, headers, body):
        reply = requests.request(method, url + path, headers={**headers, "Connection": "close"}, data=body, timeout=30)
        return reply.status_code, {name.lower(): value for name, value in reply.headers.items()}, reply.content

    return send


class Visitor:
    """A browser with cookies of its own. Errors on its pages, and requests to elsewhere, are counted."""

    def __init__(self, chromium, shop, **options) -> None:
        self.shop = shop
        self.context = chromium.new_context(
            base_url=shop.url, **{"viewport": {"width": 1280, "height": 900}, **options}
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", self._on_request)

    def _on_console(self, message) -> None:
        # A refusal that the page shows to people is also a line of the browser's console.
        if message.type in ("error", "warning") and not re.search(r"status of (4\d\d|303)", message.text):
            self.complaints.append(f"{message.type}: {message.text}")

    def _on_request(self, request) -> None:
        if not request.url.startswith((self.shop.url, "data:", "blob:", "about:")):
            self.complaints.append(f"asked {request.url}")

    def sign_in(self, name="anna", password=PASSWORD):
        self.page.goto("/desk/sign-in")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        return self

    def open(self, path):
        self.page.goto(path)
        self.page.wait_for_load_state("networkidle")
        return self.page


@pytest.fixture
def visitor(chromium, shop):
    """Nobody in particular."""
    one = Visitor(chromium, shop)
    yield one
    one.context.close()
    assert one.complaints == []


@pytest.fixture(scope="session")
def signed_in(chromium, shop):
    """Options for a ``Visitor`` who is signed in: one sign-in per name, since an address has only so many."""
    cookies = {}

    def options(name: str = "anna") -> dict:
        if name not in cookies:
            one = Visitor(chromium, shop)
            one.sign_in(name).page.wait_for_url("**/desk")
            cookies[name] = one.context.storage_state()
            one.context.close()
        return {"storage_state": cookies[name]}

    return options


@pytest.fixture
def anna(chromium, shop, signed_in):
    """The owner, signed in."""
    one = Visitor(chromium, shop, **signed_in())
    yield one
    one.context.close()
    assert one.complaints == []


def book(client: Driver, service_id: int, start, minutes: int = 60) -> int:
    """The number of a booking that a dialect made."""
    for hours in range(6):
        outcome = client.book(service_id, start + timedelta(hours=hours), minutes)
        if outcome.booked:
            return outcome.id
    raise AssertionError(outcome)
