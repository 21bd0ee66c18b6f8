"""Stores the entries of an import document (README, "Import and export").

An entry whose id exists replaces that record, except bookings, which stay. References are ids, or the ``key`` that an
entry of the same document gives itself.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from msgspec import UNSET, to_builtins

from frontdesk import balances, bookings, site
from frontdesk.errors import Invalid
from frontdesk.importing import path_prefix, with_ledger
from frontdesk.records import SKIP_ALL, SKIP_ALL_BUT_CAPACITY, BookingRequest
from frontdesk.repository import coupons, customers, locations, reserve_id, resources, services
from frontdesk.statuses import DELETED
from frontdesk.times import zone
from plugins.bookablesites.import_schemas import (
    AppointmentEntry,
    BookingEntry,
    CouponEntry,
    CustomerEntry,
    EmployeeEntry,
    LocationEntry,
    ServiceEntry,
)
from plugins.bookablesites.schemas import CustomerBody, WeekdayBody
from plugins.bookablesites.translate import bookings as booking_translation
from plugins.bookablesites.translate import schedule
from plugins.bookablesites.translate.coupons import to_coupon_values
from plugins.bookablesites.translate.customers import to_customer_values
from plugins.bookablesites.translate.imports import agreed_price, booking_facets, take_refused_contact
from plugins.bookablesites.translate.locations import to_location_values
from plugins.bookablesites.translate.params import to_integer
from plugins.bookablesites.translate.values import NAME, to_wall
from plugins.bookablesites.usecases.context import Context
from plugins.bookablesites.usecases.customers import store_customer
from plugins.bookablesites.usecases.employees import save_employee, with_ids
from plugins.bookablesites.usecases.schedules import save_company_days_off
from plugins.bookablesites.usecases.services import save_service

#: Fields of an entry that are no fields of the record it becomes.
_OWN_FIELDS = {"id", "key", "created_at", "updated_at", "min_employee_price", "max_employee_price"}


class Import:
    """One import: stores the entries of each section at ``now``."""

    def __init__(self, context: Context, now: datetime) -> None:
        self._context = context
        self._now = now
        #: Ids by kind and ``key`` of the entries.
        self._ids_by_key: dict[tuple[str, str], int] = {}
        #: Of each employee entry: the id, the working time, and whether the employee is in the bin.
        self._schedules: list[tuple[int, dict[str, Any], bool]] = []

    # -- references -------------------------------------------------------------------------------------------------

    def _remember_key(self, kind: str, entry: Any, id: int) -> None:
        if entry.key is not UNSET:
            self._ids_by_key[(kind, str(entry.key))] = id

    def _id(self, kind: str, reference: Any, field: str) -> int:
        """Return the id that a reference names; 0 for none."""
        if isinstance(reference, dict):
            reference = reference.get("key", reference.get("id"))
        if isinstance(reference, str) and (kind, reference) in self._ids_by_key:
            return self._ids_by_key[(kind, reference)]
        return 0 if reference in (None, UNSET) else to_integer(reference, field, low=1, high=2**53)

    def _ids_of(self, kind: str, references: Iterable[Any], field: str) -> list[int]:
        return [
            self._required_id(kind, reference, f"{field}.{position}") for position, reference in enumerate(references)
        ]

    def _required_id(self, kind: str, reference: Any, field: str) -> int:
        id = self._id(kind, reference, field)
        if not id:
            raise Invalid(field=field, reason="missing")
        return id

    # -- the site ---------------------------------------------------------------------------------------------------

    def store_office_hours(self, week: list[WeekdayBody]) -> None:
        days = schedule.to_week(to_builtins(week), "office_hours")
        site.save(now=self._now, dialect=NAME, extras={**site.extras(NAME), "office_hours": days})

    def store_days_off(self, entries: list[dict[str, Any]]) -> None:
        days_off = with_ids(entries, schedule.to_day_off, "days_off")
        save_company_days_off(days_off, now=self._now)

    # -- people and places ------------------------------------------------------------------------------------------

    def store_location(self, entry: LocationEntry) -> None:
        id = entry.id or None
        fields = {**entry.complete_fields(), "is_virtual": entry.is_virtual is True}
        refused = take_refused_contact(fields, id)
        stored = locations.get_many([id]).get(id) if id else None
        values = to_location_values(fields, stored) | refused
        if entry.status == "trashed":
            values["status"] = DELETED
        if stored is None:
            location = locations.create(now=self._now, id=id, origin=NAME, **values)
        else:
            location = locations.update(stored.id, now=self._now, **values)
        self._remember_key("location", entry, location.id)

    def store_customer(self, entry: CustomerEntry) -> None:
        id = entry.id or None
        fields = {**CustomerBody.DEFAULTS, **entry.sent_fields()}
        if id is None and not fields["email"]:
            raise Invalid(field="email", reason="missing")
        refused = take_refused_contact(fields, id)
        fields |= {name: fields.get(name) or "" for name in ("first_name", "last_name", "email")}
        if id is None:
            customer = store_customer(fields, now=self._now)
        else:
            # An id says which customer it is, also where two have the same address.
            stored = customers.get_many([id]).get(id)
            values = to_customer_values(fields, stored) | refused
            if stored is not None:
                customer = customers.update(id, now=self._now, **values)
            else:
                customer = customers.create(now=self._now, id=id, origin=NAME, **values)
        self._remember_key("customer", entry, customer.id)

    def store_employee(self, entry: EmployeeEntry) -> None:
        id = entry.id or None
        stored = resources.get_many([id]).get(id) if id else None
        if entry.services is not UNSET and stored is not None and stored.origin != NAME:
            # The store knows more about another dialect's employee than a record of the API shows.
            self._remember_key("employee", entry, stored.id)
            self._schedules.append((stored.id, {}, False))
            return
        fields = {**EmployeeEntry.DEFAULTS, **entry.sent_fields()}
        fields = {name: value for name, value in fields.items() if name not in {*_OWN_FIELDS, "services"}}
        if id is None and not fields.get("first_name"):
            raise Invalid(field="first_name", reason="missing")
        fields |= {name: fields.get(name) or "" for name in ("first_name", "last_name")}
        fields["location"] = self._id("location", fields["location"], "location") or None
        refused = take_refused_contact(fields, id)
        if id is not None and fields.get("email"):
            # An id says which employee it is, also where two have the same address.
            refused["email"] = fields["email"]
            del fields["email"]
        if not fields.get("email"):
            fields.pop("email", None)
        is_deleted = fields["status"] == "trashed"
        if is_deleted:
            fields["status"] = "hidden"
        # Periods may name services, which are stored later.
        working_time: dict[str, Any] = {
            name: fields.pop(name) for name in ("working_hours", "special_days", "days_off") if name in fields
        }
        employee_id = save_employee(stored, fields, self._context.settings, now=self._now, id=id)
        if refused:
            resources.update(employee_id, now=self._now, **refused)
        self._remember_key("employee", entry, employee_id)
        self._schedules.append((employee_id, working_time, is_deleted))

    def store_schedules(self) -> None:
        """Store the working time of employees, when everything that it names is stored."""
        for position, (employee_id, working_time, is_deleted) in enumerate(self._schedules):
            with path_prefix(f"employees.{position}"):
                if working_time:
                    employee = resources.get(employee_id)
                    save_employee(employee, working_time, self._context.settings, now=self._now)
                if is_deleted:
                    resources.update(employee_id, now=self._now, status=DELETED)

    # -- catalog ----------------------------------------------------------------------------------------------------

    def store_service(self, entry: ServiceEntry) -> None:
        id = entry.id or None
        stored = services.get_many([id]).get(id) if id else None
        if entry.min_employee_price is not UNSET and stored is not None and stored.origin != NAME:
            # The store knows more about another dialect's service than a record of the API shows.
            self._remember_key("service", entry, stored.id)
            return
        fields = {name: value for name, value in entry.complete_fields().items() if name not in _OWN_FIELDS}
        fields["employees"] = self._employees(fields["employees"] or [])
        fields["locations"] = self._ids_of("location", fields["locations"] or [], "locations")
        is_deleted = fields["status"] == "trashed"
        if is_deleted:
            fields["status"] = "hidden"
        service_id = save_service(stored, fields, self._context.settings, now=self._now, id=id, keep_ids=True)
        if stored is not None and stored.origin != NAME:
            services.update(service_id, now=self._now, origin=NAME)
        if is_deleted:
            services.update(service_id, now=self._now, status=DELETED)
        self._remember_key("service", entry, service_id)

    def _employees(self, entries: Iterable[Any]) -> list[dict[str, Any]]:
        employees = []
        for position, entry in enumerate(entries):
            terms = {} if isinstance(entry, int | str) else to_builtins(entry)
            reference = entry if isinstance(entry, int | str) else entry.key or entry.id
            employee_id = self._required_id("employee", reference, f"employees.{position}.id")
            employees.append({**terms, "id": employee_id})
        return employees

    def store_coupon(self, entry: CouponEntry) -> None:
        id = entry.id or None
        fields = entry.complete_fields()
        fields["services"] = self._ids_of("service", fields["services"] or [], "services")
        values = to_coupon_values(fields, currency=site.current().currency)
        stored = coupons.get_many([id]).get(id) if id else None
        if entry.used is not UNSET:
            # Uses that bookings count are not counted again.
            counted = balances.count_uses_of_coupon(stored) - stored.used if stored is not None else 0
            values["used"] = max(0, entry.used - counted)
        if stored is None:
            coupon = coupons.create(now=self._now, id=id, origin=NAME, **values)
        else:
            coupon = coupons.update(stored.id, now=self._now, **values)
        self._remember_key("coupon", entry, coupon.id)

    # -- appointments -----------------------------------------------------------------------------------------------

    def store_appointment(self, entry: AppointmentEntry) -> None:
        for position, booking in enumerate(entry.bookings or ()):
            with path_prefix(f"bookings.{position}"):
                self._store_booking(entry, booking)

    def _store_booking(self, appointment: AppointmentEntry, entry: BookingEntry) -> None:
        """Store a booking of an appointment; one that exists stays as it is."""
        if entry.id is not None and bookings.get_many([entry.id]):
            return
        created_at = self._now
        if entry.created_at:
            wall_clock = to_wall(entry.created_at, self._context.zone, "created_at", seconds=True)
            created_at = wall_clock.replace(tzinfo=zone(self._context.zone)).astimezone(UTC)
        request = self._booking_request(appointment, entry)
        booking = bookings.create(request, now=self._now, id=entry.id, created_at=created_at)
        changes: dict[str, Any] = {}
        if entry.group_id:
            changes["group_id"] = entry.group_id
        if entry.coupon_code:
            changes["coupon_code"] = entry.coupon_code
        if entry.price is not None:
            changes |= agreed_price(booking, entry.price)
        if appointment.id is not None and booking.session_id == booking.id != appointment.id:
            reserve_id(appointment.id)
            changes["session_id"] = appointment.id
        if changes:
            bookings.repository.update(booking.id, now=created_at, **changes)

    def _booking_request(self, appointment: AppointmentEntry, entry: BookingEntry) -> BookingRequest:
        site_zone = self._context.zone
        start = to_wall(appointment.start_date_time, site_zone, "start_date_time")
        end = appointment.end_date_time
        status = booking_translation.to_status(entry.status or booking_translation.APPROVED)
        return with_ledger(
            BookingRequest(
                service_id=self._id("service", appointment.service, "service"),
                wall_start=start,
                wall_end=to_wall(end, site_zone, "end_date_time") if end else None,
                origin=NAME,
                status=booking_translation.to_core_status(status),
                resource_id=self._id("employee", appointment.employee, "employee"),
                location_id=self._id("location", appointment.location, "location"),
                customer_id=self._customer_id(entry),
                persons=entry.persons,
                extras=booking_translation.to_extras_chosen({"extras": to_builtins(entry.extras or [])}),
                # Nothing that was agreed is judged again. A record shows its places, so they are not asked for.
                overrides=SKIP_ALL_BUT_CAPACITY if appointment.capacity is UNSET else SKIP_ALL,
                metadata=booking_facets(appointment, entry),
            ),
            entry.ledger,
        )

    def _customer_id(self, entry: BookingEntry) -> int:
        """Return the customer of a booking; one that only a record of the API names is created."""
        id = self._id("customer", entry.customer, "customer")
        customer = entry.customer
        if (
            id
            and isinstance(customer, dict)
            and isinstance(customer.get("email"), str)
            and not customers.get_many([id])
        ):
            id = to_integer(id, "customer", low=1, high=2**31 - 1)
            contact = {name: str(customer.get(name) or "")[:255] for name in ("first_name", "last_name", "email")}
            values: dict[str, Any] = {"origin": NAME, **contact}
            customers.create(now=self._now, id=id, **values)
        return id
