"""Customers: the search, and one with everything of theirs; its form changes contact and note."""

from typing import Any

import falcon

from core.console.pages.base import Page, newer_offset, number_field, offset_field, query_fields, read_form, text_field
from core.domain.records import Customer
from core.error_sentences import error_sentence
from core.errors import Duplicate, Invalid, StaleVersion
from core.services import actors, booking_agenda, customer_details
from core.services.conditions import Condition
from core.services.customer_details import LENGTHS, MAX_ENTRIES
from core.services.repository import customers, services

PAGE_SIZE = 50
_LABELS = {
    "first_name": "The first name",
    "last_name": "The last name",
    "email": "The e-mail address",
    "phone": "The phone number",
    "note": "The note",
}


class CustomersPage(Page):
    """``/customers``: newest first, or those whose name, e-mail address or phone number contains a text."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = query_fields(req)
        text = query.get("q", "")[:200]
        offset = offset_field(query)
        where: list[Condition] = [(("full_name", "email", "phone"), "contains", text)] if text else []
        items = customers.page(where, limit=PAGE_SIZE + 1, offset=offset, count=False).items
        self.show(
            req,
            resp,
            "customers.html",
            customers=items[:PAGE_SIZE],
            older=offset + PAGE_SIZE if len(items) > PAGE_SIZE else None,
            newer=newer_offset(offset, PAGE_SIZE),
            q=text,
        )


class CustomerPage(Page):
    """``/customers/{id}``: one customer."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: int) -> None:
        self._show(req, resp, customers.get(id))

    def on_post(self, req: falcon.Request, resp: falcon.Response, id: int) -> None:
        form = read_form(req)
        customer = customers.get(id)
        values: dict[str, Any] = {name: text_field(form, name, getattr(customer, name)) for name in LENGTHS}
        try:
            with actors.because(text_field(form, "reason")):
                customer_details.edit(
                    id, **values, expected_version=number_field(form, "version"), now=self.console.clock()
                )
        except StaleVersion:
            resp.status = 409
            sentence = (
                "Somebody has changed this customer meanwhile; this is how it is now. Nothing of yours is stored."
            )
            self._show(req, resp, customers.get(id), problem=sentence)
            return
        except (Invalid, Duplicate) as error:
            resp.status = 422
            field = "email" if isinstance(error, Duplicate) else error.field
            self._show(req, resp, customer, problem=_sentence(error), field=field, form=form)
            return
        self.see_other(resp, self.console.url("customers", id), "Changed.")

    def _show(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        customer: Customer,
        *,
        problem: str = "",
        field: str = "",
        form: dict[str, Any] | None = None,
    ) -> None:
        offset = offset_field(query_fields(req))
        details = customer_details.details_of(customer, offset=offset)
        total = details.bookings.total or 0
        values = {name: getattr(customer, name) for name in LENGTHS} | {"reason": ""}
        if form is not None:
            values |= {name: text_field(form, name) for name in values if name in form}
        left_of = {service_id for _, _, left in details.packages for service_id in left}
        self.show(
            req,
            resp,
            "customer.html",
            customer=customer,
            details=details,
            older=offset + MAX_ENTRIES if total > offset + MAX_ENTRIES else None,
            newer=newer_offset(offset, MAX_ENTRIES),
            services=services.get_many(left_of),
            name_in=booking_agenda.name_in,
            lengths=LENGTHS,
            form=values,
            problem=problem,
            problem_field=field,
            may_change=req.context.operator.may(self.writes),
        )


def _sentence(error: Invalid | Duplicate) -> str:
    text = error_sentence(error)
    if isinstance(error, Duplicate):
        return text
    if error.reason == "missing":
        return "A name, an e-mail address or a phone number is needed, or nobody would know who this is."
    field, _, rest = text.partition(": ")
    return f"{_LABELS[field]} {rest}" if field in _LABELS else text
