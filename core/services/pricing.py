"""Prices requests by the service's price plan, the balances they name and the exponent of the currency."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from core.domain.currency import exponent
from core.domain.money import Quote
from core.domain.price_context import CouponTerms, GiftCardBalance, PackageCredit, PriceContext
from core.domain.price_plan import Base, PricePlan
from core.domain.pricing import evaluate, with_checkout
from core.domain.records import GiftCardSold, PackagePurchase
from core.domain.requests import BookingRequest
from core.domain.zones import zone as zone_of
from core.services import balances, filters, site
from core.services.balances import HeldBalance
from core.services.calendars import LoadedCalendar
from core.services.price_plans import decode_price_plan
from core.services.repository import variants

if TYPE_CHECKING:
    # That package imports this module.
    from core.services.bookings.allocation import BookedInterval


@dataclass(frozen=True, slots=True)
class PricedRequest:
    """A quote and the balances it uses; the caller that stores the booking takes them."""

    quote: Quote
    coupon: CouponTerms | None = None
    package: PackagePurchase | None = None
    gift_card: GiftCardSold | None = None
    gift_amount: Decimal = Decimal(0)


def price_plan_of(loaded: LoadedCalendar) -> PricePlan:
    """The service's price plan; without one, a single step with its plain price."""
    if loaded.price_plan_json in {"", "{}", "null"}:
        return PricePlan(steps=(Base(amount=loaded.price),))
    return decode_price_plan(loaded.price_plan_json)


def quote_request(
    request: BookingRequest,
    loaded: LoadedCalendar,
    *,
    interval: "BookedInterval",
    resource_id: int,
    now: datetime,
    coupon_item: int = 1,
    held: HeldBalance | None = None,
    coupon: CouponTerms | None = None,
) -> PricedRequest:
    """The price of a request whose interval and resource are known.

    Args:
        coupon_item: The position of this request among those of its group that name the coupon, from 1.
        held: What the booking to price again holds already; it counts as available for it.
        coupon: With ``held``: the terms of the coupon that the booking was made with.

    Raises:
        BalanceRefused: A coupon, package or gift card does not cover it.
    """
    currency = site.current().currency
    if request.price is not None:
        return PricedRequest(Quote.stated(request.price, currency))
    today = now.astimezone(zone_of(loaded.calendar.zone)).date()
    if held is None:
        coupon = _coupon(request, coupon_item, today)
    purchase, package = package_for(request, held, today)
    card, gift_card = _gift_card(request, held, resource_id, today)
    plan = with_checkout(price_plan_of(loaded), request.checkout)
    if request.variant_id:
        plan = _for_variant(plan, request.variant_id)
    context = PriceContext(
        start=interval.wall_start,
        end=interval.wall_end,
        blocks=interval.blocks,
        service_id=request.service_id,
        persons=request.persons,
        person_types=tuple(sorted(request.person_counts.items())),
        resource_ids=tuple(
            dict.fromkeys(
                priced_resource_id for priced_resource_id in (resource_id, *request.priced_with) if priced_resource_id
            )
        ),
        location_id=request.location_id,
        extras=request.extras,
        quantity=request.quantity,
        fixed_blocks=request.fixed_blocks,
        coupon=coupon,
        package=package,
        gift_card=gift_card,
        payment=request.payment,
        use_deposit=request.use_deposit,
        currency=currency,
        exponent=exponent(currency),
    )
    quote = evaluate(plan, context, _adjustment(request, interval, resource_id))
    return PricedRequest(quote, coupon, purchase, card, abs(quote.facts.get("gift_card", Decimal(0))))


def _adjustment(
    request: BookingRequest, interval: "BookedInterval", resource_id: int
) -> Callable[[Quote], Quote] | None:
    """What plugins do to the price of a request; they are told the interval and the resource that it gets."""
    quote_filters = filters.current().quote
    if not quote_filters:
        return None
    allocated = interval.applied_to(request, resource_id)
    return lambda quote: filters.run(quote_filters, quote, allocated)


def _coupon(request: BookingRequest, coupon_item: int, today: date) -> CouponTerms | None:
    if not request.coupon_code:
        return None
    coupon = balances.check_coupon(
        request.coupon_code, service_id=request.service_id, customer_id=request.customer_id, today=today
    )
    if coupon.max_bookings_per_group is not None and coupon_item > coupon.max_bookings_per_group:
        return None
    return CouponTerms(
        code=coupon.code,
        value=coupon.discount,
        type=coupon.discount_type,  # type: ignore[arg-type]  # the column holds one of these words
        services=coupon.services,
    )


def package_for(
    request: BookingRequest, held: HeldBalance | None, today: date
) -> tuple[PackagePurchase | None, PackageCredit | None]:
    """The package a request names and the credit left in it; what a booking holds already is not checked again.

    Raises:
        BalanceRefused: The package does not cover the party.
    """
    if not request.package_number:
        return None, None
    if held is not None and request.persons <= held.units:
        return None, PackageCredit(code=request.package_number, left=held.units)
    without = 0 if held is None else held.booking_id
    purchase = balances.check_package(
        request.package_number,
        service_id=request.service_id,
        customer_id=request.customer_id,
        units=request.persons,
        today=today,
        excluded_booking_id=without,
    )
    left = balances.package_remaining(purchase, request.service_id, excluded_booking_id=without) or 0
    return purchase, PackageCredit(code=purchase.number, left=left)


def _gift_card(
    request: BookingRequest, held: HeldBalance | None, resource_id: int, today: date
) -> tuple[GiftCardSold | None, GiftCardBalance | None]:
    code = request.gift_card_code
    if not code:
        return None, None
    if held is not None:
        card, balance = balances.gift_card_for_booking(code, held, resource_id=resource_id, today=today)
        return card, GiftCardBalance(code=code, balance=balance)
    card = balances.check_gift_card(code, service_id=request.service_id, resource_id=resource_id, today=today)
    return card, GiftCardBalance(code=card.code, balance=balances.gift_card_balance(card))


def _for_variant(plan: PricePlan, variant_id: int) -> PricePlan:
    """The plan with the variant's price in place of the service's plain price."""
    variant = variants.get(variant_id)
    steps = []
    replaced = False
    for step in plan.steps:
        if not replaced and step.kind in {"base", "per_block", "date_price"}:
            step, replaced = replace(step, amount=variant.price), True
        steps.append(step)
    return replace(plan, steps=tuple(steps))
