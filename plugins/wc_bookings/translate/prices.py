"""A product's costs as core's price plan (README.md, "Prices").

Products are mappings as the vendor stores them: ``cost``, ``block_cost``, ``person_types``, ``resource_base_costs``,
``pricing`` and so on. PHP writes an empty map as a list, and numbers as texts.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from frontdesk.coerce import to_dicts, to_int
from frontdesk.money import parse_amount
from frontdesk.prices import (
    AtLeast,
    Base,
    Display,
    PerBlock,
    PersonPrice,
    PersonTypes,
    PriceChange,
    PriceCondition,
    PricePlan,
    PriceRule,
    PriceRules,
    ResourceCosts,
    ResourcePrice,
    Scale,
    display_price,
    has_additional_costs,
)
from frontdesk.wordpress import php
from plugins.wc_bookings.translate.values import (
    customer_duration,
    day,
    duration_unit,
    flag,
    ids,
    items,
    minute,
    person_types,
)

_OPERATIONS: dict[str, Any] = {"": "plus", "+": "plus", "plus": "plus", "-": "minus", "minus": "minus"}
_OPERATIONS |= {name: name for name in ("times", "divide", "equals")}
#: The highest number in a rule of each type, for ranges that run over the end ("November to February").
_CYCLES = {"days": 7, "weeks": 53, "months": 12}
#: Costs that count as none.
_NOTHING = (None, "", "0", 0)


def to_price_plan(product: Mapping[str, Any]) -> PricePlan:
    """The price plan of a product.

    Raises:
        Invalid: A cost is not a number.
    """
    customer, unit = customer_duration(product), duration_unit(product)
    has_persons = flag(product.get("has_persons"))
    multiplied = has_persons and flag(product.get("has_person_cost_multiplier"))
    persons = _person_types(product) if has_persons and flag(product.get("has_person_types")) else ()
    resources = _resources(product) if flag(product.get("has_resources")) else ()
    fitting = _Fitting(timed=unit in ("hour", "minute"), customer=customer, has_persons=has_persons)
    rules = tuple(_rules(to_dicts(product.get("pricing")), fitting))
    steps: list[Any] = [
        Base(amount=_cost(product.get("cost"))),
        PerBlock(amount=_cost(product.get("block_cost"))),
    ]
    if persons and not multiplied:
        steps.append(persons)
    if rules:
        steps.append(PriceRules(rules=rules))
    if resources:
        steps.append(ResourceCosts(prices=resources))
    steps.append(AtLeast())
    if multiplied:
        # Person costs are added to the multiplied price, so that they are not multiplied themselves.
        steps.append(Scale(by="persons"))
        if persons:
            steps.append(persons)
    stated = product.get("display_cost")
    return PricePlan(
        steps=tuple(steps),
        block_unit=unit,
        block_length=max(1, to_int(product.get("duration"), 1)),
        single_block=not customer,
        display=Display(
            # Any text can be stored; the number at its beginning is shown.
            stated=None if stated in (None, "") else max(Decimal(0), php.floatval(stated)),
            min_blocks=max(1, to_int(product.get("min_duration"), 1)) if customer else 1,
            min_persons=to_int(product.get("min_persons"), 1) if has_persons else 1,
            additional=customer
            or flag(product.get("has_additional_costs"))
            or not all(map(_costs_nothing, to_dicts(product.get("pricing")))),
        ),
    )


def to_number_text(amount: Decimal) -> str:
    """A number as PHP prints one: no needless zeros (``50``, ``109.5``)."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_price(plan: PricePlan) -> str:
    """The product's ``price``: its display cost as a text."""
    return to_number_text(display_price(plan))


def to_price_label(plan: PricePlan, product_type: str = "booking") -> tuple[str, str]:
    """The words before and after the money in ``price_html``.

    The pair is ``("Free", "")`` or ``("", "")`` without any money when the price is 0.
    """
    has_more_costs = has_additional_costs(plan)
    if not display_price(plan):
        return ("", "") if has_more_costs else ("Free", "")
    if product_type == "accommodation-booking":
        return "From ", " per night"
    return ("From: " if has_more_costs else "", "")


def _cost(value: Any) -> Decimal:
    return max(Decimal(0), parse_amount(value, "cost"))


def _person_types(product: Mapping[str, Any]) -> PersonTypes | None:
    prices = tuple(
        PersonPrice(
            person_type_id=to_int(item.get("id"), 0),
            base=_cost(item.get("cost")),
            block=_cost(item.get("block_cost")),
            minimum=None if item.get("min") in (None, "") else to_int(item.get("min"), 0),
            label=str(item.get("name", "")),
        )
        for item in person_types(product)
    )
    return PersonTypes(prices=prices) if prices else None


def _resources(product: Mapping[str, Any]) -> tuple[ResourcePrice, ...]:
    base, block = (
        {key: parse_amount(cost, name) for key, cost in items(product.get(name)).items()}
        for name in ("resource_base_costs", "resource_block_costs")
    )
    zero = Decimal(0)
    resource_ids = ids(product.get("resource_ids")) or list(base | block)
    return tuple(
        ResourcePrice(resource_id=resource_id, base=base.get(resource_id, zero), block=block.get(resource_id, zero))
        for resource_id in resource_ids
    )


class _Fitting(NamedTuple):
    """What decides which price rules can apply to a product."""

    timed: bool
    customer: bool
    has_persons: bool


def _rules(pricing: Iterable[Mapping[str, Any]], fitting: _Fitting) -> Iterable[PriceRule]:
    for position, entry in enumerate(pricing, start=1):
        if _costs_nothing(entry):
            continue
        cost, base_cost = entry.get("cost"), entry.get("base_cost")
        when = _when(entry, fitting)
        if when is not None:
            yield PriceRule(
                when=when,
                block=_change(entry.get("modifier"), cost),
                base=_change(entry.get("base_modifier"), base_cost),
                label=f"{entry.get('type')} {position}",
            )


def _costs_nothing(entry: Mapping[str, Any]) -> bool:
    return entry.get("cost") in _NOTHING and entry.get("base_cost") in _NOTHING


def _change(modifier: Any, cost: Any) -> PriceChange | None:
    # An empty cost is 0, not "leave it": with "times" or "equals" that makes the amount 0.
    operation = _OPERATIONS.get(str(modifier or ""), "plus")
    amount = parse_amount(cost, "cost")
    return None if operation in ("plus", "minus") and not amount else PriceChange(op=operation, amount=amount)


def _when(entry: Mapping[str, Any], fitting: _Fitting) -> PriceCondition | None:
    """The blocks that a rule applies to; None where it can never apply to this product."""
    kind, start, end = str(entry.get("type") or ""), entry.get("from"), entry.get("to")
    if kind in _CYCLES:
        field = {"days": "weekdays", "weeks": "weeks", "months": "months"}[kind]
        each: Any = kind[:-1]
        values: dict[str, Any] = {field: _cycle(to_int(start, 0), to_int(end, 0), _CYCLES[kind])}
        return PriceCondition(each=each, **values) if values[field] else None
    if kind == "custom":
        first, last = day(start), day(end)
        return PriceCondition(each="first", from_date=first, to_date=last) if first and last and first <= last else None
    if kind == "persons":
        # Without any persons the rule does not apply, even when it begins at none.
        if not fitting.has_persons:
            return None
        return PriceCondition(min_persons=max(1, to_int(start, 0)), max_persons=to_int(end, 0))
    if kind == "blocks":
        return PriceCondition(min_blocks=to_int(start, 0), max_blocks=to_int(end, 0)) if fitting.customer else None
    if not kind.startswith("time") or not fitting.timed:
        return None
    until = minute(end)
    # An end at 00:00 makes the window run over midnight, one at 24:00 does not.
    window: dict[str, Any] = {
        "timed": True,
        "from_minute": minute(start) or 0,
        "to_minute": 1440 if until is None else until,
    }
    if kind == "time":
        return PriceCondition(**window)
    if kind == "time:range":
        first, last = day(entry.get("from_date")), day(entry.get("to_date"))
        return PriceCondition(from_date=first, to_date=last, **window) if first and last else None
    weekday = to_int(kind.partition(":")[2], 0)
    return PriceCondition(weekdays=(weekday,), **window) if 1 <= weekday <= 7 else None


def _cycle(first: int, last: int, size: int) -> tuple[int, ...]:
    if not (1 <= first <= size and 1 <= last <= size):
        return ()
    if first <= last:
        return tuple(range(first, last + 1))
    return (*range(first, size + 1), *range(1, last + 1))
