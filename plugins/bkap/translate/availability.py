"""``GET /bookings/availability`` and ``/price``: the dates and the period they name, and the list of dates.

README, "Availability" and "Price". Refusals name ``availability.<parameter>``, and those of the period itself
``booking.<parameter>``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.schedule import UNLIMITED, SchedulePlan, Slot, SlotGrid
from plugins.bkap.schemas import SLOT_TYPES
from plugins.bkap.translate.periods import (
    day_period,
    duration_period,
    nights_period,
    slot_period,
    unit_minutes,
    wall_time,
)
from plugins.bkap.translate.product_settings import NamedProduct
from plugins.bkap.translate.values import format_date, format_minutes, parameter, read_date, read_int, read_time

FULL = "Bookings are full."
_DAY_MINUTES = 1440
_remaining_of = attrgetter("remaining")


def common_slots(slots_by_resource: Sequence[Sequence[Slot]]) -> Sequence[Slot]:
    """The starts that all of several resources offer, each with the smallest number of places left."""
    first, *others = slots_by_resource
    if not others:
        return first
    common = {(slot.start, slot.end): slot for slot in first}
    for slots in others:
        by_span = {(slot.start, slot.end): slot for slot in slots}
        common = {span: min(slot, by_span[span], key=_remaining_of) for span, slot in common.items() if span in by_span}
    return list(common.values())


def to_availability(booking_type: str, slots: Iterable[Slot], dates: Iterable[date]) -> list[list[dict[str, Any]]]:
    """One entry for each date, also for those without a slot."""
    slots_by_day: dict[int, list[Slot]] = {}
    for slot in slots:
        slots_by_day.setdefault(slot.wall_start // _DAY_MINUTES, []).append(slot)
    return [[_entry(booking_type, day, slots_by_day.get(day.toordinal(), []))] for day in dates]


def _entry(booking_type: str, day: date, slots: list[Slot]) -> dict[str, Any]:
    left = _left_on_date(booking_type, slots)
    entry: dict[str, Any] = {"date": format_date(day), "availability": _places(left)}
    if left <= 0:
        entry["message"] = FULL
    if booking_type in SLOT_TYPES:
        entry["slots"] = [
            {
                "start_time": format_minutes(slot.wall_start % _DAY_MINUTES),
                "end_time": format_minutes(slot.wall_end % _DAY_MINUTES),
                "availability": _places(slot.remaining),
            }
            for slot in slots
        ]
    return entry


def _left_on_date(booking_type: str, slots: list[Slot]) -> int:
    """Places left on a date: the sum of its slots; for a duration, the most at any start."""
    if any(slot.remaining >= UNLIMITED for slot in slots):
        return UNLIMITED
    places = [max(0, slot.remaining) for slot in slots]
    return sum(places) if booking_type in SLOT_TYPES else max(places, default=0)


def _places(left: int) -> int | str:
    return "Unlimited" if left >= UNLIMITED else max(0, left)


# -- dates and period --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PricedPeriod:
    """The period to price.

    Attributes:
        end: None lets the service's shortest length decide.
        fixed_block: The length of a fixed block in nights; 0 for none.
        is_date_only: The request says no time, so the price of the date counts.
    """

    start: datetime
    end: datetime | None
    fixed_block: int = 0
    is_date_only: bool = False


def read_dates(filters: Mapping[str, Any]) -> tuple[date | None, date | None]:
    """``start_date`` and ``end_date``."""
    return _read_date(filters, "start_date"), _read_date(filters, "end_date")


def read_date_range(filters: Mapping[str, Any], today: date) -> tuple[date, date]:
    """First and last date; a start alone is that day, an end alone starts today."""
    first, last = read_dates(filters)
    if first is None:
        first, last = today, last or today
    last = last or first
    check_order(first, last)
    return first, last


def check_order(start: date | None, end: date | None) -> None:
    """Refuse a start after the end."""
    if start is not None and end is not None and start > end:
        raise Invalid(field="availability.dates", reason="range")


def _read_date(filters: Mapping[str, Any], name: str) -> date | None:
    value = parameter(filters, name)
    if isinstance(value, (list, dict)):
        raise Invalid(field="availability.dates", reason="type")
    return None if value is None else read_date(value, f"availability.{name}")


def read_priced_period(
    filters: Mapping[str, Any], product: NamedProduct, start: date, end: date | None
) -> PricedPeriod:
    """The period to price; ``duration`` counts as in a create."""
    settings, plan = product.settings, product.service.plan
    from_minute, to_minute = _read_time(filters, "start_time"), _read_time(filters, "end_time")
    if settings.booking_type == "multiple_days":
        fixed_block = parameter(filters, "fixed_block")
        nights = nights_period(start, end or start, fixed_block, settings, plan)
        block_nights = 0 if fixed_block is None else read_int(fixed_block, "availability.fixed_block")
        return PricedPeriod(nights.start, nights.end, block_nights)
    if settings.booking_type == "duration_time":
        return _priced_duration(filters, plan, start, from_minute)
    if settings.booking_type in SLOT_TYPES:
        if from_minute is None:
            # No slot takes the first minute of the day, so the price of the date is left.
            return PricedPeriod(wall_time(start), wall_time(start, 1))
        if to_minute is None:
            return PricedPeriod(wall_time(start, from_minute), None)
        # Under a plan with listed slots, an end before the start belongs to the next day.
        listed = SchedulePlan(grid=SlotGrid(starts="fixed"), check_in_minute=plan.check_in_minute)
        slot = slot_period(start, start, from_minute, to_minute, listed)
        return PricedPeriod(slot.start, slot.end)
    day = day_period(start, plan)
    return PricedPeriod(day.start, day.end)


def _priced_duration(
    filters: Mapping[str, Any], plan: SchedulePlan, day: date, from_minute: int | None
) -> PricedPeriod:
    duration = parameter(filters, "duration")
    if duration is not None:
        period = duration_period(day, from_minute or 0, duration, plan)
        return PricedPeriod(period.start, period.end)
    start = wall_time(day, from_minute or 0)
    shortest = timedelta(minutes=max(1, plan.min_blocks) * unit_minutes(plan))
    return PricedPeriod(start, start + shortest, is_date_only=from_minute is None)


def _read_time(filters: Mapping[str, Any], name: str) -> int | None:
    value = parameter(filters, name)
    return None if value is None else read_time(value, f"availability.{name}")
