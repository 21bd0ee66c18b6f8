"""``/wc-bookings/v2/bookings``: the same bookings with more to say, filters and real writes (section 9.1)."""

from typing import Any

from core.domain.records import Booking
from core.wordpress.rest import RestRequest, RestResponse
from core.wordpress.schema import Arg
from plugins.wc_bookings.resources import arguments, booking_filters
from plugins.wc_bookings.resources.booking_writes import BookingWrites
from plugins.wc_bookings.resources.bookings import Bookings
from plugins.wc_bookings.resources.shop import Shop
from plugins.wc_bookings.translate.bookings import to_booking_v2


class BookingsV2(Bookings):
    """Handlers of the second version; the routes are the first's."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop, BookingWrites(shop))

    def list_arguments(self) -> dict[str, Arg]:
        return arguments.bookings_v2()

    def show(self, booking: Booking) -> dict[str, Any]:
        return to_booking_v2(booking, self._shop.zone, currency=self._shop.site.currency, decimals=self._shop.decimals)

    def browse(self, request: RestRequest) -> RestResponse:
        return self.listed(request, booking_filters.read(request, self._shop, filters=True))
