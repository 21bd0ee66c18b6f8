"""Zones by name, and wall clocks as minutes."""

from core.domain.zones import DAY, EPOCH_WALL, add_months, utc_to_wall, wall_to_utc, zone

__all__ = [
    "DAY",
    "EPOCH_WALL",
    "add_months",
    "utc_to_wall",
    "wall_to_utc",
    "zone",
]
