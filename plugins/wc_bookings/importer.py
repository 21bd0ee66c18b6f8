"""Imports a shop's whole state as one JSON document (README, "Import and export")."""

from datetime import datetime
from typing import Any

from frontdesk import Site
from frontdesk.importing import Section, Value, checked, import_document
from plugins.wc_bookings.import_schemas import (
    UNUSED,
    BookingEntry,
    CategoryEntry,
    KeyEntry,
    OrderEntry,
    ProductEntry,
    RelationshipEntry,
    ResourceEntry,
    ShopRuleEntry,
    SiteEntry,
    SlotEntry,
    UserEntry,
)
from plugins.wc_bookings.usecases.imports import Import


def load(document: Any, *, now: datetime, site: Site) -> dict[str, int]:
    """Import a document, all of it or nothing; a record whose id exists is replaced.

    Raises:
        Invalid: ``field`` is the path of the value that is wrong.
    """
    return import_document(document, sections(now=now, site=site))


def sections(*, now: datetime, site: Site) -> list[Section | Value]:
    """Return what a document may hold, in the order in which it is stored."""
    shop = Import(now, site)
    slots_by_day = dict[str, list[SlotEntry]]
    return [
        *(Value(name, kind) for name, kind in UNUSED.items()),
        Value("site", SiteEntry, shop.store_site, checked),
        Value("global_availability", list[ShopRuleEntry] | None, shop.store_shop_rules, checked, counted=True),
        Value("weekly_schedule", slots_by_day, shop.store_weekly_schedule, checked),
        Value("date_overrides", slots_by_day, shop.store_date_overrides, checked),
        Section("users", UserEntry, shop.store_user),
        Value("api_keys", dict[str, KeyEntry] | None, shop.store_keys, counted=True),
        Section("categories", CategoryEntry, shop.store_category),
        Section("resources", ResourceEntry, shop.store_resource, checked),
        Value("booking_relationships", list[RelationshipEntry] | None, shop.remember_relationships),
        Section("products", ProductEntry, shop.store_product, checked),
        Section("orders", OrderEntry, shop.store_order),
        Section("bookings", BookingEntry, shop.store_booking, before=shop.note_imported_bookings),
    ]
