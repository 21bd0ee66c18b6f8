"""The parameters and replies of ``/products/slots`` and ``/products/{id}/availability``.

See README.md, "Slots" and "Availability". Wall clocks are the shop's, naive.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

from frontdesk.records import Service, ServiceResource
from frontdesk.schedule import UNLIMITED, Offset, SchedulePlan, Slot
from frontdesk.times import DAY, EPOCH_WALL, add_months
from frontdesk.wordpress import php, phpjson, sanitize
from frontdesk.wordpress.date_texts import parse_date_text
from frontdesk.wordpress.dates import parse_rfc3339
from plugins.wc_bookings.errors import Refused

#: The places of a slot without a limit; the vendor knows only numbers.
_UNLIMITED_PLACES = 9999
_MINUTES = {"minute": 1, "hour": 60, "day": DAY, "week": 7 * DAY}
_MAX_IDS = 1000
#: A longer list of ids has each id once: the reply to one id over and over could have any length.
_MAX_REPEATED_IDS = 100
#: A time with an offset whose plus sign a query has turned into a blank.
_LOST_PLUS = re.compile(r"(\d:\d{2}(?::\d{2}(?:\.\d+)?)?)[ +](\d{2}(?::?\d{2})?)\Z")


def to_ids(value: Any, *, repeated: bool = False) -> list[int]:
    """Ids from a text with commas; a word counts as 0, which no record has. Empty and "0" are no filter.

    Args:
        repeated: Whether an id that is named twice stays twice.
    """
    if isinstance(value, (dict, list)):
        return sanitize.id_list(value)[:_MAX_IDS]
    text = php.to_text(value)
    ids = [sanitize.absint(part) for part in text.split(",")[:_MAX_IDS]] if text not in ("", "0") else []
    return ids if repeated and len(ids) <= _MAX_REPEATED_IDS else list(dict.fromkeys(ids))


def to_wall_clock(value: Any, now: datetime, *, restore_plus: bool) -> datetime | None:
    """A date as PHP reads it, on the shop's clock; None for nothing readable.

    Args:
        now: The shop's wall clock.
        restore_plus: Whether a blank before an offset is a plus sign that a query has lost.
    """
    text = php.to_text(value)
    if restore_plus:
        # Encoded, because parsing decodes a text once more, as the real server does.
        text = _LOST_PLUS.sub(r"\1%2B\2", text)
    return parse_date_text(text, now)


@dataclass(frozen=True, slots=True)
class Window:
    """The starts ``low <= start < high`` on the shop's clock; ``closed`` includes ``high``."""

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
        # Beyond the calendar. One year stays free, because ends are counted from here.
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
    """The window of one product (README.md, "Slots").

    Args:
        plan: The product's plan: its notice, horizon and unit.
        low, high: The bounds in the request; None without one.
        now: The shop's wall clock.
        lenient_default: Whether a request without bounds covers today and tomorrow as a whole, as in the vendor's
            example; else the window begins with the product's first bookable moment and ends before tomorrow.
        past: The window may begin before anything can be booked.
    """
    today = _midnight(now)
    if lenient_default and low is None and high is None:
        return Window(today, today + timedelta(days=1), closed=True)
    start = low or today
    end = high or today + timedelta(days=1)
    if not past:
        start = max(start, _later(now, plan.booking_window.notice))
    if end < start:
        end = _later(start, Offset(1, "day"))
    if plan.booking_window.horizon is not None and plan.booking_window.horizon_applies_to != "day":
        # A horizon in whole days, which other dialects have, does not cut its last day.
        end = min(end, _later(now, plan.booking_window.horizon))
    start = _midnight(start) if plan.unit == "day" else start.replace(second=0, microsecond=0)
    return Window(start, end)


@lru_cache(maxsize=65536)
def _date(wall_start: int, offset: str = "") -> bytes:
    """``2026-04-01T09:00``; cached, because a list of slots has each start many times."""
    day, minute = divmod(wall_start, DAY)
    return f"{date.fromordinal(day).isoformat()}T{minute // 60:02}:{minute % 60:02}{offset}".encode()


def _minute_from(moment: datetime) -> int:
    """The first whole minute at or after a moment, as core counts it in slots."""
    return to_wall_minute(moment) + (1 if moment.second or moment.microsecond else 0)


def within_window(slots: Sequence[Slot], window: Window, first: date, last: date) -> Sequence[Slot]:
    """The slots whose start lies in the window; ``slots`` are those of the days ``first`` to ``last``."""
    low, high = _minute_from(window.low), _minute_from(window.high) + (1 if window.closed else 0)
    if low <= first.toordinal() * DAY and last.toordinal() * DAY + DAY <= high:
        return slots
    return [slot for slot in slots if low <= slot.wall_start < high]


def _places(capacity: int, left: int) -> tuple[int, int]:
    """Places left and taken; a slot without a limit has more than any party."""
    if capacity < UNLIMITED:
        return left, capacity - left
    return (_UNLIMITED_PLACES, 0) if left > 0 else (0, 1)


#: The JSON between two records, up to the date of the second.
_NEXT = '},{"date":"'
#: One record: its date, by which records are sorted, and the rest of its JSON, up to the next record's date.
Record = tuple[bytes, bytes]


def to_short_records(
    product_id: int, duration: int, slots: Iterable[Slot], *, hide_unavailable: bool = False
) -> list[Record]:
    """Records with the five keys of version 2.2.5."""
    records = []
    for slot in slots:
        if hide_unavailable and slot.remaining < 1:
            continue
        left, taken = _places(slot.capacity, slot.remaining)
        rest = f'","duration":{duration},"available":{left},"booked":{taken},"product_id":{product_id}{_NEXT}'
        records.append((_date(slot.wall_start), rest.encode()))
    return records


@lru_cache(maxsize=1024)
def _long_parts(product_id: int, title: str, cost: str, unit: str, duration: int) -> tuple[str, str]:
    """The JSON of a long record before its numbers, and behind them."""
    title_json, cost_json = phpjson.dumps(title).decode(), phpjson.dumps(cost).decode()
    return (
        f'","duration":{duration},"duration_unit":"{unit}","booked":',
        f'}},"product_id":{product_id},"title":{title_json},"cost":{cost_json}{_NEXT}',
    )


def to_long_records(
    product: Mapping[str, Any],
    slots: Iterable[Slot],
    *,
    unit: str,
    duration: int,
    cost: str,
    hide_unavailable: bool = False,
) -> list[Record]:
    """Records with the nine keys of the vendor's document, and the shop's offset from UTC behind the date.

    Args:
        product: ``id`` and ``name``.
        duration: Length of a block in ``unit``.
        cost: The formatted base cost.
    """
    head, tail = _long_parts(product["id"], product["name"], cost, unit, duration)
    records = []
    wall_offset, offset_text = None, ""
    # The slots of a product have few different numbers of places.
    rests: dict[tuple[int, int, int], bytes] = {}
    for start, _, wall_start, _, resource_id, capacity, left in slots:
        if hide_unavailable and left < 1:
            continue
        # The distance of the wall clock from UTC changes twice a year at most.
        minutes = wall_start - start // 60
        if minutes != wall_offset:
            wall_offset, offset_text = minutes, f":00{_offset_text(minutes - EPOCH_WALL)}"
        rest = rests.get((resource_id, capacity, left))
        if rest is None:
            free, taken = _places(capacity, left)
            rest = f'{head}{taken},"available":{free},"resources":{{"{resource_id}":{free}{tail}'.encode()
            rests[resource_id, capacity, left] = rest
        records.append((_date(wall_start, offset_text), rest))
    return records


def _offset_text(minutes: int) -> str:
    """Minutes ahead of UTC as ``-0700``."""
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{sign}{minutes // 60:02d}{minutes % 60:02d}"


def to_page(records: Sequence[Record], *, page: int | None = None, limit: int = 10) -> phpjson.EncodedJson:
    """The reply: the records in order of their date, cut to one page, and how many there are in all."""
    ordered = sorted(records, key=itemgetter(0))
    page_records = ordered if page is None else _slice(ordered, (page - 1) * limit, limit)
    # Every record ends in the beginning of the next. They are joined once: a reply can have megabytes.
    parts = [b'{"records":[', _NEXT[2:].encode() if page_records else b"", *chain.from_iterable(page_records)]
    parts[-1] = parts[-1].removesuffix(_NEXT[1:].encode())
    parts.append(b'],"count":%d}' % len(ordered))
    return phpjson.EncodedJson(b"".join(parts))


def _slice(items: Sequence[Any], offset: int, length: int) -> list[Any]:
    """PHP's ``array_slice``: a negative offset counts from the end, a negative length stops before it."""
    start = max(0, len(items) + offset) if offset < 0 else min(offset, len(items))
    end = len(items) + length if length < 0 else start + length
    return list(items[start : max(start, end)])


# -- /products/{id}/availability ---------------------------------------------------------------------------------

_MAX_PLACES = 2**31 - 1


def to_checked_wall_clock(value: Any) -> datetime:
    """A checked date-time as the digits of the shop's clock; an offset is dropped, not converted."""
    moment = parse_rfc3339(php.to_text(value))
    if moment is None:
        raise ValueError(f"not a date-time: {value!r}")
    return moment.replace(tzinfo=None)


def to_wall_minute(moment: datetime) -> int:
    """A wall clock as core counts it in slots: minutes since 0001-01-01, which is day 1."""
    return moment.toordinal() * DAY + moment.hour * 60 + moment.minute


def to_resource_id(params: Mapping[str, Any], service: Service, links: Sequence[ServiceResource]) -> int:
    """The resource asked for; 0 for none. ``links`` are the resources that the product offers."""
    resource_id, choice = max(0, php.intval(params.get("resource_id"))), service.plan.resources.choice
    if choice == "customer" and links and not resource_id:
        raise Refused("resource_missing")
    if resource_id and choice in ("automatic", "none"):
        raise Refused("resource_not_allowed")
    if resource_id and all(link.resource_id != resource_id for link in links):
        raise Refused("resource_not_offered")
    return resource_id


def to_offset(value: Any) -> int:
    """Hours from UTC of the client; the reply repeats them, its times stay the shop's."""
    if value in (None, ""):
        return 0
    hours = php.to_number(value)
    if hours is None or hours != int(hours) or not -12 <= hours <= 12:
        raise Refused("timezone_offset")
    return int(hours)


def to_availability(slots: Iterable[Slot]) -> dict[str, dict[str, dict[str, int]]]:
    """Places left by month ("2026-03"), date and time; several resources at one time add up."""
    months: dict[str, dict[str, dict[str, int]]] = {}
    for slot in slots:
        day, minute = divmod(slot.wall_start, DAY)
        date = datetime.fromordinal(day).date().isoformat()
        time = f"{minute // 60:02d}:{minute % 60:02d}:00"
        times = months.setdefault(date[:7], {}).setdefault(date, {})
        times[time] = min(times.get(time, 0) + slot.remaining, _MAX_PLACES)
    return months
