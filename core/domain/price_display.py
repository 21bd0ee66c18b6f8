"""The price a list shows for a service before anything is chosen, and whether a booking can cost more."""

from decimal import Decimal

from core.domain.price_blocks import trim_decimals
from core.domain.price_plan import (
    ZERO,
    Base,
    BlockRanges,
    DatePrice,
    PerBlock,
    PersonPrice,
    PersonTypes,
    PricePlan,
    PriceRules,
    ResourceCosts,
    Scale,
)


def display_price(plan: PricePlan) -> Decimal:
    """The stated price, else what the smallest booking costs: fewest blocks and persons, cheapest resource.

    Rules, dates, ranges, extras and taxes are left out. A person type with a minimum of its own counts that many;
    with no minimum anywhere the service's counts. Persons that multiply the price multiply their own costs as well.
    """
    display = plan.display
    if display.stated is not None:
        return display.stated
    price = resource = ZERO
    for step in plan.steps:
        if isinstance(step, Base):
            price += step.amount
        elif isinstance(step, PerBlock | DatePrice):
            price += step.amount * display.min_blocks
        elif isinstance(step, ResourceCosts) and step.prices:
            resource += min(cost.block * display.min_blocks + cost.base for cost in step.prices)
    types = [price for step in plan.steps if isinstance(step, PersonTypes) for price in step.prices]
    costs = [(_minimum_cost(plan, price), price.minimum) for price in types]
    cheapest = min((cost for cost, _ in costs), default=ZERO)
    if not multiplied(plan):
        return trim_decimals(price + cheapest + resource)
    required = sum((cost for cost, minimum in costs if minimum is not None), ZERO)
    count = sum(price.minimum or 0 for price in types)
    return trim_decimals((price + (required or cheapest) + resource) * (count or max(1, display.min_persons)))


def has_additional_costs(plan: PricePlan) -> bool:
    """Whether choices can make a booking cost more than the display price."""
    display = plan.display
    if display.additional or multiplied(plan):
        return True
    for step in plan.steps:
        match step:
            case PersonTypes(prices=prices) | ResourceCosts(prices=prices):
                if any(price.base or price.block for price in prices):
                    return True
            case PerBlock(amount=amount):
                if amount and display.min_blocks > 1:
                    return True
            case PriceRules(rules=changes) | BlockRanges(ranges=changes) | Base(overrides=changes):
                if changes:
                    return True
            case DatePrice():
                if step.weekdays or step.dates or step.slots:
                    return True
    return False


def multiplied(plan: PricePlan) -> bool:
    """Whether persons multiply the price."""
    return any(isinstance(step, Scale) and step.by == "persons" for step in plan.steps)


def _minimum_cost(plan: PricePlan, price: PersonPrice) -> Decimal:
    minimum = plan.display.min_persons if price.minimum is None else price.minimum
    return (price.block * plan.display.min_blocks + price.base) * max(0, minimum)
