"""A host with the made-up harbour plugin, for tests of everything around a dialect."""

import shutil
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from falcon import testing

from core import db, migrate
from core.app import create_app, start
from core.config import parse_config
from frontdesk.testing.host import close_host
from frontdesk.testing.stores import KINDS, fresh_url, postgres_url
from tests.fixtures.harbour import register_migrations

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
    return fresh_url(request.param, tmp_path, "host")


@lru_cache(maxsize=2)
def _migrated(kind: str) -> str:
    """The URL of a store of this kind on which the migrations of core and of the harbour have run; only for copies."""
    url = fresh_url(kind, Path(mkdtemp(prefix="frontdesk-harbour-")), "harbour")
    db.open_database(url, durability="normal")
    migrate.migrate([migrate.CORE_OWNER, migrate.Owner("harbour", Path(register_migrations()))])
    if kind == "sqlite":
        db.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close_database()
    return url


def harbour_url(kind: str, folder: Path) -> str:
    """The URL of a new store with the harbour's tables."""
    if kind == "postgres":
        _migrated(kind)
        return postgres_url("frontdesk_host", template="frontdesk_harbour")
    path = folder / "h.db"
    shutil.copy(_migrated(kind).removeprefix("sqlite:///"), path)
    return f"sqlite:///{path}"


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
    return build(harbour_url("sqlite", tmp_path))


@pytest.fixture(params=KINDS)
def any_client(request, tmp_path):
    """As ``client``, on both databases."""
    return build(harbour_url(request.param, tmp_path))
