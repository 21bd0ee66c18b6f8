"""Reads single values of a product's own data, where numbers are texts, switches many things, empty maps lists."""

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from core.domain.coerce import to_dict, to_dicts, to_int, to_list
from core.domain.schedule import Unit


def flag(value: Any) -> bool:
    """A switch, in any of the ways it is stored."""
    return bool(value) and value not in ("0", "no", "false")


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
    """A map by id."""
    return {to_int(key): item for key, item in to_dict(value).items()}


def ids(value: Any) -> list[int]:
    """Numbers in their order, without repeats."""
    return list(dict.fromkeys(to_int(item) for item in to_list(value)))


def person_types(product: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The person types of a product, each with its ``id``; in a map some may say no more than that."""
    types = product.get("person_types")
    if isinstance(types, Mapping):
        # PHP writes an empty map as a list.
        return [{"id": key, **to_dict(value)} for key, value in types.items()]
    return to_dicts(types)


def duration_unit(product: Mapping[str, Any]) -> Unit:
    """The unit of one block."""
    unit = str(product.get("duration_unit"))
    return unit if unit in get_args(Unit) else "day"


def customer_duration(product: Mapping[str, Any]) -> bool:
    """Whether the customer chooses how many blocks; of nights, always."""
    return product.get("duration_type") == "customer" or duration_unit(product) == "night"
