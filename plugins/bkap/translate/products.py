"""Products: the record, and the fields of core's service that hold a product (README, "Products")."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from frontdesk import statuses
from frontdesk.errors import Invalid
from frontdesk.prices import PricePlan, plan_data
from frontdesk.records import Resource, Service, ServiceResource
from plugins.bkap.schemas import NAME, WEEKDAY_KEYS, WEEKDAYS, ProductRecord, Settings
from plugins.bkap.translate.prices import to_price_plan
from plugins.bkap.translate.schedule import compiled
from plugins.bkap.translate.settings import dump_settings
from plugins.bkap.translate.values import format_amount, format_utc, json_amount, read_choice

PRODUCT_TYPES = ("simple", "variable", "grouped", "external", "bundle", "composite", "subscription")
#: Core's status for each word of the ``status`` parameter.
PRODUCT_STATUSES = {
    "draft": statuses.DRAFT,
    "published": statuses.ACTIVE,
    "publish": statuses.ACTIVE,
    "pending": statuses.IN_REVIEW,
}
_VENDOR_STATUS = {statuses.ACTIVE: "publish", statuses.IN_REVIEW: "pending"}
_MAX_TEXT = 10_000


def slugify(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def to_product_status(service: Service) -> str:
    """The vendor's status; one that it has no word for is a draft."""
    return _VENDOR_STATUS.get(service.status, "draft")


# -- the record -------------------------------------------------------------------------------------------------------


def to_product(
    service: Service,
    settings: Settings,
    *,
    store_url: str,
    categories: Sequence[str] = (),
    links: Sequence[ServiceResource] = (),
    resources: Mapping[int, Resource],
    has_variations: bool = False,
    currency: str = "",
) -> ProductRecord:
    """The product record; sections that are off or empty stay out."""
    own_extras = service.extras.get(NAME, {})
    product_type = own_extras.get("type") or ("variable" if has_variations else "simple")
    price = format_amount(service.price, currency)
    slug = service.slug or slugify(service.name) or str(service.id)
    return ProductRecord(
        title=service.name,
        id=service.id,
        created_at=format_utc(service.created_at),
        updated_at=format_utc(service.modified_at),
        type=product_type,
        status=to_product_status(service),
        permalink=f"{store_url}/product/{slug}/",
        price=price,
        categories=list(categories) or msgspec.UNSET,
        virtual=bool(own_extras.get("virtual", False)),
        regular_price=str(own_extras.get("regular_price") or price) if product_type == "simple" else msgspec.UNSET,
        taxable=bool(own_extras.get("taxable", False)),
        tax_status=str(own_extras.get("tax_status") or "taxable"),
        booking_type=settings.booking_type,
        booking_calendar_type="inline" if settings.inline == "on" else "default",
        booking_requires_confirmation="yes" if settings.confirmation == "on" else "no",
        booking_cancellation=_cancellation(settings),
        booking_availability_weekday=_weekday_section(settings) or msgspec.UNSET,
        booking_availability_specific_date=_date_section(settings) or msgspec.UNSET,
        booking_custom_range=settings.custom_ranges or msgspec.UNSET,
        booking_holiday_range=settings.holiday_ranges or msgspec.UNSET,
        booking_month_range=settings.month_ranges or msgspec.UNSET,
        booking_resource=_resource_section(settings, links, resources, currency) or msgspec.UNSET,
    )


def _cancellation(settings: Settings) -> dict[str, str] | str:
    cancellation = settings.cancellation
    if cancellation.status != "on":
        return "off"
    return {"status": "on", "duration": cancellation.duration, "period": cancellation.period or "day"}


def _weekday_section(settings: Settings) -> dict[str, Any] | None:
    days = [
        {"day": name, "lockout": settings.weekday_lockouts.get(key, 0)}
        for name, key in zip(WEEKDAYS, WEEKDAY_KEYS, strict=True)
        if settings.weekdays.get(key) == "on"
    ]
    return {"status": "on", "available_dates": days} if days else None


def _date_section(settings: Settings) -> dict[str, Any] | None:
    days = [{"date": day, "lockout": lockout} for day, lockout in settings.specific_dates.items()]
    return {"status": "on", "specific_dates": days} if days else None


def _resource_section(
    settings: Settings, links: Sequence[ServiceResource], resources: Mapping[int, Resource], currency: str
) -> dict[str, Any] | None:
    if not links:
        return None
    return {
        "status": "on",
        "selection": settings.resource_selection,
        "selection_type": settings.resource_selection_type,
        "resources": [
            {
                "resource_id": link.resource_id,
                "resource_title": resources[link.resource_id].name if link.resource_id in resources else "",
                "base_cost": json_amount(link.base_cost or Decimal(0), currency),
            }
            for link in links
        ],
    }


# -- the service ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProductFields:
    """Title, status, description and type from a body; parameters that are missing, null or empty are absent.

    Attributes:
        service: Fields of core's service.
        own: What only this dialect stores, in the service's extras.
    """

    service: dict[str, Any] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)


def read_product_fields(body: Mapping[str, Any]) -> ProductFields:
    """The parameters of a product create or update beside ``booking`` and ``product_price``."""
    fields = ProductFields()
    for parameter, name in (("product_title", "name"), ("product_description", "description")):
        text = body.get(parameter)
        if text in (None, ""):
            continue
        if not isinstance(text, str) or len(text) > _MAX_TEXT:
            raise Invalid(field=f"product.{parameter}", reason="type")
        fields.service[name] = text
    status, product_type = body.get("product_status"), body.get("product_type")
    if status not in (None, ""):
        fields.service["status"] = read_choice(status, "product.product_status", PRODUCT_STATUSES)
    if product_type not in (None, ""):
        fields.own["type"] = read_choice(product_type, "product.product_type", PRODUCT_TYPES)
    return fields


def to_service_fields(
    settings: Settings, *, price: Decimal, extras: Mapping[str, Any], own_fields: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields of core's service for a product with these settings: plan, rules, prices, and the extras.

    Args:
        extras: The service's extras of all dialects so far; other dialects' entries stay.
        own_fields: Further entries of this dialect (``type``, ``virtual``, ...).
    """
    calendar = compiled(settings)
    stored_settings = dump_settings(settings)
    own_extras = {name: value for name, value in extras.get(NAME, {}).items() if name != "overrides"}
    own_extras |= {**own_fields, "settings": stored_settings, "compiled": calendar["fingerprint"]}
    price_plan = to_price_plan(stored_settings, booking_type=settings.booking_type, base_price=price)
    return {
        "plan": calendar["plan"],
        "rules": calendar["rules"],
        "price_plan": plan_data(price_plan),
        "price": price,
        "bookable": settings.is_on,
        "extras": {**extras, NAME: own_extras},
    }


def to_overrides(
    before: Settings, after: Settings, *, extras: Mapping[str, Any], own_fields: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields of another dialect's service whose look was changed here: its plan stays, the changes are stored.

    A setting that returns to its default is stored too, or the derived value would come back.
    """
    own_extras = extras.get(NAME, {})
    stored_before, stored_after = dump_settings(before), dump_settings(after)
    defaults = msgspec.to_builtins(Settings(), str_keys=True)
    overrides = {name: value for name, value in stored_after.items() if stored_before.get(name) != value}
    overrides |= {name: defaults[name] for name in stored_before if name not in stored_after}
    overrides.pop("_bkap_enable_booking", None)
    own_extras = {**own_extras, **own_fields, "overrides": {**own_extras.get("overrides", {}), **overrides}}
    return {"bookable": after.is_on, "extras": {**extras, NAME: own_extras}}


def date_price_plan(settings: Settings, base_price: Decimal) -> PricePlan:
    """The price of a date alone, whatever the product's booking type."""
    return to_price_plan(dump_settings(settings), booking_type="only_day", base_price=base_price)


def to_resource_links(settings: Settings) -> list[dict[str, Any]]:
    """The product's resources with what each adds to the price."""
    return [
        {"resource_id": resource_id, "base_cost": settings.resource_costs.get(str(resource_id))}
        for resource_id in dict.fromkeys(settings.resources)
    ]
