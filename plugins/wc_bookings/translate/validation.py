"""Reads a posted booking form, and says in the plugin's own sentences why it cannot be booked (section 5.8).

Pure: whether there is room is asked of a callback, everything else follows from the product and what was posted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from core.domain.coerce import to_int, to_list
from core.domain.price_blocks import add_months, add_units
from core.domain.price_context import PriceContext
from core.domain.schedule import Unit
from plugins.wc_bookings.translate.values import customer_duration, duration_unit, flag, ids, person_types

_PREFIX = "wc_bookings_field_"
_MAX_COUNT = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A booking as posted; ``start`` and ``end`` are wall-clock, ``end`` exclusive, None without a usable date.

    ``blocks`` is None for products of fixed duration. ``persons`` pairs person types with counts (type 0: no types).
    """

    start: datetime | None = None
    end: datetime | None = None
    timed: bool = False
    blocks: int | None = None
    persons: tuple[tuple[int, int], ...] = ()
    resource_id: int = 0

    @property
    def party(self) -> int:
        return sum(count for _, count in self.persons)


@dataclass(frozen=True, slots=True)
class Room:
    """What the calendar says: "free", "closed", "no_resource", or "short" with the places left (of a day)."""

    state: Literal["free", "closed", "short", "no_resource"] = "free"
    left: int = 0
    day: date | None = None


def to_wanted(product: Mapping[str, Any], posted: Mapping[str, Any]) -> Wanted:
    """Read the fields of the booking form; what cannot be read counts as not given."""
    unit = duration_unit(product)
    blocks = None
    if customer_duration(product):
        blocks = min(max(0, to_int(posted.get(f"{_PREFIX}duration"), 0)), _MAX_COUNT)
    start, timed = _start(unit, posted)
    return Wanted(
        start=start,
        end=None if start is None else _end(product, unit, start, 1 if blocks is None else blocks),
        timed=timed,
        blocks=blocks,
        persons=_persons(product, posted),
        resource_id=_resource(product, posted),
    )


def to_price_context(wanted: Wanted, *, resource_id: int = 0, currency: str = "USD", exponent: int = 2) -> PriceContext:
    """What the price of a posted booking depends on; ``resource_id`` is the one assigned, if any."""
    resource = wanted.resource_id or resource_id
    return PriceContext(
        start=wanted.start or datetime.min,
        end=wanted.end,
        blocks=wanted.blocks,
        persons=wanted.party,
        person_types=tuple(pair for pair in wanted.persons if pair[0]),
        resource_ids=(resource,) if resource else (),
        currency=currency,
        exponent=exponent,
    )


def places(product: Mapping[str, Any], wanted: Wanted) -> int:
    """How many places the booking takes."""
    by_person = flag(product.get("has_persons")) and flag(product.get("has_person_qty_multiplier"))
    return wanted.party if by_person else 1


def refusal(
    product: Mapping[str, Any],
    wanted: Wanted,
    *,
    now: datetime,
    room: Callable[[Wanted], Room],
    show_date: Callable[[datetime], str] = lambda moment: moment.date().isoformat(),
    show_moment: Callable[[datetime], str] = lambda moment: f"{moment:%Y-%m-%d %H:%M}",
) -> str | None:
    """The first thing wrong with a booking, in the plugin's words, or None.

    Args:
        now: The site's wall clock.
        room: Asked last, and only when all else is right.
        show_date, show_moment: Print a date, or a date and a time, in the site's formats.
    """
    return (
        _resource_refusal(product, wanted)
        or _duration_refusal(product, wanted)
        or _date_refusal(product, wanted, now, show_moment)
        or _persons_refusal(product, wanted)
        or _room_refusal(room(wanted), show_date)
    )


def _start(unit: Unit, posted: Mapping[str, Any]) -> tuple[datetime | None, bool]:
    if unit == "month":
        year, _, month = str(posted.get(f"{_PREFIX}start_date_yearmonth") or "").partition("-")
        return _moment(year, month, 1), False
    parts = (posted.get(f"{_PREFIX}start_date_{name}") for name in ("year", "month", "day"))
    day = _moment(*parts)
    time = str(posted.get(f"{_PREFIX}start_date_time") or "")
    if unit not in ("hour", "minute") or not time or day is None:
        return day, False
    try:
        # The form sends a whole date-time; its clock time on the posted date is what is meant.
        clock = datetime.fromisoformat(time) if "T" in time else datetime.fromisoformat(f"2000-01-01T{time.zfill(5)}")
    except ValueError:
        return day, False
    return day.replace(hour=clock.hour, minute=clock.minute), True


def _moment(year: Any, month: Any, day: Any) -> datetime | None:
    try:
        return datetime(int(year), int(month), int(day))
    except (TypeError, ValueError, OverflowError):
        return None


def _end(product: Mapping[str, Any], unit: Unit, start: datetime, blocks: int) -> datetime | None:
    try:
        return add_units(start, unit, max(1, to_int(product.get("duration"), 1)) * blocks)
    except OverflowError:
        return None


def _persons(product: Mapping[str, Any], posted: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    if not flag(product.get("has_persons")):
        return ()
    if not flag(product.get("has_person_types")):
        pairs = [(0, to_int(posted.get(f"{_PREFIX}persons"), 0))]
    else:
        types = [to_int(item.get("id")) for item in person_types(product)]
        pairs = [(item, to_int(posted.get(f"{_PREFIX}persons_{item}"), 0)) for item in types]
    return tuple((item, min(count, _MAX_COUNT)) for item, count in pairs if count > 0)


def _resource(product: Mapping[str, Any], posted: Mapping[str, Any]) -> int:
    chosen = to_int(posted.get(f"{_PREFIX}resource"), 0)
    return chosen if chosen in ids(product.get("resource_ids")) and flag(product.get("has_resources")) else 0


def _resource_refusal(product: Mapping[str, Any], wanted: Wanted) -> str | None:
    customer = product.get("resources_assignment") != "automatic"
    if flag(product.get("has_resources")) and customer and not wanted.resource_id:
        return "Please choose a resource type"
    return None


def _duration_refusal(product: Mapping[str, Any], wanted: Wanted) -> str | None:
    if wanted.blocks is None:
        return None
    if not wanted.blocks:
        return "Duration is required - please enter a duration greater than zero"
    unit, longest = duration_unit(product), to_int(product.get("max_duration"), 0)
    shortest = to_int(product.get("min_duration"), 1)
    if longest and wanted.blocks > longest:
        return f"The maximum duration is {longest} {unit}{'' if longest == 1 else 's'}"
    if wanted.blocks < shortest:
        return f"The minimum duration is {shortest} {unit}{'' if shortest == 1 else 's'}"
    return None


def _date_refusal(
    product: Mapping[str, Any], wanted: Wanted, now: datetime, show_moment: Callable[[datetime], str]
) -> str | None:
    start, unit = wanted.start, duration_unit(product)
    if start is None:
        return "Date is required - please choose one above"
    timed = unit in ("hour", "minute")
    if timed and not wanted.timed:
        return "Time is required - please choose one above"
    today = add_units(now, "day", 0)
    if start < (now if timed else today) or wanted.end is None:
        return "You must choose a future date and time."
    if start.date() == today.date():
        soonest = earliest(product, now)
        if start < soonest:
            return f"The earliest booking possible is currently {show_moment(soonest)}."
    if to_int(product.get("max_date_value"), 0):
        begun = now if timed else today.replace(day=1) if unit == "month" else today
        latest = _later(begun, product.get("max_date_value"), product.get("max_date_unit"))
        if start > latest:
            return f"The latest booking possible is currently {show_moment(latest)}."
    if flag(product.get("has_restricted_days")) and start.isoweekday() % 7 not in _allowed_days(product):
        return "Sorry, bookings cannot start on this day."
    return None


def earliest(product: Mapping[str, Any], now: datetime) -> datetime:
    """The first bookable moment as the form counts it: from the midnight before ``now``."""
    return _later(add_units(now, "day", 0), product.get("min_date_value"), product.get("min_date_unit"))


def _later(moment: datetime, count: Any, unit: Any) -> datetime:
    number = max(0, to_int(count, 0))
    try:
        if unit == "month":
            return add_months(moment, number)
        hours = {"hour": 1, "day": 24, "week": 168}.get(str(unit), 24)
        return moment + timedelta(hours=hours * number)
    except OverflowError:
        return datetime.max


def _allowed_days(product: Mapping[str, Any]) -> set[int]:
    return {to_int(day, -1) for day in to_list(product.get("restricted_days"))}


def _persons_refusal(product: Mapping[str, Any], wanted: Wanted) -> str | None:
    if not flag(product.get("has_persons")):
        return None
    limits = [("persons", wanted.party, product.get("max_persons"), product.get("min_persons"))]
    if flag(product.get("has_person_types")):
        counts = dict(wanted.persons)
        for item in person_types(product):
            limits.append(
                (item.get("name"), counts.get(to_int(item.get("id"), 0), 0), item.get("max"), item.get("min"))
            )
    for name, count, most, least in limits:
        if to_int(most, 0) and count > to_int(most, 0):
            return f"The maximum {name} per group is {to_int(most, 0)}"
        if count < to_int(least, 0):
            return f"The minimum {name} per group is {to_int(least, 0)}"
    return None


def _room_refusal(room: Room, show_date: Callable[[datetime], str]) -> str | None:
    if room.state == "closed":
        return "Sorry, the selected block is not available"
    if room.state == "no_resource":
        return "This block cannot be booked."
    if room.state == "short":
        left = max(0, room.left)
        counted = f"There is a maximum of {left} place" if left == 1 else f"There are a maximum of {left} places"
        on = f" on {show_date(datetime(room.day.year, room.day.month, room.day.day))}" if room.day else ""
        return f"{counted} remaining{on}"
    return None
