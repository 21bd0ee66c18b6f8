"""``/services`` and ``/categories``: decode, call, reply."""

from datetime import date
from decimal import Decimal
from typing import Literal

from plugins.bookingpress import schemas
from plugins.bookingpress.handlers.base import CrudHandler
from plugins.bookingpress.usecases.services import Categories, Services

_NOTICES = (
    "minimum_time_required_before_booking",
    "minimum_time_required_before_rescheduling",
    "minimum_time_required_before_cancelling",
)


class ServicesHandler(CrudHandler):
    usecases_type = Services
    switches = "services"
    collection = "services"
    update_names = ("service_update_id", "update_id")
    sortable = {
        "id": "id",
        "service_id": "id",
        "service_name": "name",
        "service_price": "price",
        "service_position": "position",
    }
    created = "Service has been added successfully."
    updated = "Service has been updated successfully."
    deleted = "Services has been deleted successfully."
    filters = dict.fromkeys(("category_id", "staffmember_id", "location_id"), int)
    body = {
        **dict.fromkeys(("service_name", "service_description", "service_image", "service_image_name"), str),
        "service_price": Decimal,
        **dict.fromkeys(("service_category", "category_id", "service_position", "service_duration_val"), int),
        "service_duration_unit": Literal["m", "h", "d"],
        **dict.fromkeys(("max_capacity", "min_capacity", "before_buffer_time", "after_buffer_time"), int),
        **dict.fromkeys(("before_buffer_time_unit", "after_buffer_time_unit"), Literal["m", "h"]),
        **dict.fromkeys(_NOTICES, int | Literal["inherit", "disabled"]),
        **dict.fromkeys(("service_start_date", "service_expiration_date"), date),
        "show_service_on_site": bool,
        "deposit_type": Literal["percentage", "fixed"],
        "deposit_amount": Decimal,
        "extra_services": [
            {
                **dict.fromkeys(("id", "duration", "max_qty"), int),
                "name": str,
                "price": Decimal,
                "duration_unit": Literal["m", "h"],
            }
        ],
        "assigned_staffmembers": [int],
    }
    record = schemas.Service


# -- categories --------------------------------------------------------------------------------------------------------


class CategoriesHandler(CrudHandler):
    usecases_type = Categories
    switches = "categories"
    collection = "categories"
    update_names = ("service_category_update_id", "update_id")
    sortable = {
        "id": "id",
        "category_id": "id",
        "category_name": "name",
        "category_position": "position",
    }
    created = "Category has been created successfully."
    updated = "Category has been updated successfully."
    deleted = "Category has been deleted successfully"
    body = {"service_category_name": str}
    record = schemas.Category
