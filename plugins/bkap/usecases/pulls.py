"""Reads a live shop through the vendor's own API into an import document (README, "Reading a live shop")."""

from collections.abc import Callable
from typing import Any

_BASE = "/wc-api/v3/bkap"


def pull(get: Callable[[str], Any]) -> dict[str, Any]:
    """The document of a shop; ``get(url)`` returns a decoded answer.

    The API shows products, resources and bookings. Orders and customers are made of what its bookings tell of them.
    Of a product with nights or times it does not show the places; such a product arrives closed, until whoever reads
    the document adds them.
    """
    bookings = get(f"{_BASE}/bookings").get("bookings", [])
    return {
        "resources": get(f"{_BASE}/resources").get("resources", []),
        "products": get(f"{_BASE}/products").get("products", []),
        "customers": _customers(bookings),
        "orders": _orders(bookings),
        "bookings": bookings,
    }


def _number(value: Any) -> int:
    text = str(value or "0")
    return int(text) if text.isdigit() else 0


def _customers(bookings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    customers: dict[int, dict[str, Any]] = {}
    for booking in bookings:
        number = _number(booking.get("customer_id"))
        if number and number not in customers:
            known = booking.get("customer") or {}
            first, _, last = str(known.get("name", "")).partition(" ")
            customers[number] = {
                "id": number,
                "first_name": first,
                "last_name": last,
                "email": str(known.get("email", "")),
            }
    return list(customers.values())


def _orders(bookings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    orders: dict[int, dict[str, Any]] = {}
    for booking in bookings:
        number = _number(booking.get("order_id"))
        if not number:
            continue
        customer_id = _number(booking.get("customer_id"))
        order = orders.setdefault(
            number, {"id": number, "status": "processing", "customer_id": customer_id, "line_items": []}
        )
        line = _number(booking.get("order_item_id"))
        if line and all(other["id"] != line for other in order["line_items"]):
            order["line_items"].append(
                {
                    "id": line,
                    "product_id": _number(booking.get("product_id")),
                    "quantity": max(1, _number(booking.get("quantity"))),
                    "total": str(booking.get("cost") or "0"),
                }
            )
    return list(orders.values())
