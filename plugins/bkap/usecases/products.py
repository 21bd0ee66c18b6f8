"""Products: list, read, count, create, update, delete (README, "Products" and "Product parameters")."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from frontdesk import catalog, repository, site
from frontdesk.database import writing
from frontdesk.errors import Invalid, MalformedBody, NotFound
from frontdesk.records import Service, ServiceResource
from frontdesk.statuses import ACTIVE
from frontdesk.times import zone
from plugins.bkap.schemas import BOOKING_TYPES, NAME, ProductRecord, Settings
from plugins.bkap.translate.product_parameters import COSMETIC, PARAMETERS, changed_settings
from plugins.bkap.translate.product_settings import is_own_product, settings_of
from plugins.bkap.translate.products import (
    PRODUCT_STATUSES,
    read_product_fields,
    slugify,
    to_overrides,
    to_product,
    to_resource_links,
    to_service_fields,
)
from plugins.bkap.translate.values import format_amount, read_amount, read_choice, read_choices, read_date
from plugins.bkap.usecases import queries
from plugins.bkap.usecases.context import Context
from plugins.bkap.usecases.queries import RecordList

_NEWEST_FIRST = (("created_at", "desc"), ("id", "desc"))


# -- read -------------------------------------------------------------------------------------------------------------


def list_products(context: Context, filters: Mapping[str, Any]) -> RecordList:
    """The products with booking switched on that match all filters, newest first."""
    conditions = _read_conditions(context, filters)
    booking_types = None
    if filters.get("booking_type") is not None:
        booking_types = read_choices(filters["booking_type"], "products.booking_type", BOOKING_TYPES.keys())
    limit = queries.read_limit(filters, "products")
    if booking_types is None:
        part = repository.services.page(conditions, order=_NEWEST_FIRST, limit=queries.read_bound(limit))
        services, total = queries.check_length(part.items), part.total or 0
    else:
        candidates = repository.services.page(conditions, order=_NEWEST_FIRST, count=False).items
        matching = [service for service in candidates if settings_of(service).booking_type in booking_types]
        services, total = queries.check_length(matching[:limit]), len(matching)
    return RecordList(_records(context, services), total, limit)


def read_product(context: Context, product_id: int) -> ProductRecord:
    return _records(context, [queries.product_by_id(product_id)])[0]


def count_products(context: Context) -> int:
    """How many published products have booking switched on."""
    return repository.services.count(_read_conditions(context, {}))


def _records(context: Context, services: Sequence[Service]) -> list[ProductRecord]:
    service_ids = [service.id for service in services]
    category_ids = catalog.service_categories(service_ids)
    categories = repository.categories.get_many(category_id for ids in category_ids.values() for category_id in ids)
    links: dict[int, list[ServiceResource]] = {service_id: [] for service_id in service_ids}
    for link in catalog.resource_links(service_ids=service_ids) if service_ids else []:
        links[link.service_id].append(link)
    resources = repository.resources.get_many(link.resource_id for linked in links.values() for link in linked)
    variants = repository.variants.list_all([("service_id", "in", service_ids)]) if service_ids else []
    with_variations = {variant.service_id for variant in variants}
    return [
        to_product(
            service,
            queries.settings_with_resources(service, links[service.id]),
            store_url=context.store_url,
            categories=[categories[category].name for category in category_ids[service.id] if category in categories],
            links=links[service.id],
            resources=resources,
            has_variations=service.id in with_variations,
            currency=context.site.currency,
        )
        for service in services
    ]


def _read_conditions(context: Context, filters: Mapping[str, Any]) -> list[repository.Condition]:
    statuses = [ACTIVE]
    if filters.get("status") is not None:
        statuses = read_choices(filters["status"], "products.status", PRODUCT_STATUSES)
    conditions: list[repository.Condition] = [("bookable", "=", True), ("status", "in", statuses)]
    shop_zone = zone(context.site.timezone)
    if filters.get("start_date") is not None:
        first = read_date(filters["start_date"], "products.start_date")
        conditions.append(("created_at", ">=", datetime.combine(first, time(), shop_zone)))
    if filters.get("end_date") is not None:
        last = read_date(filters["end_date"], "products.end_date")
        conditions.append(("created_at", "<", datetime.combine(last, time(), shop_zone) + timedelta(days=1)))
    if filters.get("price") is not None:
        conditions.append(("price", ">", read_amount(filters["price"], "products.price")))
    return conditions


# -- create, update, delete -------------------------------------------------------------------------------------------


def create_product(context: Context, body: Mapping[str, Any]) -> ProductRecord:
    parameters = body.get("booking")
    if not isinstance(parameters, Mapping) or not parameters:
        raise Invalid(field="product.booking", reason="missing")
    for name in ("product_title", "product_price", "product_type"):
        if body.get(name) in (None, ""):
            raise Invalid(field=f"product.{name}", reason="missing")
    fields = read_product_fields(body)
    price = read_amount(body["product_price"], "product.product_price", minimum=0)
    if parameters.get("booking_type") in (None, ""):
        raise Invalid(field="product.booking_type", reason="missing")
    read_choice(parameters["booking_type"], "new_product.booking_type", BOOKING_TYPES.keys())
    settings = changed_settings(Settings(), parameters, today=context.today())
    currency = context.site.currency
    own_fields = {**fields.own, "regular_price": format_amount(price, currency)}
    with writing():
        service = repository.services.create(
            now=context.clock(),
            origin=NAME,
            currency=currency,
            slug=slugify(fields.service["name"]),
            kind="service",
            **fields.service,
            **to_service_fields(settings, price=price, extras={}, own_fields=own_fields),
        )
    return _records(context, [service])[0]


def update_product(context: Context, product_id: int, body: Mapping[str, Any]) -> ProductRecord:
    try:
        queries.product_by_id(product_id)
    except NotFound:
        raise Invalid(field="product.id", reason="unknown", value=product_id) from None
    if not body:
        raise MalformedBody
    booking = body.get("booking", {})
    if not isinstance(booking, Mapping):
        raise Invalid(field="product.booking", reason="type")
    parameters = {name: value for name, value in body.items() if name in PARAMETERS} | dict(booking)
    fields = read_product_fields(body)
    with writing():
        service = repository.services.get(product_id)
        settings = queries.settings_with_resources(service)
        changed = changed_settings(settings, parameters, today=context.today())
        price = service.price
        if body.get("product_price") not in (None, ""):
            price = read_amount(body["product_price"], "product.product_price", minimum=0)
        values = _calendar_fields(service, settings, changed, price=price, parameters=parameters, own_fields=fields.own)
        service = repository.services.update(product_id, now=context.clock(), **fields.service, **values)
    return _records(context, [service])[0]


def delete_product(context: Context, product_id: int) -> None:
    queries.product_by_id(product_id)
    catalog.delete_service(product_id, now=context.clock())


def _calendar_fields(
    service: Service,
    before: Settings,
    after: Settings,
    *,
    price: Decimal,
    parameters: Mapping[str, Any],
    own_fields: Mapping[str, Any],
) -> dict[str, Any]:
    """The fields of core's service for changed settings.

    Another dialect's service keeps its calendar and prices as long as only its look changes. Any other change compiles
    the settings, and makes the product this dialect's own.
    """
    is_own = is_own_product(service)
    sent = {name for name, value in parameters.items() if name in PARAMETERS and value not in (None, "")}
    is_cosmetic = sent <= COSMETIC
    if price != service.price and "regular_price" in service.extras.get(NAME, {}):
        own_fields = {**own_fields, "regular_price": format_amount(price, site.current().currency)}
    if is_cosmetic and not is_own:
        fields = to_overrides(before, after, extras=service.extras, own_fields=own_fields)
        return fields if price == service.price else {**fields, "price": price}
    fields = to_service_fields(after, price=price, extras=service.extras, own_fields=own_fields)
    if is_cosmetic and price == service.price:
        fields.pop("price_plan")
    if not is_own:
        catalog.set_resources(service.id, _resource_links(service, after))
    return fields


def _resource_links(service: Service, settings: Settings) -> Sequence[dict[str, Any]]:
    """The product's resources, with the costs and capacities that another dialect gave them."""
    links = catalog.resource_links(service_ids=[service.id])
    if not links:
        return to_resource_links(settings)
    return [{name: value for name, value in asdict(link).items() if name != "service_id"} for link in links]
