"""The shop as one JSON document, out; ``importer.load`` takes it back."""

from collections.abc import Mapping
from typing import Any

import msgspec

from core.domain import statuses
from core.domain.records import Booking, Resource, Service
from core.ledger_fields import ledger_fields
from core.services import catalog, export_ownership, orders, repository
from plugins.bkap.resources import lookups
from plugins.bkap.schemas import (
    BookingDoc,
    CustomerDoc,
    LineDoc,
    OrderDoc,
    ProductDoc,
    ResourceDoc,
    VariationDoc,
)
from plugins.bkap.translate.bookings import FROM_STATUS, TO_STATUS, as_product, shown
from plugins.bkap.translate.catalog import (
    PRODUCT_STATUSES,
    rows_of,
)
from plugins.bkap.translate.derived import settings_of
from plugins.bkap.translate.schedule import NAME
from plugins.bkap.translate.settings import dump_settings
from plugins.bkap.translate.values import clock_24, iso_day, utc_text


def dump() -> dict[str, Any]:
    """The products that were set up in this dialect, and all that belongs to them; ``load`` takes it back."""
    services = export_ownership.exported_services(NAME)
    ids = [service.id for service in services]
    links = catalog.resource_links(service_ids=ids)
    linked = {link.resource_id for link in links}
    resources = [one for one in repository.resources.list_all() if one.id in linked or one.origin == NAME]
    booked = export_ownership.exported_bookings(NAME, services)
    order_ids = sorted({booking.order_id for booking in booked if booking.order_id})
    known_orders = repository.orders.get_many(order_ids)
    customer_ids = {booking.customer_id for booking in booked}
    customer_ids |= {order.customer_id for order in known_orders.values()}
    customers = repository.customers.get_many(customer_ids)
    lines = orders.items(order_ids)
    by_service = {service.id: service for service in services}
    return {
        "resources": [_resource_out(resource) for resource in resources],
        "products": [_product_out(service) for service in services],
        "customers": [
            _out(
                CustomerDoc(
                    id=one.id,
                    first_name=one.first_name,
                    last_name=one.last_name,
                    email=one.email,
                    username=one.username,
                    phone=one.phone,
                )
            )
            for _, one in sorted(customers.items())
        ],
        "orders": [
            _out(
                OrderDoc(
                    id=order.id,
                    status=order.status,
                    customer_id=order.customer_id,
                    order_key=order.key,
                    currency=order.currency,
                    date_created=utc_text(order.created_at),
                    line_items=[
                        LineDoc(
                            id=line.id,
                            product_id=line.service_id,
                            name=line.name,
                            quantity=line.quantity,
                            total=line.total,
                        )
                        for line in lines[order.id]
                    ],
                )
            )
            for _, order in sorted(known_orders.items())
        ],
        "bookings": [_booking_out(booking, by_service[booking.service_id], known_orders) for booking in booked],
    }


def _out(doc: msgspec.Struct) -> dict[str, Any]:
    """A document struct as plain data, without what is at its default."""
    needed = {field.encode_name for field in msgspec.structs.fields(doc) if field.required}
    plain = msgspec.to_builtins(doc)
    return {name: value for name, value in plain.items() if name in needed or value not in ("", [], 0, False, None)}


def _resource_out(resource: Resource) -> dict[str, Any]:
    return _out(
        ResourceDoc(
            resource_id=resource.id,
            resource_title=resource.name,
            resource_quantity=resource.capacity or 0,
            resource_availability=rows_of(resource),
            created_at=utc_text(resource.created_at),
        )
    )


def _product_out(service: Service) -> dict[str, Any]:
    own = service.extras.get(NAME, {})
    numbers = catalog.service_categories([service.id])[service.id]
    names = repository.categories.get_many(numbers)
    doc = ProductDoc(
        id=service.id,
        title=service.name,
        slug=service.slug,
        status=service.status if service.status in PRODUCT_STATUSES.values() else "draft",
        type=own.get("type") or "simple",
        price=service.price,
        regular_price=str(own.get("regular_price", "")),
        virtual=bool(own.get("virtual", False)),
        taxable=bool(own.get("taxable", False)),
        tax_status=own.get("tax_status") or "taxable",
        description=service.description,
        categories=[names[number].name for number in numbers if number in names],
        variations=[
            VariationDoc(id=one.id, name=one.name, price=one.price)
            for one in repository.variants.list_all(
                [("service_id", "=", service.id)], order=(("position", "asc"), ("id", "asc"))
            )
        ],
        created_at=utc_text(service.created_at),
        updated_at=utc_text(service.modified_at),
    )
    return {**_out(doc), **dump_settings(lookups.settings_with_resources(service))}


def _booking_out(booking: Booking, service: Service, known_orders: Mapping[int, Any]) -> dict[str, Any]:
    seen = shown(booking, as_product(settings_of(service), service.plan))
    open_end = bool(seen.metadata.get("open_end"))
    named = booking.snapshot.get("customer", {}) if not booking.customer_id else {}
    timed = not seen.all_day
    has_order = booking.order_id in known_orders
    status = FROM_STATUS.get(booking.status, statuses.CANCELLED)
    entry = _out(
        BookingDoc(
            booking_id=booking.id,
            product_id=booking.service_id,
            status=status,
            start_date=iso_day(seen.start),
            end_date=iso_day(seen.end),
            start_time=clock_24(seen.start) if timed else "",
            end_time=clock_24(seen.end) if timed and not open_end else "",
            open_end=open_end,
            fixed_block=str(seen.metadata.get("fixed_block", "")),
            quantity=seen.quantity,
            price=booking.total,
            customer_id=booking.customer_id,
            variation_id=booking.variant_id,
            resource_id=booking.resource_id,
            order_id=booking.order_id if has_order else 0,
            order_item_id=booking.order_item_id if has_order else 0,
            billing_name=f"{named.get('first_name', '')} {named.get('last_name', '')}".strip(),
            created_at=utc_text(booking.created_at),
            shares_places=booking.shared_places,
        )
    )
    return {**entry, **ledger_fields(booking, NAME, TO_STATUS[status])}
