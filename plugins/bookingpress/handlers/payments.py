"""``/payments``: decode, call, reply."""

from datetime import date

from plugins.bookingpress import schemas
from plugins.bookingpress.handlers.base import CrudHandler
from plugins.bookingpress.usecases.payments import Payments


class PaymentsHandler(CrudHandler):
    usecases_type = Payments
    switches = "payments"
    per_page = 20
    sortable = {
        "id": "id",
        "payment_log_id": "id",
        "payment_date": "created_at",
        "payment_amount": "amount",
    }
    filters = {
        "start_date": date,
        "end_date": date,
        **{name: [int] for name in ("customer_id", "service_id", "payment_status")},
        "payment_gateway": str,
    }
    record = schemas.Payment
