"""``/wc-bookings/v2/products/{id}/availability``: free places by month, day and time (section 9.2)."""

from datetime import datetime
from typing import Any

from core.domain.zones import DAY
from core.services import availability, catalog, repository
from core.wordpress import php
from core.wordpress.dates import parse_rfc3339
from core.wordpress.rest import READ, Endpoint, RestRequest, RestResponse, RestRoute, WPError
from core.wordpress.schema import arg
from plugins.wc_bookings.auth import everybody
from plugins.wc_bookings.resources.shop import Shop

_ITEM = r"/products/(?P<id>[\d]+)/availability"


def _bad(kind: str, message: str) -> WPError:
    return WPError(f"woocommerce_bookings_rest_invalid_{kind}", message, 400)


class ProductAvailability:
    """Handler of the route; anybody may ask."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def routes(self) -> list[RestRoute]:
        args = {
            "id": arg(type="integer"),
            "start_date": arg(required=True, check=True, type="string", format="date-time"),
            "end_date": arg(required=True, check=True, type="string", format="date-time"),
            "resource_id": arg(check=True, type="integer"),
            "timezone_offset": arg(clean=None),
        }
        return [RestRoute(_ITEM, [Endpoint(READ, self.read, args, everybody, per_item=False)])]

    def read(self, request: RestRequest) -> RestResponse:
        service = repository.services.get_many([request.int_param("id")]).get(request.int_param("id"))
        if service is None or service.status in ("trashed", "draft", "pending", "private"):
            raise _bad("product_id", "Invalid product ID.")
        low, high = _wall(request, "start_date"), _wall(request, "end_date")
        if low.date() < self._shop.wall_now(request.now).date():
            raise _bad("start", "Start date must be in the future.")
        if high <= low:
            raise _bad("end", "End date must be after start date.")
        resource_id = self._resource(request, service)
        offset = _offset(request)
        found = availability.list_slots(
            service.id,
            first=low.date(),
            last=high.date(),
            now=request.now,
            resource_id=resource_id or None,
            include_full=False,
        )
        begin, end = _minute(low), _minute(high)
        times: dict[str, dict[str, dict[str, int]]] = {}
        # By time, whichever resource it is with.
        for offer in sorted(found):
            if begin <= offer.wall_start <= end and offer.remaining > 0:
                day, minute = divmod(offer.wall_start, DAY)
                date = datetime.fromordinal(day).date().isoformat()
                time = f"{minute // 60:02d}:{minute % 60:02d}:00"
                of_day = times.setdefault(date[:7], {}).setdefault(date, {})
                # Several resources at one time: what they have together.
                of_day[time] = min(of_day.get(time, 0) + offer.remaining, 2**31 - 1)
        return RestResponse(
            {
                "product_id": service.id,
                "resource_id": resource_id,
                "start_date": request.get("start_date"),
                "end_date": request.get("end_date"),
                "timezone_offset": offset,
                "availability": times,
            }
        )

    def _resource(self, request: RestRequest, service: Any) -> int:
        number, choice = max(0, request.int_param("resource_id")), service.plan.resources.choice
        links = catalog.resource_links(service_ids=[service.id]) if number or choice == "customer" else []
        if choice == "customer" and links and not number:
            raise _bad("resource_id", "Resource ID is required.")
        if number and choice in ("automatic", "none"):
            raise _bad("resource_id", "Resource ID is not allowed.")
        if number and all(link.resource_id != number for link in links):
            raise _bad("resource_id", "Invalid resource ID. Resource ID does not exist for this product.")
        return number


def _wall(request: RestRequest, name: str) -> datetime:
    """A date-time on the shop's clock; an offset is dropped, as everywhere in this API."""
    found = parse_rfc3339(php.to_text(request.get(name)))
    assert found is not None, "judged before"
    return found.replace(tzinfo=None)


def _minute(moment: datetime) -> int:
    return moment.toordinal() * DAY + moment.hour * 60 + moment.minute


def _offset(request: RestRequest) -> int:
    """Hours from UTC that the client says it lives at; told back, times stay the shop's."""
    value = request.get("timezone_offset")
    if value in (None, ""):
        return 0
    number = php.to_number(value)
    if number is None or number != int(number) or not -12 <= number <= 12:
        raise _bad("timezone_offset", "Invalid timezone offset.")
    return int(number)
