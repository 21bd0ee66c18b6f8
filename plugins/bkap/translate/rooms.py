"""What is left, date by date (sheet 4.9): a list of one-element lists, with slots for the types that have them."""

from collections.abc import Iterable, Sequence
from datetime import date
from operator import attrgetter
from typing import Any

from core.domain.claims import UNLIMITED
from core.domain.schedule import Slot
from plugins.bkap.schemas import SLOT_TYPES
from plugins.bkap.translate.values import iso_day, minutes_24

FULL = "Bookings are full."
_DAY = 1440


def together(offers: Sequence[Sequence[Slot]]) -> Sequence[Slot]:
    """What several resources can do at the same time: the starts all of them offer, with the fewest places of any."""
    if len(offers) == 1:
        return offers[0]
    least = {(offer.start, offer.end): offer for offer in offers[0]}
    for each in offers[1:]:
        there = {(offer.start, offer.end): offer for offer in each}
        least = {span: min(offer, there[span], key=_left_of) for span, offer in least.items() if span in there}
    return list(least.values())


_left_of = attrgetter("remaining")


def to_availability(kind: str, offers: Iterable[Slot], dates: Iterable[date]) -> list[list[dict[str, Any]]]:
    """One entry for each date, also for those where nothing is offered."""
    by_day: dict[int, list[Slot]] = {}
    for offer in offers:
        by_day.setdefault(offer.wall_start // _DAY, []).append(offer)
    return [[_entry(kind, day, by_day.get(day.toordinal(), []))] for day in dates]


def _entry(kind: str, day: date, offers: list[Slot]) -> dict[str, Any]:
    left = _left(kind, offers)
    entry: dict[str, Any] = {"date": iso_day(day), "availability": word(left)}
    if left <= 0:
        entry["message"] = FULL
    if kind in SLOT_TYPES:
        entry["slots"] = [
            {
                "start_time": minutes_24(offer.wall_start % _DAY),
                "end_time": minutes_24(offer.wall_end % _DAY),
                "availability": word(offer.remaining),
            }
            for offer in offers
        ]
    return entry


def _left(kind: str, offers: list[Slot]) -> int:
    """Slots add up; a duration's date has the room of its emptiest start; a date has one offer."""
    if any(offer.remaining >= UNLIMITED for offer in offers):
        return UNLIMITED
    rooms = [max(0, offer.remaining) for offer in offers]
    return sum(rooms) if kind in SLOT_TYPES else max(rooms, default=0)


def word(left: int) -> int | str:
    """``"Unlimited"``, or how many."""
    return "Unlimited" if left >= UNLIMITED else max(0, left)
