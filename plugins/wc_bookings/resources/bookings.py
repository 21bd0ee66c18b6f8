"""``/bookings`` of the first version: read, list, delete, batch, and its writes (fact sheet, section 3.3)."""

from datetime import datetime
from typing import Any

from core.db import writing
from core.domain import statuses
from core.domain.records import Booking
from core.http.openapi import operation
from core.http.responses import expected_version
from core.services import bookings, orders, repository
from core.wordpress import batch
from core.wordpress.collections import paged_response
from core.wordpress.rest import (
    CREATE,
    DELETE,
    EDIT,
    READ,
    Endpoint,
    Item,
    RestRequest,
    RestResponse,
    RestRoute,
    WPError,
)
from core.wordpress.schema import Arg
from plugins.wc_bookings.auth import is_manager, links, managers, refused
from plugins.wc_bookings.resources import arguments, booking_filters, booking_titles
from plugins.wc_bookings.resources.shop import Shop
from plugins.wc_bookings.translate.bookings import to_booking, to_status

_CODE = "woocommerce_rest_wc_booking"
_ITEM = r"/bookings/(?P<id>[\d]+)"


def invalid_id(status: int) -> WPError:
    return WPError(f"{_CODE}_invalid_id", "Invalid ID.", status)


class Bookings:
    """Handlers of ``/wc-bookings/v1/bookings``; ``writes`` says what POST and PUT do."""

    base = "bookings"

    def __init__(self, shop: Shop, writes: Any) -> None:
        self._shop = shop
        self._writes = writes

    def routes(self) -> list[RestRoute]:
        """The three routes, in the vendor's order."""
        see, make = managers("list"), managers("create")
        read = managers("view", exists=self._exists)
        edit = managers("edit", exists=self._exists)
        remove = managers("delete", exists=self._exists)
        writes = self._writes.arguments()
        return [
            RestRoute(
                "/bookings",
                [
                    Endpoint(READ, self.browse, self.list_arguments(), see, per_item=False),
                    Endpoint(CREATE, self.create, writes, make, per_item=False),
                ],
                schema={},
            ),
            RestRoute(
                _ITEM,
                [
                    Endpoint(READ, self.read, arguments.read(None), read),
                    Endpoint(EDIT, self.update, {**arguments.ID, **writes}, edit),
                    Endpoint(DELETE, self.delete, arguments.FORCE, remove),
                ],
                schema={},
            ),
            RestRoute(
                "/bookings/batch",
                [Endpoint(EDIT, self.batch, writes, managers("batch"), per_item=False)],
                schema=batch.SCHEMA,
            ),
        ]

    def list_arguments(self) -> dict[str, Arg]:
        if self._shop.options.v1_filters:
            return {**arguments.collection(None), **arguments.booking_filters()}
        return arguments.collection(None)

    def _exists(self, request: RestRequest) -> bool:
        # A manager is let through before this is asked, so only strangers cost a query.
        return bool(bookings.get_many([request.int_param("id")]))

    def links(self, request: RestRequest, booking: Booking) -> Any:
        return links(request, f"{self.base}/{booking.id}", self.base)

    def show(self, booking: Booking) -> dict[str, Any]:
        return to_booking(booking, self._shop.zone)

    def browse(self, request: RestRequest) -> RestResponse:
        """Newest first; carts and the trash are left out unless a filter asks for them."""
        wanted = booking_filters.read(request, self._shop, filters=bool(self._shop.options.v1_filters))
        place = None
        if self._shop.strict and request.get("orderby") == "slug":
            place = booking_titles.places(self._shop.zone, backwards=request.get("order") != "asc")
        return self.listed(request, wanted, place)

    def listed(self, request: RestRequest, wanted: Any, place: dict[int, int] | None = None) -> RestResponse:
        if wanted is None:
            return RestResponse([], total=0)
        where, order = wanted
        return paged_response(
            request,
            lambda limit, offset: bookings.page(where, order=order, limit=limit, offset=offset),
            lambda one: Item(self.show(one), self.links(request, one)),
            place,
        )

    def get(self, request: RestRequest, *, missing: int = 404) -> Booking:
        """The booking a request means."""
        number = request.int_param("id")
        found = bookings.get_many([number]).get(number)
        if found is None:
            raise invalid_id(missing)
        return found

    def read(self, request: RestRequest) -> RestResponse:
        return self._one(request, self.get(request))

    def _one(self, request: RestRequest, booking: Booking, status: int = 200) -> RestResponse:
        response = RestResponse(self.show(booking), status, links=self.links(request, booking))
        if not self._shop.strict:
            response.headers["ETag"] = f'"{booking.version}"'
        return response

    def create(self, request: RestRequest) -> RestResponse:
        if not is_manager(request):
            raise refused(request, "create")
        if request.get("id"):
            raise WPError(f"{_CODE}_exists", "Cannot create existing wc_booking.", 400)
        booking = self._writes.create(request)
        response = self._one(request, booking, 201)
        response.headers["Location"] = request.url(f"{self.base}/{booking.id}")
        return response

    def update(self, request: RestRequest) -> RestResponse:
        before = self.get(request, missing=400)
        if not is_manager(request):
            raise refused(request, "edit")
        return self._one(request, self._writes.update(request, before))

    @operation(statuses=[410])
    def delete(self, request: RestRequest) -> RestResponse:
        """Into the trash, or for good; the answer is the booking as it was."""
        before = self.get(request)
        if not is_manager(request):
            raise refused(request, "delete")
        shown = self.show(before)
        version = expected_version(request.php_request.http) if request.php_request is not None else None
        now, force = request.now, bool(request.get("force"))
        if not force and to_status(before) == "trash":
            text = "The wc_booking has already been deleted."
            raise WPError("woocommerce_rest_already_trashed", text, 410)
        with writing():
            if force:
                bookings.delete(before.id, now=now, origin="wc_bookings", expected_version=version)
            else:
                bookings.set_status(
                    before.id, statuses.TRASHED, now=now, origin="wc_bookings", expected_version=version
                )
            _drop_order(before, force=force, now=now)
        return RestResponse(shown, links=self.links(request, before))

    def batch(self, request: RestRequest) -> RestResponse:
        return batch.run(request, create=self.create, update=self.update, delete=self.delete)


def _drop_order(booking: Booking, *, force: bool, now: datetime) -> None:
    """An order that was only about this booking goes with it."""
    if not booking.order_id or booking.order_id not in repository.orders.get_many([booking.order_id]):
        return
    lines = orders.items([booking.order_id])[booking.order_id]
    if [line.id for line in lines] != [booking.order_item_id]:
        return
    if bookings.repository.exists([("order_id", "=", booking.order_id), ("id", "!=", booking.id)]):
        return
    if force:
        orders.delete(booking.order_id, now=now, origin="wc_bookings")
    else:
        orders.set_status(booking.order_id, "trash", now=now, origin="wc_bookings")
