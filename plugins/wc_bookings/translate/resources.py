"""Resources as the API shows them."""

from typing import Any

from core.domain.records import Resource
from plugins.wc_bookings.translate.settings_from_plan import to_availability_rows
from plugins.wc_bookings.translate.values import stored_extras


def to_resource(resource: Resource) -> dict[str, Any]:
    """A resource as the API shows it. Costs belong to the product that uses it, so they are 0 here."""
    rules = stored_extras(resource).get("availability")
    return {
        "id": resource.id,
        "availability": rules if rules is not None else to_availability_rows(resource.rules),
        "base_cost": 0,
        "block_cost": 0,
        "name": resource.name,
        "parent_id": 0,
        "qty": "" if resource.capacity is None else str(resource.capacity),
        "sort_order": resource.position,
    }
