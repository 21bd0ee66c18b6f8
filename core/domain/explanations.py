"""What an explanation of one start says: its causes, what is left, and its price line by line. Plain data."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.domain.claims import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockingClaim:
    """A claim in the way: its booking, its time (aware UTC) and units. ``within_buffer``: only a buffer collides."""

    booking_id: int
    status: str
    origin: str
    start: datetime
    end: datetime
    units: int
    within_buffer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason against a start, as a sentence.

    ``code`` is a reason of ``NotAvailable``, or "unbookable", "vetoed" or "unlisted". ``rule`` is the calendar rule
    that decides, in words, and ``rule_owner`` who has it: "site", "location", "service", "resource" or "plugin" (a
    filter of a plugin); "" without a rule. ``subject`` is what is full, as ``(kind, id)``.
    """

    code: str
    sentence: str
    rule: str = ""
    rule_owner: str = ""
    subject: Subject | None = None
    claims: tuple[BlockingClaim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The start with one resource (0 for none). ``remaining`` and ``capacity`` are units; None is unlimited.

    ``remaining`` is 0 where the start has no time of its own, such as one that the clock skips.
    """

    resource_id: int
    resource: str
    bookable: bool
    remaining: int | None
    capacity: int | None
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedLine:
    """One line of the price: ``origin`` says what it is, ``step`` which step of the price plan made it, from 1."""

    kind: str
    origin: str
    label: str
    quantity: Decimal
    amount: Decimal
    step: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedPrice:
    """The price and its lines, which add up to it; without one, ``problem`` is a sentence that says why."""

    currency: str = ""
    total: Decimal | None = None
    due_now: Decimal | None = None
    lines: tuple[ExplainedLine, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why one start of a service can or cannot be booked.

    ``wall_start`` and ``wall_end`` are naive times on the clock of ``zone``; ``start`` and ``end`` are aware UTC and,
    like ``wall_end``, None where the start has no time of its own. ``bookable``: at least one of ``choices`` can be
    booked. ``listed``: lists of slots show it with room. ``plan`` tells how the service is booked, ``notes`` what else
    an operator should know.
    """

    service_id: int
    service: str
    zone: str
    wall_start: datetime
    wall_end: datetime | None
    start: datetime | None
    end: datetime | None
    bookable: bool
    listed: bool
    #: Of the choice with the most left, in units; None is unlimited.
    remaining: int | None
    capacity: int | None
    choices: tuple[Choice, ...]
    price: ExplainedPrice
    plan: dict[str, Any]
    notes: tuple[str, ...] = ()
