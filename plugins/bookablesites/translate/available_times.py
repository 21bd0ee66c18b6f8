"""Core's free slots as the API lists them, and the dates a query asks for."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypedDict

from frontdesk.errors import Invalid
from frontdesk.schedule import UNLIMITED, Slot
from plugins.bookablesites.translate.prices import to_number
from plugins.bookablesites.translate.services import ServiceView
from plugins.bookablesites.translate.values import DAY, from_minute, to_date

_DEFAULT_DAYS = 31
_MAX_DAYS = 92
_time_and_employee = attrgetter("wall_start", "wall_end", "resource_id")


class SlotEmployee(TypedDict):
    id: int
    price: int | Decimal
    seats_left: int | None


class AvailableTime(TypedDict):
    """A free start; ``seats_left`` null is without limit."""

    start: str
    end: str
    start_date_time: str
    end_date_time: str
    seats_left: int | None
    employees: list[SlotEmployee]


def to_window(query: Mapping[str, Any], today: date) -> tuple[date, date]:
    """The first and last date of a query, both included; by default 31 days from today.

    Raises:
        Invalid: In the wrong order, or more than 92 days.
    """
    first = to_date(query["start_date"], "start_date") if "start_date" in query else today
    if "end_date" in query:
        last = to_date(query["end_date"], "end_date")
    else:
        last = first + min(timedelta(days=_DEFAULT_DAYS - 1), date.max - first)
    if last < first:
        raise Invalid(field="end_date", reason="order", value=last.isoformat())
    if (last - first).days >= _MAX_DAYS:
        raise Invalid(field="end_date", reason="span", value=last.isoformat(), limit=_MAX_DAYS)
    return first, last


def to_available_times(view: ServiceView, offers: Iterable[Slot]) -> dict[str, list[AvailableTime]]:
    """Slots by date; a slot has the seats of its best employee."""
    prices = {link.resource_id: link.price for link in view.links}
    slots: dict[tuple[int, int], AvailableTime] = {}
    for offer in sorted(offers, key=_time_and_employee):
        seats_left = None if offer.remaining >= UNLIMITED else offer.remaining
        slot = slots.get((offer.wall_start, offer.wall_end))
        if slot is None:
            slot = slots[(offer.wall_start, offer.wall_end)] = _slot(offer, seats_left)
        if seats_left is None or (slot["seats_left"] is not None and seats_left > slot["seats_left"]):
            slot["seats_left"] = seats_left
        if offer.resource_id:
            price = prices.get(offer.resource_id)
            shown_price = to_number(view.service.price if price is None else price)
            slot["employees"].append({"id": offer.resource_id, "price": shown_price, "seats_left": seats_left})
    days: dict[str, list[AvailableTime]] = {}
    for slot in slots.values():
        days.setdefault(slot["start_date_time"][:10], []).append(slot)
    return days


def _slot(offer: Slot, seats_left: int | None) -> AvailableTime:
    start, end = _date_time(offer.wall_start), _date_time(offer.wall_end)
    return {
        "start": start[11:16],
        "end": end[11:16],
        "start_date_time": start,
        "end_date_time": end,
        "seats_left": seats_left,
        "employees": [],
    }


# A list of slots has most moments twice.
@lru_cache(maxsize=16_384)
def _date_time(wall_minute: int) -> str:
    day, minute = divmod(wall_minute, DAY)
    return f"{date.fromordinal(day).isoformat()} {from_minute(minute)}:00"
