"""The terms a booking was bought with, stored with it so that a change is priced by the same terms."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec

from core.domain.price_context import CouponTerms
from core.domain.price_plan import Coupon, GiftCard, Package, step_data
from core.domain.records import Booking
from core.domain.requests import BookingRequest
from core.services.price_plans import load_steps

#: Checkout steps for a booking without stored ones; the steps of its service's plan come first.
_BALANCES = (Package(), Coupon(), GiftCard())


def purchase_terms(request: BookingRequest, coupon: CouponTerms | None) -> dict[str, Any]:
    """The terms of a new booking as plain data, without defaults.

    Args:
        coupon: The current terms of the coupon it uses; None where the request's coupon does not apply.
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
    """The request with the terms that the booking was bought with."""
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
    """The terms of a booking's coupon at the time of purchase."""
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
    """Whether a stored quote is a stated price."""
    return any(line.get("kind") == "stated" for line in quote.get("lines") or ())


def stated_quote(before: dict[str, Any], total: Decimal, currency: str) -> dict[str, Any]:
    """The quote for a stated price of an existing booking; its facts about balances stay."""
    payment_facts = {name: value for name, value in (before.get("facts") or {}).items() if name in _PAYMENT_FACTS}
    line = {"kind": "stated", "amount": total}
    quote: dict[str, Any] = msgspec.to_builtins(
        {"currency": currency, "total": total, "lines": [line], "facts": payment_facts}
    )
    return quote


_PAYMENT_FACTS = ("package", "coupon", "gift_card", "discount")
