"""Blocks of a booking on the wall clock, and which of them a price rule is about."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from core.domain.price_plan import DatePrice, PriceChange, PriceCondition, PricePlan
from core.domain.schedule import Unit
from core.errors import Invalid

#: More blocks than any sensible booking has; a guard, as every block is priced by itself.
MAX_BLOCKS = 50_000

_MINUTES = {"minute": 1, "hour": 60}
_STEPS = {"day": timedelta(days=1), "first": timedelta(days=1), "week": timedelta(weeks=1)}


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and time some months on, or the last day of that month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if year > 9999:
        raise OverflowError("beyond the last date there is")
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=year, month=month + 1)


def add_units(moment: datetime, unit: Unit, count: int) -> datetime:
    """``count`` units later; days, nights and months are counted from midnight."""
    if unit in _MINUTES:
        return moment + timedelta(minutes=count * _MINUTES[unit])
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return add_months(midnight, count) if unit == "month" else midnight + timedelta(days=count)


def count_blocks(plan: PricePlan, start: datetime, end: datetime | None) -> int:
    """How many blocks a span has, a begun block counting whole; at least one."""
    if plan.single_block or end is None or end <= start:
        return 1
    if plan.block_unit in _MINUTES:
        units = (end - start) / timedelta(minutes=_MINUTES[plan.block_unit])
    elif plan.block_unit == "night":
        units = (end.date() - start.date()).days
    elif plan.block_unit == "day":
        units = (end - add_units(start, "day", 0)) / timedelta(days=1)
    else:
        first = add_units(start, "month", 0)
        units = (end.year - first.year) * 12 + end.month - first.month
        units += add_months(first, units) < end
    return max(1, int(-(-units // max(1, plan.block_length))))


def block_spans(plan: PricePlan, start: datetime, blocks: int) -> list[tuple[datetime, datetime]]:
    """Start and end of every block.

    Raises:
        Invalid: There are too many blocks, or they end after the last date there is.
    """
    if not 0 <= blocks <= MAX_BLOCKS:
        raise Invalid(field="duration", reason="range", value=blocks, limit=MAX_BLOCKS)
    try:
        edges = [add_units(start, plan.block_unit, i * plan.block_length) for i in range(blocks + 1)]
    except OverflowError:
        raise Invalid(field="duration", reason="range", value=blocks) from None
    return list(pairwise(edges))


def matches(condition: PriceCondition, span: tuple[datetime, datetime], *, persons: int, blocks: int) -> int:
    """How often a block matches; see ``PriceCondition``."""
    if condition.min_persons is not None and persons < condition.min_persons:
        return 0
    if condition.max_persons is not None and persons > condition.max_persons:
        return 0
    if condition.min_blocks is not None and blocks < condition.min_blocks:
        return 0
    if condition.max_blocks is not None and blocks > condition.max_blocks:
        return 0
    start, end = span
    if condition.timed and not _inside(condition, start, end):
        return 0
    if condition.each == "block":
        return int(_fits(condition, start.date()))
    count = index = 0
    cursor = start
    while cursor < end:
        count += _fits(condition, cursor.date())
        if count and condition.each == "first":
            break
        index += 1
        cursor = add_months(start, index) if condition.each == "month" else start + _STEPS[condition.each] * index
    return count


def apply_change(amount: Decimal, change: PriceChange) -> Decimal:
    """The amount after a change."""
    match change.op:
        case "plus":
            return amount + change.amount
        case "minus":
            return amount - change.amount
        case "times":
            return amount * change.amount
        case "divide":
            return amount / change.amount if change.amount else amount
    return change.amount


def special_price(step: DatePrice, moment: datetime, span: tuple[datetime, datetime | None]) -> Decimal | None:
    """The price of a slot, date or weekday, or None where the ordinary one counts."""
    day, weekday = moment.date(), moment.isoweekday()
    if step.slots:
        start = span[0].hour * 60 + span[0].minute
        end = None if span[1] is None else span[1].hour * 60 + span[1].minute
        dated = [slot for slot in step.slots if day in slot.dates]
        for slot in dated or [slot for slot in step.slots if weekday in slot.weekdays]:
            same_end = slot.to_minute is None or end is None or end % 1440 == slot.to_minute % 1440
            if slot.from_minute == start and same_end and slot.amount is not None:
                return slot.amount
    for special_day, price in step.dates:
        if special_day == day:
            return price
    for special_weekday, price in step.weekdays:
        if special_weekday == weekday:
            return price
    return None


def equal_shares(amount: Decimal, parts: int) -> list[Decimal]:
    """``amount`` in equal parts that add up to it exactly."""
    part = trim_decimals(amount / parts)
    return [part] * (parts - 1) + [amount - part * (parts - 1)]


def trim_decimals(amount: Decimal) -> Decimal:
    """The amount with at most twelve decimal places, so that sums of amounts stay exact.

    Raises:
        Invalid: The amount is beyond what money can be.
    """
    if abs(amount) >= _LIMIT:
        raise Invalid(field="price", reason="range", limit=_LIMIT)
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -12:
        amount = amount.quantize(_FINEST)
    return amount + 0  # also turns -0 into 0


_LIMIT = Decimal(10) ** 15
_FINEST = Decimal(1).scaleb(-12)


def _inside(condition: PriceCondition, start: datetime, end: datetime) -> bool:
    begin = start.hour * 60 + start.minute
    finish = begin + int((end - start) / timedelta(minutes=1))
    if condition.to_minute > condition.from_minute:
        return begin >= condition.from_minute and finish <= condition.to_minute
    return finish <= condition.to_minute or finish > condition.from_minute


def _fits(condition: PriceCondition, day: date) -> bool:
    if (condition.from_date and day < condition.from_date) or (condition.to_date and day > condition.to_date):
        return False
    if condition.weekdays and day.isoweekday() not in condition.weekdays:
        return False
    if condition.months and day.month not in condition.months:
        return False
    return not condition.weeks or day.isocalendar().week in condition.weeks
