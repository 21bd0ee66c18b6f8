"""Reads bookings: by id, and pages with their totals."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from core import models
from core.db import fetch_all, is_postgres
from core.domain import records, statuses
from core.domain.records import Booking, Page
from core.kept_reads import fetch_kept
from core.services.conditions import Condition, Order
from core.services.repository import Repository, checked_id, to_wall_clock

repository = Repository("booking", models.Booking, records.Booking, shared_ids=True, statuses=statuses.BOOKING)


def get(id: int) -> Booking:
    """The booking with this id; raises NotFound."""
    return repository.get(id)


def get_many(ids: Iterable[int]) -> dict[int, Booking]:
    """Bookings by id; unknown ids are left out."""
    return repository.get_many(ids)


def page(
    where: Sequence[Condition] = (),
    *,
    order: Order = (("created_at", "desc"), ("id", "desc")),
    limit: int | None = None,
    offset: int = 0,
    count: bool = True,
) -> Page[Booking]:
    """A page of bookings, newest first by default, and the number of bookings in all.

    Totals by status, service or both come from the tally, at the same cost for any number of bookings.
    """
    where = with_instant_bounds(where)
    counts = count_by_status(where)
    if counts is None:
        return repository.page(where, order=order, limit=limit, offset=offset, count=count, unindexed={"status"})
    matching = {status for status in counts if _status_matches(status, where)}
    total = sum(counts[status] for status in matching)
    conditions, unindexed = _cheapest_conditions(where, order, offset + (limit or 0), counts, matching)
    if limit == 0 or offset >= total:
        return Page([], total if count else None)
    bookings = repository.page(
        conditions, order=order, limit=limit, offset=offset, count=False, unindexed=unindexed
    ).items
    if conditions is not where:
        # A booking may meanwhile have a status that the tally did not list.
        bookings = [booking for booking in bookings if _status_matches(booking.status, where)]
    return Page(bookings, total if count else None)


#: No wall clock is further from UTC, in either direction.
_MAX_UTC_OFFSET = timedelta(hours=16)


def with_instant_bounds(where: Sequence[Condition]) -> Sequence[Condition]:
    """The conditions, with a wider one on the indexed instant for each one on the wall clock."""
    bounds: list[Condition] = []
    for name, operator, value in where:
        if name == "wall_start" and isinstance(value, datetime):
            instant = value.replace(tzinfo=UTC)
            if operator in {">", ">="} and value > datetime.min + _MAX_UTC_OFFSET:
                bounds.append(("start", ">=", instant - _MAX_UTC_OFFSET))
            elif operator in {"<", "<="} and value < datetime.max - _MAX_UTC_OFFSET:
                bounds.append(("start", "<=", instant + _MAX_UTC_OFFSET))
    return [*where, *bounds] if bounds else where


def count_by_status(where: Sequence[Condition]) -> dict[str, int] | None:
    """The number of bookings by status, where only status and service are asked about; else None."""
    service_sql = None
    if all(name in {"status", "service_id"} and operator in _LISTED for name, operator, _ in where):
        service_sql = service_conditions([condition for condition in where if condition[0] == "service_id"])
    if service_sql is None:
        return None
    where_sql, parameters = service_sql
    if not where_sql and not is_postgres():
        return dict(fetch_kept("SELECT status, n FROM booking_total WHERE n > 0"))
    rows = fetch_all(f"SELECT status, SUM(n) FROM booking_tally{where_sql} GROUP BY status", parameters)
    return {status: int(count) for status, count in rows if count}


#: Operators by which the tallies can be read.
_LISTED = frozenset({"=", "!=", "in", "not_in"})


def service_conditions(where: Sequence[Condition]) -> tuple[str, list[Any]] | None:
    """Conditions on the service as SQL for a tally, with its parameters; None where an operator is not for lists."""
    conditions: list[str] = []
    parameters: list[Any] = []
    for _, operator, value in where:
        if operator not in _LISTED:
            return None
        ids = [value] if operator in {"=", "!="} else list(value)
        conditions.append(f"service_id {'IN' if operator in {'=', 'in'} else 'NOT IN'} ({', '.join('?' * len(ids))})")
        parameters += [max(-(2**63), min(id, 2**63 - 1)) for id in ids]
    return (f" WHERE {' AND '.join(conditions)}" if conditions else ""), parameters


def _status_matches(status: str, where: Sequence[Condition]) -> bool:
    """Whether a status meets the conditions on it."""
    for name, operator, value in where:
        if name == "status":
            matches = status == value if operator in {"=", "!="} else status in value
            if matches != (operator in {"=", "in"}):
                return False
    return True


def _cheapest_conditions(
    where: Sequence[Condition],
    order: Order,
    rows_needed: int,
    counts: Mapping[str, int],
    matching: Collection[str],
) -> tuple[Sequence[Condition], Collection[str]]:
    """The conditions in the cheapest form, and the fields for which SQLite must not use an index.

    SQLite keeps no statistics: it takes every condition on the status for a selective one and would sort a million
    bookings rather than skip the few that do not match. The tally has the real numbers.
    """
    operators = [operator for name, operator, _ in where if name == "status"]
    if not operators:
        return where, ()
    other_statuses = [status for status in counts if status not in matching]
    other_conditions = [condition for condition in where if condition[0] != "status"]
    if not other_statuses:
        return other_conditions, ()
    matching_count, all_count = sum(counts[status] for status in matching), sum(counts.values())
    # Entries of the index to walk; sorting reads all matching rows, at about fifteen times the cost of an entry.
    walk_cost = min(all_count, rows_needed * all_count // max(matching_count, 1)) < 15 * matching_count
    if not other_conditions and (not walk_cost or (operators == ["="] and order and order[0][0] == "created_at")):
        return where, ()
    if len(other_statuses) < len(matching):
        return [*other_conditions, ("status", "not_in", other_statuses)], {"status"}
    return where, {"status"}


def summaries_by_customer(
    customer_ids: Iterable[int], *, excluded_statuses: Sequence[str] = ()
) -> dict[int, tuple[int, datetime]]:
    """The number of bookings by customer and the wall clock of the latest; customers without any are left out.

    Args:
        excluded_statuses: Statuses that do not count.
    """
    ids = sorted({checked_id(customer_id) for customer_id in customer_ids} - {0})
    if not ids:
        return {}
    placeholders = ", ".join("?" * len(ids))
    sql = f"SELECT customer_id, COUNT(*), MAX(wall_start) FROM booking WHERE customer_id IN ({placeholders})"
    if excluded_statuses:
        sql += f" AND status NOT IN ({', '.join('?' * len(excluded_statuses))})"
    rows = fetch_all(f"{sql} GROUP BY customer_id", [*ids, *excluded_statuses])
    return {customer_id: (int(count), to_wall_clock(latest)) for customer_id, count, latest in rows}
