"""What limits a sale beside places: uses of coupons, credits of packages, money on gift cards."""

from core.services.balances import (
    check_coupon,
    count_coupon_uses,
    count_uses_of_coupon,
    gift_card_balance,
    package_remaining,
)

__all__ = [
    "check_coupon",
    "count_coupon_uses",
    "count_uses_of_coupon",
    "gift_card_balance",
    "package_remaining",
]
