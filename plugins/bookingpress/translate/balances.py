"""Coupons, packages and gift cards between the vendor's parameters and records and the core's."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.records import Coupon, GiftCard, Package
from plugins.bookingpress import schemas
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.values import money_text, number, stored_extras

# -- coupons -----------------------------------------------------------------------------------------------------------


#: Core's discount types by the vendor's words.
DISCOUNTS = {"Fixed": "fixed", "Percentage": "percentage"}
_DISCOUNT_NAMES = {discount: name for name, discount in DISCOUNTS.items()}
_MOST_APPOINTMENTS = 1_000_000


def read_coupon(params: Params) -> dict[str, Any]:
    """Core's fields of a coupon; ``code`` is empty where the caller names none.

    Uses are never given back: a cancelled or deleted appointment has used the coupon up.
    """
    discount_type = params.text("coupon_discount_type").capitalize() or "Fixed"
    if discount_type not in DISCOUNTS:
        raise Invalid(field="coupon_discount_type", reason="choice", value=discount_type)
    discount = params.amount("coupon_discount")
    if discount <= 0:
        raise Invalid(field="coupon_discount", reason="range", value=str(discount))
    if discount_type == "Percentage" and discount > 100:
        raise Refused(reason="discount_too_high")
    first = last = ""
    if params.choice("coupon_period_type", ("unlimited", "date_range"), default="unlimited") == "date_range":
        first, last = params.day("coupon_start_date"), params.day("coupon_end_date")
        for name, day in (("coupon_start_date", first), ("coupon_end_date", last)):
            if not day:
                raise Invalid(field=name, reason="missing")
        if first > last:
            raise Refused(reason="coupon_period")
    return {
        "title": params.text("coupon_title", longest=255),
        "code": params.text("coupon_code", longest=255),
        "discount_type": DISCOUNTS[discount_type],
        "discount": discount,
        "starts_on": first,
        "ends_on": last,
        "services": params.ids("coupon_services"),
        "max_uses": params.number("coupon_allowed_uses", 0, 2**31 - 1) or None,
        "returns": False,
        "status": "active" if params.flag("coupon_status", default=True) else "inactive",
    }


def to_coupon(coupon: Coupon, *, used: int, symbol: str) -> schemas.Coupon:
    return schemas.Coupon(
        coupon_id=coupon.id,
        coupon_title=coupon.title,
        coupon_code=coupon.code,
        coupon_discount=number(coupon.discount),
        coupon_discount_type=_DISCOUNT_NAMES.get(coupon.discount_type, "Fixed"),
        coupon_period_type="date_range" if coupon.starts_on or coupon.ends_on else "unlimited",
        coupon_start_date=coupon.starts_on,
        coupon_end_date=coupon.ends_on,
        coupon_services=list(coupon.services),
        coupon_allowed_uses=coupon.max_uses or 0,
        coupon_status=coupon.status == "active",
        coupon_total_used=used,
        currency_symbol=symbol,
    )


# -- packages ----------------------------------------------------------------------------------------------------------


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


# -- gift cards --------------------------------------------------------------------------------------------------------


def read_gift_card(params: Params, previous: GiftCard | None) -> dict[str, Any]:
    """Core's fields of a gift card; absent ones come from ``previous`` (PATCH) or are the defaults."""
    old = previous
    title = params.text("gift_card_title", longest=255) if old is None or "gift_card_title" in params else old.title
    if not title:
        raise Invalid(field="gift_card_title", reason="missing")
    price = params.amount("gift_card_amount", default=old.price if old else Decimal(0))
    value = params.amount("gift_card_value", default=old.value if old else price)
    if price < 0:
        raise Invalid(field="gift_card_amount", reason="range", value=str(price))
    if value <= 0:
        raise Invalid(field="gift_card_value", reason="range", value=str(value))
    is_active = old.status == "active" if old else True
    return {
        "title": title,
        "price": price,
        "value": value,
        **_read_expiry(params, old),
        "services": _ids(params, "gift_card_services", old.services if old else None),
        "resources": _ids(params, "gift_card_staffmembers", old.resources if old else None),
        "status": "active" if params.flag("gift_card_status", default=is_active) else "inactive",
    }


def _read_expiry(params: Params, previous: GiftCard | None) -> dict[str, Any]:
    expiry = params.choice(
        "gift_card_expiry_type", ("never", "duration"), default=previous.expiry if previous else "never"
    )
    if expiry == "never":
        return {"expiry": expiry, "valid_for": 0, "valid_unit": "m"}
    duration = params.number(
        "gift_card_expiration_duration_val", 1, 10_000, default=previous.valid_for if previous else 0
    )
    unit = params.choice(
        "gift_card_expiration_duration_unit", ("d", "m", "y"), default=previous.valid_unit if previous else ""
    )
    return {"expiry": expiry, "valid_for": duration, "valid_unit": unit}


def _ids(params: Params, name: str, previous: tuple[int, ...] | None) -> tuple[int, ...]:
    return tuple(params.ids(name)) if previous is None or name in params else previous


def to_gift_card(card: GiftCard, *, sold: int, settings: SiteSettings, symbol: str) -> schemas.GiftCard:
    limited = card.expiry != "never"
    return schemas.GiftCard(
        gift_card_id=card.id,
        gift_card_title=card.title,
        gift_card_amount=number(card.price),
        gift_card_value=number(card.value),
        gift_card_formatted_value=money_text(card.value, settings, symbol),
        gift_card_expiry_type="duration" if limited else "never",
        gift_card_expiration_duration_val=card.valid_for if limited else 0,
        gift_card_expiration_duration_unit=card.valid_unit if limited else "",
        gift_card_services=list(card.services),
        gift_card_staffmembers=list(card.resources),
        gift_card_status=card.status == "active",
        total_sold=sold,
    )
