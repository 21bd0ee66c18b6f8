"""``/customers``"""

import falcon

from core.http.openapi import operation
from plugins.bookablesites.handlers import http
from plugins.bookablesites.schemas import CustomerBody
from plugins.bookablesites.usecases import customers


class Customers(http.Handler):
    """``/customers``"""

    @operation(
        query={**http.PAGING, **http.sorting(customers.SORTABLE), **dict.fromkeys(customers.FILTERS, str)},
        reply=http.LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        http.send(resp, customers.list_customers(http.read_query(req), self.context))

    @operation(body=CustomerBody, required=CustomerBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = customers.create_customer(http.decode(req, CustomerBody).complete_fields(), self.context)
        http.send_created(req, resp, created, f"customers/{created['id']}")


class OneCustomer(http.Handler):
    """``/customers/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        http.send(resp, customers.get_customer(http.path_id(id, "customer"), self.context))

    @operation(body=CustomerBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        customer_id, fields = http.path_id(id, "customer"), http.decode(req, CustomerBody).sent_fields()
        http.send(resp, customers.update_customer(customer_id, fields, self.context))

    @operation(body=CustomerBody, required=CustomerBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        customer_id, fields = http.path_id(id, "customer"), http.decode(req, CustomerBody).complete_fields()
        http.send(resp, customers.update_customer(customer_id, fields, self.context))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        customers.delete_customer(http.path_id(id, "customer"), self.context)
        http.send_nothing(resp)
