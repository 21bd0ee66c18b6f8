"""A recorded shop served by this plugin."""

import base64
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from webtest import TestApp

from core import app as host
from core import db
from core.config import parse_config
from frontdesk.testing.stores import open_store
from plugins.wc_bookings import importer

RECORDED = Path(__file__).parent / "recorded"
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
STATE = json.loads((RECORDED / "state.json").read_text())


class Shop:
    """The application, with calls as a user of the recorded shop."""

    def __init__(self, folder: Path, kind: str = "sqlite", timezone: str = "UTC", **settings: Any) -> None:
        url = open_store(kind, folder)
        self._file = folder / "store.db" if kind == "sqlite" else None
        self._timezone = timezone
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

    def load(self, document: Any = None) -> "Shop":
        """Import a document. The recorded state, which most tests use, is imported once and then copied."""
        if document is None and self._file is not None:
            db.close_database()
            for suffix in ("", "-wal", "-shm"):
                self._file.with_name(f"store.db{suffix}").unlink(missing_ok=True)
            shutil.copy(_template(self._timezone), self._file)
            db.open_database(f"sqlite:///{self._file}", durability="normal")
        else:
            importer.load(document or STATE, now=self.now, site=self.manager.host.site)
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
        """Send a request; ``auth`` is the name of a recorded key, a ``(user, password)`` pair, or None."""
        sent = {"Host": "oracle.test", **(headers or {})}
        if isinstance(auth, str):
            key = STATE["api_keys"][auth]
            auth = (key["consumer_key"], key["consumer_secret"])
        environ = {"wsgi.url_scheme": scheme, "RAW_URI": url}
        if auth is not None:
            sent["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        return self.app.request(url, method=method, headers=sent, body=data or b"", expect_errors=True, environ=environ)


@lru_cache(maxsize=4)
def _template(timezone: str) -> Path:
    """A database file with the recorded state."""
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-wc-"))
    Shop(folder, timezone=timezone).load(STATE)
    db.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close_database()
    return folder / "store.db"


@pytest.fixture
def make_shop(tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    """Make shops; one at a time is open."""
    count = 0

    def make(**settings: Any) -> Shop:
        nonlocal count
        count += 1
        folder = tmp_path / str(count)
        folder.mkdir()
        return Shop(folder, **settings)

    yield make
    db.close_database()
