"""Customers: list, read, create, update and delete, and the customer of a booking."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from frontdesk import catalog
from frontdesk.database import writing
from frontdesk.errors import Invalid
from frontdesk.records import Customer
from frontdesk.repository import Condition, customers
from plugins.bookablesites.errors import FieldErrors
from plugins.bookablesites.schemas import CustomerBody
from plugins.bookablesites.translate.customers import to_customer, to_customer_values
from plugins.bookablesites.translate.params import to_order, to_paging
from plugins.bookablesites.translate.values import NAME
from plugins.bookablesites.usecases.context import Context

SORTABLE = ("id", "created_at", "first_name", "last_name", "email")
FILTERS = ("email", "first_name", "last_name", "phone_number", "phone", "search")


def find(query: Mapping[str, Any], context: Context) -> dict[str, Any]:
    paging = to_paging(query)
    order = to_order(query, SORTABLE, "id")
    page = customers.page(_conditions(query), order=[order], limit=paging.limit, offset=paging.offset)
    zone = context.zone
    return paging.to_list([to_customer(record, zone) for record in page.items], page.total or 0)


def _conditions(query: Mapping[str, Any]) -> list[Condition]:
    conditions: list[Condition] = []
    if "email" in query:
        conditions.append(("email", "=", query["email"]))
    for name in ("first_name", "last_name"):
        if name in query:
            conditions.append((name, "contains", query[name]))
    for name in ("phone_number", "phone"):
        if name in query:
            conditions.append(("phone", "contains", _digits(query[name]) or query[name]))
    if "search" in query:
        text = query["search"]
        digits = _digits(text)
        if digits and digits != text and not any(character.isalpha() for character in text):
            conditions.append(("phone", "contains", digits))
        else:
            conditions.append((("full_name", "email", "phone"), "contains", text))
    return conditions


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def get(id: int, context: Context) -> dict[str, Any]:
    return to_customer(customers.get(id), context.zone)


def create(fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Store a new customer; raises Invalid where the email is taken or a field is wrong."""
    return to_customer(store_customer(fields, now=context.now()), context.zone)


def store_customer(fields: Mapping[str, Any], *, now: datetime) -> Customer:
    """Store a new customer.

    Args:
        fields: The fields of a ``CustomerBody``, all of them.

    Raises:
        Invalid: The email is taken, or a field is wrong.
    """
    values = to_customer_values(fields, None)
    with writing():
        _refuse_taken_email(values["email"], 0)
        return customers.create(now=now, origin=NAME, **values)


def update(id: int, fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    with writing():
        current = customers.get(id)
        values = to_customer_values(fields, current)
        if "email" in values:
            _refuse_taken_email(values["email"], id)
        updated = customers.update(id, now=context.now(), **values)
    return to_customer(updated, context.zone)


def delete(id: int, context: Context) -> None:
    """Delete a customer; raises InUse where bookings are ahead."""
    catalog.delete_customer(id, now=context.now(), unless_booked=True)


def _refuse_taken_email(email: str, id: int) -> None:
    """Refuse the email of another customer; empty ones are not unique.

    The error is ``Invalid`` and not ``Duplicate``, because a 409 names no field.
    """
    if not email:
        return
    catalog.lock_email(email)
    other = customers.find(email=email)
    if other is not None and other.id != id:
        raise Invalid(field="email", reason="taken", value=email)


def booking_customer(customer: int | CustomerBody, *, now: datetime, path: str, create: bool = True) -> Customer | None:
    """The customer a booking names: an id, or an object that is found by its email or stored.

    Args:
        path: The field, for errors.
        create: False stores nothing; an unknown customer is None then.

    Raises:
        Invalid: No such customer, or a field of the object is wrong or missing.
    """
    if isinstance(customer, int):
        named = customers.get_many([customer]).get(customer)
        if named is None:
            raise Invalid(field=path, reason="unknown", value=customer)
        return named
    email = str(customer.sent_fields().get("email") or "").strip()
    current = customers.find(email=email) if email else None
    if current is not None:
        return current
    if not create:
        return None
    try:
        fields = customer.complete_fields()
        with writing():
            # Another request may have stored the same customer since the look-up.
            catalog.lock_email(email)
            current = customers.find(email=email) if email else None
            return current if current is not None else store_customer(fields, now=now)
    except FieldErrors as error:
        raise FieldErrors.missing(list(error.errors), f"{path}.") from None
    except Invalid as error:
        raise Invalid(field=f"{path}.{error.field}", reason=error.reason, limit=error.limit) from None
