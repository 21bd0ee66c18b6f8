"""``/appointments``"""

from datetime import date

import falcon

from frontdesk.openapi import operation
from plugins.bookablesites.handlers import base
from plugins.bookablesites.schemas import AppointmentBody, AppointmentChange, CancelBody, Id
from plugins.bookablesites.usecases import appointments


class Appointments(base.Handler):
    """``/appointments``"""

    @operation(
        query={
            **base.PAGING,
            **base.sorting(appointments.SORT_COLUMNS),
            **dict.fromkeys(("start_date", "end_date"), date),
            **dict.fromkeys((*appointments.ID_COLUMNS, "customer"), Id),
            "status": [str],
            "group_id": str,
        },
        reply=base.LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        base.send(resp, appointments.list_appointments(base.read_query(req), self.context))

    @operation(body=AppointmentBody, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        appointment = appointments.create_appointment(base.decode(req, AppointmentBody), self.context)
        base.send_created(req, resp, appointment, f"appointments/{appointment['id']}")


class OneAppointment(base.Handler):
    """``/appointments/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        base.send(resp, appointments.get_appointment(base.path_id(id, "session"), self.context))

    @operation(body=AppointmentChange)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        appointment_id, payload = base.path_id(id, "session"), base.decode(req, AppointmentChange)
        base.send(resp, appointments.change_appointment(appointment_id, payload, self.context))

    @operation(body=CancelBody)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        appointment_id, payload = base.path_id(id, "session"), base.decode(req, CancelBody)
        base.send(resp, appointments.cancel_appointment(appointment_id, payload, self.context))


class RescheduleAppointment(base.Handler):
    """``/appointments/{id}/reschedule``"""

    @operation(body=AppointmentChange)
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        appointment_id, payload = base.path_id(id, "session"), base.decode(req, AppointmentChange)
        base.send(resp, appointments.reschedule_appointment(appointment_id, payload, self.context))


class CancelAppointment(base.Handler):
    """``/appointments/{id}/cancel``"""

    @operation(body=CancelBody)
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        appointment_id, payload = base.path_id(id, "session"), base.decode(req, CancelBody)
        base.send(resp, appointments.cancel_appointment(appointment_id, payload, self.context))
