"""The neutral price of a service: what every dialect compiles its own price settings into.

A ``PricePlan`` is an ordered tuple of steps; ``core.domain.pricing`` evaluates it. Plain data with exact decimals.
Every step carries its ``kind``, so a plan can be stored as JSON (``plan_data``) and read back
(``core.services.price_plans``).
"""

from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from core.domain.schedule import Unit

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """What a rule does to an amount; dividing by zero leaves it as it is."""

    op: Literal["plus", "minus", "times", "divide", "equals"] = "plus"
    amount: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceCondition:
    """What a block must be like for a rule to change its price. Every selector that is set must match.

    ``each`` says what the selectors look at, and so how often one block can match: its start ("block"), every day, week
    or month from its start while before its end ("day", "week", "month"), or the first day in it that fits ("first").
    With ``timed`` the block must lie inside ``from_minute``..``to_minute`` of the day it starts on. An end at or before
    the start runs past midnight; then a block matches that ends in the early part of the same day, or after the window
    has begun, even one that starts before it.
    """

    each: Literal["block", "day", "week", "month", "first"] = "block"
    from_date: date | None = None
    to_date: date | None = None
    weekdays: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    timed: bool = False
    from_minute: int = 0
    to_minute: int = 1440
    min_persons: int | None = None
    max_persons: int | None = None
    min_blocks: int | None = None
    max_blocks: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRule:
    """Changes each block that matches (once per match) and the base (once per booking, at the first match)."""

    when: PriceCondition
    block: PriceChange | None = None
    base: PriceChange | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseOverride:
    """Another base amount for a resource, a location or both; 0 means any."""

    amount: Decimal
    resource_id: int = 0
    location_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """An amount paid once. The first override that fits replaces it."""

    amount: Decimal
    overrides: tuple[BaseOverride, ...] = ()
    label: str = ""
    kind: Literal["base"] = "base"


@dataclass(frozen=True, slots=True, kw_only=True)
class PerBlock:
    """An amount paid for every block."""

    amount: Decimal
    label: str = ""
    kind: Literal["per_block"] = "per_block"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotPrice:
    """One listed start; without ``to_minute`` any end fits, without ``amount`` the date's price counts."""

    from_minute: int
    amount: Decimal | None = None
    to_minute: int | None = None
    weekdays: tuple[int, ...] = ()
    dates: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DatePrice:
    """A price for every block by its date: slot, else date, else weekday (ISO), else ``amount``.

    Where a slot names the date, the slots of that date replace its weekday's. ``by`` "start" takes the date on which
    the booking starts for all blocks.
    """

    amount: Decimal
    weekdays: tuple[tuple[int, Decimal], ...] = ()
    dates: tuple[tuple[date, Decimal], ...] = ()
    slots: tuple[SlotPrice, ...] = ()
    by: Literal["own", "start"] = "own"
    label: str = ""
    kind: Literal["date_price"] = "date_price"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRange:
    """``amount`` per block (or for all of them, ``flat``) when the number of blocks is in the range."""

    min_blocks: int
    max_blocks: int
    amount: Decimal
    flat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRanges:
    """Re-prices blocks by their number; blocks with a special date price keep that.

    Above every range the one that reaches furthest covers as many blocks as it can; the others stay ordinary.
    """

    ranges: tuple[BlockRange, ...]
    label: str = ""
    kind: Literal["ranges"] = "ranges"


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedStay:
    """A named number of blocks at one price, for some ISO weekdays of arrival (empty: any)."""

    blocks: int
    amount: Decimal
    start_weekdays: tuple[int, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedStays:
    """The price of the stay the customer chose; blocks with a special date price keep that."""

    stays: tuple[FixedStay, ...]
    kind: Literal["fixed_stays"] = "fixed_stays"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPrice:
    """What one person of a type pays; ``minimum`` (None: not set) only matters for the display price."""

    person_type_id: int
    base: Decimal = ZERO
    block: Decimal = ZERO
    minimum: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTypes:
    """Adds what the persons of each type pay, once and for every block."""

    prices: tuple[PersonPrice, ...]
    kind: Literal["persons"] = "persons"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRules:
    """Rules applied block by block, in order; all that match chain."""

    rules: tuple[PriceRule, ...]
    kind: Literal["rules"] = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePrice:
    """What one resource adds, once and for every block."""

    resource_id: int
    base: Decimal = ZERO
    block: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceCosts:
    """Adds the costs of every resource that is booked."""

    prices: tuple[ResourcePrice, ...]
    kind: Literal["resource"] = "resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeast:
    """Lifts everything so far to ``amount``."""

    amount: Decimal = ZERO
    kind: Literal["at_least"] = "at_least"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Multiplies everything so far by the persons (when there are any) or by the quantity of units."""

    by: Literal["persons", "quantity"]
    kind: Literal["scale"] = "scale"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraPrice:
    """One extra: price and minutes for each; ``max_quantity`` 0 means no limit."""

    extra_id: int
    amount: Decimal
    minutes: int = 0
    max_quantity: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """Adds price times quantity of every chosen extra."""

    prices: tuple[ExtraPrice, ...]
    kind: Literal["extras"] = "extras"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Rounds everything so far, half away from zero; None takes the currency's own exponent."""

    places: int | None = None
    kind: Literal["round"] = "round"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """Takes off what is not extras, for one credit of the package per person."""

    kind: Literal["package"] = "package"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """Takes off the coupon's percentage or fixed value, rounded; a larger discount is ``dropped`` or ``capped``."""

    oversize: Literal["dropped", "capped"] = "capped"
    kind: Literal["coupon"] = "coupon"


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftCard:
    """Pays with the card, up to its balance."""

    kind: Literal["gift_card"] = "gift_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """A percentage of what is left to pay, or a fixed amount."""

    value: Decimal
    type: Literal["percentage", "fixed"] = "percentage"
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """Adds taxes on top; none is a base of another, their sum is rounded once."""

    rates: tuple[TaxRate, ...]
    kind: Literal["tax"] = "tax"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """The part due now when the customer asks for it; nothing when paid by one of ``not_for``."""

    value: Decimal
    type: Literal["percentage", "fixed"] = "percentage"
    not_for: tuple[str, ...] = ()
    kind: Literal["deposit"] = "deposit"


PriceStep = (
    Base | PerBlock | DatePrice | BlockRanges | FixedStays | PersonTypes | PriceRules | ResourceCosts | AtLeast | Scale
    | Extras | Round | Package | Coupon | GiftCard | Tax | Deposit
)  # fmt: skip

#: Step classes by their ``kind``, for reading a stored plan.
STEPS: dict[str, type] = {step.__dataclass_fields__["kind"].default: step for step in PriceStep.__args__}

#: Steps that turn a price into what is paid, in the order they are taken.
CHECKOUT = ("package", "coupon", "gift_card", "tax", "deposit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """What the "from" price of a service needs to know beside the steps.

    ``stated`` is a price the owner fixed for showing; ``additional`` says that a booking can cost more than shown.
    """

    stated: Decimal | None = None
    min_blocks: int = 1
    min_persons: int = 1
    additional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePlan:
    """How a service is priced: steps in order, over blocks of ``block_length`` times ``block_unit``."""

    #: Each a ``PriceStep``. The annotation does not say so, because msgspec cannot choose between dataclasses.
    steps: tuple[Any, ...] = ()
    block_unit: Unit = "day"
    #: Units in one block.
    block_length: int = 1
    #: Any booking is one block, however long it is.
    single_block: bool = False
    #: What the "from" price of a list needs.
    display: Display = Display()


def plan_data(plan: PricePlan) -> dict[str, Any]:
    """The plan as plain data for JSON: amounts and dates as texts, defaults left out."""
    return _fields_data(plan)


def step_data(step: Any) -> dict[str, Any]:
    """One step as plain data, as it stands in that of a plan."""
    return _fields_data(step)


def _fields_data(value: Any) -> dict[str, Any]:
    values = ((field, getattr(value, field.name)) for field in fields(value))
    return {field.name: _data(item) for field, item in values if field.name == "kind" or item != field.default}


def _data(value: Any) -> Any:
    if is_dataclass(value):
        return _fields_data(value)
    if isinstance(value, tuple):
        return [_data(item) for item in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value
