"""Calendar rules, hours and lengths in plain words, and hours as people type them."""

from datetime import date

import pytest

from core.console.plain_words import describe_length, describe_rule, hours_fields, read_hours, week_table
from core.domain.schedule import CalendarRule, SchedulePlan
from core.domain.service_change import WeeklyOpening
from core.errors import Invalid

CHRISTMAS = {"from_date": date(2026, 12, 24), "to_date": date(2027, 1, 1)}


@pytest.mark.parametrize(
    "rule, words",
    [
        ({"effect": "close"}, "Closed."),
        ({"effect": "close", **CHRISTMAS}, "Closed from 24 December 2026 to 1 January 2027."),
        ({"effect": "close", **CHRISTMAS, "repeat_years": -1, "label": "holiday"}, "Closed from 24 December 2026 to"),
        ({"effect": "close", **CHRISTMAS, "repeat_years": 1}, "and 1 year more."),
        ({"effect": "close", "from_date": date(2026, 5, 1), "to_date": date(2026, 5, 1)}, "Closed on 1 May 2026."),
        ({"effect": "open", "weekdays": (1, 3), "from_minute": 600}, "Open 10:00 to 24:00 on Mondays and Wednesdays."),
        ({"effect": "open", "dates": (date(2026, 5, 1), date(2026, 5, 2))}, "Open on 1 May 2026 and 2 May 2026."),
        ({"effect": "open", "months": (6, 7, 8), "capacity": 3}, "Open in June, July and August with 3 places."),
        (
            {"effect": "open", "weeks": tuple(range(1, 30))},
            "Open in weeks 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, and 17",
        ),
        ({"effect": "open", "rrule": "FREQ=YEARLY"}, "Open as FREQ=YEARLY says."),
        ({"effect": "close", "starts_only": True, "weekdays": (7,)}, "Closed on Sundays for arrivals."),
        ({"effect": "open", "services": (1,), "locations": (2,)}, "Open at some locations for some services."),
        ({"effect": "open", "capacity": 2**31 - 1}, "Open."),
    ],
)
def test_a_rule_is_a_sentence(rule, words):
    assert words in describe_rule(CalendarRule(**rule))


@pytest.mark.parametrize(
    "plan, words",
    [
        ({}, "1 hour"),
        ({"unit": "minute", "length": 90}, "90 minutes"),
        ({"unit": "night", "max_blocks": 14}, "1 to 14 nights"),
        ({"unit": "day", "min_blocks": 2, "max_blocks": 0}, "2 days or more"),
    ],
)
def test_a_length_is_said_in_units(plan, words):
    assert describe_length(SchedulePlan(**plan)) == words


def test_hours_that_are_shown_are_read_back():
    openings = (WeeklyOpening(1, 0, 1440), WeeklyOpening(2, 540, 720), WeeklyOpening(2, 780, 1440))

    assert [times for _, _, times in week_table(openings)][:3] == ["all day", "09:00-12:00, 13:00-24:00", "closed"]
    assert read_hours(hours_fields(openings)) == openings


@pytest.mark.parametrize("text", ["9:00 - 17:00", "09.00–17.00", "9:00 to 17:00", " 09:00-17:00 "])
def test_hours_are_read_as_people_write_them(text):
    assert read_hours({"day3": text, "day4": "Closed", "day5": "ALL DAY"}) == (
        WeeklyOpening(3, 540, 1020),
        WeeklyOpening(5, 0, 1440),
    )


@pytest.mark.parametrize("text", ["9-17", "09:00", "17:00-09:00", "09:60-10:00", "09:00-24:01", ",", "x" * 5000])
def test_what_is_no_time_is_refused_with_its_day(text):
    with pytest.raises(Invalid) as caught:
        read_hours({"day3": text})
    assert caught.value.field == "day3"
    assert len(str(caught.value.value)) <= 40
