"""How the server is: readiness, what it did in the last hour and day, and the doctor."""

from datetime import UTC, datetime
from typing import Any

import falcon

from core.console.pages.base import Page, query_fields, read_form, text_field
from core.errors import Invalid
from core.services import doctor
from core.services.request_history import RequestHistory, request_history

PERIODS = ("hour", "day", "month")
#: The most breaches that the page shows.
MAX_BREACHES = 100


class HealthPage(Page):
    """``/health``: plots and tables; its form runs the doctor, which reads the whole datastore."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._show(req, resp)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        if text_field(read_form(req), "action") != "examine":
            raise Invalid(field="action", reason="unknown")
        self._show(req, resp, doctor.examine(now=self.console.clock(), max_breaches=MAX_BREACHES))

    def _show(self, req: falcon.Request, resp: falcon.Response, report: doctor.Report | None = None) -> None:
        period = query_fields(req).get("period", "hour")
        period = period if period in PERIODS else "hour"
        # The history is kept on the real clock, whatever the host's clock says.
        history = request_history(now=datetime.now(UTC), period=period)  # type: ignore[arg-type]
        self.show(
            req,
            resp,
            "health.html",
            readiness=self.console.readiness(),
            history=history,
            period=period,
            periods=PERIODS,
            plots=_plots(history),
            report=report,
            may_change=req.context.operator.may(self.writes),
        )


def _plots(history: RequestHistory) -> list[dict[str, Any]]:
    """Series for the page's script: a title, the times, and values by name."""
    return [
        {"title": title, "times": history.times, "series": series}
        for title, series in (
            ("Requests", history.requests),
            ("Bookings made", history.bookings),
            ("Refused bookings, by reason", history.refusals),
            ("Failed requests", history.failures),
            ("Calls over a rate limit", history.limits),
        )
        if any(any(values) for values in series.values())
    ]
