"""Calendars that take long to work out are given up when the time of the request is over."""

import time
from datetime import date, timedelta

import pytest

from core import request_budget
from core.domain import availability, calendar_rules
from core.domain.schedule import CalendarRule, OpeningRules, SchedulePlan, ServiceCalendar, SlotGrid
from core.errors import AnswerTooLarge

FIRST = date(2026, 3, 2)
#: Rules for a part of each day, so that all of them apply to every day.
MANY = tuple(
    CalendarRule(effect="close", strength=number, from_minute=number % 1000, to_minute=number % 1000 + 400)
    for number in range(1000)
)


@pytest.mark.parametrize("per_opening", [True, False])
def test_many_rules_are_given_up_in_time(per_opening):
    plan = SchedulePlan(unit="minute", length=60, grid=SlotGrid(per_opening=per_opening))
    calendar = ServiceCalendar(service_id=1, plan=plan, rules=MANY)
    allowance = request_budget.RequestBudget()
    allowance.deadline = time.monotonic() + 0.02
    request_budget.set_current(allowance)
    try:
        with pytest.raises(request_budget.OutOfTime):
            availability.service_candidates(calendar, FIRST, FIRST + timedelta(days=300), 1, None)
    finally:
        request_budget.set_current(None)
    assert time.monotonic() < allowance.deadline + 2


@pytest.mark.parametrize("per_opening", [True, False])
def test_more_windows_than_memory_is_for_are_refused(per_opening, monkeypatch):
    monkeypatch.setattr(calendar_rules, "MAX_WINDOWS", 10_000)
    plan = SchedulePlan(unit="minute", length=60, grid=SlotGrid(per_opening=per_opening))
    calendar = ServiceCalendar(service_id=1, plan=plan, rules=MANY)
    with pytest.raises(AnswerTooLarge) as refusal:
        availability.service_candidates(calendar, FIRST, FIRST + timedelta(days=300), 1, None)
    assert (refusal.value.unit, refusal.value.limit) == ("days", 5)
    assert availability.service_candidates(calendar, FIRST, FIRST + timedelta(days=4), 1, None)


def test_what_is_too_long_for_any_booking_has_no_starts_and_costs_nothing():
    plan = SchedulePlan(unit="day", length=1_000_000, opening=OpeningRules(open_by_default=True))
    calendar = ServiceCalendar(service_id=1, plan=plan, rules=MANY)
    allowance = request_budget.RequestBudget()
    allowance.deadline = time.monotonic() + 0.5
    request_budget.set_current(allowance)
    try:
        assert availability.service_candidates(calendar, FIRST, FIRST + timedelta(days=9)).by_resource == ()
    finally:
        request_budget.set_current(None)
