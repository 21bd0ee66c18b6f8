"""Whole businesses of all four dialects, for tests of what goes out of a store and into another one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
from webtest import TestApp

from core import app as host
from core import backup, db, demo
from core.config import Config, parse_config
from core.db import writing
from core.plugins import installed_owner
from core.services import events, filters, repository, site
from tests.contract import clients
from tests.contract.clients import CLIENTS
from tests.contract.conftest import NOW
from tests.stores import open_store

#: What lists everything of a kind, and the section of the dialect's document it is like.
COLLECTIONS = {
    "bkap": {f"/wc-api/v3/bkap/{name}": name for name in ("resources", "products", "bookings")},
    "wc_bookings": {
        "/wp-json/wc-bookings/v1/products/categories": "categories",
        "/wp-json/wc-bookings/v1/resources": "resources",
        "/wp-json/wc-bookings/v1/products": "products",
        "/wp-json/wc-bookings/v1/bookings": "bookings",
    },
    "bookingpress": {
        f"/wp-json/bookingpress/v1/{path}": name
        for path, name in (
            ("categories", "categories"),
            ("services", "services"),
            ("staffmembers", "staffmembers"),
            ("locations", "locations"),
            ("customers", "customers"),
            ("coupons", "coupons"),
            ("packages", "packages"),
            ("gift-cards", "gift_cards"),
            ("appointments", "appointments"),
        )
    },
    "bookablesites": {
        f"/api/v2/{name}": name
        for name in ("locations", "customers", "employees", "services", "coupons", "appointments")
    },
}


def config_of(url: str) -> Config:
    plugins = {
        "enabled": list(CLIENTS),
        "bookingpress": {"rate_limit_minute": 100_000, "rate_limit_hour": 100_000},
        "bookablesites": {"calls_per_minute": 100_000, "writes_per_minute": 100_000, "tokens_per_minute": 10_000},
    }
    document = {"database": {"url": url, "durability": "normal"}, "plugins": plugins}
    return parse_config(document, source="test")


@contextmanager
def venue_at(url: str, now: datetime = NOW) -> Iterator[SimpleNamespace]:
    """A host over this store, with a client for each dialect."""
    config = config_of(url)
    clock = SimpleNamespace(now=now)
    manager = host.start(config, clock=lambda: clock.now, migrate=True)
    app = TestApp(host.create_app(config, clock=lambda: clock.now, manager=manager))
    yield SimpleNamespace(app=app, manager=manager, config=config, clock=clock, url=url)
    close()


def close() -> None:
    events.clear_listeners()
    filters.install(filters.Filters())
    site.configure(site.Site())
    db.close_database()


def make_clients(venue: SimpleNamespace) -> dict[str, Any]:
    return clients.make_clients(venue.manager, venue.app, now=venue.clock.now)


def open_venue(kind: str, folder: Path) -> str:
    """The URL of an empty, migrated store."""
    url = open_store(kind, folder)
    db.close_database()
    return url


def furnish(venue: SimpleNamespace) -> None:
    """Each dialect's own demo: a room by the night, a class, a haircut, a meeting room, a boat."""
    demo.load_demo_documents(venue.manager, now=venue.clock.now)


def dump(venue: SimpleNamespace, dialect: str) -> Any:
    """A dialect's document as it stands in a file."""
    importer = venue.manager.importers[dialect]
    return msgspec.json.decode(msgspec.json.encode(importer.dump(site=venue.config.site, now=venue.clock.now)))


def load(venue: SimpleNamespace, dialect: str, document: Any) -> Any:
    """As ``frontdesk import`` does it."""
    with writing(), events.events_muted():
        importer = venue.manager.importers[dialect]
        return importer.load(document, site=venue.config.site, now=venue.clock.now)


def services() -> dict[str, list[Any]]:
    """Services by the dialect they come from."""
    found: dict[str, list[Any]] = {}
    for service in repository.services.list_all():
        found.setdefault(service.origin, []).append(service)
    return found


def whole(file: Path) -> bytes:
    """The open store as a whole export."""
    backup.write_backup(file, compress=False)
    return file.read_bytes()


def restore(file: Path, venue: SimpleNamespace, url: str) -> None:
    """Into a new store, which is open afterwards."""
    db.close_database()
    backup.restore_backup(file, config_of(url), venue.manager.migration_owners, installed_owner)
