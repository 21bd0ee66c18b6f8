"""Working hours, special days and days off, of employees and of the company."""

import falcon

from core.http.openapi import told
from plugins.bookablesites.handlers.http import Handler, decode, path_id, send, send_created, send_nothing
from plugins.bookablesites.schemas import DayOffBody, SpecialDayBody, WeekBody
from plugins.bookablesites.usecases import schedules
from plugins.bookablesites.usecases.schedules import DAYS_OFF, SPECIAL_DAYS

_ENTRIES = {"data": [dict]}


class WorkingHours(Handler):
    """``/employees/{id}/working-hours``"""

    @told(reply=WeekBody)
    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, schedules.get_working_hours(path_id(id, "resource")))

    @told(body=WeekBody, required=("data",), reply=WeekBody)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employee_id = path_id(id, "resource")
        send(resp, schedules.set_working_hours(employee_id, decode(req, WeekBody), self.context))


class OfficeHours(Handler):
    """``/working-hours``: the week new employees start with."""

    @told(reply=WeekBody)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, schedules.get_office_hours())

    @told(body=WeekBody, required=("data",), reply=WeekBody)
    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, schedules.set_office_hours(decode(req, WeekBody), self.context))


class SpecialDays(Handler):
    """``/employees/{id}/special-days``"""

    @told(reply=_ENTRIES)
    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, schedules.list_entries(SPECIAL_DAYS, path_id(id, "resource")))

    @told(body=SpecialDayBody, required=SpecialDayBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employee_id = path_id(id, "resource")
        entry = schedules.add_entry(SPECIAL_DAYS, employee_id, decode(req, SpecialDayBody), self.context)
        send_created(req, resp, entry, f"employees/{employee_id}/special-days/{entry['id']}")


class OneSpecialDay(Handler):
    """``/employees/{id}/special-days/{entry}``"""

    @told(body=SpecialDayBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str, entry: str) -> None:
        employee_id, entry_id = path_id(id, "resource"), path_id(entry, "special day")
        payload = decode(req, SpecialDayBody)
        send(resp, schedules.change_entry(SPECIAL_DAYS, employee_id, entry_id, payload, self.context))

    @told(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str, entry: str) -> None:
        employee_id, entry_id = path_id(id, "resource"), path_id(entry, "special day")
        schedules.delete_entry(SPECIAL_DAYS, employee_id, entry_id, self.context)
        send_nothing(resp)


class DaysOff(Handler):
    """``/employees/{id}/days-off``"""

    @told(reply=_ENTRIES)
    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, schedules.list_entries(DAYS_OFF, path_id(id, "resource")))

    @told(body=DayOffBody, required=DayOffBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employee_id = path_id(id, "resource")
        entry = schedules.add_entry(DAYS_OFF, employee_id, decode(req, DayOffBody), self.context)
        send_created(req, resp, entry, f"employees/{employee_id}/days-off/{entry['id']}")


class OneDayOff(Handler):
    """``/employees/{id}/days-off/{entry}``"""

    @told(body=DayOffBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str, entry: str) -> None:
        employee_id, entry_id = path_id(id, "resource"), path_id(entry, "day off")
        payload = decode(req, DayOffBody)
        send(resp, schedules.change_entry(DAYS_OFF, employee_id, entry_id, payload, self.context))

    @told(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str, entry: str) -> None:
        employee_id, entry_id = path_id(id, "resource"), path_id(entry, "day off")
        schedules.delete_entry(DAYS_OFF, employee_id, entry_id, self.context)
        send_nothing(resp)


class CompanyDaysOff(Handler):
    """``/days-off``"""

    @told(reply=_ENTRIES)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, schedules.list_company_days_off())

    @told(body=DayOffBody, required=DayOffBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        entry = schedules.add_company_day_off(decode(req, DayOffBody), self.context)
        send_created(req, resp, entry, f"days-off/{entry['id']}")


class OneCompanyDayOff(Handler):
    """``/days-off/{id}``"""

    @told(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        schedules.delete_company_day_off(path_id(id, "day off"), self.context)
        send_nothing(resp)
