"""``/reports`` as JSON and CSV."""

from datetime import date
from typing import Any, Literal

import falcon

from frontdesk.openapi import operation
from plugins.bookablesites.handlers import base
from plugins.bookablesites.translate.reports import GROUPS, Report, to_csv, wants_csv
from plugins.bookablesites.usecases import reports

_DATES = {"start_date": date, "end_date": date}
_FORMAT = {"format": Literal["json", "csv"]}


class Summary(base.Handler):
    """``/reports/summary``"""

    FEATURE = "reports"

    @operation(query={**_DATES, **_FORMAT}, required=tuple(_DATES))
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = base.read_query(req)
        _send_report(req, resp, query, reports.summary_report(query, self.context))


class BookingsReport(base.Handler):
    """``/reports/bookings``"""

    FEATURE = "reports"

    @operation(query={**_DATES, **_FORMAT, "group_by": Literal[GROUPS]}, required=tuple(_DATES))
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = base.read_query(req)
        _send_report(req, resp, query, reports.bookings_report(query))


def _send_report(req: falcon.Request, resp: falcon.Response, query: dict[str, Any], report: Report) -> None:
    if wants_csv(query.get("format"), req.get_header("Accept") or ""):
        resp.content_type = "text/csv; charset=utf-8"
        resp.data = to_csv(report).encode()
    else:
        base.send(resp, report.body)
