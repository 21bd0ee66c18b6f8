"""A store of the first release is compiled anew: nobody's settings are lost, nobody else's changes are undone."""

import hashlib
import json

import pytest

from core import migrate
from core.db import execute, fetch_all
from core.migrate import Owner
from core.services import repository
from tests.plugins.bkap.conftest import close_shop, open_shop, product
from tests.stores import KINDS

TIME_ROW = {"bookable": "0", "type": "time", "priority": 10, "from": "10:00", "to": "12:00"}


@pytest.fixture(params=KINDS)
def shop(request, tmp_path):
    yield open_shop(tmp_path, kind=request.param)
    close_shop()


def as_before(number):
    """Write a product as the first release kept it."""
    plan, rules, extras = fetch_all("SELECT plan, rules, extras FROM service WHERE id = ?", (number,))[0]
    plan = plan.replace('"part_day":"opens_only"', '"part_day":"paint"')
    rules = rules.replace('"whole_days":true,', "")
    extras = json.loads(extras)
    extras["bkap"]["compiled"] = hashlib.blake2b(f"[{plan},{rules}]".encode(), digest_size=12).hexdigest()
    execute(
        "UPDATE service SET plan = ?, rules = ?, extras = ? WHERE id = ?",
        (plan, rules, json.dumps(extras), number),
    )


def upgrade(shop):
    owner = next(one for one in shop.manager.migration_owners if one.name == "bkap")
    execute("DELETE FROM bkap_migration")
    assert migrate.migrate([Owner(owner.name, owner.directory)]) == ["bkap/0001_recompile"]
    assert migrate.pending(list(shop.manager.migration_owners)) == []


def test_products_and_resources_of_the_first_release_are_compiled_anew(shop):
    resource = {"resource_id": 10, "resource_title": "R", "resource_quantity": 2, "resource_availability": [TIME_ROW]}
    lockouts = {"booking_weekday_5": 4}
    shop.load({"resources": [resource], "products": [product(61, booking_recurring_lockout=lockouts), product(62)]})
    before = shop.dump()
    as_before(61)
    as_before(62)
    changed = repository.services.get(62)
    repository.services.update(62, now=shop.clock(), rules=changed.rules[:0])
    execute("UPDATE resource SET rules = REPLACE(rules, ?, '')", ('"whole_days":false,',))

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

    from core.domain.schedule import SchedulePlan
    from plugins.bkap.translate.schedule import fingerprint

    Later = make_dataclass("Later", [("something_new", int, 0)], bases=(SchedulePlan,), frozen=True, kw_only=True)
    plan = {"unit": "day", "capacity": 3}
    assert fingerprint(Later(**plan), ()) == fingerprint(SchedulePlan(**plan), ())
    assert fingerprint(Later(**plan, something_new=1), ()) != fingerprint(SchedulePlan(**plan), ())
