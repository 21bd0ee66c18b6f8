"""Coupons: list, read, create, delete, and the price of a basket with one. The vendor's API does not change coupons."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from msgspec import to_builtins

from frontdesk import balances, bookings, catalog
from frontdesk.database import writing
from frontdesk.errors import BalanceRefused, Invalid, NotAvailable
from frontdesk.records import BookingRequest, Coupon
from frontdesk.repository import Condition, coupons, services
from plugins.bookablesites.schemas import ValidateCouponBody
from plugins.bookablesites.translate.bookings import to_extras_chosen, to_persons
from plugins.bookablesites.translate.coupons import coupon_status, to_coupon, to_coupon_values, to_invalid_coupon
from plugins.bookablesites.translate.params import id_or_none, to_paging
from plugins.bookablesites.translate.prices import to_price
from plugins.bookablesites.translate.values import NAME, today
from plugins.bookablesites.usecases.booking_requests import CHECKOUT
from plugins.bookablesites.usecases.context import Context


def list_coupons(query: Mapping[str, Any], context: Context) -> dict[str, Any]:
    paging = to_paging(query)
    conditions: list[Condition] = [("code", "=", query["code"])] if "code" in query else []
    service_id = id_or_none(query, "service")
    status = query.get("status")
    if service_id is None and status is None:
        page = coupons.page(conditions, limit=paging.limit, offset=paging.offset)
        return paging.to_list([_render(record, context) for record in page.items], page.total or 0)
    # Services and status are no columns; a business has few coupons.
    matching = [
        record
        for record in coupons.list_all(conditions, order=[("id", "desc")])
        if (service_id is None or not record.services or service_id in record.services)
        and (status is None or _status(record, context) == status)
    ]
    return paging.to_list([_render(record, context) for record in paging.slice(matching)], len(matching))


def _render(record: Coupon, context: Context) -> dict[str, Any]:
    return to_coupon(record, balances.count_uses_of_coupon(record), today(context.now(), context.zone))


def _status(record: Coupon, context: Context) -> str:
    return coupon_status(record, balances.count_uses_of_coupon(record), today(context.now(), context.zone))


def get_coupon(id: int, context: Context) -> dict[str, Any]:
    return _render(coupons.get(id), context)


def create_coupon(fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Store a new coupon; raises Invalid for an unknown service and Duplicate for a code that is taken."""
    values = to_coupon_values(fields, currency=context.currency)
    known_services = services.get_many(values["services"])
    for position, service_id in enumerate(values["services"]):
        if service_id not in known_services:
            raise Invalid(field=f"services.{position}", reason="unknown", value=service_id)
    with writing():
        created = coupons.create(now=context.now(), origin=NAME, **values)
    return _render(created, context)


def delete_coupon(id: int, context: Context) -> None:
    catalog.delete_record(coupons, id, now=context.now(), origin=NAME)


def validate_coupon(payload: ValidateCouponBody, context: Context) -> dict[str, Any]:
    """Whether a coupon can be used for a basket, and the basket's price with it; nothing is stored."""
    payload.complete_fields()
    fields: dict[str, Any] = to_builtins(payload)
    now = context.now()
    service_id, customer_id = fields["service"], fields.get("customer") or 0
    if service_id not in services.get_many([service_id]):
        raise Invalid(field="service", reason="unknown", value=service_id)
    try:
        coupon = balances.check_coupon(
            fields["code"], service_id=service_id, customer_id=customer_id, today=today(now, context.zone)
        )
    except BalanceRefused as error:
        return to_invalid_coupon(error)
    request = BookingRequest(
        service_id=service_id,
        wall_start=now.replace(tzinfo=None, second=0, microsecond=0),
        origin=NAME,
        resource_id=fields.get("employee") or 0,
        customer_id=customer_id,
        persons=to_persons(fields) or 1,
        extras=to_extras_chosen(fields),
        coupon_code=coupon.code,
        checkout=CHECKOUT,
    )
    try:
        quote, _ = bookings.quote(request, now=now, check=False)
    except NotAvailable:
        # The calendar has no booking that starts at this minute; the basket's price does not depend on it.
        noon = request.wall_start.replace(hour=12, minute=0)
        quote, _ = bookings.quote(replace(request, wall_start=noon), now=now, check=False)
    return {"valid": True, "coupon": _render(coupon, context), "price": to_price(quote)}
