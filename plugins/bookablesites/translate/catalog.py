"""Customers, employees, locations, services and coupons: records as Bookablesites shows them, and back."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from core.domain.currency import exponent, rounded
from core.domain.records import (
    Category,
    Coupon,
    Customer,
    Extra,
    Location,
    Resource,
    Service,
    ServiceResource,
)
from core.domain.zones import zone
from core.errors import Invalid
from plugins.bookablesites.translate import phones, schedule
from plugins.bookablesites.translate.prices import to_number
from plugins.bookablesites.translate.times import from_instant, to_date

NAME = "bookablesites"
COLOR = "#1a84ee"
#: Fields of a service that core has no place for, or only in a compiled form.
SERVICE_FACTS = (
    "duration", "buffer_time_before", "buffer_time_after", "min_capacity", "max_capacity",
    "allow_below_min_capacity", "allow_multiple_persons", "color", "taxes",
)  # fmt: skip
_LARGEST = Decimal(10) ** 12
_COUNTS = ("no", "one", "two", "three", "four")


def own(record: Any) -> dict[str, Any]:
    """What this dialect keeps with a record."""
    return record.extras.get(NAME) or {}


def with_own(record: Any | None, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A record's extras with this dialect's part replaced and every other dialect's kept."""
    return {**(record.extras if record is not None else {}), NAME: dict(facts)}


def to_amount(value: Decimal, field: str, *, currency: str, most: Decimal = _LARGEST) -> Decimal:
    """Money as sent: not negative, no more decimals than the currency has."""
    if not value.is_finite() or not 0 <= value <= most:
        raise Invalid(field=field, reason="amount", value=str(value))
    if value != rounded(value, currency):
        places = exponent(currency)
        reason = "decimals" if places else "no_decimals"
        raise Invalid(field=field, reason=reason, value=str(value), limit=_COUNTS[places])
    return value


def to_zone(name: str | None, field: str = "timezone") -> str:
    """A zone's name, checked; empty for none."""
    if not name:
        return ""
    try:
        zone(name)
    except Invalid:
        raise Invalid(field=field, reason="zone", value=name) from None
    return name


def blank(text: str | None) -> str | None:
    """Empty texts are null in this dialect."""
    return text or None


# -- customers ----------------------------------------------------------------------------------------------------


def to_customer_values(given: Mapping[str, Any], before: Customer | None) -> dict[str, Any]:
    """The record fields that a customer's body sets."""
    values = {name: (given[name] or "").strip() for name in ("first_name", "last_name", "email") if name in given}
    facts = dict(own(before)) if before is not None else {}
    _phone(given, values, facts)
    if "description" in given:
        values["note"] = given["description"] or ""
    if "birthday" in given:
        birthday = given["birthday"]
        facts["birthday"] = to_date(birthday, "birthday").isoformat() if birthday else None
    facts |= {name: given[name] for name in ("gender", "custom_fields") if name in given}
    return {**values, "extras": with_own(before, facts)}


def _phone(given: Mapping[str, Any], values: dict[str, Any], facts: dict[str, Any]) -> None:
    if "phone" in given:
        values["phone"] = phones.to_number(given["phone"])
        facts["phone_country_code"] = phones.country(values["phone"])
    if given.get("phone_country_code"):
        facts["phone_country_code"] = given["phone_country_code"].lower()


def _shown_phone(record: Any) -> dict[str, Any]:
    number = record.phone
    with suppress(Invalid):
        number = phones.to_number(number)
    country = own(record).get("phone_country_code") or phones.country(number)
    return {"phone_number": blank(number), "phone_country_code": country if number else None}


def to_customer(record: Customer, zone_name: str) -> dict[str, Any]:
    facts = own(record)
    return {
        "id": record.id,
        "first_name": record.first_name,
        "last_name": record.last_name,
        "email": blank(record.email),
        **_shown_phone(record),
        "gender": facts.get("gender"),
        "birthday": facts.get("birthday"),
        "description": blank(record.note),
        "custom_fields": facts.get("custom_fields") or {},
        "created_at": from_instant(record.created_at, zone_name),
        "updated_at": from_instant(record.modified_at, zone_name),
    }


# -- locations ----------------------------------------------------------------------------------------------------


def to_location_values(given: Mapping[str, Any], before: Location | None) -> dict[str, Any]:
    """The record fields that a location's body sets."""
    values: dict[str, Any] = {}
    facts = dict(own(before)) if before is not None else {}
    if "name" in given:
        values["name"] = given["name"].strip()
    for name in ("address", "description"):
        if name in given:
            values[name] = given[name] or ""
    if "timezone" in given:
        values["zone"] = to_zone(given["timezone"])
    _phone(given, values, facts)
    facts |= {name: given[name] for name in ("latitude", "longitude", "is_default", "is_virtual") if name in given}
    return {**values, "extras": with_own(before, facts)}


def is_default(record: Location) -> bool:
    return bool(own(record).get("is_default"))


def is_virtual(record: Location) -> bool:
    """Zoom, Google Meet and Teams show up as locations that nobody can edit."""
    return bool(own(record).get("is_virtual"))


def to_location(record: Location) -> dict[str, Any]:
    facts = own(record)
    return {
        "id": record.id,
        "name": record.name,
        "address": blank(record.address),
        **_shown_phone(record),
        "description": blank(record.description),
        "latitude": facts.get("latitude"),
        "longitude": facts.get("longitude"),
        "timezone": blank(record.zone),
        "is_default": is_default(record),
        "is_virtual": is_virtual(record),
    }


def default_location(known: Iterable[Location]) -> Location | None:
    """The one marked so, else the oldest."""
    ordered = sorted(known, key=lambda record: (not is_default(record), record.id))
    return ordered[0] if ordered else None


# -- employees ----------------------------------------------------------------------------------------------------


def to_employee_values(given: Mapping[str, Any], before: Resource | None) -> dict[str, Any]:
    """The record fields that an employee's body sets, without services and schedule."""
    values: dict[str, Any] = {}
    facts = dict(own(before)) if before is not None else {}
    for name in ("first_name", "last_name", "email"):
        if name in given:
            values[name] = given[name].strip()
    if "first_name" in given or "last_name" in given:
        first = values.get("first_name", before.first_name if before else "")
        last = values.get("last_name", before.last_name if before else "")
        values["name"] = f"{first} {last}".strip()
    if "description" in given:
        values["description"] = given["description"] or ""
    if "timezone" in given:
        values["zone"] = to_zone(given["timezone"])
    if "location" in given:
        values["location_id"] = given["location"] or 0
    if "status" in given:
        values["status"] = given["status"]
    _phone(given, values, facts)
    if "badge" in given:
        facts["badge"] = given["badge"]
    return {**values, "extras": with_own(before, facts)}


@dataclass(frozen=True, slots=True)
class Schedule:
    """An employee's working time in vendor words."""

    week: schedule.Week
    special_days: list[dict[str, Any]] = field(default_factory=list)
    days_off: list[dict[str, Any]] = field(default_factory=list)


def schedule_of(record: Resource) -> Schedule:
    """As stored by this dialect, else what the resource's rules amount to."""
    facts = own(record)
    if "working_hours" in facts:
        return Schedule(facts["working_hours"], facts.get("special_days") or [], facts.get("days_off") or [])
    return Schedule(schedule.to_vendor_week(record.rules))


def schedule_values(record: Resource | None, wanted: Schedule, *, hidden: bool, extras: Any = None) -> dict[str, Any]:
    """The record fields that keep a schedule and its compiled rules."""
    base = (extras or (record.extras if record is not None else {})).get(NAME) or {}
    facts = {
        **base,
        "working_hours": wanted.week,
        "special_days": wanted.special_days,
        "days_off": wanted.days_off,
    }
    rules = schedule.to_rules(wanted.week, wanted.special_days, wanted.days_off, hidden=hidden)
    kept = extras if extras is not None else (record.extras if record is not None else {})
    return {"extras": {**kept, NAME: facts}, "rules": rules}


def visibility_values(record: Resource, hidden: bool) -> dict[str, Any]:
    """The rules of a resource with or without the one that hides it."""
    kept = tuple(rule for rule in record.rules if rule.label != schedule.HIDDEN_LABEL)
    return {"rules": (*kept, schedule.hidden_rule()) if hidden else kept}


def person_names(record: Resource) -> tuple[str, str]:
    """First and last name; a resource without any has its name as the first."""
    if record.first_name or record.last_name:
        return record.first_name, record.last_name
    return record.name, ""


def to_employee(
    record: Resource,
    *,
    location: Location | None,
    links: Sequence[ServiceResource],
    services: Mapping[int, Service],
    zone_name: str,
    with_schedule: bool,
) -> dict[str, Any]:
    facts = own(record)
    first, last = person_names(record)
    shown: dict[str, Any] = {
        "id": record.id,
        "first_name": first,
        "last_name": last,
        "email": record.email,
        **_shown_phone(record),
        "timezone": record.zone or zone_name,
        "description": blank(record.description),
        "badge": facts.get("badge"),
        "location": {"id": location.id, "name": location.name} if location is not None else None,
        "services": [
            {
                "id": link.service_id,
                "name": services[link.service_id].name,
                **_own_terms(link),
            }
            for link in links
            if link.service_id in services
        ],
        "status": "hidden" if record.status == "hidden" else "active",
    }
    if with_schedule:
        times = schedule_of(record)
        shown |= {
            "working_hours": times.week,
            "special_days": times.special_days,
            "days_off": times.days_off,
        }
    return shown


def _own_terms(link: ServiceResource) -> dict[str, Any]:
    """Price and capacities an employee has for a service; null where they are the service's."""
    facts = link.extras.get(NAME)
    price = None if link.price is None else to_number(link.price)
    if facts is None:
        return {"price": price, "min_capacity": link.min_capacity, "max_capacity": link.capacity}
    return {
        "price": price,
        "min_capacity": facts.get("min_capacity"),
        "max_capacity": facts.get("max_capacity"),
    }


def to_link(given: Mapping[str, Any], facts: Mapping[str, Any], field: str, *, currency: str) -> dict[str, Any]:
    """One employee of one service as core's link; ``facts`` are the service's own fields."""
    low, high = given.get("min_capacity"), given.get("max_capacity")
    price = given.get("price")
    effective_low = low if low is not None else facts["min_capacity"]
    effective_high = high if high is not None else facts["max_capacity"]
    if effective_low > effective_high:
        raise Invalid(field=f"{field}.min_capacity", reason="order", value=effective_low, limit=effective_high)
    return {
        "price": None if price is None else to_amount(Decimal(price), f"{field}.price", currency=currency),
        "capacity": effective_high,
        "min_capacity": None if facts["allow_below_min_capacity"] else effective_low,
        "extras": {NAME: {"min_capacity": low, "max_capacity": high}},
    }


# -- services -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offered:
    """A service with everything that is shown with it."""

    service: Service
    links: Sequence[ServiceResource] = ()
    extras: Sequence[Extra] = ()
    category: Category | None = None
    capacities: Sequence[int | None] = ()
    staff: Mapping[int, Resource] = field(default_factory=dict)
    taxes: Sequence[Mapping[str, Any]] = ()


def service_facts(offered: Offered) -> dict[str, Any]:
    """The vendor fields of a service: as stored, else what its plan amounts to."""
    facts = {
        **schedule.to_vendor_service(offered.service.plan, offered.capacities),
        "color": COLOR,
        "taxes": list(offered.taxes),
    }
    return facts | own(offered.service)


def to_service_values(given: Mapping[str, Any], before: Service | None, *, currency: str) -> dict[str, Any]:
    """The neutral record fields that a service's body sets, without schedule and prices."""
    values: dict[str, Any] = {}
    if "name" in given:
        values["name"] = given["name"].strip()
    if "description" in given:
        values["description"] = given["description"] or ""
    if given.get("slug"):
        values["slug"] = to_slug(given["slug"])
    elif "name" in given and (before is None or not before.slug):
        values["slug"] = to_slug(given["name"])
    if "price" in given:
        values["price"] = to_amount(given["price"], "price", currency=currency)
    if "locations" in given:
        values["locations"] = list(dict.fromkeys(given["locations"]))
    if "status" in given:
        values["status"] = "publish" if given["status"] == "visible" else "hidden"
    return values


def to_slug(text: str) -> str:
    """Letters and digits in lower case, joined by hyphens."""
    kept = "".join(letter if letter.isalnum() else " " for letter in text.lower())
    return "-".join(kept.split())[:255]


def to_taxes(taxes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Taxes as they are stored and shown."""
    found = []
    for number, tax in enumerate(taxes):
        most = Decimal(1000) if tax["type"] == "percentage" else _LARGEST
        value = Decimal(tax["value"])
        if not value.is_finite() or not 0 <= value <= most:
            raise Invalid(field=f"taxes.{number}.value", reason="amount", value=str(value))
        found.append({"name": tax["name"], "type": tax["type"], "value": to_number(value)})
    return found


def taxes_of(price_plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The taxes in a stored price plan, whoever wrote it."""
    rates = [rate for step in price_plan.get("steps") or () if step.get("kind") == "tax" for rate in step["rates"]]
    return [
        {
            "name": rate.get("label") or "",
            "type": rate.get("type") or "percentage",
            "value": to_number(Decimal(str(rate.get("value") or 0))),
        }
        for rate in rates
    ]


def to_service(offered: Offered) -> dict[str, Any]:
    service, facts = offered.service, service_facts(offered)
    prices = [service.price if link.price is None else link.price for link in offered.links] or [service.price]
    return {
        "id": service.id,
        "name": service.name,
        "slug": service.slug or to_slug(service.name),
        "category": {"id": offered.category.id, "name": offered.category.name} if offered.category else None,
        "description": service.description,
        "color": facts["color"],
        "duration": facts["duration"],
        "price": to_number(service.price),
        "buffer_time_before": facts["buffer_time_before"],
        "buffer_time_after": facts["buffer_time_after"],
        "min_capacity": facts["min_capacity"],
        "max_capacity": facts["max_capacity"],
        "allow_below_min_capacity": facts["allow_below_min_capacity"],
        "allow_multiple_persons": facts["allow_multiple_persons"],
        "employees": [{"id": link.resource_id, **_own_terms(link)} for link in offered.links],
        "locations": list(service.locations),
        "extras": [to_extra(extra) for extra in offered.extras],
        "taxes": list(facts["taxes"]),
        "min_employee_price": to_number(min(prices)),
        "max_employee_price": to_number(max(prices)),
        "status": "visible" if service.status == "publish" else "hidden",
    }


def to_extra(extra: Extra) -> dict[str, Any]:
    return {
        "id": extra.id,
        "name": extra.name,
        "price": to_number(extra.price),
        "duration": extra.minutes * 60,
        "max_quantity": extra.max_quantity or None,
    }


def to_extra_values(given: Mapping[str, Any], field: str, *, currency: str) -> dict[str, Any]:
    """The record fields of one extra."""
    if given["duration"] % 60:
        raise Invalid(field=f"{field}.duration", reason="multiple", value=given["duration"], limit=60)
    return {
        "name": given["name"],
        "price": to_amount(Decimal(given["price"]), f"{field}.price", currency=currency),
        "minutes": given["duration"] // 60,
        "max_quantity": given["max_quantity"] or 0,
    }


# -- coupons ------------------------------------------------------------------------------------------------------


def to_coupon_values(given: Mapping[str, Any], *, currency: str) -> dict[str, Any]:
    """The record fields of a coupon; its code is kept as sent."""
    # Of a percentage two decimals are enough in any currency.
    money = "" if given["discount_type"] == "percentage" else currency
    value = to_amount(given["discount_value"], "discount_value", currency=money)
    if value <= 0 or (given["discount_type"] == "percentage" and value > 100):
        raise Invalid(field="discount_value", reason="range", value=str(value), limit=(0, 100))
    code = given["code"].strip()
    if not code:
        raise Invalid(field="code", reason="missing")
    return {
        "code": code,
        "discount_type": given["discount_type"],
        "discount": value,
        "ends_on": _last_day(given["expiration_date"]),
        "services": list(dict.fromkeys(given["services"])),
        "max_uses": given["usage_limit"],
        "max_uses_per_customer": given["limit_per_user"],
        "max_bookings_per_group": given["booking_limit_amount"],
    }


def _last_day(given: str | None) -> str:
    """The last day of a coupon; nothing where it has none."""
    return to_date(given, "expiration_date").isoformat() if given else ""


def coupon_status(record: Coupon, used: int, today: date) -> str:
    if record.ends_on and today.isoformat() > record.ends_on:
        return "expired"
    if record.max_uses is not None and used >= record.max_uses:
        return "used_up"
    return "active"


def to_coupon(record: Coupon, used: int, today: date) -> dict[str, Any]:
    return {
        "id": record.id,
        "code": record.code,
        "discount_type": "fixed" if record.discount_type == "fixed" else "percentage",
        "discount_value": to_number(record.discount),
        "expiration_date": blank(record.ends_on),
        "usage_limit": record.max_uses,
        "limit_per_user": record.max_uses_per_customer,
        "booking_limit_amount": record.max_bookings_per_group,
        "services": list(record.services),
        "used": used,
        "status": coupon_status(record, used, today),
    }
