"""Which products a list shows and in which order (fact sheet, sections 3.2 and 3.4.2)."""

import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from core.domain.records import Service
from core.domain.text import fold
from core.services import catalog, repository
from core.wordpress import php
from core.wordpress.collections import search_conditions, searched_slug
from core.wordpress.rest import RestRequest
from plugins.wc_bookings.resources.shop import Shop
from plugins.wc_bookings.translate import catalog as words
from plugins.wc_bookings.translate.values import flag

Test = Callable[[Service], bool]

#: Core statuses that show as published.
_PUBLISHED = ("active", "hidden", "publish")
_COLUMNS = {"date": "created_at", "modified": "modified_at", "id": "id"}


def find(request: RestRequest, shop: Shop) -> tuple[list[Service], int]:
    """One page of products and the number of all that match."""
    where = _conditions(request, shop)
    if where is None:
        return [], 0
    tests = _tests(request, shop)
    by = request.get("orderby") or "date"
    way = "asc" if request.get("order") == "asc" else "desc"
    if by in ("include", "post__in") and not request.get("include"):
        # Without a list to follow, products come as they were stored.
        by, way = "id", "asc"
    elif by in ("sales", "random") and shop.strict:
        # Declared, but nobody on the real server knows these words.
        by = "date"
    found, total = _page(request, shop, where, tests, by, way)
    # An offset past the end counts as nothing found at all.
    return (found, total) if found or request.get("offset") is None else ([], 0)


def _page(
    request: RestRequest, shop: Shop, where: list[tuple[Any, str, Any]], tests: list[Test], by: str, way: str
) -> tuple[list[Service], int]:
    paging = request.paging()
    if shop.strict and searched_slug(request):
        # One post was asked for, so there are no pages.
        paging = paging._replace(offset=0)
    if not tests and by in _COLUMNS:
        column = _COLUMNS[by]
        # Products changed in the same second come in the order of their numbers.
        then = "asc" if by == "modified" else way
        order = ((column, way),) if column == "id" else ((column, way), ("id", then))
        page = repository.services.page(where, order=order, limit=paging.per_page, offset=paging.offset)
        return page.items, page.total or 0
    found = [one for one in repository.services.list_all(where) if all(test(one) for test in tests)]
    found = _sorted(request, found, by, way, shop)
    return found[paging.offset : paging.offset + paging.per_page], len(found)


def _statuses(request: RestRequest) -> list[tuple[Any, str, Any]]:
    """Conditions on core's status, coarser than the vendor's where core knows fewer."""
    asked = request.get("include_status") or [request.get("status") or "publish"]
    if "any" in asked:
        return [("status", "!=", "trashed")]
    core = {words.from_status(status) for status in asked}
    if "publish" in core:
        core |= set(_PUBLISHED)
    if "draft" in core:
        core.add("inactive")
    return [("status", "in", sorted(core))]


def _conditions(request: RestRequest, shop: Shop) -> list[tuple[Any, str, Any]] | None:
    """What the store can judge; None where nothing can match."""
    where = _statuses(request)
    where += shop.chosen(request)
    where += search_conditions(request.get("search"), ("name", "summary", "description"))
    slug = searched_slug(request)
    if slug:
        where.append(("slug", "=", slug))
    skus = _skus(request)
    if skus:
        where.append(("", "any", [("sku", "contains", sku) for sku in skus]))
    if request.get("search_sku"):
        where.append(("sku", "contains", php.to_text(request.get("search_sku"))))
    ids = _linked(request, shop)
    if ids is not None:
        if not ids:
            return None
        where.append(("id", "in", sorted(ids)))
    if _never(request, shop):
        return None
    if not shop.strict:
        for name, condition in (("min_price", ">="), ("max_price", "<=")):
            amount = php.to_number(request.get(name))
            if amount is not None:
                where.append(("price", condition, min(max(amount, Decimal(-1)), Decimal(10**12))))
    return where


def _by_terms(request: RestRequest, shop: Shop) -> bool:
    """Do categories, tags and the like count? Whoever asks for one post by its link gets it on the real server."""
    return not (shop.strict and searched_slug(request))


def _linked(request: RestRequest, shop: Shop) -> set[int] | None:
    """Ids by category (with those below it) and by resource; None where neither was asked for."""
    found: set[int] | None = None
    asked = request.get("category")
    if asked and _by_terms(request, shop):
        wanted = set(asked) - {0}
        known = repository.categories.list_all()
        while True:
            more = {row.id for row in known if row.parent_id in wanted} - wanted
            if not more:
                break
            wanted |= more
        inside = catalog.category_services(sorted(wanted))
        found = {number for numbers in inside.values() for number in numbers}
    resources = request.get("resource")
    if resources:
        linked = {link.service_id for link in catalog.resource_links(resource_ids=resources)}
        found = linked if found is None else found & linked
    return found


def _never(request: RestRequest, shop: Shop) -> bool:
    """Filters by things that no product here has: brands, shipping classes, other types.

    An attribute is not among them: one that the shop does not know is no filter at all.
    """
    named = _by_terms(request, shop) and any(request.get(name) for name in ("brand", "shipping_class"))
    kinds = request.get("include_types")
    without = request.get("exclude_types") or ()
    return named or (bool(kinds) and "booking" not in kinds) or "booking" in without


def _tests(request: RestRequest, shop: Shop) -> list[Test]:
    """What only a look at the record can judge."""
    tests: list[Test] = []
    tests += _stock_tests(request, shop)
    skus = {sku.casefold() for sku in _skus(request)}
    if skus:
        tests.append(lambda one: one.sku.casefold() in skus)
    if request.get("tag") and _by_terms(request, shop):
        tags = set(request.get("tag"))
        tests.append(lambda one: any(tag["id"] in tags for tag in words.to_product_data(one)["tags"]))
    for name in ("featured", "downloadable", "virtual"):
        wanted = request.get(name)
        if wanted is not None and (name != "featured" or _by_terms(request, shop)):
            tests.append(lambda one, name=name, wanted=wanted: flag(words.to_product_data(one)[name]) == wanted)
    parents, without = request.get("parent"), request.get("parent_exclude")
    if parents:
        tests.append(lambda one: words.to_product_data(one)["parent_id"] in parents)
    if without:
        tests.append(lambda one: words.to_product_data(one)["parent_id"] not in without)
    exact = set(request.get("include_status") or [request.get("status") or "publish"])
    if exact & {"future", "draft", "auto-draft"} and "any" not in exact:
        tests.append(lambda one: words.to_status(one) in exact)
    hidden = set(request.get("exclude_status") or ())
    if hidden:
        tests.append(lambda one: words.to_status(one) not in hidden)
    if shop.strict:
        bounds = [request.get(name) for name in ("min_price", "max_price")]
        # PHP takes a bound of 0 for none.
        low, high = (None if bound in (None, "", "0") else php.floatval(bound) for bound in bounds)
        if low is not None:
            tests.append(lambda one: _stored_price(one) >= low)
        if high is not None:
            tests.append(lambda one: _stored_price(one) <= high)
    return tests


def _stock_tests(request: RestRequest, shop: Shop) -> list[Test]:
    """Filters by stock, sale and tax class."""
    tests: list[Test] = []
    stocked, on_sale = request.get("stock_status"), request.get("on_sale")
    if stocked:
        tests.append(lambda one: words.to_product_data(one)["stock_status"] == stocked)
    if on_sale is not None:
        tests.append(lambda one: words.is_on_sale(words.to_product_data(one), shop.zone, request.now) == on_sale)
    tax_class = request.get("tax_class")
    if tax_class and isinstance(tax_class, str):
        named = "" if tax_class == "standard" else tax_class
        tests.append(lambda one: words.to_product_data(one)["tax_class"] == named)
    return tests


def _skus(request: RestRequest) -> list[str]:
    """The numbers asked for; the text as a whole may be one of them."""
    text = php.to_text(request.get("sku") or "")
    parts = [part.strip() for part in text.split(",") if part.strip()][:100]
    return [*parts, text] if len(parts) > 1 else parts


def _stored_price(service: Service) -> Decimal:
    return php.to_number(words.to_product_data(service)["price"]) or Decimal(0)


def _sorted(request: RestRequest, found: Sequence[Service], by: str, way: str, shop: Shop) -> list[Service]:
    if by in ("include", "post__in"):
        place = {number: index for index, number in enumerate(request.get("include") or ())}
        return sorted(found, key=lambda one: place.get(one.id, len(place)))
    if by == "random":
        return random.sample(list(found), len(found))
    by = "popularity" if by == "sales" else by
    sold = {one.id: words.to_product_data(one)["total_sales"] for one in found} if by == "popularity" else {}
    if by in ("popularity", "rating"):
        # Best first, whichever way was asked for.
        way = "desc"
    keys: dict[str, Callable[[Service], Any]] = {
        "date": lambda one: (one.created_at, one.id),
        "modified": lambda one: (one.modified_at, one.id),
        "title": lambda one: (fold(one.name), one.id),
        "slug": lambda one: (one.slug, one.id),
        "menu_order": lambda one: (one.position, fold(one.name), one.id),
        "price": lambda one: (_stored_price(one) if shop.strict else one.price, one.id),
        "popularity": lambda one: (sold[one.id], one.id),
    }
    return sorted(found, key=keys.get(by, lambda one: one.id), reverse=way == "desc")
