"""One booking to price: what the caller chose, and the balances that the service has read for it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponTerms:
    """A valid coupon: its value, and the services it applies to (empty: all)."""

    code: str
    value: Decimal
    type: Literal["percentage", "fixed"] = "percentage"
    services: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageCredit:
    """A purchased package and the credits it has left for this service."""

    code: str
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftCardBalance:
    """A gift card and its balance."""

    code: str
    balance: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceContext:
    """One booking to price. ``start`` and ``end`` are naive wall-clock times of the service's zone.

    ``blocks`` None counts them from the span. ``persons`` is the total; ``person_types`` and ``extras`` pair an id
    with a number. ``fixed_blocks`` is the length of the fixed stay the customer chose, 0 for none.
    """

    start: datetime
    end: datetime | None = None
    blocks: int | None = None
    service_id: int = 0
    persons: int = 0
    person_types: tuple[tuple[int, int], ...] = ()
    resource_ids: tuple[int, ...] = ()
    location_id: int = 0
    extras: tuple[tuple[int, int], ...] = ()
    quantity: int = 1
    fixed_blocks: int = 0
    coupon: CouponTerms | None = None
    package: PackageCredit | None = None
    gift_card: GiftCardBalance | None = None
    payment: str = ""
    use_deposit: bool = False
    currency: str = "USD"
    exponent: int = 2
