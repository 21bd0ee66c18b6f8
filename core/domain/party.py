"""Splits a party by person type where the caller gives only its size."""

from collections.abc import Mapping, Sequence

from core.domain.schedule import PersonBound


def split_by_type(bounds: Sequence[PersonBound], persons: int) -> dict[int, int]:
    """A number of persons by type: every type its minimum, the rest to the first types that admit them.

    Persons whom no type admits count as the first type, so that the error names it.
    """
    return _filled(bounds, {}, persons)


def resize_party(bounds: Sequence[PersonBound], counts: Mapping[int, int], persons: int) -> dict[int, int]:
    """A party by type with another number of persons.

    Persons are added as ``split_by_type`` does; of those who leave, the last types leave first.
    """
    resized = dict(counts)
    leaving = sum(resized.values()) - persons
    minima = {bound.person_type_id: bound.minimum for bound in bounds}
    # Goes below the minimum of a type only where there is no other way.
    for floors in (minima, {}):
        for type_id in reversed(list(resized)):
            removed = max(0, min(leaving, resized[type_id] - floors.get(type_id, 0)))
            resized[type_id] -= removed
            leaving -= removed
    return _filled(bounds, resized, persons)


def _filled(bounds: Sequence[PersonBound], counts: Mapping[int, int], persons: int) -> dict[int, int]:
    filled = dict(counts)
    left = persons - sum(filled.values())
    for to_minimum in (True, False):
        for bound in bounds:
            type_id = bound.person_type_id
            target = bound.minimum if to_minimum else bound.maximum or left + filled.get(type_id, 0)
            added = max(0, min(left, target - filled.get(type_id, 0)))
            filled[type_id] = filled.get(type_id, 0) + added
            left -= added
    if left > 0:
        first = bounds[0].person_type_id if bounds else next(iter(filled), 0)
        filled[first] = filled.get(first, 0) + left
    return {type_id: count for type_id, count in filled.items() if count}
