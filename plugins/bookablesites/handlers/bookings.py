"""``/bookings``: one customer's place in an appointment, group orders and quotes."""

from datetime import date

import falcon

from frontdesk.openapi import operation
from plugins.bookablesites.handlers import base
from plugins.bookablesites.schemas import BookingBody, BookingChange, CancelBody, Id
from plugins.bookablesites.usecases import bookings


class Bookings(base.Handler):
    """``/bookings``"""

    @operation(
        query={
            **base.PAGING,
            **base.sorting(bookings.SORT_COLUMNS),
            **dict.fromkeys(("start_date", "end_date"), date),
            **dict.fromkeys(bookings.ID_COLUMNS, Id),
            "status": [str],
            "group_id": str,
        },
        reply=base.LIST,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        base.send(resp, bookings.list_bookings(base.read_query(req)))

    @operation(body=BookingBody, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created, path = bookings.create_bookings(base.decode(req, BookingBody), self.context)
        base.send_created(req, resp, created, path)


class OneBooking(base.Handler):
    """``/bookings/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        base.send(resp, bookings.get_booking(base.path_id(id, "booking")))

    @operation(body=BookingChange)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        booking_id, payload = base.path_id(id, "booking"), base.decode(req, BookingChange)
        base.send(resp, bookings.change_booking(booking_id, payload, self.context))

    @operation(body=CancelBody)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        booking_id, payload = base.path_id(id, "booking"), base.decode(req, CancelBody)
        base.send(resp, bookings.cancel_booking(booking_id, payload, self.context))


class QuoteBookings(base.Handler):
    """``/bookings/quote``"""

    @operation(body=BookingBody, reply={"available": bool, "bookings": [{"price": dict}], "price": dict, "reason": str})
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        base.send(resp, bookings.quote_bookings(base.decode(req, BookingBody), self.context))


class BookingGroup(base.Handler):
    """``/bookings/groups/{group_id}``"""

    FEATURE = "group_booking"

    def on_get(self, req: falcon.Request, resp: falcon.Response, group_id: str) -> None:
        base.send(resp, bookings.get_group(group_id))

    def on_delete(self, req: falcon.Request, resp: falcon.Response, group_id: str) -> None:
        base.send(resp, bookings.cancel_group(group_id, self.context))
