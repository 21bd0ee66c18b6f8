"""Reading bookings: one, some by id, and pages with their totals."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from core import models
from core.db import rows
from core.domain import records
from core.domain.records import Booking, Page
from core.services.records import Condition, Table, checked_id, wall

table = Table("booking", models.Booking, records.Booking, shared_ids=True)


def get(id: int) -> Booking:
    """The booking with this id; raises NotFound."""
    return table.get(id)


def many(ids: Iterable[int]) -> dict[int, Booking]:
    return table.many(ids)


def page(
    where: Sequence[Condition] = (),
    *,
    order: Sequence[tuple[str, str]] = (("created_at", "desc"), ("id", "desc")),
    limit: int | None = None,
    offset: int = 0,
    count: bool = True,
) -> Page[Booking]:
    """Bookings, newest first unless ordered otherwise, and how many there are in all.

    Totals by status, service or both come from the tally and cost the same at any size.
    """
    total = _tallied(where) if count else None
    if count and total is None:
        total = table.count(where)
    found = table.page(where, order=order, limit=limit, offset=offset, count=False)
    return Page(found.items, total)


def _tallied(where: Sequence[Condition]) -> int | None:
    """The number of matching bookings, where only status and service are asked about; else None."""
    parts, parameters = ["1 = 1"], []
    for name, operator, value in where:
        if name not in {"status", "service_id"} or operator not in {"=", "!=", "in", "not_in"}:
            return None
        if operator in {"=", "!="}:
            parts.append(f"{name} {'=' if operator == '=' else '<>'} ?")
            parameters.append(value)
        else:
            values = list(value)
            if not values:
                return 0 if operator == "in" else None
            marks = ", ".join("?" * len(values))
            parts.append(f"{name} {'IN' if operator == 'in' else 'NOT IN'} ({marks})")
            parameters += values
    sql = f"SELECT COALESCE(SUM(n), 0) FROM booking_tally WHERE {' AND '.join(parts)}"
    return int(rows(sql, parameters)[0][0])


def by_customer(customer_ids: Iterable[int], *, without: Sequence[str] = ()) -> dict[int, tuple[int, datetime]]:
    """How many bookings each customer has and the wall clock of the latest; customers without any are left out.

    Args:
        without: Statuses that do not count.
    """
    wanted = sorted({checked_id(number) for number in customer_ids} - {0})
    if not wanted:
        return {}
    sql = f"SELECT customer_id, COUNT(*), MAX(wall_start) FROM booking WHERE customer_id IN ({', '.join('?' * len(wanted))})"
    if without:
        sql += f" AND status NOT IN ({', '.join('?' * len(without))})"
    found = rows(f"{sql} GROUP BY customer_id", [*wanted, *without])
    return {number: (int(count), wall(last)) for number, count, last in found}
