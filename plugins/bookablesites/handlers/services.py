"""``/services``"""

from typing import Literal

import falcon

from core.http.openapi import operation
from plugins.bookablesites.handlers import http
from plugins.bookablesites.schemas import Id, ServiceBody
from plugins.bookablesites.usecases import services


class Services(http.Handler):
    """``/services``"""

    @operation(
        query={
            **http.PAGING,
            **http.sorting(services.SORTABLE),
            **dict.fromkeys(("category", "employee", "location"), Id),
            "status": Literal["visible", "hidden"],
            "search": str,
        },
        reply=http.LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        http.send(resp, services.list_services(http.read_query(req)))

    @operation(body=ServiceBody, required=ServiceBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = services.create_service(http.decode(req, ServiceBody).complete_fields(), self.context)
        http.send_created(req, resp, created, f"services/{created['id']}")


class OneService(http.Handler):
    """``/services/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        http.send(resp, services.get_service(http.path_id(id, "service")))

    @operation(body=ServiceBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        service_id, fields = http.path_id(id, "service"), http.decode(req, ServiceBody).sent_fields()
        http.send(resp, services.update_service(service_id, fields, self.context))

    @operation(body=ServiceBody, required=ServiceBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        service_id, fields = http.path_id(id, "service"), http.decode(req, ServiceBody).complete_fields()
        http.send(resp, services.update_service(service_id, fields, self.context))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        services.delete_service(http.path_id(id, "service"), self.context)
        http.send_nothing(resp)
