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
    "cyclic_range",
    "decode_rules",
    "is_day_based",
    "units_needed",
]
