"""``/bookings``: one customer's place, group orders, quotes (fact sheet, 8.7)."""

import falcon
from msgspec import UNSET

from core.http.openapi import operation
from core.services import bookings
from core.services.repository import Condition
from plugins.bookablesites.resources import flow
from plugins.bookablesites.resources.appointments import SPAN, span_conditions
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
from plugins.bookablesites.resources.names import names_of, shown_bookings
from plugins.bookablesites.schemas import BookingBody, BookingChange, CancelBody, Id, plain
from plugins.bookablesites.translate import bookings as words
from plugins.bookablesites.translate.prices import to_group_price, to_price

_ORDERS = {"start_time": "wall_start", "created_at": "created_at", "id": "id"}
_IDS = {
    "customer": "customer_id",
    "appointment": "session_id",
    "service": "service_id",
    "employee": "resource_id",
    "location": "location_id",
}


class Bookings(Resource):
    """``/bookings``"""

    @operation(
        query={
            **PAGING,
            **sorting(_ORDERS),
            **SPAN,
            **dict.fromkeys(_IDS, Id),
            "status": [str],
            "group_id": str,
        },
        reply=LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = filters(req)
        wanted = paging(given)
        name, way = ordering(given, _ORDERS, "id")
        statuses = words.to_statuses(given["status"]) if "status" in given else list(words.NUMBERS.values())
        where: list[Condition] = [("status", "in", words.core_statuses(statuses)), *span_conditions(given)]
        for filter, column in _IDS.items():
            number = id_filter(given, filter)
            if number is not None:
                where.append((column, "=", number))
        if "group_id" in given:
            where.append(("group_id", "=", given["group_id"][:64]))
        # Numbers rise with time, and that order has an index for every filter.
        order = [("created_at", way), ("id", way)] if name == "id" else [(_ORDERS[name], way)]
        found = bookings.page(where, order=order, limit=wanted.limit, offset=wanted.offset)
        send_list(resp, shown_bookings(found.items), found.total or 0, wanted)

    @operation(body=BookingBody, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        body = read(req, BookingBody)
        made = flow.make_bookings(body, self.tenant, now=self.tenant.now())
        if body.bookings is UNSET:
            send_created(req, resp, shown_bookings(made)[0], f"bookings/{made[0].id}")
            return
        group_id = made[0].group_id
        path = f"bookings/groups/{group_id}" if group_id else f"bookings/{made[0].id}"
        send_created(req, resp, words.to_group(group_id, made, names_of(made)), path)


class OneBooking(Resource):
    """``/bookings/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        self._send(resp, path_id(id, "booking"))

    @operation(body=BookingChange)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        number = path_id(id, "booking")
        flow.change_booking(number, read(req, BookingChange), self.tenant, now=self.tenant.now())
        self._send(resp, number)

    @operation(body=CancelBody)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        number = path_id(id, "booking")
        force = bool(plain(read(req, CancelBody)).get("force"))
        flow.cancel_booking(number, self.tenant, now=self.tenant.now(), force=force)
        self._send(resp, number)

    def _send(self, resp: falcon.Response, id: int) -> None:
        send(resp, shown_bookings([flow.visible(id)])[0])


class QuoteBookings(Resource):
    """``/bookings/quote``: price and room, nothing kept."""

    @operation(body=BookingBody, reply={"available": bool, "bookings": [{"price": dict}], "price": dict, "reason": str})
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        quotes, refused = flow.try_bookings(read(req, BookingBody), self.tenant, now=self.tenant.now())
        answer = {
            "available": refused is None,
            "bookings": [{"price": to_price(quote)} for quote in quotes],
            "price": to_group_price(quotes),
        }
        if refused is not None:
            answer["reason"] = refused.reason
        send(resp, answer)


class BookingGroup(Resource):
    """``/bookings/groups/{group_id}``"""

    FEATURE = "group_booking"

    def on_get(self, req: falcon.Request, resp: falcon.Response, group_id: str) -> None:
        found = flow.group(group_id)
        send(resp, words.to_group(group_id, found, names_of(found)))

    def on_delete(self, req: falcon.Request, resp: falcon.Response, group_id: str) -> None:
        flow.cancel_group(group_id, self.tenant, now=self.tenant.now())
        self.on_get(req, resp, group_id)
