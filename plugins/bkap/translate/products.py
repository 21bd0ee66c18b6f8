"""Products and resources in the vendor's words (sheet 4.11 to 4.13)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from core.domain.price_plan import PricePlan, plan_data
from core.domain.records import Resource, Service, ServiceResource
from core.errors import Invalid
from plugins.bkap.schemas import (
    BOOKING_TYPES,
    WEEKDAY_KEYS,
    WEEKDAYS,
    ProductRecord,
    ResourceRecord,
    ResourceRow,
    Settings,
)
from plugins.bkap.translate.formats import format_amount, format_utc, json_amount
from plugins.bkap.translate.prices import to_price_plan
from plugins.bkap.translate.resources import from_calendar_rules, to_calendar_rules
from plugins.bkap.translate.schedule import NAME, compiled
from plugins.bkap.translate.settings import dump_settings

PRODUCT_TYPES = ("simple", "variable", "grouped", "external", "bundle", "composite", "subscription")
#: The vendor's filter words as the stored statuses.
PRODUCT_STATUSES = {"draft": "draft", "published": "publish", "publish": "publish", "pending": "pending"}


def read_choices(value: Any, field: str, allowed: Mapping[str, str] | Iterable[str]) -> list[str]:
    """One word or a list of words of a filter, as what they stand for."""
    words = value if isinstance(value, list) else [value]
    table = allowed if isinstance(allowed, Mapping) else {word: word for word in allowed}
    found = []
    for word in words:
        if not isinstance(word, str) or word.strip() not in table:
            raise Invalid(field=field, reason="choice", value=word)
        found.append(table[word.strip()])
    if not found:
        raise Invalid(field=field, reason="choice", value=value)
    return found


def read_choice(value: Any, field: str, allowed: Mapping[str, str] | Iterable[str]) -> str:
    """One word, as what it stands for; a list is refused."""
    if isinstance(value, list):
        raise Invalid(field=field, reason="type", value=value)
    return read_choices(value, field, allowed)[0]


# -- products ---------------------------------------------------------------------------------------------------------


def slug_of(service: Service) -> str:
    """The last part of a product's address."""
    return service.slug or slugify(service.name) or str(service.id)


def slugify(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def to_product(
    service: Service,
    settings: Settings,
    *,
    store_url: str,
    categories: Sequence[str] = (),
    links: Sequence[ServiceResource] = (),
    resources: Mapping[int, Resource] | None = None,
    variable: bool = False,
    currency: str = "",
) -> ProductRecord:
    """The product record; sections that are off or empty stay out."""
    own = service.extras.get(NAME, {})
    kind = own.get("type") or ("variable" if variable else "simple")
    price = format_amount(service.price, currency)
    weekday, specific = _weekday_section(settings), _date_section(settings)
    return ProductRecord(
        title=service.name,
        id=service.id,
        created_at=format_utc(service.created_at),
        updated_at=format_utc(service.modified_at),
        type=kind,
        status=service.status if service.status in PRODUCT_STATUSES.values() else "draft",
        permalink=f"{store_url}/product/{slug_of(service)}/",
        price=price,
        categories=list(categories) or msgspec.UNSET,
        virtual=bool(own.get("virtual", False)),
        regular_price=str(own.get("regular_price") or price) if kind == "simple" else msgspec.UNSET,
        taxable=bool(own.get("taxable", False)),
        tax_status=str(own.get("tax_status") or "taxable"),
        booking_type=settings.booking_type,
        booking_calendar_type="inline" if settings.inline == "on" else "default",
        booking_requires_confirmation="yes" if settings.confirmation == "on" else "no",
        booking_cancellation=_cancellation(settings),
        booking_availability_weekday=weekday or msgspec.UNSET,
        booking_availability_specific_date=specific or msgspec.UNSET,
        booking_custom_range=settings.custom_ranges or msgspec.UNSET,
        booking_holiday_range=settings.holiday_ranges or msgspec.UNSET,
        booking_month_range=settings.month_ranges or msgspec.UNSET,
        booking_resource=_resource_section(settings, links, resources or {}, currency) or msgspec.UNSET,
    )


def _cancellation(settings: Settings) -> dict[str, str] | str:
    rule = settings.cancellation
    if rule.status != "on":
        return "off"
    return {"status": "on", "duration": rule.duration, "period": rule.period or "day"}


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


def to_service_fields(
    settings: Settings, *, price: Decimal, extras: Mapping[str, Any], own_fields: Mapping[str, Any]
) -> dict[str, Any]:
    """The neutral fields of a product whose settings are written: plan, rules, prices, and what only we know.

    Args:
        extras: The service's extras of all dialects so far; other dialects' entries stay.
        more: Further things to keep under our own name (``type``, ``virtual``, ...).
    """
    made = compiled(settings)
    data = dump_settings(settings)
    own = {name: value for name, value in extras.get(NAME, {}).items() if name != "overrides"}
    own |= {**own_fields, "settings": data, "compiled": made["fingerprint"]}
    return {
        "plan": made["plan"],
        "rules": made["rules"],
        "price_plan": plan_data(to_price_plan(data, booking_type=settings.booking_type, base_price=price)),
        "price": price,
        "bookable": settings.is_on,
        "extras": {**extras, NAME: own},
    }


def date_price_plan(settings: Settings, base: Decimal) -> PricePlan:
    """The price of a date alone, whatever the product's type."""
    return to_price_plan(dump_settings(settings), booking_type="only_day", base_price=base)


def to_resource_links(settings: Settings) -> list[dict[str, Any]]:
    """The product's resources with what each adds to the price."""
    return [
        {"resource_id": number, "base_cost": settings.resource_costs.get(str(number))}
        for number in dict.fromkeys(settings.resources)
    ]


def read_booking_types(value: Any) -> list[str]:
    return read_choices(value, "products.booking_type", tuple(BOOKING_TYPES))


# -- resources --------------------------------------------------------------------------------------------------------


def availability_rows(resource: Resource) -> list[ResourceRow]:
    """A resource's availability rows: its own, or the nearest ones where another dialect wrote its calendar."""
    stored = resource.extras.get(NAME, {}).get("rows")
    if stored is not None:
        rows = msgspec.convert(stored, list[ResourceRow])
        if to_calendar_rules(rows) == resource.rules:
            return rows
    return from_calendar_rules(resource.rules)


def to_resource(resource: Resource, link: ServiceResource | None = None, *, currency: str = "") -> ResourceRecord:
    """The resource record; the base cost is the pair's, so it is 0 unless a product was asked about."""
    base = link.base_cost if link is not None else None
    block = link.block_cost if link is not None else None
    return ResourceRecord(
        resource_id=resource.id,
        resource_title=resource.name,
        base_cost=json_amount(base or Decimal(0), currency),
        block_cost=json_amount(block or Decimal(0), currency),
        resource_quantity=str(resource.capacity or 0),
        resource_availability=availability_rows(resource),
    )
