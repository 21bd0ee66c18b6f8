"""``/appointments``: decode, call, reply."""

from datetime import date
from decimal import Decimal
from typing import Literal

from plugins.bookingpress import schemas
from plugins.bookingpress.handlers.base import NOTICE, CrudHandler
from plugins.bookingpress.translate.checkout import CUSTOMER_NAMES
from plugins.bookingpress.usecases.appointments import Appointments

#: The shapes of chosen extras.
EXTRAS = dict.fromkeys(
    ("bookingpress_selected_extra_details", "extras"), ([{"id": int, "qty": int, "quantity": int}], dict)
)


class AppointmentsHandler(CrudHandler):
    usecases_type = Appointments
    switches = "appointments"
    update_names = ()
    sortable = {
        "appointment_id": "id",
        "id": "id",
        "appointment_date": "wall_start",
        "created_date": "created_at",
        "customer_name": "id",
        "service_name": "id",
        "appointment_status": "status",
    }
    created = "Appointment has been booked successfully."
    deleted = "Appointment has been deleted successfully."
    filters = {
        "start_date": date,
        "end_date": date,
        "selected_date_range[]": list[date],
        **{
            name: [int] for name in ("appointment_status", "customer_id", "service_id", "staffmember_id", "location_id")
        },
        "search_appointment_id": int,
    }
    body = {
        "appointment_data": dict,
        **dict.fromkeys(("selected_service", "service_id"), int),
        **dict.fromkeys(("selected_date", "appointment_date"), date),
        **dict.fromkeys(("selected_start_time", "appointment_time"), str),
        "selected_end_date": date,
        "selected_end_time": str,
        **dict.fromkeys(("bookingpress_selected_bring_members", "selected_extra_members"), int),
        **EXTRAS,
        **dict.fromkeys(("selected_staff_member_id", "staffmember_id"), int),
        **dict.fromkeys(("selected_location", "location_id"), int),
        "customer_id": int,
        "customer_name": str,
        **dict.fromkeys(CUSTOMER_NAMES, str),
        "form_fields": dict,
        "appointment_note": str,
        "appointment_status": Literal[1, 2],
        "send_notification": bool,
        "selected_payment_method": str,
        "service_price_without_currency": Decimal,
        "coupon_code": str,
        "package_no": str,
        "gift_card_code": str,
        "use_deposit": bool,
    }
    record = schemas.Appointment
    create_reply = (schemas.Booked, NOTICE)
