"""Appointments: list, read, delete. ``checkout`` makes them."""

from datetime import datetime, time, timedelta
from typing import Any

from core.domain.records import Booking
from core.domain.text import fold
from core.services import bookings
from core.services.repository import Condition, customers, extras, payments, services
from plugins.bookingpress.errors import ReadRefused, Refused
from plugins.bookingpress.translate.appointments import (
    HIDDEN,
    LABELS,
    core_statuses,
    extras_to_look_up,
    to_appointment,
)
from plugins.bookingpress.translate.customers import shown_name
from plugins.bookingpress.translate.params import Listing, Params
from plugins.bookingpress.translate.values import NAME
from plugins.bookingpress.usecases.checkout import Checkout
from plugins.bookingpress.usecases.crud import CrudUseCases, Ids
from plugins.bookingpress.usecases.queries import MOST_MATCHES, search_conditions

#: Sorting by a name reads the records themselves; of longer lists only the newest are sorted so.
MOST_SORTED = 10_000
_ID_FIELDS = {
    "customer_id": "customer_id",
    "service_id": "service_id",
    "staffmember_id": "resource_id",
    "location_id": "location_id",
}


class Appointments(CrudUseCases):
    table = bookings.repository
    id_name = "appointment_id"

    def page(self, listing: Listing) -> tuple[list[Any], int]:
        where = self._conditions(listing)
        if listing.sort in ("customer_name", "service_name"):
            page = bookings.page(where, limit=MOST_SORTED)
            name = _service_name if listing.sort == "service_name" else _customer_name
            records = sorted(page.items, key=name, reverse=listing.order[0][1] == "desc")
            return self._shown(records[listing.offset : listing.offset + listing.limit], single=False), page.total or 0
        order = listing.order
        if not listing.sort:
            # Ids rise with time, and this order has an index for every filter.
            order = (("created_at", order[0][1]), ("id", order[0][1]))
        page = bookings.page(where, order=order, limit=listing.limit, offset=listing.offset)
        return self._shown(page.items, single=False), page.total or 0

    def _conditions(self, listing: Listing) -> list[Condition]:
        params = listing.params
        where: list[Condition] = []
        days = params.raw("selected_date_range")
        if isinstance(days, list) and len(days) == 2 and params.is_empty("start_date") and params.is_empty("end_date"):
            params = Params({**params.values, "start_date": days[0], "end_date": days[1]})
        if first := params.optional_date("start_date"):
            where.append(("wall_start", ">=", datetime.combine(first, time())))
        if last := params.optional_date("end_date"):
            where.append(("wall_start", "<", datetime.combine(last + timedelta(days=1), time())))
        codes = params.ids("appointment_status")
        if codes:
            if not set(codes) <= LABELS.keys():
                raise ReadRefused(bad={"appointment_status": "appointment_status is not one of 1, 2, 3, 4, 5, 6."})
            where.append(("status", "in", core_statuses(codes)))
        else:
            where.append(("status", "not_in", HIDDEN))
        for name, field in _ID_FIELDS.items():
            if ids := params.ids(name):
                where.append((field, "in", ids))
        if not params.is_empty("search_appointment_id"):
            where.append(("id", "=", params.id("search_appointment_id")))
        if listing.search:
            where.append(("", "any", _search(listing.search)))
        return where

    def _shown(self, records: list[Booking], *, single: bool) -> list[Any]:
        settings, now = self.context.settings, self.context.now
        by_booking = {}
        if records:
            logs = payments.list_all([("booking_id", "in", [booking.id for booking in records])])
            by_booking = {payment.booking_id: payment for payment in reversed(logs)}
        # What this dialect booked says all of it by itself.
        bookers = customers.get_many(booking.customer_id for booking in records if NAME not in booking.extras)
        extra_ids = {id for booking in records for id in extras_to_look_up(booking)}
        chosen_extras = extras.get_many(extra_ids) if extra_ids else {}
        return [
            to_appointment(
                booking,
                index,
                payment=by_booking.get(booking.id),
                customer=bookers.get(booking.customer_id),
                extras=chosen_extras,
                settings=settings,
                site_zone=self.context.zone,
                symbol=self.context.symbol,
                now=now,
            )
            for index, booking in enumerate(records, 1)
        ]

    def create(self, params: Params) -> Ids:
        # Checks come first; the transaction is opened only then.
        return Checkout(params, self.context).book()

    def delete(self, id: int, *, expected_version: int | None = None) -> Ids:
        if not bookings.get_many([id]):
            raise Refused(reason="appointment_gone")
        bookings.delete(id, now=self.context.now, origin=NAME, expected_version=expected_version)
        return {"appointment_id": id}


def _search(text: str) -> list[Condition]:
    """Bookings whose customer or service has the words in its name or address."""
    named = search_conditions(text, ("first_name", "last_name", "email"))
    bookers = customers.page(named, limit=MOST_MATCHES, count=False)
    booked = services.page(search_conditions(text, ("name",)), limit=MOST_MATCHES, count=False)
    return [
        ("customer_id", "in", [customer.id for customer in bookers.items]),
        ("service_id", "in", [service.id for service in booked.items]),
    ]


def _service_name(booking: Booking) -> tuple[str, int]:
    return fold(str((booking.snapshot.get("service") or {}).get("name") or "")), booking.id


def _customer_name(booking: Booking) -> tuple[str, int]:
    return fold(shown_name(booking.snapshot.get("customer") or {})), booking.id
