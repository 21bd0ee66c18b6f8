"""``/payments``: the list (fact sheet, section 6.6)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from core.http.openapi import operation
from core.services import bookings
from core.services.repository import customers
from core.services.repository import payments as table
from plugins.bookingpress.errors import ReadRefused
from plugins.bookingpress.resources.base import MOST_MATCHES, Listing, Things, simple_page
from plugins.bookingpress.schemas import Payment
from plugins.bookingpress.translate.bookings import PAYMENT, to_payment


class Payments(Things):
    group = "payments"
    per_page = 20
    sorts: ClassVar = {
        "id": "id",
        "payment_log_id": "id",
        "payment_date": "created_at",
        "payment_amount": "amount",
    }

    @operation(
        query={
            "start_date": date,
            "end_date": date,
            **{name: [int] for name in ("customer_id", "service_id", "payment_status")},
            "payment_gateway": str,
        },
        reply=[Payment],
    )
    def page(self, listing: Listing) -> tuple[list[Any], int]:
        given = listing.params
        where: list[Any] = []
        if first := given.day("start_date"):
            where.append(("created_at", ">=", self._midnight(first)))
        if last := given.day("end_date"):
            where.append(("created_at", "<", self._midnight(last, days=1)))
        if numbers := given.ids("customer_id"):
            where.append(("customer_id", "in", numbers))
        if numbers := given.ids("service_id"):
            made = bookings.page([("service_id", "in", numbers)], limit=MOST_MATCHES, count=False)
            where.append(("booking_id", "in", [booking.id for booking in made.items]))
        if codes := given.ids("payment_status"):
            if not set(codes) <= PAYMENT.keys():
                raise ReadRefused(bad={"payment_status": "payment_status is not one of 1, 2, 3, 4, 5."})
            where.append(("status", "in", [PAYMENT[code] for code in codes]))
        if gateway := given.text("payment_gateway"):
            where.append(("gateway", "=", gateway))
        if listing.search:
            found = customers.page(
                [(("full_name", "email"), "contains", listing.search)],
                limit=MOST_MATCHES,
                count=False,
            )
            where.append(("customer_id", "in", [customer.id for customer in found.items]))
        found, total = simple_page(table, listing, where)
        made = bookings.get_many(payment.booking_id for payment in found)
        known = customers.get_many(payment.customer_id for payment in found)
        settings = self.shop.settings
        return [
            to_payment(
                payment,
                booking=made.get(payment.booking_id),
                customer=known.get(payment.customer_id),
                settings=settings,
                site_zone=self.shop.zone,
                symbol=self.shop.symbol,
            )
            for payment in found
        ], total

    def _midnight(self, day: str, *, days: int = 0) -> datetime:
        start = date.fromisoformat(day) + timedelta(days=days)
        return datetime.combine(start, datetime.min.time(), self.shop.zone).astimezone(UTC)
