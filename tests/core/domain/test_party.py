"""Who is what in a party that names no types."""

import pytest

from core.domain.party import resize_party, split_by_type
from core.domain.schedule import PersonBound

ADULT, CHILD, DOG = 1, 2, 3


def bounds(*limits):
    return [
        PersonBound(person_type_id=number, minimum=low, maximum=high) for number, (low, high) in enumerate(limits, 1)
    ]


@pytest.mark.parametrize(
    ("limits", "persons", "found"),
    [
        pytest.param([(0, 0), (0, 0)], 3, {ADULT: 3}, id="the first type admits all"),
        pytest.param([(0, 2), (0, 0)], 3, {ADULT: 2, CHILD: 1}, id="the next when it is full"),
        pytest.param([(1, 0), (1, 0)], 3, {ADULT: 2, CHILD: 1}, id="every type its minimum"),
        pytest.param([(0, 1), (0, 1), (1, 1)], 3, {ADULT: 1, CHILD: 1, DOG: 1}, id="minimum of the last"),
        pytest.param([(2, 0), (2, 0)], 1, {ADULT: 1}, id="too few for the minima"),
        pytest.param([(0, 1), (0, 1)], 4, {ADULT: 3, CHILD: 1}, id="too many for all: of the first"),
    ],
)
def test_by_type(limits, persons, found):
    assert split_by_type(bounds(*limits), persons) == found


@pytest.mark.parametrize(
    ("limits", "counts", "persons", "found"),
    [
        pytest.param([(0, 0), (0, 0)], {ADULT: 1, CHILD: 2}, 4, {ADULT: 2, CHILD: 2}, id="more"),
        pytest.param([(0, 1), (0, 0)], {ADULT: 1, CHILD: 2}, 4, {ADULT: 1, CHILD: 3}, id="more, the first is full"),
        pytest.param([(0, 0), (0, 0)], {ADULT: 1, CHILD: 2}, 2, {ADULT: 1, CHILD: 1}, id="fewer: the last leave"),
        pytest.param([(0, 0), (1, 0)], {ADULT: 2, CHILD: 1}, 2, {ADULT: 1, CHILD: 1}, id="but for a minimum"),
        pytest.param([(1, 0), (1, 0)], {ADULT: 1, CHILD: 1}, 1, {ADULT: 1}, id="no other way"),
        pytest.param([(0, 0)], {ADULT: 2}, 2, {ADULT: 2}, id="as many"),
    ],
)
def test_resized(limits, counts, persons, found):
    assert resize_party(bounds(*limits), counts, persons) == found
