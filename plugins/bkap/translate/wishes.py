"""What a client wants to book, read from a create and handed to the ledger (sheet 4.6, 5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.domain import statuses
from core.domain.requests import BookingRequest, RuleOverrides
from core.domain.schedule import SchedulePlan
from core.errors import Invalid
from plugins.bkap.schemas import (
    MULTI_DATE_TYPES,
    SLOT_TYPES,
    Settings,
)
from plugins.bkap.translate.prices import duration_units
from plugins.bkap.translate.schedule import NAME
from plugins.bkap.translate.values import (
    at,
    given,
    iso_weekday,
    read_clock,
    read_day,
    read_whole,
)

#: More dates in one call than anybody means.
MOST_DATES = 366
#: More resources in one call than anybody means.
MOST_RESOURCES = 100
MOST_PERSONS = 1_000_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """One wanted span; ``metadata`` is what the record must show again."""

    start: datetime
    end: datetime
    metadata: dict[str, Any] = field(default_factory=dict)


def read_stretches(body: Mapping[str, Any], settings: Settings, plan: SchedulePlan) -> list[Stretch]:
    """The spans of a create, one for each date.

    Raises:
        Invalid: ``field`` is ``booking.<parameter>``.
    """
    kind = settings.booking_type
    if kind in MULTI_DATE_TYPES:
        return _dates(body, settings, plan)
    start, end = (_day(body, name) for name in ("start_date", "end_date"))
    return [_stretch(body, settings, plan, start, end)]


def _stretch(body: Mapping[str, Any], settings: Settings, plan: SchedulePlan, start: date, end: date) -> Stretch:
    kind = settings.booking_type
    if kind == "multiple_days":
        return stay(start, end, given(dict(body), "fixed_block"), settings, plan)
    if kind in SLOT_TYPES:
        if end < start:
            raise Invalid(field="booking.end_date", reason="range", value=str(end))
        low, high = (_clock(body, name) for name in ("start_time", "end_time"))
        return slot(start, end, low, high, plan)
    if kind == "duration_time":
        length = given(dict(body), "duration")
        if length is None:
            raise Invalid(field="booking.duration", reason="missing")
        return lasting(start, _first_start(body, settings), length, settings, plan)
    if end != start:
        raise Invalid(field="booking.end_date", reason="range", value=str(end))
    return whole_day(start, plan)


def _day(body: Mapping[str, Any], name: str) -> date:
    value = given(dict(body), name)
    if value is None:
        raise Invalid(field=f"booking.{name}", reason="missing")
    return read_day(value, f"booking.{name}")


def _clock(body: Mapping[str, Any], name: str) -> int:
    value = given(dict(body), name)
    if value is None:
        raise Invalid(field=f"booking.{name}", reason="missing")
    return read_clock(value, f"booking.{name}")


def _first_start(body: Mapping[str, Any], settings: Settings) -> int:
    if given(dict(body), "start_time") is not None:
        return _clock(body, "start_time")
    first = settings.duration.first_duration if settings.duration else ""
    return read_clock(first, "booking.start_time") if first else 0


def whole_day(day: date, plan: SchedulePlan) -> Stretch:
    """One date."""
    start, end = at(day, plan.check_in_minute), _plus(day, 1)
    return Stretch(start, at(end, plan.check_out_minute))


def stay(start: date, end: date, block: Any, settings: Settings, plan: SchedulePlan) -> Stretch:
    """Nights from check-in to check-out; with a fixed block the end follows from its length."""
    metadata: dict[str, Any] = {}
    if end < start:
        raise Invalid(field="booking.end_date", reason="range", value=str(end))
    if block is not None:
        nights = read_whole(block, "booking.fixed_block", least=1)
        if nights > 3660:
            raise Invalid(field="booking.fixed_block", reason="range", value=block)
        wanted = _plus(start, nights)
        if end not in (start, wanted):
            raise Invalid(field="booking.end_date", reason="range", value=str(end))
        _check_block(nights, start, settings)
        metadata["fixed_block"] = str(block).strip()
        end = wanted
    elif end == start:
        metadata["same_day"] = True
        end = _plus(start, 1)
    return Stretch(at(start, plan.check_in_minute), at(end, plan.check_out_minute), metadata)


def _check_block(nights: int, start: date, settings: Settings) -> None:
    """Where the product has blocks, the length must be one of theirs, from a day it may start on."""
    if not settings.fixed_blocks:
        return
    for block in settings.fixed_blocks:
        any_day = not block.start_day.isdigit()
        if block.number_of_days == nights and (any_day or iso_weekday(int(block.start_day) % 7) == start.isoweekday()):
            return
    raise Invalid(field="booking.fixed_block", reason="choice", value=nights)


def slot(start: date, end: date, low: int, high: int, plan: SchedulePlan) -> Stretch:
    """A fixed time; an end of 00:00 leaves it open until midnight."""
    metadata: dict[str, Any] = {}
    if high == 0:
        metadata = {"open_end": True, "end_day": str(end)}
        return Stretch(at(start, low), at(_plus(start, 1)), metadata)
    wall_start, wall_end = at(start, low), at(end, high)
    if wall_end <= wall_start:
        if plan.grid.starts != "fixed":
            raise Invalid(field="booking.end_time", reason="range", value=high)
        # A listed slot may run over midnight under the date it begins on.
        wall_end = at(_plus(end, 1), high)
    return Stretch(wall_start, wall_end, metadata)


def unit_minutes(plan: SchedulePlan) -> int:
    """Minutes of one unit of a duration."""
    return max(1, plan.length) * (60 if plan.unit == "hour" else 1)


def lasting(start: date, minute: int, length: Any, settings: Settings, plan: SchedulePlan) -> Stretch:
    """A duration: minutes where the value is a whole number of units, else units (sheet 5.4)."""
    value = read_whole(length, "booking.duration", least=1)
    unit = unit_minutes(plan)
    units = duration_units(value, unit)
    if units * unit > 366 * 1440:
        raise Invalid(field="booking.duration", reason="range", value=length)
    begin = at(start, minute)
    try:
        return Stretch(begin, begin + timedelta(minutes=units * unit))
    except OverflowError:
        raise Invalid(field="booking.start_date", reason="range", value=str(start)) from None


def _plus(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise Invalid(field="booking.start_date", reason="range", value=str(day)) from None


def _dates(body: Mapping[str, Any], settings: Settings, plan: SchedulePlan) -> list[Stretch]:
    dates = body.get("dates")
    if dates in (None, "", [], {}):
        raise Invalid(field="booking.dates", reason="missing")
    if not isinstance(dates, list):
        raise Invalid(field="booking.dates", reason="type")
    timed = settings.booking_type == "multidates_fixedtime"
    if not all(isinstance(one, dict if timed else str) for one in dates):
        raise Invalid(field="booking.dates", reason="type")
    count, low, high = len(dates), 1, MOST_DATES
    if settings.multidates_type == "fixed" and settings.multidates_number:
        low = high = settings.multidates_number
    elif settings.multidates_type == "range":
        low, high = settings.multidates_min or 1, settings.multidates_max or MOST_DATES
    if not low <= count <= min(high, MOST_DATES):
        raise Invalid(field="booking.dates", reason="count", value=count, limit=(low, high))
    return [_one_date(one, plan) if timed else whole_day(_listed_day(one), plan) for one in dates]


def _one_date(one: Mapping[str, Any], plan: SchedulePlan) -> Stretch:
    values = {name: given(dict(one), name) for name in ("date", "start_time", "end_time")}
    if values["date"] is None:
        raise Invalid(field="booking.dates.date", reason="missing")
    if values["start_time"] is None or values["end_time"] is None:
        raise Invalid(field="booking.dates.time", reason="missing")
    day = _listed_day(values["date"])
    low, high = (read_clock(values[name], f"booking.{name}") for name in ("start_time", "end_time"))
    return slot(day, day, low, high, plan)


def _listed_day(value: Any) -> date:
    return read_day(value, "booking.dates.date")


def read_resources(data: Mapping[str, Any], group: str = "booking") -> list[int]:
    """The resources that a request names, each once and in order; a bare id is a list of one.

    Args:
        group: The first part of the field that a refusal names.
    """
    wanted = given(dict(data), "resource_id")
    if wanted is None or wanted == []:
        return []
    if isinstance(wanted, (dict, bool)):
        raise Invalid(field=f"{group}.resource_id", reason="type", value=None)
    many = wanted if isinstance(wanted, list) else [wanted]
    if len(many) > MOST_RESOURCES or any(isinstance(one, (list, dict, bool)) or one in (None, "") for one in many):
        raise Invalid(field=f"{group}.resource_id", reason="type", value=None)
    numbers = [read_whole(one, f"{group}.resource_number") for one in many]
    return list(dict.fromkeys(number for number in numbers if number))


def read_persons(data: Mapping[str, Any], group: str = "availability") -> int | None:
    """How many persons ``person_ids`` adds up to; None where it is not sent."""
    value = given(dict(data), "person_ids")
    if value is None:
        return None
    field_name = f"{group}.person_ids"
    if not isinstance(value, (list, dict)):
        raise Invalid(field=field_name, reason="type", value=value)
    entries = list(value.values()) if isinstance(value, dict) else value
    if not all(isinstance(entry, dict) for entry in entries):
        raise Invalid(field=field_name, reason="type", value=None)
    persons = sum(read_whole(entry.get("person_val", 0), f"{field_name}.person_val", least=0) for entry in entries)
    if persons > MOST_PERSONS:
        raise Invalid(field=field_name, reason="range", value=persons, limit=MOST_PERSONS)
    return persons


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A create that has been read: what, when, for whom, at which price (for each item)."""

    service_id: int
    stretches: Sequence[Stretch]
    kind: str
    price: Decimal
    variant_id: int = 0
    resource_ids: Sequence[int] = ()
    customer_id: int = 0
    order_id: int = 0
    persons: int = 1
    quantity: int = 1
    overrides: RuleOverrides = RuleOverrides()

    @property
    def total(self) -> Decimal:
        """What the order's line costs: the price once for each date, however many resources there are."""
        return self.price * len(self.stretches)


def relaxed(
    kind: str, plan: SchedulePlan, *, own: bool, strict: bool, party: bool = False, moved: bool = True
) -> RuleOverrides:
    """What an API call may do beyond the shop: past dates (unless strict), and odd lengths where there are no slots.

    Args:
        own: The product is this dialect's; another dialect's service is sold by its own rules alone.
        party: Persons are named, so the product's limits on them count.
        moved: The booking gets a time; one that keeps its own is not asked when that is.
    """
    if not own:
        return RuleOverrides(past=not moved, notice=not moved)
    odd = kind in SLOT_TYPES and plan.grid.starts != "fixed"
    return RuleOverrides(past=not strict, notice=not strict, duration=odd, persons=not party)


def to_requests(wish: Wish) -> list[BookingRequest]:
    """One request for each date and resource; further resources of a date take no places of the service again."""
    made = []
    for stretch in wish.stretches:
        for position, resource_id in enumerate(wish.resource_ids or (0,)):
            metadata = {"type": wish.kind, **stretch.metadata}
            made.append(
                BookingRequest(
                    service_id=wish.service_id,
                    wall_start=stretch.start,
                    wall_end=stretch.end,
                    origin=NAME,
                    status=statuses.PAID if wish.order_id else statuses.PENDING,
                    resource_id=resource_id,
                    variant_id=wish.variant_id,
                    customer_id=wish.customer_id,
                    persons=wish.persons,
                    quantity=wish.quantity,
                    price=wish.price,
                    order_id=wish.order_id,
                    overrides=wish.overrides,
                    any_resource=True,
                    service_units=0 if position else None,
                    metadata=metadata,
                )
            )
    return made
