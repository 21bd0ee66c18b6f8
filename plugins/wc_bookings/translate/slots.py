"""``GET /products/slots`` (fact sheet, 5.9): its window and its records. Pure; wall-clock times are naive."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from core.domain.claims import UNLIMITED
from core.domain.schedule import Offer, Offset, SchedulePlan
from core.domain.zones import DAY, EPOCH_WALL, add_months

#: What a slot without a limit says; the vendor knows only numbers.
_MANY = 9999
_MINUTES = {"minute": 1, "hour": 60, "day": DAY, "week": 7 * DAY}


@dataclass(frozen=True, slots=True)
class Window:
    """Starts with ``low <= start < high`` are listed; ``closed`` includes ``high``. Wall clock."""

    low: datetime
    high: datetime
    closed: bool = False

    @property
    def first(self) -> date:
        return self.low.date()

    @property
    def last(self) -> date:
        return self.high.date()


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time())


def _later(moment: datetime, offset: Offset) -> datetime:
    try:
        if offset.unit == "month":
            moved = date.fromordinal(add_months(moment.toordinal(), offset.value))
            return datetime.combine(moved, moment.time())
        return moment + timedelta(minutes=offset.value * _MINUTES[offset.unit])
    except (OverflowError, ValueError):
        # Further than calendars go; a year is kept free, because ends are counted from here.
        return datetime(9998, 1, 1) if offset.value > 0 else datetime(2, 1, 1)


def to_window(
    plan: SchedulePlan,
    low: datetime | None,
    high: datetime | None,
    now: datetime,
    *,
    lenient_default: bool = False,
) -> Window:
    """The window of one product (5.9.2).

    Args:
        plan: The product's plan: its notice, horizon and unit count.
        low, high: What the request says, None where it says nothing.
        now: Wall clock of the site.
        lenient_default: With neither end given, today and tomorrow both count whole, as in the vendor's own sample;
            without it the window ends before tomorrow and begins with the product's first bookable moment.
    """
    today = _midnight(now)
    if lenient_default and low is None and high is None:
        return Window(today, today + timedelta(days=1), closed=True)
    begin = low or today
    end = high or today + timedelta(days=1)
    begin = max(begin, _later(now, plan.notice))
    if end < begin:
        end = _later(begin, Offset(1, "day"))
    if plan.horizon is not None:
        end = min(end, _later(now, plan.horizon))
    begin = _midnight(begin) if plan.unit == "day" else begin.replace(second=0, microsecond=0)
    return Window(begin, end)


#: ``T00:00`` to ``T23:59``: a list of slots asks for each of them many times.
_CLOCK = [f"T{minute // 60:02}:{minute % 60:02}" for minute in range(DAY)]


@lru_cache(maxsize=8192)
def _day_text(day: int) -> str:
    return date.fromordinal(day).isoformat()


def _wall(moment: datetime) -> int:
    """The first whole minute at or after a moment."""
    late = 1 if moment.second or moment.microsecond else 0
    return moment.toordinal() * DAY + moment.hour * 60 + moment.minute + late


def inside(offers: Iterable[Offer], window: Window) -> list[Offer]:
    """The offers whose start lies in the window."""
    low, high = _wall(window.low), _wall(window.high) + (1 if window.closed else 0)
    return [offer for offer in offers if low <= offer.wall_start < high]


def _places(offer: Offer) -> tuple[int, int]:
    """What is left and what is taken; a slot without a limit has a number that no party reaches."""
    if offer.capacity >= UNLIMITED:
        return _MANY, 0
    return offer.left, offer.capacity - offer.left


def to_short_records(product_id: int, duration: int, offers: Iterable[Offer]) -> list[dict[str, Any]]:
    """Records in the five keys that version 2.2.5 sends."""
    made = []
    for offer in offers:
        day, minute = divmod(offer.wall_start, DAY)
        left, taken = _places(offer)
        made.append(
            {
                "date": _day_text(day) + _CLOCK[minute],
                "duration": duration,
                "available": left,
                "booked": taken,
                "product_id": product_id,
            }
        )
    return made


def to_long_records(
    product: Mapping[str, Any], offers: Iterable[Offer], *, unit: str, duration: int, cost: str
) -> list[dict[str, Any]]:
    """Records in the nine keys of the vendor's document, the site's offset behind the date.

    Args:
        product: ``id`` and ``name``.
        cost: The formatted base cost.
    """
    number, title = product["id"], product["name"]
    made = []
    ahead, offset = None, ""
    for offer in offers:
        # How far the wall clock is ahead of UTC changes twice a year at most.
        minutes = offer.wall_start - offer.start // 60
        if minutes != ahead:
            ahead, offset = minutes, f":00{_offset(minutes - EPOCH_WALL)}"
        day, minute = divmod(offer.wall_start, DAY)
        left, taken = _places(offer)
        made.append(
            {
                "date": _day_text(day) + _CLOCK[minute] + offset,
                "duration": duration,
                "duration_unit": unit,
                "booked": taken,
                "available": left,
                "resources": {str(offer.resource_id): left},
                "product_id": number,
                "title": title,
                "cost": cost,
            }
        )
    return made


def _offset(minutes: int) -> str:
    """Minutes ahead of UTC as ``-0700``."""
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{sign}{minutes // 60:02d}{minutes % 60:02d}"


def to_page(
    records: Sequence[Mapping[str, Any]],
    *,
    page: int | None = None,
    limit: int = 10,
    hide_unavailable: bool = False,
) -> dict[str, Any]:
    """The answer: records in order of their date, cut to one page, and how many there were before that."""
    found = sorted(
        (record for record in records if not hide_unavailable or record["available"] >= 1),
        key=lambda record: record["date"],
    )
    return {
        "records": found if page is None else _slice(found, (page - 1) * limit, limit),
        "count": len(found),
    }


def _slice(items: Sequence[Any], offset: int, length: int) -> list[Any]:
    """PHP's ``array_slice``: a negative offset counts from the end, a negative length stops before it."""
    begin = max(0, len(items) + offset) if offset < 0 else min(offset, len(items))
    end = len(items) + length if length < 0 else begin + length
    return list(items[begin : max(begin, end)])
