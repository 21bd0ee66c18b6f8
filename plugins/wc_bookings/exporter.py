"""``frontdesk export wc_bookings``: what this dialect keeps, as the importer takes it back."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from core.domain.records import Booking, Resource, Service
from core.domain.site import Site
from core.domain.zones import zone as zone_of
from core.ledger_fields import ledger_fields
from core.services import catalog, export_ownership, orders, repository, site
from plugins.wc_bookings.translate import bookings as booking_words
from plugins.wc_bookings.translate import catalog as words
from plugins.wc_bookings.translate.texts import wall_stamp

NAME = words.NAME


def dump(*, now: datetime, site: Site) -> dict[str, Any]:
    """Everything this dialect keeps, as ``load`` takes it. Secrets of keys do not go out."""
    zone = zone_of(site.timezone)
    services = export_ownership.exported_services(NAME)
    links = catalog.resource_links(service_ids=[service.id for service in services])
    resources = [row for row in repository.resources.list_all() if words.own(row)]
    made = export_ownership.exported_bookings(NAME, services)
    numbers = {booking.order_id for booking in made if booking.order_id}
    return {
        "now": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **_dump_site(),
        "users": [_dump_user(row) for row in repository.customers.list_all()],
        "categories": [
            {k: v for k, v in words.to_category(row, 0).items() if k != "count"}
            for row in repository.categories.list_all()
        ],
        "resources": [_dump_resource(row) for row in resources],
        "booking_relationships": [
            {"product_id": link.service_id, "resource_id": link.resource_id, "sort_order": link.position}
            for link in links
        ],
        "products": [*_dump_products(services), *_dump_others()],
        "orders": _dump_orders(numbers),
        "bookings": [_dump_booking(booking, zone) for booking in made],
    }


def _dump_site() -> dict[str, Any]:
    own = site.extras(NAME)
    names = ("site", "global_availability", "weekly_schedule", "date_overrides")
    return {name: own[name] for name in names if name in own}


def _dump_resource(row: Resource) -> dict[str, Any]:
    shown = words.to_resource(row)
    if row.kind != "staff":
        return shown
    member = {"email": row.email, "phone_number": row.phone, "description": row.description, "status": row.status}
    return {**shown, "availability": [], "team_member": {**member, **words.own(row)}}


def _dump_user(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "login": row.username,
        "email": row.email,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "roles": list(row.roles),
    }


def _dump_products(services: Sequence[Service]) -> Iterable[dict[str, Any]]:
    categories = catalog.service_categories([service.id for service in services])
    for service in services:
        # The stored settings, not what links or limits would make of them: they come in again as they went out.
        settings = {**words.SETTING_DEFAULTS, **words.own(service)["settings"]}
        yield {
            "id": service.id,
            "type": words.product_type(service),
            "name": service.name,
            "slug": service.slug,
            "status": words.to_status(service),
            "date_created": service.created_at.isoformat(),
            "date_modified": service.modified_at.isoformat(),
            "description": service.description,
            "short_description": service.summary,
            "sku": service.sku,
            "menu_order": service.position,
            "category_ids": categories[service.id],
            **words.to_product_data(service),
            **settings,
        }


def _dump_others() -> list[dict[str, Any]]:
    return [dict(row) for row in site.extras(NAME).get("other_products", {}).values()]


def _dump_orders(numbers: Iterable[int]) -> list[dict[str, Any]]:
    found = repository.orders.get_many(numbers)
    lines = orders.items(found)
    return [
        {
            "id": order.id,
            "status": order.status,
            "customer_id": order.customer_id,
            "currency": order.currency,
            "items": [
                {"id": item.id, "product_id": item.service_id, "name": item.name, "total": str(item.total)}
                for item in lines[order.id]
            ],
        }
        for order in found.values()
    ]


def _dump_booking(booking: Booking, zone: tzinfo) -> dict[str, Any]:
    shown = booking_words.to_booking(booking, zone)
    if booking_words.own(booking).get("shell"):
        return shown
    end = booking.wall_end
    if booking.all_day and wall_stamp(end) % 86_400 == 0:
        end -= timedelta(seconds=1)
    return {
        **shown,
        "note": booking.note,
        "attendance_status": booking_words.own(booking).get("attendance_status", ""),
        "start_local": booking.wall_start.isoformat(sep=" "),
        "end_local": end.isoformat(sep=" "),
        **ledger_fields(booking, NAME, booking_words.FROM_STATUS[shown["status"]]),
    }
