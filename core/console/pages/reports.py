"""Reports: bookings, revenue and utilisation over some dates; as a table, a plot and CSV."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import falcon

from core.console.pages.base import Page, date_field, query_fields
from core.error_sentences import error_sentence
from core.errors import AnswerTooLarge, DomainError
from core.services import reports
from core.services.reports import GROUPS, MAX_DAYS, Report
from core.services.utilisation import utilisation_report

REPORTS: dict[str, Callable[..., Report[Any]]] = {
    "bookings": reports.bookings_report,
    "revenue": reports.revenue_report,
    "utilisation": utilisation_report,
}
#: The figure of each report that is drawn.
_DRAWN = {"bookings": "made", "revenue": "sold", "utilisation": "percent"}
#: The most bars of a plot.
MAX_BARS = 40
_TITLES = {"service": "Service", "resource": "Staff or resource", "origin": "Made through", "month": "Month"}


class ReportsPage(Page):
    """``/reports``: one report, chosen by ``report``, ``by``, ``first`` and ``last``; ``format=csv`` exports it."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = query_fields(req)
        name = query.get("report", "bookings")
        name = name if name in REPORTS else "bookings"
        group = query.get("by", "service")
        group = group if group in GROUPS else "service"
        today = self.console.clock().astimezone(self.console.zone).date()
        first = date_field(query, "first") or today.replace(day=1)
        last = date_field(query, "last") or _end_of_month(today)
        report, problem = None, ""
        try:
            report = REPORTS[name](first, last, group_by=group)
        except AnswerTooLarge:
            problem = f"A report covers at most {MAX_DAYS} days."
        except DomainError as error:
            problem = error_sentence(error)
        if report is not None and query.get("format") == "csv":
            resp.content_type = "text/csv; charset=UTF-8"
            resp.downloadable_as = f"{name}-{first}-{last}.csv"
            resp.data = reports.report_csv(report).encode()
            return
        if problem:
            resp.status = 422
        self.show(
            req,
            resp,
            "reports.html",
            report=report,
            problem=problem,
            name=name,
            names=list(REPORTS),
            group=group,
            groups=_TITLES,
            first=first,
            last=last,
            bars=_bars(name, report) if report is not None else [],
            drawn=_DRAWN[name],
        )


def _bars(name: str, report: Report[Any]) -> list[dict[str, Any]]:
    """The plot of a report: a label, a figure and its share of the largest, in percent."""
    drawn = _DRAWN[name]
    figures = [(row.label, getattr(row, drawn)) for row in report.rows[:MAX_BARS]]
    largest = max((figure for _, figure in figures if figure), default=0)
    return [
        {
            "label": label,
            "figure": figure,
            "share": int(Decimal(figure or 0) / Decimal(largest) * 100) if largest else 0,
        }
        for label, figure in figures
    ]


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
