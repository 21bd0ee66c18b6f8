"""Working hours, special days and days off, of employees and of the company."""

import falcon

from core.http.openapi import operation
from plugins.bookablesites.handlers import http
from plugins.bookablesites.schemas import DayOffBody, SpecialDayBody, WeekBody
from plugins.bookablesites.usecases import schedules
from plugins.bookablesites.usecases.schedules import DAYS_OFF, SPECIAL_DAYS

_ENTRIES = {"data": [dict]}


class WorkingHours(http.Handler):
    """``/employees/{id}/working-hours``"""

    @operation(reply=WeekBody)
    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        http.send(resp, schedules.get_working_hours(http.path_id(id, "resource")))

    @operation(body=WeekBody, required=("data",), reply=WeekBody)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employee_id, payload = http.path_id(id, "resource"), http.decode(req, WeekBody)
        http.send(resp, schedules.set_working_hours(employee_id, payload, self.context))


class OfficeHours(http.Handler):
    """``/working-hours``: the week new employees start with."""

    @operation(reply=WeekBody)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        http.send(resp, schedules.get_office_hours())

    @operation(body=WeekBody, required=("data",), reply=WeekBody)
    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        http.send(resp, schedules.set_office_hours(http.decode(req, WeekBody), self.context))


class SpecialDays(http.Handler):
    """``/employees/{id}/special-days``"""

    @operation(reply=_ENTRIES)
    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        http.send(resp, schedules.list_entries(SPECIAL_DAYS, http.path_id(id, "resource")))

    @operation(body=SpecialDayBody, required=SpecialDayBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employee_id = http.path_id(id, "resource")
        entry = schedules.add_entry(SPECIAL_DAYS, employee_id, http.decode(req, SpecialDayBody), self.context)
        http.send_created(req, resp, entry, f"employees/{employee_id}/special-days/{entry['id']}")


class OneSpecialDay(http.Handler):
    """``/employees/{id}/special-days/{entry}``"""

    @operation(body=SpecialDayBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str, entry: str) -> None:
        employee_id, entry_id = http.path_id(id, "resource"), http.path_id(entry, "special day")
        payload = http.decode(req, SpecialDayBody)
        http.send(resp, schedules.change_entry(SPECIAL_DAYS, employee_id, entry_id, payload, self.context))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str, entry: str) -> None:
        employee_id, entry_id = http.path_id(id, "resource"), http.path_id(entry, "special day")
        schedules.delete_entry(SPECIAL_DAYS, employee_id, entry_id, self.context)
        http.send_nothing(resp)


class DaysOff(http.Handler):
    """``/employees/{id}/days-off``"""

    @operation(reply=_ENTRIES)
    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        http.send(resp, schedules.list_entries(DAYS_OFF, http.path_id(id, "resource")))

    @operation(body=DayOffBody, required=DayOffBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employee_id = http.path_id(id, "resource")
        entry = schedules.add_entry(DAYS_OFF, employee_id, http.decode(req, DayOffBody), self.context)
        http.send_created(req, resp, entry, f"employees/{employee_id}/days-off/{entry['id']}")


class OneDayOff(http.Handler):
    """``/employees/{id}/days-off/{entry}``"""

    @operation(body=DayOffBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str, entry: str) -> None:
        employee_id, entry_id = http.path_id(id, "resource"), http.path_id(entry, "day off")
        payload = http.decode(req, DayOffBody)
        http.send(resp, schedules.change_entry(DAYS_OFF, employee_id, entry_id, payload, self.context))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str, entry: str) -> None:
        employee_id, entry_id = http.path_id(id, "resource"), http.path_id(entry, "day off")
        schedules.delete_entry(DAYS_OFF, employee_id, entry_id, self.context)
        http.send_nothing(resp)


class CompanyDaysOff(http.Handler):
    """``/days-off``"""

    @operation(reply=_ENTRIES)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        http.send(resp, schedules.list_company_days_off())

    @operation(body=DayOffBody, required=DayOffBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        entry = schedules.add_company_day_off(http.decode(req, DayOffBody), self.context)
        http.send_created(req, resp, entry, f"days-off/{entry['id']}")


class OneCompanyDayOff(http.Handler):
    """``/days-off/{id}``"""

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        schedules.delete_company_day_off(http.path_id(id, "day off"), self.context)
        http.send_nothing(resp)
