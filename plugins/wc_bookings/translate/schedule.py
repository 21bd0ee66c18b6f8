"""A product's calendar as core's plan and rules (README.md, "Calendars").

Products, resources and rules are mappings as the vendor stores them: ``availability`` rows have ``type``, ``from`` and
``to``; the shop's rules have ``range_type``, ``from_range`` and ``to_range``.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from frontdesk.schedule import (
    BookingWindowRules,
    Buffers,
    CalendarRule,
    CapacityRules,
    Compatibility,
    Offset,
    OpeningRules,
    PersonBound,
    PersonRules,
    ResourceCalendar,
    ResourceRules,
    SchedulePlan,
    SlotGrid,
    Unit,
    cyclic_range,
)
from plugins.wc_bookings.translate.values import (
    customer_duration,
    day,
    duration_unit,
    flag,
    minute,
    person_types,
    to_int,
)

#: The outermost level is the strongest among rules of one priority.
_RESOURCE, _PRODUCT, _SHOP = range(3)
_LEVELS = 3
#: The field of a rule and the highest number in it, by type; weeks go round after 52.
_CYCLES = {"days": ("weekdays", 7), "weeks": ("weeks", 52), "months": ("months", 12)}
_MOST = 10**6
#: Check-in and check-out at 14:00.
_DEFAULT_STAY_MINUTE = 840
#: The longest notice and horizon by unit: some centuries, because calendars end.
_FURTHEST: dict[Any, int] = {"hour": _MOST, "day": 180_000, "week": 26_000, "month": 6_000}


def to_plan(product: Mapping[str, Any], resources: Sequence[Mapping[str, Any]] = ()) -> SchedulePlan:
    """The plan of a product; ``resources`` are those that it offers, in its order."""
    unit = duration_unit(product)
    timed = unit in ("hour", "minute")
    is_open = product.get("default_date_availability") == "available"
    is_chosen = customer_duration(product)
    has_persons = flag(product.get("has_persons"))
    has_resources = flag(product.get("has_resources")) and bool(resources)
    return SchedulePlan(
        unit=unit,
        length=max(1, _count(product.get("duration"), 1)),
        min_blocks=max(1, _count(product.get("min_duration"), 1)) if is_chosen else 1,
        max_blocks=_count(product.get("max_duration"), 1) if is_chosen else 1,
        grid=SlotGrid(first_start_minute=minute(product.get("first_block_time")) if timed else None, per_opening=timed),
        opening=_opening(product, is_open=is_open),
        compatibility=_compatibility(unit, is_open=is_open),
        buffers=_buffers(product, unit),
        booking_window=_booking_window(product, unit),
        capacity=CapacityRules(
            limit=_shared_places(resources) if has_resources else _count(product.get("qty"), 1),
            units_per="person" if has_persons and flag(product.get("has_person_qty_multiplier")) else "booking",
        ),
        persons=PersonRules(
            minimum=_count(product.get("min_persons"), 1) if has_persons else 1,
            maximum=_count(product.get("max_persons"), 0) if has_persons else 0,
            by_type=_bounds(product) if has_persons and flag(product.get("has_person_types")) else (),
        ),
        resources=ResourceRules(choice=_choice(product) if has_resources else "none"),
        check_in_minute=_stay_minute(product, "check_in") if unit == "night" else 0,
        check_out_minute=_stay_minute(product, "check_out") if unit == "night" else 0,
    )


def to_rules(product: Mapping[str, Any]) -> tuple[CalendarRule, ...]:
    """The rules of a product."""
    return _rules(product.get("availability"), _PRODUCT)


def to_site_rules(rows: Any) -> tuple[CalendarRule, ...]:
    """The rules of the whole shop."""
    return _rules(rows, _SHOP)


def to_resource(resource: Mapping[str, Any]) -> ResourceCalendar:
    """A resource: its rules and places; without a quantity it sets no limit of its own."""
    return ResourceCalendar(
        id=to_int(resource.get("id"), 0),
        rules=_rules(resource.get("availability"), _RESOURCE),
        capacity=_count(resource.get("qty"), 0) or None,
    )


# Rules ---------------------------------------------------------------------------------------------------------------


def _rules(rows: Any, level: int) -> tuple[CalendarRule, ...]:
    """Rules of rows. A row higher in the list is stronger, so the rules come in reverse order."""
    if isinstance(rows, Mapping):
        rows = rows.values()
    if isinstance(rows, str) or not isinstance(rows, Iterable):
        return ()
    rules = [_rule(row, level) for row in rows if isinstance(row, Mapping) and "bookable" in row]
    return tuple(rule for rule in reversed(rules) if rule is not None)


#: The types of a rule.
RULE_TYPES = frozenset(
    {*_CYCLES, "custom", "custom:daterange", "rrule", "time", "time:range", *(f"time:{day}" for day in range(1, 8))}
)


def says_something(row: Mapping[str, Any]) -> bool:
    """Has the row a range? One without selects nothing on the real server either."""
    names = ("from", "to", "from_range", "to_range", "from_date", "to_date", "rrule")
    return any(row.get(name) not in (None, "") for name in names)


def selects(row: Mapping[str, Any]) -> bool:
    """Does the row select anything?"""
    return _rule(row, _PRODUCT) is not None


def _rule(row: Mapping[str, Any], level: int) -> CalendarRule | None:
    kind = str(row.get("type") or row.get("range_type") or "")
    low = row.get("from_range", row.get("from"))
    high = row.get("to_range", row.get("to"))
    where = _selector(kind, low, high, row)
    if where is None:
        return None
    priority = max(-_MOST, min(_MOST, to_int(row.get("priority"), 10)))
    return CalendarRule(
        effect="open" if flag(row.get("bookable")) else "close",
        strength=level - priority * _LEVELS,
        label=str(row.get("title") or ""),
        **where,
    )


def _selector(kind: str, low: Any, high: Any, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The fields of a rule that say what a row selects; None for a row that selects nothing."""
    if kind in _CYCLES:
        field, cycle = _CYCLES[kind]
        first, last = to_int(low, 0), to_int(high, 0)
        if not (1 <= first <= 53 and 1 <= last <= 53):
            return None
        return {field: cyclic_range(first, last, cycle)}
    if kind == "custom":
        return _dates(day(low), day(high))
    if kind == "rrule":
        return _recurring(low, high, row)
    if kind not in ("custom:daterange", "time", "time:range") and not (kind[:5] == "time:" and kind[5:] in "1234567"):
        return None
    times = _times(low, high)
    if kind in ("custom:daterange", "time:range"):
        dates = _dates(day(row.get("from_date")), day(row.get("to_date")))
        if dates is None or times is None:
            return None
        several = dates["from_date"] < dates["to_date"]
        return {**dates, **times, "continuous": kind == "custom:daterange" and several}
    if times is not None and kind != "time":
        times["weekdays"] = (int(kind[5:]),)
    return times


def _dates(low: date | None, high: date | None) -> dict[str, Any] | None:
    if low is None or high is None or high < low:
        return None
    return {"from_date": low, "to_date": high}


def _times(low: Any, high: Any) -> dict[str, Any] | None:
    start, end = minute(low), minute(high)
    if start is None or end is None:
        return None
    times: dict[str, Any] = {"from_minute": start % 1440, "to_minute": end or 1440}
    return {**times, "part_of_day": True} if times == {"from_minute": 0, "to_minute": 1440} else times


def _recurring(low: Any, high: Any, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """A recurring event: its first occurrence runs from ``low`` to ``high``, dates or dates with a time."""
    first, _, start = str(low or "").replace(" ", "T").partition("T")
    last, _, end = str(high or "").replace(" ", "T").partition("T")
    dates = _dates(day(first), day(last or first))
    text = str(row.get("rrule") or "").strip()
    if dates is None or not text:
        return None
    times = _times(start[:5], end[:5]) if start and end else {}
    if times is None:
        return None
    # Only an occurrence over several days needs its end; else the end would be the last date of the recurrence.
    if dates["from_date"] == dates["to_date"]:
        return {"from_date": dates["from_date"], "rrule": text, **times}
    return {**dates, **times, "rrule": text, "continuous": True}


# Parts of the plan ---------------------------------------------------------------------------------------------------


def _opening(product: Mapping[str, Any], *, is_open: bool) -> OpeningRules:
    # Every date's rules make grids of their own; an open product has the day's grid as well (5.6).
    return OpeningRules(
        merge_adjacent="always" if is_open else "same_day",
        open_by_default=is_open,
        must_be_open="first_block" if flag(product.get("check_start_block_only")) else "all",
        partial_day_rules="opens_only",
    )


def _compatibility(unit: Unit, *, is_open: bool) -> Compatibility:
    # A rule's last minute counts as open: "to 12:59" and "from 13:00" touch, and an hour may end at 12:59 (5.6).
    timed = unit in ("hour", "minute")
    return Compatibility(
        merge_gap_minutes=1 if timed else 0,
        overrun_minutes=1 if unit == "hour" else 0,
        rule_evaluation="strongest_rule" if is_open else "strongest_rule_with_resource",
        buffers_need_open_time=is_open and timed,
        resource_open_at_midnight=True,
        listed_capacity="first_day",
    )


def _buffers(product: Mapping[str, Any], unit: Unit) -> Buffers:
    # A neighbour keeps its own pause and we keep ours: the grid steps by both (5.6), and so does validation.
    # A neighbour in reach of a pause counts at its own time: those on both sides do not add up.
    pause = _count(product.get("buffer_period"), 0) * {"day": 1440, "night": 1440, "hour": 60}.get(unit, 1)
    return Buffers(
        before_minutes=pause if flag(product.get("apply_adjacent_buffer")) else 0,
        after_minutes=pause,
        combination="sum",
        checked="on_booking_each_side",
    )


def _booking_window(product: Mapping[str, Any], unit: Unit) -> BookingWindowRules:
    timed = unit in ("hour", "minute")
    return BookingWindowRules(
        notice=_offset(product.get("min_date_value"), product.get("min_date_unit")) or Offset(),
        notice_precision="day" if unit in ("day", "night") else "instant",
        horizon=_offset(product.get("max_date_value"), product.get("max_date_unit")),
        horizon_applies_to="end" if timed else "start",
        horizon_inclusive=timed,
        start_weekdays=_start_weekdays(product),
    )


def _count(value: Any, default: int) -> int:
    return max(0, min(_MOST, to_int(value, default)))


def _offset(value: Any, unit: Any) -> Offset | None:
    unit = unit if unit in _FURTHEST else "month"
    count = min(_count(value, 0), _FURTHEST[unit])
    return Offset(count, unit) if count else None


def _start_weekdays(product: Mapping[str, Any]) -> tuple[int, ...]:
    """The ISO weekdays that bookings may start on; the vendor counts from Sunday, 0."""
    days = product.get("restricted_days")
    if not flag(product.get("has_restricted_days")) or not days or isinstance(days, str):
        return ()
    weekdays = {to_int(weekday, -1) for weekday in (days.values() if isinstance(days, Mapping) else days)}
    return tuple(sorted(weekday or 7 for weekday in weekdays if 0 <= weekday <= 6))


def _shared_places(resources: Sequence[Mapping[str, Any]]) -> int | None:
    """The sum of the resources' quantities where one of them has none: all of them share it."""
    counts = [_count(resource.get("qty"), 0) for resource in resources]
    return None if all(counts) else sum(counts)


def _choice(product: Mapping[str, Any]) -> Any:
    return "customer" if product.get("resources_assignment") == "customer" else "automatic"


def _bounds(product: Mapping[str, Any]) -> tuple[PersonBound, ...]:
    return tuple(
        PersonBound(
            person_type_id=to_int(kind.get("id"), 0),
            minimum=_count(kind.get("min"), 0),
            maximum=_count(kind.get("max"), 0),
        )
        for kind in person_types(product)
    )


def _stay_minute(product: Mapping[str, Any], name: str) -> int:
    clock = minute(product.get(name))
    return _DEFAULT_STAY_MINUTE if clock is None else min(clock, 1439)
