"""The schedule plan of a service: grid, opening, buffers, booking window, capacity, resources, persons."""

from core.domain.availability import units_needed
from core.domain.calendar_rules import cyclic_range
from core.domain.claims import UNLIMITED
from core.domain.durations import is_day_based
from core.domain.schedule import (
    BookingWindowRules,
    Buffers,
    CalendarRule,
    CapacityRules,
    Compatibility,
    FixedSlot,
    Offset,
    OpeningRules,
    PersonBound,
    PersonRules,
    Pool,
    Reason,
    ResourceCalendar,
    ResourceRules,
    SchedulePlan,
    ServiceCalendar,
    Slot,
    SlotGrid,
    Unit,
)
from core.domain.service_change import check_whole_days, known_capacity, opening_text
from core.domain.weekly_hours import closed_times, days_by_times, openings_of, painted_week
from core.services.row_mapping import decode_rules

__all__ = [
    "UNLIMITED",
    "BookingWindowRules",
    "Buffers",
    "CalendarRule",
    "CapacityRules",
    "Compatibility",
    "FixedSlot",
    "Offset",
    "OpeningRules",
    "PersonBound",
    "PersonRules",
    "Pool",
    "Reason",
    "ResourceCalendar",
    "ResourceRules",
    "SchedulePlan",
    "ServiceCalendar",
    "Slot",
    "SlotGrid",
    "Unit",
    "check_whole_days",
    "closed_times",
    "cyclic_range",
    "days_by_times",
    "decode_rules",
    "is_day_based",
    "known_capacity",
    "opening_text",
    "openings_of",
    "painted_week",
    "units_needed",
]
