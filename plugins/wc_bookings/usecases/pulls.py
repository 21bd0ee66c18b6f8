"""Reads a live shop through the vendor's own API into an import document (README, "Reading a live shop")."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from plugins.wc_bookings.import_schemas import BookingEntry, CategoryEntry, ProductEntry, ResourceEntry

_BASE = "/wp-json/wc-bookings/v1"
_PAGE = 100
_MAX_PAGES = 10_000


def pull(get: Callable[[str], Any]) -> dict[str, Any]:
    """The document of a shop; ``get(url)`` returns a decoded answer.

    The API shows categories, resources, products and bookings. Orders and users are made of what its bookings tell of
    them; person types have neither name nor cost there.
    """
    products = [_only(ProductEntry, record) for record in _pages(get, "products")]
    bookings = [_only(BookingEntry, record) for record in _pages(get, "bookings")]
    return {
        "users": _users(bookings),
        "categories": [_only(CategoryEntry, record) for record in _pages(get, "products/categories")],
        "resources": [_resource(record) for record in _pages(get, "resources")],
        "booking_relationships": [
            {"product_id": product["id"], "resource_id": resource_id, "sort_order": position}
            for product in products
            for position, resource_id in enumerate(product.get("resource_ids") or ())
        ],
        "products": products,
        "orders": _orders(bookings),
        "bookings": bookings,
    }


def _pages(get: Callable[[str], Any], what: str) -> Iterator[dict[str, Any]]:
    for page in range(1, _MAX_PAGES):
        records = get(f"{_BASE}/{what}?per_page={_PAGE}&page={page}")
        yield from records
        if len(records) < _PAGE:
            return


def _only(entry: type[msgspec.Struct], record: dict[str, Any]) -> dict[str, Any]:
    """A record of the API with the keys that a document may have."""
    known = {field.encode_name for field in msgspec.structs.fields(entry)} - {"_links", "count"}
    return {name: value for name, value in record.items() if name in known}


def _resource(record: dict[str, Any]) -> dict[str, Any]:
    """A resource; the API of version 2.2.5 does not tell its name."""
    return {"name": f"Resource {record['id']}", **_only(ResourceEntry, record)}


def _users(bookings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    numbers = dict.fromkeys(booking["customer_id"] for booking in bookings if booking.get("customer_id"))
    return [{"id": number, "login": f"customer-{number}", "roles": ["customer"]} for number in numbers]


def _orders(bookings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    orders: dict[int, dict[str, Any]] = {}
    for booking in bookings:
        number = booking.get("order_id")
        if not number:
            continue
        order = orders.setdefault(
            number, {"id": number, "status": "processing", "customer_id": booking.get("customer_id") or 0, "items": []}
        )
        if booking.get("order_item_id"):
            order["items"].append(
                {"id": booking["order_item_id"], "product_id": booking["product_id"], "total": booking.get("cost")}
            )
    return list(orders.values())
