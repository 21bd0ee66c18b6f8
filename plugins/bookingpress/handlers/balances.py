"""``/coupons``, ``/packages`` and ``/gift-cards``: decode, call, reply."""

from datetime import date
from decimal import Decimal
from typing import Literal

from plugins.bookingpress import schemas
from plugins.bookingpress.handlers.base import CrudHandler
from plugins.bookingpress.usecases.balances import Coupons, GiftCards, Packages


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


class PackagesHandler(CrudHandler):
    usecases_type = Packages
    switches = "package"
    sortable = {
        "id": "id",
        "package_id": "id",
        "package_name": "name",
        "package_price": "price",
        "package_position": "position",
    }
    created = "Package has been added successfully."
    updated = "Package has been updated successfully."
    deleted = "Package has been deleted successfully."
    body = {
        **dict.fromkeys(("package_name", "package_description"), str),
        "package_price": Decimal,
        **dict.fromkeys(("package_duration_val", "package_purchase_limit", "package_position"), int),
        "package_duration_unit": Literal["d", "m", "y"],
        "package_images": list,
        "package_services": [{"service_id": int, "bookingpress_no_of_appointments": int}],
        "package_status": bool,
    }
    record = schemas.Package


class GiftCardsHandler(CrudHandler):
    usecases_type = GiftCards
    switches = "gift_cards"
    sortable = {
        "id": "id",
        "gift_card_id": "id",
        "gift_card_title": "title",
        "gift_card_amount": "price",
        "gift_card_value": "value",
    }
    created = "Gift card has been added successfully."
    updated = "Gift card has been updated successfully."
    deleted = "Gift card has been deleted successfully."
    body = {
        "gift_card_title": str,
        **dict.fromkeys(("gift_card_amount", "gift_card_value"), Decimal),
        "gift_card_expiry_type": Literal["never", "duration"],
        "gift_card_expiration_duration_val": int,
        "gift_card_expiration_duration_unit": Literal["d", "m", "y"],
        **{name: [int] for name in ("gift_card_services", "gift_card_staffmembers")},
        "gift_card_status": bool,
    }
    record = schemas.GiftCard
