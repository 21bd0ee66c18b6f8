"""``/bkap/products``, ``/bkap/products/<id>`` and ``/count``."""

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from frontdesk.openapi import operation, optional_fields
from frontdesk.wordpress.legacy import LegacyRequest, LegacyResponse
from plugins.bkap.handlers import base
from plugins.bkap.schemas import BOOKING_TYPES, ProductRecord
from plugins.bkap.translate.product_parameters import PARAMETERS
from plugins.bkap.translate.products import PRODUCT_STATUSES, PRODUCT_TYPES
from plugins.bkap.usecases import products
from plugins.bkap.usecases.context import Context

_PRODUCT = {
    "product_title": str,
    "product_status": Literal[tuple(PRODUCT_STATUSES)],
    "product_description": str,
    "product_type": Literal[PRODUCT_TYPES],
    "product_price": Decimal,
}
_REPLY = {**optional_fields(ProductRecord), "product": ProductRecord}


class Products:
    def __init__(self, context: Context) -> None:
        self._context = context

    @operation(
        query={
            "status": Literal[tuple(PRODUCT_STATUSES)],
            "booking_type": Literal[tuple(BOOKING_TYPES)],
            "start_date": date,
            "end_date": date,
            "price": Decimal,
            **base.LIMIT,
            **base.FIELDS,
        },
        reply=base.records_shape("products", ProductRecord),
    )
    def list(self, request: LegacyRequest) -> LegacyResponse:
        page = products.list_products(self._context, request.filters)
        return base.records(request, "products", page, empty="No Products")

    @operation(query=base.FIELDS, reply=base.record_shape("product", ProductRecord))
    def read(self, request: LegacyRequest) -> LegacyResponse:
        return base.record(request, "product", products.read_product(self._context, request.params["id"]))

    @operation(reply={"count": int})
    def count(self, request: LegacyRequest) -> LegacyResponse:
        return LegacyResponse({"count": products.count_products(self._context)})

    @operation(
        body={**_PRODUCT, "booking": PARAMETERS},
        required=("product_title", "product_price", "product_type", "booking"),
        reply=_REPLY,
    )
    def create(self, request: LegacyRequest) -> LegacyResponse:
        return _written_response(products.create_product(self._context, request.data))

    @operation(body={**_PRODUCT, **PARAMETERS, "booking": PARAMETERS}, reply=_REPLY)
    def update(self, request: LegacyRequest) -> LegacyResponse:
        return _written_response(products.update_product(self._context, request.params["id"], request.data))

    @operation(reply={"message": str})
    def delete(self, request: LegacyRequest) -> LegacyResponse:
        products.delete_product(self._context, request.params["id"])
        return base.deleted("Product")


def _written_response(record: ProductRecord) -> LegacyResponse:
    """The bare record, and the record once more under ``product``."""
    data = msgspec.to_builtins(record, str_keys=True)
    return LegacyResponse({**data, "product": data})
