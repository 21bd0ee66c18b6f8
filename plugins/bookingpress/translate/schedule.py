"""Hours, breaks, special days, days off, capacity and notice as the neutral plan and rules (README, "Hours and slots").

Which hours count for a date is an order of precedence there; here every layer is a rule that closes everything, the
windows that open and the breaks that close again, painted by strength.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal

from frontdesk.schedule import (
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
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.hours import StoredHours
from plugins.bookingpress.translate.values import DAYS, minutes_of, to_minute

#: Strength of each layer (it takes three steps: close, open, break), weakest first (README, "Hours and slots").
SITE_HOURS, SERVICE_HOURS, STAFF_HOURS, LOCATION_HOURS = 10, 20, 30, 40
SERVICE_DAYS, STAFF_DAYS, LOCATION_DAYS, DAYS_OFF = 50, 60, 70, 90
DAY_OFF = "dayoff"
UNITS: dict[str, Unit] = {"m": "minute", "h": "hour", "d": "day"}
_ORDERS: dict[str, Literal["least_busy_day", "most_busy_day", "least_busy_week", "most_busy_week"]] = {
    "least_assigned_by_day": "least_busy_day",
    "most_assigned_by_day": "most_busy_day",
    "least_assigned_by_week": "least_busy_week",
    "most_assigned_by_week": "most_busy_week",
}


# -- rules ------------------------------------------------------------------------------------------------------


def hours_rules(hours: Iterable[StoredHours], strength: int) -> list[CalendarRule]:
    """A week of hours that stands by itself: what it does not open is closed."""
    rules = [CalendarRule(effect="close", strength=strength)]
    for item in hours:
        rules += _open(item, strength, weekdays=(DAYS[item["day"]],))
    return rules


def special_rules(days: Iterable[StoredHours], strength: int) -> list[CalendarRule]:
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


def _open(item: StoredHours, strength: int, **when: Any) -> list[CalendarRule]:
    low, high = to_minute(item["start_time"]), to_minute(item["end_time"], end=True)
    rules = [CalendarRule(effect="open", strength=strength + 1, from_minute=low, to_minute=high, **when)]
    for pause in item.get("breaks") or ():
        low, high = to_minute(pause["start_time"]), to_minute(pause["end_time"], end=True)
        rules.append(CalendarRule(effect="close", strength=strength + 2, from_minute=low, to_minute=high, **when))
    return rules


def dayoff_rules(days: Iterable[StoredHours]) -> list[CalendarRule]:
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
    hours: Iterable[StoredHours],
    daysoff: Iterable[StoredHours],
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
    staff: Sequence[Mapping[str, Any]] | None = None,
) -> SchedulePlan:
    """How a service is booked.

    Args:
        service: Its vendor settings, as ``DEFAULTS`` names them.
        staff: Links of its staff members (capacity and smallest party of each); empty or None without staff.
    """
    unit, amount = service["service_duration_unit"], service["service_duration_val"]
    length_minutes, pause = minutes_of(amount, unit), _pause_minutes(service)
    smallest = service["min_capacity"]
    if staff:
        smallest = min(link.get("min_capacity") or smallest for link in staff)
    return SchedulePlan(
        unit=UNITS[unit],
        length=amount,
        grid=SlotGrid(
            step_minutes=length_minutes if settings.show_time_as_per_service_duration else settings.default_time_slot,
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
        capacity=_capacity(service, settings, has_staff=bool(staff), has_pause=pause > 0),
        compatibility=Compatibility(overlap_counting="sum" if settings.share_quanty_between_timeslots else "peak"),
        persons=PersonRules(minimum=max(1, smallest)),
        resources=ResourceRules(
            choice="either" if staff else "none", order=_ORDERS.get(settings.any_staff_rule, "listed"), calendar="merge"
        ),
    )


def _pause_minutes(service: Mapping[str, Any]) -> int:
    """The minutes kept free on either side of a booking: both pauses added up; whole days have none (section 5.4)."""
    if service["service_duration_unit"] == "d":
        return 0
    names = ("before_buffer_time", "after_buffer_time")
    return sum(minutes_of(service[name], service[f"{name}_unit"]) for name in names)


def _capacity(service: Mapping[str, Any], settings: SiteSettings, *, has_staff: bool, has_pause: bool) -> CapacityRules:
    # With a pause only the very same slot can be shared, whatever the switch says.
    by_slot = not settings.share_quanty_between_timeslots or has_pause
    pools: tuple[Pool, ...] = ()
    if settings.share_timeslot_between_services and not has_staff:
        pools = (Pool(kind="site", id=0, capacity=None, sharing="session", session_by="service"),)
    return CapacityRules(
        limit=None if has_staff else service["max_capacity"],
        sharing="session" if by_slot and not has_staff else "units",
        session_by="span" if by_slot else "service",
        scope="location",
        pools=pools,
        units_per="person",
    )


def notice_minutes(service: Mapping[str, Any], settings: SiteSettings) -> int:
    """The notice a booking needs: the service's own, else the site's."""
    notice = service["minimum_time_required_before_booking"]
    if notice == "inherit":
        notice = settings.default_minimum_time_for_booking
    return int(notice) if str(notice).isdigit() else 0
