"""Brings a body or query into the names the structs use: snake case, no aliases, plain references.

In come ``snake_case`` and the camelCase twin of every name, ``service`` and ``service_id`` for the same thing, ids as
numbers, text digits or ``{"id": 3}`` (fact sheet, section 1).
"""

import re
from typing import Any

from core.errors import Invalid

_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
_MAX_ID = 2**63 - 1

#: Other spellings of one field, after the camels are gone.
ALIASES = {
    "service_id": "service",
    "employee_id": "employee",
    "customer_id": "customer",
    "location_id": "location",
    "category_id": "category",
    "appointment_id": "appointment",
    "booking_start": "start_date_time",
    "start_datetime": "start_date_time",
    "calendar_start_date": "start_date",
    "calendar_end_date": "end_date",
    "phone_number": "phone",
    "internal_note": "note",
    "number_of_persons": "persons",
}
_REFERENCES = frozenset(("service", "employee", "location", "category", "customer", "appointment"))
#: Kept as they are: what is inside belongs to the caller.
_OPAQUE = frozenset(("custom_fields",))


def snake(name: str) -> str:
    """``firstName`` as ``first_name``."""
    return _HUMP.sub(r"_\1", name).lower()


def canonical(value: Any, path: str = "", *, keep: frozenset[str] = frozenset()) -> Any:
    """The same data under the names of the structs; ``keep`` names are not taken for aliases.

    Raises:
        Invalid: Two spellings of one field say different things.
    """
    if isinstance(value, list):
        return [canonical(item, f"{path}.{number}".strip(".")) for number, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = snake(str(key))
        name = name if name in keep else ALIASES.get(name, name)
        place = f"{path}.{name}".strip(".")
        if name not in _OPAQUE:
            item = canonical(item, place)
            if name in _REFERENCES:
                item = _reference(item)
        if name in found and found[name] != item:
            raise Invalid(field=place, reason="twins", value=item)
        found[name] = item
    return found


def _reference(value: Any) -> Any:
    """``{"id": 3}`` and ``"3"`` as 3; anything else as it is, for the struct to judge."""
    if isinstance(value, dict) and "id" in value:
        value = value["id"]
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value


def to_id(value: Any, field: str) -> int:
    """An id from a query or a path; text digits are fine."""
    value = _reference(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MAX_ID:
        raise Invalid(field=field, reason="id", value=value)
    return value


def to_whole(value: Any, field: str, *, low: int, high: int) -> int:
    """A whole number from a query."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid(field=field, reason="integer", value=value)
    if not low <= value <= high:
        raise Invalid(field=field, reason="range", value=value, limit=(low, high))
    return value


def to_extras(text: Any, field: str = "extras") -> tuple[tuple[int, int], ...]:
    """``7:2,9:1`` as ids and quantities; a bare id means one."""
    chosen = []
    for part in str(text).split(",") if text else ():
        number, _, quantity = part.strip().partition(":")
        chosen.append((to_id(number, field), to_whole(quantity or "1", field, low=1, high=1000)))
    return tuple(chosen)
