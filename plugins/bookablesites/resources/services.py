"""``/services`` (fact sheet, 8.4)."""

from typing import Literal

import falcon

from core.db import writing
from core.http.body import convert
from core.http.openapi import operation
from core.services import catalog
from core.services.repository import Condition, services
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
from plugins.bookablesites.schemas import Id, ServiceBody
from plugins.bookablesites.translate.catalog import to_service
from plugins.bookablesites.translate.reading import to_id

_SHOWN = ("publish", "hidden", "private", "draft", "pending")
_ORDERS = ("id", "name", "price")


class Services(Resource):
    """``/services``"""

    @operation(
        query={
            **PAGING,
            **sorting(_ORDERS),
            **dict.fromkeys(("category", "employee", "location"), Id),
            "status": Literal["visible", "hidden"],
            "search": str,
        },
        reply=LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = filters(req)
        wanted = paging(given)
        where: list[Condition] = [("status", "in", _SHOWN)]
        if "status" in given:
            where.append(("status", "=" if given["status"] == "visible" else "!=", "publish"))
        if "search" in given:
            where.append((("name", "description"), "contains", given["search"]))
        if "category" in given:
            number = to_id(given["category"], "category")
            where.append(("id", "in", catalog.category_services([number])[number] or [0]))
        employee = id_filter(given, "employee")
        if employee is not None:
            linked = [link.service_id for link in catalog.resource_links(resource_ids=[employee])]
            where.append(("id", "in", linked or [0]))
        order = ordering(given, _ORDERS, "id")
        location = id_filter(given, "location")
        if location is None:
            found = services.page(where, order=[order], limit=wanted.limit, offset=wanted.offset)
            items, total = found.items, found.total or 0
        else:
            # A list kept in the row; a business has few services.
            fitting = [s for s in services.list_all(where, order=[order]) if not s.locations or location in s.locations]
            items, total = fitting[wanted.offset :][: wanted.limit], len(fitting)
        send_list(resp, [to_service(one) for one in offer.offered(items)], total, wanted)

    @operation(body=ServiceBody, required=ServiceBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = read_service(req).whole()
        number = offer.save_service(None, given, self.tenant.settings, now=self.tenant.now())
        send_created(req, resp, to_service(offer.offered_one(number)), f"services/{number}")


class OneService(Resource):
    """``/services/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, to_service(offer.offered_one(path_id(id, "service"))))

    @operation(body=ServiceBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        self._update(resp, path_id(id, "service"), read_service(req).given())

    @operation(body=ServiceBody, required=ServiceBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        self._update(resp, path_id(id, "service"), read_service(req).whole())

    def _update(self, resp: falcon.Response, id: int, given: dict) -> None:
        with writing():
            offer.save_service(services.get(id), given, self.tenant.settings, now=self.tenant.now())
        send(resp, to_service(offer.offered_one(id)))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        catalog.delete_service(path_id(id, "service"), now=self.tenant.now(), unless_booked=True)
        send_nothing(resp)


def read_service(req: falcon.Request) -> ServiceBody:
    """The body; ``employees`` may be plain ids."""
    body = read_plain(req)
    if isinstance(body.get("employees"), list):
        body = {
            **body,
            "employees": [{"id": e} if isinstance(e, int | str) else e for e in body["employees"]],
        }
    return convert(body, ServiceBody, strict=False)
