"""A party that names no types, where the service has some: who is what."""

from collections.abc import Mapping, Sequence

from core.domain.schedule import PersonBound


def split_by_type(bounds: Sequence[PersonBound], persons: int) -> dict[int, int]:
    """So many persons by type: every type its minimum, the rest to the first types that admit them.

    Whom no type admits is of the first, so that the refusal names it.
    """
    return _filled(bounds, {}, persons)


def resize_party(bounds: Sequence[PersonBound], counts: Mapping[int, int], persons: int) -> dict[int, int]:
    """A party by type with another number of persons: who comes is as in ``by_type``, the last types leave first."""
    kept = dict(counts)
    leaving = sum(kept.values()) - persons
    minima = {bound.person_type_id: bound.minimum for bound in bounds}
    # Below the minimum of a type only where there is no other way.
    for floors in (minima, {}):
        for number in reversed(list(kept)):
            gone = max(0, min(leaving, kept[number] - floors.get(number, 0)))
            kept[number] -= gone
            leaving -= gone
    return _filled(bounds, kept, persons)


def _filled(bounds: Sequence[PersonBound], counts: Mapping[int, int], persons: int) -> dict[int, int]:
    filled = dict(counts)
    left = persons - sum(filled.values())
    for least in (True, False):
        for bound in bounds:
            number = bound.person_type_id
            most = bound.minimum if least else bound.maximum or left + filled.get(number, 0)
            coming = max(0, min(left, most - filled.get(number, 0)))
            filled[number] = filled.get(number, 0) + coming
            left -= coming
    if left > 0:
        first = bounds[0].person_type_id if bounds else next(iter(filled), 0)
        filled[first] = filled.get(first, 0) + left
    return {number: count for number, count in filled.items() if count}
