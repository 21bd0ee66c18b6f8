"""Working time as the API sends it and as calendar rules; tenant and service settings as a schedule plan.

A day off closes the day, a special day replaces the week, and a period of the week opens for its services and locations
only (README, "Working time"). So the rules of an employee, from weakest to strongest, are: closed, week, special days,
days off.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.schedule import (
    UNLIMITED,
    BookingWindowRules,
    Buffers,
    CalendarRule,
    CapacityRules,
    Offset,
    OpeningRules,
    PersonRules,
    ResourceRules,
    SchedulePlan,
    SlotGrid,
)
from plugins.bookablesites.translate.values import DAY, from_minute, to_date, to_minute

CLOSED, WEEK, SPECIAL, SPECIAL_OPEN, DAY_OFF, HIDDEN = 0, 10, 20, 21, 30, 90
#: Marks this dialect's rules among those of the site.
LABEL = "bookablesites"
HIDDEN_LABEL = f"{LABEL} hidden"

Week = list[dict[str, Any]]

#: The default office hours of the company: Monday to Thursday, 07:00-15:00.
OFFICE_HOURS: Week = [
    {
        "weekday": weekday,
        "periods": [{"start": "07:00", "end": "15:00", "services": [], "locations": []}] if weekday < 5 else [],
    }
    for weekday in range(1, 8)
]

#: A plan that offers nothing; a new service has it until it is compiled.
EMPTY = SchedulePlan(
    unit="minute", length=1, capacity=CapacityRules(limit=None), opening=OpeningRules(open_by_default=False)
)


# -- reading what clients send ------------------------------------------------------------------------------------


def to_week(days: Iterable[Mapping[str, Any]], field: str = "data") -> Week:
    """Seven weekdays with their periods; weekdays left out are closed.

    Raises:
        Invalid: A weekday occurs twice, or periods are not in time order or overlap.
    """
    periods: dict[int, list[dict[str, Any]]] = {}
    for position, day in enumerate(days):
        weekday = day["weekday"]
        if weekday in periods:
            raise Invalid(field=f"{field}.{position}.weekday", reason="twice", value=weekday)
        periods[weekday] = to_periods(day["periods"], f"{field}.{position}.periods")
    return [{"weekday": weekday, "periods": periods.get(weekday, [])} for weekday in range(1, 8)]


def to_periods(periods: Iterable[Mapping[str, Any]], field: str) -> list[dict[str, Any]]:
    """The periods of one day, in time order and without overlap."""
    checked: list[dict[str, Any]] = []
    for position, period in enumerate(periods):
        start = to_minute(period["start"], f"{field}.{position}.start")
        end = to_minute(period["end"], f"{field}.{position}.end", end=True)
        if end <= start:
            raise Invalid(field=f"{field}.{position}.end", reason="order", value=period["end"])
        if checked and start < to_minute(checked[-1]["end"], field, end=True):
            raise Invalid(field=f"{field}.{position}.start", reason="overlap", value=period["start"])
        checked.append(
            {
                "start": from_minute(start),
                "end": from_minute(end),
                "services": list(period.get("services") or ()),
                "locations": list(period.get("locations") or ()),
            }
        )
    return checked


def to_special_day(fields: Mapping[str, Any], id: int, field: str = "") -> dict[str, Any]:
    """One special day; both ends of its dates are included."""
    start, end = _dates(fields, field)
    periods = to_periods(fields.get("periods") or (), f"{field}.periods".strip("."))
    return {"id": id, "start_date": start, "end_date": end, "periods": periods}


def to_day_off(fields: Mapping[str, Any], id: int, field: str = "") -> dict[str, Any]:
    """One day off; both ends of its dates are included."""
    start, end = _dates(fields, field)
    return {
        "id": id,
        "name": fields.get("name") or "",
        "start_date": start,
        "end_date": end,
        "repeat_yearly": bool(fields.get("repeat_yearly")),
    }


def _dates(fields: Mapping[str, Any], field: str) -> tuple[str, str]:
    first = to_date(fields.get("start_date"), f"{field}.start_date".strip("."))
    last = to_date(fields.get("end_date") or fields.get("start_date"), f"{field}.end_date".strip("."))
    if last < first:
        raise Invalid(field=f"{field}.end_date".strip("."), reason="order", value=fields.get("end_date"))
    return first.isoformat(), last.isoformat()


def check_special_days(days: Sequence[Mapping[str, Any]], field: str = "start_date") -> None:
    """Refuse two special days that share a date."""
    ordered = sorted(days, key=lambda day: day["start_date"])
    for before, after in pairwise(ordered):
        if after["start_date"] <= before["end_date"]:
            raise Invalid(field=field, reason="overlap", value=after["start_date"])


# -- compiling ----------------------------------------------------------------------------------------------------


def to_rules(
    week: Week,
    special_days: Iterable[Mapping[str, Any]],
    days_off: Iterable[Mapping[str, Any]],
    *,
    hidden: bool = False,
) -> tuple[CalendarRule, ...]:
    """An employee's calendar."""
    rules = [CalendarRule(effect="close", strength=CLOSED)]
    for day in week:
        for period in day["periods"]:
            rules.append(_open(period, WEEK, weekdays=(day["weekday"],)))
    for special in special_days:
        dates: dict[str, Any] = {
            "from_date": date.fromisoformat(special["start_date"]),
            "to_date": date.fromisoformat(special["end_date"]),
        }
        rules.append(CalendarRule(effect="close", strength=SPECIAL, **dates))
        rules += [_open(period, SPECIAL_OPEN, **dates) for period in special["periods"]]
    rules += to_off_rules(days_off, strength=DAY_OFF)
    if hidden:
        rules.append(hidden_rule())
    return tuple(rules)


def hidden_rule() -> CalendarRule:
    """A hidden employee is not offered, whatever the calendar says."""
    return CalendarRule(effect="close", strength=HIDDEN, label=HIDDEN_LABEL)


def to_off_rules(days_off: Iterable[Mapping[str, Any]], *, strength: int, label: str = "") -> list[CalendarRule]:
    """Days off, of an employee or of the company."""
    return [
        CalendarRule(
            effect="close",
            strength=strength,
            from_date=date.fromisoformat(day["start_date"]),
            to_date=date.fromisoformat(day["end_date"]),
            repeat_years=-1 if day["repeat_yearly"] else 0,
            label=label,
        )
        for day in days_off
    ]


def _open(period: Mapping[str, Any], strength: int, **selectors: Any) -> CalendarRule:
    return CalendarRule(
        effect="open",
        strength=strength,
        from_minute=to_minute(period["start"], "start"),
        to_minute=to_minute(period["end"], "end", end=True),
        services=tuple(period["services"]),
        locations=tuple(period["locations"]),
        **selectors,
    )


def to_plan(fields: Mapping[str, Any], settings: Any, *, staffed: bool, smallest: int | None = None) -> SchedulePlan:
    """The schedule plan of a service from its vendor fields and the tenant settings.

    Only employees have working time, so the service's own calendar is open; without employees nobody serves it.
    ``smallest`` is the least that any of them asks for, where it is not the service's own minimum.
    """
    duration = fields["duration"] // 60
    step = duration if settings.use_service_duration_as_slot else settings.time_slot_step
    below = fields["allow_below_min_capacity"]
    return SchedulePlan(
        unit="minute",
        length=duration,
        grid=SlotGrid(starts="grid", step_minutes=step, origin="opening", after_break="restart"),
        opening=OpeningRules(merge_adjacent="same_rule", open_by_default=staffed),
        buffers=Buffers(
            before_minutes=fields["buffer_time_before"] // 60,
            after_minutes=fields["buffer_time_after"] // 60,
            combination="sum",
        ),
        booking_window=BookingWindowRules(
            notice=Offset(settings.minimum_time_before_booking, "minute"),
            horizon=Offset(settings.period_available_in_advance, "day"),
            horizon_applies_to="day",
        ),
        capacity=CapacityRules(limit=None, session_by="start", units_per="person"),
        persons=PersonRules(minimum=1 if below else smallest or fields["min_capacity"]),
        resources=ResourceRules(choice="either", order="fewest_sessions_day", calendar="intersect"),
    )


def check_service(fields: Mapping[str, Any], settings: Any) -> None:
    """What must hold between the fields of a service.

    Raises:
        Invalid: The duration is no multiple of the step, a buffer is not whole minutes, or minimum exceeds maximum.
    """
    step = settings.time_slot_step * 60
    if fields["duration"] % 60 or (not settings.use_service_duration_as_slot and fields["duration"] % step):
        raise Invalid(field="duration", reason="multiple", value=fields["duration"], limit=step)
    for name in ("buffer_time_before", "buffer_time_after"):
        if fields[name] % 60:
            raise Invalid(field=name, reason="multiple", value=fields[name], limit=60)
    if fields["min_capacity"] > fields["max_capacity"]:
        raise Invalid(field="min_capacity", reason="order", value=fields["min_capacity"], limit=fields["max_capacity"])


# -- the other way round: what other dialects made ----------------------------------------------------------------


def to_vendor_service(plan: SchedulePlan, places: Iterable[int | None]) -> dict[str, Any]:
    """The schedule fields of a service somebody else made; ``places`` are its resources' capacities."""
    capacities = [number for number in places if number is not None and number < UNLIMITED]
    capacities += [
        start.capacity for start in plan.grid.fixed_slots if start.capacity is not None and start.capacity < UNLIMITED
    ]
    if plan.capacity.limit is not None and plan.capacity.limit < UNLIMITED:
        capacities.append(plan.capacity.limit)
    most = max(capacities, default=plan.persons.maximum or 1)
    return {
        "duration": _length(plan) * 60,
        "buffer_time_before": plan.buffers.before_minutes * 60,
        "buffer_time_after": plan.buffers.after_minutes * 60,
        "min_capacity": max(1, min(plan.persons.minimum, most)),
        "max_capacity": max(1, most),
        "allow_below_min_capacity": False,
        "allow_multiple_persons": plan.capacity.units_per == "person" or plan.persons.maximum != 1,
    }


def _length(plan: SchedulePlan) -> int:
    """Minutes of the shortest booking."""
    if plan.grid.starts == "fixed" and plan.grid.fixed_slots and plan.unit in ("minute", "hour"):
        first = plan.grid.fixed_slots[0]
        return (first.to_minute - first.from_minute) % DAY or DAY
    each = {"minute": 1, "hour": 60, "month": 30 * DAY}.get(plan.unit, DAY)
    return max(1, plan.length) * each * max(1, plan.min_blocks)


def to_vendor_week(rules: Sequence[CalendarRule]) -> Week:
    """The week that a resource's rules amount to; one without rules is always open."""
    week: dict[int, list[dict[str, Any]]] = {weekday: [] for weekday in range(1, 8)}
    plain = [rule for rule in rules if not (rule.dates or rule.from_date or rule.to_date or rule.rrule)]
    if not any(rule.effect == "open" for rule in plain):
        closed = any(rule.effect == "close" and not rule.weekdays and _whole_day(rule) for rule in plain)
        shut = {n for rule in plain if rule.effect == "close" and _whole_day(rule) for n in rule.weekdays}
        for weekday in week:
            if not closed and weekday not in shut:
                week[weekday] = [_period(0, DAY, (), ())]
    else:
        for rule in plain:
            if rule.effect == "open":
                for weekday in rule.weekdays or tuple(week):
                    end = rule.to_minute if rule.to_minute > rule.from_minute else DAY
                    week[weekday].append(_period(rule.from_minute, end, rule.services, rule.locations))
    return [
        {"weekday": weekday, "periods": sorted(periods, key=lambda period: period["start"])}
        for weekday, periods in week.items()
    ]


def _whole_day(rule: CalendarRule) -> bool:
    return rule.from_minute == 0 and rule.to_minute == DAY


def _period(start: int, end: int, services: Sequence[int], locations: Sequence[int]) -> dict[str, Any]:
    return {
        "start": from_minute(start),
        "end": from_minute(end),
        "services": list(services),
        "locations": list(locations),
    }


def working_minutes(
    week: Week,
    special_days: Sequence[Mapping[str, Any]],
    days_off: Sequence[Mapping[str, Any]],
    first: date,
    last: date,
) -> int:
    """Minutes somebody works from ``first`` to ``last``, both included (for reports)."""
    by_weekday = {day["weekday"]: _minutes(day["periods"]) for day in week}
    total = 0
    for number in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(number)
        if any(_covers(off, day) for off in days_off):
            continue
        special = next((s for s in special_days if s["start_date"] <= day.isoformat() <= s["end_date"]), None)
        total += _minutes(special["periods"]) if special else by_weekday.get(day.isoweekday(), 0)
    return total


def _minutes(periods: Iterable[Mapping[str, Any]]) -> int:
    return sum(to_minute(p["end"], "end", end=True) - to_minute(p["start"], "start") for p in periods)


def _covers(off: Mapping[str, Any], day: date) -> bool:
    if not off["repeat_yearly"]:
        return off["start_date"] <= day.isoformat() <= off["end_date"]
    if day.isoformat() < off["start_date"]:
        return False
    low, high, here = off["start_date"][5:], off["end_date"][5:], day.isoformat()[5:]
    return low <= here <= high if low <= high else here >= low or here <= high
