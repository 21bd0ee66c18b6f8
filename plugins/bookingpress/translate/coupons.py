"""Coupons, packages and gift cards in the vendor's words (fact sheet, sections 6.8 to 6.10)."""

from collections.abc import Mapping
from decimal import Decimal

from core.domain.records import Coupon, GiftCard, Package
from plugins.bookingpress import schemas
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.services import money_text, own
from plugins.bookingpress.translate.values import number

DISCOUNTS = {"Fixed": "fixed", "Percentage": "percentage"}
_WORDS = {word: name for name, word in DISCOUNTS.items()}


def to_coupon(coupon: Coupon, *, used: int, symbol: str) -> schemas.Coupon:
    return schemas.Coupon(
        coupon_id=coupon.id,
        coupon_title=coupon.title,
        coupon_code=coupon.code,
        coupon_discount=number(coupon.discount),
        coupon_discount_type=_WORDS.get(coupon.discount_type, "Fixed"),
        coupon_period_type="date_range" if coupon.starts_on or coupon.ends_on else "unlimited",
        coupon_start_date=coupon.starts_on,
        coupon_end_date=coupon.ends_on,
        coupon_services=list(coupon.services),
        coupon_allowed_uses=coupon.max_uses or 0,
        coupon_status=coupon.status == "active",
        coupon_total_used=used,
        currency_symbol=symbol,
    )


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
        package_images=own(package).get("images") or [],
        package_services=[
            {"service_id": item["service_id"], "bookingpress_no_of_appointments": item["count"]}
            for item in package.services
        ],
        package_status=package.status == "active",
        package_position=package.position,
    )


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
