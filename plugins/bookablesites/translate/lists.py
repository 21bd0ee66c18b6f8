"""Paging, sorting and date filters of lists, and the body of a list reply (README, "Requests")."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, TypeVar

from core.errors import Invalid
from plugins.bookablesites.translate.request_fields import to_integer
from plugins.bookablesites.translate.times import to_date

R = TypeVar("R")
_MAX_LIMIT = 100


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
