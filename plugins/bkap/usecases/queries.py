"""Reads that several use cases share: the records a request names, and the pages of a list."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import msgspec

from frontdesk import bookings, catalog, repository
from frontdesk.errors import AnswerTooLarge, Invalid, NotFound
from frontdesk.records import Booking, Resource, Service, ServiceResource
from frontdesk.statuses import DELETED
from plugins.bkap.errors import IdOfAnotherKind, ZeroId
from plugins.bkap.schemas import BookingRecord, Settings
from plugins.bkap.translate.bookings import (
    BookedProduct,
    BookingView,
    booked_product,
    depends_on_product,
    to_record,
    to_view,
)
from plugins.bkap.translate.create_request import NamedRecords, check_resources, read_resource_ids
from plugins.bkap.translate.product_settings import NamedProduct, settings_of, to_named_product
from plugins.bkap.translate.values import read_int

R = TypeVar("R")

#: The most records in one list; the vendor has no limit.
MAX_RECORDS = 10_000

_CHUNK = 2000


# -- records by the id in a path --------------------------------------------------------------------------------------


def booking_by_id(booking_id: int) -> Booking:
    """The booking of a path.

    Raises:
        NotFound: There is none; ``ZeroId`` and ``IdOfAnotherKind`` tell what the id is instead.
    """
    return _by_id(bookings.repository, booking_id)


def resource_by_id(resource_id: int) -> Resource:
    """The resource of a path; raises as ``booking_by_id`` does."""
    return _by_id(repository.resources, resource_id)


def product_by_id(service_id: int) -> Service:
    """The product of a path; raises as ``booking_by_id`` does."""
    return _by_id(repository.services, service_id)


class _HasStatus(repository.StoredRecord, Protocol):
    @property
    def status(self) -> str: ...


S = TypeVar("S", bound=_HasStatus)


def _by_id(table: repository.Repository[S], record_id: int) -> S:
    if record_id == 0:
        raise ZeroId(kind=table.kind, id=0)
    record = table.get_many([record_id]).get(record_id)
    if record is not None and record.status != DELETED:
        return record
    tables: tuple[repository.Repository[Any], ...] = (
        bookings.repository,
        repository.resources,
        repository.services,
        repository.orders,
        repository.variants,
    )
    for other in tables:
        if other is not table and other.get_many([record_id]):
            raise IdOfAnotherKind(kind=table.kind, id=record_id)
    raise NotFound(kind=table.kind, id=record_id)


# -- records by the id in a parameter ---------------------------------------------------------------------------------


def product_named(parameters: Mapping[str, Any], group: str) -> NamedProduct:
    """The product or variation that a body or filters name; the variation wins.

    Args:
        group: The first part of the field that a refusal names.

    Raises:
        Invalid: Neither is given (``reason`` "missing"), or there is no such product or variation.
    """
    variation_id = _read_id(parameters, "variation_id", group)
    if variation_id:
        variant = repository.variants.get_many([variation_id]).get(variation_id)
        if variant is None:
            raise Invalid(field=f"{group}.variation_id", reason="unknown", value=variation_id)
        return to_named_product(existing_product(variant.service_id, f"{group}.variation_id"), variant)
    product_id = _read_id(parameters, "product_id", group)
    if product_id is None:
        raise Invalid(field=f"{group}.product_id", reason="missing")
    return to_named_product(existing_product(product_id, f"{group}.product_id"))


def _read_id(parameters: Mapping[str, Any], name: str, group: str) -> int | None:
    value = parameters.get(name)
    if value in (None, "") or (name == "variation_id" and value in (0, "0")):
        return None
    # The refusal of an unknown product has the parameter's own field, that of a malformed id another one.
    return read_int(value, f"{group}.{name}_number" if group == "booking" else f"{group}.{name}")


def existing_product(service_id: int, field: str) -> Service:
    """The product with this id.

    Raises:
        Invalid: There is none; ``field`` names the parameter.
    """
    service = repository.services.get_many([service_id]).get(service_id)
    if service is None or service.status == DELETED:
        raise Invalid(field=field, reason="unknown", value=service_id)
    return service


def records_named(body: Mapping[str, Any]) -> NamedRecords:
    """The product, order, customer and resources that a create names.

    Of order, customer and resources, those that are malformed or unknown are absent: ``read_create`` refuses them in
    the vendor's order of checks.

    Raises:
        Invalid: As ``product_named``.
    """
    product = product_named(body, "booking")
    order_id, customer_id = _lenient_id(body.get("order_id")), _lenient_id(body.get("customer_id"))
    return NamedRecords(
        product=product,
        order=repository.orders.get_many([order_id]).get(order_id),
        customer=repository.customers.get_many([customer_id]).get(customer_id),
        resources=existing_resources(body),
    )


def _lenient_id(value: Any) -> int:
    """An id; 0 where it is missing or malformed."""
    if value:
        with suppress(Invalid):
            return read_int(value, "id", minimum=0)
    return 0


def existing_resources(body: Mapping[str, Any]) -> dict[int, Resource]:
    """Those of the resources a body names that exist; none where ``resource_id`` is malformed."""
    if body.get("resource_id"):
        with suppress(Invalid):
            return _resources(read_resource_ids(body))
    return {}


def resources_named(parameters: Mapping[str, Any], group: str) -> list[int]:
    """The ids of the resources that filters name; an unknown one is refused with ``Invalid``."""
    resource_ids = read_resource_ids(parameters, group)
    check_resources(resource_ids, _resources(resource_ids), group)
    return resource_ids


def _resources(resource_ids: Sequence[int]) -> dict[int, Resource]:
    """Those of the resources that exist."""
    resources = repository.resources.get_many(resource_ids)
    return {resource_id: resource for resource_id, resource in resources.items() if resource.status != DELETED}


# -- what records show ------------------------------------------------------------------------------------------------


def settings_with_resources(service: Service, links: Iterable[ServiceResource] | None = None) -> Settings:
    """The settings of any product, with the resources that it has now.

    Args:
        links: The product's resources, where the caller has read them.
    """
    if links is None:
        links = catalog.resource_links(service_ids=[service.id])
    links = list(links)
    return msgspec.structs.replace(
        settings_of(service),
        resources=[link.resource_id for link in links],
        resource_costs={str(link.resource_id): link.base_cost for link in links if link.base_cost},
    )


def booked_products(page: Iterable[Booking]) -> dict[int, BookedProduct]:
    """The products that the records of these bookings depend on, without deleted ones."""
    services = repository.services.get_many(booking.service_id for booking in page if depends_on_product(booking))
    return {service_id: booked_product(settings_of(service), service.plan) for service_id, service in services.items()}


def booking_views(conditions: Sequence[repository.Condition]) -> Iterator[tuple[Booking, BookingView]]:
    """The matching bookings with the vendor's view of each, newest first, read in chunks."""
    for offset in itertools.count(0, _CHUNK):
        chunk = bookings.page(conditions, limit=_CHUNK, offset=offset, count=False).items
        products = booked_products(chunk)
        for booking in chunk:
            yield booking, to_view(booking, products.get(booking.service_id, BookedProduct()))
        if len(chunk) < _CHUNK:
            return


def booking_records(page: Sequence[Booking]) -> list[BookingRecord]:
    """The records of some bookings, with three queries for all of them."""
    products = booked_products(page)
    customers = repository.customers.get_many(booking.customer_id for booking in page)
    resources = repository.resources.get_many(booking.resource_id for booking in page)
    return [
        to_record(
            booking,
            products.get(booking.service_id, BookedProduct()),
            customer=customers.get(booking.customer_id),
            resource_title=resources[booking.resource_id].name if booking.resource_id in resources else "",
        )
        for booking in page
    ]


# -- lists ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecordList:
    """Part of a list of records, and how many match in all.

    Attributes:
        limit: The length of a page; None for all records.
        page: The page, counted from 0.
    """

    records: Sequence[msgspec.Struct]
    total: int
    limit: int | None
    page: int = 0


def read_limit(filters: Mapping[str, Any], group: str) -> int | None:
    """The ``limit`` parameter; None for all records, also when it is 0 or negative."""
    if filters.get("limit") is None:
        return None
    limit = read_int(filters["limit"], f"{group}.limit")
    return limit if limit > 0 else None


def read_bound(limit: int | None) -> int:
    """How many records to read for a list: one more than it may hold shows that there are too many."""
    return min(limit or MAX_RECORDS + 1, MAX_RECORDS + 1)


def check_length(page: list[R]) -> list[R]:
    """The records of a list.

    Raises:
        AnswerTooLarge: There are more than one list may hold.
    """
    if len(page) > MAX_RECORDS:
        raise AnswerTooLarge(limit=MAX_RECORDS)
    return page
