"""``/wc-bookings/v2/bookings``: the same bookings with more to say, filters and real writes (section 9.1)."""

from typing import Any

from core.domain.records import Booking
from core.wordpress.rest import RestRequest, RestResponse
from core.wordpress.schema import Arg
from plugins.wc_bookings.handlers import arguments
from plugins.wc_bookings.handlers.bookings import Bookings
from plugins.wc_bookings.translate.bookings import to_booking_v2
from plugins.wc_bookings.usecases import booking_queries
from plugins.wc_bookings.usecases.bookings import BookingWrites
from plugins.wc_bookings.usecases.context import Shop


class BookingsV2(Bookings):
    """Handlers of the second version; the routes are the first's."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop, BookingWrites(shop))

    def list_arguments(self) -> dict[str, Arg]:
        return arguments.bookings_v2()

    def show(self, booking: Booking) -> dict[str, Any]:
        return to_booking_v2(booking, self._shop.zone, currency=self._shop.site.currency, decimals=self._shop.decimals)

    def browse(self, request: RestRequest) -> RestResponse:
        return self.listed(request, booking_queries.read(request, self._shop, filters=True))
