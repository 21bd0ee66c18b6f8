"""``GET /products/slots`` (fact sheet, 5.9): its window and its records. Pure; wall-clock times are naive."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

from core.domain.claims import UNLIMITED
from core.domain.schedule import Offset, SchedulePlan, Slot
from core.domain.zones import DAY, EPOCH_WALL, add_months
from core.wordpress import phpjson

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
        """The last day with a minute in the window."""
        return self.high.date() if self.closed else max(self.low, self.high - timedelta(minutes=1)).date()


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time())


def _later(moment: datetime, offset: Offset) -> datetime:
    if not offset.value:
        return moment
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
    past: bool = False,
) -> Window:
    """The window of one product (5.9.2).

    Args:
        plan: The product's plan: its notice, horizon and unit count.
        low, high: What the request says, None where it says nothing.
        now: Wall clock of the site.
        lenient_default: With neither end given, today and tomorrow both count whole, as in the vendor's own sample;
            without it the window ends before tomorrow and begins with the product's first bookable moment.
        past: The window may begin before anything can be booked.
    """
    today = _midnight(now)
    if lenient_default and low is None and high is None:
        return Window(today, today + timedelta(days=1), closed=True)
    begin = low or today
    end = high or today + timedelta(days=1)
    if not past:
        begin = max(begin, _later(now, plan.booking_window.notice))
    if end < begin:
        end = _later(begin, Offset(1, "day"))
    if plan.booking_window.horizon is not None and plan.booking_window.horizon_applies_to != "day":
        # Where whole days count, as other dialects have it, the last of them is not cut here.
        end = min(end, _later(now, plan.booking_window.horizon))
    begin = _midnight(begin) if plan.unit == "day" else begin.replace(second=0, microsecond=0)
    return Window(begin, end)


@lru_cache(maxsize=65536)
def _date(wall_start: int, offset: str = "") -> bytes:
    """``2026-04-01T09:00``: a list of slots asks for each of them many times."""
    day, minute = divmod(wall_start, DAY)
    return f"{date.fromordinal(day).isoformat()}T{minute // 60:02}:{minute % 60:02}{offset}".encode()


def _wall(moment: datetime) -> int:
    """The first whole minute at or after a moment."""
    late = 1 if moment.second or moment.microsecond else 0
    return moment.toordinal() * DAY + moment.hour * 60 + moment.minute + late


def inside(offers: Sequence[Slot], window: Window, first: date, last: date) -> Sequence[Slot]:
    """The offers whose start lies in the window, of those on the days ``first``..``last``."""
    low, high = _wall(window.low), _wall(window.high) + (1 if window.closed else 0)
    if low <= first.toordinal() * DAY and last.toordinal() * DAY + DAY <= high:
        return offers
    return [offer for offer in offers if low <= offer.wall_start < high]


def _places(capacity: int, left: int) -> tuple[int, int]:
    """What is left and what is taken; a slot without a limit has a number that no party reaches."""
    if capacity < UNLIMITED:
        return left, capacity - left
    return (_MANY, 0) if left > 0 else (0, 1)


#: What stands between two records, up to the second one's date.
_NEXT = '},{"date":"'
#: One record: its date, by which records are sorted, and what follows of its JSON, up to the next record's date.
Record = tuple[bytes, bytes]


def to_short_records(
    product_id: int, duration: int, offers: Iterable[Slot], *, hide_unavailable: bool = False
) -> list[Record]:
    """Records in the five keys that version 2.2.5 sends."""
    made = []
    for offer in offers:
        if hide_unavailable and offer.remaining < 1:
            continue
        left, taken = _places(offer.capacity, offer.remaining)
        rest = f'","duration":{duration},"available":{left},"booked":{taken},"product_id":{product_id}{_NEXT}'
        made.append((_date(offer.wall_start), rest.encode()))
    return made


@lru_cache(maxsize=1024)
def _ends(product_id: int, title: str, cost: str, unit: str, duration: int) -> tuple[str, str]:
    """What stands between a long record's date and its numbers, and what stands behind them."""
    shown, price = phpjson.dumps(title).decode(), phpjson.dumps(cost).decode()
    return (
        f'","duration":{duration},"duration_unit":"{unit}","booked":',
        f'}},"product_id":{product_id},"title":{shown},"cost":{price}{_NEXT}',
    )


def to_long_records(
    product: Mapping[str, Any],
    offers: Iterable[Slot],
    *,
    unit: str,
    duration: int,
    cost: str,
    hide_unavailable: bool = False,
) -> list[Record]:
    """Records in the nine keys of the vendor's document, the site's offset behind the date.

    Args:
        product: ``id`` and ``name``.
        cost: The formatted base cost.
    """
    middle, tail = _ends(product["id"], product["name"], cost, unit, duration)
    made = []
    ahead, offset = None, ""
    # A product's records say few different things about places.
    rests: dict[tuple[int, int, int], bytes] = {}
    for start, _, wall_start, _, resource_id, capacity, left in offers:
        if hide_unavailable and left < 1:
            continue
        # How far the wall clock is ahead of UTC changes twice a year at most.
        minutes = wall_start - start // 60
        if minutes != ahead:
            ahead, offset = minutes, f":00{_offset(minutes - EPOCH_WALL)}"
        rest = rests.get((resource_id, capacity, left))
        if rest is None:
            free, taken = _places(capacity, left)
            rest = f'{middle}{taken},"available":{free},"resources":{{"{resource_id}":{free}{tail}'.encode()
            rests[resource_id, capacity, left] = rest
        made.append((_date(wall_start, offset), rest))
    return made


def _offset(minutes: int) -> str:
    """Minutes ahead of UTC as ``-0700``."""
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{sign}{minutes // 60:02d}{minutes % 60:02d}"


def to_page(records: Sequence[Record], *, page: int | None = None, limit: int = 10) -> phpjson.EncodedJson:
    """The answer: records in order of their date, cut to one page, and how many there were before that."""
    found = sorted(records, key=itemgetter(0))
    shown = found if page is None else _slice(found, (page - 1) * limit, limit)
    # Every record ends in the beginning of the next; joined once, for an answer may have megabytes.
    parts = [b'{"records":[', _NEXT[2:].encode() if shown else b"", *chain.from_iterable(shown)]
    parts[-1] = parts[-1].removesuffix(_NEXT[1:].encode())
    parts.append(b'],"count":%d}' % len(found))
    return phpjson.EncodedJson(b"".join(parts))


def _slice(items: Sequence[Any], offset: int, length: int) -> list[Any]:
    """PHP's ``array_slice``: a negative offset counts from the end, a negative length stops before it."""
    begin = max(0, len(items) + offset) if offset < 0 else min(offset, len(items))
    end = len(items) + length if length < 0 else begin + length
    return list(items[begin : max(begin, end)])
