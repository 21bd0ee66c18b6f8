"""Core's payments as the vendor's payment logs, and their statuses."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from frontdesk.records import Booking, Customer, Payment
from plugins.bookingpress import schemas
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.appointments import CODES, PAYMENT_CODES, gateway_of
from plugins.bookingpress.translate.customers import shown_name
from plugins.bookingpress.translate.values import money_text, number, stamp, stored_extras

PAYMENT_LABELS = {1: "Paid", 2: "Pending", 3: "Refunded", 4: "Partially Paid", 5: "Refunded (Partial)"}


def to_payment(
    payment: Payment,
    *,
    booking: Booking | None,
    customer: Customer | None,
    settings: SiteSettings,
    site_zone: tzinfo,
    symbol: str,
) -> schemas.Payment:
    """A payment log; what is known of the appointment comes from its snapshot."""
    snapshot = booking.snapshot if booking else {}
    names: Mapping[str, Any] = snapshot.get("customer") or {}
    if not names and customer:
        names = {
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "email": customer.email,
        }
    code = PAYMENT_CODES.get(payment.status, 2)
    return schemas.Payment(
        payment_log_id=payment.id,
        invoice_id=str(stored_extras(payment).get("invoice_id") or payment.id),
        appointment_id=payment.booking_id,
        payment_date=stamp(payment.created_at.astimezone(site_zone)),
        payment_customer=shown_name(names),
        payment_service=(snapshot.get("service") or {}).get("name") or "",
        appointment_date=booking.wall_start.date().isoformat() if booking else "",
        appointment_start_time=booking.wall_start.strftime("%H:%M:%S") if booking else "",
        appointment_end_time=booking.wall_end.strftime("%H:%M:%S") if booking else "",
        payment_gateway=gateway_of(payment, booking),
        payment_numberic_amount=number(payment.amount),
        payment_amount=money_text(payment.amount, settings, symbol),
        payment_currency=payment.currency,
        appointment_status=str(CODES[booking.status]) if booking else "",
        payment_status=str(code),
        payment_status_label=PAYMENT_LABELS[code],
        transaction_id=payment.transaction_id or "-",
        customer_firstname=names.get("first_name") or "",
        customer_lastname=names.get("last_name") or "",
        customer_email=names.get("email") or "",
        customer_avatar=stored_extras(customer).get("avatar_url", "") if customer else "",
        paid_amount=number(payment.paid),
        due_amount=number(payment.due),
    )
