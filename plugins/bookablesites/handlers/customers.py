"""``/customers``"""

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
from plugins.bookablesites.schemas import CustomerBody
from plugins.bookablesites.usecases import customers


class Customers(Handler):
    """``/customers``"""

    @told(query={**PAGING, **sorting(customers.SORTABLE), **dict.fromkeys(customers.FILTERS, str)}, reply=LIST)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, customers.list_customers(read_query(req), self.context))

    @told(body=CustomerBody, required=CustomerBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = customers.create_customer(decode(req, CustomerBody).complete_fields(), self.context)
        send_created(req, resp, created, f"customers/{created['id']}")


class OneCustomer(Handler):
    """``/customers/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, customers.get_customer(path_id(id, "customer"), self.context))

    @told(body=CustomerBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        customer_id = path_id(id, "customer")
        send(resp, customers.update_customer(customer_id, decode(req, CustomerBody).sent_fields(), self.context))

    @told(body=CustomerBody, required=CustomerBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        customer_id = path_id(id, "customer")
        send(resp, customers.update_customer(customer_id, decode(req, CustomerBody).complete_fields(), self.context))

    @told(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        customers.delete_customer(path_id(id, "customer"), self.context)
        send_nothing(resp)
