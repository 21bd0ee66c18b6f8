"""``/bkap/bookings``, ``/bkap/bookings/<id>``, ``/count`` and ``/types``."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Literal

from frontdesk.http import check_version, etag
from frontdesk.openapi import operation, optional_fields
from frontdesk.wordpress.legacy import LegacyRequest, LegacyResponse
from plugins.bkap.handlers import base
from plugins.bkap.schemas import STATUSES, BookingRecord, CreatedBooking
from plugins.bkap.usecases import bookings
from plugins.bkap.usecases.context import Context

#: Parameters of create and update.
_BOOKING = {
    "start_date": date,
    "end_date": date,
    "start_time": str,
    "end_time": str,
    "duration": int,
    "fixed_block": int,
    "quantity": int,
    "price": Decimal,
}


class Bookings:
    def __init__(self, context: Context) -> None:
        self._context = context

    @operation(
        query={
            "product_id": int,
            "variation_id": int,
            "customer_id": int,
            "resource_id": int,
            "order_id": int,
            "status": Literal[STATUSES],
            "quantity": int,
            "price": Decimal,
            "start_date": date,
            "end_date": date,
            "page": int,
            **base.LIMIT,
            **base.FIELDS,
        },
        reply=base.records_shape("bookings", BookingRecord),
    )
    def list(self, request: LegacyRequest) -> LegacyResponse:
        return base.records(request, "bookings", bookings.list_bookings(request.filters), empty="No Bookings")

    @operation(query=base.FIELDS, reply=base.record_shape("booking", BookingRecord))
    def read(self, request: LegacyRequest) -> LegacyResponse:
        record, version = bookings.read_booking(request.params["id"])
        response = base.record(request, "booking", record)
        response.headers["ETag"] = etag(version)
        return response

    @operation(reply={"count": int})
    def count(self, request: LegacyRequest) -> LegacyResponse:
        return LegacyResponse({"count": bookings.count_bookings()})

    @operation(reply=[{"key": str, "label": str}])
    def types(self, request: LegacyRequest) -> LegacyResponse:
        return LegacyResponse(bookings.booking_types())

    @operation(
        body={
            **_BOOKING,
            "product_id": int,
            "variation_id": int,
            "customer_id": int,
            "order_id": int,
            "resource_id": (int, [int]),
            "dates": ([date], [{"date": date, "start_time": str, "end_time": str}]),
            "person_ids": [{"person_id": int, "person_val": int}],
        },
        required=("price",),
        reply=optional_fields(CreatedBooking),
    )
    def create(self, request: LegacyRequest) -> LegacyResponse:
        return LegacyResponse(bookings.create_bookings(self._context, request.data))

    @operation(body={**_BOOKING, "resource_id": int, "status": Literal[STATUSES[1:]]})
    def update(self, request: LegacyRequest) -> LegacyResponse:
        reply, version = bookings.update_booking(
            self._context,
            request.params["id"],
            request.data,
            check_version=partial(check_version, request.php_request.http),
        )
        return LegacyResponse(reply, headers={"ETag": etag(version)})

    @operation(reply={"message": str})
    def delete(self, request: LegacyRequest) -> LegacyResponse:
        bookings.delete_booking(
            self._context, request.params["id"], check_version=partial(check_version, request.php_request.http)
        )
        return base.deleted("Booking")
