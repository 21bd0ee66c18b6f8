"""Neighbours within a buffer: whether they add up, and where a booking first finds too few units."""

import pytest

from core.domain.claims import Claim, ClaimRequest, first_shortage, units_remaining


def _busy(text: str) -> list[Claim]:
    """``0-2 6-8*2``: claims that keep one hour free after them, the second of two units."""
    claims = []
    for word in text.split():
        span, _, units = word.partition("*")
        start, end = map(int, span.split("-"))
        claims.append(Claim(start, end, int(units or 1), before=1, after=1))
    return claims


@pytest.mark.parametrize(
    ("held", "capacity", "added_up", "apart"),
    [
        # One before, one after: each is in reach, and they never coincide.
        ("0-2 5-8", 2, 0, 1),
        ("0-2 5-8", 1, -1, 0),
        # Two before that coincide take two places.
        ("0-2 1-2 5-8", 2, -1, 0),
        # One in the span and one beside it that is over by then.
        ("0-2 3-5", 2, 0, 1),
        ("2-4 3-5", 2, 0, 0),
        # Out of reach.
        ("0-1 7-8", 2, 2, 2),
    ],
)
def test_neighbours_on_both_sides(held, capacity, added_up, apart):
    wanted = {"subject": ("service", 1), "start": 3, "end": 5, "units": 1, "capacity": capacity}
    wanted |= {"before": 1, "after": 1, "buffer_combination": "sum"}
    assert units_remaining(ClaimRequest(**wanted), _busy(held)) == added_up
    assert units_remaining(ClaimRequest(**wanted, each_side=True), _busy(held)) == apart


@pytest.mark.parametrize(
    ("held", "units", "found"),
    [
        ("", 1, None),
        ("0-2", 2, (0, 1)),
        ("6-8", 2, (6, 1)),
        ("1-4 3-5", 1, (3, 0)),
        ("3-5*2 6-8*2", 1, (3, 0)),
        ("0-2 6-8", 1, None),
        ("0-1*2", 1, None),
    ],
)
def test_where_too_few_places_are_left_first(held, units, found):
    wanted = ClaimRequest(("service", 1), 3, 5, units, 2, before=1, after=1, buffer_combination="sum", each_side=True)
    assert first_shortage(wanted, _busy(held)) == found
