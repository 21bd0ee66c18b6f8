"""Evaluates a price plan: pure, exact, and with a line for every amount.

Each step changes the price and adds the difference as a line, so the lines add up to the total whatever the steps are.
The price has three parts, because rules change them separately: the base, one amount per block, and the rest.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from core.domain.money import Quote, QuoteLine, round_half_up, total
from core.domain.price_blocks import (
    apply_change,
    block_spans,
    count_blocks,
    equal_shares,
    matches,
    special_price,
    trim_decimals,
)
from core.domain.price_context import PriceContext
from core.domain.price_plan import (
    CHECKOUT,
    ZERO,
    AtLeast,
    Base,
    BaseOverride,
    BlockRange,
    BlockRanges,
    Coupon,
    DatePrice,
    Deposit,
    Extras,
    FixedStays,
    GiftCard,
    Package,
    PerBlock,
    PersonTypes,
    PricePlan,
    PriceRule,
    PriceRules,
    PriceStep,
    ResourceCosts,
    Round,
    Scale,
    Tax,
)
from core.errors import BalanceRefused, Invalid

#: Wide enough for the product of any two amounts that ``trim_decimals`` lets through.
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def evaluate(plan: PricePlan, context: PriceContext, adjust: Callable[[Quote], Quote] | None = None) -> Quote:
    """The price of one booking.

    Args:
        adjust: Changes the price itself, before the checkout steps; the lines it returns add up to its total.

    The total is never negative. ``facts`` always has: ``unit`` (before any multiplication), ``exact`` (before
    rounding), ``subtotal`` (before discounts), ``extras``, ``package``, ``coupon``, ``discount`` (both), ``gift_card``,
    ``tax``, ``deposit``. ``due_now`` is set when a deposit applies.

    Raises:
        Invalid: An extra that is not offered, or numbers beyond what money or time can be.
        BalanceRefused: The package has too few credits.
    """
    try:
        with localcontext(_EXACT):
            return _Evaluation(plan, context, adjust).quote()
    except ArithmeticError as error:
        raise Invalid(field="price", reason="range", value=str(error)) from error


def with_checkout(plan: PricePlan, checkout: Collection[PriceStep]) -> PricePlan:
    """The plan with the checkout steps a caller brings, where it has none of that kind itself."""
    price_steps = [step for step in plan.steps if step.kind not in CHECKOUT]
    if not checkout and len(price_steps) == len(plan.steps):
        return plan
    checkout_steps = [step for step in plan.steps if step.kind in CHECKOUT]
    kinds = {step.kind for step in checkout_steps}
    checkout_steps += [step for step in checkout if step.kind not in kinds]
    checkout_steps.sort(key=lambda step: CHECKOUT.index(step.kind))
    return replace(plan, steps=(*price_steps, *checkout_steps))


class _Evaluation:
    """The price so far. One method per kind of step, named after it."""

    def __init__(self, plan: PricePlan, context: PriceContext, adjust: Callable[[Quote], Quote] | None = None) -> None:
        self.plan = plan
        self.adjust = adjust
        self.context = context
        self.count = count_blocks(plan, context.start, context.end) if context.blocks is None else context.blocks
        if plan.single_block:
            self.count = 1
        self.spans = block_spans(plan, context.start, self.count)
        self.persons = max(0, context.persons) or sum(max(0, count) for _, count in context.person_types)
        self.base = self.rest = ZERO
        self.blocks = [ZERO] * self.count
        self.special: list[bool] = [False] * self.count
        self.lines: list[QuoteLine] = []
        self.facts = dict.fromkeys(("extras", "package", "coupon", "gift_card", "tax", "deposit"), ZERO)
        self.unit: Decimal | None = None
        self.settled = False
        self.due_now: Decimal | None = None

    def quote(self) -> Quote:
        for step in self.plan.steps:
            if step.kind in CHECKOUT:
                self.settle()
            getattr(self, f"_{step.kind}")(step)
        self.settle()
        self._round_total()
        self.facts["discount"] = self.facts["package"] + self.facts["coupon"]
        amount = self.rounded(total(self.lines))
        return Quote(self.context.currency, amount, tuple(self.lines), self.due_now, self.facts)

    @property
    def price(self) -> Decimal:
        return self.base + sum(self.blocks, ZERO) + self.rest

    def rounded(self, amount: Decimal) -> Decimal:
        return round_half_up(amount, self.context.exponent)

    def add_line(self, kind: str, amount: Decimal, label: str = "", quantity: int = 1) -> None:
        if amount:
            self.lines.append(QuoteLine(kind, amount, label, Decimal(quantity)))

    def add(self, kind: str, amount: Decimal, label: str = "", quantity: int = 1) -> Decimal:
        """Add an amount to the rest, and a line for it."""
        amount = trim_decimals(amount)
        self.rest = trim_decimals(self.rest + amount)
        self.add_line(kind, amount, label, quantity)
        return amount

    def set_blocks(self, kind: str, blocks: list[Decimal], label: str = "") -> None:
        before = sum(self.blocks, ZERO)
        self.blocks = [trim_decimals(amount) for amount in blocks]
        self.add_line(kind, trim_decimals(sum(self.blocks, ZERO) - before), label, self.count)

    def settle(self) -> None:
        """End the price itself: the steps that follow need an amount to pay, so the price is rounded from here on."""
        if self.settled:
            return
        self.settled = True
        if self.price < 0:
            self.add("minimum", -self.price)
        self.facts["unit"] = self.price if self.unit is None else max(ZERO, self.unit)
        self.facts["exact"] = self.price
        self._round_total()
        if self.adjust is not None:
            self._adjust(self.adjust)
        self.facts["subtotal"] = self.rounded(self.price)

    def _adjust(self, adjust: Callable[[Quote], Quote]) -> None:
        """Replace the lines so far by those of an adjusted quote, and the price by their sum."""
        price = self.rounded(self.price)
        adjusted = adjust(Quote(self.context.currency, price, tuple(self.lines), None, dict(self.facts)))
        self.rest = trim_decimals(self.rest + adjusted.total - price)
        self.facts["exact"] += adjusted.total - price
        self.lines = list(adjusted.lines)

    # Price steps.

    def _base(self, step: Base) -> None:
        amount = next((o.amount for o in step.overrides if self._fits(o)), step.amount)
        self.base = trim_decimals(self.base + trim_decimals(amount))
        self.add_line("base", trim_decimals(amount), step.label)

    def _fits(self, override: BaseOverride) -> bool:
        return (not override.resource_id or override.resource_id in self.context.resource_ids) and (
            not override.location_id or override.location_id == self.context.location_id
        )

    def _per_block(self, step: PerBlock) -> None:
        self.set_blocks("block", [amount + step.amount for amount in self.blocks], step.label)

    def _date_price(self, step: DatePrice) -> None:
        context, blocks = self.context, []
        for index, (amount, span) in enumerate(zip(self.blocks, self.spans, strict=True)):
            moment = context.start if step.by == "start" else span[0]
            price = special_price(step, moment, (context.start, context.end))
            self.special[index] = self.special[index] or price is not None
            blocks.append(amount + (step.amount if price is None else price))
        self.set_blocks("date", blocks, step.label)

    def _ranges(self, step: BlockRanges) -> None:
        fitting = [r for r in step.ranges if r.min_blocks <= self.count <= r.max_blocks]
        if fitting:
            self._reprice(fitting[0], self.count, step.label)
        elif step.ranges:
            widest = max(step.ranges, key=lambda r: r.max_blocks)
            if 0 < widest.max_blocks < self.count:
                self._reprice(widest, widest.max_blocks, step.label)

    def _fixed_stays(self, step: FixedStays) -> None:
        weekday = self.context.start.isoweekday()
        for stay in step.stays:
            if stay.blocks == self.context.fixed_blocks == self.count and (
                not stay.start_weekdays or weekday in stay.start_weekdays
            ):
                all_blocks = BlockRange(min_blocks=stay.blocks, max_blocks=stay.blocks, amount=stay.amount, flat=True)
                self._reprice(all_blocks, self.count, stay.label)
                return

    def _reprice(self, price: BlockRange, count: int, label: str) -> None:
        parts = equal_shares(price.amount, count) if price.flat else [price.amount] * count
        parts += self.blocks[count:]
        prices = zip(parts, self.blocks, self.special, strict=True)
        self.set_blocks("range", [old if special else new for new, old, special in prices], label)

    def _persons(self, step: PersonTypes) -> None:
        counts = dict(self.context.person_types)
        for price in step.prices:
            count = max(0, counts.get(price.person_type_id, 0))
            base = trim_decimals(price.base * count)
            self.base = trim_decimals(self.base + base)
            self.blocks = [trim_decimals(amount + price.block * count) for amount in self.blocks]
            self.add_line("person", trim_decimals(base + price.block * count * self.count), price.label, count)

    def _rules(self, step: PriceRules) -> None:
        # Block by block, not rule by rule: the base is changed in the order in which rules first match.
        differences: dict[int, Decimal] = {}
        for index, span in enumerate(self.spans):
            for position, rule in enumerate(step.rules):
                times = matches(rule.when, span, persons=self.persons, blocks=self.count)
                if times:
                    first = position not in differences
                    difference = self._apply(rule, index, times, first)
                    differences[position] = differences.get(position, ZERO) + difference
        for position in sorted(differences):
            self.add_line("rule", differences[position], step.rules[position].label)

    def _apply(self, rule: PriceRule, index: int, times: int, first: bool) -> Decimal:
        """Change one block, and the base at the rule's first match; returns the difference."""
        block = before = self.blocks[index]
        if rule.block is not None:
            for _ in range(times):
                block = trim_decimals(apply_change(block, rule.block))
        self.blocks[index] = block
        difference = block - before
        if first and rule.base:
            base = trim_decimals(apply_change(self.base, rule.base))
            difference += base - self.base
            self.base = base
        return difference

    def _resource(self, step: ResourceCosts) -> None:
        prices = {price.resource_id: price for price in step.prices}
        for resource in self.context.resource_ids:
            if price := prices.get(resource):
                self.base = trim_decimals(self.base + price.base)
                self.blocks = [trim_decimals(amount + price.block) for amount in self.blocks]
                self.add_line("resource", trim_decimals(price.base + price.block * self.count), str(resource))

    def _at_least(self, step: AtLeast) -> None:
        if self.price < step.amount:
            self.add("minimum", step.amount - self.price)

    def _scale(self, step: Scale) -> None:
        factor = self.persons if step.by == "persons" else max(0, self.context.quantity)
        if self.unit is None:
            self.unit = self.price
        if step.by == "persons" and not factor:
            return
        before = self.price
        self.base, self.rest = trim_decimals(self.base * factor), trim_decimals(self.rest * factor)
        self.blocks = [trim_decimals(amount * factor) for amount in self.blocks]
        self.add_line(step.by, trim_decimals(self.price - before), quantity=factor)

    def _extras(self, step: Extras) -> None:
        prices = {price.extra_id: price for price in step.prices}
        for extra, count in self.context.extras:
            price = prices.get(extra)
            if price is None:
                raise Invalid(field="extras", reason="unknown", value=extra)
            if count < 0 or (price.max_quantity and count > price.max_quantity):
                raise Invalid(field="extras", reason="range", value=extra, limit=price.max_quantity)
            self.facts["extras"] += self.add("extra", price.amount * count, price.label, count)

    def _round(self, step: Round) -> None:
        self._round_total(step.places)

    def _round_total(self, places: int | None = None) -> None:
        price = self.price
        self.add("rounding", round_half_up(price, self.context.exponent if places is None else places) - price)

    # Checkout steps.

    def _package(self, step: Package) -> None:
        package = self.context.package
        if package is None:
            return
        if package.left < max(1, self.persons):
            reason = "short" if package.left > 0 else "used_up"
            raise BalanceRefused(kind="package", code=package.code, reason=reason, remaining=package.left)
        covered = max(ZERO, self.rounded(self.price - self.facts["extras"]))
        self.facts["package"] -= self.add("package", -min(self.price, covered), package.code)

    def _coupon(self, step: Coupon) -> None:
        coupon = self.context.coupon
        if coupon is None or (coupon.services and self.context.service_id not in coupon.services):
            return
        off = self.price * coupon.value / 100 if coupon.type == "percentage" else coupon.value
        off = max(ZERO, self.rounded(off))
        if off > self.price:
            off = ZERO if step.oversize == "dropped" else self.price
        self.facts["coupon"] -= self.add("coupon", -off, coupon.code)

    def _gift_card(self, step: GiftCard) -> None:
        card = self.context.gift_card
        if card is not None:
            paid = max(ZERO, min(self.price, self.rounded(card.balance)))
            self.facts["gift_card"] -= self.add("gift_card", -paid, card.code)

    def _tax(self, step: Tax) -> None:
        due, exact, added = self.price, ZERO, ZERO
        for rate in step.rates:
            exact += due * rate.value / 100 if rate.type == "percentage" else rate.value
            # Each line is the rounded sum so far less the lines before it, so that the lines add up to the rounded sum.
            added += self.add("tax", self.rounded(exact) - added, rate.label)
        self.facts["tax"] += added

    def _deposit(self, step: Deposit) -> None:
        if not self.context.use_deposit or self.context.payment in step.not_for or step.value <= 0:
            return
        part = self.price * step.value / 100 if step.type == "percentage" else step.value
        self.due_now = self.facts["deposit"] = min(self.price, self.rounded(part))
