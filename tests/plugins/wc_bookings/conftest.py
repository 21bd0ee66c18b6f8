"""A recorded shop served by this plugin."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from webtest import TestApp

from core import app as host
from core import db
from core.config import parse_config
from plugins.wc_bookings import importer
from tests.stores import open_store

RECORDED = Path(__file__).parent / "recorded"
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
STATE = json.loads((RECORDED / "state.json").read_text())


class Shop:
    """The app, and how to call it as somebody."""

    def __init__(self, folder: Path, kind: str = "sqlite", timezone: str = "UTC", **settings: Any) -> None:
        url = open_store(kind, folder)
        config = parse_config(
            {
                "database": {"url": url},
                "server": {"access_log": False},
                "site": {"name": "Oracle Shop", "url": "https://oracle.test", "timezone": timezone},
                "plugins": {"enabled": ["wc_bookings"], "wc_bookings": settings},
            },
            source="test",
        )
        self.now = NOW
        clock = lambda: self.now  # noqa: E731
        self.manager = host.start(config, clock=clock, migrate=True)
        self.app = TestApp(host.create_app(config, clock=clock, manager=self.manager))

    def load(self, document: Any = STATE) -> "Shop":
        importer.load(document, now=self.now, site=self.manager.host.site)
        return self

    def send(
        self,
        method: str,
        url: str,
        *,
        auth: Any = "admin_rw",
        body: Any = None,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
        scheme: str = "https",
    ) -> Any:
        """``auth`` names a key of the state, is a ``(user, password)`` pair, or None."""
        sent = {"Host": "oracle.test", **(headers or {})}
        if isinstance(auth, str):
            key = STATE["api_keys"][auth]
            auth = (key["consumer_key"], key["consumer_secret"])
        environ = {"wsgi.url_scheme": scheme, "RAW_URI": url}
        if auth is not None:
            import base64

            sent["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        return self.app.request(
            url, method=method, headers=sent, body=data or b"", expect_errors=True, environ=environ
        )


@pytest.fixture
def make_shop(tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    """Makes shops; one at a time is open."""
    made = 0

    def make(**settings: Any) -> Shop:
        nonlocal made
        made += 1
        folder = tmp_path / str(made)
        folder.mkdir()
        return Shop(folder, **settings)

    yield make
    db.close_database()
