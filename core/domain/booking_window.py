"""How soon and how far ahead a start may lie, as instants."""

from typing import NamedTuple

from core.domain.schedule import SchedulePlan
from core.domain.slot_grid import is_day_based
from core.domain.zones import DAY, add_offset, utc_to_wall, wall_to_utc_forward

_NEVER = 2**62


class BookingWindow(NamedTuple):
    """Instants; a start at or after ``past`` has not gone by, one at or after ``notice`` is far enough away.

    A start must lie before ``start`` and the end with its pause at or before ``end``.
    """

    past: int
    notice: int
    start: int
    end: int

    def violation(self, start: int, end: int) -> str:
        """ "past", "notice", "horizon", or "" for a span that keeps all limits. ``end`` includes the pause."""
        if start < self.past:
            return "past"
        if start < self.notice:
            return "notice"
        return "horizon" if start >= self.start or end > self.end else ""


def booking_window(
    plan: SchedulePlan, zone: str, now: int, *, past: bool = True, notice: bool = True, horizon: bool = True
) -> BookingWindow:
    """The limits at ``now``; switch single ones off with the flags."""
    long = is_day_based(plan)
    gone = -_NEVER
    if past:
        gone = wall_to_utc_forward(utc_to_wall(now, zone) // DAY * DAY, zone) if long else now + 1
    soon = -_NEVER
    if notice and plan.booking_window.notice.value > 0:
        soon = add_offset(now, plan.booking_window.notice, zone)
        if plan.booking_window.notice_precision == "day":
            soon = wall_to_utc_forward(utc_to_wall(soon, zone) // DAY * DAY, zone)
        if not plan.booking_window.notice_inclusive:
            soon += 1
    start_before = end_by = _NEVER
    if horizon and plan.booking_window.horizon is not None:
        far = add_offset(now, plan.booking_window.horizon, zone)
        extra = 1 if plan.booking_window.horizon_inclusive else 0
        if plan.booking_window.horizon_applies_to == "day":
            day = utc_to_wall(far, zone) // DAY + extra
            start_before = wall_to_utc_forward(day * DAY, zone)
        elif plan.booking_window.horizon_applies_to == "start":
            start_before = far + extra
        else:
            end_by = far - 1 + extra
    return BookingWindow(gone, soon, start_before, end_by)
