"""What is wrong with the answers of filters: each function takes the value and the answer and returns the rest of a
sentence, or None.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from core.domain.currency import exponent
from core.domain.money import Quote, QuoteLine, round_half_up, total
from core.domain.schedule import CalendarRule, ResourceCalendar, SchedulePlan, ServiceCalendar, Slot


def _type_problem(answer: Any, expected: type) -> str | None:
    return None if isinstance(answer, expected) else f"it returned {type(answer).__name__}, not a {expected.__name__}"


def _list_problem(name: str, values: Any, sequence: type[list[Any]] | type[tuple[Any, ...]], item: type) -> str | None:
    if isinstance(values, sequence) and all(isinstance(value, item) for value in values):
        return None
    return f"{name} must be a {sequence.__name__} of {item.__name__}"


def calendar_problem(before: ServiceCalendar, after: Any) -> str | None:
    """``filter_calendar_rules``: parts of the right types, for the same question."""
    problem = _type_problem(after, ServiceCalendar)
    if problem:
        return problem
    for name in ("service_id", "location_id", "extra_minutes", "zone"):
        if getattr(after, name) != getattr(before, name):
            return f"it changed {name}, which stays as it is"
    return (
        _type_problem(after.plan, SchedulePlan)
        or _list_problem("rules", after.rules, tuple, CalendarRule)
        or _list_problem("resources", after.resources, tuple, ResourceCalendar)
    )


def slots_problem(before: list[Slot], after: Any) -> str | None:
    """``filter_slots``: some of the slots, with no more left than before."""
    problem = _list_problem("the answer", after, list, Slot)
    if problem:
        return problem
    limits = {slot[:5]: slot.remaining for slot in before}
    for slot in after:
        limit = limits.pop(slot[:5], None)
        if limit is None:
            return "it added or repeated a slot; what can be booked is for filter_calendar_rules"
        if type(slot.remaining) is not int or slot.remaining > limit:
            return "it raised what remains of a slot; what can be booked is for filter_calendar_rules"
    return None


def quote_problem(before: Quote, after: Any) -> str | None:
    """``filter_quote``: exact amounts that add up."""
    problem = (
        _type_problem(after, Quote)
        or _list_problem("lines", after.lines, tuple, QuoteLine)
        or (_type_problem(after.total, Decimal))
    )
    if problem:
        return problem
    if after.currency != before.currency:
        return f"it changed the currency from {before.currency} to {after.currency}"
    amounts = [after.total, *(line.amount for line in after.lines)]
    if not all(isinstance(amount, Decimal) and amount.is_finite() and abs(amount) < _LIMIT for amount in amounts):
        return "the amounts must be finite decimals that money can be"
    if after.total < 0:
        return f"the total {after.total} is negative"
    places = exponent(after.currency)
    if after.total != round_half_up(after.total, places):
        return f"the total {after.total} has more than {places} decimals"
    lines = total(after.lines)
    if lines != after.total:
        return f"the lines make {lines}, the total is {after.total}"
    return None


#: Amounts are below this.
_LIMIT = Decimal(10) ** 12

#: By hook.
PROBLEMS: Mapping[str, Callable[[Any, Any], str | None]] = {
    "filter_calendar_rules": calendar_problem,
    "filter_slots": slots_problem,
    "filter_quote": quote_problem,
}
