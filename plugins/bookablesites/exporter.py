"""Exports everything of this dialect as one JSON document, which ``importer`` reads."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from core.domain.records import Booking
from core.ledger_fields import ledger_fields
from core.services import balances, export_ownership, site
from core.services.repository import coupons, customers, locations, resources
from plugins.bookablesites.resources import offer, schedules, staff
from plugins.bookablesites.resources.common import Tenant
from plugins.bookablesites.translate import bookings as booking_translation
from plugins.bookablesites.translate import catalog
from plugins.bookablesites.translate.catalog import NAME
from plugins.bookablesites.translate.prices import to_price
from plugins.bookablesites.translate.times import from_instant, from_wall


def dump(*, tenant: Tenant, now: datetime) -> dict[str, Any]:
    """Return everything of this dialect, with records in the bin that a booking names."""
    owned_services = export_ownership.exported_services(NAME)
    bookings = export_ownership.exported_bookings(NAME, owned_services)
    exported_services = _in_use(owned_services, {booking.service_id for booking in bookings})
    exported_locations = _in_use(locations.list_all(), {booking.location_id for booking in bookings})
    employees = _in_use(resources.list_all([("kind", "=", "staff")]), {booking.resource_id for booking in bookings})
    employee_records = staff.shown(employees, tenant.zone, with_schedule=True)
    location_ids = {location.id for location in exported_locations}
    document: dict[str, Any] = {
        "office_hours": site.extras(NAME).get("office_hours"),
        "days_off": schedules.company_days_off(),
        "locations": [_with_status(row, _renamed(catalog.to_location(row))) for row in exported_locations],
        "customers": [_renamed(catalog.to_customer(row, tenant.zone)) for row in customers.list_all()],
        "employees": [
            _with_status(row, _employee(record, location_ids))
            for row, record in zip(employees, employee_records, strict=True)
        ],
        "services": [
            _with_status(row.service, _service(catalog.to_service(row))) for row in offer.offered(exported_services)
        ],
        "coupons": [
            _without(catalog.to_coupon(row, balances.count_uses_of_coupon(row), now.date()), "status")
            for row in coupons.list_all()
            if row.discount > 0
        ],
        "appointments": _appointments(bookings, tenant.zone),
    }
    return {name: value for name, value in document.items() if value}


def _in_use(rows: Sequence[Any], booked_ids: Collection[int]) -> list[Any]:
    return [row for row in rows if row.status != "trashed" or row.id in booked_ids]


def _with_status(row: Any, record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "status": "trashed"} if row.status == "trashed" else record


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
        "persons": booking_translation.party(booking),
        "status": status,
        "extras": [{"id": extra_id, "quantity": quantity} for extra_id, quantity in booking.extras_chosen],
        "coupon_code": booking.coupon_code or None,
        "group_id": booking.group_id or None,
        "custom_fields": booking_translation.own(booking).get("custom_fields") or {},
        "price": to_price(booking_translation.stored_quote(booking)),
        "created_at": from_instant(booking.created_at, zone),
        **ledger_fields(booking, NAME, booking_translation.to_core_status(status)),
    }
