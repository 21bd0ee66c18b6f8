"""``/bkap/products``: list, read, count, create, change, delete (sheet 4.12, 4.13)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal

import msgspec

from core.db import writing
from core.domain.records import Service
from core.domain.zones import zone
from core.errors import Invalid, NotFound
from core.http.openapi import operation, partial
from core.services import catalog, repository, site
from core.wordpress.legacy import LegacyError, LegacyRequest, LegacyResponse
from plugins.bkap.resources import lookups
from plugins.bkap.schemas import BOOKING_TYPES, ProductRecord, Settings
from plugins.bkap.translate.catalog import (
    PRODUCT_STATUSES,
    PRODUCT_TYPES,
    choice,
    choices,
    slugged,
    to_links,
    to_product,
    to_service_fields,
    wanted_types,
)
from plugins.bkap.translate.derived import is_own
from plugins.bkap.translate.parameters import COSMETIC, PARAMETERS, changed_settings
from plugins.bkap.translate.schedule import NAME
from plugins.bkap.translate.settings import dump_settings
from plugins.bkap.translate.values import read_amount, read_day, trimmed

_NEWEST = (("created_at", "desc"), ("id", "desc"))
_TOP = {
    "product_title": str,
    "product_status": Literal[tuple(PRODUCT_STATUSES)],
    "product_description": str,
    "product_type": Literal[PRODUCT_TYPES],
    "product_price": Decimal,
}
_ANSWER = {**partial(ProductRecord), "product": ProductRecord}


class Products:
    """Handlers of the product routes."""

    def __init__(self, *, store_url: str) -> None:
        self._store_url = store_url

    # -- reading ------------------------------------------------------------------------------------------------------

    @operation(
        query={
            "status": Literal[tuple(PRODUCT_STATUSES)],
            "booking_type": Literal[tuple(BOOKING_TYPES)],
            "start_date": date,
            "end_date": date,
            "price": Decimal,
            **lookups.LIMIT,
            **lookups.FIELDS,
        },
        reply=lookups.listed("products", ProductRecord),
    )
    def browse(self, request: LegacyRequest) -> LegacyResponse:
        filters = request.filters
        where = _conditions(filters)
        types = wanted_types(filters["booking_type"]) if filters.get("booking_type") is not None else None
        limit = lookups.limit_of(filters, "products")
        if types is None:
            part = repository.services.page(where, order=_NEWEST, limit=lookups.bounded(limit))
            found, total = lookups.checked(part.items), part.total or 0
        else:
            every = repository.services.page(where, order=_NEWEST, count=False).items
            matching = [one for one in every if lookups.settings_of(one).booking_type in types]
            found, total = lookups.checked(matching[:limit]), len(matching)
        shown = self._records(found)
        return lookups.listing(request, "products", shown, total=total, limit=limit, empty="No Products")

    @operation(query=lookups.FIELDS, reply=lookups.shown("product", ProductRecord))
    def read(self, request: LegacyRequest) -> LegacyResponse:
        service = lookups.found("service", request.params["id"])
        return lookups.single(request, "product", self._records([service])[0])

    @operation(reply={"count": int})
    def count(self, request: LegacyRequest) -> LegacyResponse:
        return LegacyResponse({"count": repository.services.count(_conditions({}))})

    def _records(self, services: Sequence[Service]) -> list[ProductRecord]:
        ids = [service.id for service in services]
        of_service = catalog.service_categories(ids)
        names = repository.categories.get_many(number for numbers in of_service.values() for number in numbers)
        links: dict[int, list] = {number: [] for number in ids}
        for link in catalog.resource_links(service_ids=ids) if ids else []:
            links[link.service_id].append(link)
        resources = repository.resources.get_many(link.resource_id for many in links.values() for link in many)
        variable = {
            one.service_id for one in (repository.variants.list_all([("service_id", "in", ids)]) if ids else [])
        }
        return [
            to_product(
                service,
                lookups.settings_with_resources(service, links[service.id]),
                store_url=self._store_url,
                categories=[names[number].name for number in of_service[service.id] if number in names],
                links=links[service.id],
                resources=resources,
                variable=service.id in variable,
                currency=site.current().currency,
            )
            for service in services
        ]

    # -- writing ------------------------------------------------------------------------------------------------------

    @operation(
        body={**_TOP, "booking": PARAMETERS},
        required=("product_title", "product_price", "product_type", "booking"),
        reply=_ANSWER,
    )
    def create(self, request: LegacyRequest) -> LegacyResponse:
        body = request.data
        booking = body.get("booking")
        if not isinstance(booking, Mapping) or not booking:
            raise Invalid(field="product.booking", reason="missing")
        for name in ("product_title", "product_price", "product_type"):
            if body.get(name) in (None, ""):
                raise Invalid(field=f"product.{name}", reason="missing")
        top = _top(body)
        price = read_amount(body["product_price"], "product.product_price", least=0)
        if booking.get("booking_type") in (None, ""):
            raise Invalid(field="product.booking_type", reason="missing")
        choice(booking["booking_type"], "created.booking_type", tuple(BOOKING_TYPES))
        settings = changed_settings(Settings(), booking, today=self._today(request))
        more = {**top["own"], "regular_price": trimmed(price, site.current().currency)}
        fields = to_service_fields(settings, price=price, extras={}, more=more)
        with writing():
            service = repository.services.create(
                now=request.now,
                origin=NAME,
                currency=site.current().currency,
                slug=slugged(top["values"]["name"]),
                kind="service",
                **top["values"],
                **fields,
            )
        return self._answer(service)

    @operation(body={**_TOP, **PARAMETERS, "booking": PARAMETERS}, reply=_ANSWER)
    def update(self, request: LegacyRequest) -> LegacyResponse:
        number = request.params["id"]
        try:
            service = lookups.found("service", number)
        except (NotFound, LegacyError):
            raise Invalid(field="product.id", reason="unknown", value=number) from None
        body = request.data
        if not body:
            raise LegacyError("woocommerce_api_missing_callback_param", "Missing parameter data")
        booking = body.get("booking", {})
        if not isinstance(booking, Mapping):
            raise Invalid(field="product.booking", reason="type")
        wanted = {name: value for name, value in body.items() if name in PARAMETERS} | dict(booking)
        top = _top(body)
        with writing():
            service = repository.services.get(number)
            settings = lookups.settings_with_resources(service)
            changed = changed_settings(settings, wanted, today=self._today(request))
            price = service.price
            if body.get("product_price") not in (None, ""):
                price = read_amount(body["product_price"], "product.product_price", least=0)
            values = {**top["values"], **_written(service, settings, changed, wanted, price, top["own"])}
            service = repository.services.update(number, now=request.now, **values) if values else service
        return self._answer(service)

    @operation(reply={"message": str})
    def delete(self, request: LegacyRequest) -> LegacyResponse:
        service = lookups.found("service", request.params["id"])
        catalog.delete_service(service.id, now=request.now)
        return LegacyResponse({"message": "Product has been deleted"})

    def _today(self, request: LegacyRequest) -> Any:
        return request.now.astimezone(zone(site.current().timezone)).date()

    def _answer(self, service: Service) -> LegacyResponse:
        plain = msgspec.to_builtins(self._records([service])[0], str_keys=True)
        return LegacyResponse({**plain, "product": plain})


def _written(
    service: Service,
    settings: Settings,
    changed: Settings,
    wanted: Mapping[str, Any],
    price: Decimal,
    more: Mapping[str, Any],
) -> dict[str, Any]:
    """The service's fields after an update.

    A product of our own, or one whose calendar or price is written now, is compiled. Another dialect's product that
    only gets a new look keeps its plan, and we keep what we were told beside it.
    """
    own = service.extras.get(NAME, {})
    ours = is_own(service)
    touched = {name for name, value in wanted.items() if name in PARAMETERS and value not in (None, "")}
    if price != service.price and "regular_price" in own:
        more = {**more, "regular_price": trimmed(price, site.current().currency)}
    if ours or touched - COSMETIC:
        fields = to_service_fields(changed, price=price, extras=service.extras, more=more)
        if ours and not touched - COSMETIC and price == service.price:
            fields.pop("price_plan")
        if touched - COSMETIC and not ours:
            catalog.set_resources(service.id, _kept_links(service, changed))
        return fields
    values: dict[str, Any] = {"bookable": changed.is_on}
    if price != service.price:
        values["price"] = price
    before, after = dump_settings(settings), dump_settings(changed)
    overrides = {name: value for name, value in after.items() if before.get(name) != value}
    # What went back to its default must be said too, or the derived value would come back.
    defaults = msgspec.to_builtins(Settings(), str_keys=True)
    overrides |= {name: defaults[name] for name in before if name not in after}
    overrides.pop("_bkap_enable_booking", None)
    kept = {**own, **more, "overrides": {**own.get("overrides", {}), **overrides}}
    values["extras"] = {**service.extras, NAME: kept}
    return values


def _kept_links(service: Service, settings: Settings) -> Sequence[dict[str, Any]]:
    """The links as they are, so that another dialect's costs and capacities stay."""
    links = catalog.resource_links(service_ids=[service.id])
    if not links:
        return to_links(settings)
    return [
        {
            "resource_id": link.resource_id,
            "position": link.position,
            "base_cost": link.base_cost,
            "block_cost": link.block_cost,
            "price": link.price,
            "capacity": link.capacity,
            "min_capacity": link.min_capacity,
            "extras": link.extras,
        }
        for link in links
    ]


def _top(body: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Title, status, description and type: the service's fields, and what is only ours."""
    given = {name: body[name] for name in _TOP if body.get(name) not in (None, "")}
    values: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for name, field in (("product_title", "name"), ("product_description", "description")):
        if name in given:
            if not isinstance(given[name], str) or len(given[name]) > 10_000:
                raise Invalid(field=f"product.{name}", reason="type")
            values[field] = given[name]
    if "product_status" in given:
        values["status"] = choice(given["product_status"], "product.product_status", PRODUCT_STATUSES)
    if "product_type" in given:
        own["type"] = choice(given["product_type"], "product.product_type", PRODUCT_TYPES)
    return {"values": values, "own": own}


def _conditions(filters: Mapping[str, Any]) -> list[tuple]:
    statuses = ["publish"]
    if filters.get("status") is not None:
        statuses = choices(filters["status"], "products.status", PRODUCT_STATUSES)
    where: list[tuple] = [("bookable", "=", True), ("status", "in", statuses)]
    shop = zone(site.current().timezone)
    if filters.get("start_date") is not None:
        first = read_day(filters["start_date"], "products.start_date")
        where.append(("created_at", ">=", datetime.combine(first, time(), shop)))
    if filters.get("end_date") is not None:
        last = read_day(filters["end_date"], "products.end_date")
        where.append(("created_at", "<", datetime.combine(last, time(), shop) + timedelta(days=1)))
    if filters.get("price") is not None:
        where.append(("price", ">", read_amount(filters["price"], "products.price")))
    return where
