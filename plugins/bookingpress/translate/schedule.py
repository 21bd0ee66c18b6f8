"""Hours, breaks, special days, days off, capacity and notice as the neutral plan and rules (README, "Hours and slots").

Which hours count for a date is an order of precedence there; here every layer is a rule that closes everything, the
windows that open and the breaks that close again, painted by strength.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal

from core.domain.records import Service
from core.domain.schedule import (
    BookingWindowRules,
    Buffers,
    CalendarRule,
    CapacityRules,
    Compatibility,
    Offset,
    OpeningRules,
    PersonRules,
    Pool,
    ResourceRules,
    SchedulePlan,
    SlotGrid,
    Unit,
)
from core.errors import Invalid
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.values import DAYS, clock, minutes_of, to_date, to_minute

#: Strength of each layer (it takes three steps: close, open, break), weakest first (README, "Hours and slots").
SITE_HOURS, SERVICE_HOURS, STAFF_HOURS, LOCATION_HOURS = 10, 20, 30, 40
SERVICE_DAYS, STAFF_DAYS, LOCATION_DAYS, DAYS_OFF = 50, 60, 70, 90
DAY_OFF = "dayoff"
_WORDS = {number: name for name, number in DAYS.items()}
_UNITS: dict[str, Unit] = {"m": "minute", "h": "hour", "d": "day"}

Entry = dict[str, Any]

DEFAULT_HOURS: list[Entry] = [
    {"day": day, "start_time": "09:00:00", "end_time": "17:00:00", "breaks": []} for day in list(DAYS)[:5]
]


# -- reading what callers send ----------------------------------------------------------------------------------


_WINDOW = {"start_time": str, "end_time": str, "breaks": [{"start_time": str, "end_time": str}]}
#: What the three readers take.
WORKHOURS = [{"day": Literal[tuple(DAYS)], **_WINDOW}]
DAYSOFF = [{"name": str, "start_date": date, "end_date": date, "repeat": bool}]
SPECIAL_DAYS = [{"start_date": date, "end_date": date, **_WINDOW, "services": [int]}]


def read_workhours(value: Any, field: str = "workhours") -> list[Entry]:
    """Weekly hours in one shape; a day without a start time is closed and left out.

    Raises:
        Invalid: A day, time or break is none; ``field`` is its path.
    """
    hours = []
    for index, item in enumerate(_items(value, field)):
        path = f"{field}.{index}"
        day = str(item.get("day") or "").strip().lower()
        if day not in DAYS:
            raise Invalid(field=f"{path}.day", reason="choice", value=item.get("day"))
        if item.get("start_time") in (None, ""):
            continue
        hours.append({"day": day, **_window(item, path)})
    return hours


def read_daysoff(value: Any, field: str = "daysoff") -> list[Entry]:
    """Days off in one shape; ``end_date`` falls back to ``start_date``."""
    days_off = []
    for index, item in enumerate(_items(value, field)):
        first, last = _range(item, f"{field}.{index}")
        repeat = str(item.get("repeat")).lower() in ("1", "true")
        days_off.append({"name": str(item.get("name") or ""), "start_date": first, "end_date": last, "repeat": repeat})
    return days_off


def read_special_days(value: Any, field: str = "special_days") -> list[Entry]:
    """Special days in one shape; ``services`` narrows them where there are any."""
    special_days = []
    for index, item in enumerate(_items(value, field)):
        path = f"{field}.{index}"
        first, last = _range(item, path)
        services = item.get("services")
        if isinstance(services, str):
            services = [part for part in services.split(",") if part.strip()]
        special_days.append(
            {
                "start_date": first,
                "end_date": last,
                **_window(item, path),
                "services": [_whole(number, f"{path}.services") for number in services or ()],
            }
        )
    return special_days


def _items(value: Any, field: str) -> list[Mapping[str, Any]]:
    if value in (None, ""):
        return []
    if not isinstance(value, list | tuple) or not all(isinstance(item, Mapping) for item in value):
        raise Invalid(field=field, reason="type", value=value)
    return list(value)


def _whole(value: Any, field: str) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = 0
    if not 0 < number < 2**63:
        raise Invalid(field=field, reason="type", value=value)
    return number


def _window(item: Mapping[str, Any], path: str) -> Entry:
    start = to_minute(item.get("start_time"), f"{path}.start_time")
    end = to_minute(item.get("end_time"), f"{path}.end_time", end=True)
    breaks = []
    for index, pause in enumerate(_items(item.get("breaks"), f"{path}.breaks")):
        low = to_minute(pause.get("start_time"), f"{path}.breaks.{index}.start_time")
        high = to_minute(pause.get("end_time"), f"{path}.breaks.{index}.end_time", end=True)
        if low == high:
            raise Invalid(field=f"{path}.breaks.{index}.end_time", reason="range", value=pause.get("end_time"))
        breaks.append({"start_time": clock(low), "end_time": clock(high)})
    return {"start_time": clock(start), "end_time": clock(end), "breaks": breaks}


def _range(item: Mapping[str, Any], path: str) -> tuple[str, str]:
    first = to_date(item.get("start_date"), f"{path}.start_date")
    last = to_date(item["end_date"], f"{path}.end_date") if item.get("end_date") else first
    if last < first:
        raise Invalid(field=f"{path}.end_date", reason="range", value=item.get("end_date"))
    return first.isoformat(), last.isoformat()


# -- rules ------------------------------------------------------------------------------------------------------


def hours_rules(hours: Iterable[Entry], strength: int) -> list[CalendarRule]:
    """A week of hours that stands by itself: what it does not open is closed."""
    rules = [CalendarRule(effect="close", strength=strength)]
    for item in hours:
        rules += _open(item, strength, weekdays=(DAYS[item["day"]],))
    return rules


def special_rules(days: Iterable[Entry], strength: int) -> list[CalendarRule]:
    """Dates with hours of their own."""
    rules = []
    for item in days:
        when: dict[str, Any] = {
            "from_date": date.fromisoformat(item["start_date"]),
            "to_date": date.fromisoformat(item["end_date"]),
            "services": tuple(item.get("services") or ()),
        }
        rules.append(CalendarRule(effect="close", strength=strength, **when))
        rules += _open(item, strength, **when)
    return rules


def _open(item: Entry, strength: int, **when: Any) -> list[CalendarRule]:
    low, high = to_minute(item["start_time"]), to_minute(item["end_time"], end=True)
    rules = [CalendarRule(effect="open", strength=strength + 1, from_minute=low, to_minute=high, **when)]
    for pause in item.get("breaks") or ():
        low, high = to_minute(pause["start_time"]), to_minute(pause["end_time"], end=True)
        rules.append(CalendarRule(effect="close", strength=strength + 2, from_minute=low, to_minute=high, **when))
    return rules


def dayoff_rules(days: Iterable[Entry]) -> list[CalendarRule]:
    """Holidays and days off: nothing beats them."""
    return [
        CalendarRule(
            effect="close",
            strength=DAYS_OFF,
            from_date=date.fromisoformat(item["start_date"]),
            to_date=date.fromisoformat(item["end_date"]),
            repeat_years=-1 if item.get("repeat") else 0,
            label=DAY_OFF,
        )
        for item in days
    ]


def service_rules(
    service: Mapping[str, Any],
    *,
    hours: Iterable[Entry],
    daysoff: Iterable[Entry],
    places: Mapping[int, int] | None = None,
) -> tuple[CalendarRule, ...]:
    """The rules of a service, the site's defaults compiled in.

    Args:
        service: Its vendor settings.
        hours, daysoff: Of the site.
        places: Capacity by location id, where a location sets one.
    """
    rules = hours_rules(hours, SITE_HOURS)
    if service.get("workhours") is not None:
        rules += hours_rules(service["workhours"], SERVICE_HOURS)
    rules += special_rules(service.get("special_days") or (), SERVICE_DAYS)
    rules += dayoff_rules(daysoff)
    rules += dayoff_rules(service.get("daysoff") or ())
    if first := service.get("service_start_date"):
        before = date.fromisoformat(first) - timedelta(days=1)
        rules.append(CalendarRule(effect="close", strength=DAYS_OFF, to_date=before))
    if last := service.get("service_expiration_date"):
        after = date.fromisoformat(last) + timedelta(days=1)
        rules.append(CalendarRule(effect="close", strength=DAYS_OFF, from_date=after))
    return tuple(_sized(rules, {(0, location): count for location, count in (places or {}).items()}))


def staff_rules(
    member: Mapping[str, Any], *, places: Mapping[tuple[int, int], int] | None = None
) -> tuple[CalendarRule, ...]:
    """The rules of a staff member.

    Args:
        member: Its vendor settings; ``workhours`` None means that the service's hours hold.
        places: Capacity by (service id, location id), where a location sets one.
    """
    rules: list[CalendarRule] = []
    if member.get("workhours") is not None:
        rules += hours_rules(member["workhours"], STAFF_HOURS)
    rules += special_rules(member.get("special_days") or (), STAFF_DAYS)
    rules += dayoff_rules(member.get("daysoff") or ())
    if places:
        # The weakest rule of all carries the number; whatever closes is painted over it.
        rules.insert(0, CalendarRule(effect="open", strength=0))
        rules = _sized(rules, places)
        rules.pop(0)
    if not member.get("status", 1):
        rules.append(CalendarRule(effect="close", strength=DAYS_OFF + 9))
    return tuple(rules)


def location_rules(location: Mapping[str, Any]) -> tuple[CalendarRule, ...]:
    """The rules of a location; they hold for what is booked there."""
    rules: list[CalendarRule] = []
    if location.get("workhours"):
        rules += hours_rules(location["workhours"], LOCATION_HOURS)
    return (*rules, *special_rules(location.get("special_days") or (), LOCATION_DAYS))


def _sized(rules: Sequence[CalendarRule], places: Mapping[tuple[int, int], int]) -> list[CalendarRule]:
    """Every opening rule once more for each (service, location) with a number of places of its own."""
    sized_rules = []
    for rule in rules:
        sized_rules.append(rule)
        if rule.effect == "open":
            for (service, location), count in sorted(places.items()):
                if service and rule.services and service not in rule.services:
                    continue
                services = (service,) if service else rule.services
                sized_rules.append(replace(rule, services=services, locations=(location,), capacity=max(0, count)))
    return sized_rules


def is_day_off(rules: Iterable[CalendarRule], day: date) -> bool:
    """Whether a holiday or day off falls on the date."""
    return any(rule.label == DAY_OFF and _covers(rule, day) for rule in rules)


def _covers(rule: CalendarRule, day: date) -> bool:
    first, last = rule.from_date, rule.to_date
    if first is None or last is None:
        return False
    if first <= day <= last:
        return True
    if not rule.repeat_years or day < first:
        return False
    then, begin, end = (day.month, day.day), (first.month, first.day), (last.month, last.day)
    return begin <= then <= end if begin <= end else then >= begin or then <= end


# -- plans ------------------------------------------------------------------------------------------------------


def service_plan(
    service: Mapping[str, Any],
    settings: SiteSettings,
    *,
    service_id: int = 0,
    staff: Sequence[Mapping[str, Any]] | None = None,
) -> SchedulePlan:
    """How a service is booked.

    Args:
        service: Its vendor settings, as ``DEFAULTS`` names them.
        staff: Links of its staff members (capacity and smallest party of each); empty or None without staff.
    """
    unit, amount = service["service_duration_unit"], service["service_duration_val"]
    minutes = minutes_of(amount, unit)
    # Both pauses are added up and kept free on either side of every booking (section 5.4).
    pause = 0
    if unit != "d":
        pause = minutes_of(service["before_buffer_time"], service["before_buffer_time_unit"])
        pause += minutes_of(service["after_buffer_time"], service["after_buffer_time_unit"])
    shared = settings.share_quanty_between_timeslots
    # With a pause only the very same slot can be shared, whatever the switch says.
    by_slot = not shared or pause > 0
    smallest = service["min_capacity"]
    if staff:
        smallest = min(link.get("min_capacity") or smallest for link in staff)
    pools: tuple[Pool, ...] = ()
    if settings.share_timeslot_between_services and not staff:
        pools = (Pool(kind="site", id=0, capacity=None, sharing="session", session_by="service"),)
    return SchedulePlan(
        unit=_UNITS[unit],
        length=amount,
        grid=SlotGrid(
            step_minutes=minutes if settings.show_time_as_per_service_duration else settings.default_time_slot,
            origin="opening",
            after_break="restart",
        ),
        opening=OpeningRules(merge_adjacent="same_day", partial_day_rules="opens_only", includes_site_rules=False),
        buffers=Buffers(before_minutes=pause, after_minutes=pause, combination="max"),
        booking_window=BookingWindowRules(
            notice=Offset(notice_minutes(service, settings), "minute"),
            notice_inclusive=False,
            horizon=Offset(settings.period_available_for_booking, "day"),
        ),
        capacity=CapacityRules(
            limit=None if staff else service["max_capacity"],
            sharing="session" if by_slot and not staff else "units",
            session_by="span" if by_slot else "service",
            scope="location",
            pools=pools,
            units_per="person",
        ),
        compatibility=Compatibility(overlap_counting="sum" if shared else "peak"),
        persons=PersonRules(minimum=max(1, smallest)),
        resources=ResourceRules(
            choice="either" if staff else "none", order=_ORDERS.get(settings.any_staff_rule, "listed"), calendar="merge"
        ),
    )


_ORDERS: dict[str, Literal["least_busy_day", "most_busy_day", "least_busy_week", "most_busy_week"]] = {
    "least_assigned_by_day": "least_busy_day",
    "most_assigned_by_day": "most_busy_day",
    "least_assigned_by_week": "least_busy_week",
    "most_assigned_by_week": "most_busy_week",
}


def notice_minutes(service: Mapping[str, Any], settings: SiteSettings) -> int:
    """The notice a booking needs: the service's own, else the site's."""
    notice = service["minimum_time_required_before_booking"]
    if notice == "inherit":
        notice = settings.default_minimum_time_for_booking
    return int(notice) if str(notice).isdigit() else 0


#: The vendor's settings of a service beside what the core's record holds, with the vendor's defaults.
DEFAULTS: dict[str, Any] = {
    "service_duration_val": 30,
    "service_duration_unit": "m",
    "max_capacity": 1,
    "min_capacity": 1,
    "before_buffer_time": 0,
    "before_buffer_time_unit": "m",
    "after_buffer_time": 0,
    "after_buffer_time_unit": "m",
    "minimum_time_required_before_booking": "inherit",
    "minimum_time_required_before_rescheduling": "inherit",
    "minimum_time_required_before_cancelling": "inherit",
    "service_start_date": "",
    "service_expiration_date": "",
    "deposit_type": "percentage",
    "deposit_amount": "0",
    "service_image": "",
    "service_image_name": "",
}


def derived_settings(service: Service, *, staff_capacity: int | None = None) -> dict[str, Any]:
    """The vendor's settings of a service that another dialect made, read off its neutral plan.

    Args:
        staff_capacity: The most places one of its resources has, where it has resources.
    """
    plan = service.plan
    unit = {"minute": "m", "hour": "h"}.get(plan.unit, "d")
    length = max(1, plan.length) * max(1, plan.min_blocks) * (30 if plan.unit == "month" else 1)
    if plan.grid.starts == "fixed" and unit != "d" and plan.grid.fixed_slots:
        first = plan.grid.fixed_slots[0]
        minutes = (first.to_minute - first.from_minute) % 1440 or 1440
        unit, length = ("h", minutes // 60) if minutes % 60 == 0 else ("m", minutes)
    capacity = plan.capacity.limit if plan.capacity.limit is not None else staff_capacity
    listed = [start.capacity for start in plan.grid.fixed_slots if start.capacity is not None]
    if listed and plan.grid.starts == "fixed":
        capacity = max(listed)
    notice = {"minute": 1, "hour": 60, "day": 1440, "week": 10080, "month": 43200}[
        plan.booking_window.notice.unit
    ] * plan.booking_window.notice.value
    return {
        **DEFAULTS,
        "service_duration_val": length,
        "service_duration_unit": unit,
        "max_capacity": capacity if capacity is not None else plan.persons.maximum,
        "min_capacity": max(1, plan.persons.minimum),
        "before_buffer_time": plan.buffers.before_minutes,
        "after_buffer_time": plan.buffers.after_minutes,
        "minimum_time_required_before_booking": str(notice) if notice > 0 else "disabled",
    }


def touched_plan(plan: SchedulePlan, before: Mapping[str, Any], after: Mapping[str, Any]) -> SchedulePlan:
    """The plan of another dialect's service with what a caller changed through this one; the rest stays."""

    def differs(*names: str) -> bool:
        return any(before[name] != after[name] for name in names)

    changes: dict[str, Any] = {}
    if differs("service_duration_val", "service_duration_unit"):
        changes |= {
            "unit": _UNITS[after["service_duration_unit"]],
            "length": after["service_duration_val"],
            "min_blocks": 1,
            "max_blocks": 1,
        }
        if plan.grid.starts == "fixed":
            changes["grid"] = replace(plan.grid, starts="grid", fixed_slots=())
    if differs("max_capacity"):
        changes["capacity"] = replace(plan.capacity, limit=after["max_capacity"])
    if differs("min_capacity"):
        changes["persons"] = replace(plan.persons, minimum=after["min_capacity"])
    buffers = plan.buffers
    if differs("before_buffer_time", "before_buffer_time_unit"):
        minutes = minutes_of(after["before_buffer_time"], after["before_buffer_time_unit"])
        buffers = replace(buffers, before_minutes=minutes)
    if differs("after_buffer_time", "after_buffer_time_unit"):
        minutes = minutes_of(after["after_buffer_time"], after["after_buffer_time_unit"])
        buffers = replace(buffers, after_minutes=minutes)
    changes["buffers"] = buffers
    if differs("minimum_time_required_before_booking"):
        notice_text = str(after["minimum_time_required_before_booking"])
        notice = Offset(int(notice_text) if notice_text.isdigit() else 0, "minute")
        changes["booking_window"] = replace(plan.booking_window, notice=notice)
    return replace(plan, **changes)


def derived_hours(rules: Iterable[CalendarRule]) -> list[Entry]:
    """Weekly hours read off rules that another dialect wrote, as far as they are weekly hours."""
    hours = []
    for rule in rules:
        dated = rule.from_date or rule.to_date or rule.dates or rule.months or rule.weeks or rule.rrule
        if rule.effect == "open" and rule.weekdays and not dated:
            window = {"start_time": clock(rule.from_minute), "end_time": clock(rule.to_minute), "breaks": []}
            hours += [{"day": _WORDS[weekday], **window} for weekday in rule.weekdays]
    return hours
