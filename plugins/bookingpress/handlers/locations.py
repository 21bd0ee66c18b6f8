"""``/locations``: decode, call, reply."""

from decimal import Decimal

from plugins.bookingpress import schemas
from plugins.bookingpress.handlers.base import CrudHandler
from plugins.bookingpress.translate.hours import SPECIAL_DAYS, WORKHOURS
from plugins.bookingpress.translate.locations import STORED_NAMES
from plugins.bookingpress.usecases.locations import Locations


class LocationsHandler(CrudHandler):
    usecases_type = Locations
    switches = "locations"
    sortable = {
        "id": "id",
        "location_id": "id",
        "location_name": "name",
        "location_position": "position",
    }
    created = "Location has been added successfully."
    updated = "Location has been updated successfully."
    deleted = "Location has been deleted successfully."
    body = {
        **dict.fromkeys(("location_name", "location_phone_number", "location_address", "location_description"), str),
        **dict.fromkeys(STORED_NAMES, str),
        "location_position": int,
        "services": [
            {
                **dict.fromkeys(("service_id", "service_qty", "service_min_qty"), int),
                "price": Decimal,
                "staffmembers": [
                    {
                        **dict.fromkeys(("staffmember_id", "staff_location_qty", "staff_location_min_qty"), int),
                        "price": Decimal,
                    }
                ],
            }
        ],
        "workhours": WORKHOURS,
        "special_days": SPECIAL_DAYS,
    }
    record = schemas.Location
