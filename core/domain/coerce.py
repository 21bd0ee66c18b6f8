"""Reads settings as they are stored elsewhere: numbers as texts, an empty map as a list, a list as a map by position.

What is missing, or has another type, counts as absent.
"""

from collections.abc import Iterable, Mapping
from typing import Any


def to_int(value: Any, default: int = 0) -> int:
    """A whole number, or ``default`` where there is none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return default


def to_dict(value: Any) -> Mapping[str, Any]:
    """A map, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def to_list(value: Any) -> list[Any]:
    """The members of a list or of a map."""
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []


def to_dicts(value: Any) -> list[Mapping[str, Any]]:
    """The records in a list or in a map."""
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping | list | tuple):
        value = list(value)
    return [row for row in to_list(value) if isinstance(row, Mapping)]
