"""Plans and rules as stores held them before migration 0013."""

import json
from importlib import import_module
from typing import Any

migration = import_module("core.migrations.0013_schedule_parts")
_OLD_RULE_NAMES = {new: old for old, new in migration._RULE_NAMES.items()}


def default_plan() -> dict[str, Any]:
    """A plan with nothing set, and with fields that are gone."""
    plan = {old: default for old, default, _ in migration._PLAN}
    return plan | {"past_allowed": False, "resource_holes": "filter"}


def old_plan(plan_text: str) -> dict[str, Any]:
    """The old form of a stored plan."""
    plan = json.loads(plan_text)
    old_values = {old: {new: was for was, new in values.items()} for old, values in migration._VALUES.items()}
    fields = {}
    for old, default, path in migration._PLAN:
        *part, name = path.split(".")
        value = (plan.get(part[0], {}) if part else plan).get(name, default)
        fields[old] = old_values[old].get(value, value) if old in old_values else value
    return fields


def old_rules(rules_text: str) -> list[dict[str, Any]]:
    """The old form of stored rules."""
    return [{_OLD_RULE_NAMES.get(name, name): value for name, value in rule.items()} for rule in json.loads(rules_text)]


def dump(value: Any) -> str:
    """JSON as stores hold it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
