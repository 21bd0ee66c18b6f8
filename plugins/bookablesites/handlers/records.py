"""``/customers``, ``/employees``, ``/locations`` and ``/services``: list, read, create, change and delete."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

import falcon

from frontdesk.openapi import operation
from plugins.bookablesites.handlers import base
from plugins.bookablesites.schemas import Body, CustomerBody, EmployeeBody, Id, LocationBody, ServiceBody
from plugins.bookablesites.usecases import customers, employees, locations, services
from plugins.bookablesites.usecases.context import Context

Fields = Mapping[str, Any]


class Verbs(Protocol):
    """A module with the use cases of one kind of record."""

    def find(self, query: Fields, context: Context, /) -> Any: ...
    def get(self, id: int, context: Context, /) -> Any: ...
    def create(self, fields: Fields, context: Context, /) -> dict[str, Any]: ...
    def update(self, id: int, fields: Fields, context: Context, /) -> Any: ...
    def delete(self, id: int, context: Context, /) -> None: ...


def record_handlers(
    path: str, kind: str, body: type[Body], verbs: Verbs, *, query: Mapping[str, Any], feature: str = ""
) -> tuple[type[base.Handler], type[base.Handler]]:
    """The handlers of a list and of one of its records.

    Args:
        path: The list, relative to the version's root.
        kind: Core's kind of the records, for errors.
        query: The shapes of the list's filters and sorting.
        feature: The setting of ``features`` that must be on.
    """

    class Records(base.Handler):
        FEATURE = feature

        @operation(query={**base.PAGING, **query}, reply=base.LIST)
        def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
            base.send(resp, verbs.find(base.read_query(req), self.context))

        @operation(body=body, required=body.REQUIRED, status=201)
        def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
            created = verbs.create(base.decode(req, body).complete_fields(), self.context)
            base.send_created(req, resp, created, f"{path}/{created['id']}")

    class OneRecord(base.Handler):
        FEATURE = feature

        def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
            base.send(resp, verbs.get(base.path_id(id, kind), self.context))

        @operation(body=body)
        def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
            record_id, fields = base.path_id(id, kind), base.decode(req, body).sent_fields()
            base.send(resp, verbs.update(record_id, fields, self.context))

        @operation(body=body, required=body.REQUIRED)
        def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
            record_id, fields = base.path_id(id, kind), base.decode(req, body).complete_fields()
            base.send(resp, verbs.update(record_id, fields, self.context))

        @operation(status=204)
        def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
            verbs.delete(base.path_id(id, kind), self.context)
            base.send_nothing(resp)

    return Records, OneRecord


Customers, OneCustomer = record_handlers(
    "customers",
    "customer",
    CustomerBody,
    customers,
    query={**base.sorting(customers.SORTABLE), **dict.fromkeys(customers.FILTERS, str)},
)
Employees, OneEmployee = record_handlers(
    "employees",
    "resource",
    EmployeeBody,
    employees,
    query={
        **base.sorting(employees.SORTABLE),
        **dict.fromkeys(("service", "location"), Id),
        **dict.fromkeys(("search", "email"), str),
        "status": Literal["active", "hidden"],
        "include": [Literal["schedule"]],
    },
)
Locations, OneLocation = record_handlers(
    "locations",
    "location",
    LocationBody,
    locations,
    query={**base.sorting(locations.SORTABLE), "search": str},
    feature="locations",
)
Services, OneService = record_handlers(
    "services",
    "service",
    ServiceBody,
    services,
    query={
        **base.sorting(services.SORTABLE),
        **dict.fromkeys(("category", "employee", "location"), Id),
        "status": Literal["visible", "hidden"],
        "search": str,
    },
)
