"""``/customers``, and finding or making the customer a booking names (fact sheet, 8.1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import falcon

from core.db import writing
from core.domain.records import Customer
from core.errors import Invalid
from core.http.openapi import operation
from core.services import catalog
from core.services.repository import Condition, customers
from plugins.bookablesites.resources.common import (
    LIST,
    PAGING,
    Resource,
    filters,
    ordering,
    paging,
    path_id,
    read,
    send,
    send_created,
    send_list,
    send_nothing,
    sorting,
)
from plugins.bookablesites.schemas import CustomerBody, FieldErrors
from plugins.bookablesites.translate.catalog import NAME, to_customer, to_customer_values

_ORDERS = ("id", "created_at", "first_name", "last_name", "email")
_FILTERS = ("email", "first_name", "last_name", "phone_number", "phone", "search")


def create_customer(given: Mapping[str, Any], *, now: datetime) -> Customer:
    """Store a new customer.

    Raises:
        Invalid: ``email`` is taken, or a field is wrong.
    """
    values = to_customer_values(given, None)
    with writing():
        refuse_taken(values["email"], 0)
        return customers.create(now=now, origin=NAME, **values)


def refuse_taken(email: str, id: int) -> None:
    """One customer per address: a 409 would hide the field, so it is an error of the field. Many have none."""
    if not email:
        return
    catalog.lock_email(email)
    other = customers.find(email=email)
    if other is not None and other.id != id:
        raise Invalid(field="email", reason="taken", value=email)


def customer_of(wanted: int | CustomerBody, *, now: datetime, path: str, create: bool = True) -> int:
    """The id of the customer a booking names: an id, or an object that is found by its email or stored.

    Args:
        create: False stores nothing; an unknown customer is 0 then.

    Raises:
        Invalid: No such customer, or the object is not enough to make one.
    """
    if isinstance(wanted, int):
        if wanted not in customers.get_many([wanted]):
            raise Invalid(field=path, reason="unknown", value=wanted)
        return wanted
    given = wanted.given()
    if given.get("email"):
        known = customers.find(email=given["email"].strip())
        if known is not None:
            return known.id
    if not create:
        return 0
    try:
        whole = wanted.whole()
        with writing():
            # Another caller may have made the same customer since we looked.
            email = str(whole.get("email") or "").strip()
            catalog.lock_email(email)
            known = customers.find(email=email) if email else None
            return known.id if known is not None else create_customer(whole, now=now).id
    except FieldErrors as error:
        fields = {f"{path}.{name}": reason for name, reason in error.errors.items()}
        raise FieldErrors(field=f"{path}.{error.field}", reason=error.reason, errors=fields) from None
    except Invalid as error:
        raise Invalid(field=f"{path}.{error.field}", reason=error.reason, limit=error.limit) from None


class Customers(Resource):
    """``/customers``"""

    @operation(query={**PAGING, **sorting(_ORDERS), **dict.fromkeys(_FILTERS, str)}, reply=LIST)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = filters(req)
        wanted = paging(given)
        order = ordering(given, _ORDERS, "id")
        found = customers.page(_where(given), order=[order], limit=wanted.limit, offset=wanted.offset)
        zone = self.tenant.zone
        send_list(resp, [to_customer(record, zone) for record in found.items], found.total or 0, wanted)

    @operation(body=CustomerBody, required=CustomerBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        made = create_customer(read(req, CustomerBody).whole(), now=self.tenant.now())
        send_created(req, resp, to_customer(made, self.tenant.zone), f"customers/{made.id}")


def _where(given: dict[str, Any]) -> list[Condition]:
    where: list[Condition] = []
    if "email" in given:
        where.append(("email", "=", given["email"]))
    for name in ("first_name", "last_name"):
        if name in given:
            where.append((name, "contains", given[name]))
    for name in ("phone_number", "phone"):
        if name in given:
            where.append(("phone", "contains", "".join(c for c in given[name] if c.isdigit()) or given[name]))
    if "search" in given:
        text = given["search"]
        digits = "".join(c for c in text if c.isdigit())
        where.append((("full_name", "email", "phone"), "contains", text))
        if digits and digits != text and not any(c.isalpha() for c in text):
            where[-1] = ("phone", "contains", digits)
    return where


class OneCustomer(Resource):
    """``/customers/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, to_customer(customers.get(path_id(id, "customer")), self.tenant.zone))

    @operation(body=CustomerBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        self._update(resp, path_id(id, "customer"), read(req, CustomerBody).given())

    @operation(body=CustomerBody, required=CustomerBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        self._update(resp, path_id(id, "customer"), read(req, CustomerBody).whole())

    def _update(self, resp: falcon.Response, id: int, given: dict[str, Any]) -> None:
        with writing():
            before = customers.get(id)
            values = to_customer_values(given, before)
            if "email" in values:
                refuse_taken(values["email"], id)
            after = customers.update(id, now=self.tenant.now(), **values)
        send(resp, to_customer(after, self.tenant.zone))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        catalog.delete_customer(path_id(id, "customer"), now=self.tenant.now(), unless_booked=True)
        send_nothing(resp)
