"""A store of the first release is compiled anew: nobody's settings are lost, nobody else's changes are undone."""

import hashlib
import json

import pytest

from core import migrate
from core.db import execute, fetch_all
from core.migrate import Owner
from core.services import repository
from frontdesk.testing.stores import KINDS
from tests.core.services.old_schedules import dump, migration, old_plan, old_rules
from tests.plugins.bkap.conftest import close_shop, open_shop, product

TIME_ROW = {"bookable": "0", "type": "time", "priority": 10, "from": "10:00", "to": "12:00"}


@pytest.fixture(params=KINDS)
def shop(request, tmp_path):
    yield open_shop(tmp_path, kind=request.param)
    close_shop()


def as_before(number):
    """Write a product as the first release kept it."""
    plan, rules, extras = fetch_all("SELECT plan, rules, extras FROM service WHERE id = ?", (number,))[0]
    plan = dump(old_plan(plan) | {"part_day": "paint"})
    rules = dump([{name: value for name, value in rule.items() if name != "whole_days"} for rule in old_rules(rules)])
    extras = json.loads(extras)
    extras["bkap"]["compiled"] = hashlib.blake2b(f"[{plan},{rules}]".encode(), digest_size=12).hexdigest()
    execute(
        "UPDATE service SET plan = ?, rules = ?, extras = ? WHERE id = ?",
        (plan, rules, json.dumps(extras), number),
    )


def upgrade(shop):
    owner = next(one for one in shop.manager.migration_owners if one.name == "bkap")
    execute("DELETE FROM bkap_migration")
    execute("DELETE FROM core_migration WHERE name = '0013_schedule_parts'")
    done = migrate.migrate([migrate.CORE_OWNER, Owner(owner.name, owner.directory)])
    assert done == ["core/0013_schedule_parts", "bkap/0001_recompile"]
    assert migrate.pending_migrations(list(shop.manager.migration_owners)) == []


def test_products_and_resources_of_the_first_release_are_compiled_anew(shop):
    resource = {"resource_id": 10, "resource_title": "R", "resource_quantity": 2, "resource_availability": [TIME_ROW]}
    lockouts = {"booking_weekday_5": 4}
    shop.load({"resources": [resource], "products": [product(61, booking_recurring_lockout=lockouts), product(62)]})
    before = shop.dump()
    as_before(61)
    as_before(62)
    execute("UPDATE service SET rules = '[]' WHERE id = 62")
    for id, rules in fetch_all("SELECT id, rules FROM resource"):
        text = dump(old_rules(rules)).replace('"whole_days":false,', "")
        execute("UPDATE resource SET rules = ? WHERE id = ?", (text, id))

    upgrade(shop)

    after = shop.dump()
    assert after["resources"] == before["resources"]
    assert after["products"][0] == before["products"][0]
    assert repository.services.get(61).plan.opening.partial_day_rules == "opens_only"
    assert repository.services.get(62).rules == ()
    assert shop.left(61, "2021-09-24", resource_id=10) == {"2021-09-24": 2}
    assert shop.left(61, "2021-09-24") == {"2021-09-24": 4}


def test_a_field_that_plans_get_later_changes_nothing_of_what_is_kept():
    from dataclasses import make_dataclass

    from core.domain.schedule import CapacityRules, SchedulePlan
    from plugins.bkap.translate.schedule import fingerprint

    Later = make_dataclass("Later", [("something_new", int, 0)], bases=(SchedulePlan,), frozen=True, kw_only=True)
    plan = {"unit": "day", "capacity": CapacityRules(limit=3)}
    assert fingerprint(Later(**plan), ()) == fingerprint(SchedulePlan(**plan), ())
    assert fingerprint(Later(**plan, something_new=1), ()) != fingerprint(SchedulePlan(**plan), ())


def test_a_product_of_the_last_release_is_still_the_one_that_was_compiled(shop):
    shop.load({"products": [product(61), product(62)]})
    before = shop.dump()
    services = [repository.services.get(id) for id in (61, 62)]
    plans = [old_plan(text) for (text,) in fetch_all("SELECT plan FROM service ORDER BY id")]
    for service, plan in zip(services, plans, strict=True):
        texts = fetch_all("SELECT rules, extras FROM service WHERE id = ?", (service.id,))[0]
        rules, extras = old_rules(texts[0]), json.loads(texts[1])
        differences = [
            migration._plan_difference(plan),
            [migration._difference(rule, migration._RULE) for rule in rules],
        ]
        extras["bkap"]["compiled"] = migration._digest(dump(differences))
        execute(
            "UPDATE service SET plan = ?, rules = ?, extras = ? WHERE id = ?",
            (dump(plan), dump(rules), json.dumps(extras), service.id),
        )
    execute("DELETE FROM core_migration WHERE name = '0013_schedule_parts'")

    migrate.migrate()

    assert [repository.services.get(id).extras for id in (61, 62)] == [service.extras for service in services]
    assert shop.dump() == before
