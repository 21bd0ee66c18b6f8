"""What can still be booked: slots of services, places left, and why a start is not offered."""

from core.services.availability import (
    explain,
    first_shortage,
    list_slots,
    list_slots_of,
    remaining,
    remaining_by_resource,
)
from core.services.sample_slots import first_sample_slot, sample_slot

__all__ = [
    "explain",
    "first_sample_slot",
    "first_shortage",
    "list_slots",
    "list_slots_of",
    "remaining",
    "remaining_by_resource",
    "sample_slot",
]
