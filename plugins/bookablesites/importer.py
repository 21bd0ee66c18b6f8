"""The documented JSON of this dialect, in and out; README.md describes it.

Everything comes in or nothing does. Entries with an ``id`` keep it, and replace what has that id already; references
are ids, or the ``key`` that an entry of the same document gives itself. ``load(dump())`` changes nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from core import Host, Importer
from core.db import writing
from core.domain.records import Booking
from core.domain.requests import ROOM_ONLY, BookingRequest
from core.domain.site import Site
from core.domain.zones import zone as zone_of
from core.errors import DomainError, Invalid
from core.http.body import convert
from core.services import balances, bookings, sessions, site
from core.services.records import coupons, customers, locations, reserve_id, resources, services
from plugins.bookablesites import demo
from plugins.bookablesites.resources import offer, people, schedules, staff
from plugins.bookablesites.resources.common import Tenant
from plugins.bookablesites.schemas import (
    CouponBody,
    CustomerBody,
    EmployeeBody,
    LocationBody,
    ServiceBody,
    WeekBody,
    plain,
)
from plugins.bookablesites.translate import bookings as words
from plugins.bookablesites.translate import catalog, schedule
from plugins.bookablesites.translate.catalog import NAME
from plugins.bookablesites.translate.prices import to_price
from plugins.bookablesites.translate.reading import canonical, to_whole
from plugins.bookablesites.translate.times import from_instant, from_wall, to_wall

SECTIONS = (
    "office_hours",
    "days_off",
    "locations",
    "customers",
    "employees",
    "services",
    "coupons",
    "appointments",
)


def importer(host: Host) -> Importer:
    """How ``frontdesk import`` and ``export`` reach this module."""
    tenant = Tenant(host)

    def load_here(document: Any, *, site: Site, now: datetime) -> Mapping[str, int]:
        return load(document, tenant=tenant, now=now)

    def dump_here(*, site: Site, now: datetime) -> dict[str, Any]:
        return dump(tenant=tenant, now=now)

    return Importer(dialect=NAME, load=load_here, dump=dump_here, demo=demo.document)


def load(document: Any, *, tenant: Tenant, now: datetime) -> dict[str, int]:
    """Take in a document and say how many entries of each section there were.

    Raises:
        Invalid: Something in it is wrong; ``field`` is the path, and nothing was changed.
    """
    if not isinstance(document, dict):
        raise Invalid(field="document", reason="type")
    for name, value in document.items():
        if name not in SECTIONS:
            raise Invalid(field=str(name), reason="unknown")
        if not isinstance(value, list):
            raise Invalid(field=name, reason="type")
    loading = _Load(tenant, now)
    with writing():
        for name in SECTIONS:
            if name in document:
                getattr(loading, name)(document[name])
        loading.schedules()
    return {name: len(document[name]) for name in SECTIONS if name in document}


@contextmanager
def _at(path: str) -> Iterator[None]:
    """Put the path in front of whatever is wrong inside."""
    try:
        yield
    except Invalid as error:
        field = f"{path}.{error.field}".strip(".")
        raise Invalid(field=field, reason=error.reason, value=error.value, limit=error.limit) from error
    except DomainError as error:
        raise Invalid(field=path, reason=str(error)) from error


class _Load:
    """One document on its way in."""

    def __init__(self, tenant: Tenant, now: datetime) -> None:
        self._tenant = tenant
        self._now = now
        self._keys: dict[tuple[str, str], int] = {}
        self._schedules: list[tuple[str, int, dict[str, Any]]] = []

    def _entries(self, name: str, entries: list[Any]) -> Iterator[tuple[str, dict[str, Any], int | None]]:
        """Path, fields and wanted id of each entry."""
        for number, entry in enumerate(entries):
            path = f"{name}.{number}"
            if not isinstance(entry, dict):
                raise Invalid(field=path, reason="type")
            with _at(path):
                fields = canonical(entry)
                wanted = fields.get("id")
                if wanted is not None:
                    wanted = to_whole(wanted, "id", low=1, high=2**53)
            yield path, fields, wanted

    def _named(self, kind: str, fields: Mapping[str, Any], id: int) -> None:
        if "key" in fields:
            self._keys[(kind, str(fields["key"]))] = id

    def _id(self, kind: str, value: Any) -> Any:
        """An id, or the one that an entry of this document was given."""
        if isinstance(value, dict):
            value = value.get("key", value.get("id"))
        if isinstance(value, str) and (kind, value) in self._keys:
            return self._keys[(kind, value)]
        return value

    def office_hours(self, entries: list[Any]) -> None:
        with _at("office_hours"):
            week = schedule.to_week(self._week(entries), "")
            site.save(now=self._now, dialect=NAME, extras={**site.extras(NAME), "office_hours": week})

    def _week(self, entries: list[Any]) -> list[dict[str, Any]]:
        return plain(convert({"data": canonical(entries)}, WeekBody, strict=False))["data"]

    def days_off(self, entries: list[Any]) -> None:
        with _at("days_off"):
            found = staff.numbered(canonical(entries), schedule.to_day_off, "")
            schedules.save_company_days_off(found, now=self._now)

    def locations(self, entries: list[Any]) -> None:
        for path, fields, wanted in self._entries("locations", entries):
            with _at(path):
                given = convert(fields, LocationBody, strict=False).whole()
                given["is_virtual"] = bool(fields.get("is_virtual"))
                before = locations.many([wanted]).get(wanted) if wanted else None
                values = catalog.to_location_values(given, before)
                if before is None:
                    made = locations.create(now=self._now, id=wanted, origin=NAME, **values)
                else:
                    made = locations.update(before.id, now=self._now, **values)
                self._named("location", fields, made.id)

    def customers(self, entries: list[Any]) -> None:
        for path, fields, wanted in self._entries("customers", entries):
            with _at(path):
                given = convert(fields, CustomerBody, strict=False).whole()
                before = customers.many([wanted]).get(wanted) if wanted else None
                if before is None:
                    made = people.create_customer(given, now=self._now, id=wanted)
                else:
                    people.refuse_taken(given["email"] or "", before.id)
                    values = catalog.to_customer_values(given, before)
                    made = customers.update(before.id, now=self._now, **values)
                self._named("customer", fields, made.id)

    def employees(self, entries: list[Any]) -> None:
        for path, fields, wanted in self._entries("employees", entries):
            with _at(path):
                if fields.get("location") is not None:
                    fields["location"] = self._id("location", fields["location"])
                given = convert(fields, EmployeeBody, strict=False).whole()
                given.pop("services", None)
                # Periods may name services, which come later.
                late = {
                    name: given.pop(name) for name in ("working_hours", "special_days", "days_off") if name in given
                }
                before = resources.many([wanted]).get(wanted) if wanted else None
                settings = self._tenant.settings
                number = staff.save_employee(before, given, settings, now=self._now, id=wanted)
                self._named("employee", fields, number)
                self._schedules.append((path, number, late))

    def schedules(self) -> None:
        """Working time, now that everything it may name is there."""
        for path, number, late in self._schedules:
            if late:
                with _at(path):
                    record = resources.get(number)
                    staff.save_employee(record, late, self._tenant.settings, now=self._now)

    def services(self, entries: list[Any]) -> None:
        for path, fields, wanted in self._entries("services", entries):
            with _at(path):
                fields["employees"] = [
                    {**(entry if isinstance(entry, dict) else {}), "id": self._id("employee", entry)}
                    for entry in fields.get("employees") or ()
                ]
                fields["locations"] = [self._id("location", entry) for entry in fields.get("locations") or ()]
                given = convert(fields, ServiceBody, strict=False).whole()
                before = services.many([wanted]).get(wanted) if wanted else None
                number = offer.save_service(
                    before, given, self._tenant.settings, now=self._now, id=wanted, keep_ids=True
                )
                self._named("service", fields, number)

    def coupons(self, entries: list[Any]) -> None:
        for path, fields, wanted in self._entries("coupons", entries):
            with _at(path):
                fields["services"] = [self._id("service", entry) for entry in fields.get("services") or ()]
                values = catalog.to_coupon_values(convert(fields, CouponBody, strict=False).whole())
                before = coupons.many([wanted]).get(wanted) if wanted else None
                if "used" in fields:
                    used = to_whole(fields["used"], "used", low=0, high=10**9)
                    counted = balances.coupon_uses(before) - before.used if before is not None else 0
                    values["used"] = max(0, used - counted)
                if before is None:
                    made = coupons.create(now=self._now, id=wanted, origin=NAME, **values)
                else:
                    made = coupons.update(before.id, now=self._now, **values)
                self._named("coupon", fields, made.id)

    def appointments(self, entries: list[Any]) -> None:
        for path, fields, wanted in self._entries("appointments", entries):
            with _at(path):
                for number, party in enumerate(fields.get("bookings") or ()):
                    with _at(f"bookings.{number}"):
                        self._booking(fields, dict(party), wanted)

    def _booking(self, fields: Mapping[str, Any], party: dict[str, Any], session_id: int | None) -> None:
        """One booking of an appointment; one that is there already stays as it is."""
        wanted = to_whole(party["id"], "id", low=1, high=2**53) if party.get("id") is not None else None
        if wanted is not None and bookings.many([wanted]):
            return
        zone = self._tenant.zone
        start = to_wall(fields.get("start_date_time"), zone, "start_date_time")
        end = fields.get("end_date_time")
        created = party.get("created_at")
        made_at = self._now
        if created:
            made = to_wall(created, zone, "created_at", seconds=True)
            made_at = made.replace(tzinfo=zone_of(zone)).astimezone(UTC)
        request = BookingRequest(
            service_id=self._reference("service", fields),
            wall_start=start,
            wall_end=to_wall(end, zone, "end_date_time") if end else None,
            origin=NAME,
            status=words.to_core_status(words.to_status(party.get("status") or words.APPROVED)),
            resource_id=self._reference("employee", fields),
            location_id=self._reference("location", fields),
            customer_id=self._reference("customer", party),
            persons=to_whole(party.get("persons", 1), "persons", low=1, high=100_000),
            extras=words.to_chosen(party),
            # What was agreed elsewhere is not judged again.
            relax=ROOM_ONLY,
            facets=_facets(fields, party),
        )
        made = bookings.create(request, now=self._now, id=wanted, created_at=made_at)
        later: dict[str, Any] = {name: str(party[name]) for name in ("group_id", "coupon_code") if party.get(name)}
        if isinstance(party.get("price"), dict):
            later |= _agreed_price(made, party["price"])
        if session_id is not None and made.session_id == made.id != session_id:
            reserve_id(session_id)
            later["session_id"] = session_id
        if later:
            bookings.table.update(made.id, now=made_at, **later)

    def _reference(self, kind: str, fields: Mapping[str, Any]) -> int:
        value = self._id(kind, fields.get(kind))
        if value is None:
            return 0
        return to_whole(value, kind, low=1, high=2**53)


def _facets(fields: Mapping[str, Any], party: Mapping[str, Any]) -> dict[str, Any]:
    facets: dict[str, Any] = {}
    if isinstance(party.get("custom_fields"), dict) and party["custom_fields"]:
        facets["custom_fields"] = party["custom_fields"]
    if fields.get("note"):
        facets["note"] = str(fields["note"])
    return facets


def _agreed_price(made: Booking, price: Mapping[str, Any]) -> dict[str, Any]:
    """The price a booking was made at, instead of today's."""
    try:
        facts = {name: Decimal(str(price.get(name, 0))) for name in ("unit", "subtotal", "discount", "tax")}
        total = Decimal(str(price.get("total", 0)))
    except ArithmeticError:
        raise Invalid(field="price", reason="type", value=str(price)) from None
    if not all(amount.is_finite() and abs(amount) < 10**12 for amount in (*facts.values(), total)):
        raise Invalid(field="price", reason="range", value=str(price))
    quote = {
        "currency": made.currency,
        "total": str(total),
        "lines": [{"kind": "stated", "amount": str(total), "label": "", "quantity": "1"}],
        "facts": {name: str(amount) for name, amount in facts.items()},
    }
    return {"quote": quote, "total": total}


# -- going out ----------------------------------------------------------------------------------------------------


def dump(*, tenant: Tenant, now: datetime) -> dict[str, Any]:
    """Everything this dialect owns, as ``load`` takes it back."""
    mine = [service for service in services.all() if offer.is_own(service) and service.status != "trashed"]
    people_here = resources.all([("kind", "=", "staff"), ("status", "!=", "trashed")])
    zone = tenant.zone
    document: dict[str, Any] = {
        "office_hours": site.extras(NAME).get("office_hours"),
        "days_off": schedules.company_days_off(),
        "locations": [_renamed(catalog.to_location(record)) for record in locations.all([("status", "!=", "trashed")])],
        "customers": [_renamed(catalog.to_customer(record, zone)) for record in customers.all()],
        "employees": [_employee(shown) for shown in staff.shown(people_here, zone, with_schedule=True)],
        "services": [_service(catalog.to_service(one)) for one in offer.offered(mine)],
        "coupons": [
            _dropped(catalog.to_coupon(record, balances.coupon_uses(record), now.date()), "status")
            for record in coupons.all()
            if record.ends_on and record.discount > 0
        ],
        "appointments": _appointments([service.id for service in mine], zone),
    }
    return {name: value for name, value in document.items() if value}


def _dropped(shown: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in names}


def _renamed(shown: dict[str, Any]) -> dict[str, Any]:
    """``phone_number`` is what replies call ``phone``."""
    shown = _dropped(shown, "created_at", "updated_at")
    return {("phone" if name == "phone_number" else name): value for name, value in shown.items()}


def _employee(shown: dict[str, Any]) -> dict[str, Any]:
    shown = _dropped(_renamed(shown), "services")
    shown["location"] = shown["location"]["id"] if shown["location"] else None
    return shown


def _service(shown: dict[str, Any]) -> dict[str, Any]:
    shown = _dropped(shown, "min_employee_price", "max_employee_price")
    shown["category"] = shown["category"]["name"] if shown["category"] else None
    return shown


def _appointments(service_ids: list[int], zone: str) -> list[dict[str, Any]]:
    if not service_ids:
        return []
    where = [("service_id", "in", service_ids)]
    found = sessions.page(where, statuses=words.VISIBLE, order=[("id", "asc")]).items
    return [_appointment(members, zone) for members in found]


def _appointment(members: list[Booking], zone: str) -> dict[str, Any]:
    first = members[0]
    return {
        "id": first.session_id,
        "service": first.service_id,
        "employee": first.resource_id or None,
        "location": first.location_id or None,
        "start_date_time": from_wall(first.wall_start),
        "end_date_time": from_wall(first.wall_end),
        "note": words.note_of(first),
        "bookings": [_booked(booking, zone) for booking in members],
    }


def _booked(booking: Booking, zone: str) -> dict[str, Any]:
    return {
        "id": booking.id,
        "customer": booking.customer_id or None,
        "persons": words.party(booking),
        "status": words.status_of(booking),
        "extras": [{"id": number, "quantity": quantity} for number, quantity in booking.extras_chosen],
        "coupon_code": booking.coupon_code or None,
        "group_id": booking.group_id or None,
        "custom_fields": words.own(booking).get("custom_fields") or {},
        "price": to_price(words.stored_quote(booking)),
        "created_at": from_instant(booking.created_at, zone),
    }
