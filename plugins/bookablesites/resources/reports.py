"""``/reports`` as JSON and CSV (fact sheet, 8.8)."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

import falcon

from core.domain.records import Booking
from core.domain.zones import zone as zone_of
from core.errors import Invalid
from core.http.openapi import operation
from core.services import bookings
from core.services.repository import customers, locations, resources, services
from plugins.bookablesites.resources.appointments import SPAN, span_conditions
from plugins.bookablesites.resources.common import Resource, filters, send
from plugins.bookablesites.resources.schedules import company_days_off
from plugins.bookablesites.schemas import FieldErrors
from plugins.bookablesites.translate import bookings as words
from plugins.bookablesites.translate.bookings import Names
from plugins.bookablesites.translate.catalog import schedule_of
from plugins.bookablesites.translate.reports import COLUMNS, GROUPS, check_group, to_csv, to_rows, to_summary
from plugins.bookablesites.translate.schedule import working_minutes
from plugins.bookablesites.translate.times import to_date

LONGEST = 366
_FORMAT = {"format": Literal["json", "csv"]}


class _Report(Resource):
    FEATURE = "reports"

    def span(self, given: dict[str, Any]) -> tuple[date, date]:
        missing = [name for name in ("start_date", "end_date") if name not in given]
        if missing:
            raise FieldErrors(field=missing[0], reason="missing", errors=dict.fromkeys(missing, "missing"))
        first, last = to_date(given["start_date"], "start_date"), to_date(given["end_date"], "end_date")
        if last < first:
            raise Invalid(field="end_date", reason="order", value=last.isoformat())
        if (last - first).days >= LONGEST:
            raise Invalid(field="end_date", reason="span", value=last.isoformat(), limit=LONGEST)
        return first, last

    def bookings(self, given: dict[str, Any]) -> list[Booking]:
        where = [("status", "in", sorted(words.VISIBLE)), *span_conditions(given)]
        return bookings.page(where, order=[("wall_start", "asc"), ("id", "asc")], count=False).items

    def wants_csv(self, req: falcon.Request, given: dict[str, Any]) -> bool:
        name = given.get("format")
        if name not in (None, "json", "csv"):
            raise Invalid(field="format", reason="choice", value=name)
        if name is not None:
            return name == "csv"
        accepted = (req.get_header("Accept") or "").lower()
        return "text/csv" in accepted and "application/json" not in accepted

    def send(
        self, req: falcon.Request, resp: falcon.Response, given: dict[str, Any], value: Any, rows: Any, columns: Any
    ) -> None:
        if not self.wants_csv(req, given):
            send(resp, value)
            return
        resp.content_type = "text/csv; charset=utf-8"
        resp.data = to_csv(rows, columns).encode()


class Summary(_Report):
    """``/reports/summary``"""

    @operation(query={**SPAN, **_FORMAT}, required=tuple(SPAN))
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = filters(req)
        first, last = self.span(given)
        here = zone_of(self.tenant.zone)
        begins = datetime.combine(first, datetime.min.time(), here)
        ends = datetime.combine(last, datetime.min.time(), here) + timedelta(days=1)
        off = company_days_off()
        minutes = 0
        for record in resources.list_all([("kind", "=", "staff"), ("status", "=", "active")]):
            times = schedule_of(record)
            minutes += working_minutes(times.week, times.special_days, [*times.days_off, *off], first, last)
        summary = to_summary(
            self.bookings(given),
            new_customers=customers.count([("created_at", ">=", begins), ("created_at", "<", ends)]),
            working_minutes=minutes,
        )
        flat = {
            **{name: value for name, value in summary.items() if name != "by_status"},
            **summary["by_status"],
        }
        self.send(req, resp, given, summary, [flat], list(flat))


class BookingsReport(_Report):
    """``/reports/bookings``"""

    @operation(query={**SPAN, **_FORMAT, "group_by": Literal[GROUPS]}, required=tuple(SPAN))
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = filters(req)
        self.span(given)
        group_by = check_group(given.get("group_by", "day"))
        found = self.bookings(given)
        names = Names(
            customers=_many(customers, found, "customer_id", group_by == "customer"),
            services=_many(services, found, "service_id", group_by == "service"),
            resources=_many(resources, found, "resource_id", group_by == "employee"),
            locations=_many(locations, found, "location_id", group_by == "location"),
        )
        report = to_rows(found, group_by, names)
        self.send(req, resp, given, report, report["data"], COLUMNS)


def _many(table: Any, found: list[Booking], field: str, wanted: bool) -> dict[int, Any]:
    """Records by id, in portions that any database takes."""
    if not wanted:
        return {}
    ids = sorted({getattr(booking, field) for booking in found})
    known: dict[int, Any] = {}
    for start in range(0, len(ids), 5000):
        known |= table.get_many(ids[start : start + 5000])
    return known
