"""Employees, who are core's staff resources, and their working time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from frontdesk.records import Location, Resource, Service, ServiceResource
from plugins.bookablesites.translate import schedule
from plugins.bookablesites.translate.phones import read_phone, to_phone_fields
from plugins.bookablesites.translate.services import to_link_fields
from plugins.bookablesites.translate.values import NAME, none_if_empty, stored_extras, to_zone, with_own_extras


def to_employee_values(fields: Mapping[str, Any], current: Resource | None) -> dict[str, Any]:
    """The record fields that the fields of a body set, without services and schedule."""
    values: dict[str, Any] = {}
    stored = dict(stored_extras(current)) if current is not None else {}
    for name in ("first_name", "last_name", "email"):
        if name in fields:
            values[name] = fields[name].strip()
    if "first_name" in fields or "last_name" in fields:
        first = values.get("first_name", current.first_name if current else "")
        last = values.get("last_name", current.last_name if current else "")
        values["name"] = f"{first} {last}".strip()
    if "description" in fields:
        values["description"] = fields["description"] or ""
    if "timezone" in fields:
        values["zone"] = to_zone(fields["timezone"])
    if "location" in fields:
        values["location_id"] = fields["location"] or 0
    if "status" in fields:
        values["status"] = fields["status"]
    read_phone(fields, values, stored)
    if "badge" in fields:
        stored["badge"] = fields["badge"]
    return {**values, "extras": with_own_extras(current, stored)}


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The week, special days and days off of an employee, as the API shows them."""

    week: schedule.Week
    special_days: list[dict[str, Any]] = field(default_factory=list)
    days_off: list[dict[str, Any]] = field(default_factory=list)


def working_time_of(record: Resource) -> WorkingTime:
    """The stored working time; that of another dialect's resource is derived from its calendar rules."""
    stored = stored_extras(record)
    if "working_hours" in stored:
        return WorkingTime(stored["working_hours"], stored.get("special_days") or [], stored.get("days_off") or [])
    return WorkingTime(schedule.to_vendor_week(record.rules))


def working_time_values(times: WorkingTime, extras: Mapping[str, Any], *, hidden: bool) -> dict[str, Any]:
    """The record fields that store a working time, as the API shows it and compiled to calendar rules.

    Args:
        extras: The record's extras; the working time is added to them.
    """
    stored = {
        **(extras.get(NAME) or {}),
        "working_hours": times.week,
        "special_days": times.special_days,
        "days_off": times.days_off,
    }
    rules = schedule.to_rules(times.week, times.special_days, times.days_off, hidden=hidden)
    return {"extras": {**extras, NAME: stored}, "rules": rules}


def visibility_values(record: Resource, hidden: bool) -> dict[str, Any]:
    """The record's calendar rules with or without the rule that hides it."""
    rules = tuple(rule for rule in record.rules if rule.label != schedule.HIDDEN_LABEL)
    return {"rules": (*rules, schedule.hidden_rule()) if hidden else rules}


def person_names(record: Resource) -> tuple[str, str]:
    """First and last name; the name of a resource that has neither is its first name."""
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
    """An employee as replies show it.

    Args:
        links: The services the employee offers.
        services: Services by id; links to others are left out.
        zone_name: The time zone shown for an employee without one.
    """
    first, last = person_names(record)
    employee: dict[str, Any] = {
        "id": record.id,
        "first_name": first,
        "last_name": last,
        "email": record.email,
        **to_phone_fields(record),
        "timezone": record.zone or zone_name,
        "description": none_if_empty(record.description),
        "badge": stored_extras(record).get("badge"),
        "location": {"id": location.id, "name": location.name} if location is not None else None,
        "services": [
            {"id": link.service_id, "name": services[link.service_id].name, **to_link_fields(link)}
            for link in links
            if link.service_id in services
        ],
        "status": "hidden" if record.status == "hidden" else "active",
    }
    if with_schedule:
        times = working_time_of(record)
        employee |= {
            "working_hours": times.week,
            "special_days": times.special_days,
            "days_off": times.days_off,
        }
    return employee
