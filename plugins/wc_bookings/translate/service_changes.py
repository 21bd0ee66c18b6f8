"""A product's price and weekly hours in its bookings settings: read off them, and changed in them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from frontdesk.coerce import to_int
from frontdesk.records import Service, ServiceChange, ServiceOffer, WeeklyOpening
from frontdesk.schedule import CalendarRule, check_whole_days, closed_times, openings_of
from plugins.wc_bookings.translate.values import duration_unit, flag, to_json_number

_DAY = 1440
_PRIORITY = 10
#: Types of availability rows that say something about every week.
_WEEKLY = frozenset({"days", "time", *(f"time:{weekday}" for weekday in range(1, 8))})


def to_offer(service: Service, settings: Mapping[str, Any], site_rules: Sequence[CalendarRule]) -> ServiceOffer:
    """What the product costs, how many it takes at one time, and when.

    Args:
        settings: The bookings part of the product, complete.
    """
    fixed, notes = {}, {}
    if flag(settings["has_resources"]) and settings["resource_ids"]:
        fixed["capacity"] = "The places are those of its resources."
    cost, block_cost = _amount(settings["cost"]), _amount(settings["block_cost"])
    if cost and block_cost:
        notes["price"] = f"This is the base cost; every block adds {block_cost:f}."
    elif settings["pricing"] or settings["person_types"] or settings["resource_base_costs"]:
        notes["price"] = "Cost rules, person types and resources add to it."
    if flag(settings["has_restricted_days"]):
        notes["hours"] = "Bookings may start on some weekdays only, which stays."
    return ServiceOffer(
        price=block_cost if _is_by_block(settings) else cost,
        capacity=to_int(settings["qty"], 1) or 1,
        hours=openings_of(service.plan, (*site_rules, *service.rules)),
        fixed=fixed,
        notes=notes,
    )


def _amount(value: Any) -> Decimal:
    return Decimal(to_json_number(value))


def _is_by_block(settings: Mapping[str, Any]) -> bool:
    """Is the cost of a block all there is?"""
    return not _amount(settings["cost"]) and bool(_amount(settings["block_cost"]))


def to_payload(change: ServiceChange, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a product's update that makes the change.

    Raises:
        Invalid: The product is sold by the day, and an opening is no whole day.
    """
    payload: dict[str, Any] = {}
    if change.name is not None:
        payload["name"] = change.name
    if change.price is not None:
        payload["block_cost" if _is_by_block(settings) else "cost"] = f"{change.price:f}"
        # A price that was stated for lists is outdated.
        payload["display_cost"] = ""
    if change.capacity is not None:
        payload["qty"] = change.capacity
    if change.hours is not None:
        payload["availability"] = _rows(settings, change.hours)
    return payload


def _rows(settings: Mapping[str, Any], openings: Sequence[WeeklyOpening]) -> list[dict[str, Any]]:
    """The availability rows with other weekly hours; dates, months and weeks stay, and are stronger."""
    rows = settings["availability"]
    rows = list(rows.values()) if isinstance(rows, Mapping) else rows if isinstance(rows, list) else []
    others = [dict(row) for row in rows if isinstance(row, Mapping) and row.get("type") not in _WEEKLY]
    if duration_unit(settings) not in ("hour", "minute"):
        check_whole_days(openings)
    priority = max([_PRIORITY, *(to_int(row.get("priority"), _PRIORITY) for row in others)])
    # The higher row is the stronger one, and a booking that touches closed time is refused.
    closed = [_row(time, "no", priority) for time in closed_times(openings)]
    return [*others, *closed, *(_row(opening, "yes", priority) for opening in sorted(openings))]


def _row(opening: WeeklyOpening, bookable: str, priority: int) -> dict[str, Any]:
    kind: dict[str, Any] = {"type": f"time:{opening.weekday}"}
    kind |= {"from": _clock(opening.from_minute), "to": _clock(opening.to_minute)}
    if opening.is_whole_day:
        kind = {"type": "days", "from": str(opening.weekday), "to": str(opening.weekday)}
    return {**kind, "bookable": bookable, "priority": priority}


def _clock(minute: int) -> str:
    """``HH:MM``; the end of a day is ``00:00``."""
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"
