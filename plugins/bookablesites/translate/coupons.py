"""Coupons: bodies to core's records, and records as replies show them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from frontdesk.errors import BalanceRefused, Invalid
from frontdesk.records import Coupon
from plugins.bookablesites.translate.prices import to_number
from plugins.bookablesites.translate.values import none_if_empty, to_amount, to_date

#: The order in which a coupon is checked; the first failure is the answer (README, "Prices").
_CHECK_ORDER = ("unknown", "inactive", "not_started", "expired", "used_up", "customer_limit", "service")
#: What ``/coupons/validate`` calls a coupon that other dialects refuse for more reasons.
_VALIDATE_REASONS = {"inactive": "unknown", "not_started": "unknown"}


def to_coupon_values(fields: Mapping[str, Any], *, currency: str) -> dict[str, Any]:
    """The record fields of a coupon; its code stays as sent.

    Raises:
        Invalid: The code is empty, or the discount is not above zero (and, for a percentage, at most 100).
    """
    # A percentage has two decimals in every currency.
    discount_currency = "" if fields["discount_type"] == "percentage" else currency
    discount = to_amount(fields["discount_value"], "discount_value", currency=discount_currency)
    if discount <= 0 or (fields["discount_type"] == "percentage" and discount > 100):
        raise Invalid(field="discount_value", reason="range", value=str(discount), limit=(0, 100))
    code = fields["code"].strip()
    if not code:
        raise Invalid(field="code", reason="missing")
    last_day = fields["expiration_date"]
    return {
        "code": code,
        "discount_type": fields["discount_type"],
        "discount": discount,
        "ends_on": to_date(last_day, "expiration_date").isoformat() if last_day else "",
        "services": list(dict.fromkeys(fields["services"])),
        "max_uses": fields["usage_limit"],
        "max_uses_per_customer": fields["limit_per_user"],
        "max_bookings_per_group": fields["booking_limit_amount"],
    }


def coupon_status(record: Coupon, used: int, today: date) -> str:
    """``expired`` after its last day, ``used_up`` at its limit, else ``active``."""
    if record.ends_on and today.isoformat() > record.ends_on:
        return "expired"
    if record.max_uses is not None and used >= record.max_uses:
        return "used_up"
    return "active"


def to_coupon(record: Coupon, used: int, today: date) -> dict[str, Any]:
    return {
        "id": record.id,
        "code": record.code,
        "discount_type": "fixed" if record.discount_type == "fixed" else "percentage",
        "discount_value": to_number(record.discount),
        "expiration_date": none_if_empty(record.ends_on),
        "usage_limit": record.max_uses,
        "limit_per_user": record.max_uses_per_customer,
        "booking_limit_amount": record.max_bookings_per_group,
        "services": list(record.services),
        "used": used,
        "status": coupon_status(record, used, today),
    }


def refusal_reason(error: BalanceRefused) -> str:
    """The first check a coupon fails."""
    reasons = error.reasons or (error.reason,)
    return next((reason for reason in _CHECK_ORDER if reason in reasons), "unknown")


def to_invalid_coupon(error: BalanceRefused) -> dict[str, Any]:
    """The reply of ``/coupons/validate`` for a coupon that cannot be used."""
    reason = refusal_reason(error)
    return {"valid": False, "reason": _VALIDATE_REASONS.get(reason, reason)}
