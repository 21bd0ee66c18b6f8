"""Writes that really book: the second version's, and the first's unless told to act as the vendor (section 9.1)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from core.db import writing
from core.domain import statuses
from core.domain.records import Booking, Service
from core.domain.requests import ChangeRequest, OrderRequest, RuleOverrides
from core.errors import NotFound
from core.http.responses import expected_version
from core.services import bookings, catalog, orders, repository
from core.wordpress import php
from core.wordpress.rest import RestRequest, WPError
from core.wordpress.schema import Arg
from plugins.wc_bookings.errors import BOOKING
from plugins.wc_bookings.resources import arguments
from plugins.wc_bookings.resources.shop import Shop
from plugins.wc_bookings.translate import bookings as words
from plugins.wc_bookings.translate import catalog as catalog_words

NAME = words.NAME
_ORIGIN = "wc_bookings"
_MAX_STAMP = 10**11
#: Fields that only this dialect keeps.
_FACETS = ("local_timezone", "google_calendar_event_id", "attendance_status", "meta_data")
_ORDER_STATUS = {
    statuses.PAID: "processing",
    statuses.COMPLETED: "completed",
    statuses.CANCELLED: "cancelled",
}


def refuse(message: str, code: str = BOOKING, status: int = 400) -> WPError:
    return WPError(code, message, status)


def _bad(kind: str, message: str) -> WPError:
    return WPError(f"woocommerce_bookings_rest_invalid_{kind}", message, 400)


class BookingWrites:
    """Creates and changes bookings from a request's fields."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def arguments(self) -> dict[str, Arg]:
        return arguments.booking_writes()

    # -- making -------------------------------------------------------------------------------------------------

    def create(self, request: RestRequest) -> Booking:
        """Book, with an order around it unless one is named."""
        fields = self._read(request)
        self._check_times(fields)
        if not fields.product_id:
            raise refuse("Product ID is required.")
        service = self._service(fields.product_id)
        self._check_length(fields, service)
        fields = self._with_resource(fields, service)
        self._check_links(fields)
        own = catalog_words.own(service).get("settings", {})
        wanted = words.to_request(
            fields,
            service,
            has_persons=_has_persons(service),
            needs_confirmation=bool(own.get("requires_confirmation")),
            now=request.now,
            cart=timedelta(minutes=self._shop.options.cart_minutes),
            overrides=RuleOverrides(persons=fields.persons is None and not fields.person_counts),
        )
        order = None
        if not wanted.order_id and wanted.status != statuses.HOLD:
            status = _ORDER_STATUS.get(wanted.status, "pending")
            order = OrderRequest(status=status, customer_id=wanted.customer_id, follows=True)
        return bookings.create(wanted, now=request.now, order=order)

    # -- changing -----------------------------------------------------------------------------------------------

    def update(self, request: RestRequest, before: Booking) -> Booking:
        """Change what the request names; places are only asked for anew where they change."""
        fields = self._read(request)
        now, version = request.now, self._version(request)
        moved = fields.start is not None or fields.end is not None
        if fields.product_id and fields.product_id != before.service_id:
            raise _bad("product_id", "Invalid product ID.")
        if moved:
            fields = replace(
                fields,
                start=words.to_stamp(before.wall_start) if fields.start is None else fields.start,
                end=words.to_stamp(before.wall_end) if fields.end is None else fields.end,
            )
            self._check_times(fields)
        service = repository.services.get_many([before.service_id]).get(before.service_id)
        if service is not None and moved:
            self._check_length(fields, service)
        if service is not None and fields.resource_id is not None:
            fields = self._with_resource(fields, service, changing=True)
        self._check_links(fields)
        with writing():
            change = self._change(fields, before, moved=moved, service=service)
            after = bookings.update(before.id, change, now=now, origin=_ORIGIN, expected_version=version)
            if fields.status is not None:
                after = bookings.set_status(after.id, words.FROM_STATUS[fields.status], now=now, origin=_ORIGIN)
            metadata = {**words.own(after), **fields.metadata}
            if fields.status is not None:
                metadata["status"] = fields.status
            if metadata != dict(words.own(after)):
                after = bookings.set_metadata(after.id, NAME, metadata, now=now)
        return after

    def _change(self, fields: words.Fields, before: Booking, *, moved: bool, service: Service | None) -> ChangeRequest:
        persons = fields.persons or sum(fields.person_counts.values()) or None
        values: dict[str, Any] = {
            "resource_id": fields.resource_id,
            "persons": persons,
            "person_counts": fields.person_counts or None,
            "price": fields.cost,
            "note": fields.note,
            "customer_id": fields.customer_id,
            "order_id": fields.order_id,
            "order_item_id": fields.order_item_id,
        }
        if moved and service is not None:
            values["wall_start"], values["wall_end"] = words.span(fields, service)
        priced = fields.cost is None and before.quote.get("lines", [{}])[0:1] != [{}]
        resized = moved or persons or (fields.resource_id not in (None, before.resource_id))
        values["reprice"] = bool(priced and resized)
        return ChangeRequest(**values)

    @staticmethod
    def _version(request: RestRequest) -> int | None:
        return expected_version(request.php_request.http) if request.php_request is not None else None

    # -- checking -----------------------------------------------------------------------------------------------

    def _service(self, number: int) -> Service:
        service = repository.services.get_many([number]).get(number)
        if service is None or service.status == "trashed":
            raise _bad("product_id", "Invalid product ID.")
        return service

    def _check_times(self, fields: words.Fields) -> None:
        if fields.start is None or fields.end is None:
            raise refuse("Start and end date are required.")
        for name, stamp in (("Start", fields.start), ("End", fields.end)):
            if not 0 < stamp < _MAX_STAMP:
                raise refuse(f"{name} date must be a positive number.")
        if words.round_end(fields.end) <= fields.start:
            raise _bad("duration", "Invalid duration.")

    def _check_length(self, fields: words.Fields, service: Service) -> None:
        """Say too short or too long before anything else, as the vendor does."""
        plan = service.plan
        if plan.unit == "month" or plan.grid.starts == "fixed":
            return
        length = words.round_end(fields.end or 0) - (fields.start or 0)
        block = {"minute": 60, "hour": 3600}.get(plan.unit, 86_400) * plan.length
        if plan.unit == "night":
            length = -(-length // 86_400) * 86_400
        if length < block * plan.min_blocks:
            raise refuse("Requested time is less than the minimum duration.")
        if plan.max_blocks and length > block * plan.max_blocks:
            raise refuse("Requested time exceeds the maximum duration.")

    def _with_resource(self, fields: words.Fields, service: Service, *, changing: bool = False) -> words.Fields:
        choice, number = service.plan.resources.choice, fields.resource_id or 0
        links = catalog.resource_links(service_ids=[service.id]) if number or choice == "customer" else []
        if not number:
            if choice == "customer" and links and not changing:
                raise _bad("resource_id", "Resource ID is required.")
            return fields
        if choice == "none" or not links:
            text = "Invalid resource ID. Bookable Product does not have resources."
            raise _bad("resource_id", text)
        if choice == "automatic" and not changing:
            text = "Invalid resource ID. Bookable Product has automatic resource assignment."
            raise _bad("resource_id", text)
        if all(link.resource_id != number for link in links):
            text = "Invalid resource ID. Resource ID does not exist for this product."
            raise _bad("resource_id", text)
        return fields

    def _check_links(self, fields: words.Fields) -> None:
        if fields.customer_id and fields.customer_id not in repository.customers.get_many([fields.customer_id]):
            raise _bad("customer_id", "Invalid customer ID.")
        if fields.parent_id and fields.parent_id not in bookings.get_many([fields.parent_id]):
            raise _bad("booking_id", "Invalid booking ID.")
        if fields.order_id:
            try:
                orders.get(fields.order_id)
            except NotFound:
                raise _bad("order_id", "Invalid order ID.") from None
        if fields.order_item_id:
            lines = orders.items([fields.order_id]) if fields.order_id else {}
            if all(line.id != fields.order_item_id for line in lines.get(fields.order_id or 0, ())):
                raise _bad("order_item_id", "Invalid order item ID.")

    # -- reading ------------------------------------------------------------------------------------------------

    def _read(self, request: RestRequest) -> words.Fields:
        status = request.get("status")
        if status is not None and (not isinstance(status, str) or status not in words.FROM_STATUS):
            raise _bad("status", "Invalid status.")
        counts, total = _persons(request)
        start, end = _stamp(request, "start", "Start"), _stamp(request, "end", "End")
        whole = request.get("all_day")
        if whole and start is not None and end is not None:
            start, end = start - start % 86_400, -(-words.round_end(end) // 86_400) * 86_400
        return words.Fields(
            start=start,
            end=end,
            product_id=_number(request, "product_id"),
            resource_id=_number(request, "resource_id"),
            customer_id=_number(request, "customer_id"),
            status=status,
            cost=_cost(request),
            order_id=_number(request, "order_id"),
            order_item_id=_number(request, "order_item_id"),
            parent_id=_number(request, "parent_id"),
            all_day=whole,
            persons=total,
            person_counts=counts,
            note=request.get("note"),
            metadata={name: request.get(name) for name in _FACETS if request.get(name) is not None},
        )


def _has_persons(service: Service) -> bool:
    plan = service.plan
    return (
        plan.capacity.units_per == "person"
        or plan.persons.maximum != 0
        or plan.persons.minimum > 1
        or bool(plan.persons.by_type)
    )


def _number(request: RestRequest, name: str) -> int | None:
    value = request.get(name)
    return None if value is None else max(0, php.intval(value))


def _stamp(request: RestRequest, name: str, label: str) -> int | None:
    value = request.get(name)
    if value is None or value == "" or value is False:
        return None
    number = php.to_number(value)
    if number is None or not 0 < number < _MAX_STAMP:
        raise refuse(f"{label} date must be a positive number.")
    return int(number)


def _cost(request: RestRequest) -> Decimal | None:
    value = request.get("cost")
    if value in (None, ""):
        return None
    amount = php.to_number(value)
    if amount is None or not 0 <= amount < 10**12:
        raise refuse("Cost must be a positive number.")
    return amount.quantize(Decimal("0.000001")).normalize() if amount.as_tuple().exponent < -6 else amount


def _persons(request: RestRequest) -> tuple[dict[int, int], int | None]:
    """Persons as a number, a list of numbers that add up, or numbers by person type; from either of two names."""
    value = request.get("person_counts")
    value = request.get("persons") if value in (None, [], {}) else value
    if value in (None, [], {}, ""):
        return {}, None
    if isinstance(value, dict):
        counts = {php.intval(key): min(php.intval(count), 10**6) for key, count in value.items()}
        counts = {key: count for key, count in counts.items() if count > 0}
        total = sum(counts.values())
        counts.pop(0, None)
        return counts, total or None
    number = sum(map(php.intval, value)) if isinstance(value, list) else php.intval(value)
    return {}, number if number > 0 else None
