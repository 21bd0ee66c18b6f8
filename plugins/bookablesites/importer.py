"""The documented JSON of this dialect, in and out; README.md describes it.

Everything comes in or nothing does. Entries with an ``id`` keep it, and replace what has that id already; references
are ids, or the ``key`` that an entry of the same document gives itself. ``load(dump())`` changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from core import Host, Importer
from core.db import writing
from core.documents import Section, check_keys, check_value, load_sections, prefix_errors, read_value
from core.domain.records import Booking
from core.domain.requests import SKIP_ALL, SKIP_ALL_BUT_CAPACITY, BookingRequest
from core.domain.site import Site
from core.domain.zones import zone as zone_of
from core.errors import Invalid
from core.ledger_fields import ledger_fields, restore_request
from core.services import balances, bookings, export_ownership, site
from core.services.repository import coupons, customers, locations, reserve_id, resources, services
from plugins.bookablesites import demo
from plugins.bookablesites.resources import offer, people, schedules, staff
from plugins.bookablesites.resources.common import Tenant
from plugins.bookablesites.schemas import CustomerBody, DayOffBody, WeekdayBody, plain
from plugins.bookablesites.shapes import (
    AppointmentDoc,
    ChosenDoc,
    CouponDoc,
    CustomerDoc,
    EmployeeDoc,
    LocationDoc,
    ServiceDoc,
)
from plugins.bookablesites.translate import bookings as words
from plugins.bookablesites.translate import catalog, schedule
from plugins.bookablesites.translate.catalog import NAME
from plugins.bookablesites.translate.prices import to_price
from plugins.bookablesites.translate.reading import canonical, to_whole
from plugins.bookablesites.translate.times import from_instant, from_wall, to_wall

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
    loading = _Load(tenant, now)
    sections = [Section(name, dict[str, Any], take) for name, take in loading.takers().items()]
    with writing():
        check_keys(document, SECTIONS)
        for name in ("office_hours", "days_off"):
            if name in document:
                check_value(document[name], list[dict[str, Any]], name)
                getattr(loading, name)(document[name])
        counts = load_sections(document, sections, other_fields=dict.fromkeys(("office_hours", "days_off"), Any))
        loading.schedules()
    counts |= {name: len(document[name]) for name in ("office_hours", "days_off") if name in document}
    return {name: counts[name] for name in SECTIONS if name in document}


class _Load:
    """One document on its way in."""

    def __init__(self, tenant: Tenant, now: datetime) -> None:
        self._tenant = tenant
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
        body = read_value(fields, kind, path, forbid_unknown=True)
        wanted = fields.get("id")
        return body, fields, None if wanted is None else to_whole(wanted, "id", low=1, high=2**53)

    def _small(self, wanted: int | None) -> int | None:
        """An id of a record that is numbered in four bytes."""
        return None if wanted is None else to_whole(wanted, "id", low=1, high=2**31 - 1)

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
        with prefix_errors("office_hours"):
            week = read_value(canonical(entries), list[WeekdayBody], "", forbid_unknown=True)
            days = schedule.to_week(plain(week), "")
            site.save(now=self._now, dialect=NAME, extras={**site.extras(NAME), "office_hours": days})

    def days_off(self, entries: list[Any]) -> None:
        with prefix_errors("days_off"):
            listed = canonical(entries)
            for position, entry in enumerate(listed):
                check_value(entry, DayOffBody, str(position), forbid_unknown=True)
            found = staff.numbered(listed, schedule.to_day_off, "")
            schedules.save_company_days_off(found, now=self._now)

    def _location(self, entry: dict[str, Any], path: str) -> None:
        body, fields, wanted = self._read(entry, LocationDoc, path)
        wanted = self._small(wanted)
        given = body.whole()
        given["is_virtual"] = bool(fields.get("is_virtual"))
        before = locations.get_many([wanted]).get(wanted) if wanted else None
        values = catalog.to_location_values(given, before)
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
        given = {**CustomerBody.DEFAULTS, **body.given()}
        for name in ("first_name", "last_name", "email"):
            given[name] = given.get(name) or ""
        if wanted is None and not given["email"]:
            raise Invalid(field="email", reason="missing")
        before = customers.get_many([wanted]).get(wanted) if wanted else None
        values = catalog.to_customer_values(given, before)
        if before is not None:
            made = customers.update(before.id, now=self._now, **values)
        elif wanted is None:
            made = people.create_customer(given, now=self._now)
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
        given = body.whole()
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
        number = staff.save_employee(before, given, self._tenant.settings, now=self._now, id=wanted)
        self._named("employee", fields, number)
        self._schedules.append((path, number, late, trashed))

    def schedules(self) -> None:
        """Working time, now that everything it may name is there."""
        for path, number, late, trashed in self._schedules:
            with prefix_errors(path):
                if late:
                    staff.save_employee(resources.get(number), late, self._tenant.settings, now=self._now)
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
        given = body.whole()
        for name in ("id", "key", "min_employee_price", "max_employee_price"):
            given.pop(name, None)
        trashed = given["status"] == "trashed"
        if trashed:
            given["status"] = "hidden"
        number = offer.save_service(before, given, self._tenant.settings, now=self._now, id=wanted, keep_ids=True)
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
        values = catalog.to_coupon_values(body.whole(), currency=site.current().currency)
        before = coupons.get_many([wanted]).get(wanted) if wanted else None
        if "used" in fields:
            used = to_whole(fields["used"], "used", low=0, high=10**9)
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
            with prefix_errors(f"{path}.bookings.{number}"):
                self._booking(fields, dict(party), wanted, people[number])

    def _booking(self, fields: Mapping[str, Any], party: dict[str, Any], session_id: int | None, customer: Any) -> None:
        """One booking of an appointment; one that is there already stays as it is."""
        wanted = to_whole(party["id"], "id", low=1, high=2**53) if party.get("id") is not None else None
        if wanted is not None and bookings.get_many([wanted]):
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
            customer_id=self._customer_of(party, customer),
            persons=to_whole(party.get("persons", 1), "persons", low=1, high=100_000),
            extras=words.to_chosen({"extras": plain(read_value(party.get("extras") or [], list[ChosenDoc], "extras"))}),
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
        return to_whole(value, kind, low=1, high=2**53)


def _list(value: Any, path: str, kind: Any = Any) -> list[Any]:
    """A list that may be left out."""
    if value is None:
        return []
    check_value(value, list[kind], path)
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


def dump(*, tenant: Tenant, now: datetime) -> dict[str, Any]:
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
    zone = tenant.zone
    document: dict[str, Any] = {
        "office_hours": site.extras(NAME).get("office_hours"),
        "days_off": schedules.company_days_off(),
        "locations": [_trashed(record, _renamed(catalog.to_location(record))) for record in places],
        "customers": [_renamed(catalog.to_customer(record, zone)) for record in customers.list_all()],
        "employees": [
            _trashed(record, _employee(shown))
            for record, shown in zip(people_here, staff.shown(people_here, zone, with_schedule=True), strict=True)
        ],
        "services": [_trashed(one.service, _service(catalog.to_service(one))) for one in offer.offered(mine)],
        "coupons": [
            _dropped(catalog.to_coupon(record, balances.count_uses_of_coupon(record), now.date()), "status")
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
        "note": words.note_of(members),
        "bookings": [_booked(booking, zone) for booking in members],
    }


def _booked(booking: Booking, zone: str) -> dict[str, Any]:
    status = words.status_of(booking)
    return {
        "id": booking.id,
        "customer": booking.customer_id or None,
        "persons": words.party(booking),
        "status": status,
        "extras": [{"id": number, "quantity": quantity} for number, quantity in booking.extras_chosen],
        "coupon_code": booking.coupon_code or None,
        "group_id": booking.group_id or None,
        "custom_fields": words.own(booking).get("custom_fields") or {},
        "price": to_price(words.stored_quote(booking)),
        "created_at": from_instant(booking.created_at, zone),
        **ledger_fields(booking, NAME, words.to_core_status(status)),
    }
