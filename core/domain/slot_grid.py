"""Where bookings may start in open time: on a grid, at fixed slots or on days."""

from collections.abc import Iterable, Iterator
from datetime import date

from core.domain.durations import block_minutes, is_day_based
from core.domain.opening_hours import OpeningHours
from core.domain.schedule import FixedSlot, SchedulePlan
from core.domain.zones import DAY
from core.request_budget import checkpoint


def starts(hours: OpeningHours, first: int, last: int, blocks: int) -> Iterator[tuple[int, FixedSlot | None]]:
    """Wall minutes on the days ``first``..``last`` at which the plan lets bookings start, not yet checked."""
    plan = hours.plan
    if hours.layout.day_based:
        for day in range(first, last + 1):
            if plan.unit != "month" or date.fromordinal(day).day == 1:
                yield day * DAY + plan.check_in_minute, None
    elif plan.grid.starts == "fixed":
        for day in range(first, last + 1):
            for fixed_slot in fixed_slots_on(plan, day):
                yield day * DAY + fixed_slot.from_minute, fixed_slot
    else:
        low, high = first * DAY, (last + 1) * DAY
        for wall_start in sorted(set().union(*_grids(hours, first, last, blocks))):
            if low <= wall_start < high:
                yield wall_start, None


def is_start(hours: OpeningHours, wall_start: int, blocks: int) -> bool:
    """Whether ``starts`` has this wall minute."""
    day, plan = wall_start // DAY, hours.plan
    if hours.layout.day_based or plan.grid.starts == "fixed":
        return any(start == wall_start for start, _ in starts(hours, day, day, blocks))
    return any(wall_start in grid for grid in _grids(hours, day, day, blocks))


def grid_decides(hours: OpeningHours, blocks: int) -> bool:
    """Whether a booking from a start of the grid is open without another check."""
    plan = hours.plan
    opening = plan.opening
    return (
        not hours.layout.day_based
        and plan.grid.starts != "fixed"
        and not hours.by_strongest_rule
        and not hours.start_timelines
        and not plan.compatibility.buffers_need_open_time
        and (not plan.grid.per_opening or hours.opens_by_date)
        and (
            blocks == 1
            or opening.must_be_open == "first_block"
            or (opening.merge_adjacent == "always" and opening.must_be_open == "all")
        )
    )


def _grids(hours: OpeningHours, first: int, last: int, blocks: int) -> Iterator[range]:
    """The grids that have all starts on the days ``first``..``last``, and some around them."""
    plan, opening = hours.plan, hours.plan.opening
    all_blocks = opening.must_be_open == "all" and opening.merge_adjacent == "always"
    minutes = block_minutes(plan) * (blocks if all_blocks else 1) + hours.layout.calendar.extra_minutes
    if not plan.grid.per_opening:
        yield from _interval_grids(hours, minutes)
        return
    # A grid in every opening of every date, from its first minute.
    step, margin = step_minutes(plan), plan.compatibility.overrun_minutes - minutes + 1
    for day in range(first - 1, last + 1):
        if not day & 31:
            checkpoint()
        base = day * DAY
        for low, high in hours.openings_on(day):
            yield range(base + low, base + high + margin, step)
        if opening.open_by_default:
            # A grid over every day, whatever closes; one that ends at midnight has that start too.
            yield range(base + (plan.grid.first_start_minute or 0), base + DAY + 1, step)


def _interval_grids(hours: OpeningHours, minutes: int) -> Iterator[range]:
    """A grid over every open interval, for bookings of so many minutes."""
    plan, grid = hours.plan, hours.plan.grid
    first_start, origin, restarts = grid.first_start_minute, grid.origin, grid.after_break == "restart"
    margin = plan.compatibility.overrun_minutes - minutes + 1
    step = step_minutes(plan)
    owner = phase = -1
    for interval_low, high, limit, interval_owner in hours.open_intervals:
        base = interval_owner * DAY
        low = interval_low if first_start is None else max(interval_low, base + first_start)
        if low >= high:
            continue
        if interval_owner != owner:
            owner = interval_owner
            phase = low if origin == "opening" else base
            if origin == "first_start":
                phase = base + (first_start or 0)
        elif restarts:
            phase = low
        yield range(low + (phase - low) % step, min(high, limit + margin), step)


def step_minutes(plan: SchedulePlan) -> int:
    """Minutes from one start of the grid to the next."""
    return plan.grid.step_minutes or block_minutes(plan) + plan.buffers.before_minutes + plan.buffers.after_minutes


def max_starts_of_day(plan: SchedulePlan) -> int:
    """The most starts that one day can have."""
    if is_day_based(plan):
        return 1
    if plan.grid.starts == "fixed":
        return max(1, len(plan.grid.fixed_slots))
    return max(1, DAY // max(1, step_minutes(plan)))


def fixed_slots_on(plan: SchedulePlan, day: int) -> Iterable[FixedSlot]:
    """The fixed slots of a day; those that name the date replace those of its weekday."""
    on_date = date.fromordinal(day)
    fixed_slots = [slot for slot in plan.grid.fixed_slots if 0 <= slot.from_minute < DAY]
    dated = [slot for slot in fixed_slots if on_date in slot.dates]
    if dated:
        return dated
    weekday = on_date.isoweekday()
    return [slot for slot in fixed_slots if not slot.dates and (not slot.weekdays or weekday in slot.weekdays)]
