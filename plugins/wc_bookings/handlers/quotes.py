"""``/wc-bookings/v2/quotes`` (README.md, "Quotes")."""

from frontdesk.wordpress.rest import RestRequest, RestResponse
from plugins.wc_bookings.handlers.base import payload
from plugins.wc_bookings.translate.quotes import to_quote
from plugins.wc_bookings.usecases import quotes
from plugins.wc_bookings.usecases.context import Context


class Quotes:
    """Handler of ``/wc-bookings/v2/quotes``."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def read(self, request: RestRequest) -> RestResponse:
        params = payload(request)
        quote = quotes.get(self._context, params)
        return RestResponse(
            to_quote(quote.service, params, resource_id=quote.resource_id, cost=quote.cost, currency=quote.currency)
        )
