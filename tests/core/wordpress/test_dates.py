"""Dates: strict parameters, loose texts, wall stamps."""

from datetime import UTC, datetime, timedelta

import pytest

from core.wordpress import dates
from core.wordpress.date_texts import parse_date_text

NOW = datetime(2026, 3, 2, 10, 30, 15)  # a Monday


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-03-02", "2026-03-02 00:00:00"),
        ("2026-3-2", "2026-03-02 00:00:00"),
        ("2026-03-02T10:00", "2026-03-02 10:00:00"),
        ("2026-03-02T10:00:05", "2026-03-02 10:00:05"),
        ("2026-03-02 10:00", "2026-03-02 10:00:00"),
        ("2026-03-02T10:00:00Z", "2026-03-02 10:00:00"),
        ("2026-03-02T10:00:00.000Z", "2026-03-02 10:00:00"),
        ("2026-03-02T10:00:00-05:00", "2026-03-02 15:00:00"),
        ("2026-03-02T10%3A00%3A00", "2026-03-02 10:00:00"),
        ("2026-03-02T10%253A00", "2026-03-02 10:00:00"),
        ("02-03-2026", "2026-03-02 00:00:00"),
        ("02.03.2026", "2026-03-02 00:00:00"),
        ("03/02/2026", "2026-03-02 00:00:00"),
        ("13/02/2026", None),
        ("20260302", "2026-03-02 00:00:00"),
        ("2 March 2026", "2026-03-02 00:00:00"),
        ("Mar 2, 2026 4pm", "2026-03-02 16:00:00"),
        ("today", "2026-03-02 00:00:00"),
        ("now", "2026-03-02 10:30:15"),
        ("tomorrow", "2026-03-03 00:00:00"),
        ("tomorrow 14:00", "2026-03-03 14:00:00"),
        ("yesterday noon", "2026-03-01 12:00:00"),
        ("%2B3 days", "2026-03-05 10:30:15"),
        ("3 days", "2026-03-05 10:30:15"),
        ("2026-03-02 +1 week", "2026-03-09 00:00:00"),
        ("1 month ago", "2026-02-02 10:30:15"),
        ("next monday", "2026-03-09 00:00:00"),
        ("last monday", "2026-02-23 00:00:00"),
        ("monday", "2026-03-02 00:00:00"),
        ("sunday", "2026-03-08 00:00:00"),
        ("@1772445600", "2026-03-02 10:00:00"),
        ("2026-02-30", "2026-03-02 00:00:00"),
        ("2026-03-03T10:00:00.000Z", "2026-03-03 10:00:00"),
        ("2026-03-03T10:00-05:00", "2026-03-03 15:00:00"),
        ("2026-03-03T10%3A00", "2026-03-03 10:00:00"),
        ("2026-03-03T10%253A00", "2026-03-03 10:00:00"),
        ("2026-03-03T10:00+02:00", None),
        ("1 week ago", "2026-02-23 10:30:15"),
        ("9999999 years", None),
        ("20260303T1030", "2026-03-03 10:30:00"),
        ("20260303T103015Z", "2026-03-03 10:30:15"),
        ("2026-03-03T07", "2026-03-03 07:00:00"),
        ("2026-03-03Z", "2026-03-03 00:00:00"),
        ("2026-Mar-03", "2026-03-03 00:00:00"),
        ("March 2026", "2026-03-01 00:00:00"),
        ("Mar 3", "2026-03-03 00:00:00"),
        ("3rd March", "2026-03-03 00:00:00"),
        ("3 marbles", None),
        ("3/4", "2026-03-04 00:00:00"),
        ("03/04/26", "2026-03-04 00:00:00"),
        ("69-03-04", "2069-03-04 00:00:00"),
        ("70-03-04", "1970-03-04 00:00:00"),
        ("1430", "2026-03-02 14:30:00"),
        ("1772528400", None),
        ("first day of next month", "2026-04-01 10:30:15"),
        ("last day of february 2028", "2028-02-29 00:00:00"),
        ("last day of this month", "2026-03-31 10:30:15"),
        ("2026-03-02T10:00:00%2B02:00", "2026-03-02 08:00:00"),
        ("2026-03-02T10:00:00%252B02:00", "2026-03-02 08:00:00"),
        ("2026-13-01", None),
        ("2026-03-02T25:00", None),
        ("2026-03-02T10:00:00 02:00", None),
        ("nonsense", None),
        ("", None),
        ("@99999999999999999999", None),
        ("999999 years", None),
        ("0000-00-00", None),
        ("9999-12-31 +5 days", None),
        ("2026-03-02T10:00:00+99:99", None),
        ("\0", None),
        ("x" * 5000, None),
    ],
)
def test_loose_texts_are_read_as_php_reads_them(text, wanted):
    found = parse_date_text(text, NOW)

    assert (found and found.strftime("%Y-%m-%d %H:%M:%S")) == wanted


@pytest.mark.parametrize(
    ("text", "ok"),
    [
        ("2026-03-02T10:00:00", True), ("2026-03-02 10:00:00", True), ("2026-03-02t10:00:00.5+05:30", True),
        ("2026-03-02T10:00:00+05", True), ("2026-03-02", False), ("2026-03-02T10:00", False),
        ("2026-13-02T10:00:00", False), ("2026-03-02T10:61:00", False), ("٢٠٢٦-03-02T10:00:00", False),
        ("2026-03-02T10:00:00+99:00", False), ("0000-01-01T00:00:00", False), ("9999-12-31T24:00:00Z", False),
    ],
)  # fmt: skip
def test_date_parameters_must_be_complete(text, ok):
    assert (dates.parse_rfc3339(text) is not None) is ok


def test_parameters_mean_the_sites_clock_unless_they_say_otherwise():
    zone = dates.site_zone("America/New_York")

    assert dates.parse_date_param("2026-03-02T10:00:00", zone) == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert dates.parse_date_param("2026-03-02T10:00:00", zone, gmt=True) == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert dates.parse_date_param("2026-03-02T10:00:00+02:00", zone) == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert dates.parse_date_param("0001-01-01T00:00:00+10:00", zone) is None


def test_wall_stamps_count_the_shops_clock_as_utc():
    zone = dates.site_zone("+05:30")
    at = datetime(2026, 3, 2, 10, tzinfo=UTC)

    assert dates.wall_stamp(dates.to_wall(at, zone)) == 1772445600 + 5 * 3600 + 1800
    assert dates.from_stamp(1772445600) == datetime(2026, 3, 2, 10)
    assert dates.from_wall(datetime(2026, 3, 2, 15, 30), zone) == at
    assert dates.gmt_offset("+05:30", at) == 5.5
    assert zone.utcoffset(None) == timedelta(hours=5, minutes=30)
