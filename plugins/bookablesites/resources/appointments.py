"""``/appointments`` (fact sheet, 8.6)."""

from datetime import date, datetime, timedelta
from typing import Any

import falcon

from core.http.openapi import operation
from core.services import sessions
from core.services.repository import Condition
from plugins.bookablesites.resources import flow
from plugins.bookablesites.resources.common import (
    LIST,
    PAGING,
    Resource,
    filters,
    id_filter,
    ordering,
    paging,
    path_id,
    read,
    send,
    send_created,
    send_list,
    sorting,
)
from plugins.bookablesites.resources.names import shown_appointment, shown_appointments
from plugins.bookablesites.schemas import AppointmentBody, AppointmentChange, CancelBody, FieldErrors, Id, plain
from plugins.bookablesites.translate import bookings as words
from plugins.bookablesites.translate.times import to_date

_ORDERS = {"start_time": "wall_start", "start_date_time": "wall_start", "created_at": "created_at", "id": "id"}
_IDS = {"employee": "resource_id", "service": "service_id", "location": "location_id"}
#: What ``span_conditions`` reads.
SPAN = {"start_date": date, "end_date": date}


def span_conditions(given: dict[str, Any]) -> list[Condition]:
    """``start_date`` and ``end_date`` on the day of the start, both included."""
    where: list[Condition] = []
    if "start_date" in given:
        first = to_date(given["start_date"], "start_date")
        where.append(("wall_start", ">=", datetime.combine(first, datetime.min.time())))
    if "end_date" in given:
        last = to_date(given["end_date"], "end_date")
        where.append(("wall_start", "<", datetime.combine(last, datetime.min.time()) + timedelta(days=1)))
    return where


class Appointments(Resource):
    """``/appointments``"""

    @operation(
        query={
            **PAGING,
            **sorting(_ORDERS),
            **SPAN,
            **dict.fromkeys((*_IDS, "customer"), Id),
            "status": [str],
            "group_id": str,
        },
        reply=LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = filters(req)
        wanted = paging(given)
        name, way = ordering(given, _ORDERS, "created_at")
        where = span_conditions(given)
        for filter, column in _IDS.items():
            number = id_filter(given, filter)
            if number is not None:
                where.append((column, "=", number))
        members: list[Condition] = []
        customer = id_filter(given, "customer")
        if customer is not None:
            members.append(("customer_id", "=", customer))
        if "group_id" in given:
            members.append(("group_id", "=", given["group_id"][:64]))
        mixes = words.status_mixes(words.to_statuses(given["status"])) if "status" in given else []
        found = sessions.page(
            where,
            statuses=words.VISIBLE,
            member_where=members,
            status_filters=mixes,
            order=[(_ORDERS[name], way)],
            limit=wanted.limit,
            offset=wanted.offset,
        )
        send_list(resp, shown_appointments(found.items, self.tenant), found.total or 0, wanted)

    @operation(body=AppointmentBody, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        number = flow.make_appointment(read(req, AppointmentBody), self.tenant, now=self.tenant.now())
        send_created(req, resp, shown_appointment(number, self.tenant), f"appointments/{number}")


class OneAppointment(Resource):
    """``/appointments/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, shown_appointment(path_id(id, "session"), self.tenant))

    @operation(body=AppointmentChange)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        number = path_id(id, "session")
        flow.change_appointment(number, read(req, AppointmentChange), self.tenant, now=self.tenant.now())
        send(resp, shown_appointment(number, self.tenant))

    @operation(body=CancelBody)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        _cancel(req, resp, id, self)


class Reschedule(Resource):
    """``/appointments/{id}/reschedule``"""

    @operation(body=AppointmentChange)
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        number = path_id(id, "session")
        body = read(req, AppointmentChange)
        given = plain(body)
        if not given.get("start_date_time"):
            missing = [name for name in ("date", "time") if not given.get(name)]
            if missing:
                raise FieldErrors(field=missing[0], reason="missing", errors=dict.fromkeys(missing, "missing"))
        flow.change_appointment(number, body, self.tenant, now=self.tenant.now())
        send(resp, shown_appointment(number, self.tenant))


class CancelAppointment(Resource):
    """``/appointments/{id}/cancel``"""

    @operation(body=CancelBody)
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        _cancel(req, resp, id, self)


def _cancel(req: falcon.Request, resp: falcon.Response, id: str, resource: Resource) -> None:
    number = path_id(id, "session")
    given = plain(read(req, CancelBody))
    flow.cancel_appointment(
        number,
        resource.tenant,
        now=resource.tenant.now(),
        force=bool(given.get("force")),
        reason=given.get("reason"),
    )
    send(resp, shown_appointment(number, resource.tenant))
