"""Coupons between the vendor's parameters and records and the core's."""

from typing import Any

from core.domain.records import Coupon
from core.errors import Invalid
from plugins.bookingpress import schemas
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.values import number

#: Core's discount types by the vendor's words.
DISCOUNTS = {"Fixed": "fixed", "Percentage": "percentage"}
_DISCOUNT_NAMES = {discount: name for name, discount in DISCOUNTS.items()}


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
