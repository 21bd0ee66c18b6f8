"""Products: create, update, copy, delete, look up (README.md, "Products")."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from frontdesk import catalog, repository
from frontdesk.coerce import to_dicts
from frontdesk.database import writing
from frontdesk.errors import Duplicate, NotFound
from frontdesk.records import Service
from frontdesk.statuses import DELETED
from frontdesk.wordpress import php, sanitize
from frontdesk.wordpress.dates import parse_rfc3339
from plugins.wc_bookings.errors import Refused, UnknownInWrite
from plugins.wc_bookings.schemas import PRODUCT_STATUSES
from plugins.wc_bookings.translate import product_fields, product_settings, products
from plugins.wc_bookings.translate.prices import to_number_text
from plugins.wc_bookings.translate.products import RelatedRecords
from plugins.wc_bookings.translate.values import NAME, stored_extras
from plugins.wc_bookings.usecases import product_queries, product_store
from plugins.wc_bookings.usecases.categories import default_category
from plugins.wc_bookings.usecases.context import Context

#: Types that a write may name.
_BOOKABLE_TYPES = (None, "", "simple", "booking", products.ACCOMMODATION)
#: How many seconds ahead a product's date may lie before the product is hidden until then.
_FUTURE_SECONDS = 60

#: Services by id that one request has read already; None for ids without a service.
ServiceCache = dict[int, Service | None]


class ProductView(NamedTuple):
    """A product with the records that it shows."""

    service: Service
    related: RelatedRecords


def lookup(product_id: int, cache: ServiceCache) -> Service | None:
    """The service with this id; what a list has read is not read again for its permissions."""
    if product_id not in cache:
        cache[product_id] = repository.services.get_many([product_id]).get(product_id)
    return cache[product_id]


def is_published(service: Service) -> bool:
    """May a client without a key see the product?"""
    return products.to_status(service) == "publish"


def views(services: Sequence[Service], *, related: bool = True) -> list[ProductView]:
    """Services with their records; ``related`` includes products of the same categories."""
    records_of = product_queries.related_records(services, related=related)
    return [ProductView(service, records_of[service.id]) for service in services]


def find(
    context: Context,
    params: Mapping[str, Any],
    cache: ServiceCache,
    *,
    limit: int,
    offset: int,
    related: bool,
    all_statuses: bool,
) -> tuple[list[ProductView], int]:
    """One page of products and the number of all that match.

    Args:
        all_statuses: Whether the caller sees products that are not published; they count in any case.
    """
    services, total = product_queries.find(context, params, limit, offset)
    if not all_statuses:
        services = [service for service in services if is_published(service)]
    cache.update({service.id: service for service in services})
    return views(services, related=related), total


def suggested(params: Mapping[str, Any], *, related: bool) -> list[ProductView]:
    """The newest published products."""
    return views(product_queries.suggested(params), related=related)


def get(product_id: int, cache: ServiceCache, *, related: bool) -> ProductView | None:
    """The product with this id; None for a product that cannot be booked.

    Raises:
        NotFound: There is none.
    """
    service = lookup(product_id, cache)
    if service is None:
        if product_store.is_other_product(product_id):
            return None
        raise NotFound(kind="service", id=product_id)
    return views([service], related=related)[0]


# -- writing ----------------------------------------------------------------------------------------------------


def create(context: Context, payload: Mapping[str, Any], *, related: bool) -> ProductView | None:
    """Create a product; None for a type that cannot be booked.

    Raises:
        Refused, Invalid, Duplicate: A field is not valid; nothing has changed then.
    """
    if payload.get("id"):
        raise Duplicate(kind="product", field="id", value=payload["id"])
    if payload.get("type") not in _BOOKABLE_TYPES:
        return None
    with writing():
        service = _save(context, payload, None)
    return views([service], related=related)[0]


def update(
    context: Context, product_id: int, payload: Mapping[str, Any], cache: ServiceCache, *, related: bool
) -> ProductView | None:
    """Change what the payload names; None for a product or type that cannot be booked.

    Raises:
        UnknownInWrite: There is no such product.
        InUse: It would go to the trash, and has bookings.
        Refused, Invalid, Duplicate: A field is not valid; nothing has changed then.
    """
    service = lookup(product_id, cache)
    if service is None and not product_store.is_other_product(product_id):
        raise UnknownInWrite(kind="service", id=product_id)
    if service is None or payload.get("type") not in _BOOKABLE_TYPES:
        return None
    with writing():
        if payload.get("status") == "trash" and service.status != DELETED:
            catalog.refuse_if_booked(service_id=service.id)
        service = _save(context, payload, service)
    cache[product_id] = service
    return views([service], related=related)[0]


def copy(
    context: Context, product_id: int, payload: Mapping[str, Any], cache: ServiceCache, *, related: bool
) -> ProductView | None:
    """Create a draft with a product's settings and what the payload names; None for one that cannot be booked."""
    original = get(product_id, cache, related=False)
    if original is None:
        return None
    with writing():
        service = _save_copy(context, payload, original)
    return views([service], related=related)[0]


def delete(context: Context, product_id: int, cache: ServiceCache, *, force: bool, related: bool) -> ProductView | None:
    """Move a product to the trash, or delete it for good with ``force``; returns the product as it was.

    Raises:
        NotFound: There is none.
        Refused: It is in the trash already.
        InUse: It has bookings.
    """
    view = get(product_id, cache, related=related)
    if view is None:
        return None
    service, now = view.service, context.clock()
    if not force and service.status == DELETED:
        raise Refused("already_trashed", kind="product")
    with writing():
        catalog.refuse_if_booked(service_id=service.id)
        if force:
            catalog.delete_service(service.id, now=now)
        else:
            extras = {**service.extras, NAME: {**stored_extras(service), "status": "trash"}}
            repository.services.update(service.id, now=now, status=DELETED, bookable=False, extras=extras)
    return view


def _save(context: Context, payload: Mapping[str, Any], service: Service | None) -> Service:
    """Create a product, or change the one there is."""
    now, related, product = context.clock(), RelatedRecords(), dict(products.PRODUCT_DEFAULTS)
    if service is not None:
        related = product_queries.related_records([service], related=False)[service.id]
        product = products.to_product_data(service)
    _apply_platform_part(context, payload, product, now=now, is_new=service is None)
    settings = _settings(context, payload, service, related)
    if service is not None and settings is not None:
        product["price"] = ""
    created_at = _created_at(context, payload, now)
    status = _status(payload, service, created_at or (service.created_at if service is not None else now), now)
    fields = _fields(context, payload, service)
    never_named = service is None or product["unslugged"]
    if never_named and "name" in fields and not payload.get("slug"):
        fields["slug"] = product_store.free_slug(sanitize.slug(fields["name"])[:200], service.id if service else 0)
    # The platform gives a slug to published products only.
    product["unslugged"] = never_named and not payload.get("slug") and status in products.UNPUBLISHED
    saved = product_store.save_product(
        service,
        now=now,
        fields=fields,
        product=product,
        settings=settings,
        vendor_status=status,
        categories=_category_ids(payload, service),
        created_at=created_at,
    )
    return saved if service is None else _with_shown_price(saved, now)


def _save_copy(context: Context, payload: Mapping[str, Any], original: ProductView) -> Service:
    service, related = original
    now, name = context.clock(), f"{service.name} (Copy)"
    product = {**products.to_product_data(service), "total_sales": 0, "price": "", "unslugged": True}
    _apply_platform_part(context, payload, product, now=now, is_new=True)
    settings = _settings(context, payload, service, related) or products.to_settings(service, related)
    settings["person_types"] = [{**row, "id": 0} for row in settings["person_types"]]
    fields = _fields(context, payload, replace(service, name=name, sku="", slug=""))
    fields = {"name": name, "description": service.description, "summary": service.summary, **fields}
    fields["slug"] = product_store.free_slug(sanitize.slug(fields["name"]), 0)
    return product_store.save_product(
        None,
        now=now,
        fields=fields,
        product=product,
        settings=settings,
        vendor_status="draft",
        categories=[category.id for category in related.categories],
    )


def _apply_platform_part(
    context: Context, payload: Mapping[str, Any], product: dict[str, Any], *, now: datetime, is_new: bool
) -> None:
    product_fields.apply_payload(payload, product, zone=context.zone, now=now, strict=context.strict, is_new=is_new)
    product_store.apply_tags(payload, product, now=now)


def _with_shown_price(service: Service, now: datetime) -> Service:
    """Saving a product that existed before also stores the price it shows."""
    extras = dict(stored_extras(service))
    stated = extras.get("settings", {}).get("display_cost") if products.has_settings(service) else ""
    extras["product"] = {**extras.get("product", {}), "price": stated or to_number_text(service.price)}
    return repository.services.update(service.id, now=now, extras={**service.extras, NAME: extras})


def _status(payload: Mapping[str, Any], service: Service | None, created_at: datetime, now: datetime) -> str:
    """The vendor's status of a product; a date ahead turns "publish" into "future", and back."""
    status = payload.get("status")
    if status is None:
        status = products.to_status(service) if service is not None else "publish"
    elif status not in PRODUCT_STATUSES:
        status = "draft"
    if status in ("publish", "future"):
        return "future" if (created_at - now).total_seconds() >= _FUTURE_SECONDS else "publish"
    return str(status)


def _settings(
    context: Context, payload: Mapping[str, Any], service: Service | None, related: RelatedRecords
) -> dict[str, Any] | None:
    """Complete settings where the payload changes any, or the product is new; else None."""
    changes = product_settings.changed_settings(payload, extended=bool(context.options.resource_writes))
    product_type = payload.get("type")
    if service is not None and not changes and product_type != products.ACCOMMODATION:
        return None
    settings = dict(products.SETTING_DEFAULTS)
    if service is not None:
        settings = products.to_settings(service, related)
    elif not context.strict:
        settings["resources_assignment"] = "customer"
    type_ids = product_settings.referenced_person_types(changes.get("person_types"), settings["person_types"])
    return product_settings.apply_settings(
        settings,
        changes,
        product_type,
        strict=context.strict,
        other_types=repository.person_types.get_many(type_ids) if type_ids else {},
    )


# -- core's own fields ------------------------------------------------------------------------------------------


def _fields(context: Context, payload: Mapping[str, Any], service: Service | None) -> dict[str, Any]:
    def markup(name: str) -> str:
        # The real server stores markup, so a lone ampersand becomes an entity there.
        return sanitize.post(payload[name], entities=context.strict)

    fields: dict[str, Any] = {}
    if payload.get("name") is not None:
        fields["name"] = markup("name")[:255]
    elif service is None:
        fields["name"] = "Product"
    if payload.get("slug"):
        fields["slug"] = product_store.free_slug(sanitize.slug(payload["slug"])[:200], service.id if service else 0)
    for name, field in (("description", "description"), ("short_description", "summary")):
        if payload.get(name) is not None:
            fields[field] = markup(name)
    if payload.get("sku") is not None:
        fields["sku"] = product_store.checked_sku(sanitize.text_field(payload["sku"]), service)
    if payload.get("menu_order") is not None:
        fields["position"] = max(-(2**31), min(2**31 - 1, php.intval(payload["menu_order"])))
    return fields


def _created_at(context: Context, payload: Mapping[str, Any], now: datetime) -> datetime | None:
    """When the payload says the product was created: in UTC, else on the shop's clock."""
    for name in ("date_created_gmt", "date_created"):
        text = payload.get(name)
        moment = parse_rfc3339(text) if isinstance(text, str) and text else None
        if moment is not None:
            if moment.tzinfo is not None:
                return moment
            return moment.replace(tzinfo=now.tzinfo) if name.endswith("_gmt") else context.instant(moment)
    return None


def _category_ids(payload: Mapping[str, Any], service: Service | None) -> list[int] | None:
    """The product's categories; None leaves them. A product that names none that exists gets the default one."""
    if payload.get("categories") is not None:
        categories = repository.categories.get_many(
            php.intval(row.get("id")) for row in to_dicts(payload["categories"])
        )
        if categories:
            return list(categories)
    elif service is not None:
        return None
    default = default_category()
    return [default.id] if default is not None else []
