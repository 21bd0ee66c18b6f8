"""``/appointments``"""

from datetime import date

import falcon

from core.http.openapi import operation
from plugins.bookablesites.handlers import http
from plugins.bookablesites.schemas import AppointmentBody, AppointmentChange, CancelBody, Id
from plugins.bookablesites.usecases import appointments


class Appointments(http.Handler):
    """``/appointments``"""

    @operation(
        query={
            **http.PAGING,
            **http.sorting(appointments.SORT_COLUMNS),
            **dict.fromkeys(("start_date", "end_date"), date),
            **dict.fromkeys((*appointments.ID_COLUMNS, "customer"), Id),
            "status": [str],
            "group_id": str,
        },
        reply=http.LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        http.send(resp, appointments.list_appointments(http.read_query(req), self.context))

    @operation(body=AppointmentBody, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        appointment = appointments.create_appointment(http.decode(req, AppointmentBody), self.context)
        http.send_created(req, resp, appointment, f"appointments/{appointment['id']}")


class OneAppointment(http.Handler):
    """``/appointments/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        http.send(resp, appointments.get_appointment(http.path_id(id, "session"), self.context))

    @operation(body=AppointmentChange)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        appointment_id, payload = http.path_id(id, "session"), http.decode(req, AppointmentChange)
        http.send(resp, appointments.change_appointment(appointment_id, payload, self.context))

    @operation(body=CancelBody)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        appointment_id, payload = http.path_id(id, "session"), http.decode(req, CancelBody)
        http.send(resp, appointments.cancel_appointment(appointment_id, payload, self.context))


class RescheduleAppointment(http.Handler):
    """``/appointments/{id}/reschedule``"""

    @operation(body=AppointmentChange)
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        appointment_id, payload = http.path_id(id, "session"), http.decode(req, AppointmentChange)
        http.send(resp, appointments.reschedule_appointment(appointment_id, payload, self.context))


class CancelAppointment(http.Handler):
    """``/appointments/{id}/cancel``"""

    @operation(body=CancelBody)
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        appointment_id, payload = http.path_id(id, "session"), http.decode(req, CancelBody)
        http.send(resp, appointments.cancel_appointment(appointment_id, payload, self.context))
