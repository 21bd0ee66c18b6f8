"""A product's price and weekly hours as an operator sees and changes them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from frontdesk.errors import Invalid
from frontdesk.records import Service, ServiceChange, WeeklyOpening
from frontdesk.schedule import CalendarRule, openings_of
from plugins.wc_bookings.translate.product_settings import to_service_fields
from plugins.wc_bookings.translate.products import SETTING_DEFAULTS
from plugins.wc_bookings.translate.service_changes import to_offer, to_payload

NOW = datetime(2026, 3, 2, tzinfo=UTC)
CHRISTMAS = {"type": "custom", "bookable": "no", "priority": 20, "from": "2026-12-24", "to": "2026-12-26"}
MONDAY = {"type": "time:1", "bookable": "yes", "priority": 5, "from": "09:00", "to": "17:00"}


def settings(**values):
    return {**SETTING_DEFAULTS, "duration_unit": "hour", "cost": "10", **values}


def offer(given, site_rules=()):
    fields = to_service_fields(given)
    return to_offer(Service(id=1, name="Room", created_at=NOW, modified_at=NOW, **fields), given, site_rules)


def changed(given, **values):
    payload = to_payload(ServiceChange(**values), given)
    return {**given, **payload}


def week(given, site_rules=()):
    fields = to_service_fields(given)
    return openings_of(fields["plan"], (*site_rules, *fields["rules"]))


@pytest.mark.parametrize(
    "costs, price, name, note",
    [
        ({}, 10, "cost", ""),
        ({"cost": "", "block_cost": "4"}, 4, "block_cost", ""),
        ({"block_cost": "4"}, 10, "cost", "every block adds 4"),
        ({"cost": 0, "block_cost": 0}, 0, "cost", ""),
        ({"pricing": [{"type": "days", "from": 1, "to": 1, "cost": "2"}]}, 10, "cost", "Cost rules"),
    ],
)
def test_the_price_is_the_cost_or_that_of_a_block(costs, price, name, note):
    given = settings(display_cost="99", **costs)
    assert offer(given).price == price
    assert note in offer(given).notes.get("price", "")
    assert bool(note) == ("price" in offer(given).notes)

    later = changed(given, price=Decimal("12.50"))

    assert (later[name], later["display_cost"]) == ("12.50", "")
    assert offer(later).price == Decimal("12.5")


def test_places_are_those_of_resources_where_there_are_any():
    assert offer(settings(qty=4)).capacity == 4
    assert to_payload(ServiceChange(capacity=5), settings()) == {"qty": 5}
    assert "capacity" in offer(settings(has_resources=True, resource_ids=[3])).fixed
    assert "capacity" not in offer(settings(has_resources=True)).fixed


def test_hours_replace_weekly_rows_and_dates_stay_stronger():
    given = settings(availability=[CHRISTMAS, MONDAY, {"type": "days", "bookable": "yes", "from": "6", "to": "7"}])
    openings = (WeeklyOpening(1, 600, 720), WeeklyOpening(1, 780, 1440), WeeklyOpening(3, 0, 1440))

    later = changed(given, hours=openings)

    assert later["availability"][0] == CHRISTMAS
    assert {row["priority"] for row in later["availability"]} == {20}
    assert week(later) == openings
    always_open = (CalendarRule(effect="open", strength=-4_000_000),)
    assert week(later, always_open) == openings
    strengths = {rule.label or bool(rule.from_date): rule.strength for rule in to_service_fields(later)["rules"]}
    assert len(set(strengths.values())) == 1
    # Of rows of one priority the first is the strongest, so the last of the rules.
    assert to_service_fields(later)["rules"][-1].from_date is not None


def test_a_product_that_is_available_by_default_is_closed_outside_of_its_hours():
    given = settings(default_date_availability="available")
    assert len(week(given)) == 7
    openings = (WeeklyOpening(2, 540, 1020),)
    assert week(changed(given, hours=openings)) == openings


def test_a_product_by_the_day_has_days():
    given = settings(duration_unit="day", availability={"0": MONDAY})
    assert week(given) == (WeeklyOpening(1, 0, 1440),)
    later = changed(given, hours=(WeeklyOpening(6, 0, 1440),))
    assert week(later) == (WeeklyOpening(6, 0, 1440),)
    with pytest.raises(Invalid):
        changed(given, hours=(WeeklyOpening(6, 540, 1020),))


def test_rows_that_cannot_be_read_do_not_stay():
    given = settings(availability="")
    assert week(changed(given, hours=())) == ()
    assert "hours" in offer(settings(has_restricted_days="1", restricted_days=[1])).notes


def test_a_name_is_sent_alone():
    assert to_payload(ServiceChange(name="Studio", status="hidden"), settings()) == {"name": "Studio"}
