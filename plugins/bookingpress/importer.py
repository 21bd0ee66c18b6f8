"""Imports the JSON document of this dialect (README, "Import and export")."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from frontdesk import Site, bookings
from frontdesk.errors import DomainError, error_sentence
from frontdesk.importing import Section, Value, checked, import_document
from frontdesk.repository import categories, coupons, customers, gift_cards, locations, packages, resources, services
from plugins.bookingpress import import_schemas as schemas
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.translate.hours import DayOffEntry, WorkHoursEntry
from plugins.bookingpress.translate.imports import ImportedEntry, read_entry
from plugins.bookingpress.translate.values import NAME
from plugins.bookingpress.usecases.imports import Import


def load(document: Any, *, now: datetime, site: Site) -> dict[str, int]:
    """Import a document, all of it or nothing.

    Raises:
        Invalid: ``field`` is the path of the value that is wrong.
    """
    return import_document(document, sections(now=now, site=site), wording=_wording)


def sections(*, now: datetime, site: Site) -> list[Section | Value]:
    """Return what a document may hold, in the order in which it is stored."""
    shop = Import(now, site)
    return [
        Value("settings", dict[str, Any], shop.store_settings, checked),
        Value("workhours", list[WorkHoursEntry] | None, shop.store_workhours, checked),
        Value("daysoff", list[DayOffEntry] | None, shop.store_daysoff, checked),
        _section("categories", schemas.CategoryRecord, shop.store_category, categories),
        _section("services", schemas.ServiceRecord, shop.store_service, services),
        _section("staffmembers", schemas.StaffMemberRecord, shop.store_staff_member, resources),
        _section("locations", schemas.LocationRecord, shop.store_location, locations),
        _section("customers", schemas.CustomerRecord, shop.store_customer, customers),
        _section("coupons", schemas.CouponRecord, shop.store_coupon, coupons),
        _section("packages", schemas.PackageRecord, shop.store_package, packages),
        _section("package_bookings", schemas.PackageBookingEntry, shop.store_package_booking),
        _section("gift_cards", schemas.GiftCardRecord, shop.store_gift_card, gift_cards),
        _section("sold_gift_cards", schemas.SoldGiftCardEntry, shop.store_sold_gift_card),
        _section("appointments", schemas.AppointmentRecord, shop.store_appointment, bookings.repository),
    ]


def _section(name: str, kind: Any, store: Callable[[ImportedEntry], object], table: Any = None) -> Section:
    """Declare a section; ``table`` holds its records where the API answers them too."""
    return Section(name, kind, partial(_store, store, table), read_entry)


def _store(store: Callable[[ImportedEntry], object], table: Any, entry: ImportedEntry) -> None:
    if entry.is_record and entry.id is not None:
        stored = table.get_many([entry.id]).get(entry.id)
        if stored is not None and stored.origin != NAME:
            # The store knows more about another dialect's record than the API shows.
            return
    store(entry)


def _wording(error: DomainError) -> str:
    return error.msg if isinstance(error, Refused) else error_sentence(error)
