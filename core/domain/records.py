"""What services return: one frozen record per stored row.

Instants are aware UTC. ``wall_start`` and ``wall_end`` are naive times on the wall clock of ``zone``. Amounts are exact
decimals in major units. ``extras`` holds what single dialects store beyond core, as ``{dialect: {...}}``. ``version``
rises with every write.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from core.domain.schedule import CalendarRule, SchedulePlan

Extras = dict[str, Any]
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Fields of every record. ``origin`` is the dialect that created it ("" for imports and operators)."""

    id: int
    created_at: datetime
    modified_at: datetime
    version: int = 1
    origin: str = ""
    extras: Extras = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Category(Stored):
    name: str
    slug: str = ""
    parent_id: int = 0
    description: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Location(Stored):
    name: str
    address: str = ""
    phone: str = ""
    description: str = ""
    zone: str = ""
    position: int = 0
    status: str = "active"
    rules: tuple[CalendarRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Stored):
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    username: str = ""
    roles: tuple[str, ...] = ()
    note: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Stored):
    """What is booked. ``plan`` and ``rules`` decide when, ``price_plan`` (plain data) what it costs."""

    name: str
    slug: str = ""
    status: str = "active"
    bookable: bool = True
    kind: str = "service"
    description: str = ""
    summary: str = ""
    sku: str = ""
    price: Decimal = Decimal(0)
    currency: str = ""
    plan: SchedulePlan = SchedulePlan()
    price_plan: dict[str, Any] = field(default_factory=dict)
    rules: tuple[CalendarRule, ...] = ()
    locations: tuple[int, ...] = ()
    zone: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant(Stored):
    service_id: int
    name: str = ""
    price: Decimal = Decimal(0)
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonType(Stored):
    service_id: int
    name: str = ""
    description: str = ""
    minimum: int = 0
    maximum: int = 0
    base_cost: Decimal = Decimal(0)
    block_cost: Decimal = Decimal(0)
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra(Stored):
    service_id: int
    name: str
    price: Decimal = Decimal(0)
    minutes: int = 0
    max_quantity: int = 0
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource(Stored):
    """A person (``kind`` "staff") or thing ("asset") with its own calendar and capacity."""

    name: str
    kind: str = "asset"
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    description: str = ""
    capacity: int | None = None
    sharing: str = "units"
    rules: tuple[CalendarRule, ...] = ()
    zone: str = ""
    location_id: int = 0
    status: str = "active"
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceResource:
    """The link of a resource to a service. None means: as the service or the resource itself says."""

    service_id: int
    resource_id: int
    position: int = 0
    base_cost: Decimal | None = None
    block_cost: Decimal | None = None
    price: Decimal | None = None
    capacity: int | None = None
    min_capacity: int | None = None
    extras: Extras = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Stored):
    """Bookings that are paid together. One that ``follows`` takes its status from its bookings."""

    number: str = ""
    key: str = ""
    status: str = "pending"
    customer_id: int = 0
    currency: str = ""
    total: Decimal = Decimal(0)
    follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderItem:
    """A line of an order. A ``stated`` total was said outright; any other is the sum of the line's bookings."""

    id: int
    order_id: int
    service_id: int = 0
    name: str = ""
    quantity: int = 1
    total: Decimal = Decimal(0)
    stated: bool = False
    extras: Extras = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Stored):
    booking_id: int
    order_id: int = 0
    customer_id: int = 0
    status: str = "pending"
    gateway: str = ""
    transaction_id: str = ""
    currency: str = ""
    amount: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    due: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon(Stored):
    """``starts_on`` and ``ends_on`` are dates of the site zone, both included; "" for none."""

    code: str
    title: str = ""
    discount_type: str = "percentage"
    discount: Decimal = Decimal(0)
    starts_on: str = ""
    ends_on: str = ""
    services: tuple[int, ...] = ()
    max_uses: int | None = None
    max_uses_per_customer: int | None = None
    max_bookings_per_group: int | None = None
    used: int = 0
    returns: bool = True
    status: str = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package(Stored):
    name: str
    description: str = ""
    price: Decimal = Decimal(0)
    valid_for: int = 1
    valid_unit: str = "m"
    purchase_limit: int = 0
    services: tuple[dict[str, int], ...] = ()
    status: str = "active"
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagePurchase(Stored):
    number: str
    package_id: int
    customer_id: int
    services: tuple[dict[str, int], ...] = ()
    purchased_on: str = ""
    expires_on: str = ""
    paid: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftCard(Stored):
    title: str
    price: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    expiry: str = "never"
    valid_for: int = 0
    valid_unit: str = "m"
    services: tuple[int, ...] = ()
    resources: tuple[int, ...] = ()
    status: str = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftCardSold(Stored):
    code: str
    gift_card_id: int = 0
    customer_id: int = 0
    paid: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    expires_on: str = ""
    services: tuple[int, ...] = ()
    resources: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking(Stored):
    """One customer's reservation.

    ``session_id`` is shared by bookings of the same service, resource and span; ``group_id`` by bookings made
    together. ``quantity`` multiplies the party. ``person_counts`` maps person type ids to counts and is empty where
    the service has no types. ``extras_chosen`` holds ``(extra id, quantity)``. ``quote`` is the stored price with its
    lines as plain data; ``shared_places`` says that another booking of its group holds the units for it too;
    ``terms`` is what it was bought with; ``snapshot`` keeps names as they were when booked.
    """

    session_id: int
    service_id: int
    status: str
    start: datetime
    end: datetime
    wall_start: datetime
    wall_end: datetime
    zone: str
    group_id: str = ""
    variant_id: int = 0
    resource_id: int = 0
    location_id: int = 0
    customer_id: int = 0
    order_id: int = 0
    order_item_id: int = 0
    parent_id: int = 0
    all_day: bool = False
    blocks: int = 1
    quantity: int = 1
    persons: int = 1
    person_counts: dict[str, int] = field(default_factory=dict)
    extras_chosen: tuple[tuple[int, int], ...] = ()
    currency: str = ""
    total: Decimal = Decimal(0)
    quote: dict[str, Any] = field(default_factory=dict)
    shared_places: bool = False
    terms: dict[str, Any] = field(default_factory=dict)
    coupon_code: str = ""
    note: str = ""
    snapshot: dict[str, Any] = field(default_factory=dict)
    cancelled_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One committed change. ``data`` is what a consumer needs, including what was before.

    ``actor`` is who made it, such as "operator:anna", and ``reason`` why; both may be empty.
    """

    id: int
    kind: str
    subject_kind: str
    subject_id: int
    origin: str
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)
    actor: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some records of a longer list, and how long that list is (None where it was not asked for)."""

    items: list[R]
    total: int | None
