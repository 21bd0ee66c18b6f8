"""The reply of ``GET /bookings/availability``: one list with one entry for each date (README, "Availability")."""

from collections.abc import Iterable, Sequence
from datetime import date
from operator import attrgetter
from typing import Any

from core.domain.claims import UNLIMITED
from core.domain.schedule import Slot
from plugins.bkap.schemas import SLOT_TYPES
from plugins.bkap.translate.values import format_date, format_minutes

FULL = "Bookings are full."
_DAY_MINUTES = 1440
_remaining_of = attrgetter("remaining")


def common_slots(slots_by_resource: Sequence[Sequence[Slot]]) -> Sequence[Slot]:
    """The starts that all of several resources offer, each with the smallest number of places left."""
    first, *others = slots_by_resource
    if not others:
        return first
    common = {(slot.start, slot.end): slot for slot in first}
    for slots in others:
        by_span = {(slot.start, slot.end): slot for slot in slots}
        common = {span: min(slot, by_span[span], key=_remaining_of) for span, slot in common.items() if span in by_span}
    return list(common.values())


def to_availability(booking_type: str, slots: Iterable[Slot], dates: Iterable[date]) -> list[list[dict[str, Any]]]:
    """One entry for each date, also for those without a slot."""
    slots_by_day: dict[int, list[Slot]] = {}
    for slot in slots:
        slots_by_day.setdefault(slot.wall_start // _DAY_MINUTES, []).append(slot)
    return [[_entry(booking_type, day, slots_by_day.get(day.toordinal(), []))] for day in dates]


def _entry(booking_type: str, day: date, slots: list[Slot]) -> dict[str, Any]:
    left = _left_on_date(booking_type, slots)
    entry: dict[str, Any] = {"date": format_date(day), "availability": _places(left)}
    if left <= 0:
        entry["message"] = FULL
    if booking_type in SLOT_TYPES:
        entry["slots"] = [
            {
                "start_time": format_minutes(slot.wall_start % _DAY_MINUTES),
                "end_time": format_minutes(slot.wall_end % _DAY_MINUTES),
                "availability": _places(slot.remaining),
            }
            for slot in slots
        ]
    return entry


def _left_on_date(booking_type: str, slots: list[Slot]) -> int:
    """Places left on a date: the sum of its slots; for a duration, the most at any start."""
    if any(slot.remaining >= UNLIMITED for slot in slots):
        return UNLIMITED
    places = [max(0, slot.remaining) for slot in slots]
    return sum(places) if booking_type in SLOT_TYPES else max(places, default=0)


def _places(left: int) -> int | str:
    return "Unlimited" if left >= UNLIMITED else max(0, left)
