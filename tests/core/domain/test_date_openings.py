"""What the rules of one date open, as a table: ``9-12`` opens, ``-9-12`` closes, ``r`` before it: of a resource."""

import pytest

from core.domain.date_openings import add_interval, openings_of_date, subtract_interval


def _windows(text: str):
    for word in text.split():
        of_resource = word.startswith("r")
        word = word.lstrip("r")
        low, high = (int(part) for part in word.lstrip("x").split("-"))
        yield low, high, not word.startswith("x"), of_resource


@pytest.mark.parametrize(
    ("rules", "seam", "openings"),
    [
        ("", 1, []),
        ("540-720", 1, [(540, 720)]),
        ("540-720 660-900", 1, [(540, 900)]),
        ("540-720 720-900", 0, [(540, 900)]),
        # A minute between two openings is a seam, two are not.
        ("540-719 720-900", 1, [(540, 900)]),
        ("540-719 720-900", 0, [(540, 719), (720, 900)]),
        ("540-718 720-900", 1, [(540, 718), (720, 900)]),
        # The stronger rule comes later.
        ("540-900 x660-750", 1, [(540, 660), (750, 900)]),
        ("x660-750 540-900", 1, [(540, 900)]),
        ("540-900 x480-720", 1, [(720, 900)]),
        ("540-900 x540-900", 1, []),
        ("540-900 x660-661", 1, [(540, 900)]),
        # What goes on past midnight is cut there, not where the next date closes.
        ("1320-1560 x0-1440", 1, [(1440, 1560)]),
        ("1320-1560 x1380-1500", 1, [(1320, 1380), (1500, 1560)]),
        # A resource adds; it closes only what it has opened itself.
        ("540-720 r660-900", 1, [(540, 900)]),
        ("540-720 rx600-660", 1, [(540, 720)]),
        ("r540-720 rx600-660", 1, [(540, 600), (660, 720)]),
        ("r540-720 x600-660", 1, [(540, 600), (660, 720)]),
        ("x600-660 r540-720", 1, [(540, 720)]),
    ],
)
def test_the_rules_of_a_date_are_added_up(rules, seam, openings):
    assert openings_of_date(_windows(rules), max_gap=seam) == openings


def test_nothing_opens_before_the_first_minute():
    assert openings_of_date(_windows("540-600 660-900"), max_gap=1, first=700) == [(700, 900)]


def test_parts_stay_in_order_and_apart():
    parts = [(0, 2), (4, 6), (8, 10)]
    assert add_interval(parts, 2, 4) == [(0, 6), (8, 10)]
    assert add_interval(parts, 11, 12) == [*parts, (11, 12)]
    assert add_interval(parts, 5, 5) == subtract_interval(parts, 5, 5) == parts
    assert subtract_interval(parts, 1, 9) == [(0, 1), (9, 10)]
