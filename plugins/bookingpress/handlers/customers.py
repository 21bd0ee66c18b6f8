"""``/customers``: decode, call, reply."""

from typing import Literal

from plugins.bookingpress import schemas
from plugins.bookingpress.handlers.base import CrudHandler
from plugins.bookingpress.translate.customers import STORED_NAMES
from plugins.bookingpress.usecases.customers import Customers


class CustomersHandler(CrudHandler):
    usecases_type = Customers
    switches = "customers"
    collection = "customers"
    sortable = {
        "id": "id",
        "customer_id": "id",
        "customer_firstname": "first_name",
        "customer_lastname": "last_name",
        "customer_email": "email",
        "customer_created": "created_at",
    }
    created = "Customer has been added succsssfully."
    updated = "Customer has been updated succsssfully."
    deleted = "Customer has been deleted successfully."
    filters = {"email": str}
    body = {
        **dict.fromkeys(("firstname", "lastname", "email", "phone", "note", "username", *STORED_NAMES), str),
        "wp_user": int | Literal["add_new"],
    }
    record = schemas.Customer
