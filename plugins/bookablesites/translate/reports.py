"""Reports over bookings: groups, sums and CSV (README, "Reports")."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.records import Booking, Location, Resource, Service
from plugins.bookablesites.errors import FieldErrors
from plugins.bookablesites.translate.bookings import (
    ACTIVE,
    APPROVED,
    NO_SHOW,
    STATUSES,
    RelatedRecords,
    party_size,
    snapshot_name,
    status_of,
    stored_quote,
    to_booking_customer,
)
from plugins.bookablesites.translate.employees import person_names
from plugins.bookablesites.translate.prices import to_number
from plugins.bookablesites.translate.values import to_date

GROUPS = ("day", "week", "month", "service", "employee", "location", "customer", "status", "coupon")
COLUMNS = ("key", "label", "bookings", "persons", "revenue", "discount", "tax")
_MAX_DAYS = 366
#: The statuses that count as revenue.
EARNING = frozenset((APPROVED, NO_SHOW))


@dataclass(frozen=True, slots=True)
class Report:
    """A report as JSON (``body``) and as the rows and columns of a table."""

    body: dict[str, Any]
    rows: Sequence[Mapping[str, Any]]
    columns: Sequence[str]


def to_report_dates(query: Mapping[str, Any]) -> tuple[date, date]:
    """``start_date`` and ``end_date`` of a report, both included.

    Raises:
        FieldErrors: One is missing.
        Invalid: They are not dates, in the wrong order, or more than ``_MAX_DAYS``.
    """
    missing = [name for name in ("start_date", "end_date") if name not in query]
    if missing:
        raise FieldErrors.missing(missing)
    first, last = to_date(query["start_date"], "start_date"), to_date(query["end_date"], "end_date")
    if last < first:
        raise Invalid(field="end_date", reason="order", value=last.isoformat())
    if (last - first).days >= _MAX_DAYS:
        raise Invalid(field="end_date", reason="span", value=last.isoformat(), limit=_MAX_DAYS)
    return first, last


def check_group(name: str) -> str:
    if name not in GROUPS:
        raise Invalid(field="group_by", reason="choice", value=name)
    return name


def wants_csv(format: str | None, accept: str) -> bool:
    """Is the report asked for as CSV, by ``format`` or else by the ``Accept`` header?"""
    if format not in (None, "json", "csv"):
        raise Invalid(field="format", reason="choice", value=format)
    if format is not None:
        return format == "csv"
    accept = accept.lower()
    return "text/csv" in accept and "application/json" not in accept


def to_rows(bookings: Iterable[Booking], group_by: str, related: RelatedRecords) -> dict[str, Any]:
    """Bookings in groups, in the order of their keys, and the totals of all."""
    to_key = _group_keys(related)[group_by]
    groups: dict[str, dict[str, Any]] = {}
    totals = _empty_row("", "")
    for booking in bookings:
        key, label = to_key(booking)
        row = groups.setdefault(key, _empty_row(key, label))
        for sums in (row, totals):
            _add(sums, booking)
    numeric = all(key.isdigit() for key in groups)
    ordered = sorted(groups, key=(lambda key: int(key)) if numeric else (lambda key: key))
    return {
        "data": [_rendered(groups[key]) for key in ordered],
        "totals": {name: value for name, value in _rendered(totals).items() if name not in ("key", "label")},
    }


def _group_keys(related: RelatedRecords) -> Mapping[str, Callable[[Booking], tuple[str, str]]]:
    """For each way of grouping: the key and the label of a booking."""

    def week(booking: Booking) -> tuple[str, str]:
        year, week_number, _ = booking.wall_start.isocalendar()
        monday = (booking.wall_start - timedelta(days=booking.wall_start.weekday())).date().isoformat()
        return f"{year}-W{week_number:02d}", monday

    def employee(booking: Booking) -> tuple[str, str]:
        record: Resource | None = related.resources.get(booking.resource_id)
        if record is None:
            return str(booking.resource_id), snapshot_name(booking, "resource")
        return str(booking.resource_id), " ".join(filter(None, person_names(record)))

    def customer(booking: Booking) -> tuple[str, str]:
        names = to_booking_customer(booking, related.customers)
        return str(booking.customer_id), f"{names['first_name']} {names['last_name']}".strip()

    def named(records: Mapping[int, Service] | Mapping[int, Location], id: int, snapshot: str) -> tuple[str, str]:
        return str(id), records[id].name if id in records else snapshot

    return {
        "day": lambda b: (b.wall_start.date().isoformat(),) * 2,
        "week": week,
        "month": lambda b: (f"{b.wall_start:%Y-%m}",) * 2,
        "service": lambda b: named(related.services, b.service_id, snapshot_name(b, "service")),
        "employee": employee,
        "location": lambda b: named(related.locations, b.location_id, snapshot_name(b, "location")),
        "customer": customer,
        "status": lambda b: (status_of(b),) * 2,
        "coupon": lambda b: (b.coupon_code.upper(), b.coupon_code),
    }


def _empty_row(key: str, label: str) -> dict[str, Any]:
    return {
        "key": key,
        "label": label,
        "bookings": 0,
        "persons": 0,
        **dict.fromkeys(("revenue", "discount", "tax"), Decimal(0)),
    }


def _add(row: dict[str, Any], booking: Booking) -> None:
    row["bookings"] += 1
    row["persons"] += party_size(booking)
    if status_of(booking) in EARNING:
        amounts = stored_quote(booking).facts
        row["revenue"] += booking.total
        row["discount"] += amounts.get("discount", Decimal(0))
        row["tax"] += amounts.get("tax", Decimal(0))


def _rendered(row: dict[str, Any]) -> dict[str, Any]:
    return {name: to_number(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def to_summary(bookings: Sequence[Booking], *, new_customers: int, working_minutes: int) -> dict[str, Any]:
    """The figures of a span; ``occupancy`` is booked minutes over working minutes."""
    sums = _empty_row("", "")
    by_status = dict.fromkeys(STATUSES, 0)
    minutes_of: dict[int, int] = {}
    for booking in bookings:
        _add(sums, booking)
        status = status_of(booking)
        by_status[status] += 1
        if status in ACTIVE | {NO_SHOW}:
            minutes = int((booking.end - booking.start).total_seconds()) // 60
            minutes_of[booking.session_id] = max(minutes, minutes_of.get(booking.session_id, 0))
    return {
        "appointments": len({booking.session_id for booking in bookings}),
        "bookings": sums["bookings"],
        "persons": sums["persons"],
        "by_status": by_status,
        "revenue": to_number(sums["revenue"]),
        "new_customers": new_customers,
        "occupancy": round(sum(minutes_of.values()) / working_minutes, 2) if working_minutes else 0,
    }


def to_csv(report: Report) -> str:
    """The rows of a report under a header line; a text that a spreadsheet takes for a formula gets a quote in front."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(report.columns)
    for row in report.rows:
        writer.writerow([_cell(row.get(name)) for name in report.columns])
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
