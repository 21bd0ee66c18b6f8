"""What the real server gets wrong, copied for ``mode = "strict"``: products, windows, filters.

Nothing of this is stored: calendars are shared with other dialects, which answer by what the rules mean.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from core.domain.coerce import to_dicts, to_int
from core.domain.price_plan import plan_data
from core.domain.records import Category, Service
from core.domain.schedule import Offset, SchedulePlan, Slot
from core.domain.zones import DAY
from plugins.wc_bookings.translate import catalog as words
from plugins.wc_bookings.translate.prices import to_price_plan
from plugins.wc_bookings.translate.schedule import to_rules


def as_listed(service: Service) -> Service:
    """A product whose slots are listed: a month is judged by its first day, months over the new year stop at it."""
    settings = words.own(service).get("settings", {})
    changes: dict[str, Any] = {}
    plan = listed_plan(service.plan)
    if plan is not service.plan:
        changes["plan"] = plan
    if _over_new_year(settings.get("availability")):
        changes["rules"] = to_rules(until_december(settings, "availability"))
    return replace(service, **changes) if changes else service


def listed_plan(plan: SchedulePlan) -> SchedulePlan:
    """A month is listed by its first day, though it is refused when another of its days is closed."""
    if plan.unit != "month" or plan.opening.must_be_open != "all":
        return plan
    return replace(plan, opening=replace(plan.opening, must_be_open="first_day"))


def as_quoted(service: Service, settings: Mapping[str, Any]) -> Service:
    """A product that is priced: the earliest day is not the start's (see ``ends_too_soon``), months as above."""
    changes: dict[str, Any] = {}
    if _is_long(service.plan):
        plan = service.plan
        changes["plan"] = replace(plan, booking_window=replace(plan.booking_window, notice=Offset()))
    if _over_new_year(settings.get("availability")):
        changes["rules"] = to_rules(until_december(settings, "availability"))
    if _over_new_year(settings.get("pricing")):
        changes["price_plan"] = plan_data(to_price_plan(until_december(settings, "pricing")))
    return replace(service, **changes) if changes else service


def ends_too_soon(plan: SchedulePlan, end: datetime | None, earliest: datetime) -> bool:
    """Whether a booking by days ends before the earliest moment: the last day booked is what counts, not the first."""
    return _is_long(plan) and end is not None and end - timedelta(seconds=1) < earliest


def listed_until(plan: SchedulePlan, offers: Sequence[Slot], high: datetime) -> Sequence[Slot]:
    """Without the starts whose block goes on for longer than a day after the window ends at ``high``."""
    if plan.unit != "day" or plan.length < 3:
        return offers
    last = (high + timedelta(days=1)).toordinal()
    return [offer for offer in offers if offer.wall_start // DAY + plan.length - 1 <= last]


def with_parents(ids: Iterable[int], known: Mapping[int, Category]) -> list[int]:
    """Categories and those right above them: a filter by the one lists products of the other as well."""
    found = list(ids)
    found += [known[number].parent_id for number in found if number in known and known[number].parent_id]
    return list(dict.fromkeys(found))


def _is_long(plan: SchedulePlan) -> bool:
    return plan.unit in ("day", "month")


def until_december(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Settings in whose list ``name`` months over the new year end with December."""
    return {**settings, name: [{**rule, "to": 12} if _wraps(rule) else rule for rule in to_dicts(settings.get(name))]}


def _over_new_year(rules: Any) -> bool:
    return any(map(_wraps, to_dicts(rules)))


def _wraps(rule: Mapping[str, Any]) -> bool:
    return rule.get("type") == "months" and to_int(rule.get("to")) < to_int(rule.get("from"))
