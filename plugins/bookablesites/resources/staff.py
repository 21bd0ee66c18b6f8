"""``/employees`` (fact sheet, 8.3)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from zlib import crc32

import falcon

from core.db import writing
from core.domain.records import Resource as Record
from core.errors import Duplicate, Invalid
from core.http.body import convert
from core.http.openapi import operation
from core.services import catalog, site
from core.services.repository import Condition, locations, next_id, resources, services
from core.subject_locks import lock_subjects
from plugins.bookablesites.resources import offer
from plugins.bookablesites.resources.common import (
    LIST,
    PAGING,
    Resource,
    filters,
    id_filter,
    ordering,
    paging,
    path_id,
    read_plain,
    send,
    send_created,
    send_list,
    send_nothing,
    sorting,
)
from plugins.bookablesites.schemas import EmployeeBody, Id, plain
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate import schedule
from plugins.bookablesites.translate.catalog import (
    NAME,
    Schedule,
    own,
    schedule_of,
    schedule_values,
    service_facts,
    to_employee,
    to_employee_values,
    to_link,
    visibility_values,
)

_ORDERS = ("id", "first_name", "last_name", "email")


def office_hours() -> schedule.Week:
    """The week new employees start with."""
    return site.extras(NAME).get("office_hours") or schedule.OFFICE_HOURS


def shown(records: list[Record], zone: str, *, with_schedule: bool) -> list[dict[str, Any]]:
    """Employees with the names of what they offer and where: three queries for all."""
    links: dict[int, list[Any]] = {}
    for link in catalog.resource_links(resource_ids=[record.id for record in records]):
        links.setdefault(link.resource_id, []).append(link)
    offered = services.get_many(link.service_id for each in links.values() for link in each)
    places = locations.get_many(record.location_id for record in records)
    return [
        to_employee(
            record,
            location=places.get(record.location_id),
            links=links.get(record.id, []),
            services=offered,
            zone_name=zone,
            with_schedule=with_schedule,
        )
        for record in records
    ]


def shown_one(id: int, zone: str) -> dict[str, Any]:
    return shown([resources.get(id)], zone, with_schedule=True)[0]


def save_employee(
    before: Record | None,
    given: Mapping[str, Any],
    settings: Settings,
    *,
    now: datetime,
    id: int | None = None,
) -> int:
    """Create an employee (``before`` None) or change one; returns the id.

    Raises:
        Duplicate: Another employee has this email.
        Invalid: A field is wrong, or names something that does not exist.
    """
    offers = given.get("services")
    given = plain(dict(given))
    with writing():
        if "email" in given:
            _refuse_taken(given["email"], before.id if before else 0)
        if given.get("location") and given["location"] not in locations.get_many([given["location"]]):
            raise Invalid(field="location", reason="unknown", value=given["location"])
        values = to_employee_values(given, before)
        values |= _schedule_values(before, given, values)
        if before is None:
            number = resources.create(
                now=now, id=id, origin=NAME, kind="staff", capacity=None, sharing="session", **values
            ).id
        else:
            number = resources.update(before.id, now=now, **values).id
        if offers is not None:
            set_services(number, given["services"], settings, now=now)
    return number


def _refuse_taken(email: str, id: int) -> None:
    lock_subjects([("employee email", crc32(email.casefold().encode()))])
    other = resources.find(email=email.strip(), kind="staff")
    if other is not None and other.id != id and email.strip():
        raise Duplicate(kind="resource", field="email", value=email, id=other.id)


def _schedule_values(before: Record | None, given: Mapping[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Working time in the record, when it is sent, changed by hiding, or there for the first time."""
    status = values.get("status", before.status if before else "active")
    sent = {"working_hours", "special_days", "days_off"} & given.keys()
    if before is not None and not sent:
        if "status" not in values or (status == "hidden") == (before.status == "hidden"):
            return {}
        if "working_hours" not in own(before):
            return visibility_values(before, status == "hidden")
    kept = Schedule(office_hours()) if before is None else schedule_of(before)
    wanted = Schedule(
        schedule.to_week(given["working_hours"], "working_hours") if "working_hours" in given else kept.week,
        numbered(given["special_days"], schedule.to_special_day, "special_days")
        if "special_days" in given
        else kept.special_days,
        numbered(given["days_off"], schedule.to_day_off, "days_off") if "days_off" in given else kept.days_off,
    )
    schedule.check_special_days(wanted.special_days, "special_days")
    return schedule_values(before, wanted, hidden=status == "hidden", extras=values["extras"])


def numbered(entries: list[dict[str, Any]], read_one: Any, field: str) -> list[dict[str, Any]]:
    """Dated entries with ids; those that bring one keep it."""
    found = []
    for position, entry in enumerate(entries):
        found.append(read_one(entry, entry.get("id") or next_id(), f"{field}.{position}"))
    if len({entry["id"] for entry in found}) < len(found):
        raise Invalid(field=f"{field}.id", reason="twins")
    return found


def set_services(resource_id: int, wanted: list[Mapping[str, Any]], settings: Settings, *, now: datetime) -> None:
    """Replace what an employee offers, and compile the services that this touches."""
    before = {link.service_id: link for link in catalog.resource_links(resource_ids=[resource_id])}
    known = services.get_many(entry["id"] for entry in wanted)
    rows: dict[int, dict[str, Any]] = {}
    for position, entry in enumerate(wanted):
        number = entry["id"]
        if number not in known or number in rows:
            raise Invalid(field=f"services.{position}.id", reason="unknown", value=number)
        facts = service_facts(offer.offered([known[number]])[0])
        link = {"service_id": number, **to_link(entry, facts, f"services.{position}", currency=site.current().currency)}
        if number in before:
            link["position"] = before[number].position
        rows[number] = link
    catalog.set_services(resource_id, list(rows.values()))
    for number in sorted(before.keys() | rows.keys()):
        offer.compile_service(number, settings, now=now)


def save_schedule(record: Record, wanted: Schedule, *, now: datetime) -> Record:
    """Keep an employee's working time and its compiled rules; existing appointments stay."""
    schedule.check_special_days(wanted.special_days)
    values = schedule_values(record, wanted, hidden=record.status == "hidden")
    return resources.update(record.id, now=now, **values)


class Employees(Resource):
    """``/employees``"""

    @operation(
        query={
            **PAGING,
            **sorting(_ORDERS),
            **dict.fromkeys(("service", "location"), Id),
            **dict.fromkeys(("search", "email"), str),
            "status": Literal["active", "hidden"],
            "include": [Literal["schedule"]],
        },
        reply=LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = filters(req)
        wanted = paging(given)
        where: list[Condition] = [("kind", "=", "staff"), ("status", "!=", "trashed")]
        if "status" in given:
            where.append(("status", "=" if given["status"] == "hidden" else "!=", "hidden"))
        service, location = id_filter(given, "service"), id_filter(given, "location")
        if service is not None:
            linked = [link.resource_id for link in catalog.resource_links(service_ids=[service])]
            where.append(("id", "in", linked or [0]))
        if location is not None:
            where.append(("location_id", "=", location))
        if "search" in given:
            where.append((("name", "email"), "contains", given["search"]))
        if "email" in given:
            where.append(("email", "=", given["email"]))
        order = ordering(given, _ORDERS, "id")
        found = resources.page(where, order=[order], limit=wanted.limit, offset=wanted.offset)
        with_schedule = "schedule" in str(given.get("include", "")).split(",")
        send_list(resp, shown(found.items, self.tenant.zone, with_schedule=with_schedule), found.total or 0, wanted)

    @operation(body=EmployeeBody, required=EmployeeBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = read_employee(req).whole()
        number = save_employee(None, given, self.tenant.settings, now=self.tenant.now())
        send_created(req, resp, shown_one(number, self.tenant.zone), f"employees/{number}")


class OneEmployee(Resource):
    """``/employees/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, shown_one(path_id(id, "resource"), self.tenant.zone))

    @operation(body=EmployeeBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        self._update(resp, path_id(id, "resource"), read_employee(req).given())

    @operation(body=EmployeeBody, required=EmployeeBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        self._update(resp, path_id(id, "resource"), read_employee(req).whole())

    def _update(self, resp: falcon.Response, id: int, given: dict[str, Any]) -> None:
        with writing():
            save_employee(resources.get(id), given, self.tenant.settings, now=self.tenant.now())
        send(resp, shown_one(id, self.tenant.zone))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        number, now = path_id(id, "resource"), self.tenant.now()
        with writing():
            touched = [link.service_id for link in catalog.resource_links(resource_ids=[number])]
            catalog.delete_resource(number, now=now, unless_booked=True)
            for service_id in touched:
                offer.compile_service(service_id, self.tenant.settings, now=now)
        send_nothing(resp)


def read_employee(req: falcon.Request) -> EmployeeBody:
    """The body; ``services`` may be plain ids."""
    body = read_plain(req)
    if isinstance(body.get("services"), list):
        body = {**body, "services": [{"id": s} if isinstance(s, int | str) else s for s in body["services"]]}
    return convert(body, EmployeeBody, strict=False)
