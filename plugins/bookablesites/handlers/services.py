"""``/services``"""

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
from plugins.bookablesites.schemas import Id, ServiceBody
from plugins.bookablesites.usecases import services


class Services(Handler):
    """``/services``"""

    @told(
        query={
            **PAGING,
            **sorting(services.SORTABLE),
            **dict.fromkeys(("category", "employee", "location"), Id),
            "status": Literal["visible", "hidden"],
            "search": str,
        },
        reply=LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, services.list_services(read_query(req)))

    @told(body=ServiceBody, required=ServiceBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = services.create_service(decode(req, ServiceBody).complete_fields(), self.context)
        send_created(req, resp, created, f"services/{created['id']}")


class OneService(Handler):
    """``/services/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, services.get_service(path_id(id, "service")))

    @told(body=ServiceBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        service_id = path_id(id, "service")
        send(resp, services.update_service(service_id, decode(req, ServiceBody).sent_fields(), self.context))

    @told(body=ServiceBody, required=ServiceBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        service_id = path_id(id, "service")
        send(resp, services.update_service(service_id, decode(req, ServiceBody).complete_fields(), self.context))

    @told(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        services.delete_service(path_id(id, "service"), self.context)
        send_nothing(resp)
