"""Packages between the vendor's parameters and records and the core's."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from core.domain.records import Package
from core.errors import Invalid
from plugins.bookingpress import schemas
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.values import money_text, number, stored_extras

_MOST_APPOINTMENTS = 1_000_000


def read_package(params: Params, previous: Package | None, *, partial: bool = False) -> dict[str, Any]:
    """Core's fields of a package.

    Args:
        previous: The stored package of an update; its services stay when none are sent.
        partial: Absent fields come from ``previous``; otherwise they take their defaults.
    """
    old = previous if partial else None
    name = params.text("package_name", longest=255) if old is None or "package_name" in params else old.name
    if not name:
        raise Invalid(field="package_name", reason="missing")
    price = params.amount("package_price", default=old.price if old else Decimal(0))
    if price < 0:
        raise Invalid(field="package_price", reason="range", value=str(price))
    duration = params.integer("package_duration_val", default=old.valid_for if old else 1)
    unit = params.text("package_duration_unit") or (old.valid_unit if old else "m")
    if not 1 <= duration <= 10_000 or unit not in ("d", "m", "y"):
        raise Invalid(field="package_duration_val", reason="range", value=duration)
    limit = params.number("package_purchase_limit", 0, 2**31 - 1, default=old.purchase_limit if old else 0)
    items = params.items("package_services")
    is_active = old.status == "active" if old else True
    return {
        "name": name,
        "price": price,
        "valid_for": duration,
        "valid_unit": unit,
        "purchase_limit": limit,
        "description": params.html("package_description", default=old.description if old else ""),
        "services": previous.services if previous and not items else _included(items),
        "status": "active" if params.flag("package_status", default=is_active) else "inactive",
    }


def _included(items: list[Mapping[str, Any]]) -> tuple[dict[str, int], ...]:
    counts: dict[int, int] = {}
    for position, item in enumerate(items):
        count = Params(item).integer("bookingpress_no_of_appointments")
        if not 1 <= count <= _MOST_APPOINTMENTS:
            path = f"package_services.{position}.bookingpress_no_of_appointments"
            raise Invalid(field=path, reason="range", value=count)
        counts[Params(item).id("service_id")] = count
    if not counts:
        raise Invalid(field="package_services", reason="missing")
    return tuple({"service_id": service_id, "count": count} for service_id, count in counts.items())


def to_package(
    package: Package, *, prices: Mapping[int, Decimal], settings: SiteSettings, symbol: str
) -> schemas.Package:
    retail = sum((prices.get(item["service_id"], Decimal(0)) * item["count"] for item in package.services), Decimal(0))
    return schemas.Package(
        package_id=package.id,
        package_name=package.name,
        package_price=number(package.price),
        package_formatted_price=money_text(package.price, settings, symbol),
        package_total_retail_price=number(retail),
        package_duration_val=package.valid_for,
        package_duration_unit=package.valid_unit,
        package_purchase_limit=package.purchase_limit,
        package_description=package.description,
        package_images=stored_extras(package).get("images") or [],
        package_services=[
            {"service_id": item["service_id"], "bookingpress_no_of_appointments": item["count"]}
            for item in package.services
        ],
        package_status=package.status == "active",
        package_position=package.position,
    )
