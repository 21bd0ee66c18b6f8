"""Wall clock and UTC."""

from datetime import UTC

import pytest

from core.domain.schedule import Offset
from core.domain.zones import add_offset, utc_to_wall, wall_to_utc, wall_to_utc_forward, zone
from core.errors import Invalid
from tests.core.domain.calendars import stamp, wall


@pytest.mark.parametrize(
    ("name", "local", "utc"),
    [
        ("UTC", "2026-03-09T10:00", "2026-03-09T10:00"),
        ("+05:30", "2026-03-09T10:00", "2026-03-09T04:30"),
        ("-03:00", "2026-03-09T22:00", "2026-03-10T01:00"),
        ("Europe/Vilnius", "2026-03-09T11:00", "2026-03-09T09:00"),
        ("America/New_York", "2026-03-08T01:59", "2026-03-08T06:59"),
        ("America/New_York", "2026-03-08T03:00", "2026-03-08T07:00"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),
        ("America/New_York", "2026-11-01T02:00", "2026-11-01T07:00"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
    ],
)
def test_a_wall_minute_has_one_instant(name, local, utc):
    assert wall_to_utc(wall(local), name) == stamp(utc)
    assert utc_to_wall(stamp(utc), name) == wall(local)


def test_a_minute_the_clock_skips_has_none():
    assert wall_to_utc(wall("2026-03-08T02:30"), "America/New_York") is None
    assert wall_to_utc_forward(wall("2026-03-08T02:00"), "America/New_York") == stamp("2026-03-08T07:00")


@pytest.mark.parametrize("name", ["", "Mars/Base", "+25:00", "+05:75", "../etc/passwd", "UTC\x00", "5.5", "/UTC"])
def test_an_unknown_zone_is_an_error_with_a_name(name):
    with pytest.raises(Invalid):
        zone(name)


def test_utc_is_utc():
    assert zone("UTC") is UTC


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (Offset(90, "minute"), "2026-03-08T02:15"),
        (Offset(24, "hour"), "2026-03-09T00:45"),
        (Offset(1, "day"), "2026-03-08T23:45"),
        (Offset(1, "week"), "2026-03-14T23:45"),
        (Offset(1, "month"), "2026-04-07T23:45"),
        (Offset(12, "month"), "2027-03-08T00:45"),
    ],
)
def test_hours_elapse_and_days_are_counted_on_the_clock(offset, expected):
    """From 19:45 in New York on the eve of the change."""
    assert add_offset(stamp("2026-03-08T00:45"), offset, "America/New_York") == stamp(expected)


def test_a_month_without_that_day_ends_earlier():
    assert add_offset(stamp("2026-01-31T10:00"), Offset(1, "month"), "UTC") == stamp("2026-02-28T10:00")
