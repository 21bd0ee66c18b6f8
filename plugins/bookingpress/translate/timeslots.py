"""Core's free slots as the vendor lists them."""

from collections.abc import Sequence
from datetime import datetime

from core.domain.schedule import Slot
from plugins.bookingpress import schemas
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.values import clock, shown_minute, to_minute


def to_time_slots(
    offers: Sequence[Slot], settings: SiteSettings, *, persons: int, all_day: bool
) -> dict[str, list[schemas.TimeSlot]]:
    """Slots in the vendor's four groups, by the hour of their start."""
    groups: dict[str, list[schemas.TimeSlot]] = {
        "morning_time": [],
        "afternoon_time": [],
        "evening_time": [],
        "night_time": [],
    }
    edges = [
        ("night_time", to_minute(settings.bpa_night_start_time)),
        ("evening_time", to_minute(settings.bpa_evening_start_time)),
        ("afternoon_time", to_minute(settings.bpa_afternoon_start_time)),
    ]
    for offer in offers:
        if settings.hide_already_booked_slot and offer.remaining <= 0:
            continue
        minute = offer.wall_start % 1440
        name = next((name for name, edge in edges if minute >= edge), "morning_time")
        groups[name].append(_time_slot(offer, persons, all_day, settings.locale))
    return groups


def _time_slot(offer: Slot, persons: int, all_day: bool, locale: str) -> schemas.TimeSlot:
    day = datetime.fromordinal(offer.wall_start // 1440).date()
    start, end = clock(offer.wall_start, seconds=False), clock(offer.wall_end, seconds=False)
    left = max(0, offer.remaining)
    shown_start, shown_end = shown_minute(offer.wall_start, locale), shown_minute(offer.wall_end, locale)
    return schemas.TimeSlot(
        start_time=start,
        end_time=end,
        store_start_time=start,
        store_end_time=end,
        store_service_date=day.isoformat(),
        break_start_time="",
        break_end_time="",
        is_next_day=(offer.wall_end - (1 if all_day else 0)) // 1440 > offer.wall_start // 1440,
        is_booked=int(left == 0),
        max_capacity=left,
        total_booked=max(0, offer.capacity - offer.remaining),
        max_total_capacity=offer.capacity,
        disable_flag_timeslot=left < max(1, persons),
        formatted_start_time=shown_start,
        formatted_end_time=shown_end,
        formatted_start_end_time=f"{shown_start} - {shown_end}",
    )
