"""Migrations that rewrite rows, on a store that has some."""

import json
from dataclasses import fields, is_dataclass
from datetime import date
from importlib import import_module

import pytest

from core import migrate
from core.db import execute, fetch_all
from core.domain.schedule import (
    Buffers,
    CalendarRule,
    CapacityRules,
    Compatibility,
    FixedSlot,
    Offset,
    OpeningRules,
    PersonBound,
    Pool,
    SchedulePlan,
    SlotGrid,
)
from core.services import bookings, doctor, orders, repository, site
from core.services.price_plans import load_plan
from tests.core.services.conftest import NOW
from tests.core.services.factories import book, service
from tests.core.services.old_schedules import default_plan, dump, migration, old_plan, old_rules

status_migration = import_module("core.migrations.0014_status_words")
RANKED = Compatibility(rule_evaluation="strongest_rule")
APART = Buffers(checked="on_booking_each_side")
#: What the plans of open and closed products of hours, of months and of another dialect said before the first of the
#: migrations, and what they say after the last one.
PLANS = {
    "open hours": (
        {"unit": "hour", "coverage": "ranked", "rule_grids": True, "seam_minutes": 0, "pauses": "booking"},
        SchedulePlan(
            unit="hour",
            grid=SlotGrid(per_opening=True),
            buffers=APART,
            compatibility=Compatibility(rule_evaluation="strongest_rule", merge_gap_minutes=1, overrun_minutes=1),
        ),
    ),
    "closed minutes": (
        {"unit": "minute", "coverage": "ranked_with_resource", "seam_minutes": 1, "pauses": "booking"},
        SchedulePlan(
            unit="minute",
            grid=SlotGrid(per_opening=True),
            buffers=APART,
            compatibility=Compatibility(rule_evaluation="strongest_rule_with_resource", merge_gap_minutes=1),
        ),
    ),
    "months": (
        {"unit": "month", "coverage": "ranked", "check": "first_day", "pauses": "booking"},
        SchedulePlan(unit="month", buffers=APART, compatibility=RANKED),
    ),
    "first block": (
        {"unit": "month", "coverage": "ranked", "check": "first_block"},
        SchedulePlan(unit="month", opening=OpeningRules(must_be_open="first_block"), compatibility=RANKED),
    ),
    "timeline": (
        {"unit": "hour", "coverage": "painted", "check": "first_day", "pauses": "booking"},
        SchedulePlan(
            unit="hour", opening=OpeningRules(must_be_open="first_day"), buffers=Buffers(checked="on_booking")
        ),
    ),
}
#: A value for every field of a plan, none of them the default.
EVERY_FIELD = {
    "unit": "minute", "length": 2, "min_blocks": 3, "max_blocks": 4, "starts": "listed",
    "listed": [{"from_minute": 60, "to_minute": 120, "capacity": 2, "weekdays": [1], "dates": ["2026-03-09"]}],
    "step_minutes": 5, "grid_origin": "midnight", "first_start_minute": 6, "after_hole": "keep", "rule_grids": True,
    "join": "same_rule", "seam_minutes": 7, "overhang_minutes": 8, "before_minutes": 9, "after_minutes": 10,
    "gap": "sum", "pauses": "booking", "pause_inside": True, "notice": {"value": 11, "unit": "hour"},
    "notice_inclusive": False, "notice_from": "day", "horizon": {"value": 12, "unit": "week"}, "horizon_by": "end",
    "horizon_inclusive": False, "open_by_default": True, "start_weekdays": [1, 2], "check": "first_block",
    "coverage": "ranked", "part_day": "opens_only", "resource_first_minute": True, "capacity": 13,
    "sharing": "session", "session_by": "start", "places_by": "location",
    "pools": [{"kind": "site", "id": 0, "capacity": None, "sharing": "session", "session_by": "service"}],
    "units_per": "person", "listed_room": "first_day", "sum_closes": True, "min_persons": 14, "max_persons": 15,
    "persons": [{"person_type_id": 16, "minimum": 1, "maximum": 2}], "resource_choice": "either",
    "resource_order": "fewest_day", "resource_calendar": "intersect", "day_start_minute": 17, "day_end_minute": 18,
    "follows_site": False,
}  # fmt: skip
RULE = CalendarRule(
    effect="open",
    from_date=date(2026, 3, 9),
    to_date=date(2026, 3, 11),
    part_of_day=True,
    continuous=True,
    starts_only=True,
    for_day_units=False,
    label="Åpent",
)


#: Statuses before migration 0014, and after it: of a service, a resource or a location, and of an order.
CATALOG_STATUSES = {
    "publish": "active", "active": "active", "hidden": "hidden", "private": "internal", "pending": "in_review",
    "draft": "draft", "inactive": "draft", "trash": "deleted", "trashed": "deleted", "acf-disabled": "draft",
}  # fmt: skip
ORDER_STATUSES = {
    "pending": "pending", "on-hold": "awaiting_payment", "processing": "paid", "completed": "completed",
    "cancelled": "cancelled", "refunded": "refunded", "failed": "failed", "trash": "deleted",
    "checkout-draft": "draft", "partially-shipped": "pending", "paid": "pending",
}  # fmt: skip


def undo_migrations(*names: str) -> None:
    for name in names:
        execute("DELETE FROM core_migration WHERE name = ?", [name])


@pytest.mark.parametrize("name", PLANS)
def test_plans_of_the_first_releases_are_rewritten(store, name):
    before, after = PLANS[name]
    service = repository.services.create(now=NOW, name=name, plan=SchedulePlan())
    execute("UPDATE service SET plan = ? WHERE id = ?", [json.dumps(default_plan() | before), service.id])
    undo_migrations("0006_rule_grids", "0013_schedule_parts")

    assert migrate.migrate() == ["core/0006_rule_grids", "core/0013_schedule_parts"]

    assert repository.services.get(service.id).plan == after


def test_every_field_of_a_plan_moves_to_its_part(store, monkeypatch):
    monkeypatch.setattr(migration, "_ROWS", 2)
    services = [repository.services.create(now=NOW, name=str(n), plan=SchedulePlan()) for n in range(3)]
    execute("UPDATE service SET plan = ?", [json.dumps(default_plan())])
    execute("UPDATE service SET plan = ? WHERE id = ?", [json.dumps(EVERY_FIELD), services[1].id])
    undo_migrations("0013_schedule_parts")

    migrate.migrate()

    plans = [repository.services.get(service.id).plan for service in services]
    assert plans[0] == plans[2] == SchedulePlan()
    assert EVERY_FIELD.keys() == {old for old, _, _ in migration._PLAN}
    for field in fields(SchedulePlan):
        part, default = getattr(plans[1], field.name), field.default
        if is_dataclass(part):
            for inner in fields(part):
                assert getattr(part, inner.name) != getattr(default, inner.name), (field.name, inner.name)
        else:
            assert part != default, field.name
    assert plans[1].grid.fixed_slots == (
        FixedSlot(from_minute=60, to_minute=120, capacity=2, weekdays=(1,), dates=(date(2026, 3, 9),)),
    )
    assert plans[1].capacity.pools == (Pool(kind="site", id=0, capacity=None, sharing="session", session_by="service"),)
    assert plans[1].persons.by_type == (PersonBound(person_type_id=16, minimum=1, maximum=2),)
    assert (plans[1].booking_window.notice, plans[1].booking_window.horizon) == (Offset(11, "hour"), Offset(12, "week"))


def test_rules_of_services_resources_locations_and_the_site_get_their_names(store):
    service = repository.services.create(now=NOW, name="Room", plan=SchedulePlan(), rules=(RULE,))
    resource = repository.resources.create(now=NOW, name="Desk", rules=(RULE,))
    location = repository.locations.create(now=NOW, name="Oslo", rules=(RULE,))
    site.save(now=NOW, rules=(RULE,))
    for table in ("service", "resource", "location", "site_state"):
        rules_text = fetch_all(f"SELECT rules FROM {table}")[0][0]
        execute(f"UPDATE {table} SET rules = ?", [dump(old_rules(rules_text))])
    execute("UPDATE service SET plan = ?", [dump(default_plan())])
    undo_migrations("0013_schedule_parts")

    migrate.migrate()

    owners = (
        repository.services.get(service.id),
        repository.resources.get(resource.id),
        repository.locations.get(location.id),
    )
    assert [owner.rules for owner in owners] == [(RULE,)] * 3
    assert site.rules() == (RULE,)


def test_a_price_plan_keeps_its_single_block(store):
    service = repository.services.create(now=NOW, name="Room", plan=SchedulePlan())
    old = {"block_unit": "hour", "fixed": True, "rounded": False}
    execute("UPDATE service SET plan = ?, price_plan = ?", [dump(default_plan()), dump(old)])
    undo_migrations("0013_schedule_parts")

    migrate.migrate()

    price_plan = repository.services.get(service.id).price_plan
    assert price_plan == {"block_unit": "hour", "single_block": True}
    assert load_plan(price_plan).single_block


@pytest.mark.parametrize("form", ["texts", "differences"])
def test_a_digest_of_plan_and_rules_follows_them(store, form):
    plan = SchedulePlan(unit="day", grid=SlotGrid(step_minutes=5), opening=OpeningRules(includes_site_rules=False))
    service = repository.services.create(now=NOW, name="Room", plan=plan, rules=(RULE,))
    plan_text, rules_text = fetch_all("SELECT plan, rules FROM service")[0]
    old_texts = dump(old_plan(plan_text)), dump(old_rules(rules_text))
    differences = [
        {"unit": "day", "step_minutes": 5, "follows_site": False},
        [
            {
                "effect": "open", "from_date": "2026-03-09", "to_date": "2026-03-11", "timed": True, "one_span": True,
                "start_only": True, "whole_days": False, "label": "Åpent",
            }
        ],
    ]  # fmt: skip
    before = migration._digest(f"[{old_texts[0]},{old_texts[1]}]" if form == "texts" else dump(differences))
    extras = {"here": {"compiled": before, "kept": "Å"}, "there": {"compiled": "of another plan"}}
    execute("UPDATE service SET plan = ?, rules = ?, extras = ?", [*old_texts, json.dumps(extras)])
    undo_migrations("0013_schedule_parts")

    migrate.migrate()

    after = repository.services.get(service.id).extras
    plan_text, rules_text = fetch_all("SELECT plan, rules FROM service")[0]
    assert (after["here"]["kept"], after["there"]) == ("Å", {"compiled": "of another plan"})
    if form == "texts":
        assert after["here"]["compiled"] == migration._digest(f"[{plan_text},{rules_text}]")
    else:
        assert after["here"]["compiled"] not in (before, None)


def test_statuses_get_the_words_of_core(store):
    services = {old: repository.services.create(now=NOW, name=old, plan=SchedulePlan()).id for old in CATALOG_STATUSES}
    made = {old: orders.create(now=NOW, origin="here", extras={"here": {"kept": 1}}).id for old in ORDER_STATUSES}
    resource = repository.resources.create(now=NOW, name="Desk")
    location = repository.locations.create(now=NOW, name="Oslo")
    for old, id in services.items():
        execute("UPDATE service SET status = ? WHERE id = ?", [old, id])
    for old, id in made.items():
        execute("UPDATE booking_order SET status = ? WHERE id = ?", [old, id])
    execute("UPDATE resource SET status = 'trashed'")
    execute("UPDATE location SET status = 'trashed'")
    undo_migrations("0014_status_words")

    assert migrate.migrate() == ["core/0014_status_words"]

    assert {old: repository.services.get(id).status for old, id in services.items()} == CATALOG_STATUSES
    assert {old: orders.get(id).status for old, id in made.items()} == ORDER_STATUSES
    kept = {old: orders.get(id).extras["here"].get("status") for old, id in made.items()}
    assert {old: name for old, name in kept.items() if name} == {
        "partially-shipped": "partially-shipped",
        "paid": "paid",
    }
    assert all(orders.get(id).extras["here"]["kept"] == 1 for id in made.values())
    assert repository.resources.get(resource.id).status == repository.locations.get(location.id).status == "deleted"


def test_bookings_and_their_events_get_the_words_of_core(store, monkeypatch):
    monkeypatch.setattr(status_migration, "_ROWS", 2)
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=5)))
    deleted, kept = book(room.id), book(room.id)
    bookings.set_status(deleted.id, "deleted", now=NOW)
    order = orders.create(now=NOW)
    orders.set_status(order.id, "awaiting_payment", now=NOW)
    execute("UPDATE booking SET status = 'trashed' WHERE status = 'deleted'")
    execute("UPDATE event SET data = replace(data, '\"deleted\"', '\"trashed\"')")
    old = dump({"was": "pending", "status": "on-hold"})
    execute("UPDATE event SET data = ? WHERE kind = 'order.status_changed'", [old])
    undo_migrations("0014_status_words")

    migrate.migrate()

    assert [bookings.get(id).status for id in (deleted.id, kept.id)] == ["deleted", "pending"]
    assert bookings.page([("status", "=", "deleted")]).total == 1
    events = [(kind, json.loads(data)) for kind, data in fetch_all("SELECT kind, data FROM event ORDER BY id")]
    assert [data for kind, data in events if kind == "order.status_changed"] == [
        {"status": "awaiting_payment", "previous_status": "pending"}
    ]
    changes = [(data["previous"]["status"], data["booking"]["status"]) for _, data in events if "previous" in data]
    assert changes == [("pending", "deleted")]
    assert doctor.examine(now=NOW).ok
