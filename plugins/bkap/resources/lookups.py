"""What handlers look up: products by either id, and the names that records show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from core.domain.records import Booking, Order, Service, ServiceResource, Variant
from core.errors import AnswerTooLarge, Invalid, NotFound
from core.services import catalog, orders, repository
from core.services.bookings import repository as bookings_table
from core.wordpress.legacy import LegacyError, LegacyRequest, LegacyResponse, select_fields
from plugins.bkap.schemas import BookingRecord, Settings
from plugins.bkap.translate.bookings import Product, as_product, needs_product, to_record
from plugins.bkap.translate.derived import settings_of
from plugins.bkap.translate.values import read_whole
from plugins.bkap.translate.wishes import read_resources

_GONE = ("trash", "trashed")
_ANYTHING = {"booking": "bkap_booking", "resource": "bkap_resource", "service": "product"}


@dataclass(frozen=True, slots=True)
class Target:
    """A product a request names, perhaps by one of its variations, and its settings."""

    service: Service
    settings: Settings
    variant: Variant | None = None

    @property
    def variant_id(self) -> int:
        return self.variant.id if self.variant else 0


def settings_with_resources(service: Service, links: Iterable[ServiceResource] | None = None) -> Settings:
    """The settings of any service, with the resources it really has now."""
    settings = settings_of(service)
    if links is None:
        links = catalog.resource_links(service_ids=[service.id])
    found = list(links)
    return msgspec.structs.replace(
        settings,
        resources=[link.resource_id for link in found],
        resource_costs={str(link.resource_id): link.base_cost for link in found if link.base_cost},
    )


def product(number: int, field: str) -> Service:
    """The product with this id; Invalid with ``field`` where there is none."""
    try:
        found = repository.services.get(number)
    except NotFound:
        raise Invalid(field=field, reason="unknown", value=number) from None
    if found.status in _GONE:
        raise Invalid(field=field, reason="unknown", value=number)
    return found


def target(data: Mapping[str, Any], group: str) -> Target:
    """The product or variation that a body or filter names; the variation wins.

    Raises:
        Invalid: Neither is given (``reason`` "missing"), or there is no such product or variation.
    """
    variation = _number(data, "variation_id", group)
    if variation:
        try:
            variant = repository.variants.get(variation)
        except NotFound:
            raise Invalid(field=f"{group}.variation_id", reason="unknown", value=variation) from None
        service = product(variant.service_id, f"{group}.variation_id")
        return Target(service, settings_of(service), variant)
    number = _number(data, "product_id", group)
    if number is None:
        raise Invalid(field=f"{group}.product_id", reason="missing")
    service = product(number, f"{group}.product_id")
    return Target(service, settings_of(service))


def _number(data: Mapping[str, Any], name: str, group: str) -> int | None:
    value = data.get(name)
    if value is None or value == "":
        return None
    if value in (0, "0") and name == "variation_id":
        return None
    # A number of the wrong type is another refusal than an unknown product.
    field = f"{group}.{name}" if group != "booking" else f"{group}.{name}_number"
    return read_whole(value, field)


def found(kind: str, number: int) -> Any:
    """The booking, resource or product behind a path; 404 in the platform's three ways.

    Raises:
        LegacyError: The id is 0 or belongs to something else.
        NotFound: There is no such thing.
    """
    word = _ANYTHING[kind]
    if number == 0:
        raise LegacyError(f"woocommerce_api_invalid_{word}_id", f"Invalid {word} ID", 404)
    tables = {"booking": bookings_table, "resource": repository.resources, "service": repository.services}
    try:
        record = tables[kind].get(number)
        if record.status in _GONE:
            raise NotFound(kind=kind, id=number)
    except NotFound:
        others = [table for name, table in tables.items() if name != kind] + [
            repository.orders,
            repository.variants,
        ]
        if any(number in table.get_many([number]) for table in others):
            raise LegacyError(f"woocommerce_api_invalid_{word}", f"Invalid {word}", 404) from None
        raise
    return record


def products_of(bookings: Iterable[Booking]) -> dict[int, Product]:
    """What records need to know of the services of these bookings.

    Those that are gone are left out, and so are those whose bookings say it all themselves.
    """
    services = repository.services.get_many(booking.service_id for booking in bookings if needs_product(booking))
    return {number: as_product(settings_of(one), one.plan) for number, one in services.items()}


def booking_records(bookings: list[Booking]) -> list[BookingRecord]:
    """The records of some bookings, with three queries for all of them."""
    products = products_of(bookings)
    customers = repository.customers.get_many(booking.customer_id for booking in bookings)
    resources = repository.resources.get_many(booking.resource_id for booking in bookings)
    made = []
    for booking in bookings:
        resource = resources.get(booking.resource_id)
        made.append(
            to_record(
                booking,
                products.get(booking.service_id, Product()),
                customer=customers.get(booking.customer_id),
                resource_title=resource.name if resource else None,
            )
        )
    return made


def resource_ids(data: Mapping[str, Any], group: str) -> list[int]:
    """The resources that a request names; Invalid with ``{group}.resource_id`` where one of them is not there."""
    numbers = read_resources(data, group)
    known = repository.resources.get_many(numbers)
    for number in numbers:
        if number not in known or known[number].status in _GONE:
            raise Invalid(field=f"{group}.resource_id", reason="unknown", value=number)
    return numbers


def resource_title(number: int) -> str | None:
    """The title of a resource; None where there is none."""
    resource = repository.resources.get_many([number]).get(number) if number else None
    return resource.name if resource else None


def order(number: int, field: str) -> Order:
    """The order with this id; Invalid with ``field`` where there is none."""
    try:
        return orders.get(number)
    except NotFound:
        raise Invalid(field=field, reason="unknown", value=number) from None


#: The most records in one list; the vendor sends all there are.
MAX_RECORDS = 10_000

#: What ``limit_of`` and ``LegacyRequest.fields`` read.
LIMIT = {"limit": int}
FIELDS = {"fields": [str]}


def limit_of(filters: Mapping[str, Any], group: str) -> int | None:
    """``limit``; None for all, also when it is 0 or negative."""
    if filters.get("limit") is None:
        return None
    number = read_whole(filters["limit"], f"{group}.limit")
    return number if number > 0 else None


def bounded(limit: int | None) -> int:
    """How many records to read for a list with this limit: one more than a list may hold says that there are more."""
    return min(limit or MAX_RECORDS + 1, MAX_RECORDS + 1)


def checked(items: list[Any]) -> list[Any]:
    """The records of a list.

    Raises:
        AnswerTooLarge: There are more than one list may hold.
    """
    if len(items) > MAX_RECORDS:
        raise AnswerTooLarge(limit=MAX_RECORDS)
    return items


def listed(name: str, record: type) -> dict[str, Any]:
    """The shape of what ``listing`` answers."""
    return {name: [record], "count": int, "message": str}


def listing(
    request: LegacyRequest,
    name: str,
    shown: list[Any],
    *,
    total: int,
    limit: int | None,
    page: int = 0,
    empty: str,
) -> LegacyResponse:
    """A list answer: the records under ``name``, how many there are here, and a word where there are none."""
    fields = request.fields
    if fields:
        shown = [select_fields(msgspec.to_builtins(one, str_keys=True), fields) for one in shown]
    data: dict[str, Any] = {name: shown, "count": len(shown)}
    if not shown:
        data["message"] = empty
    return LegacyResponse(data, total=total, limit=limit, page=page)


def shown(name: str, record: type) -> dict[str, Any]:
    """The shape of what ``single`` answers."""
    return {f"{name}s": [record], "count": int, name: record}


def single(request: LegacyRequest, name: str, record: Any) -> LegacyResponse:
    """One record as a list of one, and by itself."""
    plain = msgspec.to_builtins(record, str_keys=True)
    if request.fields:
        plain = select_fields(plain, request.fields)
    return LegacyResponse({f"{name}s": [plain], "count": 1, name: plain})
