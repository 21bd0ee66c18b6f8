"""Working hours, special days and days off: of one employee, and of the company (fact sheet, 8.3)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import falcon

from core.db import writing
from core.domain.records import Resource as Record
from core.errors import NotFound
from core.http.body import convert
from core.http.openapi import operation
from core.services import site
from core.services.repository import next_id, resources
from plugins.bookablesites.resources.common import (
    Resource,
    path_id,
    read,
    read_plain,
    send,
    send_created,
    send_nothing,
)
from plugins.bookablesites.resources.staff import office_hours, save_schedule
from plugins.bookablesites.schemas import Body, DayOffBody, SpecialDayBody, WeekBody, plain
from plugins.bookablesites.translate import schedule
from plugins.bookablesites.translate.catalog import NAME, Schedule, schedule_of

#: Stronger than anything an employee's calendar says, so that nothing opens on a company day off.
COMPANY_OFF = 100
_ENTRIES = {"data": [dict]}


def _week(req: falcon.Request) -> schedule.Week:
    body = read_plain(req)
    # Also as the list alone under its own name, the shape it has inside an employee.
    if "data" not in body and "working_hours" in body:
        body = {"data": body["working_hours"]}
    return schedule.to_week(plain(convert(body, WeekBody, strict=False))["data"])


class WorkingHours(Resource):
    """``/employees/{id}/working-hours``"""

    @operation(reply=WeekBody)
    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, {"data": schedule_of(resources.get(path_id(id, "resource"))).week})

    @operation(body=WeekBody, required=("data",), reply=WeekBody)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        number = path_id(id, "resource")
        with writing():
            record = resources.get(number)
            week = _week(req)
            save_schedule(record, replace(schedule_of(record), week=week), now=self.tenant.now())
        send(resp, {"data": week})


class OfficeHours(Resource):
    """``/working-hours``: the week new employees start with; employees there are keep theirs."""

    @operation(reply=WeekBody)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, {"data": office_hours()})

    @operation(body=WeekBody, required=("data",), reply=WeekBody)
    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        week = _week(req)
        with writing():
            facts = {**site.extras(NAME), "office_hours": week}
            site.save(now=self.tenant.now(), dialect=NAME, extras=facts)
        send(resp, {"data": week})


class _Dated(Resource):
    """Entries of an employee's schedule that have dates and ids."""

    LIST = ""
    PATH = ""
    KIND = ""
    TO: Callable[..., dict[str, Any]]

    def entries(self, record: Record) -> list[dict[str, Any]]:
        return getattr(schedule_of(record), self.LIST)

    def save(self, record: Record, entries: list[dict[str, Any]]) -> None:
        ordered = sorted(entries, key=lambda entry: (entry["start_date"], entry["id"]))
        wanted: Schedule = replace(schedule_of(record), **{self.LIST: ordered})
        save_schedule(record, wanted, now=self.tenant.now())


class _DatedList(_Dated):
    @operation(reply=_ENTRIES)
    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, {"data": self.entries(resources.get(path_id(id, "resource")))})

    def _add(self, req: falcon.Request, resp: falcon.Response, id: str, body: type[Body]) -> None:
        number = path_id(id, "resource")
        with writing():
            record = resources.get(number)
            made = self.TO(plain(read(req, body).whole()), next_id())
            self.save(record, [*self.entries(record), made])
        send_created(req, resp, made, f"employees/{number}/{self.PATH}/{made['id']}")


class _DatedOne(_Dated):
    def _change(self, req: falcon.Request, resp: falcon.Response, id: str, entry: str, body: type[Body]) -> None:
        with writing():
            record, old, others = self._find(id, entry)
            given = {**old, **plain(read(req, body).given())}
            after = self.TO(given, old["id"])
            self.save(record, [*others, after])
        send(resp, after)

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str, entry: str) -> None:
        with writing():
            record, _, others = self._find(id, entry)
            self.save(record, others)
        send_nothing(resp)

    def _find(self, id: str, entry: str) -> tuple[Record, dict[str, Any], list[dict[str, Any]]]:
        record = resources.get(path_id(id, "resource"))
        number = path_id(entry, self.KIND)
        entries = self.entries(record)
        old = next((one for one in entries if one["id"] == number), None)
        if old is None:
            raise NotFound(kind=self.KIND, id=number)
        return record, old, [one for one in entries if one["id"] != number]


class SpecialDays(_DatedList):
    """``/employees/{id}/special-days``"""

    LIST, PATH, KIND, TO = (
        "special_days",
        "special-days",
        "special day",
        staticmethod(schedule.to_special_day),
    )

    @operation(body=SpecialDayBody, required=SpecialDayBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        self._add(req, resp, id, SpecialDayBody)


class OneSpecialDay(_DatedOne):
    """``/employees/{id}/special-days/{entry}``"""

    LIST, PATH, KIND, TO = (
        "special_days",
        "special-days",
        "special day",
        staticmethod(schedule.to_special_day),
    )

    @operation(body=SpecialDayBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str, entry: str) -> None:
        self._change(req, resp, id, entry, SpecialDayBody)


class DaysOff(_DatedList):
    """``/employees/{id}/days-off``"""

    LIST, PATH, KIND, TO = (
        "days_off",
        "days-off",
        "day off",
        staticmethod(schedule.to_day_off),
    )

    @operation(body=DayOffBody, required=DayOffBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        self._add(req, resp, id, DayOffBody)


class OneDayOff(_DatedOne):
    """``/employees/{id}/days-off/{entry}``"""

    LIST, PATH, KIND, TO = (
        "days_off",
        "days-off",
        "day off",
        staticmethod(schedule.to_day_off),
    )

    @operation(body=DayOffBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str, entry: str) -> None:
        self._change(req, resp, id, entry, DayOffBody)


def company_days_off() -> list[dict[str, Any]]:
    """Days on which the whole company is closed."""
    return site.extras(NAME).get("days_off") or []


def save_company_days_off(entries: list[dict[str, Any]], *, now: Any) -> None:
    """Keep them, and their rules among those of the whole site; other dialects' rules stay."""
    ordered = sorted(entries, key=lambda entry: (entry["start_date"], entry["id"]))
    kept = tuple(rule for rule in site.rules() if rule.label != schedule.LABEL)
    mine = schedule.to_off_rules(ordered, strength=COMPANY_OFF, label=schedule.LABEL)
    site.save(now=now, rules=(*kept, *mine), dialect=NAME, extras={**site.extras(NAME), "days_off": ordered})


class CompanyDaysOff(Resource):
    """``/days-off``"""

    @operation(reply=_ENTRIES)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, {"data": company_days_off()})

    @operation(body=DayOffBody, required=DayOffBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = plain(read(req, DayOffBody).whole())
        with writing():
            made = schedule.to_day_off(given, next_id())
            save_company_days_off([*company_days_off(), made], now=self.tenant.now())
        send_created(req, resp, made, f"days-off/{made['id']}")


class OneCompanyDayOff(Resource):
    """``/days-off/{id}``"""

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        number = path_id(id, "day off")
        with writing():
            kept = [entry for entry in company_days_off() if entry["id"] != number]
            if len(kept) == len(company_days_off()):
                raise NotFound(kind="day off", id=number)
            save_company_days_off(kept, now=self.tenant.now())
        send_nothing(resp)
