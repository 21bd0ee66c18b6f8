"""``/packages``: decode, call, reply."""

from decimal import Decimal
from typing import Literal

from plugins.bookingpress import schemas
from plugins.bookingpress.handlers.base import CrudHandler
from plugins.bookingpress.usecases.packages import Packages


class PackagesHandler(CrudHandler):
    usecases_type = Packages
    switches = "package"
    sortable = {
        "id": "id",
        "package_id": "id",
        "package_name": "name",
        "package_price": "price",
        "package_position": "position",
    }
    created = "Package has been added successfully."
    updated = "Package has been updated successfully."
    deleted = "Package has been deleted successfully."
    body = {
        **dict.fromkeys(("package_name", "package_description"), str),
        "package_price": Decimal,
        **dict.fromkeys(("package_duration_val", "package_purchase_limit", "package_position"), int),
        "package_duration_unit": Literal["d", "m", "y"],
        "package_images": list,
        "package_services": [{"service_id": int, "bookingpress_no_of_appointments": int}],
        "package_status": bool,
    }
    record = schemas.Package
