"""``/bookings``: one customer's place in an appointment, group orders and quotes."""

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
from plugins.bookablesites.schemas import BookingBody, BookingChange, CancelBody, Id
from plugins.bookablesites.usecases import bookings


class Bookings(Handler):
    """``/bookings``"""

    @told(
        query={
            **PAGING,
            **sorting(bookings.SORT_COLUMNS),
            **dict.fromkeys(("start_date", "end_date"), date),
            **dict.fromkeys(bookings.ID_COLUMNS, Id),
            "status": [str],
            "group_id": str,
        },
        reply=LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, bookings.list_bookings(read_query(req)))

    @told(body=BookingBody, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created, path = bookings.create_bookings(decode(req, BookingBody), self.context)
        send_created(req, resp, created, path)


class OneBooking(Handler):
    """``/bookings/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, bookings.get_booking(path_id(id, "booking")))

    @told(body=BookingChange)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        booking_id = path_id(id, "booking")
        send(resp, bookings.change_booking(booking_id, decode(req, BookingChange), self.context))

    @told(body=CancelBody)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        booking_id = path_id(id, "booking")
        send(resp, bookings.cancel_booking(booking_id, decode(req, CancelBody), self.context))


class QuoteBookings(Handler):
    """``/bookings/quote``"""

    @told(body=BookingBody, reply={"available": bool, "bookings": [{"price": dict}], "price": dict, "reason": str})
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, bookings.quote_bookings(decode(req, BookingBody), self.context))


class BookingGroup(Handler):
    """``/bookings/groups/{group_id}``"""

    FEATURE = "group_booking"

    def on_get(self, req: falcon.Request, resp: falcon.Response, group_id: str) -> None:
        send(resp, bookings.get_group(group_id))

    def on_delete(self, req: falcon.Request, resp: falcon.Response, group_id: str) -> None:
        send(resp, bookings.cancel_group(group_id, self.context))
