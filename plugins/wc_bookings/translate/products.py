"""Services as products, and products' settings: what is stored, what is shown (fact sheet, section 3.4).

A product's own settings live in the service's extras under ``product`` (only what differs from the platform's
defaults) and ``settings`` (the bookings part, as the vendor stores it). A service that another dialect made has no
settings here; ``derive`` reads them off its neutral plan.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from core.domain.price_plan import PricePlan
from core.domain.records import Category, PersonType, Resource, Service, ServiceResource
from plugins.wc_bookings.translate import settings_from_plan
from plugins.wc_bookings.translate.formatting import local_text, number, paragraphs
from plugins.wc_bookings.translate.prices import to_number_text, to_price, to_price_label
from plugins.wc_bookings.translate.values import flag

NAME = "wc_bookings"

#: What the platform stores with a product, and what it is unless somebody says otherwise.
PRODUCT_DEFAULTS: dict[str, Any] = {
    "featured": False,
    "catalog_visibility": "visible",
    "global_unique_id": "",
    "price": "",
    "regular_price": "",
    "sale_price": "",
    "date_on_sale_from": None,
    "date_on_sale_to": None,
    "total_sales": 0,
    "tax_status": "taxable",
    "tax_class": "",
    "manage_stock": False,
    "stock_quantity": None,
    "stock_status": "instock",
    "backorders": "no",
    "low_stock_amount": "",
    "weight": "",
    "length": "",
    "width": "",
    "height": "",
    "upsell_ids": [],
    "cross_sell_ids": [],
    "parent_id": 0,
    "reviews_allowed": True,
    "purchase_note": "",
    "post_password": "",
    "virtual": False,
    "downloadable": False,
    "tags": [],
    "shipping_class": "",
    "shipping_class_id": 0,
    "images": [],
    "downloads": [],
    "attributes": [],
    "default_attributes": [],
    "download_limit": -1,
    "download_expiry": -1,
    "external_url": "",
    "button_text": "",
    "average_rating": "0",
    "review_count": 0,
    "meta_data": [],
    #: Nobody has named its link and it has never been shown, so on the real server it has none.
    "unslugged": False,
}
#: Statuses in which the platform gives a product no link of its own.
UNSHOWN = ("draft", "pending", "auto-draft")

#: The bookings part of a product as the vendor stores it.
SETTING_DEFAULTS: dict[str, Any] = {
    "apply_adjacent_buffer": False,
    "availability": [],
    "block_cost": 0,
    "buffer_period": 0,
    "calendar_display_mode": "always_visible",
    "cancel_limit_unit": "month",
    "cancel_limit": 1,
    "check_start_block_only": False,
    "cost": 0,
    "default_date_availability": "",
    "display_cost": "",
    "duration_type": "fixed",
    "duration_unit": "day",
    "duration": 1,
    "enable_range_picker": False,
    "first_block_time": "",
    "has_person_cost_multiplier": False,
    "has_person_qty_multiplier": False,
    "has_person_types": False,
    "has_persons": False,
    "has_resources": False,
    "has_restricted_days": "",
    "max_date_value": 12,
    "max_date_unit": "month",
    "max_duration": 1,
    "max_persons": 1,
    "min_date_value": 0,
    "min_date_unit": "day",
    "min_duration": 1,
    "min_persons": 1,
    "person_types": [],
    "pricing": [],
    "qty": 1,
    "requires_confirmation": False,
    "resource_label": "",
    "resource_base_costs": {},
    "resource_block_costs": {},
    "resource_ids": [],
    "resources_assignment": "",
    "restricted_days": "",
    "user_can_cancel": False,
}
#: Those that are counts.
COUNTS = (
    "duration", "min_duration", "max_duration", "buffer_period", "min_date_value", "max_date_value", "min_persons",
    "max_persons", "qty", "cancel_limit",
)  # fmt: skip

_FRONT = (
    "id name slug permalink date_created date_created_gmt date_modified date_modified_gmt type status featured"
    " catalog_visibility description short_description sku price regular_price sale_price date_on_sale_from"
    " date_on_sale_from_gmt date_on_sale_to date_on_sale_to_gmt"
)
_BOOKING = (
    "apply_adjacent_buffer availability block_cost buffer_period calendar_display_mode cancel_limit_unit cancel_limit"
    " check_start_block_only cost default_date_availability display_cost duration_type duration_unit duration"
    " enable_range_picker first_block_time has_person_cost_multiplier has_person_qty_multiplier has_person_types"
    " has_persons has_resources has_restricted_days max_date max_date_value max_date_unit max_duration max_persons"
    " min_date min_date_value min_date_unit min_duration min_persons person_types pricing qty requires_confirmation"
    " resource_label resource_base_costs resource_block_costs resource_ids resources_assignment restricted_days"
    " can_be_cancelled"
)
_DOWNLOADS = (
    "on_sale purchasable total_sales virtual downloadable downloads download_limit download_expiry external_url"
    " button_text tax_status tax_class manage_stock stock_quantity"
)
_SHIPPING = (
    "sold_individually weight dimensions shipping_required shipping_taxable shipping_class shipping_class_id"
    " reviews_allowed average_rating rating_count"
)
_TAXONOMY = (
    "upsell_ids cross_sell_ids parent_id purchase_note categories tags images attributes default_attributes"
    " variations grouped_products menu_order"
)
#: Key order of the reference document.
REFERENCE = tuple(
    f"{_FRONT} price_html {_DOWNLOADS} stock_status backorders backorders_allowed backordered {_SHIPPING}"
    f" related_ids {_TAXONOMY} meta_data {_BOOKING}".split()
)
#: Key order of version 2.2.5 on the platform's 9.7.
VERSION_225 = tuple(
    f"{_FRONT} {_DOWNLOADS} backorders backorders_allowed backordered low_stock_amount {_SHIPPING} {_TAXONOMY}"
    " price_html related_ids meta_data stock_status has_options post_password global_unique_id permalink_template"
    f" generated_slug {_BOOKING} user_can_cancel brands".split()
)
_EDIT_ONLY = {"permalink_template", "generated_slug"}
_VIEW_ONLY = {"max_date", "min_date"}
_ORDERS = {
    (name, context): tuple(key for key in keys if key not in hidden)
    for name, keys in (("reference", REFERENCE), ("2.2.5", VERSION_225))
    for context, hidden in (("view", _EDIT_ONLY), ("edit", _VIEW_ONLY))
}

#: Vendor status of a product by the core's, where another name is used.
_STATUS = {"trashed": "trash", "hidden": "publish", "active": "publish", "inactive": "draft"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How products are shown on this site: ``money`` formats an amount as HTML, ``slug`` makes a name a link."""

    url: str
    zone: tzinfo
    money: Callable[[Decimal], str]
    slug: Callable[[str], str]
    record: str = "reference"
    person_details: bool = False
    #: Written where the real server writes an object without members.
    empty: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What belongs to a service beyond its own row."""

    categories: Sequence[Category] = ()
    links: Sequence[ServiceResource] = ()
    person_types: Sequence[PersonType] = ()
    related: Sequence[int] = ()
    #: Only needed for a service that another dialect made.
    price_plan: PricePlan | None = None


def own(record: Any) -> Mapping[str, Any]:
    """What this dialect keeps with a record."""
    found = record.extras.get(NAME)
    return found if isinstance(found, Mapping) else {}


def is_ours(service: Service) -> bool:
    """Is the service's plan compiled from settings kept here?"""
    return service.origin == NAME and "settings" in own(service)


#: The type of products that are sold by the night.
NIGHTS = "accommodation-booking"


def product_type(service: Service) -> str:
    return NIGHTS if service.plan.unit == "night" else "booking"


def to_status(service: Service) -> str:
    """The product status a service has in this dialect."""
    kept = own(service).get("status")
    if kept and _core_status(kept) == service.status:
        return str(kept)
    return _STATUS.get(service.status, service.status)


def _core_status(status: str) -> str:
    return {"trash": "trashed", "future": "draft", "auto-draft": "draft"}.get(status, status)


def from_status(status: str) -> str:
    """The core status of a vendor status."""
    return _core_status(status)


def to_product_data(service: Service) -> dict[str, Any]:
    """The platform's part of a product, complete."""
    data = {**PRODUCT_DEFAULTS, **own(service).get("product", {})}
    if service.status == "hidden":
        data["catalog_visibility"] = "hidden"
    return data


def to_settings(service: Service, around: Around) -> dict[str, Any]:
    """The bookings part of a product, complete, in the vendor's words; for any service whoever made it."""
    if not is_ours(service):
        return {**SETTING_DEFAULTS, **settings_from_plan.settings(service, around.links, around.person_types)}
    settings = {**SETTING_DEFAULTS, **own(service)["settings"]}
    if around.links:
        ids = [link.resource_id for link in around.links]
        if settings["resource_ids"] != ids:
            settings["resource_ids"] = ids
            for name, attribute in (
                ("resource_base_costs", "base_cost"),
                ("resource_block_costs", "block_cost"),
            ):
                kept = settings[name] or {}
                settings[name] = {
                    str(link.resource_id): kept.get(str(link.resource_id), number(getattr(link, attribute) or 0))
                    for link in around.links
                }
    return settings


def changed(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Only what differs from the defaults; what is not named there is left out."""
    return {name: value for name, value in values.items() if name in defaults and value != defaults[name]}


def is_on_sale(product: Mapping[str, Any], zone: tzinfo, now: datetime) -> bool:
    """Has a product a sale price, and is it the time of the sale?"""
    if not product["sale_price"]:
        return False
    begin, end = (_instant(product[name], zone) for name in ("date_on_sale_from", "date_on_sale_to"))
    return (begin is None or begin <= now) and (end is None or end >= now)


def _instant(wall: str | None, zone: tzinfo) -> datetime | None:
    """The instant of a date kept on the site's clock."""
    return datetime.fromisoformat(wall).replace(tzinfo=zone) if wall else None


def _gmt(wall: str | None, zone: tzinfo) -> str | None:
    moment = _instant(wall, zone)
    return None if moment is None else local_text(moment, UTC)


def to_product(
    service: Service, around: Around, shown: Shown, *, now: datetime, context: str = "view"
) -> dict[str, Any]:
    """A product as the API shows it, in the vendor's key order."""
    data, settings = to_product_data(service), to_settings(service, around)
    status, zone, kind = to_status(service), shown.zone, product_type(service)
    price, before, after = to_label(service, around, kind)
    view = context != "edit"
    virtual = flag(data["virtual"])
    values: dict[str, Any] = {
        **data,
        **settings,
        "id": service.id,
        "name": service.name,
        "slug": _slug(service, status, data) if shown.record == "2.2.5" else service.slug,
        "permalink": permalink(service, status, shown.url),
        "date_created": local_text(service.created_at, zone),
        "date_created_gmt": service.created_at.isoformat()[:19],
        "date_modified": local_text(service.modified_at, zone),
        "date_modified_gmt": service.modified_at.isoformat()[:19],
        "type": kind,
        "status": status,
        "description": paragraphs(service.description) if view else service.description,
        "short_description": paragraphs(service.summary) if view else service.summary,
        "sku": service.sku,
        "price": data["price"] if shown.record == "2.2.5" else price,
        "date_on_sale_from_gmt": _gmt(data["date_on_sale_from"], zone),
        "date_on_sale_to_gmt": _gmt(data["date_on_sale_to"], zone),
        "price_html": price_html(price, before, after, shown.money),
        "on_sale": is_on_sale(data, zone, now),
        "purchasable": True,
        "backorders_allowed": data["backorders"] in ("yes", "notify"),
        "backordered": data["stock_status"] == "onbackorder",
        "low_stock_amount": None if data["low_stock_amount"] == "" else data["low_stock_amount"],
        "sold_individually": True,
        "dimensions": {"length": data["length"], "width": data["width"], "height": data["height"]},
        "shipping_required": not virtual,
        "shipping_taxable": not virtual and data["tax_status"] != "none",
        "average_rating": "0.00" if view and data["average_rating"] == "0" else data["average_rating"],
        "rating_count": data["review_count"],
        "related_ids": list(around.related),
        "categories": [{"id": c.id, "name": c.name, "slug": c.slug} for c in around.categories],
        "variations": [],
        "grouped_products": [],
        "menu_order": service.position,
        "has_options": True,
        "permalink_template": f"{shown.url}/product/%pagename%/",
        "generated_slug": "" if view else shown.slug(service.name),
        "block_cost": number(settings["block_cost"]),
        "cost": number(settings["cost"]),
        "purchase_note": paragraphs(data["purchase_note"]) if view else data["purchase_note"],
        "max_date": {"value": settings["max_date_value"] or 1, "unit": settings["max_date_unit"]},
        "min_date": {"value": settings["min_date_value"], "unit": settings["min_date_unit"]},
        "person_types": to_person_types(settings["person_types"], shown),
        "can_be_cancelled": settings["user_can_cancel"],
        "brands": [],
    }
    if view and settings["duration_type"] != "customer" and kind == "booking":
        values["min_duration"] = values["max_duration"] = 1
    return {key: values[key] for key in _ORDERS[shown.record, "view" if view else "edit"]}


def to_label(service: Service, around: Around, kind: str) -> tuple[str, str, str]:
    """A service's shown price and the words around it: as kept when it was written, else read off its price plan."""
    kept = own(service).get("label")
    if kept and is_ours(service):
        return str(kept[0]), str(kept[1]), str(kept[2])
    if around.price_plan is None or not around.price_plan.steps:
        price = to_number_text(service.price)
        return price, "" if service.price else "Free", ""
    return to_price(around.price_plan), *to_price_label(around.price_plan, kind)


def price_html(price: str, before: str, after: str, money: Callable[[Decimal], str]) -> str:
    """The money with the words around it; a free product has words only."""
    if price in ("", "0"):
        return f"{before}{after}"
    return f"{before}{money(Decimal(price))}{after}"


def _slug(service: Service, status: str, data: Mapping[str, Any]) -> str:
    """The link's last part as the platform keeps it: marked in the trash, none before a product is shown."""
    if status == "trash":
        return f"{service.slug}__trashed"
    return "" if data["unslugged"] and status in UNSHOWN else service.slug


def permalink(service: Service, status: str, url: str) -> str:
    if status in (*UNSHOWN, "future", "trash"):
        return f"{url}/?post_type=product&p={service.id}"
    return f"{url}/product/{service.slug}/"


def to_person_types(types: Sequence[Mapping[str, Any]], shown: Shown) -> dict[str, Any] | list[Any]:
    """Person types by id; the real server writes only ids, with empty objects."""
    if not types:
        return []
    return {str(item["id"]): dict(item) if shown.person_details else shown.empty for item in types}


# -- categories and resources -----------------------------------------------------------------------------------


def to_category(category: Category, count: int) -> dict[str, Any]:
    """A category as the API shows it."""
    kept = own(category)
    return {
        "id": category.id,
        "name": category.name,
        "slug": category.slug,
        "parent": category.parent_id,
        "description": category.description,
        "display": kept.get("display", "default"),
        "image": kept.get("image"),
        "menu_order": category.position,
        "count": count,
    }


def to_resource(resource: Resource) -> dict[str, Any]:
    """A resource as the API shows it; costs belong to a product's use of it, so here they are 0."""
    kept = own(resource)
    rules = kept.get("availability")
    return {
        "id": resource.id,
        "availability": rules if rules is not None else settings_from_plan.availability(resource.rules),
        "base_cost": 0,
        "block_cost": 0,
        "name": resource.name,
        "parent_id": 0,
        "qty": "" if resource.capacity is None else str(resource.capacity),
        "sort_order": resource.position,
    }
