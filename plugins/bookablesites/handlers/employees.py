"""``/employees``"""

from typing import Literal

import falcon

from core.http.openapi import operation
from plugins.bookablesites.handlers import base
from plugins.bookablesites.schemas import EmployeeBody, Id
from plugins.bookablesites.usecases import employees


class Employees(base.Handler):
    """``/employees``"""

    @operation(
        query={
            **base.PAGING,
            **base.sorting(employees.SORTABLE),
            **dict.fromkeys(("service", "location"), Id),
            **dict.fromkeys(("search", "email"), str),
            "status": Literal["active", "hidden"],
            "include": [Literal["schedule"]],
        },
        reply=base.LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        base.send(resp, employees.list_employees(base.read_query(req), self.context))

    @operation(body=EmployeeBody, required=EmployeeBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = employees.create_employee(base.decode(req, EmployeeBody).complete_fields(), self.context)
        base.send_created(req, resp, created, f"employees/{created['id']}")


class OneEmployee(base.Handler):
    """``/employees/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        base.send(resp, employees.get_employee(base.path_id(id, "resource"), self.context))

    @operation(body=EmployeeBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employee_id, fields = base.path_id(id, "resource"), base.decode(req, EmployeeBody).sent_fields()
        base.send(resp, employees.update_employee(employee_id, fields, self.context))

    @operation(body=EmployeeBody, required=EmployeeBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employee_id, fields = base.path_id(id, "resource"), base.decode(req, EmployeeBody).complete_fields()
        base.send(resp, employees.update_employee(employee_id, fields, self.context))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        employees.delete_employee(base.path_id(id, "resource"), self.context)
        base.send_nothing(resp)
