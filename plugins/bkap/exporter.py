"""Exports the shop as one JSON document, which ``importer.load`` reads."""

from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from frontdesk import catalog, orders, repository, statuses
from frontdesk import importing as export_ownership
from frontdesk.importing import ledger_fields
from frontdesk.records import Booking, Customer, Order, OrderItem, Resource, Service
from frontdesk.wordpress.statuses import order_status
from plugins.bkap.import_schemas import (
    BookingEntry,
    CustomerEntry,
    LineEntry,
    OrderEntry,
    ProductEntry,
    ResourceEntry,
    VariationEntry,
)
from plugins.bkap.schemas import NAME
from plugins.bkap.translate.bookings import CORE_STATUS, VENDOR_STATUS, booked_product, format_time_24, to_view
from plugins.bkap.translate.product_settings import settings_of
from plugins.bkap.translate.products import to_product_status
from plugins.bkap.translate.resources import availability_rows
from plugins.bkap.translate.settings import dump_settings
from plugins.bkap.translate.values import format_date, format_utc
from plugins.bkap.usecases.queries import settings_with_resources


def dump() -> dict[str, Any]:
    """Return the products that come from this dialect and all that belongs to them."""
    services = {service.id: service for service in export_ownership.exported_services(NAME)}
    linked_ids = {link.resource_id for link in catalog.resource_links(service_ids=list(services))}
    resources = [row for row in repository.resources.list_all() if row.id in linked_ids or row.origin == NAME]
    exported_bookings = export_ownership.exported_bookings(NAME, list(services.values()))
    order_ids = sorted({booking.order_id for booking in exported_bookings if booking.order_id})
    exported_orders = repository.orders.get_many(order_ids)
    customer_ids = {booking.customer_id for booking in exported_bookings}
    customer_ids |= {order.customer_id for order in exported_orders.values()}
    lines = orders.items(order_ids)
    return {
        "resources": [_resource(resource) for resource in resources],
        "products": [_product(service) for service in services.values()],
        "customers": [
            _customer(customer) for _, customer in sorted(repository.customers.get_many(customer_ids).items())
        ],
        "orders": [_order(order, lines[id]) for id, order in sorted(exported_orders.items())],
        "bookings": [_booking(booking, services[booking.service_id], exported_orders) for booking in exported_bookings],
    }


def _plain(entry: msgspec.Struct) -> dict[str, Any]:
    """Return an entry as plain data, without optional fields that are empty."""
    required = {field.encode_name for field in msgspec.structs.fields(entry) if field.required}
    fields = msgspec.to_builtins(entry)
    return {name: value for name, value in fields.items() if name in required or value not in ("", [], 0, False, None)}


def _resource(resource: Resource) -> dict[str, Any]:
    return _plain(
        ResourceEntry(
            resource_id=resource.id,
            resource_title=resource.name,
            resource_quantity=resource.capacity or 0,
            resource_availability=availability_rows(resource),
            created_at=format_utc(resource.created_at),
        )
    )


def _product(service: Service) -> dict[str, Any]:
    details = service.extras.get(NAME, {})
    category_ids = catalog.service_categories([service.id])[service.id]
    categories = repository.categories.get_many(category_ids)
    variants = repository.variants.list_all(
        [("service_id", "=", service.id)], order=(("position", "asc"), ("id", "asc"))
    )
    entry = ProductEntry(
        id=service.id,
        title=service.name,
        slug=service.slug,
        status=to_product_status(service),
        type=details.get("type") or "simple",
        price=service.price,
        regular_price=str(details.get("regular_price", "")),
        virtual=bool(details.get("virtual", False)),
        taxable=bool(details.get("taxable", False)),
        tax_status=details.get("tax_status") or "taxable",
        description=service.description,
        categories=[categories[id].name for id in category_ids if id in categories],
        variations=[VariationEntry(id=row.id, name=row.name, price=row.price) for row in variants],
        created_at=format_utc(service.created_at),
        updated_at=format_utc(service.modified_at),
    )
    return {**_plain(entry), **dump_settings(settings_with_resources(service))}


def _customer(customer: Customer) -> dict[str, Any]:
    return _plain(
        CustomerEntry(
            id=customer.id,
            first_name=customer.first_name,
            last_name=customer.last_name,
            email=customer.email,
            username=customer.username,
            phone=customer.phone,
        )
    )


def _order(order: Order, lines: Iterable[OrderItem]) -> dict[str, Any]:
    return _plain(
        OrderEntry(
            id=order.id,
            status=order_status(order, NAME),
            customer_id=order.customer_id,
            order_key=order.key,
            currency=order.currency,
            date_created=format_utc(order.created_at),
            line_items=[
                LineEntry(
                    id=line.id,
                    product_id=line.service_id,
                    name=line.name,
                    quantity=line.quantity,
                    total=line.total,
                )
                for line in lines
            ],
        )
    )


def _booking(booking: Booking, service: Service, order_ids: Collection[int]) -> dict[str, Any]:
    view = to_view(booking, booked_product(settings_of(service), service.plan))
    is_open_ended = bool(view.metadata.get("open_end"))
    guest = booking.snapshot.get("customer", {}) if not booking.customer_id else {}
    is_timed = not view.all_day
    has_order = booking.order_id in order_ids
    status = VENDOR_STATUS.get(booking.status, statuses.CANCELLED)
    entry = BookingEntry(
        booking_id=booking.id,
        product_id=booking.service_id,
        status=status,
        start_date=format_date(view.start),
        end_date=format_date(view.end),
        start_time=format_time_24(view.start) if is_timed else "",
        end_time=format_time_24(view.end) if is_timed and not is_open_ended else "",
        open_end=is_open_ended,
        fixed_block=str(view.metadata.get("fixed_block", "")),
        quantity=view.quantity,
        price=booking.total,
        customer_id=booking.customer_id,
        variation_id=booking.variant_id,
        resource_id=booking.resource_id,
        order_id=booking.order_id if has_order else 0,
        order_item_id=booking.order_item_id if has_order else 0,
        billing_name=f"{guest.get('first_name', '')} {guest.get('last_name', '')}".strip(),
        created_at=format_utc(booking.created_at),
        shares_places=booking.shared_places,
    )
    return {**_plain(entry), **ledger_fields(booking, NAME, CORE_STATUS[status])}
