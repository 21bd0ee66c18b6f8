"""``/services``"""

from typing import Literal

import falcon

from core.http.openapi import operation
from plugins.bookablesites.handlers import base
from plugins.bookablesites.schemas import Id, ServiceBody
from plugins.bookablesites.usecases import services


class Services(base.Handler):
    """``/services``"""

    @operation(
        query={
            **base.PAGING,
            **base.sorting(services.SORTABLE),
            **dict.fromkeys(("category", "employee", "location"), Id),
            "status": Literal["visible", "hidden"],
            "search": str,
        },
        reply=base.LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        base.send(resp, services.list_services(base.read_query(req)))

    @operation(body=ServiceBody, required=ServiceBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = services.create_service(base.decode(req, ServiceBody).complete_fields(), self.context)
        base.send_created(req, resp, created, f"services/{created['id']}")


class OneService(base.Handler):
    """``/services/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        base.send(resp, services.get_service(base.path_id(id, "service")))

    @operation(body=ServiceBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        service_id, fields = base.path_id(id, "service"), base.decode(req, ServiceBody).sent_fields()
        base.send(resp, services.update_service(service_id, fields, self.context))

    @operation(body=ServiceBody, required=ServiceBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        service_id, fields = base.path_id(id, "service"), base.decode(req, ServiceBody).complete_fields()
        base.send(resp, services.update_service(service_id, fields, self.context))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        services.delete_service(base.path_id(id, "service"), self.context)
        base.send_nothing(resp)
