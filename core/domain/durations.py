"""How long the bookings of a plan are, where they end on the wall clock, and what they keep free around them."""

from core.domain.schedule import FixedSlot, SchedulePlan, ServiceCalendar
from core.domain.zones import DAY, add_months

#: The longest booking, in days.
MAX_DAYS = 3700

_UNIT_MINUTES = {"minute": 1, "hour": 60, "day": DAY, "night": DAY, "month": 31 * DAY}


def is_day_based(plan: SchedulePlan) -> bool:
    """Whether lengths are whole days rather than minutes."""
    return plan.unit not in ("minute", "hour")


def block_minutes(plan: SchedulePlan) -> int:
    """Minutes of one block; a month counts as 31 days."""
    return max(1, plan.length) * _UNIT_MINUTES[plan.unit]


def fixed_slot_end(fixed_slot: FixedSlot, wall_start: int) -> int:
    """The wall minute at which a fixed slot ends; an end at or before its start is the next day's."""
    length = fixed_slot.to_minute - fixed_slot.from_minute
    return wall_start + (length if length > 0 else length % DAY or DAY)


def nominal_end(calendar: ServiceCalendar, wall_start: int, blocks: int, fixed_slot: FixedSlot | None = None) -> int:
    """The end on a clock without transitions; units of a day and longer end at their check-out minute."""
    plan = calendar.plan
    if fixed_slot is not None:
        return fixed_slot_end(fixed_slot, wall_start) + calendar.extra_minutes
    count = max(1, plan.length) * blocks
    if plan.unit == "hour":
        return wall_start + count * 60 + calendar.extra_minutes
    if plan.unit == "minute":
        return wall_start + count + calendar.extra_minutes
    day = wall_start // DAY
    return (add_months(day, count) if plan.unit == "month" else day + count) * DAY + plan.check_out_minute


def buffer_seconds(plan: SchedulePlan) -> tuple[int, int]:
    """Seconds kept free before and after a booking.

    Buffers of whole days are cut by two hours: bookings of days begin and end at the same time of day, so this changes
    no answer, but a day of 23 hours would otherwise make the buffer reach into one more day.
    """
    buffers = plan.buffers
    if not (buffers.before_minutes or buffers.after_minutes):
        return 0, 0
    day_based = is_day_based(plan)
    seconds = []
    for minutes in (buffers.before_minutes, buffers.after_minutes):
        trim = 7200 if minutes and day_based and minutes % DAY == 0 else 0
        seconds.append(min(max(0, minutes), MAX_DAYS * DAY) * 60 - trim)
    return seconds[0], seconds[1]


def max_buffer_seconds(plan: SchedulePlan) -> int:
    """The longer buffer of a booking: how far beyond its own time claims matter."""
    return max(buffer_seconds(plan))
