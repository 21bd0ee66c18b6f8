"""How much time calendars offer, as tables."""

from datetime import date

import pytest

from core.domain.claims import UNLIMITED
from core.domain.day_layout import DayLayout
from core.domain.offered_time import OfferedTime, merged, offered_times, unit_minutes
from core.domain.schedule import (
    CalendarRule,
    CapacityRules,
    FixedSlot,
    OpeningRules,
    ResourceCalendar,
    ResourceRules,
    SchedulePlan,
    ServiceCalendar,
    SlotGrid,
)

WORK = CalendarRule(effect="open", weekdays=(1, 2, 3, 4, 5), from_minute=540, to_minute=1020)
#: Monday and the Sunday after it.
MONDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 8)
DAYS = SchedulePlan(unit="day", opening=OpeningRules(open_by_default=True))
SLOTS = SchedulePlan(
    grid=SlotGrid(
        starts="fixed",
        fixed_slots=(
            FixedSlot(from_minute=540, to_minute=600, capacity=4, weekdays=(1,)),
            FixedSlot(from_minute=1080, to_minute=1140, weekdays=(1,)),
        ),
    )
)

CASES = {
    "weekdays": (SchedulePlan(), [WORK], None, 5 * 8 * 60),
    "places": (SchedulePlan(capacity=CapacityRules(limit=3)), [WORK], None, 3 * 5 * 8 * 60),
    "a holiday": (
        SchedulePlan(),
        [WORK, CalendarRule(effect="close", dates=(date(2026, 3, 4),), strength=1)],
        None,
        4 * 8 * 60,
    ),
    "a rule with places": (
        SchedulePlan(),
        [WORK, CalendarRule(effect="open", weekdays=(1,), from_minute=540, to_minute=600, capacity=5, strength=1)],
        None,
        5 * 8 * 60 + 4 * 60,
    ),
    "no limit": (SchedulePlan(capacity=CapacityRules(limit=None)), [WORK], None, None),
    "nothing open": (SchedulePlan(), [], None, 0),
    "days": (DAYS, [CalendarRule(effect="close", weekdays=(7,))], None, 6 * 1440),
    "listed slots in open time": (SLOTS, [WORK], None, 4 * 60),
    "a person": (
        SchedulePlan(capacity=CapacityRules(limit=None), resources=ResourceRules(choice="automatic")),
        [WORK],
        ResourceCalendar(id=1, capacity=8, sharing="session"),
        5 * 8 * 60,
    ),
    "a room with rules of its own": (
        SchedulePlan(capacity=CapacityRules(limit=None), resources=ResourceRules(choice="automatic")),
        [WORK],
        ResourceCalendar(id=1, capacity=2, rules=(CalendarRule(effect="close", weekdays=(1,), strength=9),)),
        2 * 4 * 8 * 60,
    ),
}


@pytest.mark.parametrize(("plan", "rules", "resource", "minutes"), CASES.values(), ids=CASES)
def test_a_week_offers_its_open_time_times_its_places(plan, rules, resource, minutes):
    resources = (resource,) if resource else ()
    calendar = ServiceCalendar(service_id=1, plan=plan, rules=tuple(rules), resources=resources)
    layout = DayLayout(calendar, MONDAY.toordinal() - 1, SUNDAY.toordinal() + 1)

    offered = offered_times(layout, resource, MONDAY.toordinal(), SUNDAY.toordinal())

    assert unit_minutes(offered, MONDAY.toordinal() * 1440, (SUNDAY.toordinal() + 1) * 1440) == minutes


def test_time_is_cut_to_the_minutes_asked_for():
    assert unit_minutes([OfferedTime(0, 100, 2), OfferedTime(100, 200, 1)], 50, 150) == 150


def test_unlimited_time_outside_of_them_does_not_matter():
    assert unit_minutes([OfferedTime(0, 100, UNLIMITED), OfferedTime(100, 200, 1)], 100, 150) == 50


def test_what_several_services_offer_counts_once():
    times = [OfferedTime(0, 60, 1), OfferedTime(30, 90, 2), OfferedTime(30, 40, 1), OfferedTime(100, 110, 1)]

    assert merged(times) == [OfferedTime(0, 30, 1), OfferedTime(30, 90, 2), OfferedTime(100, 110, 1)]
    assert merged([]) == []
