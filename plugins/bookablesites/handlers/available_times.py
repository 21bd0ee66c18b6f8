"""``/available-times``"""

from datetime import date

import falcon

from frontdesk.openapi import operation
from plugins.bookablesites.handlers import base
from plugins.bookablesites.schemas import Id
from plugins.bookablesites.translate.available_times import AvailableTime
from plugins.bookablesites.usecases import available_times


class AvailableTimes(base.Handler):
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
        base.send(resp, available_times.list_available_times(base.read_query(req), self.context))
