"""``/available-times``"""

from datetime import date

import falcon

from core.http.openapi import operation
from plugins.bookablesites.handlers import http
from plugins.bookablesites.schemas import Id
from plugins.bookablesites.translate.available_times import AvailableTime
from plugins.bookablesites.usecases import available_times


class AvailableTimes(http.Handler):
    """``/available-times``"""

    @operation(
        query={
            "service": Id,
            "employee": Id,
            "location": Id,
            "calendar_start_date": date,
            "calendar_end_date": date,
            "additional_guest_count": int,
            "extras": str,
            "exclude_appointment": Id,
        },
        required=("service",),
        reply={"data": dict[date, list[AvailableTime]], "timezone": str},
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        http.send(resp, available_times.list_available_times(http.read_query(req), self.context))
