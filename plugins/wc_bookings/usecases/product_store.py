"""Stores products: settings become the service's plan, rules and prices, its resource links, person types and tags.

The shop's extras hold all tags; each product holds its own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from frontdesk import catalog, repository, site
from frontdesk.database import writing
from frontdesk.errors import Invalid
from frontdesk.records import Service
from frontdesk.statuses import ACTIVE, DELETED, HIDDEN
from frontdesk.texts import fold
from frontdesk.wordpress import php, sanitize
from frontdesk.wordpress.statuses import post_status_to_core
from plugins.wc_bookings.errors import Refused
from plugins.wc_bookings.translate import products, settings_from_plan
from plugins.wc_bookings.translate.product_settings import to_service_fields, to_stored_settings
from plugins.wc_bookings.translate.resources import to_resource
from plugins.wc_bookings.translate.values import NAME, flag, items, person_types, stored_extras, to_int


def resource_rows(resource_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Resources in the vendor's words, in the order of ``resource_ids``; unknown ones are left out."""
    resources = repository.resources.get_many(resource_ids)
    return [to_resource(resources[resource_id]) for resource_id in resource_ids if resource_id in resources]


def save_product(
    service: Service | None,
    *,
    now: datetime,
    fields: Mapping[str, Any],
    product: Mapping[str, Any],
    settings: Mapping[str, Any] | None,
    vendor_status: str,
    categories: Sequence[int] | None = None,
    id: int | None = None,
    created_at: datetime | None = None,
    modified_at: datetime | None = None,
) -> Service:
    """Create or change a service from a product.

    Args:
        service: The service to change; None creates one.
        fields: Core's own fields: name, slug, description, summary, sku, position.
        product: The platform's part of the product, complete.
        settings: The bookings part, complete; None leaves plan, rules and prices as they are.
        vendor_status: The product's status in the vendor's words.
        categories: Ids that replace the service's categories; None leaves them.
        id: The id of a new service, for imports; None takes the next one.
        created_at: When the product was created; None is ``now`` for a new one.
        modified_at: When it was last changed; None is ``created_at`` for a new one.
    """
    with writing():
        resources = resource_rows([to_int(item, 0) for item in (settings or {}).get("resource_ids") or ()])
        values = {**fields, **_to_values(service, product, settings, resources, vendor_status)}
        if created_at is not None:
            values["created_at"] = created_at
        if modified_at is not None or (service is None and created_at is not None):
            values["modified_at"] = modified_at or created_at
        if service is None:
            service = repository.services.create(now=now, id=id, **values)
        else:
            service = repository.services.update(service.id, now=now, **values)
        if settings is not None:
            _link_resources(service.id, settings, [row["id"] for row in resources])
            _save_person_types(service.id, settings, now=now)
            service = _with_person_type_ids(service, now=now)
        if categories is not None:
            catalog.set_categories(service.id, categories)
    return service


def _to_values(
    service: Service | None,
    product: Mapping[str, Any],
    settings: Mapping[str, Any] | None,
    resources: Sequence[Mapping[str, Any]],
    vendor_status: str,
) -> dict[str, Any]:
    """The fields of a service that follow from a product."""
    core_status = post_status_to_core(vendor_status)
    if core_status == ACTIVE and product.get("catalog_visibility") == "hidden" and _is_hidden(service):
        core_status = HIDDEN
    values: dict[str, Any] = {"status": core_status, "bookable": core_status != DELETED}
    extras = dict(stored_extras(service)) if service is not None else {}
    extras["product"] = products.without_defaults(product, products.PRODUCT_DEFAULTS)
    extras["status"] = vendor_status
    if settings is not None:
        values |= {"origin": NAME, **to_service_fields(settings, resources)}
        product_type = products.ACCOMMODATION if values["plan"].unit == "night" else "booking"
        extras |= to_stored_settings(settings, product_type)
    values["extras"] = {**(service.extras if service is not None else {}), NAME: extras}
    return values


def _is_hidden(service: Service | None) -> bool:
    return service is not None and service.status == HIDDEN


def _link_resources(service_id: int, settings: Mapping[str, Any], resource_ids: Sequence[int]) -> None:
    base_costs, block_costs = items(settings.get("resource_base_costs")), items(settings.get("resource_block_costs"))
    links = [
        {
            "resource_id": resource_id,
            "position": position,
            "base_cost": _cost(base_costs.get(resource_id)),
            "block_cost": _cost(block_costs.get(resource_id)),
        }
        for position, resource_id in enumerate(resource_ids)
    ]
    catalog.set_resources(service_id, links if flag(settings.get("has_resources")) else [])


def _cost(value: Any) -> Decimal | None:
    return None if value in (None, "") else Decimal(str(value))


def _save_person_types(service_id: int, settings: Mapping[str, Any], *, now: datetime) -> None:
    """Make core's person types those of the settings; types without an id get one."""
    stored_ids = {row.id for row in repository.person_types.list_all([("service_id", "=", service_id)])}
    rows = person_types(settings)
    for type_id in stored_ids - {to_int(row.get("id"), 0) for row in rows}:
        repository.person_types.delete(type_id)
    for position, row in enumerate(rows):
        type_id = to_int(row.get("id"), 0)
        values: dict[str, Any] = {
            "name": str(row.get("name") or ""),
            "description": str(row.get("description") or ""),
            "minimum": max(0, to_int(row.get("min"), 0)),
            "maximum": max(0, to_int(row.get("max"), 0)),
            "base_cost": _cost(row.get("cost")) or Decimal(0),
            "block_cost": _cost(row.get("block_cost")) or Decimal(0),
            "position": to_int(row.get("sort_order"), position),
        }
        if type_id in stored_ids:
            repository.person_types.update(type_id, now=now, **values)
        else:
            repository.person_types.create(now=now, id=type_id or None, service_id=service_id, origin=NAME, **values)


def _with_person_type_ids(service: Service, *, now: datetime) -> Service:
    """Store the ids that new person types got in the settings, too."""
    extras = dict(stored_extras(service))
    stored_types = extras["settings"].get("person_types") or []
    if all(to_int(row.get("id"), 0) for row in stored_types):
        return service
    types = repository.person_types.list_all(
        [("service_id", "=", service.id)], order=(("position", "asc"), ("id", "asc"))
    )
    settings = {**products.SETTING_DEFAULTS, **extras["settings"]}
    settings["person_types"] = [
        {**settings_from_plan.to_person_type_row(person_type), **row, "id": person_type.id}
        for person_type, row in zip(types, stored_types, strict=False)
    ]
    values = to_service_fields(settings, resource_rows(settings["resource_ids"]))
    extras |= to_stored_settings(settings, products.product_type(service))
    return repository.services.update(service.id, now=now, extras={**service.extras, NAME: extras}, **values)


def recompile_products(service_ids: Sequence[int], *, now: datetime) -> None:
    """Compile the plans of products again whose resources have changed: a product can have its resources' capacity."""
    for service in repository.services.get_many(service_ids).values():
        if products.has_settings(service):
            links = catalog.resource_links(service_ids=[service.id])
            settings = products.to_settings(service, products.RelatedRecords(links=links))
            values = to_service_fields(settings, resource_rows(settings["resource_ids"]))
            repository.services.update(service.id, now=service.modified_at, **values)


def offer_resource(service_id: int, resource_id: int, *, offered: bool, now: datetime) -> None:
    """Add a resource to a service, or remove it. A service without resources assigns its first one automatically."""
    service = repository.services.get_many([service_id]).get(service_id)
    if service is None:
        return
    links = catalog.resource_links(service_ids=[service_id])
    resource_ids = [link.resource_id for link in links]
    if offered == (resource_id in resource_ids):
        return
    types = repository.person_types.list_all([("service_id", "=", service_id)])
    settings = products.to_settings(service, products.RelatedRecords(links=links, person_types=types))
    if offered:
        resource_ids.append(resource_id)
    else:
        resource_ids.remove(resource_id)
    settings["resource_ids"] = resource_ids
    if not flag(settings["has_resources"]):
        settings["resources_assignment"] = "automatic"
    settings["has_resources"] = bool(resource_ids)
    save_product(
        service,
        now=now,
        fields={},
        product=products.to_product_data(service),
        settings=settings,
        vendor_status=products.to_status(service),
    )


# -- slugs and stock numbers, which all products share -----------------------------------------------------------


def other_products() -> Mapping[str, Mapping[str, Any]]:
    """Products that cannot be booked, by id as text. They share slugs, stock numbers and ids with the others."""
    return site.extras(NAME).get("other_products", {})


def is_other_product(product_id: int) -> bool:
    """Is it the id of a product that cannot be booked?"""
    return str(product_id) in other_products()


def free_slug(slug: str, product_id: int) -> str:
    """The slug, with a number where another product has it. A product in the trash has given up its slug."""
    slug = slug or "product"
    other_slugs = {row.get("slug") for row in other_products().values()}
    candidate, suffix = slug, 2
    while candidate in other_slugs or repository.services.exists(
        [("slug", "=", candidate), ("status", "!=", DELETED), ("id", "!=", product_id)]
    ):
        candidate, suffix = f"{slug}-{suffix}", suffix + 1
    return candidate


def checked_sku(sku: str, service: Service | None) -> str:
    """The stock number of a product; ``service`` is the one to change.

    Raises:
        Invalid: It is too long.
        Refused: Another product has it.
    """
    if len(sku) > 100:
        raise Invalid(field="sku", reason="range")
    owner_id = _sku_owner(sku, service)
    if owner_id:
        unique_sku, suffix = sku, 0
        while _sku_owner(unique_sku, service):
            suffix += 1
            unique_sku = f"{sku}-{suffix}"
        raise Refused("sku", data={"resource_id": owner_id, "unique_sku": unique_sku})
    return sku


def _sku_owner(sku: str, service: Service | None) -> int:
    """The id of another product with a stock number, in whatever case; 0 for none. In the trash it is free."""
    if not sku:
        return 0
    candidates = repository.services.list_all([("sku", "contains", sku), ("status", "!=", DELETED)])
    owner_ids = [candidate.id for candidate in candidates if candidate.sku.casefold() == sku.casefold()]
    owner_ids += [
        int(row["id"]) for row in other_products().values() if str(row.get("sku") or "").casefold() == sku.casefold()
    ]
    return next((owner_id for owner_id in owner_ids if service is None or owner_id != service.id), 0)


# -- tags --------------------------------------------------------------------------------------------------------------


def apply_tags(payload: Mapping[str, Any], product: dict[str, Any], *, now: datetime) -> None:
    """Set a product's tags in place as the payload says; call it in a transaction.

    A name without a tag creates one. Ids without a tag are left out.
    """
    sent = payload.get("tags")
    if not isinstance(sent, list):
        return
    site.lock()
    extras = dict(site.extras(NAME))
    tags = {int(tag_id): tag for tag_id, tag in extras.get("tags", {}).items()}
    count, chosen = len(tags), {}
    for row in sent:
        if isinstance(row, dict):
            tag_id = _tag_id(tags, row["name"]) if row.get("name") else php.intval(row.get("id") or 0)
            if tag_id in tags:
                chosen[tag_id] = {"id": tag_id, **tags[tag_id]}
    if len(tags) > count:
        extras["tags"] = {str(tag_id): tag for tag_id, tag in tags.items()}
        site.save(now=now, dialect=NAME, extras=extras)
    product["tags"] = sorted(chosen.values(), key=lambda tag: fold(str(tag["name"])))


def _tag_id(tags: dict[int, dict[str, str]], name: Any) -> int:
    """The id of the tag with this name, which is added to ``tags`` if need be; 0 where cleaning leaves no name."""
    name = sanitize.text_field(name)[:200]
    tag_id = next((tag_id for tag_id, tag in tags.items() if fold(tag["name"]) == fold(name)), 0)
    if tag_id or not name:
        return tag_id
    # Tags and categories share their ids.
    tag_id = next(category_id for category_id in iter(repository.categories.next_id, 0) if category_id not in tags)
    tags[tag_id] = {"name": name, "slug": sanitize.slug(name) or str(tag_id)}
    return tag_id
