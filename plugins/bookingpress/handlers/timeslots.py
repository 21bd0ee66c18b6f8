"""``/appointments/timeslots``: the free slots of one service on one date."""

from datetime import date
from functools import partial

from core.http.openapi import Operation
from core.wordpress.rest import CREATE, READ, Endpoint, RestRequest, RestResponse
from plugins.bookingpress.auth import Authenticator
from plugins.bookingpress.errors import read_refusal
from plugins.bookingpress.handlers.appointments import EXTRAS
from plugins.bookingpress.handlers.base import MEDIA, json_text, read_params
from plugins.bookingpress.schemas import TimeSlot
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.usecases.context import Context
from plugins.bookingpress.usecases.timeslots import list_time_slots

_PARAMETERS = {
    "selected_date": date,
    **dict.fromkeys(("service_id", "selected_service"), int),
    **dict.fromkeys(("staffmember_id", "selected_staff_member_id"), int),
    **dict.fromkeys(("location_id", "selected_location"), int),
    **dict.fromkeys(("bookingpress_selected_bring_members", "selected_extra_members"), int),
    "appointment_update_id": int,
}
_SLOTS = {
    **{name: [TimeSlot] for name in ("morning_time", "afternoon_time", "evening_time", "night_time")},
    "is_daysoff": bool,
    "msg": str,
}


class TimeSlotsHandler:
    """``GET`` reads the query, ``POST`` the body; the switch is that of reading appointments."""

    def __init__(self, context: Context, authenticator: Authenticator) -> None:
        self.context = context
        self.authenticator = authenticator

    def endpoints(self) -> list[Endpoint]:
        query = Operation(query={**_PARAMETERS, **dict.fromkeys(EXTRAS, str)}, reply=_SLOTS)
        body = Operation(body={**_PARAMETERS, **EXTRAS}, reply=_SLOTS, media=MEDIA)
        endpoint = partial(Endpoint, admit=self.admit, errors=read_refusal)
        return [endpoint(READ, self.get, operation=query), endpoint(CREATE, self.post, operation=body)]

    def admit(self, request: RestRequest) -> None:
        self.authenticator.admit(request)
        self.authenticator.check("appointments.read")

    def get(self, request: RestRequest) -> RestResponse:
        return RestResponse(json_text(list_time_slots(Params(request.query), self.context)))

    def post(self, request: RestRequest) -> RestResponse:
        return RestResponse(json_text(list_time_slots(read_params(request), self.context)))
