"""Zones by name, and wall clocks as minutes."""

from core.domain.zones import DAY, EPOCH_WALL, add_months, utc_to_wall, wall_to_utc, zone
from core.services.bookings.allocation import wall_clock

__all__ = [
    "DAY",
    "EPOCH_WALL",
    "add_months",
    "utc_to_wall",
    "wall_clock",
    "wall_to_utc",
    "zone",
]
