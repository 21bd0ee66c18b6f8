"""The vendor's booking form: reads a posted form, and words why it cannot be booked (README.md, "Quotes").

Whether there are places left is asked of a callback; everything else follows from the product's settings and the form.
Wall clocks are the shop's, naive.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from frontdesk.coerce import to_int, to_list
from frontdesk.prices import add_months, add_units
from frontdesk.schedule import Unit
from plugins.wc_bookings.translate.values import customer_duration, duration_unit, flag, ids, person_types

_PREFIX = "wc_bookings_field_"
_MAX_COUNT = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedBooking:
    """A booking as posted.

    Attributes:
        start, end: Wall clocks, ``end`` exclusive; None without a usable date.
        timed: Whether the form has a time.
        blocks: The number of blocks; None for products of fixed duration.
        persons: Pairs of person type and count; type 0 where the product has no types.
    """

    start: datetime | None = None
    end: datetime | None = None
    timed: bool = False
    blocks: int | None = None
    persons: tuple[tuple[int, int], ...] = ()
    resource_id: int = 0

    @property
    def party(self) -> int:
        """The number of persons."""
        return sum(count for _, count in self.persons)


@dataclass(frozen=True, slots=True)
class Vacancy:
    """Whether a booking finds its places; "short" has the places left, on ``day`` where days are booked."""

    state: Literal["free", "closed", "short", "no_resource"] = "free"
    left: int = 0
    day: date | None = None


def to_posted_booking(settings: Mapping[str, Any], form: Mapping[str, Any]) -> PostedBooking:
    """Read the fields of the booking form; a field that cannot be read counts as missing."""
    unit = duration_unit(settings)
    blocks = None
    if customer_duration(settings):
        blocks = min(max(0, to_int(form.get(f"{_PREFIX}duration"), 0)), _MAX_COUNT)
    start, timed = _start(unit, form)
    return PostedBooking(
        start=start,
        end=None if start is None else _end(settings, unit, start, 1 if blocks is None else blocks),
        timed=timed,
        blocks=blocks,
        persons=_persons(settings, form),
        resource_id=_resource(settings, form),
    )


def places_needed(settings: Mapping[str, Any], posted: PostedBooking) -> int:
    """How many places the booking occupies."""
    by_person = flag(settings.get("has_persons")) and flag(settings.get("has_person_qty_multiplier"))
    return posted.party if by_person else 1


def refusal(
    settings: Mapping[str, Any],
    posted: PostedBooking,
    *,
    now: datetime,
    vacancy: Callable[[PostedBooking], Vacancy],
    show_date: Callable[[datetime], str] = lambda moment: moment.date().isoformat(),
    show_moment: Callable[[datetime], str] = lambda moment: f"{moment:%Y-%m-%d %H:%M}",
) -> str | None:
    """The first thing wrong with a booking, in the vendor's words; None where it can be booked.

    Args:
        now: The shop's wall clock.
        vacancy: Called last, and only when everything else is right.
        show_date, show_moment: Format a date, or a date and a time, as the shop does.
    """
    return (
        _resource_refusal(settings, posted)
        or _duration_refusal(settings, posted)
        or _date_refusal(settings, posted, now, show_moment)
        or _persons_refusal(settings, posted)
        or _vacancy_refusal(vacancy(posted), show_date)
    )


def _start(unit: Unit, form: Mapping[str, Any]) -> tuple[datetime | None, bool]:
    if unit == "month":
        year, _, month = str(form.get(f"{_PREFIX}start_date_yearmonth") or "").partition("-")
        return _moment(year, month, 1), False
    parts = (form.get(f"{_PREFIX}start_date_{name}") for name in ("year", "month", "day"))
    day = _moment(*parts)
    time = str(form.get(f"{_PREFIX}start_date_time") or "")
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


def _end(settings: Mapping[str, Any], unit: Unit, start: datetime, blocks: int) -> datetime | None:
    try:
        return add_units(start, unit, max(1, to_int(settings.get("duration"), 1)) * blocks)
    except OverflowError:
        return None


def _persons(settings: Mapping[str, Any], form: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    if not flag(settings.get("has_persons")):
        return ()
    if not flag(settings.get("has_person_types")):
        pairs = [(0, to_int(form.get(f"{_PREFIX}persons"), 0))]
    else:
        types = [to_int(item.get("id")) for item in person_types(settings)]
        pairs = [(item, to_int(form.get(f"{_PREFIX}persons_{item}"), 0)) for item in types]
    return tuple((item, min(count, _MAX_COUNT)) for item, count in pairs if count > 0)


def _resource(settings: Mapping[str, Any], form: Mapping[str, Any]) -> int:
    resource_id = to_int(form.get(f"{_PREFIX}resource"), 0)
    return (
        resource_id if resource_id in ids(settings.get("resource_ids")) and flag(settings.get("has_resources")) else 0
    )


def _resource_refusal(settings: Mapping[str, Any], posted: PostedBooking) -> str | None:
    customer_chooses = settings.get("resources_assignment") != "automatic"
    if flag(settings.get("has_resources")) and customer_chooses and not posted.resource_id:
        return "Please choose a resource type"
    return None


def _duration_refusal(settings: Mapping[str, Any], posted: PostedBooking) -> str | None:
    if posted.blocks is None:
        return None
    if not posted.blocks:
        return "Duration is required - please enter a duration greater than zero"
    unit, longest = duration_unit(settings), to_int(settings.get("max_duration"), 0)
    shortest = to_int(settings.get("min_duration"), 1)
    if longest and posted.blocks > longest:
        return f"The maximum duration is {longest} {unit}{'' if longest == 1 else 's'}"
    if posted.blocks < shortest:
        return f"The minimum duration is {shortest} {unit}{'' if shortest == 1 else 's'}"
    return None


def _date_refusal(
    settings: Mapping[str, Any], posted: PostedBooking, now: datetime, show_moment: Callable[[datetime], str]
) -> str | None:
    start, unit = posted.start, duration_unit(settings)
    if start is None:
        return "Date is required - please choose one above"
    timed = unit in ("hour", "minute")
    if timed and not posted.timed:
        return "Time is required - please choose one above"
    today = add_units(now, "day", 0)
    if start < (now if timed else today) or posted.end is None:
        return "You must choose a future date and time."
    if start.date() == today.date():
        soonest = earliest(settings, now)
        if start < soonest:
            return f"The earliest booking possible is currently {show_moment(soonest)}."
    if to_int(settings.get("max_date_value"), 0):
        counted_from = now if timed else today.replace(day=1) if unit == "month" else today
        latest = _later(counted_from, settings.get("max_date_value"), settings.get("max_date_unit"))
        if start > latest:
            return f"The latest booking possible is currently {show_moment(latest)}."
    if flag(settings.get("has_restricted_days")) and start.isoweekday() % 7 not in _allowed_days(settings):
        return "Sorry, bookings cannot start on this day."
    return None


def earliest(settings: Mapping[str, Any], now: datetime) -> datetime:
    """The first bookable moment as the form counts it: from the midnight before ``now``."""
    return _later(add_units(now, "day", 0), settings.get("min_date_value"), settings.get("min_date_unit"))


def _later(moment: datetime, count: Any, unit: Any) -> datetime:
    units = max(0, to_int(count, 0))
    try:
        if unit == "month":
            return add_months(moment, units)
        hours = {"hour": 1, "day": 24, "week": 168}.get(str(unit), 24)
        return moment + timedelta(hours=hours * units)
    except OverflowError:
        return datetime.max


def _allowed_days(settings: Mapping[str, Any]) -> set[int]:
    return {to_int(day, -1) for day in to_list(settings.get("restricted_days"))}


def _persons_refusal(settings: Mapping[str, Any], posted: PostedBooking) -> str | None:
    if not flag(settings.get("has_persons")):
        return None
    limits: list[tuple[Any, ...]] = [
        ("persons", posted.party, settings.get("max_persons"), settings.get("min_persons"))
    ]
    if flag(settings.get("has_person_types")):
        counts = dict(posted.persons)
        for item in person_types(settings):
            type_count = counts.get(to_int(item.get("id"), 0), 0)
            limits.append((item.get("name"), type_count, item.get("max"), item.get("min")))
    for name, count, most, least in limits:
        if to_int(most, 0) and count > to_int(most, 0):
            return f"The maximum {name} per group is {to_int(most, 0)}"
        if count < to_int(least, 0):
            return f"The minimum {name} per group is {to_int(least, 0)}"
    return None


def _vacancy_refusal(vacancy: Vacancy, show_date: Callable[[datetime], str]) -> str | None:
    if vacancy.state == "closed":
        return "Sorry, the selected block is not available"
    if vacancy.state == "no_resource":
        return "This block cannot be booked."
    if vacancy.state == "short":
        left, day = max(0, vacancy.left), vacancy.day
        places = f"There is a maximum of {left} place" if left == 1 else f"There are a maximum of {left} places"
        return f"{places} remaining" + (f" on {show_date(datetime(day.year, day.month, day.day))}" if day else "")
    return None
