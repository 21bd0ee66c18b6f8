"""Exports everything of this dialect as one JSON document, which ``importer`` reads."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from frontdesk import balances, site
from frontdesk import importing as export_ownership
from frontdesk.importing import ledger_fields
from frontdesk.records import Booking
from frontdesk.repository import coupons, customers, locations, resources
from frontdesk.statuses import DELETED
from plugins.bookablesites.translate import bookings as booking_translation
from plugins.bookablesites.translate.coupons import to_coupon
from plugins.bookablesites.translate.customers import to_customer
from plugins.bookablesites.translate.locations import to_location
from plugins.bookablesites.translate.prices import to_price
from plugins.bookablesites.translate.services import to_service
from plugins.bookablesites.translate.values import NAME, from_instant, from_wall, stored_extras
from plugins.bookablesites.usecases.context import Context
from plugins.bookablesites.usecases.employees import render_employees
from plugins.bookablesites.usecases.schedules import company_days_off
from plugins.bookablesites.usecases.service_catalog import service_views


def dump(*, context: Context, now: datetime) -> dict[str, Any]:
    """Return everything of this dialect, with records in the bin that a booking names."""
    owned_services = export_ownership.exported_services(NAME)
    bookings = export_ownership.exported_bookings(NAME, owned_services)
    exported_services = _in_use(owned_services, {booking.service_id for booking in bookings})
    exported_locations = _in_use(locations.list_all(), {booking.location_id for booking in bookings})
    employees = _in_use(resources.list_all([("kind", "=", "staff")]), {booking.resource_id for booking in bookings})
    employee_records = render_employees(employees, context.zone, with_schedule=True)
    location_ids = {location.id for location in exported_locations}
    document: dict[str, Any] = {
        "office_hours": site.extras(NAME).get("office_hours"),
        "days_off": company_days_off(),
        "locations": [_with_status(row, _renamed(to_location(row))) for row in exported_locations],
        "customers": [_renamed(to_customer(row, context.zone)) for row in customers.list_all()],
        "employees": [
            _with_status(row, _employee(record, location_ids))
            for row, record in zip(employees, employee_records, strict=True)
        ],
        "services": [_with_status(row.service, _service(to_service(row))) for row in service_views(exported_services)],
        "coupons": [
            _without(to_coupon(row, balances.count_uses_of_coupon(row), now.date()), "status")
            for row in coupons.list_all()
            if row.discount > 0
        ],
        "appointments": _appointments(bookings, context.zone),
    }
    return {name: value for name, value in document.items() if value}


def _in_use(rows: Sequence[Any], booked_ids: Collection[int]) -> list[Any]:
    return [row for row in rows if row.status != DELETED or row.id in booked_ids]


def _with_status(row: Any, record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "status": "trashed"} if row.status == DELETED else record


def _without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def _renamed(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record under the names of the write bodies: ``phone`` for ``phone_number``."""
    record = _without(record, "created_at", "updated_at")
    return {("phone" if name == "phone_number" else name): value for name, value in record.items()}


def _employee(record: dict[str, Any], location_ids: Collection[int]) -> dict[str, Any]:
    location = record["location"]
    location_id = location["id"] if location and location["id"] in location_ids else None
    return {**_without(_renamed(record), "services"), "location": location_id}


def _service(record: dict[str, Any]) -> dict[str, Any]:
    category = record["category"]
    record = _without(record, "min_employee_price", "max_employee_price")
    return {**record, "category": category["name"] if category else None}


def _appointments(bookings: Iterable[Booking], zone: str) -> list[dict[str, Any]]:
    """Return bookings by appointment, in the order of the first booking of each."""
    sessions: dict[int, list[Booking]] = {}
    for booking in bookings:
        sessions.setdefault(booking.session_id or booking.id, []).append(booking)
    return [_appointment(session, zone) for session in sessions.values()]


def _appointment(session: list[Booking], zone: str) -> dict[str, Any]:
    first = session[0]
    return {
        "id": first.session_id,
        "service": first.service_id,
        "employee": first.resource_id or None,
        "location": first.location_id or None,
        "start_date_time": from_wall(first.wall_start),
        "end_date_time": from_wall(first.wall_end),
        "note": booking_translation.note_of(session),
        "bookings": [_booking(booking, zone) for booking in session],
    }


def _booking(booking: Booking, zone: str) -> dict[str, Any]:
    status = booking_translation.status_of(booking)
    return {
        "id": booking.id,
        "customer": booking.customer_id or None,
        "persons": booking_translation.party_size(booking),
        "status": status,
        "extras": [{"id": extra_id, "quantity": quantity} for extra_id, quantity in booking.extras_chosen],
        "coupon_code": booking.coupon_code or None,
        "group_id": booking.group_id or None,
        "custom_fields": stored_extras(booking).get("custom_fields") or {},
        "price": to_price(booking_translation.stored_quote(booking)),
        "created_at": from_instant(booking.created_at, zone),
        **ledger_fields(booking, NAME, booking_translation.to_core_status(status)),
    }
