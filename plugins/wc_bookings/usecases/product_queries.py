"""Lists of products, and the records that a product shows beside its service (README.md, "Products")."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from frontdesk import catalog, repository, statuses
from frontdesk.prices import load_plan
from frontdesk.records import Service
from frontdesk.texts import fold
from frontdesk.wordpress import php
from frontdesk.wordpress.collections import search_conditions
from frontdesk.wordpress.statuses import post_status_to_core
from plugins.wc_bookings.translate.products import (
    RelatedRecords,
    has_settings,
    is_on_sale,
    to_product_data,
    to_settings,
    to_status,
)
from plugins.wc_bookings.translate.values import flag
from plugins.wc_bookings.usecases.context import Context
from plugins.wc_bookings.usecases.queries import Condition, common_conditions

Test = Callable[[Service], bool]

#: Core statuses that show as published.
PUBLISHED = (statuses.ACTIVE, statuses.HIDDEN)
_COLUMNS = {"date": "created_at", "modified": "modified_at", "id": "id"}
_MAX_SKUS = 100
_MAX_RELATED = 5


def find(context: Context, params: Mapping[str, Any], limit: int, offset: int) -> tuple[list[Service], int]:
    """One page of products and the number of all that match; ``params["slug"]`` is a slug."""
    where = _conditions(context, params)
    if where is None:
        return [], 0
    order_by = params.get("orderby") or "date"
    direction = "asc" if params.get("order") == "asc" else "desc"
    if order_by in ("include", "post__in") and not params.get("include"):
        # Without a list to follow, products come as they were stored.
        order_by, direction = "id", "asc"
    elif order_by in ("sales", "random") and context.strict:
        # Declared, but unknown to the real server.
        order_by = "date"
    if context.strict and params.get("slug"):
        # The real server looks up one post, so there are no pages.
        offset = 0
    tests = _tests(context, params)
    if not tests and order_by in _COLUMNS:
        services, total = _page(where, limit, offset, order_by, direction)
    else:
        services = [service for service in repository.services.list_all(where) if all(test(service) for test in tests)]
        services = _sorted(context, params, services, order_by, direction)
        services, total = services[offset : offset + limit], len(services)
    # The real server counts nothing where an offset lies past the end.
    return (services, total) if services or params.get("offset") is None else ([], 0)


def _page(where: list[Condition], limit: int, offset: int, order_by: str, direction: str) -> tuple[list[Service], int]:
    column = _COLUMNS[order_by]
    # Products changed in the same second follow their ids.
    order = [(column, direction), ("id", "asc" if order_by == "modified" else direction)]
    order = order[:1] if column == "id" else order
    page = repository.services.page(where, order=order, limit=limit, offset=offset)
    return page.items, page.total or 0


def suggested(params: Mapping[str, Any]) -> list[Service]:
    """The newest published products, of some categories where the parameters name them."""
    where: list[Condition] = [("status", "in", list(PUBLISHED))]
    if params.get("categories"):
        where.append(("id", "in", sorted(_service_ids(params["categories"]))))
    if params.get("exclude"):
        where.append(("id", "not_in", params["exclude"]))
    limit = min(100, max(1, php.intval(params.get("limit", 5))))
    return repository.services.page(where, limit=limit, count=False).items


def _conditions(context: Context, params: Mapping[str, Any]) -> list[Condition] | None:
    """The conditions that core's query can judge; None where nothing can match."""
    where = [_status_condition(params), *common_conditions(context, params)]
    where += search_conditions(params.get("search"), ("name", "summary", "description"))
    if params.get("slug"):
        where.append(("slug", "=", params["slug"]))
    skus = _skus(params)
    if skus:
        where.append(("", "any", [("sku", "contains", sku) for sku in skus]))
    if params.get("search_sku"):
        where.append(("sku", "contains", php.to_text(params["search_sku"])))
    service_ids = _linked_ids(context, params)
    if service_ids is not None:
        if not service_ids:
            return None
        where.append(("id", "in", sorted(service_ids)))
    if _matches_nothing(context, params):
        return None
    if not context.strict:
        for name, operator in (("min_price", ">="), ("max_price", "<=")):
            price = php.to_number(params.get(name))
            if price is not None:
                where.append(("price", operator, min(max(price, Decimal(-1)), Decimal(10**12))))
    return where


def _status_condition(params: Mapping[str, Any]) -> Condition:
    """A condition on core's status, which is coarser than the vendor's: ``_tests`` tells drafts apart."""
    names = params.get("include_status") or [params.get("status") or "publish"]
    if "any" in names:
        return ("status", "!=", statuses.DELETED)
    core_statuses = {post_status_to_core(name) for name in names}
    if statuses.ACTIVE in core_statuses:
        core_statuses |= set(PUBLISHED)
    return ("status", "in", sorted(core_statuses))


def _filters_terms(context: Context, params: Mapping[str, Any]) -> bool:
    """Do filters by category, tag and the like apply? The real server drops them where a slug names one product."""
    return not (context.strict and params.get("slug"))


def _service_ids(category_ids: Iterable[int]) -> set[int]:
    services = catalog.category_services(category_ids)
    return {service_id for service_ids in services.values() for service_id in service_ids}


def _linked_ids(context: Context, params: Mapping[str, Any]) -> set[int] | None:
    """Ids by category (with those below it) and by resource; None where neither is asked for."""
    service_ids: set[int] | None = None
    if params.get("category") and _filters_terms(context, params):
        category_ids = set(params["category"]) - {0}
        categories = repository.categories.list_all()
        while True:
            below = {category.id for category in categories if category.parent_id in category_ids} - category_ids
            if not below:
                break
            category_ids |= below
        service_ids = _service_ids(sorted(category_ids))
    if params.get("resource"):
        linked = {link.service_id for link in catalog.resource_links(resource_ids=params["resource"])}
        service_ids = linked if service_ids is None else service_ids & linked
    return service_ids


def _matches_nothing(context: Context, params: Mapping[str, Any]) -> bool:
    """Filters by what no product here has: brands, shipping classes, other types.

    An attribute is not among them: the platform ignores one that the shop does not have.
    """
    has_terms = any(params.get(name) for name in ("brand", "shipping_class"))
    if has_terms and _filters_terms(context, params):
        return True
    types, excluded_types = params.get("include_types") or (), params.get("exclude_types") or ()
    return (bool(types) and "booking" not in types) or "booking" in excluded_types


def _tests(context: Context, params: Mapping[str, Any]) -> list[Test]:
    """The filters that only the record itself can answer."""
    tests = _stock_tests(context, params) + _status_tests(params)
    skus = {sku.casefold() for sku in _skus(params)}
    if skus:
        tests.append(lambda service: service.sku.casefold() in skus)
    if params.get("tag") and _filters_terms(context, params):
        tag_ids = set(params["tag"])
        tests.append(lambda service: any(tag["id"] in tag_ids for tag in to_product_data(service)["tags"]))
    for name in ("featured", "downloadable", "virtual"):
        if params.get(name) is not None and (name != "featured" or _filters_terms(context, params)):
            tests.append(_has_flag(name, params[name]))
    parents, excluded_parents = params.get("parent"), params.get("parent_exclude")
    if parents:
        tests.append(lambda service: to_product_data(service)["parent_id"] in parents)
    if excluded_parents:
        tests.append(lambda service: to_product_data(service)["parent_id"] not in excluded_parents)
    if context.strict:
        tests += _price_tests(params)
    return tests


def _has_flag(name: str, value: bool) -> Test:
    return lambda service: flag(to_product_data(service)[name]) == value


def _status_tests(params: Mapping[str, Any]) -> list[Test]:
    tests: list[Test] = []
    included = set(params.get("include_status") or [params.get("status") or "publish"])
    if included & {"future", "draft", "auto-draft"} and "any" not in included:
        tests.append(lambda service: to_status(service) in included)
    excluded = set(params.get("exclude_status") or ())
    if excluded:
        tests.append(lambda service: to_status(service) not in excluded)
    return tests


def _price_tests(params: Mapping[str, Any]) -> list[Test]:
    """Strict mode compares the stored price; a bound of 0 is none, as in PHP."""
    tests: list[Test] = []
    low, high = params.get("min_price"), params.get("max_price")
    if low not in (None, "", "0"):
        lowest = php.floatval(low)
        tests.append(lambda service: _stored_price(service) >= lowest)
    if high not in (None, "", "0"):
        highest = php.floatval(high)
        tests.append(lambda service: _stored_price(service) <= highest)
    return tests


def _stock_tests(context: Context, params: Mapping[str, Any]) -> list[Test]:
    """Filters by stock, sale and tax class."""
    tests: list[Test] = []
    stock_status, on_sale, now = params.get("stock_status"), params.get("on_sale"), context.clock()
    if stock_status:
        tests.append(lambda service: to_product_data(service)["stock_status"] == stock_status)
    if on_sale is not None:
        tests.append(lambda service: is_on_sale(to_product_data(service), context.zone, now) == on_sale)
    tax_class = params.get("tax_class")
    if tax_class and isinstance(tax_class, str):
        stored_class = "" if tax_class == "standard" else tax_class
        tests.append(lambda service: to_product_data(service)["tax_class"] == stored_class)
    return tests


def _skus(params: Mapping[str, Any]) -> list[str]:
    """The stock numbers asked for; the text as a whole can be one of them."""
    text = php.to_text(params.get("sku") or "")
    skus = [part.strip() for part in text.split(",") if part.strip()][:_MAX_SKUS]
    return [*skus, text] if len(skus) > 1 else skus


def _stored_price(service: Service) -> Decimal:
    return php.to_number(to_product_data(service)["price"]) or Decimal(0)


def _sorted(
    context: Context, params: Mapping[str, Any], services: Sequence[Service], order_by: str, direction: str
) -> list[Service]:
    if order_by in ("include", "post__in"):
        rank = {service_id: index for index, service_id in enumerate(params.get("include") or ())}
        return sorted(services, key=lambda service: rank.get(service.id, len(rank)))
    if order_by == "random":
        return random.sample(list(services), len(services))
    if order_by in ("sales", "popularity", "rating"):
        # Best first, whatever direction is asked for.
        direction = "desc"
    keys: dict[str, Callable[[Service], Any]] = {
        "date": lambda service: (service.created_at, service.id),
        "modified": lambda service: (service.modified_at, service.id),
        "title": lambda service: (fold(service.name), service.id),
        "slug": lambda service: (service.slug, service.id),
        "menu_order": lambda service: (service.position, fold(service.name), service.id),
        "price": lambda service: (_stored_price(service) if context.strict else service.price, service.id),
        "popularity": lambda service: (to_product_data(service)["total_sales"], service.id),
    }
    key = keys.get("popularity" if order_by == "sales" else order_by, lambda service: service.id)
    return sorted(services, key=key, reverse=direction == "desc")


# -- the records around services --------------------------------------------------------------------------------


def settings_of(service: Service) -> dict[str, Any]:
    """A service's bookings settings, complete."""
    return to_settings(service, related_records([service], related=False, categories=False)[service.id])


def related_records(
    services: Sequence[Service], *, related: bool = True, categories: bool = True
) -> dict[int, RelatedRecords]:
    """The records around each of these services, in a handful of queries however many services there are."""
    service_ids = [service.id for service in services]
    if categories:
        category_ids = catalog.service_categories(service_ids)
    else:
        category_ids = {service_id: [] for service_id in service_ids}
    used_ids = {category_id for ids in category_ids.values() for category_id in ids}
    by_id = repository.categories.get_many(used_ids)
    links: dict[int, list[Any]] = {}
    if any(service.plan.resources.choice != "none" for service in services):
        for link in catalog.resource_links(service_ids=service_ids):
            links.setdefault(link.service_id, []).append(link)
    types: dict[int, list[Any]] = {}
    # The settings of this dialect hold their person types.
    typed_ids = [service.id for service in services if not has_settings(service) and _can_have_types(service)]
    if typed_ids:
        order = (("position", "asc"), ("id", "asc"))
        for person_type in repository.person_types.list_all([("service_id", "in", typed_ids)], order=order):
            types.setdefault(person_type.service_id, []).append(person_type)
    neighbours = catalog.category_services(used_ids) if related and used_ids else {}
    return {
        service.id: RelatedRecords(
            categories=sorted(
                (by_id[category_id] for category_id in category_ids[service.id] if category_id in by_id),
                key=lambda category: (category.position, fold(category.name)),
            ),
            links=links.get(service.id, ()),
            person_types=types.get(service.id, ()),
            related_ids=_related_ids(service.id, category_ids[service.id], neighbours),
            price_plan=load_plan(service.price_plan) if service.price_plan and not has_settings(service) else None,
        )
        for service in services
    }


def _related_ids(service_id: int, category_ids: Iterable[int], neighbours: Mapping[int, list[int]]) -> list[int]:
    """Up to five other products of the same categories; the real server picks them at random."""
    neighbour_ids = dict.fromkeys(
        other for category_id in category_ids for other in neighbours.get(category_id, ()) if other != service_id
    )
    return list(neighbour_ids)[:_MAX_RELATED]


def _can_have_types(service: Service) -> bool:
    """Can a service have person types?"""
    plan = service.plan
    steps = service.price_plan.get("steps") or ()
    has_person_prices = any(step.get("kind") == "persons" for step in steps)
    return bool(
        plan.persons.by_type or plan.persons.maximum or plan.capacity.units_per == "person" or has_person_prices
    )
