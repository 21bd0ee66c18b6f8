"""Migrations that rewrite rows, on a store that has some."""

import json
from dataclasses import asdict

import pytest

from core import migrate
from core.db import execute
from core.domain.schedule import SchedulePlan
from core.services import repository
from tests.core.services.conftest import NOW

#: What the plans of open and closed products of hours, of months and of another dialect said before.
OLD = {
    "open hours": {"unit": "hour", "coverage": "ranked", "rule_grids": True, "seam_minutes": 0, "pauses": "booking"},
    "closed minutes": {"unit": "minute", "coverage": "ranked_with_resource", "seam_minutes": 1, "pauses": "booking"},
    "months": {"unit": "month", "coverage": "ranked", "check": "first_day", "pauses": "booking"},
    "first block": {"unit": "month", "coverage": "ranked", "check": "first_block"},
    "painted": {"unit": "hour", "coverage": "painted", "check": "first_day", "pauses": "booking"},
}
NEW = {
    "open hours": {"rule_grids": True, "seam_minutes": 1, "overhang_minutes": 1, "pauses": "booking_apart"},
    "closed minutes": {"rule_grids": True, "seam_minutes": 1, "overhang_minutes": 0, "pauses": "booking_apart"},
    "months": {"rule_grids": False, "check": "whole", "pauses": "booking_apart"},
    "first block": {"check": "first_block", "pauses": "always"},
    "painted": {"rule_grids": False, "overhang_minutes": 0, "check": "first_day", "pauses": "booking"},
}


@pytest.mark.parametrize("name", OLD)
def test_stored_plans_are_rewritten(store, name):
    service = repository.services.create(now=NOW, name=name, plan=SchedulePlan())
    # A parameter that is gone, as every stored plan of before has it.
    plan = {**asdict(SchedulePlan()), **OLD[name], "resource_holes": "filter"}
    execute("UPDATE service SET plan = ? WHERE id = ?", [json.dumps(plan), service.id])
    execute("DELETE FROM core_migration WHERE name = ?", ["0006_rule_grids"])

    assert migrate.migrate() == ["core/0006_rule_grids"]

    assert repository.services.get(service.id).plan == SchedulePlan(**{**OLD[name], **NEW[name]})
