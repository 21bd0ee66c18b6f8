"""``/wc-bookings/v1/products/slots`` and ``/wc-bookings/v2/products/{id}/availability`` (README.md, "Slots").

The first declares no parameters, so a value is never an error; only a list of more days than one reply may hold is.
"""

from typing import Literal

from frontdesk.openapi import operation
from frontdesk.wordpress import sanitize
from frontdesk.wordpress.arguments import invalid_params_error
from frontdesk.wordpress.rest import RestRequest, RestResponse
from frontdesk.wordpress.schema import SchemaError
from plugins.wc_bookings.handlers.base import payload
from plugins.wc_bookings.handlers.products import not_bookable
from plugins.wc_bookings.translate.slots import to_availability, to_page
from plugins.wc_bookings.usecases.context import Context
from plugins.wc_bookings.usecases.slots import SlotLists, find_free

_TEXT_PARAMS = ("product_ids", "category_ids", "resource_ids", "min_date", "max_date")


class Slots:
    """Handler of the route; it needs no key."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lists = SlotLists(context)

    @operation(
        query={
            **{name: [int] for name in ("product_ids", "category_ids", "resource_ids")},
            **dict.fromkeys(("min_date", "max_date"), str),
            **dict.fromkeys(("page", "limit"), int),
            **dict.fromkeys(("get_past_times", "hide_unavailable"), Literal["true", "false"]),
        }
    )
    def list(self, request: RestRequest) -> RestResponse:
        if self._context.strict:
            _refuse_lists(request)
        records = self._lists.find(payload(request))
        if records is None:
            return not_bookable()
        page, limit = request.get("page"), sanitize.absint(request.get("limit", 10))
        return RestResponse(to_page(records, page=None if page is None else sanitize.absint(page), limit=limit))


class ProductAvailability:
    """Handler of the route; it needs no key."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def read(self, request: RestRequest) -> RestResponse:
        product = find_free(self._context, request.int_param("id"), payload(request))
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


def _refuse_lists(request: RestRequest) -> None:
    """Refuse a list in the place of a text, at which the real server crashes; an empty list of ids is no ids."""
    problems = {}
    for name in _TEXT_PARAMS:
        value = request.get(name)
        if isinstance(value, (dict, list)) and (value or name.endswith("date")):
            problems[name] = SchemaError("rest_invalid_type", f"{name} is not of type string.", {"param": name})
    if problems:
        raise invalid_params_error(problems)
