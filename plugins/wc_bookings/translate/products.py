"""Services as products: what this dialect stores with one, and its settings in the vendor's words.

A product's extras hold ``product`` (the platform's part, only what differs from the platform's defaults) and
``settings`` (the bookings part, as the vendor stores it). A service of another dialect has no settings here;
``settings_from_plan`` reads them off its plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from frontdesk.prices import PricePlan
from frontdesk.records import Category, PersonType, Service, ServiceResource
from frontdesk.statuses import HIDDEN
from frontdesk.wordpress.statuses import post_status
from plugins.wc_bookings.translate import settings_from_plan
from plugins.wc_bookings.translate.values import NAME, stored_extras, to_json_number

#: The platform's part of a product with its defaults.
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
    #: No client has sent a slug and the product was never published, so the real server stores none.
    "unslugged": False,
}
#: Statuses in which the platform gives a product no slug.
UNPUBLISHED = ("draft", "pending", "auto-draft")

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
#: The settings that are counts.
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
REFERENCE_FIELDS = tuple(
    f"{_FRONT} price_html {_DOWNLOADS} stock_status backorders backorders_allowed backordered {_SHIPPING}"
    f" related_ids {_TAXONOMY} meta_data {_BOOKING}".split()
)
#: Key order of version 2.2.5 on the platform's 9.7.
VERSION_2_2_5_FIELDS = tuple(
    f"{_FRONT} {_DOWNLOADS} backorders backorders_allowed backordered low_stock_amount {_SHIPPING} {_TAXONOMY}"
    " price_html related_ids meta_data stock_status has_options post_password global_unique_id permalink_template"
    f" generated_slug {_BOOKING} user_can_cancel brands".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedRecords:
    """The records around a service that its product shows.

    Attributes:
        related_ids: Ids of other products of the same categories.
        price_plan: Only for a service of another dialect.
    """

    categories: Sequence[Category] = ()
    links: Sequence[ServiceResource] = ()
    person_types: Sequence[PersonType] = ()
    related_ids: Sequence[int] = ()
    price_plan: PricePlan | None = None


def has_settings(service: Service) -> bool:
    """Is the service's plan compiled from settings stored here?"""
    return service.origin == NAME and "settings" in stored_extras(service)


#: The type of products that are sold by the night.
ACCOMMODATION = "accommodation-booking"


def product_type(service: Service) -> str:
    """The vendor's type of a service."""
    return ACCOMMODATION if service.plan.unit == "night" else "booking"


def to_status(service: Service) -> str:
    """The vendor's status: the one that was set, as long as core's status still agrees with it."""
    return post_status(service.status, stored_extras(service).get("status") or "")


def to_product_data(service: Service) -> dict[str, Any]:
    """The platform's part of a product, complete."""
    data = {**PRODUCT_DEFAULTS, **stored_extras(service).get("product", {})}
    if service.status == HIDDEN:
        data["catalog_visibility"] = "hidden"
    return data


def to_settings(service: Service, related: RelatedRecords) -> dict[str, Any]:
    """The bookings part of a product, complete, in the vendor's words; also for services of other dialects."""
    if not has_settings(service):
        return {**SETTING_DEFAULTS, **settings_from_plan.to_settings(service, related.links, related.person_types)}
    settings = {**SETTING_DEFAULTS, **stored_extras(service)["settings"]}
    resource_ids = [link.resource_id for link in related.links]
    if resource_ids and settings["resource_ids"] != resource_ids:
        settings["resource_ids"] = resource_ids
        base = {link.resource_id: link.base_cost for link in related.links}
        block = {link.resource_id: link.block_cost for link in related.links}
        for name, costs in (("resource_base_costs", base), ("resource_block_costs", block)):
            stored = settings[name] or {}
            settings[name] = {str(key): stored.get(str(key), to_json_number(cost or 0)) for key, cost in costs.items()}
    return settings


def without_defaults(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The values that differ from the defaults; names that are not among the defaults are left out."""
    return {name: value for name, value in values.items() if name in defaults and value != defaults[name]}


def is_on_sale(product: Mapping[str, Any], zone: tzinfo, now: datetime) -> bool:
    """Has a product a sale price, and is it the time of the sale?"""
    if not product["sale_price"]:
        return False
    begin, end = (instant(product[name], zone) for name in ("date_on_sale_from", "date_on_sale_to"))
    return (begin is None or begin <= now) and (end is None or end >= now)


def instant(wall: str | None, zone: tzinfo) -> datetime | None:
    """The instant of a date on the shop's clock."""
    return datetime.fromisoformat(wall).replace(tzinfo=zone) if wall else None
