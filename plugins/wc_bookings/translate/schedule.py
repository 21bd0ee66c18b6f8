"""A bookable product's calendar as a neutral plan and rules (fact sheet, sections 4.1 and 5).

Products, resources and rules come as mappings in the shape of the plugin's own data: ``availability`` rows with
``type``, ``from`` and ``to``; the shop's rules with ``range_type``, ``from_range`` and ``to_range``.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from core.domain.calendar_rules import cyclic_range
from core.domain.schedule import (
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
)
from plugins.wc_bookings.translate.values import day, flag, minute, person_types, to_int

#: Statuses whose bookings take places (4.1).
OCCUPYING = frozenset({"in-cart", "unpaid", "pending-confirmation", "confirmed", "paid", "complete"})

_UNITS = frozenset({"minute", "hour", "day", "night", "month"})
#: The outermost level is the strongest among rules of one priority (5.3).
_RESOURCE, _PRODUCT, _SHOP = range(3)
_LEVELS = 3
#: Highest number of what a rule of this type counts; weeks go round after 52 (5.2).
_CYCLES = {"days": ("weekdays", 7), "weeks": ("weeks", 52), "months": ("months", 12)}
_MOST = 10**6
#: Notice and horizon reach no further than some centuries: calendars end.
_FURTHEST: dict[Any, int] = {"hour": _MOST, "day": 180_000, "week": 26_000, "month": 6_000}


def to_plan(product: Mapping[str, Any], resources: Sequence[Mapping[str, Any]] = ()) -> SchedulePlan:
    """The schedule plan of a product; ``resources`` are its own, in its order."""
    unit = product.get("duration_unit")
    unit = unit if unit in _UNITS else "day"
    timed = unit in ("hour", "minute")
    is_open = product.get("default_date_availability") == "available"
    chosen = product.get("duration_type") == "customer" or unit == "night"
    shortest = _count(product.get("min_duration"), 1) if chosen else 1
    longest = _count(product.get("max_duration"), 1) if chosen else 1
    first = minute(product.get("first_block_time")) if timed else None
    buffer = _count(product.get("buffer_period"), 0) * {"day": 1440, "night": 1440, "hour": 60}.get(unit, 1)
    has_persons = flag(product.get("has_persons"))
    has_resources = flag(product.get("has_resources")) and bool(resources)
    must_be_open = "first_block" if flag(product.get("check_start_block_only")) else "all"
    return SchedulePlan(
        unit=unit,
        length=max(1, _count(product.get("duration"), 1)),
        min_blocks=max(1, shortest),
        max_blocks=longest,
        # Every date's rules make grids of their own; an open product has the day's grid as well (5.6).
        grid=SlotGrid(first_start_minute=first, per_opening=timed),
        opening=OpeningRules(
            merge_adjacent="always" if is_open else "same_day",
            open_by_default=is_open,
            must_be_open=must_be_open,
            partial_day_rules="opens_only",
        ),
        compatibility=Compatibility(
            # A rule's last minute is open: "to 12:59" and "from 13:00" touch, and an hour may end at 12:59 (5.6).
            merge_gap_minutes=1 if timed else 0,
            overrun_minutes=1 if unit == "hour" else 0,
            rule_evaluation="strongest_rule" if is_open else "strongest_rule_with_resource",
            buffers_need_open_time=is_open and timed,
            resource_open_at_midnight=True,
            listed_capacity="first_day",
        ),
        buffers=Buffers(
            before_minutes=buffer if flag(product.get("apply_adjacent_buffer")) else 0,
            after_minutes=buffer,
            # A neighbour keeps its own buffer and we keep ours: the grid steps by both (5.6), and so does validation.
            combination="sum",
            # A neighbour within a buffer counts at its own time: those on both sides do not add up.
            checked="on_booking_each_side",
        ),
        booking_window=BookingWindowRules(
            notice=_offset(product.get("min_date_value"), product.get("min_date_unit")) or Offset(),
            notice_precision="day" if unit in ("day", "night") else "instant",
            horizon=_offset(product.get("max_date_value"), product.get("max_date_unit")),
            horizon_applies_to="end" if timed else "start",
            horizon_inclusive=timed,
            start_weekdays=_start_weekdays(product),
        ),
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


def places_taken(product: Mapping[str, Any], person_counts: Any) -> int:
    """Places a booking takes: one, or its party where persons count as bookings."""
    if not (flag(product.get("has_persons")) and flag(product.get("has_person_qty_multiplier"))):
        return 1
    counts = person_counts.values() if isinstance(person_counts, Mapping) else person_counts or ()
    return max(1, sum(_count(count, 0) for count in counts))


# Rules (5.2, 5.3) ----------------------------------------------------------------------------------------------------


def _rules(rows: Any, level: int) -> tuple[CalendarRule, ...]:
    """Rows, top first, as rules; a row higher in the list is stronger, so it comes last."""
    if isinstance(rows, Mapping):
        rows = rows.values()
    if isinstance(rows, str) or not isinstance(rows, Iterable):
        return ()
    found = [_rule(row, level) for row in rows if isinstance(row, Mapping) and "bookable" in row]
    return tuple(rule for rule in reversed(found) if rule is not None)


#: What a rule's ``type`` may be.
RULE_TYPES = frozenset(
    {*_CYCLES, "custom", "custom:daterange", "rrule", "time", "time:range", *(f"time:{day}" for day in range(1, 8))}
)


def says_something(row: Mapping[str, Any]) -> bool:
    """Has the row a range at all? One without selects nothing in the original either."""
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
    """What a row selects, as fields of a rule; None for a row that selects nothing."""
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
    # Only a stretch over several days needs its end; else the end would be the last date of the recurrence.
    if dates["from_date"] == dates["to_date"]:
        return {"from_date": dates["from_date"], "rrule": text, **times}
    return {**dates, **times, "rrule": text, "continuous": True}


# Parts of the plan ---------------------------------------------------------------------------------------------------


def _count(value: Any, default: int) -> int:
    return max(0, min(_MOST, to_int(value, default)))


def _offset(value: Any, unit: Any) -> Offset | None:
    unit = unit if unit in _FURTHEST else "month"
    count = min(_count(value, 0), _FURTHEST[unit])
    return Offset(count, unit) if count else None


def _start_weekdays(product: Mapping[str, Any]) -> tuple[int, ...]:
    """The weekdays bookings may start on, as ISO numbers; the plugin counts from Sunday, 0."""
    days = product.get("restricted_days")
    if not flag(product.get("has_restricted_days")) or not days or isinstance(days, str):
        return ()
    numbers = {to_int(number, -1) for number in (days.values() if isinstance(days, Mapping) else days)}
    return tuple(sorted(number or 7 for number in numbers if 0 <= number <= 6))


def _shared_places(resources: Sequence[Mapping[str, Any]]) -> int | None:
    """Where a resource has no quantity, all of the product's resources share what they have together (5.7)."""
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
    found = minute(product.get(name))
    return 840 if found is None else min(found, 1439)
