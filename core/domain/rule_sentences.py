"""Calendar rules, reasons against a start and steps of a price as sentences an operator understands. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.domain.calendar_words import MONTHS, WEEKDAYS, clock_text, count_text
from core.domain.claims import UNLIMITED, Subject
from core.domain.day_layout import DayLayout
from core.domain.durations import is_day_based
from core.domain.opening_hours import OpeningHours
from core.domain.schedule import CalendarRule, Offset, Reason, ResourceCalendar, SchedulePlan, ServiceCalendar
from core.domain.slot_grid import starts
from core.domain.zones import DAY, FIRST_DAY, LAST_DAY, zone

_ON_WEEKDAYS = tuple(f"{weekday}s" for weekday in WEEKDAYS)
#: The most members of a list that a sentence names.
_MAX_NAMED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What sentences about one start tell beside the reason itself.

    ``wall_start`` is the start in wall minutes, ``resource`` the one asked about, ``names`` those of services,
    resources and person types by subject, and ``blocks`` the length of the booking.
    """

    calendar: ServiceCalendar
    wall_start: int
    resource: ResourceCalendar | None = None
    blocks: int = 1
    names: Mapping[Subject, str] = field(default_factory=dict)

    def name(self, subject: Subject) -> str:
        """What is called so in sentences: ``the resource "Ola" (3)``."""
        kind, id = subject[0].partition("@")[0].replace("_", " "), subject[1]
        location = subject[0].partition("@")[2]
        name = self.names.get((subject[0].partition("@")[0], id))
        text = f"{kind} {id}" if not name else f'{kind} "{name}" ({id})'
        return f"the {text} at location {location}" if location else f"the {text}"


# Rules ----------------------------------------------------------------------------------------------------------------


def join_words(words: Iterable[str], last: str = "and") -> str:
    """``a, b and c``; a long list is cut."""
    items = list(words)
    if len(items) > _MAX_NAMED:
        items = [*items[:_MAX_NAMED], f"{len(items) - _MAX_NAMED} more"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def describe_rule(rule: CalendarRule) -> str:
    """A rule in words: what it does, when, and with what capacity; ``closes Sundays, all day``."""
    parts = [f"{'opens' if rule.effect == 'open' else 'closes'} {_dates_text(rule)}"]
    if rule.continuous and (rule.from_date or rule.to_date):
        parts[0] = f"{'opens' if rule.effect == 'open' else 'closes'} {_continuous_text(rule)}"
    elif rule.from_minute % DAY == 0 and rule.to_minute % DAY == 0 and not rule.part_of_day:
        parts.append("all day")
    else:
        parts.append(f"{clock_text(rule.from_minute)} to {clock_text(rule.to_minute)}")
    if rule.repeat_years:
        parts.append("every year" if rule.repeat_years < 0 else f"and in the {rule.repeat_years} years after")
    if rule.effect == "open" and rule.capacity is not None:
        parts.append("with unlimited places" if rule.capacity >= UNLIMITED else f"with {rule.capacity} places")
    if rule.starts_only:
        parts.append("for starts only")
    text = ", ".join(parts)
    return f"{text} ({rule.label})" if rule.label else text


def _dates_text(rule: CalendarRule) -> str:
    texts = []
    if rule.weekdays:
        texts.append(join_words(_ON_WEEKDAYS[day - 1] for day in sorted(rule.weekdays) if 1 <= day <= 7))
    if rule.weeks:
        texts.append(f"weeks {join_words(map(str, sorted(rule.weeks)))}")
    if rule.months:
        texts.append(join_words(MONTHS[month - 1] for month in sorted(rule.months) if 1 <= month <= 12))
    if rule.dates:
        texts.append(join_words(day.isoformat() for day in sorted(rule.dates)))
    if rule.rrule:
        texts.append(f"by the recurrence {rule.rrule[:120]}")
    if not rule.dates and (rule.from_date or rule.to_date):
        texts.append(_range_text(rule))
    return ", ".join(texts) or "every day"


def _range_text(rule: CalendarRule) -> str:
    first = f"from {rule.from_date.isoformat()}" if rule.from_date else ""
    last = f"until {rule.to_date.isoformat()}" if rule.to_date else ""
    if rule.from_date and rule.from_date == rule.to_date:
        return rule.from_date.isoformat()
    return f"{first} {last}".strip()


def _continuous_text(rule: CalendarRule) -> str:
    ends = [
        f"{word} {day.isoformat()} {clock_text(minute)}"
        for word, day, minute in (("from", rule.from_date, rule.from_minute), ("until", rule.to_date, rule.to_minute))
        if day is not None
    ]
    return " ".join(ends)


# Reasons --------------------------------------------------------------------------------------------------------------


def reason_sentence(reason: Reason, around: Surroundings) -> str:
    """A reason against a start as one sentence, with the rule, limit or claims that decide."""
    return _SENTENCES.get(reason.code, _unknown)(reason, around)


def wall_text(minute: int) -> str:
    """A wall minute as ``2026-03-02 10:00``."""
    day, rest = divmod(minute, DAY)
    return f"{datetime.fromordinal(day).date().isoformat()} {clock_text(rest)}"


def _unknown(reason: Reason, around: Surroundings) -> str:
    return f"It cannot be booked ({reason.code})."


def _past(reason: Reason, around: Surroundings) -> str:
    return "The time has passed."


def _notice(reason: Reason, around: Surroundings) -> str:
    notice = around.calendar.plan.booking_window.notice
    return f"It is too soon: with a notice of {_offset_text(notice)} the first start is {_instant(reason, around)}."


def _horizon(reason: Reason, around: Surroundings) -> str:
    horizon = around.calendar.plan.booking_window.horizon
    if horizon is None or not isinstance(reason.limit, datetime):
        return "The date is outside of the calendar."
    return f"It is too far ahead: bookings are taken {_offset_text(horizon)} ahead, until {_instant(reason, around)}."


def _instant(reason: Reason, around: Surroundings) -> str:
    try:
        return f"{reason.limit.astimezone(zone(around.calendar.zone)):%Y-%m-%d %H:%M}"
    except (AttributeError, OverflowError, ValueError):
        return "a time outside of the calendar"


def _offset_text(offset: Offset) -> str:
    return count_text(offset.value, offset.unit)


def _resource(reason: Reason, around: Surroundings) -> str:
    if reason.subject is not None:
        name = around.name(reason.subject)
        return f"{name[:1].upper()}{name[1:]} is not one of this service."
    return "A booking needs one of the service's resources, and none is named."


def _duration(reason: Reason, around: Surroundings) -> str:
    plan = around.calendar.plan
    block = count_text(plan.length, plan.unit)
    requested = count_text(reason.requested, "block")
    if reason.detail.startswith("too long"):
        return f"{requested} of {block} are too many: at most {reason.limit} can be booked."
    if reason.detail.startswith("too short"):
        return f"{requested} of {block} are too few: at least {reason.limit} must be booked."
    return f"The length is not offered: bookings have whole blocks of {block}."


def _weekday(reason: Reason, around: Surroundings) -> str:
    weekday = _ON_WEEKDAYS[(around.wall_start // DAY - 1) % 7]
    allowed = join_words((_ON_WEEKDAYS[day - 1] for day in sorted(reason.limit or ()) if 1 <= day <= 7), "or")
    return f"No booking starts on {weekday}, only on {allowed}."


def _persons(reason: Reason, around: Surroundings) -> str:
    kind = f" of {around.name(reason.subject)}" if reason.subject else ""
    many = reason.detail.startswith("too many")
    words = ("too many", "at most") if many else ("too few", "at least")
    return f"{count_text(reason.requested or 0, 'person')}{kind}: {words[0]}, {words[1]} {reason.limit} can be booked."


def _closed(reason: Reason, around: Surroundings) -> str:
    if reason.detail == "the clock skips this time":
        return f"The clock in {around.calendar.zone} skips this time when it is put forward."
    if reason.rule is not None:
        return f"A rule {describe_rule(reason.rule)}. {_open_text(around)}"
    if around.calendar.plan.opening.open_by_default:
        return f"The booking does not lie within one opening. {_open_text(around)}"
    return f"No rule opens all of this time. {_open_text(around)}"


def _open_text(around: Surroundings) -> str:
    times = open_times(around)
    if times is None:
        return ""
    if not times:
        return "Nothing is open on that day."
    return f"Open on that day: {join_words(f'{clock_text(low)} to {clock_text(high)}' for low, high in times)}."


def _grid(reason: Reason, around: Surroundings) -> str:
    on_day = starts_on_day(around)
    if not on_day:
        return "No booking starts at that time, and none on that day."
    before = [minute for minute in on_day if minute < around.wall_start % DAY]
    after = [minute for minute in on_day if minute > around.wall_start % DAY]
    nearest = [clock_text(minute) for minute in (*before[-1:], *after[:1])]
    words = "start is" if len(nearest) == 1 else "starts are"
    return f"No booking starts at {clock_text(around.wall_start % DAY)}; the nearest {words} {join_words(nearest)}."


def _full(reason: Reason, around: Surroundings) -> str:
    name = around.name(reason.subject or ("service", around.calendar.service_id))
    text = f"{name[:1].upper()}{name[1:]} has {reason.remaining} of {count_text(reason.limit, 'place')} left,"
    text = f"{text} {reason.requested} needed."
    for claims, words in ((reason.overlapping, "Taken by"), (reason.within_buffer, "Within the buffer of")):
        ids = sorted({claim.booking_id for claim in claims})
        if ids:
            text += f" {words} {'booking' if len(ids) == 1 else 'bookings'} {join_words(map(str, ids))}."
    return text


_SENTENCES: dict[str, Callable[[Reason, Surroundings], str]] = {
    "past": _past,
    "notice": _notice,
    "horizon": _horizon,
    "resource": _resource,
    "duration": _duration,
    "weekday": _weekday,
    "persons": _persons,
    "closed": _closed,
    "grid": _grid,
    "full": _full,
}


# The day --------------------------------------------------------------------------------------------------------------


def _hours(around: Surroundings) -> OpeningHours | None:
    day = around.wall_start // DAY
    if not FIRST_DAY < day < LAST_DAY:
        return None
    return OpeningHours(DayLayout(around.calendar, day - 1, day + 1), around.resource)


def open_times(around: Surroundings) -> Sequence[tuple[int, int]] | None:
    """The open minutes of the day of a start; None where lengths are days or the day is outside of the calendar."""
    hours = _hours(around)
    if hours is None or is_day_based(around.calendar.plan):
        return None
    day = around.wall_start // DAY
    if hours.opens_by_date:
        return [(low, high) for low, high in hours.openings_on(day)]
    times: list[tuple[int, int]] = []
    for interval in hours.open_intervals:
        low, high = max(interval.low - day * DAY, 0), min(interval.high - day * DAY, DAY)
        if low < high:
            if times and times[-1][1] == low:
                times[-1] = (times[-1][0], high)
            else:
                times.append((low, high))
    return times


def starts_on_day(around: Surroundings) -> list[int]:
    """The minutes of the day at which the plan lets bookings of this length start, before claims; sorted."""
    hours = _hours(around)
    if hours is None:
        return []
    day = around.wall_start // DAY
    return sorted({wall % DAY for wall, _ in starts(hours, day, day, around.blocks)})


# Prices ---------------------------------------------------------------------------------------------------------------

#: Kinds of quote lines: the kinds of steps that make them, and what they are.
_LINES: dict[str, tuple[tuple[str, ...], str]] = {
    "base": (("base",), "price of the booking"),
    "block": (("per_block",), "price of each block"),
    "date": (("date_price",), "price by date"),
    "range": (("ranges", "fixed_stays"), "price for this length"),
    "person": (("persons",), "price of a person type"),
    "rule": (("rules",), "price rule"),
    "resource": (("resource",), "price of a resource"),
    "minimum": (("at_least",), "up to the least price"),
    "persons": (("scale",), "for every person"),
    "quantity": (("scale",), "for the quantity"),
    "extra": (("extras",), "extra"),
    "rounding": (("round",), "rounding"),
    "package": (("package",), "paid with a package"),
    "coupon": (("coupon",), "coupon"),
    "gift_card": (("gift_card",), "paid with a gift card"),
    "tax": (("tax",), "tax"),
    "stated": ((), "price the caller stated"),
}


def line_origin(kind: str, step_kinds: Sequence[str], after: int = 0) -> tuple[int | None, str]:
    """Which step of a price plan made a line, counted from 1, and what the line is in words.

    Args:
        kind: Of the line.
        step_kinds: The kinds of the plan's steps, in order.
        after: The number of the step that made the line before; lines are in the order of the steps.

    Returns:
        No number where no step did: a plugin's filter, rounding to the currency, a stated price.
    """
    kinds, words = _LINES.get(kind, ((), kind.replace("_", " ")))
    for number in (*range(max(1, after), len(step_kinds) + 1), *range(1, max(1, after))):
        if step_kinds[number - 1] in kinds:
            return number, words
    return None, words


def plan_summary(plan: SchedulePlan) -> dict[str, Any]:
    """How a service is booked, in a few facts: block, blocks, buffers, notice and horizon."""
    window = plan.booking_window
    most = "any number" if not plan.max_blocks else str(plan.max_blocks)
    return {
        "block": count_text(plan.length, plan.unit),
        "blocks": str(plan.min_blocks) if plan.min_blocks == plan.max_blocks else f"{plan.min_blocks} to {most}",
        "buffer_before_minutes": plan.buffers.before_minutes,
        "buffer_after_minutes": plan.buffers.after_minutes,
        "notice": _offset_text(window.notice) if window.notice.value else "",
        "horizon": "" if window.horizon is None else _offset_text(window.horizon),
    }
