"""``/wc-bookings/v2/products/{id}/availability`` (README.md, "Availability")."""

from core.wordpress.rest import RestRequest, RestResponse
from plugins.wc_bookings.handlers.rest import payload
from plugins.wc_bookings.translate.product_availability import to_availability
from plugins.wc_bookings.usecases import product_availability
from plugins.wc_bookings.usecases.context import Context


class ProductAvailability:
    """Handler of the route; it needs no key."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def read(self, request: RestRequest) -> RestResponse:
        product = product_availability.find(self._context, request.int("id"), payload(request))
        return RestResponse(
            {
                "product_id": product.service.id,
                "resource_id": product.resource_id,
                "start_date": request.get("start_date"),
                "end_date": request.get("end_date"),
                "timezone_offset": product.timezone_offset,
                "availability": to_availability(product.slots),
            }
        )
