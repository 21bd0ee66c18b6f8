"""Neighbours of the recorded slots: rules that no recording has, worked by hand (the README of the plugin, "Calendars")."""

from datetime import date, datetime
from typing import Any

import pytest

from core.domain.schedule import ServiceCalendar
from core.errors import NotAvailable
from plugins.wc_bookings.translate import schedule
from tests.core.domain.calendars import claim_requests, list_slots

NOW = int(datetime.fromisoformat("2026-03-02T10:00:00+00:00").timestamp())
OPEN = {"default_date_availability": "available"}
HOUR, HALF, DAYS = {"duration_unit": "hour"}, {"duration_unit": "minute", "duration": 30}, {"duration_unit": "day"}


def rule(kind: str, low: str, high: str, bookable: str = "yes", **more: Any) -> dict[str, Any]:
    return {"type": kind, "from": low, "to": high, "bookable": bookable, "priority": 10, **more}


def starts(product: dict[str, Any], rules: Any, day: date, resources: Any = (), site: Any = ()) -> list[str]:
    """Starts on one day, 2026-03-10 being a Tuesday, with the first resource or none."""
    settings = {"duration": 1, "qty": 1, **product, "availability": list(rules)}
    numbered = [{"id": resource_id, **resource} for resource_id, resource in enumerate(resources, 1)]
    if numbered:
        settings |= {"has_resources": True, "resource_ids": [resource["id"] for resource in numbered]}
    calendar = ServiceCalendar(
        service_id=1,
        plan=schedule.to_plan(settings, numbered),
        rules=schedule.to_site_rules(site) + schedule.to_rules(settings),
        resources=tuple(schedule.to_resource(resource) for resource in numbered),
        zone="UTC",
    )
    slots = list_slots(calendar, {}, first=day, last=day, now=NOW, resource_id=1 if numbered else None)
    return [f"{offer.wall_start % 1440 // 60:02}:{offer.wall_start % 60:02}" for offer in slots]


TUESDAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("product", "rules", "expected"),
    [
        # Where the last minute is written instead of the end, an hour still fits ...
        (HOUR, [rule("time", "14:00", "16:59")], ["14:00", "15:00", "16:00"]),
        # ... but minutes do not.
        (HALF, [rule("time", "16:00", "16:59")], ["16:00"]),
        # Openings that are one minute apart are one opening.
        (
            {"duration_unit": "minute", "duration": 45},
            [rule("time", "10:00", "11:59"), rule("time", "12:00", "13:00")],
            ["10:00", "10:45", "11:30", "12:15"],
        ),
        (
            {"duration_unit": "minute", "duration": 45},
            [rule("time", "10:00", "11:58"), rule("time", "12:00", "13:00")],
            ["10:00", "10:45", "12:00"],
        ),
        # A start may have its end outside where only the start is checked: in the pause as well.
        (
            {**HOUR, **OPEN, "buffer_period": 1, "check_start_block_only": True},
            [rule("time", "20:00", "22:00"), rule("days", "1", "7", "no")],
            ["20:00"],
        ),
        # Open all day from a first block on: a block that begins as the day ends is still this day's ...
        ({**HOUR, **OPEN, "first_block_time": "21:00"}, [], ["00:00", "21:00", "22:00", "23:00"]),
        ({"duration_unit": "hour", "duration": 2, **OPEN, "first_block_time": "21:00"}, [], ["21:00", "23:00"]),
        # ... and an opening of its own may begin before the first block; not where hours must open the day first.
        (
            {**HOUR, **OPEN, "first_block_time": "22:00"},
            [rule("time", "08:30", "10:30")],
            ["00:00", "08:30", "09:30", "22:00", "23:00"],
        ),
        ({**HOUR, "first_block_time": "09:00"}, [rule("time", "08:30", "11:00")], ["09:00", "10:00"]),
    ],
)
def test_hours_of_a_day(product, rules, expected):
    assert starts(product, rules, TUESDAY) == expected


def test_a_night_that_closes_an_open_product_ends_at_midnight():
    rules = [rule("time:1", "22:00", "06:00", "no")]
    # The part after midnight is not recognised.
    assert starts({**HOUR, **OPEN}, rules, TUESDAY)[:2] == ["00:00", "01:00"]
    assert starts({**HOUR, **OPEN}, rules, date(2026, 3, 9))[-1] == "21:00"


def test_an_opening_of_a_resource_lays_its_own_grid_too():
    resource = {"qty": "1", "availability": [rule("time", "18:30", "20:30")]}
    listed = starts({**HOUR, **OPEN}, [rule("time", "12:00", "18:00", "no", priority=11)], TUESDAY, [resource])
    assert "18:30" in listed
    assert "19:30" in listed
    assert "19:00" in listed


@pytest.mark.parametrize(
    ("rules", "is_open"),
    [
        ([], True),
        ([rule("time", "00:00", "24:00", "no")], True),
        ([rule("time:2", "00:00", "00:00", "no")], True),
        ([rule("custom:daterange", "00:00", "00:00", "no", from_date="2026-03-09", to_date="2026-03-11")], True),
        ([rule("time:range", "00:00", "23:59", "no", from_date="2026-03-09", to_date="2026-03-11")], True),
        ([rule("custom", "2026-03-09", "2026-03-11", "no")], False),
        ([rule("time", "00:00", "24:00"), rule("custom", "2026-03-09", "2026-03-11", "no", priority=11)], True),
    ],
)
def test_times_open_days_but_never_close_them(rules, is_open):
    assert bool(starts({**DAYS, **OPEN}, rules, TUESDAY)) is is_open


def test_with_a_resource_the_first_minute_of_a_day_counts_but_not_the_night_before():
    resource = {"qty": "1", "availability": []}
    assert starts({**DAYS, **OPEN}, [rule("time", "22:00", "06:00", "no")], TUESDAY, [resource])
    assert not starts({**DAYS, **OPEN}, [rule("time", "00:00", "06:00", "no")], TUESDAY, [resource])
    assert starts({**DAYS, **OPEN}, [rule("time", "00:00", "06:00", "no")], TUESDAY)


@pytest.mark.parametrize(
    ("product", "low", "high", "minute", "fits"),
    [
        (HOUR, "14:00", "16:59", 16 * 60, True),
        (HOUR, "14:00", "16:58", 16 * 60, False),
        (HALF, "16:00", "16:59", 16 * 60 + 30, False),
        ({**HOUR, "duration_type": "customer", "max_duration": 3}, "14:00", "16:59", 14 * 60, True),
    ],
)
def test_what_is_listed_can_be_booked(product, low, high, minute, fits):
    settings = {"duration": 1, "qty": 1, **product, "availability": [rule("time", low, high)]}
    calendar = ServiceCalendar(service_id=1, plan=schedule.to_plan(settings), rules=schedule.to_rules(settings))
    arguments = {
        "wall_start": TUESDAY.toordinal() * 1440 + minute,
        "now": NOW,
        "blocks": settings.get("max_duration", 1),
    }
    if fits:
        assert claim_requests(calendar, **arguments)
    else:
        with pytest.raises(NotAvailable):
            claim_requests(calendar, **arguments)
