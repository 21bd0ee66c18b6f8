"""``/``: what happens today."""

from datetime import datetime, time, timedelta

import falcon

from core.console.pages.base import Page
from core.services import booking_agenda

#: The most bookings that the page lists.
LIMIT = 200


class TodayPage(Page):
    """Today's bookings by time, how many are new, and whether the server is well."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        now = self.console.clock()
        today = datetime.combine(now.astimezone(self.console.zone).date(), time(), self.console.zone)
        tomorrow = (today + timedelta(days=1)).astimezone(self.console.zone)
        entries = booking_agenda.entries(today, tomorrow, limit=LIMIT)
        self.show(
            req,
            resp,
            "today.html",
            today=today.date(),
            entries=entries,
            numbers=booking_agenda.day_numbers(today, tomorrow),
            limit=LIMIT,
            readiness=self.console.readiness(),
        )
