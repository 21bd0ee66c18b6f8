"""Whole businesses of all four dialects, for tests of what goes out of a store and into another one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from core import backup, db, demo
from core.config import Config, parse_config
from core.db import writing
from core.plugins import installed_owner
from core.services import events, repository
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.host import close_host, open_host, plugin_tables
from frontdesk.testing.stores import open_store
from frontdesk.testing.venue import Clock
from tests.contract.conftest import NOW, sign_in

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


TABLES = {"plugins": plugin_tables(DRIVERS.values())}


def config_of(url: str) -> Config:
    return parse_config({**TABLES, "database": {"url": url, "durability": "normal"}}, source="test")


@contextmanager
def venue_at(url: str, now: datetime = NOW) -> Iterator[SimpleNamespace]:
    """A host over this store, with a client for each dialect."""
    clock = Clock(now)
    host = open_host(url, clock=clock, tables=TABLES)
    yield SimpleNamespace(host=host, app=host.app, manager=host.manager, config=config_of(url), clock=clock, url=url)
    close_host()


def make_clients(venue: SimpleNamespace) -> dict[str, Any]:
    return sign_in(venue.host)


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
