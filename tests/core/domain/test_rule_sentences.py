"""Rules and steps of a price in words."""

from datetime import date

import pytest

from core.domain.claims import UNLIMITED
from core.domain.rule_sentences import describe_rule, join_words, line_origin, plan_summary
from core.domain.schedule import BookingWindowRules, Buffers, CalendarRule, Offset, SchedulePlan

RULES = {
    "everything": ({"effect": "close"}, "closes every day, all day"),
    "weekdays with hours": (
        {"effect": "open", "weekdays": (5, 1), "from_minute": 540, "to_minute": 1020},
        "opens Mondays and Fridays, 09:00 to 17:00",
    ),
    "one date": (
        {"effect": "close", "from_date": date(2026, 12, 24), "to_date": date(2026, 12, 24), "label": "Christmas"},
        "closes 2026-12-24, all day (Christmas)",
    ),
    "a range every year": (
        {"effect": "close", "from_date": date(2026, 8, 1), "to_date": date(2026, 8, 14), "repeat_years": -1},
        "closes from 2026-08-01 until 2026-08-14, all day, every year",
    ),
    "open end": ({"effect": "open", "from_date": date(2026, 8, 1)}, "opens from 2026-08-01, all day"),
    "dates": (
        {"effect": "open", "dates": (date(2026, 3, 5), date(2026, 3, 4)), "capacity": 4},
        "opens 2026-03-04 and 2026-03-05, all day, with 4 places",
    ),
    "unlimited": ({"effect": "open", "capacity": UNLIMITED}, "opens every day, all day, with unlimited places"),
    "weeks and months": (
        {"effect": "open", "weeks": (2, 1), "months": (1, 12)},
        "opens weeks 1 and 2, January and December, all day",
    ),
    "over midnight": ({"effect": "open", "from_minute": 1320, "to_minute": 120}, "opens every day, 22:00 to 02:00"),
    "recurrence": ({"effect": "open", "rrule": "FREQ=DAILY"}, "opens by the recurrence FREQ=DAILY, all day"),
    "continuous": (
        {
            "effect": "close",
            "continuous": True,
            "from_date": date(2026, 3, 2),
            "from_minute": 720,
            "to_date": date(2026, 3, 4),
            "to_minute": 540,
        },
        "closes from 2026-03-02 12:00 until 2026-03-04 09:00",
    ),
    "starts only": (
        {"effect": "close", "weekdays": (7,), "starts_only": True},
        "closes Sundays, all day, for starts only",
    ),
}


@pytest.mark.parametrize(("fields", "text"), RULES.values(), ids=RULES)
def test_a_rule_is_told_in_words(fields, text):
    assert describe_rule(CalendarRule(**fields)) == text


def test_a_long_list_is_cut():
    assert join_words(map(str, range(12))) == "0, 1, 2, 3, 4, 5, 6, 7 and 4 more"
    assert join_words([]) == ""


STEPS = ["base", "per_block", "rules", "extras", "rules", "tax"]


@pytest.mark.parametrize(
    ("kind", "after", "number"),
    [
        ("base", 0, 1),
        ("block", 1, 2),
        ("rule", 2, 3),
        ("rule", 4, 5),
        ("tax", 5, 6),
        ("extra", 5, 4),
        ("rounding", 3, None),
        ("happy_hour", 0, None),
    ],
)
def test_a_line_is_traced_to_the_step_that_made_it(kind, after, number):
    assert line_origin(kind, STEPS, after)[0] == number


def test_a_plan_is_told_in_a_few_facts():
    window = BookingWindowRules(notice=Offset(2, "hour"), horizon=Offset(1, "month"))
    plan = SchedulePlan(
        unit="minute", length=30, max_blocks=0, buffers=Buffers(after_minutes=10), booking_window=window
    )

    assert plan_summary(plan) == {
        "block": "30 minutes",
        "blocks": "1 to any number",
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 10,
        "notice": "2 hours",
        "horizon": "1 month",
    }
