"""What a booking was bought with: kept with it, so that a change is priced with the same and nothing is paid twice."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec

from core.domain.price_context import CouponTerms
from core.domain.price_plan import Coupon, GiftCard, Package, step_data
from core.domain.records import Booking
from core.domain.requests import BookingRequest
from core.services.price_plans import load_steps

#: Steps for what a booking holds that says nothing of its checkout; those the service's plan has come first.
_BALANCES = (Package(), Coupon(), GiftCard())


def purchase_terms(request: BookingRequest, coupon: CouponTerms | None) -> dict[str, Any]:
    """What a new booking is bought with, as plain data; only what is not the default.

    Args:
        coupon: The coupon that serves it, in its terms of today; None where the request's does not.
    """
    terms = {
        "coupon": None if coupon is None else _coupon_data(coupon),
        "package": request.package_number,
        "gift_card": request.gift_card_code,
        "payment": request.payment,
        "deposit": request.use_deposit,
        "stay": request.fixed_blocks,
        "checkout": [step_data(step) for step in request.checkout],
    }
    return {name: value for name, value in terms.items() if value}


def request_with_terms(request: BookingRequest, booking: Booking) -> BookingRequest:
    """The request as the booking's own buyer would make it again."""
    terms = booking.terms
    if terms.get("checkout"):
        checkout = load_steps(terms["checkout"])
    else:
        kinds = {step.kind for step in request.checkout}
        checkout = (*request.checkout, *(step for step in _BALANCES if step.kind not in kinds))
    return replace(
        request,
        package_number=terms.get("package") or "",
        gift_card_code=terms.get("gift_card") or "",
        payment=terms.get("payment") or "",
        use_deposit=bool(terms.get("deposit")),
        fixed_blocks=terms.get("stay") or request.fixed_blocks,
        checkout=checkout,
    )


def coupon_terms_of(booking: Booking) -> CouponTerms | None:
    """The terms of the coupon that serves a booking, whatever has become of the coupon since."""
    stored_coupon = booking.terms.get("coupon")
    if not stored_coupon:
        return None
    return CouponTerms(
        code=stored_coupon["code"],
        value=Decimal(stored_coupon["value"]),
        type=stored_coupon["type"],
        services=tuple(stored_coupon.get("services") or ()),
    )


def _coupon_data(coupon: CouponTerms) -> dict[str, Any]:
    return {
        "code": coupon.code,
        "value": f"{coupon.value:f}",
        "type": coupon.type,
        "services": list(coupon.services),
    }


def is_stated(quote: dict[str, Any]) -> bool:
    """Was this stored price said outright?"""
    return any(line.get("kind") == "stated" for line in quote.get("lines") or ())


def stated_quote(before: dict[str, Any], total: Decimal, currency: str) -> dict[str, Any]:
    """A price said outright for a booking that has one; what it was paid with besides stays paid."""
    payment_facts = {name: value for name, value in (before.get("facts") or {}).items() if name in _PAYMENT_FACTS}
    line = {"kind": "stated", "amount": total}
    quote: dict[str, Any] = msgspec.to_builtins(
        {"currency": currency, "total": total, "lines": [line], "facts": payment_facts}
    )
    return quote


_PAYMENT_FACTS = ("package", "coupon", "gift_card", "discount")
