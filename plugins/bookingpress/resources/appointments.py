"""``/appointments``: list, read, delete; booking is in ``booking.py`` (fact sheet, section 6.1)."""

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from core.domain.records import Booking
from core.domain.text import fold
from core.http.openapi import operation
from core.services import bookings
from core.services.repository import Condition, customers, extras, payments, services
from plugins.bookingpress.errors import NOTICE, ReadRefused, Refused, notice
from plugins.bookingpress.resources.base import MOST_MATCHES, Listing, Params, Things, words
from plugins.bookingpress.resources.booking import BODY, book
from plugins.bookingpress.schemas import Appointment, Booked
from plugins.bookingpress.translate.bookings import HIDDEN, LABELS, core_statuses, extras_to_look_up, to_appointment
from plugins.bookingpress.translate.catalog import shown_name
from plugins.bookingpress.translate.values import NAME, to_date

#: Sorting by a name means looking at the records themselves; of longer lists only the newest are sorted so.
MOST_SORTED = 10_000
_IDS = {
    "customer_id": "customer_id",
    "service_id": "service_id",
    "staffmember_id": "resource_id",
    "location_id": "location_id",
}


class Appointments(Things):
    group = "appointments"
    update_names = ()
    opens_transaction = True
    sorts: ClassVar = {
        "appointment_id": "id",
        "id": "id",
        "appointment_date": "wall_start",
        "created_date": "created_at",
        "customer_name": "id",
        "service_name": "id",
        "appointment_status": "status",
    }

    @operation(
        query={
            "start_date": date,
            "end_date": date,
            "selected_date_range[]": list[date],
            **{name: [int] for name in ("appointment_status", *_IDS)},
            "search_appointment_id": int,
        },
        reply=[Appointment],
    )
    def page(self, listing: Listing) -> tuple[list[Any], int]:
        where = self._where(listing)
        if listing.sort in ("customer_name", "service_name"):
            page = bookings.page(where, limit=MOST_SORTED)
            name = _service_name if listing.sort == "service_name" else _customer_name
            found = sorted(page.items, key=name, reverse=listing.order[0][1] == "desc")
            return self._records(found[listing.offset : listing.offset + listing.limit]), page.total or 0
        order = listing.order
        if not listing.sort:
            # Ids rise with time, and this order has an index for every filter.
            order = (("created_at", order[0][1]), ("id", order[0][1]))
        page = bookings.page(where, order=order, limit=listing.limit, offset=listing.offset)
        return self._records(page.items), page.total or 0

    def _where(self, listing: Listing) -> list[Condition]:
        given = listing.params
        where: list[Condition] = []
        first, last = given.raw("start_date"), given.raw("end_date")
        span = given.raw("selected_date_range")
        if isinstance(span, list) and len(span) == 2 and not first and not last:
            first, last = span
        if first not in (None, ""):
            where.append(("wall_start", ">=", datetime.combine(to_date(first, "start_date"), time())))
        if last not in (None, ""):
            after = to_date(last, "end_date") + timedelta(days=1)
            where.append(("wall_start", "<", datetime.combine(after, time())))
        codes = given.ids("appointment_status")
        if codes:
            if not set(codes) <= LABELS.keys():
                raise ReadRefused(bad={"appointment_status": "appointment_status is not one of 1, 2, 3, 4, 5, 6."})
            where.append(("status", "in", core_statuses(codes)))
        else:
            where.append(("status", "not_in", HIDDEN))
        for name, field in _IDS.items():
            if numbers := given.ids(name):
                where.append((field, "in", numbers))
        if given.has("search_appointment_id") and given.raw("search_appointment_id") != "":
            where.append(("id", "=", given.id("search_appointment_id")))
        if listing.search:
            where.append(("", "any", _search(listing.search)))
        return where

    @operation(reply=Appointment)
    def one(self, id: int) -> tuple[Any, int]:
        booking = bookings.get(id)
        return self._records([booking])[0], booking.version

    def _records(self, found: list[Booking]) -> list[Any]:
        settings, now = self.shop.settings, self.shop.now
        logs = {}
        if found:
            listed = payments.list_all([("booking_id", "in", [booking.id for booking in found])])
            logs = {payment.booking_id: payment for payment in reversed(listed)}
        # What this dialect booked says all of it by itself.
        known = customers.get_many(booking.customer_id for booking in found if NAME not in booking.extras)
        asked = {number for booking in found for number in extras_to_look_up(booking)}
        chosen = extras.get_many(asked) if asked else {}
        return [
            to_appointment(
                booking,
                index,
                payment=logs.get(booking.id),
                customer=known.get(booking.customer_id),
                extras=chosen,
                settings=settings,
                site_zone=self.shop.zone,
                symbol=self.shop.symbol,
                now=now,
            )
            for index, booking in enumerate(found, 1)
        ]

    @operation(body=BODY, reply=(Booked, NOTICE))
    def create(self, given: Params) -> Any:
        return book(given, self.shop)

    def delete(self, id: int, expected_version: int | None) -> Any:
        if not bookings.get_many([id]):
            raise Refused(msg="Either appointment deleted or not found.", status=404)
        bookings.delete(id, now=self.shop.now, origin=NAME, expected_version=expected_version)
        return notice("Appointment has been deleted successfully.", appointment_id=id)


def _search(text: str) -> list[Condition]:
    """Bookings whose customer or service has the words in its name or address."""
    people = customers.page(words(text, ("first_name", "last_name", "email")), limit=MOST_MATCHES, count=False)
    offered = services.page(words(text, ("name",)), limit=MOST_MATCHES, count=False)
    return [
        ("customer_id", "in", [customer.id for customer in people.items]),
        ("service_id", "in", [service.id for service in offered.items]),
    ]


def _service_name(booking: Booking) -> tuple[str, int]:
    return fold(str((booking.snapshot.get("service") or {}).get("name") or "")), booking.id


def _customer_name(booking: Booking) -> tuple[str, int]:
    return fold(shown_name(booking.snapshot.get("customer") or {})), booking.id
