"""``/appointments``"""

from datetime import date

import falcon

from core.http.openapi import told
from plugins.bookablesites.handlers.http import (
    LIST,
    PAGING,
    Handler,
    decode,
    path_id,
    read_query,
    send,
    send_created,
    sorting,
)
from plugins.bookablesites.schemas import AppointmentBody, AppointmentChange, CancelBody, Id
from plugins.bookablesites.usecases import appointments


class Appointments(Handler):
    """``/appointments``"""

    @told(
        query={
            **PAGING,
            **sorting(appointments.SORT_COLUMNS),
            **dict.fromkeys(("start_date", "end_date"), date),
            **dict.fromkeys((*appointments.ID_COLUMNS, "customer"), Id),
            "status": [str],
            "group_id": str,
        },
        reply=LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, appointments.list_appointments(read_query(req), self.context))

    @told(body=AppointmentBody, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        appointment = appointments.create_appointment(decode(req, AppointmentBody), self.context)
        send_created(req, resp, appointment, f"appointments/{appointment['id']}")


class OneAppointment(Handler):
    """``/appointments/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, appointments.get_appointment(path_id(id, "session"), self.context))

    @told(body=AppointmentChange)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        appointment_id = path_id(id, "session")
        send(resp, appointments.change_appointment(appointment_id, decode(req, AppointmentChange), self.context))

    @told(body=CancelBody)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        appointment_id = path_id(id, "session")
        send(resp, appointments.cancel_appointment(appointment_id, decode(req, CancelBody), self.context))


class RescheduleAppointment(Handler):
    """``/appointments/{id}/reschedule``"""

    @told(body=AppointmentChange)
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        appointment_id = path_id(id, "session")
        send(resp, appointments.reschedule_appointment(appointment_id, decode(req, AppointmentChange), self.context))


class CancelAppointment(Handler):
    """``/appointments/{id}/cancel``"""

    @told(body=CancelBody)
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        appointment_id = path_id(id, "session")
        send(resp, appointments.cancel_appointment(appointment_id, decode(req, CancelBody), self.context))
