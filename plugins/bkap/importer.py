"""Imports the shop as one JSON document, with what no route of the API can set (README, "The import document")."""

from datetime import datetime
from typing import Any

from frontdesk import Importer, Site
from frontdesk.importing import Section, Value, import_document
from plugins.bkap import demo, exporter
from plugins.bkap.import_schemas import (
    GLOBAL_SETTINGS,
    UNUSED,
    BookingEntry,
    CustomerEntry,
    OrderEntry,
    ProductEntry,
    ResourceEntry,
)
from plugins.bkap.schemas import NAME
from plugins.bkap.translate.imports import read_booking, read_product, read_resource
from plugins.bkap.usecases import pulls
from plugins.bkap.usecases.imports import Import


def importer() -> Importer:
    """Return what ``frontdesk import`` and ``export`` call."""
    return Importer(
        dialect=NAME, load=load, dump=lambda *, site, now: exporter.dump(), demo=demo.document, pull=pulls.pull
    )


def load(document: Any, *, now: datetime, site: Site) -> dict[str, int]:
    """Import a document, all of it or nothing; a record whose id exists is replaced.

    Raises:
        Invalid: ``field`` is the path of the value that is wrong.
    """
    return import_document(document, sections(now=now, site=site))


def sections(*, now: datetime, site: Site) -> list[Section | Value]:
    """Return what a document may hold, in the order in which it is stored."""
    shop = Import(now, site)
    return [
        *(Value(name, kind) for name, kind in UNUSED.items()),
        Section("resources", ResourceEntry, shop.store_resource, read_resource),
        Section("products", ProductEntry, shop.store_product, read_product),
        Section("customers", CustomerEntry, shop.store_customer),
        Section("orders", OrderEntry, shop.store_order),
        Section("bookings", BookingEntry, shop.store_booking, read_booking, before=shop.delete_bookings),
        Value(GLOBAL_SETTINGS, dict[str, Any], shop.store_global_settings),
    ]
