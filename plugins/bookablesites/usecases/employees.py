"""Employees: list, read, create, update and delete, with the services they offer and their working time."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zlib import crc32

from msgspec import to_builtins

from frontdesk import catalog, site
from frontdesk.database import lock_subjects, writing
from frontdesk.errors import Duplicate, Invalid
from frontdesk.records import Resource, ServiceResource
from frontdesk.repository import Condition, locations, next_id, resources, services
from frontdesk.statuses import DELETED
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate import schedule
from plugins.bookablesites.translate.employees import (
    WorkingTime,
    to_employee,
    to_employee_values,
    visibility_values,
    working_time_of,
    working_time_values,
)
from plugins.bookablesites.translate.params import id_or_none, to_order, to_paging
from plugins.bookablesites.translate.services import to_link
from plugins.bookablesites.translate.values import NAME, stored_extras
from plugins.bookablesites.usecases.context import Context
from plugins.bookablesites.usecases.service_catalog import compile_service, service_views

SORTABLE = ("id", "first_name", "last_name", "email")


def find(query: Mapping[str, Any], context: Context) -> dict[str, Any]:
    paging = to_paging(query)
    conditions: list[Condition] = [("kind", "=", "staff"), ("status", "!=", DELETED)]
    if "status" in query:
        conditions.append(("status", "=" if query["status"] == "hidden" else "!=", "hidden"))
    service_id, location_id = id_or_none(query, "service"), id_or_none(query, "location")
    if service_id is not None:
        employee_ids = [link.resource_id for link in catalog.resource_links(service_ids=[service_id])]
        conditions.append(("id", "in", employee_ids or [0]))
    if location_id is not None:
        conditions.append(("location_id", "=", location_id))
    if "search" in query:
        conditions.append((("name", "email"), "contains", query["search"]))
    if "email" in query:
        conditions.append(("email", "=", query["email"]))
    order = to_order(query, SORTABLE, "id")
    page = resources.page(conditions, order=[order], limit=paging.limit, offset=paging.offset)
    with_schedule = "schedule" in str(query.get("include", "")).split(",")
    return paging.to_list(render_employees(page.items, context.zone, with_schedule=with_schedule), page.total or 0)


def render_employees(records: Sequence[Resource], zone: str, *, with_schedule: bool) -> list[dict[str, Any]]:
    """Employees with the names of their services and location: three queries for all."""
    links: dict[int, list[ServiceResource]] = {}
    for link in catalog.resource_links(resource_ids=[record.id for record in records]):
        links.setdefault(link.resource_id, []).append(link)
    offered = services.get_many(link.service_id for group in links.values() for link in group)
    homes = locations.get_many(record.location_id for record in records)
    return [
        to_employee(
            record,
            location=homes.get(record.location_id),
            links=links.get(record.id, []),
            services=offered,
            zone_name=zone,
            with_schedule=with_schedule,
        )
        for record in records
    ]


def get(id: int, context: Context) -> dict[str, Any]:
    return render_employees([resources.get(id)], context.zone, with_schedule=True)[0]


def create(fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Store a new employee; without a schedule it gets a copy of the office hours."""
    return get(save_employee(None, fields, context.settings, now=context.now()), context)


def update(id: int, fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    with writing():
        save_employee(resources.get(id), fields, context.settings, now=context.now())
    return get(id, context)


def delete(id: int, context: Context) -> None:
    """Delete an employee; raises InUse where bookings are ahead."""
    now = context.now()
    with writing():
        service_ids = [link.service_id for link in catalog.resource_links(resource_ids=[id])]
        catalog.delete_resource(id, now=now, unless_booked=True)
        for service_id in service_ids:
            compile_service(service_id, context.settings, now=now)


def office_hours() -> schedule.Week:
    """The week new employees start with."""
    return site.extras(NAME).get("office_hours") or schedule.OFFICE_HOURS


def save_employee(
    current: Resource | None,
    fields: Mapping[str, Any],
    settings: Settings,
    *,
    now: datetime,
    id: int | None = None,
) -> int:
    """Create an employee or change one; returns the id.

    Args:
        current: The employee to change; None creates one.
        id: The id of a new employee; None takes the next one.

    Raises:
        Duplicate: Another employee has this email.
        Invalid: A field is wrong, or names a record that does not exist.
    """
    fields = to_builtins(dict(fields))
    with writing():
        if "email" in fields:
            _refuse_taken_email(fields["email"], current.id if current else 0)
        if fields.get("location") and fields["location"] not in locations.get_many([fields["location"]]):
            raise Invalid(field="location", reason="unknown", value=fields["location"])
        values = to_employee_values(fields, current)
        values |= _working_time_values(current, fields, values)
        if current is None:
            employee_id = resources.create(
                now=now, id=id, origin=NAME, kind="staff", capacity=None, sharing="session", **values
            ).id
        else:
            employee_id = resources.update(current.id, now=now, **values).id
        if fields.get("services") is not None:
            _set_services(employee_id, fields["services"], settings, now=now)
    return employee_id


def _refuse_taken_email(email: str, id: int) -> None:
    lock_subjects([("employee email", crc32(email.casefold().encode()))])
    other = resources.find(email=email.strip(), kind="staff")
    if other is not None and other.id != id and email.strip():
        raise Duplicate(kind="resource", field="email", value=email, id=other.id)


def _working_time_values(
    current: Resource | None, fields: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """The working time in the record: when it is sent, changed by hiding, or stored for the first time."""
    status = values.get("status", current.status if current else "active")
    is_sent = bool({"working_hours", "special_days", "days_off"} & fields.keys())
    if current is not None and not is_sent:
        if "status" not in values or (status == "hidden") == (current.status == "hidden"):
            return {}
        if "working_hours" not in stored_extras(current):
            return visibility_values(current, status == "hidden")
    times = WorkingTime(office_hours()) if current is None else working_time_of(current)
    week, special_days, days_off = times.week, times.special_days, times.days_off
    if "working_hours" in fields:
        week = schedule.to_week(fields["working_hours"], "working_hours")
    if "special_days" in fields:
        special_days = with_ids(fields["special_days"], schedule.to_special_day, "special_days")
    if "days_off" in fields:
        days_off = with_ids(fields["days_off"], schedule.to_day_off, "days_off")
    schedule.check_special_days(special_days, "special_days")
    return working_time_values(WorkingTime(week, special_days, days_off), values["extras"], hidden=status == "hidden")


def with_ids(
    entries: Sequence[Mapping[str, Any]], to_entry: Callable[..., dict[str, Any]], path: str
) -> list[dict[str, Any]]:
    """Special days or days off with ids; an entry without one takes the next.

    Args:
        to_entry: ``schedule.to_special_day`` or ``schedule.to_day_off``.

    Raises:
        Invalid: Two entries have the same id.
    """
    numbered = [
        to_entry(entry, entry.get("id") or next_id(), f"{path}.{position}") for position, entry in enumerate(entries)
    ]
    if len({entry["id"] for entry in numbered}) < len(numbered):
        raise Invalid(field=f"{path}.id", reason="twins")
    return numbered


def _set_services(employee_id: int, entries: Sequence[Mapping[str, Any]], settings: Settings, *, now: datetime) -> None:
    """Replace the services an employee offers, and compile the services this changes."""
    current = {link.service_id: link for link in catalog.resource_links(resource_ids=[employee_id])}
    existing = services.get_many(entry["id"] for entry in entries)
    currency = site.current().currency
    links: dict[int, dict[str, Any]] = {}
    for position, entry in enumerate(entries):
        path, service_id = f"services.{position}", entry["id"]
        if service_id not in existing or service_id in links:
            raise Invalid(field=f"{path}.id", reason="unknown", value=service_id)
        service_fields = service_views([existing[service_id]])[0].fields
        link = {"service_id": service_id, **to_link(entry, service_fields, path, currency=currency)}
        if service_id in current:
            link["position"] = current[service_id].position
        links[service_id] = link
    catalog.set_services(employee_id, list(links.values()))
    for service_id in sorted(current.keys() | links.keys()):
        compile_service(service_id, settings, now=now)
