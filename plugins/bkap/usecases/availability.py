"""Availability and price of a product (README, "Availability" and "Price")."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from frontdesk import availability, bookings
from frontdesk.caches import LastResults
from frontdesk.errors import Invalid
from frontdesk.prices import PriceContext, evaluate
from frontdesk.records import SKIP_ALL, BookingRequest
from frontdesk.schedule import UNLIMITED, is_day_based
from frontdesk.wordpress import phpjson
from plugins.bkap.schemas import NAME
from plugins.bkap.translate.availability import (
    PricedPeriod,
    check_order,
    common_slots,
    read_date_range,
    read_dates,
    read_priced_period,
    to_availability,
)
from plugins.bkap.translate.create_request import read_person_count
from plugins.bkap.translate.prices import to_price_answer
from plugins.bkap.translate.product_settings import NamedProduct
from plugins.bkap.translate.products import date_price_plan
from plugins.bkap.translate.values import format_amount, read_int
from plugins.bkap.usecases import queries
from plugins.bkap.usecases.context import Context

#: Dates times resources in one call, as a multiple of the longest range.
_MAX_RANGES = 10
#: Replies by product, dates and resources, as JSON; bounded by bytes.
_rendered: LastResults[tuple[Any, ...], bytes] = LastResults(4_000_000, len)


def list_availability(context: Context, filters: Mapping[str, Any]) -> phpjson.EncodedJson:
    """The places left on each date of a range; of several resources, those that all of them have."""
    product = queries.product_named(filters, "availability")
    service = product.service
    resource_ids = queries.resources_named(filters, "availability")
    read_person_count(filters, "availability")
    limit = queries.read_limit(filters, "availability")
    first, last = read_date_range(filters, context.today(service.zone))
    if limit and (last - first).days >= limit:
        last = first + timedelta(days=limit - 1)
    days = (last - first).days + 1
    max_days = context.settings.max_range_days
    if days > max_days or days * len(resource_ids) > max_days * _MAX_RANGES:
        raise Invalid(field="availability.end_date", reason="span", value=str(last), limit=max_days)
    slots_by_resource = [
        availability.list_slots(
            service.id,
            first=first,
            last=last,
            now=context.clock(),
            blocks=1 if is_day_based(service.plan) else max(1, service.plan.min_blocks),
            # A booking takes one resource, so the resource with the most places left decides.
            units=UNLIMITED,
            resource_id=resource_id or None,
            per_resource=False,
            preloaded_services={service.id: service},
        )
        for resource_id in resource_ids or [0]
    ]
    booking_type, slots = product.settings.booking_type, common_slots(slots_by_resource)

    def render() -> bytes:
        return phpjson.dumps(to_availability(booking_type, slots, [first + timedelta(days=day) for day in range(days)]))

    key = (service.id, first, last, tuple(resource_ids))
    return phpjson.EncodedJson(_rendered.get(key, (booking_type, slots), render))


def price_booking(context: Context, filters: Mapping[str, Any]) -> dict[str, str]:
    """The price of a booking, or without a date the product's base price; capacity and closed days do not count."""
    product = queries.product_named(filters, "availability")
    quantity = 1
    if filters.get("quantity") is not None:
        quantity = read_int(filters["quantity"], "availability.quantity", minimum=1)
    resource_ids = queries.resources_named(filters, "availability")
    person_count = read_person_count(filters, "availability")
    queries.read_limit(filters, "availability")
    start, end = read_dates(filters)
    check_order(start, end)
    site = context.site
    if start is None:
        return {"price": format_amount(product.base_price, site.currency)}
    period = read_priced_period(filters, product, start, end)
    if product.settings.is_per_person and not person_count:
        total = Decimal(0)
    elif period.is_date_only:
        price_context = PriceContext(
            start=period.start, resource_ids=tuple(resource_ids), quantity=quantity, persons=person_count or 0
        )
        total = evaluate(date_price_plan(product.settings, product.base_price), price_context).total
    else:
        request = _priced_request(product, period, resource_ids, quantity, person_count)
        total = bookings.quote(request, now=context.clock(), check=False)[0].total
    return to_price_answer(total, site.currency, site.locale)


def _priced_request(
    product: NamedProduct, period: PricedPeriod, resource_ids: list[int], quantity: int, person_count: int | None
) -> BookingRequest:
    """A request to price; a service that counts persons takes the quantity as persons, unless persons are named."""
    plan = product.service.plan
    persons = person_count or max(1, plan.persons.minimum)
    if plan.capacity.units_per == "person" and not person_count:
        persons, quantity = quantity, 1
    return BookingRequest(
        service_id=product.service.id,
        wall_start=period.start,
        wall_end=period.end,
        origin=NAME,
        priced_with=tuple(resource_ids),
        variant_id=product.variant_id,
        persons=persons,
        quantity=quantity,
        fixed_blocks=period.fixed_block,
        overrides=SKIP_ALL,
    )
