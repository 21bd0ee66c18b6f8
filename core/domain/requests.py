"""What a caller asks the booking service for. Frozen, checked by the service, never stored."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from core.domain.records import Customer

#: What is asked about a booking; of several that apply, the first one.
#:
#: - "create": a new booking, alone or in a group; a hold too.
#: - "revive": a booking that held no places takes them again: one cancelled, deleted or put back to draft.
#: - "move": another time, length, resource or location.
#: - "resize": more persons or a larger quantity.
#: - "reassign": another customer.
#: - "confirm": a hold, an unpaid or a pending booking becomes firm.
#: - "quote": whether and at what price it could be booked; nothing is stored.
#: - "offer": a start that a listing is about to show, for the smallest party.
ChangeKind = Literal["create", "revive", "move", "resize", "reassign", "confirm", "quote", "offer"]


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


#: Checks capacity alone.
SKIP_ALL_BUT_CAPACITY = RuleOverrides(
    grid=True, notice=True, past=True, start_weekday=True, duration=True, hours=True, persons=True
)
#: Checks nothing: a booking that exists is a fact, whatever the rules say by now.
SKIP_ALL = replace(SKIP_ALL_BUT_CAPACITY, capacity=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRequest:
    """A booking to create.

    ``wall_start`` and ``wall_end`` are naive times on the wall clock of the service's zone. Set ``wall_end`` or
    ``blocks``; with neither the booking has the shortest length. ``resource_id`` 0 asks for none, or for automatic
    choice where the service has it. ``price`` states the total; without it the price is computed. ``metadata``
    is stored under the dialect's own name. ``service_units`` overrides the units that the booking takes of the service
    itself (0 where another booking of the same request already holds them). ``priced_with`` names further resources
    whose costs are part of the price. ``zone`` is the zone of ``wall_start``; empty: that of the service as it is now.
    """

    service_id: int
    wall_start: datetime
    origin: str
    wall_end: datetime | None = None
    blocks: int | None = None
    status: str = "pending"
    #: The status where the price is nothing; it takes places exactly if ``status`` does.
    status_if_free: str = ""
    resource_id: int = 0
    priced_with: tuple[int, ...] = ()
    #: Where the customer must choose a resource and names none, take the first one with free capacity.
    any_resource: bool = False
    variant_id: int = 0
    location_id: int = 0
    customer_id: int = 0
    #: Its record, if the caller has read it in the transaction that books.
    customer: Customer | None = None
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
    #: Price steps of the dialect (its coupon rule, tax, deposit) where the service's plan has none of that kind.
    checkout: tuple[Any, ...] = ()
    #: Length of the fixed stay that the customer chose, in blocks; 0 for none.
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
    """A new order for a group of bookings; ``total`` None adds the bookings up. ``one_line`` makes one line.

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
    """A new time, party or location for a booking; None leaves a field as it is.

    A new ``wall_start`` is on the clock of the service as it is now, as for a new booking. A booking whose start
    does not change keeps the instant, the wall clock and the zone of its creation.
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
    #: Compute the price again from the service's plan, with the steps of ``checkout``.
    reprice: bool = False
    checkout: tuple[Any, ...] = ()
    status: str | None = None
    note: str | None = None
    customer_id: int | None = None
    order_id: int | None = None
    order_item_id: int | None = None
    overrides: RuleOverrides = RuleOverrides()
    metadata: dict[str, Any] | None = None
