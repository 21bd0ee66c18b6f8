"""How soon and how far ahead a start may lie, as instants."""

from typing import NamedTuple

from core.domain.durations import is_day_based
from core.domain.schedule import SchedulePlan
from core.domain.zones import DAY, add_offset, utc_to_wall, wall_to_utc_forward

_NEVER = 2**62


class BookingWindow(NamedTuple):
    """Epoch seconds. A start before ``past`` has gone by, one before ``notice`` is too soon.

    A start must lie before ``start``, and the end with its buffer at or before ``end``.
    """

    past: int
    notice: int
    start: int
    end: int

    def violation(self, start: int, end: int) -> str:
        """ "past", "notice", "horizon", or "" for a booking within the window. ``end`` includes the buffer."""
        if start < self.past:
            return "past"
        if start < self.notice:
            return "notice"
        return "horizon" if start >= self.start or end > self.end else ""


def booking_window(
    plan: SchedulePlan, zone: str, now: int, *, past: bool = True, notice: bool = True, horizon: bool = True
) -> BookingWindow:
    """The window at ``now``; the flags switch single limits off."""
    rules = plan.booking_window
    past_until = -_NEVER
    if past:
        past_until = now + 1
        if is_day_based(plan):
            past_until = wall_to_utc_forward(utc_to_wall(now, zone) // DAY * DAY, zone)
    notice_until = -_NEVER
    if notice and rules.notice.value > 0:
        notice_until = add_offset(now, rules.notice, zone)
        if rules.notice_precision == "day":
            notice_until = wall_to_utc_forward(utc_to_wall(notice_until, zone) // DAY * DAY, zone)
        if not rules.notice_inclusive:
            notice_until += 1
    start_before = end_by = _NEVER
    if horizon and rules.horizon is not None:
        instant = add_offset(now, rules.horizon, zone)
        extra = 1 if rules.horizon_inclusive else 0
        if rules.horizon_applies_to == "day":
            day = utc_to_wall(instant, zone) // DAY + extra
            start_before = wall_to_utc_forward(day * DAY, zone)
        elif rules.horizon_applies_to == "start":
            start_before = instant + extra
        else:
            end_by = instant - 1 + extra
    return BookingWindow(past_until, notice_until, start_before, end_by)
