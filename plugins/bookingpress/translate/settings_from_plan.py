"""The vendor's settings of another dialect's service, read off its plan and rules, and what a change of them changes.

Slots, prices and bookings never come from here: they are computed from the plan itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from frontdesk.records import Service
from frontdesk.schedule import CalendarRule, Offset, SchedulePlan
from plugins.bookingpress.translate.hours import StoredHours
from plugins.bookingpress.translate.schedule import UNITS
from plugins.bookingpress.translate.values import DAYS, clock, minutes_of

_WORDS = {number: name for name, number in DAYS.items()}
#: The vendor's settings of a service beside what the core's record holds, with the vendor's defaults.
DEFAULTS: dict[str, Any] = {
    "service_duration_val": 30,
    "service_duration_unit": "m",
    "max_capacity": 1,
    "min_capacity": 1,
    "before_buffer_time": 0,
    "before_buffer_time_unit": "m",
    "after_buffer_time": 0,
    "after_buffer_time_unit": "m",
    "minimum_time_required_before_booking": "inherit",
    "minimum_time_required_before_rescheduling": "inherit",
    "minimum_time_required_before_cancelling": "inherit",
    "service_start_date": "",
    "service_expiration_date": "",
    "deposit_type": "percentage",
    "deposit_amount": "0",
    "service_image": "",
    "service_image_name": "",
}


def derived_settings(service: Service, *, staff_capacity: int | None = None) -> dict[str, Any]:
    """The vendor's settings of a service that another dialect made, read off its neutral plan.

    Args:
        staff_capacity: The most places one of its resources has, where it has resources.
    """
    plan = service.plan
    unit = {"minute": "m", "hour": "h"}.get(plan.unit, "d")
    length = max(1, plan.length) * max(1, plan.min_blocks) * (30 if plan.unit == "month" else 1)
    if plan.grid.starts == "fixed" and unit != "d" and plan.grid.fixed_slots:
        first = plan.grid.fixed_slots[0]
        minutes = (first.to_minute - first.from_minute) % 1440 or 1440
        unit, length = ("h", minutes // 60) if minutes % 60 == 0 else ("m", minutes)
    capacity = plan.capacity.limit if plan.capacity.limit is not None else staff_capacity
    listed = [start.capacity for start in plan.grid.fixed_slots if start.capacity is not None]
    if listed and plan.grid.starts == "fixed":
        capacity = max(listed)
    notice = {"minute": 1, "hour": 60, "day": 1440, "week": 10080, "month": 43200}[
        plan.booking_window.notice.unit
    ] * plan.booking_window.notice.value
    return {
        **DEFAULTS,
        "service_duration_val": length,
        "service_duration_unit": unit,
        "max_capacity": capacity if capacity is not None else plan.persons.maximum,
        "min_capacity": max(1, plan.persons.minimum),
        "before_buffer_time": plan.buffers.before_minutes,
        "after_buffer_time": plan.buffers.after_minutes,
        "minimum_time_required_before_booking": str(notice) if notice > 0 else "disabled",
    }


def touched_plan(plan: SchedulePlan, before: Mapping[str, Any], after: Mapping[str, Any]) -> SchedulePlan:
    """The plan of another dialect's service with what a caller changed through this one; the rest stays."""

    def differs(*names: str) -> bool:
        return any(before[name] != after[name] for name in names)

    changes: dict[str, Any] = {}
    if differs("service_duration_val", "service_duration_unit"):
        changes |= {
            "unit": UNITS[after["service_duration_unit"]],
            "length": after["service_duration_val"],
            "min_blocks": 1,
            "max_blocks": 1,
        }
        if plan.grid.starts == "fixed":
            changes["grid"] = replace(plan.grid, starts="grid", fixed_slots=())
    if differs("max_capacity"):
        changes["capacity"] = replace(plan.capacity, limit=after["max_capacity"])
    if differs("min_capacity"):
        changes["persons"] = replace(plan.persons, minimum=after["min_capacity"])
    buffers = plan.buffers
    if differs("before_buffer_time", "before_buffer_time_unit"):
        minutes = minutes_of(after["before_buffer_time"], after["before_buffer_time_unit"])
        buffers = replace(buffers, before_minutes=minutes)
    if differs("after_buffer_time", "after_buffer_time_unit"):
        minutes = minutes_of(after["after_buffer_time"], after["after_buffer_time_unit"])
        buffers = replace(buffers, after_minutes=minutes)
    changes["buffers"] = buffers
    if differs("minimum_time_required_before_booking"):
        notice_text = str(after["minimum_time_required_before_booking"])
        notice = Offset(int(notice_text) if notice_text.isdigit() else 0, "minute")
        changes["booking_window"] = replace(plan.booking_window, notice=notice)
    return replace(plan, **changes)


def derived_hours(rules: Iterable[CalendarRule]) -> list[StoredHours]:
    """Weekly hours read off rules that another dialect wrote, as far as they are weekly hours."""
    hours = []
    for rule in rules:
        dated = rule.from_date or rule.to_date or rule.dates or rule.months or rule.weeks or rule.rrule
        if rule.effect == "open" and rule.weekdays and not dated:
            window = {"start_time": clock(rule.from_minute), "end_time": clock(rule.to_minute), "breaks": []}
            hours += [{"day": _WORDS[weekday], **window} for weekday in rule.weekdays]
    return hours
