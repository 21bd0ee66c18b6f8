"""A host with the made-up harbour plugin, for tests of everything around a dialect."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from falcon import testing

from core.app import create_app, start
from core.config import parse_config
from frontdesk.testing.host import close_host
from frontdesk.testing.stores import KINDS, postgres_url

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HARBOUR = "tests.fixtures.harbour"


@pytest.fixture
def repository():
    return Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def clean_services():
    """A host leaves nothing behind for the next test."""
    yield
    close_host()


class HarbourClient(testing.TestClient):
    """A client with a key, and the same client without one."""

    key = ""

    def simulate_request(self, *args, **kwargs):
        kwargs["headers"] = {"X-Harbour-Key": self.key, **dict(kwargs.get("headers") or {})}
        return super().simulate_request(*args, **kwargs)


@pytest.fixture(params=KINDS)
def store_url(request, tmp_path):
    """An empty database, one after the other of each kind."""
    return f"sqlite:///{tmp_path}/h.db" if request.param == "sqlite" else postgres_url("frontdesk_host")


def build(url: str, *, environ: dict | None = None, **tables: dict) -> HarbourClient:
    """A host with a harbour on a fresh store; ``client.manager`` and ``client.fields`` come with it."""
    document = {
        "server": {"admin_bind": "public"},
        "database": {"url": url, "durability": "normal"},
        "plugins": {"enabled": [HARBOUR]},
        **tables,
    }
    config = parse_config(document, environ=environ or {})
    manager = start(config, clock=lambda: NOW, migrate=True)
    client = HarbourClient(create_app(config, clock=lambda: NOW, manager=manager))
    _, fields = manager.credentials["harbour"].create(
        label="test", permissions=None, user=None, expires_at=None, now=NOW
    )
    client.manager, client.url, client.key = manager, url, fields["harbour_key"]
    return client


@pytest.fixture
def client(tmp_path):
    return build(f"sqlite:///{tmp_path}/h.db")


@pytest.fixture
def any_client(store_url):
    """As ``client``, on both databases."""
    return build(store_url)
