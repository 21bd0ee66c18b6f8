"""Products and categories as the API shows them: keys in the vendor's order, prices as HTML, links.

README.md, "Products" and "Categories".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from frontdesk.records import Category, Service
from plugins.wc_bookings.translate.prices import to_number_text, to_price, to_price_label
from plugins.wc_bookings.translate.products import (
    REFERENCE_FIELDS,
    UNPUBLISHED,
    VERSION_2_2_5_FIELDS,
    RelatedRecords,
    has_settings,
    instant,
    is_on_sale,
    product_type,
    to_product_data,
    to_settings,
    to_status,
)
from plugins.wc_bookings.translate.values import flag, local_text, paragraphs, stored_extras, to_json_number

_EDIT_ONLY = {"permalink_template", "generated_slug"}
_VIEW_ONLY = {"max_date", "min_date"}
_ORDERS = {
    (name, context): tuple(key for key in keys if key not in hidden)
    for name, keys in (("reference", REFERENCE_FIELDS), ("2.2.5", VERSION_2_2_5_FIELDS))
    for context, hidden in (("view", _EDIT_ONLY), ("edit", _VIEW_ONLY))
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFormat:
    """How this shop shows products.

    Attributes:
        money: Formats an amount as HTML.
        slug: Makes a slug of a name.
        record: Whose keys a record has: "reference" or "2.2.5".
        person_details: Whether person types have more than their ids.
        empty: What is written where the real server writes an object without members.
    """

    url: str
    zone: tzinfo
    money: Callable[[Decimal], str]
    slug: Callable[[str], str]
    record: str = "reference"
    person_details: bool = False
    empty: Any = None


def to_product(
    service: Service, related: RelatedRecords, form: ProductFormat, *, now: datetime, context: str = "view"
) -> dict[str, Any]:
    """A product as the API shows it, in the vendor's key order."""
    data, settings, product_kind = to_product_data(service), to_settings(service, related), product_type(service)
    is_view = context != "edit"
    values: dict[str, Any] = {
        **data,
        **settings,
        **_platform_values(service, related, form, now=now),
        **_prices(service, related, form, data),
        "type": product_kind,
        "block_cost": to_json_number(settings["block_cost"]),
        "cost": to_json_number(settings["cost"]),
        "max_date": {"value": settings["max_date_value"] or 1, "unit": settings["max_date_unit"]},
        "min_date": {"value": settings["min_date_value"], "unit": settings["min_date_unit"]},
        "person_types": _person_types(settings["person_types"], form),
        "can_be_cancelled": settings["user_can_cancel"],
    }
    if is_view:
        values |= {
            "description": paragraphs(service.description),
            "short_description": paragraphs(service.summary),
            "purchase_note": paragraphs(data["purchase_note"]),
        }
        if data["average_rating"] == "0":
            values["average_rating"] = "0.00"
        if settings["duration_type"] != "customer" and product_kind == "booking":
            values["min_duration"] = values["max_duration"] = 1
    else:
        values["generated_slug"] = form.slug(service.name)
    return {key: values[key] for key in _ORDERS[form.record, "view" if is_view else "edit"]}


def _platform_values(
    service: Service, related: RelatedRecords, form: ProductFormat, *, now: datetime
) -> dict[str, Any]:
    """The platform's part of a product, as its edit context shows it."""
    data, status, zone = to_product_data(service), to_status(service), form.zone
    is_virtual = flag(data["virtual"])
    return {
        "id": service.id,
        "name": service.name,
        "slug": _slug(service, status, data) if form.record == "2.2.5" else service.slug,
        "permalink": _permalink(service, status, form.url),
        "date_created": local_text(service.created_at, zone),
        "date_created_gmt": service.created_at.isoformat()[:19],
        "date_modified": local_text(service.modified_at, zone),
        "date_modified_gmt": service.modified_at.isoformat()[:19],
        "status": status,
        "description": service.description,
        "short_description": service.summary,
        "sku": service.sku,
        "date_on_sale_from_gmt": _gmt(data["date_on_sale_from"], zone),
        "date_on_sale_to_gmt": _gmt(data["date_on_sale_to"], zone),
        "on_sale": is_on_sale(data, zone, now),
        "purchasable": True,
        "backorders_allowed": data["backorders"] in ("yes", "notify"),
        "backordered": data["stock_status"] == "onbackorder",
        "low_stock_amount": None if data["low_stock_amount"] == "" else data["low_stock_amount"],
        "sold_individually": True,
        "dimensions": {"length": data["length"], "width": data["width"], "height": data["height"]},
        "shipping_required": not is_virtual,
        "shipping_taxable": not is_virtual and data["tax_status"] != "none",
        "rating_count": data["review_count"],
        "related_ids": list(related.related_ids),
        "categories": [{"id": c.id, "name": c.name, "slug": c.slug} for c in related.categories],
        "variations": [],
        "grouped_products": [],
        "menu_order": service.position,
        "has_options": True,
        "permalink_template": f"{form.url}/product/%pagename%/",
        "brands": [],
    }


def _gmt(wall: str | None, zone: tzinfo) -> str | None:
    moment = instant(wall, zone)
    return None if moment is None else local_text(moment, UTC)


def _prices(service: Service, related: RelatedRecords, form: ProductFormat, data: Mapping[str, Any]) -> dict[str, str]:
    price, before, after = price_label(service, related)
    html = f"{before}{after}" if price in ("", "0") else f"{before}{form.money(Decimal(price))}{after}"
    return {"price": data["price"] if form.record == "2.2.5" else price, "price_html": html}


def price_label(service: Service, related: RelatedRecords) -> tuple[str, str, str]:
    """The price shown and the words before and after it; a free product has words only.

    A product of this dialect stores them with each write; those of other services follow from their price plan.
    """
    label = stored_extras(service).get("label")
    if label and has_settings(service):
        return str(label[0]), str(label[1]), str(label[2])
    if related.price_plan is None or not related.price_plan.steps:
        price = to_number_text(service.price)
        return price, "" if service.price else "Free", ""
    return to_price(related.price_plan), *to_price_label(related.price_plan, product_type(service))


def _slug(service: Service, status: str, data: Mapping[str, Any]) -> str:
    """The slug as the platform stores it: marked in the trash, empty before a product is first published."""
    if status == "trash":
        return f"{service.slug}__trashed"
    return "" if data["unslugged"] and status in UNPUBLISHED else service.slug


def _permalink(service: Service, status: str, url: str) -> str:
    if status in (*UNPUBLISHED, "future", "trash"):
        return f"{url}/?post_type=product&p={service.id}"
    return f"{url}/product/{service.slug}/"


def _person_types(types: Sequence[Mapping[str, Any]], form: ProductFormat) -> dict[str, Any] | list[Any]:
    """Person types by id; the real server writes only ids, with empty objects."""
    if not types:
        return []
    return {str(row["id"]): dict(row) if form.person_details else form.empty for row in types}


# -- categories --------------------------------------------------------------------------------------------------------


def to_category(category: Category, count: int) -> dict[str, Any]:
    """A category as the API shows it; ``count`` is how many products it has."""
    extras = stored_extras(category)
    return {
        "id": category.id,
        "name": category.name,
        "slug": category.slug,
        "parent": category.parent_id,
        "description": category.description,
        "display": extras.get("display", "default"),
        "image": extras.get("image"),
        "menu_order": category.position,
        "count": count,
    }
