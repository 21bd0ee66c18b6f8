"""``/appointments`` and ``/appointments/timeslots``: decode, call, reply."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Literal

from frontdesk.openapi import Operation
from frontdesk.wordpress.rest import CREATE, READ, Endpoint, RestRequest, RestResponse
from plugins.bookingpress import schemas
from plugins.bookingpress.auth import Authenticator
from plugins.bookingpress.errors import read_refusal
from plugins.bookingpress.handlers.base import MEDIA, NOTICE, CrudHandler, json_text, read_params
from plugins.bookingpress.schemas import TimeSlot
from plugins.bookingpress.translate.checkout import CUSTOMER_NAMES
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.usecases.appointments import Appointments, list_time_slots
from plugins.bookingpress.usecases.context import Context

#: The shapes of chosen extras.
EXTRAS = dict.fromkeys(
    ("bookingpress_selected_extra_details", "extras"), ([{"id": int, "qty": int, "quantity": int}], dict)
)


class AppointmentsHandler(CrudHandler):
    usecases_type = Appointments
    switches = "appointments"
    update_names = ()
    sortable = {
        "appointment_id": "id",
        "id": "id",
        "appointment_date": "wall_start",
        "created_date": "created_at",
        "customer_name": "id",
        "service_name": "id",
        "appointment_status": "status",
    }
    created = "Appointment has been booked successfully."
    deleted = "Appointment has been deleted successfully."
    filters = {
        "start_date": date,
        "end_date": date,
        "selected_date_range[]": list[date],
        **{
            name: [int] for name in ("appointment_status", "customer_id", "service_id", "staffmember_id", "location_id")
        },
        "search_appointment_id": int,
    }
    body = {
        "appointment_data": dict,
        **dict.fromkeys(("selected_service", "service_id"), int),
        **dict.fromkeys(("selected_date", "appointment_date"), date),
        **dict.fromkeys(("selected_start_time", "appointment_time"), str),
        "selected_end_date": date,
        "selected_end_time": str,
        **dict.fromkeys(("bookingpress_selected_bring_members", "selected_extra_members"), int),
        **EXTRAS,
        **dict.fromkeys(("selected_staff_member_id", "staffmember_id"), int),
        **dict.fromkeys(("selected_location", "location_id"), int),
        "customer_id": int,
        "customer_name": str,
        **dict.fromkeys(CUSTOMER_NAMES, str),
        "form_fields": dict,
        "appointment_note": str,
        "appointment_status": Literal[1, 2],
        "send_notification": bool,
        "selected_payment_method": str,
        "service_price_without_currency": Decimal,
        "coupon_code": str,
        "package_no": str,
        "gift_card_code": str,
        "use_deposit": bool,
    }
    record = schemas.Appointment
    create_reply = (schemas.Booked, NOTICE)


# -- time slots --------------------------------------------------------------------------------------------------------


#: What a question for time slots may hold, beside extras.
TIME_SLOT_PARAMETERS = {
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
        query = Operation(query={**TIME_SLOT_PARAMETERS, **dict.fromkeys(EXTRAS, str)}, reply=_SLOTS)
        body = Operation(body={**TIME_SLOT_PARAMETERS, **EXTRAS}, reply=_SLOTS, media=MEDIA)
        endpoint = partial(Endpoint, admit=self.admit, errors=read_refusal)
        return [endpoint(READ, self.get, operation=query), endpoint(CREATE, self.post, operation=body)]

    def admit(self, request: RestRequest) -> None:
        self.authenticator.admit(request)
        self.authenticator.check("appointments.read")

    def get(self, request: RestRequest) -> RestResponse:
        return RestResponse(json_text(list_time_slots(Params(request.query), self.context)))

    def post(self, request: RestRequest) -> RestResponse:
        return RestResponse(json_text(list_time_slots(read_params(request), self.context)))
