"""Reads loosely typed stored values: numbers, lists and objects that may be missing or of another type."""

from core.domain.coerce import to_dict, to_dicts, to_int, to_list

__all__ = [
    "to_dict",
    "to_dicts",
    "to_int",
    "to_list",
]
