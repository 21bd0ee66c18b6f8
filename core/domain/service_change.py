"""What an operator can change of a service whichever dialect made it, and what there is to change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from core.domain.calendar_words import clock_text
from core.domain.claims import UNLIMITED
from core.errors import Invalid

_DAY = 1440
#: The most openings of one week, and the most places of a service.
MAX_OPENINGS, MAX_CAPACITY = 7 * 96, 1_000_000
#: Prices are below this.
PRICE_LIMIT = Decimal(10) ** 9
_NAME_LENGTH = 255


class WeeklyOpening(NamedTuple):
    """Minutes of every such weekday (ISO, 1 is Monday), 0 to 1440; a service by the day is open from 0 to 1440."""

    weekday: int
    from_minute: int
    to_minute: int

    @property
    def is_whole_day(self) -> bool:
        return (self.from_minute, self.to_minute) == (0, _DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceChange:
    """The values that a service is to have; None leaves one as it is.

    Attributes:
        status: One of ``core.domain.statuses.CATALOG``, but not deleted.
        price: What one booking, or one person or block of it, costs before anything is added.
        capacity: Places at one time, at least 1.
        hours: The openings of every week, which replace those there are; dates with hours of their own keep them.
    """

    name: str | None = None
    status: str | None = None
    price: Decimal | None = None
    capacity: int | None = None
    hours: tuple[WeeklyOpening, ...] | None = None

    @property
    def is_empty(self) -> bool:
        return self == ServiceChange()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOffer:
    """The price, capacity and hours of a service as the settings say that it is compiled from.

    Attributes:
        capacity: None is without limit.
        hours: The openings of a week without special dates, by weekday and time.
        fixed: Why a field (``price``, ``capacity``, ``hours``) cannot be changed here, as a sentence.
        notes: What one should know about a field, as a sentence.
    """

    price: Decimal
    capacity: int | None
    hours: tuple[WeeklyOpening, ...]
    fixed: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


def check_change(change: ServiceChange, statuses: Iterable[str]) -> None:
    """Refuse what no service can have.

    Args:
        statuses: The words that ``status`` may hold.

    Raises:
        Invalid: ``field`` is the attribute.
    """
    if change.name is not None and not 0 < len(change.name) <= _NAME_LENGTH:
        raise Invalid(field="name", reason="range" if change.name else "missing", limit=_NAME_LENGTH)
    if change.status is not None and change.status not in statuses:
        raise Invalid(field="status", reason="choice", value=change.status)
    if change.price is not None and not (change.price.is_finite() and 0 <= change.price < PRICE_LIMIT):
        raise Invalid(field="price", reason="range", value=str(change.price))
    if change.capacity is not None and not 1 <= change.capacity <= MAX_CAPACITY:
        raise Invalid(field="capacity", reason="range", value=change.capacity, limit=MAX_CAPACITY)
    if change.hours is not None:
        check_openings(change.hours)


def check_openings(openings: Sequence[WeeklyOpening]) -> None:
    """Refuse openings outside of their day, and those of one day that overlap.

    Raises:
        Invalid: ``field`` is "hours".
    """
    if len(openings) > MAX_OPENINGS:
        raise Invalid(field="hours", reason="range", limit=MAX_OPENINGS)
    for opening in openings:
        if not (1 <= opening.weekday <= 7 and 0 <= opening.from_minute < opening.to_minute <= _DAY):
            raise Invalid(field="hours", reason="order", value=opening_text(opening))
    for before, after in pairwise(sorted(openings)):
        if before.weekday == after.weekday and after.from_minute < before.to_minute:
            raise Invalid(field="hours", reason="overlap", value=opening_text(after))


def check_whole_days(openings: Iterable[WeeklyOpening]) -> None:
    """Refuse hours within a day, for a service that is booked by the day.

    Raises:
        Invalid: ``field`` is "hours".
    """
    for opening in openings:
        if not opening.is_whole_day:
            reason = "the service is booked by the day: a day is open from 00:00 to 24:00, or closed"
            raise Invalid(field="hours", reason=reason, value=opening_text(opening))


def opening_text(opening: WeeklyOpening) -> str:
    """``09:00-17:00``."""
    return f"{clock_text(opening.from_minute)}-{clock_text(opening.to_minute)}"


def known_capacity(capacity: int | None) -> int | None:
    """A capacity; None for what counts as without limit."""
    return None if capacity is None or capacity >= UNLIMITED else capacity
