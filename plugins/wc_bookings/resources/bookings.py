"""``/bookings`` of the first version: read, list, delete, batch, and its writes (fact sheet, section 3.3)."""

from typing import Any

from core.domain import statuses
from core.domain.records import Booking
from core.services import bookings
from core.wordpress import batch, php, sanitize
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
from plugins.wc_bookings.auth import is_manager, managers, refused
from plugins.wc_bookings.resources import arguments, booking_filters
from plugins.wc_bookings.resources.shop import Shop
from plugins.wc_bookings.translate.bookings import LISTED, to_booking, to_status

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
                schema={},
            ),
        ]

    def list_arguments(self) -> dict[str, Arg]:
        if self._shop.settings.v1_filters:
            return {**arguments.collection(None), **arguments.booking_filters()}
        return arguments.collection(None)

    def _exists(self, request: RestRequest) -> bool:
        # A manager is let through before this is asked, so only strangers cost a query.
        return bool(bookings.many([request.int("id")]))

    def links(self, request: RestRequest, booking: Booking) -> Any:
        return request.links(f"{self.base}/{booking.id}", self.base)

    def show(self, booking: Booking) -> dict[str, Any]:
        return to_booking(booking, self._shop.zone)

    def browse(self, request: RestRequest) -> RestResponse:
        """Newest first; carts and the trash are left out unless a filter asks for them."""
        wanted = booking_filters.read(request, self._shop, filters=bool(self._shop.settings.v1_filters))
        return self.listed(request, wanted)

    def listed(self, request: RestRequest, wanted: Any) -> RestResponse:
        paging = request.paging()
        if wanted is None:
            return RestResponse([], total=0)
        where, order = wanted
        page = bookings.page(where, order=order, limit=paging.per_page, offset=paging.offset)
        found = booking_filters.in_asked_order(request, page.items)
        total = page.total or 0
        if not found and request.get("offset") is not None:
            # An offset past the end counts as nothing found at all.
            total = 0
        return RestResponse([Item(self.show(one), self.links(request, one)) for one in found], total=total)

    def get(self, request: RestRequest, *, missing: int = 404) -> Booking:
        """The booking a request means."""
        number = request.int("id")
        found = bookings.many([number]).get(number)
        if found is None:
            raise invalid_id(missing)
        return found

    def read(self, request: RestRequest) -> RestResponse:
        booking = self.get(request)
        return RestResponse(self.show(booking), links=self.links(request, booking))

    def create(self, request: RestRequest) -> RestResponse:
        if not is_manager(request):
            raise refused(request, "create")
        if request.get("id"):
            raise WPError(f"{_CODE}_exists", "Cannot create existing wc_booking.", 400)
        booking = self._writes.create(request)
        own = request.url(f"{self.base}/{booking.id}")
        return RestResponse(
            self.show(booking), 201, headers={"Location": own}, links=self.links(request, booking)
        )

    def update(self, request: RestRequest) -> RestResponse:
        before = self.get(request, missing=400)
        if not is_manager(request):
            raise refused(request, "edit")
        booking = self._writes.update(request, before)
        return RestResponse(self.show(booking), links=self.links(request, booking))

    def delete(self, request: RestRequest) -> RestResponse:
        """Into the trash, or for good; the answer is the booking as it was."""
        before = self.get(request)
        if not is_manager(request):
            raise refused(request, "delete")
        shown = self.show(before)
        if request.get("force"):
            bookings.delete(before.id, now=request.now, origin="wc_bookings")
        elif to_status(before) == "trash":
            raise WPError(
                "woocommerce_rest_already_trashed", "The wc_booking has already been deleted.", 410
            )
        else:
            bookings.set_status(before.id, statuses.TRASHED, now=request.now, origin="wc_bookings")
        return RestResponse(shown, links=self.links(request, before))

    def batch(self, request: RestRequest) -> RestResponse:
        return batch.run(request, create=self.create, update=self.update, delete=self.delete)


