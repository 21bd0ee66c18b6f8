"""Exports the shop as one JSON document, which ``importer.load`` reads."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from frontdesk import Site, catalog, orders, repository, site
from frontdesk import importing as export_ownership
from frontdesk.importing import ledger_fields
from frontdesk.records import Booking, Customer, Resource, Service
from frontdesk.times import zone as zone_of
from frontdesk.wordpress.statuses import order_status, post_status
from plugins.wc_bookings.translate import products
from plugins.wc_bookings.translate.bookings import FROM_STATUS, to_booking, wall_stamp
from plugins.wc_bookings.translate.product_records import to_category
from plugins.wc_bookings.translate.resources import to_resource
from plugins.wc_bookings.translate.values import NAME, stored_extras


def dump(*, now: datetime, site: Site) -> dict[str, Any]:
    """Return everything of this dialect, without the secrets of keys."""
    zone = zone_of(site.timezone)
    services = export_ownership.exported_services(NAME)
    links = catalog.resource_links(service_ids=[service.id for service in services])
    bookings = export_ownership.exported_bookings(NAME, services)
    return {
        "now": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **_site(),
        "users": [_user(customer) for customer in repository.customers.list_all()],
        "categories": [
            {name: value for name, value in to_category(category, 0).items() if name != "count"}
            for category in repository.categories.list_all()
        ],
        "resources": [_resource(resource) for resource in repository.resources.list_all() if stored_extras(resource)],
        "booking_relationships": [
            {"product_id": link.service_id, "resource_id": link.resource_id, "sort_order": link.position}
            for link in links
        ],
        "products": [*_products(services), *_other_products()],
        "orders": _orders({booking.order_id for booking in bookings if booking.order_id}),
        "bookings": [_booking(booking, zone) for booking in bookings],
    }


def _site() -> dict[str, Any]:
    extras = site.extras(NAME)
    names = ("site", "global_availability", "weekly_schedule", "date_overrides")
    return {name: extras[name] for name in names if name in extras}


def _user(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.id,
        "login": customer.username,
        "email": customer.email,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "roles": list(customer.roles),
    }


def _resource(resource: Resource) -> dict[str, Any]:
    row = to_resource(resource)
    if resource.kind != "staff":
        return row
    member = {
        "email": resource.email,
        "phone_number": resource.phone,
        "description": resource.description,
        "status": post_status(resource.status),
    }
    return {**row, "availability": [], "team_member": {**member, **stored_extras(resource)}}


def _products(services: Sequence[Service]) -> Iterator[dict[str, Any]]:
    category_ids = catalog.service_categories([service.id for service in services])
    for service in services:
        # As they are stored, not as links and limits change them.
        settings = {**products.SETTING_DEFAULTS, **stored_extras(service)["settings"]}
        yield {
            "id": service.id,
            "type": products.product_type(service),
            "name": service.name,
            "slug": service.slug,
            "status": products.to_status(service),
            "date_created": service.created_at.isoformat(),
            "date_modified": service.modified_at.isoformat(),
            "description": service.description,
            "short_description": service.summary,
            "sku": service.sku,
            "menu_order": service.position,
            "category_ids": category_ids[service.id],
            **products.to_product_data(service),
            **settings,
        }


def _other_products() -> list[dict[str, Any]]:
    """Return the products that cannot be booked."""
    return [dict(row) for row in site.extras(NAME).get("other_products", {}).values()]


def _orders(ids: Collection[int]) -> list[dict[str, Any]]:
    exported_orders = repository.orders.get_many(ids)
    items = orders.items(exported_orders)
    return [
        {
            "id": order.id,
            "status": order_status(order, NAME),
            "customer_id": order.customer_id,
            "currency": order.currency,
            "items": [
                {"id": item.id, "product_id": item.service_id, "name": item.name, "total": str(item.total)}
                for item in items[order.id]
            ],
        }
        for order in exported_orders.values()
    ]


def _booking(booking: Booking, zone: tzinfo) -> dict[str, Any]:
    record = to_booking(booking, zone)
    details = stored_extras(booking)
    if details.get("shell"):
        return record
    end = booking.wall_end
    if booking.all_day and wall_stamp(end) % 86_400 == 0:
        end -= timedelta(seconds=1)
    return {
        **record,
        "note": booking.note,
        "attendance_status": details.get("attendance_status", ""),
        "start_local": booking.wall_start.isoformat(sep=" "),
        "end_local": end.isoformat(sep=" "),
        **ledger_fields(booking, NAME, FROM_STATUS[record["status"]]),
    }
