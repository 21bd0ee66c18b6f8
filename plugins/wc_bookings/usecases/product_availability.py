"""The places left of a product by month, day and time (README.md, "Availability")."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from core.domain.records import Service
from core.domain.schedule import Offer
from core.services import availability, catalog, records
from plugins.wc_bookings.errors import Refused
from plugins.wc_bookings.translate.product_availability import to_offset, to_resource_id, to_wall_clock, to_wall_minute
from plugins.wc_bookings.usecases.context import Context

_HIDDEN_STATUSES = ("trashed", "draft", "pending", "private")


class ProductSlots(NamedTuple):
    """The free slots of a product in the time asked for, in order; ``timezone_offset`` in hours."""

    service: Service
    resource_id: int
    timezone_offset: int
    slots: list[Offer]


def find(context: Context, product_id: int, params: Mapping[str, Any]) -> ProductSlots:
    """The free slots of a product.

    Raises:
        Refused: The product does not exist, the dates are not in order or in the past, the resource or the offset is
            not valid.
    """
    service = records.services.many([product_id]).get(product_id)
    if service is None or service.status in _HIDDEN_STATUSES:
        raise Refused("product")
    start, end = to_wall_clock(params["start_date"]), to_wall_clock(params["end_date"])
    _check_dates(context, start, end)
    needs_links = params.get("resource_id") or service.plan.resource_choice == "customer"
    resource_id = to_resource_id(params, service, catalog.links(service_ids=[service.id]) if needs_links else ())
    offset = to_offset(params.get("timezone_offset"))
    slots = availability.offers(
        service.id,
        first=start.date(),
        last=end.date(),
        now=context.clock(),
        resource_id=resource_id or None,
        include_full=False,
    )
    first, last = to_wall_minute(start), to_wall_minute(end)
    # By time, whichever resource a slot is with.
    free = [slot for slot in sorted(slots) if first <= slot.wall_start <= last and slot.left > 0]
    return ProductSlots(service, resource_id, offset, free)


def _check_dates(context: Context, start: datetime, end: datetime) -> None:
    if start.date() < context.wall_now().date():
        raise Refused("start_in_past")
    if end <= start:
        raise Refused("end_before_start")
