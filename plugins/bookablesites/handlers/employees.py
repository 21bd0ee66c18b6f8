"""``/employees``"""

from typing import Literal

import falcon

from core.http.openapi import operation
from plugins.bookablesites.handlers import http
from plugins.bookablesites.schemas import EmployeeBody, Id
from plugins.bookablesites.usecases import employees


class Employees(http.Handler):
    """``/employees``"""

    @operation(
        query={
            **http.PAGING,
            **http.sorting(employees.SORTABLE),
            **dict.fromkeys(("service", "location"), Id),
            **dict.fromkeys(("search", "email"), str),
            "status": Literal["active", "hidden"],
            "include": [Literal["schedule"]],
        },
        reply=http.LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        http.send(resp, employees.list_employees(http.read_query(req), self.context))

    @operation(body=EmployeeBody, required=EmployeeBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = employees.create_employee(http.decode(req, EmployeeBody).complete_fields(), self.context)
        http.send_created(req, resp, created, f"employees/{created['id']}")


class OneEmployee(http.Handler):
    """``/employees/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        http.send(resp, employees.get_employee(http.path_id(id, "resource"), self.context))

    @operation(body=EmployeeBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employee_id, fields = http.path_id(id, "resource"), http.decode(req, EmployeeBody).sent_fields()
        http.send(resp, employees.update_employee(employee_id, fields, self.context))

    @operation(body=EmployeeBody, required=EmployeeBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employee_id, fields = http.path_id(id, "resource"), http.decode(req, EmployeeBody).complete_fields()
        http.send(resp, employees.update_employee(employee_id, fields, self.context))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employees.delete_employee(http.path_id(id, "resource"), self.context)
        http.send_nothing(resp)
