"""The documented JSON of this dialect, in and out; README.md describes it.

Everything comes in or nothing does. Entries with an ``id`` keep it, and replace what has that id already; references
are ids, or the ``key`` that an entry of the same document gives itself. ``load(dump())`` changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from msgspec import to_builtins

from core import Host, Importer
from core.db import writing
from core.documents import Section, at, check, check_keys, load_sections, read
from core.domain.records import Booking
from core.domain.requests import SKIP_ALL, SKIP_ALL_BUT_CAPACITY, BookingRequest
from core.domain.site import Site
from core.domain.zones import zone as zone_of
from core.errors import Invalid
from core.ledger_fields import ledger_fields, restore_request
from core.services import balances, bookings, export_ownership, site
from core.services.repository import coupons, customers, locations, reserve_id, resources, services
from plugins.bookablesites import demo
from plugins.bookablesites.schemas import CustomerBody, DayOffBody, WeekdayBody
from plugins.bookablesites.shapes import (
    AppointmentDoc,
    ChosenDoc,
    CouponDoc,
    CustomerDoc,
    EmployeeDoc,
    LocationDoc,
    ServiceDoc,
)
from plugins.bookablesites.translate import schedule
from plugins.bookablesites.translate.bookings import (
    APPROVED,
    note_of,
    party_size,
    status_of,
    stored_quote,
    to_core_status,
    to_extras_chosen,
    to_status,
)
from plugins.bookablesites.translate.coupons import to_coupon, to_coupon_values
from plugins.bookablesites.translate.customers import to_customer, to_customer_values
from plugins.bookablesites.translate.locations import to_location, to_location_values
from plugins.bookablesites.translate.own_fields import NAME, own_fields
from plugins.bookablesites.translate.prices import to_price
from plugins.bookablesites.translate.request_fields import canonical, to_integer
from plugins.bookablesites.translate.services import to_service
from plugins.bookablesites.translate.times import from_instant, from_wall, to_wall
from plugins.bookablesites.usecases.context import Context
from plugins.bookablesites.usecases.customers import store_customer
from plugins.bookablesites.usecases.employees import render_employees, save_employee, with_ids
from plugins.bookablesites.usecases.schedules import company_days_off, save_company_days_off
from plugins.bookablesites.usecases.service_catalog import service_views
from plugins.bookablesites.usecases.services import save_service

B = TypeVar("B")

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
    context = Context(host)

    def load_here(document: Any, *, site: Site, now: datetime) -> Mapping[str, int]:
        return load(document, context=context, now=now)

    def dump_here(*, site: Site, now: datetime) -> dict[str, Any]:
        return dump(context=context, now=now)

    return Importer(dialect=NAME, load=load_here, dump=dump_here, demo=demo.document)


def load(document: Any, *, context: Context, now: datetime) -> dict[str, int]:
    """Take in a document and say how many entries of each section there were.

    Raises:
        Invalid: Something in it is wrong; ``field`` is the path, and nothing was changed.
    """
    loading = _Load(context, now)
    sections = [Section(name, dict[str, Any], take) for name, take in loading.takers().items()]
    with writing():
        check_keys(document, SECTIONS)
        for name in ("office_hours", "days_off"):
            if name in document:
                check(document[name], list[dict[str, Any]], name)
                getattr(loading, name)(document[name])
        counts = load_sections(document, sections, others=dict.fromkeys(("office_hours", "days_off"), Any))
        loading.schedules()
    counts |= {name: len(document[name]) for name in ("office_hours", "days_off") if name in document}
    return {name: counts[name] for name in SECTIONS if name in document}


class _Load:
    """One document on its way in."""

    def __init__(self, context: Context, now: datetime) -> None:
        self._context = context
        self._now = now
        self._keys: dict[tuple[str, str], int] = {}
        self._schedules: list[tuple[str, int, dict[str, Any], bool]] = []

    def takers(self) -> dict[str, Callable[[dict[str, Any], str], None]]:
        """What stores an entry of each list, in the order in which they come in."""
        return {
            "locations": self._location,
            "customers": self._customer,
            "employees": self._employee,
            "services": self._service,
            "coupons": self._coupon,
            "appointments": self._appointment,
        }

    def _read(self, entry: Mapping[str, Any], kind: type[B], path: str) -> tuple[B, dict[str, Any], int | None]:
        """An entry under the names of its struct, as that struct, and the id it asks for."""
        fields = canonical(entry)
        body = read(fields, kind, path, closed=True)
        wanted = fields.get("id")
        return body, fields, None if wanted is None else to_integer(wanted, "id", low=1, high=2**53)

    def _small(self, wanted: int | None) -> int | None:
        """An id of a record that is numbered in four bytes."""
        return None if wanted is None else to_integer(wanted, "id", low=1, high=2**31 - 1)

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
        with at("office_hours"):
            week = read(canonical(entries), list[WeekdayBody], "", closed=True)
            days = schedule.to_week(to_builtins(week), "")
            site.save(now=self._now, dialect=NAME, extras={**site.extras(NAME), "office_hours": days})

    def days_off(self, entries: list[Any]) -> None:
        with at("days_off"):
            listed = canonical(entries)
            for position, entry in enumerate(listed):
                check(entry, DayOffBody, str(position), closed=True)
            found = with_ids(listed, schedule.to_day_off, "")
            save_company_days_off(found, now=self._now)

    def _location(self, entry: dict[str, Any], path: str) -> None:
        body, fields, wanted = self._read(entry, LocationDoc, path)
        wanted = self._small(wanted)
        given = body.complete_fields()
        given["is_virtual"] = bool(fields.get("is_virtual"))
        before = locations.get_many([wanted]).get(wanted) if wanted else None
        values = to_location_values(given, before)
        if given.get("status") == "trashed":
            values["status"] = "trashed"
        if before is None:
            made = locations.create(now=self._now, id=wanted, origin=NAME, **values)
        else:
            made = locations.update(before.id, now=self._now, **values)
        self._named("location", fields, made.id)

    def _customer(self, entry: dict[str, Any], path: str) -> None:
        body, fields, wanted = self._read(entry, CustomerDoc, path)
        wanted = self._small(wanted)
        given = {**CustomerBody.DEFAULTS, **body.sent_fields()}
        for name in ("first_name", "last_name", "email"):
            given[name] = given.get(name) or ""
        if wanted is None and not given["email"]:
            raise Invalid(field="email", reason="missing")
        before = customers.get_many([wanted]).get(wanted) if wanted else None
        values = to_customer_values(given, before)
        if before is not None:
            made = customers.update(before.id, now=self._now, **values)
        elif wanted is None:
            made = store_customer(given, now=self._now)
        else:
            # Who comes with a number is that one, also where two dialects know the same address.
            made = customers.create(now=self._now, id=wanted, origin=NAME, **values)
        self._named("customer", fields, made.id)

    def _employee(self, entry: dict[str, Any], path: str) -> None:
        if entry.get("location") is not None:
            entry = {**entry, "location": self._id("location", entry["location"])}
        body, fields, wanted = self._read(entry, EmployeeDoc, path)
        before = resources.get_many([wanted]).get(wanted) if wanted else None
        if "services" in fields and before is not None and before.origin != NAME:
            # An answer of the API says less about another dialect's employee than is known here.
            self._named("employee", fields, before.id)
            return
        given = body.complete_fields()
        given.pop("services", None)
        for name in ("last_name", "email"):
            if given.get(name) is None:
                given[name] = ""
        if not given["email"]:
            del given["email"]
        for name in ("id", "key", "created_at", "updated_at"):
            given.pop(name, None)
        trashed = given.get("status") == "trashed"
        if trashed:
            given["status"] = "hidden"
        # Periods may name services, which come later.
        late = {name: given.pop(name) for name in ("working_hours", "special_days", "days_off") if name in given}
        number = save_employee(before, given, self._context.settings, now=self._now, id=wanted)
        self._named("employee", fields, number)
        self._schedules.append((path, number, late, trashed))

    def schedules(self) -> None:
        """Working time, now that everything it may name is there."""
        for path, number, late, trashed in self._schedules:
            with at(path):
                if late:
                    save_employee(resources.get(number), late, self._context.settings, now=self._now)
                if trashed:
                    resources.update(number, now=self._now, status="trashed")

    def _service(self, entry: dict[str, Any], path: str) -> None:
        category = entry.get("category")
        entry = {
            **entry,
            "employees": [
                {**(item if isinstance(item, dict) else {}), "id": self._id("employee", item)}
                for item in _list(entry.get("employees"), f"{path}.employees")
            ],
            "locations": [self._id("location", item) for item in _list(entry.get("locations"), f"{path}.locations")],
        }
        if isinstance(category, dict) and isinstance(category.get("name"), str):
            # An answer names its category as well: that is what it is found by, or made of.
            entry["category"] = category["name"]
        body, fields, wanted = self._read(entry, ServiceDoc, path)
        before = services.get_many([wanted]).get(wanted) if wanted else None
        if "min_employee_price" in fields and before is not None and before.origin != NAME:
            # An answer of the API says less about another dialect's service than is known here.
            self._named("service", fields, before.id)
            return
        given = body.complete_fields()
        for name in ("id", "key", "min_employee_price", "max_employee_price"):
            given.pop(name, None)
        trashed = given["status"] == "trashed"
        if trashed:
            given["status"] = "hidden"
        number = save_service(before, given, self._context.settings, now=self._now, id=wanted, keep_ids=True)
        if before is not None and before.origin != NAME:
            services.update(number, now=self._now, origin=NAME)
        if trashed:
            services.update(number, now=self._now, status="trashed")
        self._named("service", fields, number)

    def _coupon(self, entry: dict[str, Any], path: str) -> None:
        entry = {
            **entry,
            "services": [self._id("service", item) for item in _list(entry.get("services"), f"{path}.services")],
        }
        body, fields, wanted = self._read(entry, CouponDoc, path)
        wanted = self._small(wanted)
        values = to_coupon_values(body.complete_fields(), currency=site.current().currency)
        before = coupons.get_many([wanted]).get(wanted) if wanted else None
        if "used" in fields:
            used = to_integer(fields["used"], "used", low=0, high=10**9)
            counted = balances.count_uses_of_coupon(before) - before.used if before is not None else 0
            values["used"] = max(0, used - counted)
        if before is None:
            made = coupons.create(now=self._now, id=wanted, origin=NAME, **values)
        else:
            made = coupons.update(before.id, now=self._now, **values)
        self._named("coupon", fields, made.id)

    def _appointment(self, entry: dict[str, Any], path: str) -> None:
        people = [item.get("customer") for item in _list(entry.get("bookings"), f"{path}.bookings", dict)]
        body, fields, wanted = self._read(entry, AppointmentDoc, path)
        if body.employees and "employee" not in fields:
            fields["employee"] = body.employees[0].get("id")
        for number, party in enumerate(fields.get("bookings") or ()):
            with at(f"{path}.bookings.{number}"):
                self._booking(fields, dict(party), wanted, people[number])

    def _booking(self, fields: Mapping[str, Any], party: dict[str, Any], session_id: int | None, customer: Any) -> None:
        """One booking of an appointment; one that is there already stays as it is."""
        wanted = to_integer(party["id"], "id", low=1, high=2**53) if party.get("id") is not None else None
        if wanted is not None and bookings.get_many([wanted]):
            return
        zone = self._context.zone
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
            status=to_core_status(to_status(party.get("status") or APPROVED)),
            resource_id=self._reference("employee", fields),
            location_id=self._reference("location", fields),
            customer_id=self._customer_of(party, customer),
            persons=to_integer(party.get("persons", 1), "persons", low=1, high=100_000),
            extras=to_extras_chosen(
                {"extras": to_builtins(read(party.get("extras") or [], list[ChosenDoc], "extras"))}
            ),
            # What was agreed elsewhere is not judged again. An answer shows its places, which are not asked for.
            overrides=SKIP_ALL if "capacity" in fields else SKIP_ALL_BUT_CAPACITY,
            metadata=_facets(fields, party),
        )
        request = restore_request(request, party, "")
        made = bookings.create(request, now=self._now, id=wanted, created_at=made_at)
        later: dict[str, Any] = {name: str(party[name]) for name in ("group_id", "coupon_code") if party.get(name)}
        if isinstance(party.get("price"), dict):
            later |= _agreed_price(made, party["price"])
        if session_id is not None and made.session_id == made.id != session_id:
            reserve_id(session_id)
            later["session_id"] = session_id
        if later:
            bookings.repository.update(made.id, now=made_at, **later)

    def _customer_of(self, party: Mapping[str, Any], customer: Any) -> int:
        """The customer of a booking; one that only an answer of the API names is made."""
        number = self._reference("customer", party)
        if (
            number
            and isinstance(customer, dict)
            and isinstance(customer.get("email"), str)
            and not customers.get_many([number])
        ):
            names = {name: str(customer.get(name) or "")[:255] for name in ("first_name", "last_name", "email")}
            customers.create(now=self._now, id=self._small(number), origin=NAME, **names)
        return number

    def _reference(self, kind: str, fields: Mapping[str, Any]) -> int:
        value = self._id(kind, fields.get(kind))
        if value is None or value == {}:
            return 0
        return to_integer(value, kind, low=1, high=2**53)


def _list(value: Any, path: str, kind: Any = Any) -> list[Any]:
    """A list that may be left out."""
    if value is None:
        return []
    check(value, list[kind], path)
    return list(value)


def _facets(fields: Mapping[str, Any], party: Mapping[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    if isinstance(party.get("custom_fields"), dict) and party["custom_fields"]:
        metadata["custom_fields"] = party["custom_fields"]
    if fields.get("note"):
        metadata["note"] = str(fields["note"])
    return metadata


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


def dump(*, context: Context, now: datetime) -> dict[str, Any]:
    """Everything this dialect owns, as ``load`` takes it back."""
    owned = export_ownership.exported_services(NAME)
    booked = export_ownership.exported_bookings(NAME, owned)
    used = {booking.service_id for booking in booked}
    mine = [service for service in owned if service.status != "trashed" or service.id in used]
    # Whoever and wherever is gone stays in the document while a booking names them.
    staffed = {booking.resource_id for booking in booked}
    placed = {booking.location_id for booking in booked}
    people_here = [
        record
        for record in resources.list_all([("kind", "=", "staff")])
        if record.status != "trashed" or record.id in staffed
    ]
    places = [record for record in locations.list_all() if record.status != "trashed" or record.id in placed]
    zone = context.zone
    document: dict[str, Any] = {
        "office_hours": site.extras(NAME).get("office_hours"),
        "days_off": company_days_off(),
        "locations": [_trashed(record, _renamed(to_location(record))) for record in places],
        "customers": [_renamed(to_customer(record, zone)) for record in customers.list_all()],
        "employees": [
            _trashed(record, _employee(shown))
            for record, shown in zip(people_here, render_employees(people_here, zone, with_schedule=True), strict=True)
        ],
        "services": [_trashed(one.service, _service(to_service(one))) for one in service_views(mine)],
        "coupons": [
            _dropped(to_coupon(record, balances.count_uses_of_coupon(record), now.date()), "status")
            for record in coupons.list_all()
            if record.discount > 0
        ],
        "appointments": _appointments(booked, zone),
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


def _trashed(record: Any, shown: dict[str, Any]) -> dict[str, Any]:
    return {**shown, "status": "trashed"} if record.status == "trashed" else shown


def _appointments(booked: Iterable[Booking], zone: str) -> list[dict[str, Any]]:
    """Bookings by appointment, in the order of the first one of each."""
    together: dict[int, list[Booking]] = {}
    for booking in booked:
        together.setdefault(booking.session_id or booking.id, []).append(booking)
    return [_appointment(members, zone) for members in together.values()]


def _appointment(members: list[Booking], zone: str) -> dict[str, Any]:
    first = members[0]
    return {
        "id": first.session_id,
        "service": first.service_id,
        "employee": first.resource_id or None,
        "location": first.location_id or None,
        "start_date_time": from_wall(first.wall_start),
        "end_date_time": from_wall(first.wall_end),
        "note": note_of(members),
        "bookings": [_booked(booking, zone) for booking in members],
    }


def _booked(booking: Booking, zone: str) -> dict[str, Any]:
    status = status_of(booking)
    return {
        "id": booking.id,
        "customer": booking.customer_id or None,
        "persons": party_size(booking),
        "status": status,
        "extras": [{"id": number, "quantity": quantity} for number, quantity in booking.extras_chosen],
        "coupon_code": booking.coupon_code or None,
        "group_id": booking.group_id or None,
        "custom_fields": own_fields(booking).get("custom_fields") or {},
        "price": to_price(stored_quote(booking)),
        "created_at": from_instant(booking.created_at, zone),
        **ledger_fields(booking, NAME, to_core_status(status)),
    }
