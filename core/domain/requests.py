"""What a caller asks the booking service for. Frozen, checked by the service, never stored."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOverrides:
    """Rules an operator's call may skip. ``capacity`` overbooks on purpose and lands in the audit log."""

    grid: bool = False
    notice: bool = False
    past: bool = False
    start_weekday: bool = False
    duration: bool = False
    hours: bool = False
    persons: bool = False
    capacity: bool = False


#: Only room is asked for.
SKIP_ALL_BUT_CAPACITY = RuleOverrides(
    grid=True, notice=True, past=True, start_weekday=True, duration=True, hours=True, persons=True
)
#: Nothing is asked: what has been booked is a fact, whatever the rules say by now.
SKIP_ALL = replace(SKIP_ALL_BUT_CAPACITY, capacity=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRequest:
    """One booking somebody wants.

    ``wall_start`` and ``wall_end`` are naive: what the wall clock of the service's zone shows. Give ``wall_end`` or
    ``blocks``; with neither the shortest length is meant. ``resource_id`` 0 asks for none, or for automatic choice
    where the service offers that. ``price`` states the total; without it the price is computed. ``metadata`` is
    what the asking dialect wants to find again under its own name. ``service_units`` overrides the places taken on
    the service itself (0 where another booking of the same request already holds them). ``priced_with`` names
    further resources whose costs are part of the price. ``zone`` is whose clock ``wall_start`` shows; empty: that
    of the service as it is now.
    """

    service_id: int
    wall_start: datetime
    origin: str
    wall_end: datetime | None = None
    blocks: int | None = None
    status: str = "pending"
    resource_id: int = 0
    priced_with: tuple[int, ...] = ()
    #: Where the customer has to choose a resource and names none, take the first one with room.
    any_resource: bool = False
    variant_id: int = 0
    location_id: int = 0
    customer_id: int = 0
    persons: int = 1
    person_counts: dict[int, int] = field(default_factory=dict)
    quantity: int = 1
    extras: tuple[tuple[int, int], ...] = ()
    price: Decimal | None = None
    coupon_code: str = ""
    package_number: str = ""
    gift_card_code: str = ""
    payment: str = ""
    use_deposit: bool = False
    #: Price steps the asking dialect brings (its coupon rule, tax, deposit) where the service's plan has none such.
    checkout: tuple[Any, ...] = ()
    #: Length of the named stay the customer chose, in blocks; 0 for none.
    fixed_blocks: int = 0
    order_id: int = 0
    order_item_id: int = 0
    parent_id: int = 0
    note: str = ""
    all_day: bool | None = None
    expires_at: datetime | None = None
    overrides: RuleOverrides = RuleOverrides()
    service_units: int | None = None
    zone: str = ""
    snapshot: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """A new order around a group of bookings; ``total`` None adds the bookings up. ``one_line`` makes one line.

    An order that ``follows`` takes its status from its bookings.
    """

    status: str = "pending"
    customer_id: int = 0
    total: Decimal | None = None
    key: str = ""
    one_line: bool = False
    follows: bool = False
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """A new time, party or place for a booking; None leaves a thing as it is.

    A new ``wall_start`` is read as one for a new booking: on the clock of the service as it is now. A start that is not
    given, or is the one the booking has, stays the instant, the wall clock and the zone it was booked as.
    """

    wall_start: datetime | None = None
    wall_end: datetime | None = None
    blocks: int | None = None
    resource_id: int | None = None
    location_id: int | None = None
    persons: int | None = None
    person_counts: dict[int, int] | None = None
    quantity: int | None = None
    extras: tuple[tuple[int, int], ...] | None = None
    price: Decimal | None = None
    #: Compute the price anew from the service's plan, with these checkout steps.
    reprice: bool = False
    checkout: tuple[Any, ...] = ()
    status: str | None = None
    note: str | None = None
    customer_id: int | None = None
    order_id: int | None = None
    order_item_id: int | None = None
    overrides: RuleOverrides = RuleOverrides()
    metadata: dict[str, Any] | None = None
