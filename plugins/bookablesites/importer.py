"""Imports the JSON document of this dialect (README, "Import and export")."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from frontdesk import Host, Importer, Site
from frontdesk.importing import Section, Value, import_document
from plugins.bookablesites import demo, exporter
from plugins.bookablesites.import_schemas import (
    AppointmentEntry,
    CouponEntry,
    CustomerEntry,
    EmployeeEntry,
    LocationEntry,
    ServiceEntry,
)
from plugins.bookablesites.schemas import DayOffBody, WeekdayBody
from plugins.bookablesites.translate.imports import checked_entries, read_appointment, read_entry, read_service
from plugins.bookablesites.translate.values import NAME
from plugins.bookablesites.usecases.context import Context
from plugins.bookablesites.usecases.imports import Import


def importer(host: Host) -> Importer:
    """Return what ``frontdesk import`` and ``export`` call."""
    context = Context(host)

    def load_document(document: Any, *, site: Site, now: datetime) -> Mapping[str, int]:
        return import_document(document, sections(context=context, now=now))

    def dump_document(*, site: Site, now: datetime) -> dict[str, Any]:
        return exporter.dump(context=context, now=now)

    return Importer(dialect=NAME, load=load_document, dump=dump_document, demo=demo.document)


def sections(*, context: Context, now: datetime) -> list[Section | Value]:
    """Return what a document may hold, in the order in which it is stored."""
    business = Import(context, now)
    return [
        Value("office_hours", list[WeekdayBody], business.store_office_hours, read_entry, counted=True),
        Value("days_off", list[DayOffBody], business.store_days_off, checked_entries, counted=True),
        Section("locations", LocationEntry, business.store_location, read_entry),
        Section("customers", CustomerEntry, business.store_customer, read_entry),
        Section("employees", EmployeeEntry, business.store_employee, read_entry, after=business.store_schedules),
        Section("services", ServiceEntry, business.store_service, read_service),
        Section("coupons", CouponEntry, business.store_coupon, read_entry),
        Section("appointments", AppointmentEntry, business.store_appointment, read_appointment),
    ]
