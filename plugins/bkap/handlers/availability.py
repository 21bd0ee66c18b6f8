"""``/bkap/bookings/availability`` and ``/bkap/bookings/price``."""

from datetime import date
from typing import Literal

from frontdesk.openapi import operation
from frontdesk.wordpress.legacy import LegacyRequest, LegacyResponse
from plugins.bkap.handlers import base
from plugins.bkap.usecases import availability
from plugins.bkap.usecases.context import Context

_QUERY = {
    "product_id": int,
    "variation_id": int,
    "resource_id": (int, [int]),
    "person_ids": [{"person_id": int, "person_val": int}],
    "start_date": date,
    "end_date": date,
    **base.LIMIT,
}
_PLACES = int | Literal["Unlimited"]


class Availability:
    def __init__(self, context: Context) -> None:
        self._context = context

    @operation(
        query=_QUERY,
        reply=[
            [
                {
                    "date": date,
                    "availability": _PLACES,
                    "message": str,
                    "slots": [{"start_time": str, "end_time": str, "availability": _PLACES}],
                }
            ]
        ],
    )
    def list(self, request: LegacyRequest) -> LegacyResponse:
        return LegacyResponse(availability.list_availability(self._context, request.filters))

    @operation(
        query={**_QUERY, "quantity": int, "start_time": str, "end_time": str, "duration": int, "fixed_block": int},
        reply={"price": str, "total_price_calculated": str, "bkap_price_charged": str, "bkap_price": str},
    )
    def price(self, request: LegacyRequest) -> LegacyResponse:
        return LegacyResponse(availability.price_booking(self._context, request.filters))
