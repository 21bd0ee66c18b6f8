"""Reads single values of a product's own data, where numbers are texts, switches many things, empty maps lists."""

from collections.abc import Mapping
from datetime import date
from typing import Any


def flag(value: Any) -> bool:
    """A switch, in any of the ways it is stored."""
    return value not in (None, False, "", 0, "0", "no", "false")


def whole(value: Any, default: int) -> int:
    """A whole number, or ``default`` where there is none."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return default


def day(value: Any) -> date | None:
    """A date as ``YYYY-MM-DD``."""
    try:
        return date.fromisoformat(str(value or ""))
    except ValueError:
        return None


def minute(value: Any) -> int | None:
    """Minutes since midnight of ``HH:MM``; ``24:00`` is 1440."""
    hours, _, minutes = str(value or "").partition(":")
    if not (hours.isdecimal() and (minutes or "0").isdecimal()):
        return None
    return min(1440, int(hours[:3]) * 60 + int(minutes[:2] or 0))


def items(value: Any) -> dict[int, Any]:
    """A map by id; PHP writes an empty one as a list."""
    return {whole(key, 0): item for key, item in value.items()} if isinstance(value, Mapping) else {}


def person_types(product: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The person types of a product, each with its ``id``."""
    types = product.get("person_types") or ()
    if isinstance(types, Mapping):
        return [{"id": key, **value} for key, value in types.items() if isinstance(value, Mapping)]
    return [item for item in types if isinstance(item, Mapping)]
