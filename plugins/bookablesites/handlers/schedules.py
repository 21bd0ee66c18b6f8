"""Working hours, special days and days off, of employees and of the company."""

import falcon

from frontdesk.openapi import operation
from plugins.bookablesites.handlers import base
from plugins.bookablesites.schemas import DayOffBody, SpecialDayBody, WeekBody
from plugins.bookablesites.usecases import schedules
from plugins.bookablesites.usecases.schedules import DAYS_OFF, SPECIAL_DAYS, DatedEntries

_ENTRIES = {"data": [dict]}


class WorkingHours(base.Handler):
    """``/employees/{id}/working-hours``"""

    @operation(reply=WeekBody)
    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        base.send(resp, schedules.get_working_hours(base.path_id(id, "resource")))

    @operation(body=WeekBody, required=("data",), reply=WeekBody)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employee_id, payload = base.path_id(id, "resource"), base.decode(req, WeekBody)
        base.send(resp, schedules.set_working_hours(employee_id, payload, self.context))


class OfficeHours(base.Handler):
    """``/working-hours``: the week new employees start with."""

    @operation(reply=WeekBody)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        base.send(resp, schedules.get_office_hours())

    @operation(body=WeekBody, required=("data",), reply=WeekBody)
    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        base.send(resp, schedules.set_office_hours(base.decode(req, WeekBody), self.context))


def entry_handlers(
    path: str, entries: DatedEntries, body: type[SpecialDayBody] | type[DayOffBody]
) -> tuple[type[base.Handler], type[base.Handler]]:
    """The handlers of an employee's dated entries, ``/employees/{id}/<path>``, and of one of them, ``.../{entry}``."""

    class Entries(base.Handler):
        @operation(reply=_ENTRIES)
        def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
            base.send(resp, schedules.list_entries(entries, base.path_id(id, "resource")))

        @operation(body=body, required=body.REQUIRED, status=201)
        def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
            employee_id = base.path_id(id, "resource")
            entry = schedules.add_entry(entries, employee_id, base.decode(req, body), self.context)
            base.send_created(req, resp, entry, f"employees/{employee_id}/{path}/{entry['id']}")

    class OneEntry(base.Handler):
        @operation(body=body)
        def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str, entry: str) -> None:
            employee_id, entry_id = base.path_id(id, "resource"), base.path_id(entry, entries.kind)
            payload = base.decode(req, body)
            base.send(resp, schedules.change_entry(entries, employee_id, entry_id, payload, self.context))

        @operation(status=204)
        def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str, entry: str) -> None:
            employee_id, entry_id = base.path_id(id, "resource"), base.path_id(entry, entries.kind)
            schedules.delete_entry(entries, employee_id, entry_id, self.context)
            base.send_nothing(resp)

    return Entries, OneEntry


SpecialDays, OneSpecialDay = entry_handlers("special-days", SPECIAL_DAYS, SpecialDayBody)
DaysOff, OneDayOff = entry_handlers("days-off", DAYS_OFF, DayOffBody)


class CompanyDaysOff(base.Handler):
    """``/days-off``"""

    @operation(reply=_ENTRIES)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        base.send(resp, schedules.list_company_days_off())

    @operation(body=DayOffBody, required=DayOffBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        entry = schedules.add_company_day_off(base.decode(req, DayOffBody), self.context)
        base.send_created(req, resp, entry, f"days-off/{entry['id']}")


class OneCompanyDayOff(base.Handler):
    """``/days-off/{id}``"""

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        schedules.delete_company_day_off(base.path_id(id, "day off"), self.context)
        base.send_nothing(resp)
