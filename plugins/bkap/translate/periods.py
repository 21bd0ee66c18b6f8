"""The span of time a booking takes, by booking type, from the dates and times the vendor takes.

README, "Booking types". All times are wall-clock times of the shop. Refusals name ``booking.<parameter>``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.schedule import SchedulePlan
from plugins.bkap.schemas import Settings
from plugins.bkap.translate.values import iso_weekday, read_int

_MAX_NIGHTS = 3660
_MAX_DURATION_MINUTES = 366 * 1440


@dataclass(frozen=True, slots=True)
class Period:
    """A span on the wall clock of the shop; ``metadata`` are stored with the booking, for its record."""

    start: datetime
    end: datetime
    metadata: Mapping[str, Any] = field(default_factory=dict)


def wall_time(day: date, minute: int = 0) -> datetime:
    """A wall-clock time, ``minute`` minutes after midnight; 1440 is the next midnight."""
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def day_period(day: date, plan: SchedulePlan) -> Period:
    """A whole day."""
    return Period(wall_time(day, plan.check_in_minute), wall_time(later(day, 1), plan.check_out_minute))


def nights_period(check_in: date, check_out: date, fixed_block: Any, settings: Settings, plan: SchedulePlan) -> Period:
    """Nights from check-in to check-out; ``fixed_block`` (a number of nights, or None) sets the check-out."""
    metadata: dict[str, Any] = {}
    if check_out < check_in:
        raise Invalid(field="booking.end_date", reason="range", value=str(check_out))
    if fixed_block is not None:
        nights = read_int(fixed_block, "booking.fixed_block", minimum=1)
        if nights > _MAX_NIGHTS:
            raise Invalid(field="booking.fixed_block", reason="range", value=fixed_block)
        block_end = later(check_in, nights)
        if check_out not in (check_in, block_end):
            raise Invalid(field="booking.end_date", reason="range", value=str(check_out))
        _check_fixed_block(nights, check_in, settings)
        metadata["fixed_block"] = str(fixed_block).strip()
        check_out = block_end
    elif check_out == check_in:
        metadata["same_day"] = True
        check_out = later(check_in, 1)
    return Period(wall_time(check_in, plan.check_in_minute), wall_time(check_out, plan.check_out_minute), metadata)


def _check_fixed_block(nights: int, check_in: date, settings: Settings) -> None:
    """A product with fixed blocks takes only their lengths, from the weekdays they may start on."""
    for block in settings.fixed_blocks:
        any_day = not block.start_day.isdigit()
        if block.number_of_days == nights and (
            any_day or iso_weekday(int(block.start_day) % 7) == check_in.isoweekday()
        ):
            return
    if settings.fixed_blocks:
        raise Invalid(field="booking.fixed_block", reason="choice", value=nights)


def slot_period(start: date, end: date, from_minute: int, to_minute: int, plan: SchedulePlan) -> Period:
    """A fixed time; an end of 00:00 leaves it open until midnight."""
    if to_minute == 0:
        metadata = {"open_end": True, "end_day": str(end)}
        return Period(wall_time(start, from_minute), wall_time(later(start, 1)), metadata)
    wall_start, wall_end = wall_time(start, from_minute), wall_time(end, to_minute)
    if wall_end <= wall_start:
        if plan.grid.starts != "fixed":
            raise Invalid(field="booking.end_time", reason="range", value=to_minute)
        # A listed slot that runs over midnight belongs to the date it starts on.
        wall_end = wall_time(later(end, 1), to_minute)
    return Period(wall_start, wall_end)


def duration_period(day: date, start_minute: int, duration: Any, plan: SchedulePlan) -> Period:
    """A length from a start; ``duration`` counts minutes or units, see ``duration_units``."""
    unit = unit_minutes(plan)
    units = duration_units(read_int(duration, "booking.duration", minimum=1), unit)
    if units * unit > _MAX_DURATION_MINUTES:
        raise Invalid(field="booking.duration", reason="range", value=duration)
    wall_start = wall_time(day, start_minute)
    try:
        return Period(wall_start, wall_start + timedelta(minutes=units * unit))
    except OverflowError:
        raise Invalid(field="booking.start_date", reason="range", value=str(day)) from None


def unit_minutes(plan: SchedulePlan) -> int:
    """Minutes in one unit of a duration."""
    return max(1, plan.length) * (60 if plan.unit == "hour" else 1)


def duration_units(value: int, unit_minutes: int) -> int:
    """How many units a client means: a value that is a whole number of units in minutes is minutes, else units."""
    unit_minutes = max(1, unit_minutes)
    return value // unit_minutes if value >= unit_minutes and value % unit_minutes == 0 else value


def later(day: date, days: int) -> date:
    """The date ``days`` days after ``day``.

    Raises:
        Invalid: The calendar ends before that date.
    """
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise Invalid(field="booking.start_date", reason="range", value=str(day)) from None
