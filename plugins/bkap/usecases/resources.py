"""Resources: list, read, count, delete (README, "Resources")."""

from collections.abc import Mapping
from typing import Any

from frontdesk import catalog, repository
from frontdesk.errors import Invalid
from frontdesk.records import ServiceResource
from frontdesk.statuses import COMPLETED, DELETED, PAID
from plugins.bkap.schemas import ResourceRecord
from plugins.bkap.translate.resources import to_resource
from plugins.bkap.translate.values import read_int
from plugins.bkap.usecases import queries
from plugins.bkap.usecases.context import Context
from plugins.bkap.usecases.queries import RecordList

_NOT_DELETED: list[repository.Condition] = [("status", "!=", DELETED)]
_NEWEST_FIRST = (("created_at", "desc"), ("id", "desc"))


def list_resources(context: Context, filters: Mapping[str, Any]) -> RecordList:
    """The resources that match all filters, newest first; with a product, costs are those of its assignment."""
    links: dict[int, ServiceResource] = {}
    resource_ids: set[int] | None = None
    if filters.get("product_id") is not None:
        product_id = read_int(filters["product_id"], "resources.product_id")
        queries.existing_product(product_id, "resources.product_id")
        links = {link.resource_id: link for link in catalog.resource_links(service_ids=[product_id])}
        resource_ids = set(links)
    booked_ids = _booked_resources(filters)
    if booked_ids is not None:
        resource_ids = booked_ids if resource_ids is None else resource_ids & booked_ids
    limit = queries.read_limit(filters, "resources")
    conditions = list(_NOT_DELETED)
    if resource_ids is not None:
        conditions.append(("id", "in", sorted(resource_ids)))
    part = repository.resources.page(conditions, order=_NEWEST_FIRST, limit=queries.read_bound(limit))
    currency = context.site.currency
    page = [
        to_resource(resource, links.get(resource.id), currency=currency)
        for resource in queries.check_length(part.items)
    ]
    return RecordList(page, part.total or 0, limit)


def read_resource(context: Context, resource_id: int) -> ResourceRecord:
    return to_resource(queries.resource_by_id(resource_id), currency=context.site.currency)


def count_resources() -> int:
    return repository.resources.count(_NOT_DELETED)


def delete_resource(context: Context, resource_id: int) -> None:
    queries.resource_by_id(resource_id)
    catalog.delete_resource(resource_id, now=context.clock())


def _booked_resources(filters: Mapping[str, Any]) -> set[int] | None:
    """Resources with a paid booking that matches ``customer_id`` and ``quantity``; None without these filters."""
    conditions: list[repository.Condition] = [("status", "in", [PAID, COMPLETED]), ("resource_id", ">", 0)]
    min_quantity = None
    if filters.get("customer_id") is not None:
        customer_id = read_int(filters["customer_id"], "resources.customer_id")
        if not repository.customers.get_many([customer_id]):
            raise Invalid(field="resources.customer_id", reason="unknown", value=customer_id)
        conditions.append(("customer_id", "=", customer_id))
    if filters.get("quantity") is not None:
        min_quantity = read_int(filters["quantity"], "resources.quantity")
    if filters.get("customer_id") is None and min_quantity is None:
        return None
    return {
        booking.resource_id
        for booking, view in queries.booking_views(conditions)
        if min_quantity is None or view.quantity >= min_quantity
    }
