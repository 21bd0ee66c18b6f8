"""What a booking costs: the service's price plan, the balances the caller names, and the currency's own exponent."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from core.domain.money import Quote
from core.domain.price_context import CouponFacts, GiftCardFacts, PackageFacts, PriceContext
from core.domain.price_plan import Base, PricePlan
from core.domain.pricing import evaluate, with_checkout
from core.domain.records import Coupon, GiftCardSold
from core.domain.requests import BookingRequest
from core.domain.zones import zone as zone_of
from core.services import balances, hooks, site
from core.services.calendars import Loaded
from core.services.price_plans import decode_price_plan
from core.services.records import variants


@dataclass(frozen=True, slots=True)
class Priced:
    """A quote and the balances it stands on; taking them is up to whoever stores the booking."""

    quote: Quote
    coupon: Coupon | None = None
    gift_card: GiftCardSold | None = None
    gift_amount: Decimal = Decimal(0)


def plan_of(loaded: Loaded) -> PricePlan:
    """The service's price plan; a service without one costs its plain price once."""
    if loaded.price_text in {"", "{}", "null"}:
        return PricePlan(steps=(Base(amount=loaded.price),))
    return decode_price_plan(loaded.price_text)


def quote_request(
    request: BookingRequest,
    loaded: Loaded,
    *,
    span: Any,
    resource_id: int,
    now: datetime,
    coupon_item: int = 1,
    coupon_known: bool = False,
) -> Priced:
    """The price of one request that has its span and resource.

    Args:
        coupon_item: Which item of its group this is, counting those that name the coupon.
        coupon_known: The booking used its coupon already: take its terms without asking whether uses are left.

    Raises:
        BalanceRefused: A coupon, package or gift card does not cover it.
    """
    currency = site.current().currency
    if request.price is not None:
        return Priced(Quote.stated(request.price, currency))
    today = now.astimezone(zone_of(loaded.calendar.zone)).date()
    coupon = None
    if request.coupon_code and coupon_known:
        coupon = balances.coupons.find(code=request.coupon_code)
    elif request.coupon_code:
        coupon = balances.check_coupon(
            request.coupon_code, service_id=request.service_id, customer_id=request.customer_id, today=today
        )
    if coupon is not None and coupon.max_bookings_per_group is not None:
        coupon = coupon if coupon_item <= coupon.max_bookings_per_group else None
    package = None
    if request.package_number:
        purchase = balances.check_package(
            request.package_number,
            service_id=request.service_id,
            customer_id=request.customer_id,
            units=request.persons,
            today=today,
        )
        package = PackageFacts(code=purchase.number, left=balances.package_left(purchase, request.service_id) or 0)
    card = None
    if request.gift_card_code:
        card = balances.check_gift_card(
            request.gift_card_code, service_id=request.service_id, resource_id=resource_id, today=today
        )
    plan = with_checkout(plan_of(loaded), request.checkout)
    if request.variant_id:
        plan = _for_variant(plan, request.variant_id)
    context = PriceContext(
        start=span.wall_start,
        end=span.wall_end,
        blocks=span.blocks,
        service_id=request.service_id,
        persons=request.persons,
        person_types=tuple(sorted(request.person_counts.items())),
        resource_ids=tuple(dict.fromkeys(number for number in (resource_id, *request.priced_with) if number)),
        location_id=request.location_id,
        extras=request.extras,
        quantity=request.quantity,
        fixed_blocks=request.fixed_blocks,
        coupon=None
        if coupon is None
        else CouponFacts(
            code=coupon.code,
            value=coupon.discount,
            type=coupon.discount_type,  # type: ignore[arg-type]
            services=coupon.services,
        ),
        package=package,
        gift_card=None if card is None else GiftCardFacts(code=card.code, balance=balances.gift_balance(card)),
        payment=request.payment,
        use_deposit=request.use_deposit,
        currency=currency,
        exponent=get_currency_precision(currency),
    )
    quote = hooks.run(hooks.current().quote, evaluate(plan, context), request)
    return Priced(quote, coupon, card, abs(quote.facts.get("gift_card", Decimal(0))))


def _for_variant(plan: PricePlan, variant_id: int) -> PricePlan:
    """The plan with the variant's price where the service's own plain price stood."""
    variant = variants.get(variant_id)
    steps = []
    done = False
    for step in plan.steps:
        if not done and step.kind in {"base", "per_block", "date_price"}:
            step, done = replace(step, amount=variant.price), True
        steps.append(step)
    return replace(plan, steps=tuple(steps))
