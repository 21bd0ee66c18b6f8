"""Payment logs: the API lists them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from frontdesk import bookings
from frontdesk.records import Payment
from frontdesk.repository import Condition, customers, payments
from plugins.bookingpress.errors import ReadRefused
from plugins.bookingpress.translate.appointments import PAYMENT
from plugins.bookingpress.translate.params import Listing
from plugins.bookingpress.translate.payments import to_payment
from plugins.bookingpress.usecases.base import MOST_MATCHES, CrudUseCases


class Payments(CrudUseCases):
    table = payments
    id_name = "payment_log_id"

    def _shown(self, records: list[Payment], *, single: bool) -> list[Any]:
        context = self.context
        paid_bookings = bookings.get_many(payment.booking_id for payment in records)
        payers = customers.get_many(payment.customer_id for payment in records)
        settings = context.settings
        return [
            to_payment(
                payment,
                booking=paid_bookings.get(payment.booking_id),
                customer=payers.get(payment.customer_id),
                settings=settings,
                site_zone=context.zone,
                symbol=context.symbol,
            )
            for payment in records
        ]

    def _conditions(self, listing: Listing) -> list[Condition]:
        params = listing.params
        where: list[Condition] = []
        if first := params.day("start_date"):
            where.append(("created_at", ">=", self._midnight(first)))
        if last := params.day("end_date"):
            where.append(("created_at", "<", self._midnight(last, days=1)))
        if customer_ids := params.ids("customer_id"):
            where.append(("customer_id", "in", customer_ids))
        if service_ids := params.ids("service_id"):
            booked = bookings.page([("service_id", "in", service_ids)], limit=MOST_MATCHES, count=False)
            where.append(("booking_id", "in", [booking.id for booking in booked.items]))
        if codes := params.ids("payment_status"):
            if not set(codes) <= PAYMENT.keys():
                raise ReadRefused(bad={"payment_status": "payment_status is not one of 1, 2, 3, 4, 5."})
            where.append(("status", "in", [PAYMENT[code] for code in codes]))
        if gateway := params.text("payment_gateway"):
            where.append(("gateway", "=", gateway))
        if listing.search:
            named = [(("full_name", "email"), "contains", listing.search)]
            payers = customers.page(named, limit=MOST_MATCHES, count=False)
            where.append(("customer_id", "in", [customer.id for customer in payers.items]))
        return where

    def _midnight(self, day: str, *, days: int = 0) -> datetime:
        """The instant at which a day begins on the site's clock."""
        start = date.fromisoformat(day) + timedelta(days=days)
        return datetime.combine(start, time(), self.context.zone).astimezone(UTC)
