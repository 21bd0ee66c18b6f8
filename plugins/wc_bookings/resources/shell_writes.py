"""The first version's own writes: they read a resource and meta data, and make a booking of nothing."""

from typing import Any

from core.domain import statuses
from core.domain.records import Booking
from core.domain.requests import SKIP_ALL, ChangeRequest
from core.errors import NotAvailable
from core.services import bookings, catalog, repository
from core.wordpress import sanitize
from core.wordpress.rest import RestRequest, WPError
from core.wordpress.schema import Arg
from plugins.wc_bookings.resources.saving import save_shell
from plugins.wc_bookings.resources.shop import Shop

NAME = "wc_bookings"


class ShellWrites:
    """``v1_writes = "vendor"``."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def arguments(self) -> dict[str, Arg]:
        return {}

    def create(self, request: RestRequest) -> Booking:
        number = sanitize.absint(request.get("resource_id"))
        metadata: dict[str, Any] = {"resource_id": number, "status": "unpaid"}
        metadata |= _meta(request)
        return save_shell(
            id=None, created_at=request.now, modified_at=request.now, status=statuses.DRAFT, metadata=metadata
        )

    def update(self, request: RestRequest, before: Booking) -> Booking:
        metadata = {**before.extras.get(NAME, {}), **_meta(request)}
        wanted = request.get("resource_id")
        kept = metadata.get("resource_id", before.resource_id)
        number = kept if wanted is None else sanitize.absint(wanted)
        links = catalog.resource_links(service_ids=[before.service_id]) if before.service_id else []
        linked = not number or any(link.resource_id == number for link in links)
        # Stored as it is, whatever the product says of it, and only then refused: the resource is taken from then on.
        real = linked or number in repository.resources.get_many([number])
        if wanted is not None and real and before.service_id and self._moved(request, before, number):
            metadata.pop("resource_id", None)
        elif wanted is not None:
            metadata["resource_id"] = number
        after = bookings.set_metadata(before.id, NAME, metadata, now=request.now)
        if not linked:
            text = "Error: Resource not found, please try again"
            raise WPError("woocommerce_rest_wc_booking_not_created", text, 400)
        return after

    def _moved(self, request: RestRequest, before: Booking, number: int) -> bool:
        """Give a booking its resource in the ledger; False where the ledger knows no such booking."""
        changed = (
            ChangeRequest(resource_id=number, overrides=SKIP_ALL) if number != before.resource_id else ChangeRequest()
        )
        try:
            bookings.update(before.id, changed, now=request.now, origin=NAME)
        except NotAvailable:
            return False
        return True


def _meta(request: RestRequest) -> dict[str, Any]:
    given = request.get("meta_data")
    rows = [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
    return {"meta_data": rows} if rows else {}
