"""Customers."""

from datetime import datetime
from typing import Any

from frontdesk import bookings, catalog
from frontdesk.records import Customer
from frontdesk.repository import Condition, customers
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.translate.appointments import HIDDEN
from plugins.bookingpress.translate.customers import read_changed_customer, read_email, read_new_customer, to_customer
from plugins.bookingpress.translate.params import Listing, Params
from plugins.bookingpress.translate.values import NAME, stored_extras, with_stored_extras
from plugins.bookingpress.usecases.base import CrudUseCases, Ids

_BATCH = 100


class Customers(CrudUseCases):
    table = customers
    id_name = "customer_id"
    searched = ("first_name", "last_name", "email")
    unknown_to_delete = "customer_gone"
    unknown_ids = {"customer_id": "", "wpuser_id": ""}

    def _conditions(self, listing: Listing) -> list[Condition]:
        email = listing.params.text("email")
        return [*super()._conditions(listing), *([("email", "=", email)] if email else [])]

    def _shown(self, records: list[Customer], *, single: bool) -> list[Any]:
        booked = bookings.summaries_by_customer((customer.id for customer in records), excluded_statuses=HIDDEN)
        return [
            to_customer(
                customer,
                index,
                booked=booked.get(customer.id, (0, None)),
                created=customer.created_at.astimezone(self.context.zone),
                single=single,
            )
            for index, customer in enumerate(records, 1)
        ]

    def _create(self, params: Params) -> Ids:
        customer = create_customer(params, now=self.context.now)
        return {"customer_id": customer.id, "wpuser_id": stored_extras(customer)["wpuser_id"]}

    def _update(self, previous: Customer, params: Params, *, partial: bool) -> Ids:
        fields, stored = read_changed_customer(params, previous, partial=partial)
        login_id = _login_id(params, stored.get("wpuser_id", 0), previous.id)
        extras = with_stored_extras(previous, **{**stored, "wpuser_id": login_id})
        customers.update(previous.id, now=self.context.now, extras=extras, **fields)
        return {"customer_id": previous.id, "wpuser_id": login_id}

    def _delete(self, record: Customer) -> None:
        now = self.context.now
        while booked := bookings.page([("customer_id", "=", record.id)], limit=_BATCH, count=False).items:
            for booking in booked:
                bookings.delete(booking.id, now=now, origin=NAME)
        catalog.delete_customer(record.id, now=now)


def create_customer(params: Params, *, now: datetime, id: int | None = None) -> Customer:
    """Store a customer; imports keep the id.

    Raises:
        Refused: Everything is empty, a name is too long, or the address has a login already.
    """
    fields, stored = read_new_customer(params)
    login_id = _login_id(params, 0, 0)
    extras = {NAME: {**stored, "wpuser_id": login_id}}
    customer = customers.create(now=now, id=id, origin=NAME, extras=extras, **fields)
    if login_id < 0:
        customer = customers.update(customer.id, now=now, extras=with_stored_extras(customer, wpuser_id=customer.id))
    return customer


def _login_id(params: Params, previous: int, id: int) -> int:
    """The site login of a customer; -1 asks for one under the customer's own id, which is not known yet.

    Raises:
        Refused: ``add_new`` with an address that has a login already.
    """
    if params.text("wp_user") != "add_new":
        return params.id("wp_user") or previous
    if email := read_email(params):
        same_address = customers.list_all([("email", "=", email)])
        if any(stored_extras(customer).get("wpuser_id") and customer.id != id for customer in same_address):
            raise Refused(reason="email_taken")
    return previous or id or -1
