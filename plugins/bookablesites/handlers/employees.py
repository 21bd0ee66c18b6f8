"""``/employees``"""

from typing import Literal

import falcon

from core.http.openapi import told
from plugins.bookablesites.handlers.http import (
    LIST,
    PAGING,
    Handler,
    decode,
    path_id,
    read_query,
    send,
    send_created,
    send_nothing,
    sorting,
)
from plugins.bookablesites.schemas import EmployeeBody, Id
from plugins.bookablesites.usecases import employees


class Employees(Handler):
    """``/employees``"""

    @told(
        query={
            **PAGING,
            **sorting(employees.SORTABLE),
            **dict.fromkeys(("service", "location"), Id),
            **dict.fromkeys(("search", "email"), str),
            "status": Literal["active", "hidden"],
            "include": [Literal["schedule"]],
        },
        reply=LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, employees.list_employees(read_query(req), self.context))

    @told(body=EmployeeBody, required=EmployeeBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = employees.create_employee(decode(req, EmployeeBody).complete_fields(), self.context)
        send_created(req, resp, created, f"employees/{created['id']}")


class OneEmployee(Handler):
    """``/employees/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, employees.get_employee(path_id(id, "resource"), self.context))

    @told(body=EmployeeBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employee_id = path_id(id, "resource")
        send(resp, employees.update_employee(employee_id, decode(req, EmployeeBody).sent_fields(), self.context))

    @told(body=EmployeeBody, required=EmployeeBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employee_id = path_id(id, "resource")
        send(resp, employees.update_employee(employee_id, decode(req, EmployeeBody).complete_fields(), self.context))

    @told(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employees.delete_employee(path_id(id, "resource"), self.context)
        send_nothing(resp)
