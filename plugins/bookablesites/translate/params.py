"""Bodies and queries under the names of the structs, and the paging, sorting and filters of lists.

Clients may send every name in ``snake_case`` or camelCase, ``service`` or ``service_id`` for the same field, and ids as
numbers, digits or ``{"id": 3}`` (README, "Requests").
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, TypeVar

from frontdesk.errors import Invalid
from plugins.bookablesites.translate.values import to_date

#: Other spellings of one field, in snake case.
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
#: Objects whose keys belong to the client and stay as they are.
_OPAQUE = frozenset(("custom_fields",))
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
_MAX_ID = 2**63 - 1
_MAX_LIMIT = 100
R = TypeVar("R")


def snake(name: str) -> str:
    """``firstName`` as ``first_name``."""
    return _HUMP.sub(r"_\1", name).lower()


def canonical(value: Any, path: str = "", *, keep: frozenset[str] = frozenset()) -> Any:
    """The same data under the names of the structs.

    Args:
        keep: Names that are not aliases here.

    Raises:
        Invalid: Two spellings of one field have different values ("twins").
    """
    if isinstance(value, list):
        return [canonical(item, f"{path}.{position}".strip(".")) for position, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    fields: dict[str, Any] = {}
    for key, item in value.items():
        name = snake(str(key))
        name = name if name in keep else ALIASES.get(name, name)
        field = f"{path}.{name}".strip(".")
        if name not in _OPAQUE:
            item = canonical(item, field)
            if name in _REFERENCES:
                item = _reference(item)
        if name in fields and fields[name] != item:
            raise Invalid(field=field, reason="twins", value=item)
        fields[name] = item
    return fields


def _reference(value: Any) -> Any:
    """``{"id": 3}`` and ``"3"`` as 3; any other value unchanged, for the struct to check."""
    if isinstance(value, dict) and "id" in value:
        value = value["id"]
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value


def to_id(value: Any, field: str) -> int:
    """An id from a query, as a number or digits."""
    value = _reference(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MAX_ID:
        raise Invalid(field=field, reason="id", value=value)
    return value


def id_or_none(query: Mapping[str, Any], name: str) -> int | None:
    """An id parameter of a query; None when it was not sent."""
    return to_id(query[name], name) if name in query else None


def to_integer(value: Any, field: str, *, low: int, high: int) -> int:
    """An integer in a range, as a number or digits."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid(field=field, reason="integer", value=value)
    if not low <= value <= high:
        raise Invalid(field=field, reason="range", value=value, limit=(low, high))
    return value


def to_extra_quantities(text: Any, field: str = "extras") -> tuple[tuple[int, int], ...]:
    """``7:2,9:1`` as ids and quantities; an id alone has quantity 1."""
    quantities = []
    for part in str(text).split(",") if text else ():
        extra_id, _, quantity = part.strip().partition(":")
        quantities.append((to_id(extra_id, field), to_integer(quantity or "1", field, low=1, high=1000)))
    return tuple(quantities)


# -- lists -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paging:
    """The page of a list a query asks for; pages count from 1."""

    page: int
    limit: int

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.limit

    def slice(self, records: Sequence[R]) -> Sequence[R]:
        """The records of this page."""
        return records[self.offset : self.offset + self.limit]

    def to_list(self, data: Sequence[Any], total: int) -> dict[str, Any]:
        """The body of the reply; ``data`` holds this page's objects and ``total`` counts those of all pages."""
        pages = max(1, ceil(total / self.limit))
        return {
            "data": data,
            "pagination": {"total": total, "page": self.page, "limit": self.limit, "pages": pages},
        }


def to_paging(query: Mapping[str, Any]) -> Paging:
    """``page`` and ``limit``; a limit above 100 becomes 100.

    Raises:
        Invalid: Below 1, or not a number.
    """
    return Paging(
        page=to_integer(query.get("page", 1), "page", low=1, high=10**12),
        limit=min(_MAX_LIMIT, to_integer(query.get("limit", 20), "limit", low=1, high=10**12)),
    )


def to_order(query: Mapping[str, Any], sortable: Iterable[str], default: str) -> tuple[str, str]:
    """``sort_by`` and ``sort_order`` ("asc" or "desc"); without them ``default``, descending."""
    name, direction = query.get("sort_by", default), str(query.get("sort_order", "desc")).lower()
    if name not in {*sortable, default}:
        raise Invalid(field="sort_by", reason="choice", value=name)
    if direction not in ("asc", "desc"):
        raise Invalid(field="sort_order", reason="choice", value=direction)
    return name, direction


def start_day_conditions(query: Mapping[str, Any]) -> list[tuple[str, str, datetime]]:
    """``start_date`` and ``end_date`` as conditions on the day of a booking's start, both included."""
    conditions = []
    if "start_date" in query:
        first = to_date(query["start_date"], "start_date")
        conditions.append(("wall_start", ">=", datetime.combine(first, datetime.min.time())))
    if "end_date" in query:
        last = to_date(query["end_date"], "end_date")
        conditions.append(("wall_start", "<", datetime.combine(last, datetime.min.time()) + timedelta(days=1)))
    return conditions
