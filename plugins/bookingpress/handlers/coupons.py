"""``/coupons``: decode, call, reply."""

from datetime import date
from decimal import Decimal
from typing import Literal

from plugins.bookingpress import schemas
from plugins.bookingpress.handlers.base import CrudHandler
from plugins.bookingpress.usecases.coupons import Coupons


class CouponsHandler(CrudHandler):
    usecases_type = Coupons
    switches = "coupon"
    update_names = ()
    sortable = {"id": "id", "coupon_id": "id", "coupon_title": "title", "coupon_code": "code"}
    created = "Coupon created successfully"
    deleted = "Coupon deleted successfully"
    body = {
        **dict.fromkeys(("coupon_title", "coupon_code"), str),
        "coupon_discount": Decimal,
        "coupon_discount_type": Literal["Fixed", "Percentage"],
        "coupon_period_type": Literal["unlimited", "date_range"],
        **dict.fromkeys(("coupon_start_date", "coupon_end_date"), date),
        "coupon_services": [int],
        "coupon_allowed_uses": int,
        "coupon_status": bool,
    }
    record = schemas.Coupon
