"""Faults of the real server that ``mode = "strict"`` copies (README.md, "Faults that strict mode copies").

None of this is stored: other dialects share the calendars, and go by what the rules mean.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from frontdesk.coerce import to_dicts, to_int
from frontdesk.prices import plan_data
from frontdesk.records import Category, Service
from frontdesk.schedule import Offset, SchedulePlan, Slot
from frontdesk.times import DAY
from plugins.wc_bookings.translate.prices import to_price_plan
from plugins.wc_bookings.translate.schedule import to_rules
from plugins.wc_bookings.translate.values import stored_extras


def as_listed(service: Service) -> Service:
    """A service for a list of slots: a month is checked by its first day, month rules end with December."""
    settings = stored_extras(service).get("settings", {})
    changes: dict[str, Any] = {}
    plan = listed_plan(service.plan)
    if plan is not service.plan:
        changes["plan"] = plan
    if _passes_new_year(settings.get("availability")):
        changes["rules"] = to_rules(until_december(settings, "availability"))
    return replace(service, **changes) if changes else service


def listed_plan(plan: SchedulePlan) -> SchedulePlan:
    """A plan that lists a month by its first day, though a booking needs all of its days."""
    if plan.unit != "month" or plan.opening.must_be_open != "all":
        return plan
    return replace(plan, opening=replace(plan.opening, must_be_open="first_day"))


def as_quoted(service: Service, settings: Mapping[str, Any]) -> Service:
    """A service for a quote: the start needs no notice (see ``ends_too_soon``), month rules end with December."""
    changes: dict[str, Any] = {}
    if _is_long(service.plan):
        booking_window = replace(service.plan.booking_window, notice=Offset())
        changes["plan"] = replace(service.plan, booking_window=booking_window)
    if _passes_new_year(settings.get("availability")):
        changes["rules"] = to_rules(until_december(settings, "availability"))
    if _passes_new_year(settings.get("pricing")):
        changes["price_plan"] = plan_data(to_price_plan(until_december(settings, "pricing")))
    return replace(service, **changes) if changes else service


def ends_too_soon(plan: SchedulePlan, end: datetime | None, earliest: datetime) -> bool:
    """Does a booking by days end before the earliest moment? The last day booked counts, not the first."""
    return _is_long(plan) and end is not None and end - timedelta(seconds=1) < earliest


def listed_until(plan: SchedulePlan, slots: Sequence[Slot], high: datetime) -> Sequence[Slot]:
    """The slots whose block ends within a day after the window, which ends at ``high``."""
    if plan.unit != "day" or plan.length < 3:
        return slots
    last = (high + timedelta(days=1)).toordinal()
    return [slot for slot in slots if slot.wall_start // DAY + plan.length - 1 <= last]


def with_parents(category_ids: Iterable[int], categories: Mapping[int, Category]) -> list[int]:
    """Ids of categories and of those right above them, which a filter by the former includes."""
    ids = list(category_ids)
    stored = [categories[category_id] for category_id in ids if category_id in categories]
    return list(dict.fromkeys([*ids, *(category.parent_id for category in stored if category.parent_id)]))


def _is_long(plan: SchedulePlan) -> bool:
    return plan.unit in ("day", "month")


def until_december(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Settings in whose rows ``name`` a month rule over the new year ends with December."""
    return {**settings, name: [{**rule, "to": 12} if _wraps(rule) else rule for rule in to_dicts(settings.get(name))]}


def _passes_new_year(rules: Any) -> bool:
    return any(map(_wraps, to_dicts(rules)))


def _wraps(rule: Mapping[str, Any]) -> bool:
    return rule.get("type") == "months" and to_int(rule.get("to")) < to_int(rule.get("from"))
