"""``/staffmembers``: decode, call, reply."""

from decimal import Decimal
from typing import Literal

from plugins.bookingpress import schemas
from plugins.bookingpress.handlers.base import CrudHandler
from plugins.bookingpress.translate.hours import DAYSOFF, SPECIAL_DAYS, WORKHOURS
from plugins.bookingpress.translate.staff import STORED_NAMES
from plugins.bookingpress.usecases.staff import StaffMembers

_ASSIGNED = [
    {
        **dict.fromkeys(("assign_service_id", "assign_service_capacity", "assign_service_min_capacity"), int),
        "assign_service_price": Decimal,
    }
]


class StaffMembersHandler(CrudHandler):
    usecases_type = StaffMembers
    switches = "staffmember"
    collection = "staffmembers"
    sortable = {
        "id": "id",
        "staffmember_id": "id",
        "staffmember_fullname": "name",
        "staffmember_email": "email",
        "staffmember_position": "position",
    }
    created = "Staff member has been added successfully."
    updated = "Staff member has been updated successfully."
    deleted = "Staff member has been deleted successfully."
    filters = {"service_id": int, "location_id": int}
    body = {
        **dict.fromkeys(("firstname", "lastname", "email", "phone", "note", *STORED_NAMES), str),
        "status": bool | int,
        "visibility": Literal["public", "private"],
        "staffmember_position": int,
        "service_details": {"assigned_service_list": _ASSIGNED},
        "assigned_service_list": _ASSIGNED,
        "workhours": WORKHOURS,
        "daysoff": DAYSOFF,
        "special_days": SPECIAL_DAYS,
    }
    record = schemas.StaffMember
