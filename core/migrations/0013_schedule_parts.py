"""Stored plans have named parts, and calendar rules have the names of today.

A dialect may keep a digest of the plan and rules that it compiled, as ``compiled`` in its extras of the service, to see
whether another dialect has changed them since. Such a digest follows where it is the one of what the row held.
"""

from hashlib import blake2b
from typing import Any

import msgspec

from core.db import is_postgres

_REQUIRED = object()
_ROWS = 5_000

_OFFSET = {"value": 0, "unit": "minute"}
_FIXED_SLOT = {"from_minute": _REQUIRED, "to_minute": _REQUIRED, "capacity": None, "weekdays": [], "dates": []}
_POOL = {"kind": _REQUIRED, "id": _REQUIRED, "capacity": 1, "sharing": "units", "session_by": "span"}
_PERSON_BOUND = {"person_type_id": _REQUIRED, "minimum": 0, "maximum": 0}
_NESTED = {"listed": _FIXED_SLOT, "notice": _OFFSET, "horizon": _OFFSET, "pools": _POOL, "persons": _PERSON_BOUND}
#: Fields of a plan in the order in which they stood: old name, default, new path.
_PLAN: tuple[tuple[str, Any, str], ...] = (
    ("unit", "hour", "unit"),
    ("length", 1, "length"),
    ("min_blocks", 1, "min_blocks"),
    ("max_blocks", 1, "max_blocks"),
    ("starts", "grid", "grid.starts"),
    ("listed", [], "grid.fixed_slots"),
    ("step_minutes", None, "grid.step_minutes"),
    ("grid_origin", "opening", "grid.origin"),
    ("first_start_minute", None, "grid.first_start_minute"),
    ("after_hole", "restart", "grid.after_break"),
    ("rule_grids", False, "grid.per_opening"),
    ("join", "touching", "opening.merge_adjacent"),
    ("seam_minutes", 0, "compatibility.merge_gap_minutes"),
    ("overhang_minutes", 0, "compatibility.overrun_minutes"),
    ("before_minutes", 0, "buffers.before_minutes"),
    ("after_minutes", 0, "buffers.after_minutes"),
    ("gap", "max", "buffers.combination"),
    ("pauses", "always", "buffers.checked"),
    ("pause_inside", False, "compatibility.buffers_need_open_time"),
    ("notice", _OFFSET, "booking_window.notice"),
    ("notice_inclusive", True, "booking_window.notice_inclusive"),
    ("notice_from", "instant", "booking_window.notice_precision"),
    ("horizon", None, "booking_window.horizon"),
    ("horizon_by", "day", "booking_window.horizon_applies_to"),
    ("horizon_inclusive", True, "booking_window.horizon_inclusive"),
    ("open_by_default", False, "opening.open_by_default"),
    ("start_weekdays", [], "booking_window.start_weekdays"),
    ("check", "whole", "opening.must_be_open"),
    ("coverage", "painted", "compatibility.rule_evaluation"),
    ("part_day", "paint", "opening.partial_day_rules"),
    ("resource_first_minute", False, "compatibility.resource_open_at_midnight"),
    ("capacity", 1, "capacity.limit"),
    ("sharing", "units", "capacity.sharing"),
    ("session_by", "span", "capacity.session_by"),
    ("places_by", "service", "capacity.scope"),
    ("pools", [], "capacity.pools"),
    ("units_per", "booking", "capacity.units_per"),
    ("listed_room", "span", "compatibility.listed_capacity"),
    ("sum_closes", False, "compatibility.overlap_counting"),
    ("min_persons", 1, "persons.minimum"),
    ("max_persons", 0, "persons.maximum"),
    ("persons", [], "persons.by_type"),
    ("resource_choice", "none", "resources.choice"),
    ("resource_order", "listed", "resources.order"),
    ("resource_calendar", "merge", "resources.calendar"),
    ("day_start_minute", 0, "check_in_minute"),
    ("day_end_minute", 0, "check_out_minute"),
    ("follows_site", True, "opening.includes_site_rules"),
)
#: The order of a plan's parts and of their fields now.
_PARTS = {
    "grid": "starts fixed_slots step_minutes origin first_start_minute after_break per_opening",
    "opening": "open_by_default includes_site_rules must_be_open merge_adjacent partial_day_rules",
    "buffers": "before_minutes after_minutes combination checked",
    "booking_window": "notice notice_inclusive notice_precision horizon horizon_applies_to horizon_inclusive"
    " start_weekdays",
    "capacity": "limit sharing session_by scope units_per pools",
    "resources": "choice order calendar",
    "persons": "minimum maximum by_type",
    "compatibility": "merge_gap_minutes overrun_minutes rule_evaluation buffers_need_open_time"
    " resource_open_at_midnight overlap_counting listed_capacity",
}
_TOP = ("unit", "length", "min_blocks", "max_blocks", "check_in_minute", "check_out_minute")
#: Values with new names, by the field's old name.
_VALUES: dict[str, dict[Any, Any]] = {
    "starts": {"listed": "fixed"},
    "join": {"touching": "always"},
    "pauses": {"booking": "on_booking", "booking_apart": "on_booking_each_side"},
    "check": {"whole": "all"},
    "coverage": {
        "painted": "timeline",
        "ranked": "strongest_rule",
        "ranked_with_resource": "strongest_rule_with_resource",
    },
    "part_day": {"paint": "by_minute"},
    "listed_room": {"span": "booking"},
    "sum_closes": {False: "peak", True: "sum"},
    "resource_order": {"fewest_day": "fewest_sessions_day"},
}
_RULE = {
    "effect": _REQUIRED, "capacity": None, "strength": 0, "from_date": None, "to_date": None, "dates": [],
    "weekdays": [], "weeks": [], "months": [], "rrule": "", "repeat_years": 0, "from_minute": 0, "to_minute": 1440,
    "timed": False, "one_span": False, "start_only": False, "whole_days": True, "services": [], "locations": [],
    "label": "",
}  # fmt: skip
_RULE_NAMES = {
    "timed": "part_of_day",
    "one_span": "continuous",
    "start_only": "starts_only",
    "whole_days": "for_day_units",
}
_PRICE_NAMES = {"fixed": "single_block"}


def up(migrator: Any, db: Any) -> None:
    for id, plan_text, price_text, rules_text, extras_text in _rows(
        db, "service", "plan", "price_plan", "rules", "extras"
    ):
        plan, rules = msgspec.json.decode(plan_text), msgspec.json.decode(rules_text)
        changes = {"plan": _json(_in_parts(plan)), "rules": _json(_new_rules(rules))}
        price_plan = msgspec.json.decode(price_text)
        if price_plan.keys() & {"rounded", *_PRICE_NAMES}:
            price_plan.pop("rounded", None)
            changes["price_plan"] = _json({_PRICE_NAMES.get(name, name): value for name, value in price_plan.items()})
        plan_difference = _plan_difference(plan)
        rule_differences = [_difference(rule, _RULE) for rule in rules]
        # Digests are of the stored texts, or of what differs from the defaults.
        digests = {
            _digest(f"[{plan_text},{rules_text}]"): _digest(f"[{changes['plan']},{changes['rules']}]"),
            _digest(_json([plan_difference, rule_differences])): _digest(
                _json([_in_parts(plan_difference), _new_rules(rule_differences)])
            ),
        }
        extras = msgspec.json.decode(extras_text)
        for dialect_extras in extras.values():
            digest = dialect_extras.get("compiled") if isinstance(dialect_extras, dict) else None
            if isinstance(digest, str) and digest in digests:
                dialect_extras["compiled"] = digests[digest]
                changes["extras"] = _json(extras)
        _update(db, "service", id, changes)
    for table in ("location", "resource", "site_state"):
        for id, rules_text in _rows(db, table, "rules"):
            if rules_text != "[]":
                _update(db, table, id, {"rules": _json(_new_rules(msgspec.json.decode(rules_text)))})


def _in_parts(fields: dict[str, Any]) -> dict[str, Any]:
    """The old fields of a plan in their parts; fields that are gone are left out."""
    values = {}
    for old, _, path in _PLAN:
        if old in fields:
            value = fields[old]
            values[path] = _VALUES[old].get(value, value) if old in _VALUES else value
    plan = {name: values[name] for name in _TOP if name in values}
    for part, names in _PARTS.items():
        held = {name: values[f"{part}.{name}"] for name in names.split() if f"{part}.{name}" in values}
        if held:
            plan[part] = held
    return plan


def _new_rules(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{_RULE_NAMES.get(name, name): value for name, value in rule.items()} for rule in rules]


def _plan_difference(plan: dict[str, Any]) -> dict[str, Any]:
    """The fields of a plan that differ from the defaults, in the old order."""
    difference = {}
    for old, default, _ in _PLAN:
        value = plan.get(old, default)
        if value == default:
            continue
        if old in _NESTED and isinstance(value, list):
            value = [_difference(item, _NESTED[old]) for item in value]
        elif old in _NESTED and isinstance(value, dict):
            value = _difference(value, _NESTED[old])
        difference[old] = value
    return difference


def _difference(value: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name, default in defaults.items() if value.get(name, default) != default}


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _rows(db: Any, table: str, *columns: str) -> Any:
    """``(id, *columns)`` of every row, some thousand at a time."""
    names, mark, last = ", ".join(columns), _mark(), -1
    while rows := db.execute_sql(
        f'SELECT id, {names} FROM "{table}" WHERE id > {mark} ORDER BY id LIMIT {_ROWS}', (last,)
    ).fetchall():
        yield from rows
        last = rows[-1][0]


def _update(db: Any, table: str, id: int, changes: dict[str, str]) -> None:
    names = ", ".join(f"{name} = {_mark()}" for name in changes)
    db.execute_sql(f'UPDATE "{table}" SET {names} WHERE id = {_mark()}', (*changes.values(), id))


def _mark() -> str:
    return "%s" if is_postgres() else "?"
