"""The vendor's settings of another dialect's service, read off its plan, rules and prices.

A plan can say more than the vendor's settings; what they cannot express is left out. Slots, prices and bookings never
come from here: they are computed from the plan itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from frontdesk.records import PersonType, Service, ServiceResource
from frontdesk.schedule import CalendarRule, Offset, SchedulePlan
from plugins.wc_bookings.translate.values import to_json_number

_UNLIMITED = 2**31 - 1
#: Places of a product without a limit, which the vendor does not have.
_UNLIMITED_PLACES = 9999
_WEEK = (1, 2, 3, 4, 5, 6, 7)


def to_settings(
    service: Service, links: Sequence[ServiceResource] = (), person_types: Sequence[PersonType] = ()
) -> dict[str, Any]:
    """The settings that the plan decides."""
    plan = service.plan
    fixed_slot = plan.grid.fixed_slots[0] if plan.grid.starts == "fixed" and plan.grid.fixed_slots else None
    slot_capacity = fixed_slot.capacity if fixed_slot is not None else None
    length, unit = block_of(plan)
    fixed = (plan.min_blocks, plan.max_blocks) == (1, 1) and unit != "night"
    per_person = plan.capacity.units_per == "person"
    persons = per_person or plan.persons.maximum != 0 or plan.persons.minimum > 1 or bool(person_types)
    window = plan.booking_window
    min_value, min_unit = _distance(window.notice)
    max_value, max_unit = _distance(window.horizon) if window.horizon else (12, "month")
    return {
        "apply_adjacent_buffer": plan.buffers.before_minutes > 0,
        "availability": _listed_rows(plan) if fixed_slot is not None else to_availability_rows(service.rules),
        "buffer_period": _buffer(plan.buffers.after_minutes or plan.buffers.before_minutes, unit),
        "check_start_block_only": plan.opening.must_be_open == "first_block",
        "default_date_availability": "available" if plan.opening.open_by_default else "",
        "duration_type": "fixed" if fixed else "customer",
        "duration_unit": unit,
        "duration": length,
        "first_block_time": "" if not plan.grid.first_start_minute else _clock(plan.grid.first_start_minute),
        "has_person_qty_multiplier": per_person,
        "has_person_types": bool(person_types),
        "has_persons": persons,
        "has_resources": plan.resources.choice != "none" and bool(links),
        "has_restricted_days": "1" if window.start_weekdays else "",
        "max_date_value": max_value,
        "max_date_unit": max_unit,
        "max_duration": 1 if fixed else plan.max_blocks or 365,
        "max_persons": plan.persons.maximum if persons else 1,
        "min_date_value": min_value,
        "min_date_unit": min_unit,
        "min_duration": plan.min_blocks,
        "min_persons": plan.persons.minimum if persons else 1,
        "person_types": [to_person_type_row(item) for item in person_types],
        "qty": _places(plan.capacity.limit if slot_capacity is None else slot_capacity),
        "resource_ids": [link.resource_id for link in links],
        "resource_base_costs": {str(link.resource_id): to_json_number(link.base_cost) for link in links},
        "resource_block_costs": {str(link.resource_id): to_json_number(link.block_cost) for link in links},
        "resources_assignment": "automatic" if plan.resources.choice in ("automatic", "either") else "customer",
        "restricted_days": {str(day % 7): str(day % 7) for day in window.start_weekdays} or "",
        **_costs(service.price_plan or {"steps": [{"kind": "base", "amount": service.price}]}),
    }


def block_of(plan: SchedulePlan) -> tuple[int, str]:
    """Length and unit of one block; a fixed slot has a length of its own."""
    fixed_slot = plan.grid.fixed_slots[0] if plan.grid.starts == "fixed" and plan.grid.fixed_slots else None
    if fixed_slot is None or plan.unit not in ("minute", "hour"):
        return plan.length, plan.unit
    return max(1, (fixed_slot.to_minute - fixed_slot.from_minute) % 1440 or 1440), "minute"


def base_cost(service: Service) -> Decimal:
    """The cost of a booking that does not depend on its length."""
    if not service.price_plan:
        return service.price
    steps = service.price_plan.get("steps") or ()
    return sum((_amount(step.get("amount")) for step in steps if step.get("kind") == "base"), Decimal(0))


def to_person_type_row(item: PersonType) -> dict[str, Any]:
    """A person type in the vendor's stored form."""
    return {
        "id": item.id,
        "block_cost": to_json_number(item.block_cost),
        "cost": to_json_number(item.base_cost),
        "description": item.description,
        "max": str(item.maximum) if item.maximum else "",
        "min": str(item.minimum) if item.minimum else "",
        "name": item.name,
        "parent_id": item.service_id,
        "sort_order": item.position,
    }


def _places(capacity: int | None) -> int:
    return _UNLIMITED_PLACES if capacity is None or capacity >= _UNLIMITED else capacity


def _distance(offset: Offset) -> tuple[int, str]:
    if offset.unit == "minute":
        return (0, "day") if not offset.value else (-(-offset.value // 60), "hour")
    return offset.value, offset.unit


def _buffer(minutes: int, unit: str) -> int:
    return -(-minutes // {"day": 1440, "hour": 60}.get(unit, 1))


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


# -- rules ------------------------------------------------------------------------------------------------------


def to_availability_rows(rules: Iterable[CalendarRule]) -> list[dict[str, Any]]:
    """Calendar rules as rows of an availability table, strongest first."""
    ordered = sorted(enumerate(rules), key=lambda pair: (pair[1].strength, pair[0]), reverse=True)
    return [row for _, rule in ordered for row in _rows(rule)]


def _rows(rule: CalendarRule) -> Iterable[dict[str, Any]]:
    timed = rule.part_of_day or (rule.from_minute, rule.to_minute) != (0, 1440)
    for selector in _selectors(rule, timed):
        yield {
            "type": selector.pop("type"),
            "bookable": "yes" if rule.effect == "open" else "no",
            "priority": 10,
            **selector,
        }


def _selectors(rule: CalendarRule, timed: bool) -> Iterable[dict[str, Any]]:
    window = {"from": _clock(rule.from_minute), "to": _clock(rule.to_minute % 1440)}
    if rule.dates:
        for first, last in _runs(sorted(rule.dates)):
            yield from _selectors(replace(rule, dates=(), from_date=first, to_date=last), timed)
        return
    first, last = rule.from_date, rule.to_date
    if rule.rrule:
        yield {"type": "rrule", "from": _day(first), "to": _day(last or first), "rrule": rule.rrule}
    elif first or last:
        first, last = first or date(2000, 1, 1), last or date(2100, 12, 31)
        dates = {"from_date": _day(first), "to_date": _day(last)}
        if rule.continuous and timed:
            yield {"type": "custom:daterange", **window, **dates}
        elif timed:
            yield {"type": "time:range", **window, **dates}
        else:
            yield {"type": "custom", "from": _day(first), "to": _day(last)}
    elif timed and set(rule.weekdays or _WEEK) == set(_WEEK):
        yield {"type": "time", **window}
    elif timed:
        yield from ({"type": f"time:{day}", **window} for day in rule.weekdays)
    elif rule.months:
        yield from ({"type": "months", "from": str(a), "to": str(b)} for a, b in _runs(sorted(rule.months)))
    elif rule.weeks:
        yield from ({"type": "weeks", "from": str(a), "to": str(b)} for a, b in _runs(sorted(rule.weeks)))
    else:
        days = sorted(rule.weekdays or _WEEK)
        yield from ({"type": "days", "from": str(a), "to": str(b)} for a, b in _runs(days))


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _runs(values: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Runs of adjacent numbers or dates as ``(first, last)``."""
    runs: list[tuple[Any, Any]] = []
    for value in values:
        ordinal = value.toordinal() if isinstance(value, date) else value
        if runs:
            last = runs[-1][1]
            if ordinal - (last.toordinal() if isinstance(last, date) else last) == 1:
                runs[-1] = (runs[-1][0], value)
                continue
        runs.append((value, value))
    return runs


def _listed_rows(plan: SchedulePlan) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for start in plan.grid.fixed_slots:
        rule = CalendarRule(
            effect="open",
            weekdays=() if start.dates else start.weekdays,
            dates=start.dates,
            from_minute=start.from_minute,
            to_minute=start.to_minute,
        )
        rows += _rows(rule)
    return rows


# -- prices -----------------------------------------------------------------------------------------------------


def _costs(price_plan: Mapping[str, Any]) -> dict[str, Any]:
    """Base cost, block cost and pricing rows of the stored price plan."""
    base, block = Decimal(0), Decimal(0)
    pricing: list[dict[str, Any]] = []
    multiplied = False
    for step in price_plan.get("steps") or ():
        kind = step.get("kind")
        if kind == "base":
            base += _amount(step.get("amount"))
        elif kind in ("per_block", "date_price"):
            block += _amount(step.get("amount"))
            pricing += _date_rows(step)
        elif kind == "rules":
            pricing += [row for rule in step.get("rules") or () for row in _rule_rows(rule)]
        elif kind == "scale":
            multiplied = multiplied or step.get("by") == "persons"
    return {
        "cost": str(to_json_number(base)),
        "block_cost": str(to_json_number(block)),
        "pricing": pricing,
        "has_person_cost_multiplier": multiplied,
    }


def _amount(value: Any) -> Decimal:
    return Decimal(str(value or 0))


def _row(kind: str, first: Any, last: Any, modifier: str, cost: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "cost": str(to_json_number(_amount(cost))),
        "modifier": modifier,
        "base_cost": "",
        "base_modifier": "plus",
        "from": str(first),
        "to": str(last),
    }


def _date_rows(step: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = [_row("days", day, day, "equals", amount) for day, amount in step.get("weekdays") or ()]
    rows += [_row("custom", day, day, "equals", amount) for day, amount in step.get("dates") or ()]
    return rows


def _rule_rows(rule: Mapping[str, Any]) -> list[dict[str, Any]]:
    when, block, base = rule.get("when") or {}, rule.get("block") or {}, rule.get("base") or {}
    tail = {
        "cost": str(to_json_number(_amount(block.get("amount")))) if block else "",
        "modifier": block.get("op", "plus"),
        "base_cost": str(to_json_number(_amount(base.get("amount")))) if base else "",
        "base_modifier": base.get("op", "plus"),
    }
    rows = []
    window = {"from": _clock(when.get("from_minute", 0)), "to": _clock(when.get("to_minute", 1440) % 1440)}
    dates = {"from_date": when.get("from_date") or "", "to_date": when.get("to_date") or ""}
    if when.get("timed") and when.get("from_date"):
        rows.append({"type": "time:range", **window, **dates})
    elif when.get("timed"):
        kinds = [f"time:{day}" for day in when.get("weekdays") or ()] or ["time"]
        rows += [{"type": kind, **window} for kind in kinds]
    elif when.get("from_date"):
        rows.append({"type": "custom", "from": dates["from_date"], "to": dates["to_date"] or dates["from_date"]})
    for kind, name in (("days", "weekdays"), ("weeks", "weeks"), ("months", "months")):
        if when.get(name) and not when.get("timed"):
            rows += [{"type": kind, "from": str(a), "to": str(b)} for a, b in _runs(sorted(when[name]))]
    for kind, low, high in (
        ("persons", "min_persons", "max_persons"),
        ("blocks", "min_blocks", "max_blocks"),
    ):
        if when.get(low) is not None:
            rows.append({"type": kind, "from": str(when[low]), "to": str(when.get(high) or 9999)})
    return [{**row, **tail} for row in rows]
