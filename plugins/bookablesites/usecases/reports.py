"""Reports over the bookings of a span of dates."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from frontdesk import bookings
from frontdesk.records import Booking
from frontdesk.repository import Repository, StoredRecord, customers, locations, resources, services
from frontdesk.times import zone as zone_of
from plugins.bookablesites.translate.bookings import VISIBLE, RelatedRecords
from plugins.bookablesites.translate.employees import working_time_of
from plugins.bookablesites.translate.params import start_day_conditions
from plugins.bookablesites.translate.reports import COLUMNS, Report, check_group, to_report_dates, to_rows, to_summary
from plugins.bookablesites.translate.schedule import working_minutes
from plugins.bookablesites.usecases.context import Context
from plugins.bookablesites.usecases.schedules import company_days_off

R = TypeVar("R", bound=StoredRecord)
_BATCH = 5000


def summary_report(query: Mapping[str, Any], context: Context) -> Report:
    """The figures of a span; ``start_date`` and ``end_date`` are included."""
    first, last = to_report_dates(query)
    zone = zone_of(context.zone)
    begin = datetime.combine(first, datetime.min.time(), zone)
    end = datetime.combine(last, datetime.min.time(), zone) + timedelta(days=1)
    summary = to_summary(
        _bookings(query),
        new_customers=customers.count([("created_at", ">=", begin), ("created_at", "<", end)]),
        working_minutes=_working_minutes(first, last),
    )
    columns = {name: value for name, value in summary.items() if name != "by_status"} | summary["by_status"]
    return Report(summary, [columns], list(columns))


def _working_minutes(first: date, last: date) -> int:
    """The minutes all active employees work from ``first`` to ``last``, both included."""
    days_off = company_days_off()
    minutes = 0
    for record in resources.list_all([("kind", "=", "staff"), ("status", "=", "active")]):
        times = working_time_of(record)
        minutes += working_minutes(times.week, times.special_days, [*times.days_off, *days_off], first, last)
    return minutes


def bookings_report(query: Mapping[str, Any]) -> Report:
    """Bookings in groups, by ``group_by``."""
    to_report_dates(query)
    group_by = check_group(query.get("group_by", "day"))
    counted = _bookings(query)
    related = RelatedRecords(
        customers=_records(customers, [booking.customer_id for booking in counted] if group_by == "customer" else ()),
        services=_records(services, [booking.service_id for booking in counted] if group_by == "service" else ()),
        resources=_records(resources, [booking.resource_id for booking in counted] if group_by == "employee" else ()),
        locations=_records(locations, [booking.location_id for booking in counted] if group_by == "location" else ()),
    )
    report = to_rows(counted, group_by, related)
    return Report(report, report["data"], COLUMNS)


def _bookings(query: Mapping[str, Any]) -> list[Booking]:
    conditions = [("status", "in", sorted(VISIBLE)), *start_day_conditions(query)]
    return bookings.page(conditions, order=[("wall_start", "asc"), ("id", "asc")], count=False).items


def _records(table: Repository[R], ids: Sequence[int]) -> dict[int, R]:
    """Records by id, in batches within the number of parameters a statement may have."""
    distinct = sorted(set(ids))
    records: dict[int, R] = {}
    for start in range(0, len(distinct), _BATCH):
        records |= table.get_many(distinct[start : start + _BATCH])
    return records
