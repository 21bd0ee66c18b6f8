"""``/bookings`` of both versions of the API (README.md, "Bookings")."""

from types import ModuleType
from typing import Any

from frontdesk.openapi import operation
from frontdesk.records import Booking
from frontdesk.wordpress import batch
from frontdesk.wordpress.collections import paged_response, parent_ids, post_order, searched_slug
from frontdesk.wordpress.rest import Item, RestRequest, RestResponse
from plugins.wc_bookings.auth import Permission, managers
from plugins.wc_bookings.handlers.base import created, if_match, links, payload, writable_id
from plugins.wc_bookings.translate.bookings import to_booking, to_booking_v2
from plugins.wc_bookings.usecases import booking_queries, bookings, vendor_writes
from plugins.wc_bookings.usecases.context import Context

#: Parameters of ``orderby`` and the columns they mean.
_COLUMNS = {"start_date": "start", "cost": "total"}


class Bookings:
    """Handlers of ``/wc-bookings/v1/bookings`` or ``/wc-bookings/v2/bookings``."""

    def __init__(self, context: Context, *, version: int) -> None:
        self._context = context
        self._version = version
        vendor = version == 1 and context.options.v1_writes == "vendor"
        self._writes: ModuleType = vendor_writes if vendor else bookings

    def permission(self, action: str) -> Permission:
        """The permission for an action. Only managers have it; a booking that does not exist is not guarded."""
        if action in ("list", "create"):
            return managers(action)
        return managers(action, exists=lambda request: bookings.exists(request.int_param("id")))

    def list(self, request: RestRequest) -> RestResponse:
        params = {**payload(request), "slug": searched_slug(request), **_order_ids(request)}
        query = booking_queries.query(self._context, params, post_order(request, _COLUMNS), version=self._version)
        return paged_response(request, query.page, lambda booking: self._item(request, booking), query.ranks)

    def read(self, request: RestRequest) -> RestResponse:
        booking = bookings.get(request.int_param("id"))
        return RestResponse(self._item(request, booking), headers=self._headers(booking))

    def create(self, request: RestRequest) -> RestResponse:
        booking = self._writes.create(self._context, payload(request))
        return created(request, self._item(request, booking), f"bookings/{booking.id}", self._headers(booking))

    def update(self, request: RestRequest) -> RestResponse:
        booking = self._writes.update(
            self._context, writable_id(request), payload(request), expected_version=if_match(request)
        )
        return RestResponse(self._item(request, booking), headers=self._headers(booking))

    @operation(statuses=[410])
    def delete(self, request: RestRequest) -> RestResponse:
        """Move to the trash, or delete for good; the reply is the booking as it was."""
        force = bool(request.get("force"))
        booking = bookings.delete(self._context, writable_id(request), force=force, expected_version=if_match(request))
        return RestResponse(self._item(request, booking))

    def batch(self, request: RestRequest) -> RestResponse:
        return batch.run(request, create=self.create, update=self.update, delete=self.delete)

    def _headers(self, booking: Booking) -> dict[str, str]:
        return {} if self._context.strict else {"ETag": f'"{booking.version}"'}

    def _item(self, request: RestRequest, booking: Booking) -> Item:
        record_links = links(request, f"bookings/{booking.id}", "bookings")
        if self._version == 1:
            return Item(to_booking(booking, self._context.zone), record_links)
        return Item(self._to_v2(booking), record_links)

    def _to_v2(self, booking: Booking) -> dict[str, Any]:
        return to_booking_v2(
            booking, self._context.zone, currency=self._context.site.currency, decimals=self._context.decimals
        )


def _order_ids(request: RestRequest) -> dict[str, Any]:
    """The orders that a list is narrowed to by the undeclared ``parent``, else ``parent_exclude``."""
    order_ids = parent_ids(request, "parent")
    if order_ids:
        return {"parent": order_ids, "parent_exclude": []}
    return {"parent": [], "parent_exclude": parent_ids(request, "parent_exclude")}
