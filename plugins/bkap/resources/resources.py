"""``/bkap/resources``: list, read, count, delete (sheet 4.11)."""

from collections.abc import Mapping
from typing import Any

from core.domain.statuses import COMPLETED, PAID
from core.errors import Invalid
from core.http.openapi import operation
from core.services import bookings, catalog, repository, site
from core.wordpress.legacy import LegacyRequest, LegacyResponse
from plugins.bkap.resources import lookups
from plugins.bkap.schemas import ResourceRecord
from plugins.bkap.translate.bookings import Product, shown
from plugins.bkap.translate.catalog import to_resource
from plugins.bkap.translate.values import read_whole

_SHOWN = [("status", "not_in", ["trash", "trashed"])]
_CHUNK = 2000


class Resources:
    """Handlers of the resource routes."""

    @operation(
        query={"product_id": int, "customer_id": int, "quantity": int, **lookups.LIMIT, **lookups.FIELDS},
        reply=lookups.listed("resources", ResourceRecord),
    )
    def browse(self, request: LegacyRequest) -> LegacyResponse:
        filters = request.filters
        links = {}
        wanted: set[int] | None = None
        if filters.get("product_id") is not None:
            number = read_whole(filters["product_id"], "resources.product_id")
            lookups.product(number, "resources.product_id")
            links = {link.resource_id: link for link in catalog.resource_links(service_ids=[number])}
            wanted = set(links)
        paid = _paid_for(filters)
        if paid is not None:
            wanted = paid if wanted is None else wanted & paid
        limit = lookups.limit_of(filters, "resources")
        where = list(_SHOWN) if wanted is None else [*_SHOWN, ("id", "in", sorted(wanted))]
        order = (("created_at", "desc"), ("id", "desc"))
        page = repository.resources.page(where, order=order, limit=lookups.bounded(limit))
        currency = site.current().currency
        shown_records = [
            to_resource(resource, links.get(resource.id), currency=currency) for resource in lookups.checked(page.items)
        ]
        return lookups.listing(
            request, "resources", shown_records, total=page.total or 0, limit=limit, empty="No Resources"
        )

    @operation(query=lookups.FIELDS, reply=lookups.shown("resource", ResourceRecord))
    def read(self, request: LegacyRequest) -> LegacyResponse:
        resource = lookups.found("resource", request.params["id"])
        return lookups.single(request, "resource", to_resource(resource, currency=site.current().currency))

    @operation(reply={"count": int})
    def count(self, request: LegacyRequest) -> LegacyResponse:
        return LegacyResponse({"count": repository.resources.count(_SHOWN)})

    @operation(reply={"message": str})
    def delete(self, request: LegacyRequest) -> LegacyResponse:
        resource = lookups.found("resource", request.params["id"])
        catalog.delete_resource(resource.id, now=request.now)
        return LegacyResponse({"message": "Resource has been deleted"})


def _paid_for(filters: Mapping[str, Any]) -> set[int] | None:
    """Resources with one paid booking that satisfies both ``customer_id`` and ``quantity``; None: not asked."""
    where: list[tuple] = [("status", "in", [PAID, COMPLETED]), ("resource_id", ">", 0)]
    quantity = None
    if filters.get("customer_id") is not None:
        number = read_whole(filters["customer_id"], "resources.customer_id")
        if number not in repository.customers.get_many([number]):
            raise Invalid(field="resources.customer_id", reason="unknown", value=number)
        where.append(("customer_id", "=", number))
    if filters.get("quantity") is not None:
        quantity = read_whole(filters["quantity"], "resources.quantity")
    if len(where) == 2 and quantity is None:
        return None
    found: set[int] = set()
    start = 0
    while True:
        chunk = bookings.page(where, limit=_CHUNK, offset=start, count=False).items
        products = lookups.products_of(chunk)
        for booking in chunk:
            seen = shown(booking, products.get(booking.service_id, Product()))
            if quantity is None or seen.quantity >= quantity:
                found.add(booking.resource_id)
        if len(chunk) < _CHUNK:
            return found
        start += _CHUNK
