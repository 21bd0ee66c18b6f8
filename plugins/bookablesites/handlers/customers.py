"""``/customers``"""

import falcon

from core.http.openapi import operation
from plugins.bookablesites.handlers import base
from plugins.bookablesites.schemas import CustomerBody
from plugins.bookablesites.usecases import customers


class Customers(base.Handler):
    """``/customers``"""

    @operation(
        query={**base.PAGING, **base.sorting(customers.SORTABLE), **dict.fromkeys(customers.FILTERS, str)},
        reply=base.LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        base.send(resp, customers.list_customers(base.read_query(req), self.context))

    @operation(body=CustomerBody, required=CustomerBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = customers.create_customer(base.decode(req, CustomerBody).complete_fields(), self.context)
        base.send_created(req, resp, created, f"customers/{created['id']}")


class OneCustomer(base.Handler):
    """``/customers/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        base.send(resp, customers.get_customer(base.path_id(id, "customer"), self.context))

    @operation(body=CustomerBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        customer_id, fields = base.path_id(id, "customer"), base.decode(req, CustomerBody).sent_fields()
        base.send(resp, customers.update_customer(customer_id, fields, self.context))

    @operation(body=CustomerBody, required=CustomerBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        customer_id, fields = base.path_id(id, "customer"), base.decode(req, CustomerBody).complete_fields()
        base.send(resp, customers.update_customer(customer_id, fields, self.context))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        customers.delete_customer(base.path_id(id, "customer"), self.context)
        base.send_nothing(resp)
