"""Categories of products: list, create, update, delete (README.md, "Categories")."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from frontdesk import catalog, repository, site
from frontdesk.database import writing
from frontdesk.errors import Duplicate, NotFound
from frontdesk.records import Category
from frontdesk.texts import fold
from frontdesk.wordpress import php, sanitize
from plugins.wc_bookings.errors import Refused
from plugins.wc_bookings.translate import products
from plugins.wc_bookings.translate.product_fields import to_images
from plugins.wc_bookings.translate.values import NAME, stored_extras
from plugins.wc_bookings.usecases.context import Context

DEFAULT_SLUG = "uncategorized"
_MAX_DEPTH = 20
_MAX_ANCESTORS = 50


@dataclass(frozen=True, slots=True)
class CategoryProducts:
    """Ids of products by category: the published ones, those in the catalog, and those that can be booked."""

    published: Mapping[int, frozenset[int]]
    visible: Mapping[int, frozenset[int]]
    bookable: Mapping[int, frozenset[int]]
    children: Mapping[int, Sequence[int]]

    def visible_below(self, category_id: int, depth: int = 0) -> frozenset[int]:
        """Visible products of a category and of all categories below it."""
        product_ids = self.visible.get(category_id, frozenset())
        if depth < _MAX_DEPTH:
            for child_id in self.children.get(category_id, ()):
                product_ids |= self.visible_below(child_id, depth + 1)
        return product_ids


class CategoryView(NamedTuple):
    """A category and how many products it has."""

    category: Category
    product_count: int


class CategoryPage(NamedTuple):
    """One page of categories; ``total`` is what the vendor counts of the whole list."""

    views: list[CategoryView]
    total: int


def default_category() -> Category | None:
    """The category of products that name none."""
    return repository.categories.find(slug=DEFAULT_SLUG)


def all_categories() -> dict[int, Category]:
    """Every category by id."""
    return {category.id: category for category in repository.categories.list_all()}


# -- reading ----------------------------------------------------------------------------------------------------


def find(
    context: Context, params: Mapping[str, Any], categories: Mapping[int, Category], *, limit: int, offset: int
) -> CategoryPage:
    """One page of the categories that have something to book in them; ``categories`` are all there are."""
    members = _products(categories.values())
    matching = [
        category
        for category in categories.values()
        if members.bookable[category.id] and _matches(context, params, category, members)
    ]
    total = len(matching)
    if context.strict:
        # Version 2.2.5 counts products, not categories.
        total = sum(len(members.bookable[category.id]) for category in matching)
    page = _sorted(params, matching, members)[offset : offset + limit]
    return CategoryPage([CategoryView(row, len(members.visible_below(row.id))) for row in page], total)


def get(category_id: int, categories: Mapping[int, Category]) -> CategoryView | None:
    """The category with this id; None for one without anything to book."""
    category = categories.get(category_id)
    if category is None:
        return None
    members = _products(categories.values())
    return CategoryView(category, len(members.published[category_id])) if members.bookable[category_id] else None


def exists(category_id: int) -> bool:
    """Is there a category with this id?"""
    return category_id in repository.categories.get_many([category_id])


def _products(categories: Iterable[Category]) -> CategoryProducts:
    rows = list(categories)
    service_ids = catalog.category_services([row.id for row in rows])
    services = repository.services.get_many({service_id for ids in service_ids.values() for service_id in ids})
    others: dict[int, list[int]] = {}
    for other_id, other in site.extras(NAME).get("other_products", {}).items():
        if other.get("status", "publish") == "publish":
            for category_id in other.get("category_ids") or ():
                others.setdefault(category_id, []).append(int(other_id))
    published, visible, bookable = {}, {}, {}
    for row in rows:
        members = [services[service_id] for service_id in service_ids[row.id] if service_id in services]
        members = [service for service in members if products.to_status(service) == "publish"]
        other_ids = frozenset(others.get(row.id, ()))
        bookable[row.id] = frozenset(service.id for service in members)
        published[row.id] = bookable[row.id] | other_ids
        in_catalog = frozenset(
            service.id
            for service in members
            if products.to_product_data(service)["catalog_visibility"] in ("visible", "catalog")
        )
        visible[row.id] = in_catalog | other_ids
    children: dict[int, list[int]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row.id)
    return CategoryProducts(published, visible, bookable, children)


def _matches(context: Context, params: Mapping[str, Any], category: Category, members: CategoryProducts) -> bool:
    include, exclude, product_id = params.get("include"), params.get("exclude"), params.get("product")
    search = fold(php.to_text(params.get("search") or ""))
    slug = sanitize.slug(params["slug"]) if params.get("slug") else ""
    parent_id = params.get("parent")
    return (
        # A list of nothing but 0 is none.
        (not include or include == [0] or category.id in include)
        and (bool(include) or not exclude or category.id not in exclude)
        and (parent_id is None or category.parent_id == parent_id)
        and (not slug or category.slug == slug)
        and (not search or search in fold(category.name) or search in category.slug)
        # The real server finds nothing when asked for a product's categories.
        and (not product_id or (not context.strict and product_id in members.bookable[category.id]))
    )


def _sorted(params: Mapping[str, Any], categories: list[Category], members: CategoryProducts) -> list[Category]:
    order_by, descending, include = params.get("orderby"), params.get("order") == "desc", params.get("include")
    if order_by == "include" and include:
        rank = {category_id: index for index, category_id in enumerate(include)}
        return sorted(categories, key=lambda row: rank.get(row.id, len(rank)), reverse=descending)
    keys: dict[str, Callable[[Category], Any]] = {
        "id": lambda row: row.id,
        "name": lambda row: fold(row.name),
        "slug": lambda row: row.slug,
        "term_group": lambda row: 0,
        "description": lambda row: fold(row.description),
        "count": lambda row: len(members.published[row.id]),
    }
    return sorted(sorted(categories, key=keys["name"]), key=keys.get(str(order_by), keys["name"]), reverse=descending)


# -- writing ----------------------------------------------------------------------------------------------------


def create(context: Context, payload: Mapping[str, Any]) -> CategoryView:
    """Create a category.

    Raises:
        Refused: The name is empty or the parent does not exist.
        Duplicate: A sibling has the name or the slug.
    """
    with writing():
        values = {"parent_id": 0, **_values(context, payload, None)}
        categories = repository.categories.list_all()
        chosen_slug = sanitize.slug(payload.get("slug"))[:200]
        slug = chosen_slug or sanitize.slug(values["name"])[:200]
        _refuse_duplicate(categories, values["name"], slug, values["parent_id"], chosen=bool(chosen_slug))
        values["slug"] = _unique_slug(slug, values["parent_id"], categories, 0)
        category = repository.categories.create(now=context.clock(), origin=NAME, **values)
    return CategoryView(category, 0)


def update(context: Context, category_id: int, payload: Mapping[str, Any]) -> CategoryView:
    """Change what the payload names.

    Raises:
        NotFound: There is no such category.
        Refused: A value is not valid, or another category has the slug.
    """
    category = _stored(category_id)
    with writing():
        values = _values(context, payload, category)
        if payload.get("slug") is not None:
            values["slug"] = _changed_slug(payload, category, values)
        category = repository.categories.update(category_id, now=context.clock(), **values)
    members = _products(repository.categories.list_all())
    return CategoryView(category, len(members.published[category_id]))


def delete(context: Context, category_id: int, *, force: bool) -> CategoryView:
    """Delete a category for good; returns it as it was.

    Raises:
        NotFound: There is no such category.
        Refused: ``force`` is missing, or it is the default category.
    """
    category = _stored(category_id)
    if not force:
        raise Refused("category_trash")
    if category.slug == DEFAULT_SLUG:
        raise Refused("default_category")
    members = _products(repository.categories.list_all())
    catalog.delete_category(category_id, now=context.clock())
    return CategoryView(category, len(members.published[category_id]))


def _stored(category_id: int) -> Category:
    category = repository.categories.get_many([category_id]).get(category_id)
    if category is None:
        raise NotFound(kind="category", id=category_id)
    return category


def _values(context: Context, payload: Mapping[str, Any], category: Category | None) -> dict[str, Any]:
    extras = dict(stored_extras(category)) if category else {}
    values: dict[str, Any] = {}
    if payload.get("name") is not None or category is None:
        name = sanitize.text_field(sanitize.unslash(payload.get("name")))
        values["name"] = (sanitize.encode_ampersands(name) if context.strict else name)[:200]
        if not values["name"]:
            raise Refused("category_name")
    if payload.get("description") is not None:
        values["description"] = sanitize.inline(payload["description"], entities=context.strict)
    if payload.get("menu_order") is not None:
        values["position"] = max(-(2**31), min(2**31 - 1, php.intval(payload["menu_order"])))
    if payload.get("parent") is not None:
        # The items of a batch have not been cleaned.
        values["parent_id"] = _parent_id(php.intval(payload["parent"]), category)
    if payload.get("display") is not None:
        extras["display"] = sanitize.text_field(payload["display"])
    if payload.get("image") is not None:
        extras["image"] = next(iter(to_images([payload["image"]])), None)
    values["extras"] = {**(category.extras if category else {}), NAME: extras}
    return values


def _parent_id(parent_id: int, category: Category | None) -> int:
    """A parent that exists; 0 where the category would come to lie below itself."""
    categories = all_categories()
    if parent_id and parent_id not in categories:
        raise Refused("category_parent")
    ancestor_id, steps = parent_id, 0
    while category is not None and ancestor_id and steps < _MAX_ANCESTORS:
        if ancestor_id == category.id:
            return 0
        ancestor = categories.get(ancestor_id)
        ancestor_id, steps = ancestor.parent_id if ancestor else 0, steps + 1
    return parent_id


def _changed_slug(payload: Mapping[str, Any], category: Category, values: Mapping[str, Any]) -> str:
    """The slug for an update. One that is in use is changed, unless the client chose it for this very place."""
    chosen_slug = sanitize.slug(payload["slug"])[:200]
    slug = chosen_slug or sanitize.slug(values.get("name", category.name))[:200]
    categories = repository.categories.list_all()
    parent_id = values.get("parent_id", category.parent_id)
    in_use = any(other.slug == slug and other.id != category.id for other in categories)
    if in_use and chosen_slug and parent_id == category.parent_id:
        raise Refused("category_slug", slug=slug)
    return _unique_slug(slug, parent_id, categories, category.id)


def _refuse_duplicate(categories: Iterable[Category], name: str, slug: str, parent_id: int, *, chosen: bool) -> None:
    """Refuse a second sibling of one name, unless the client chose a slug (``chosen``) that no sibling has."""
    siblings = [category for category in categories if category.parent_id == parent_id]
    namesake = next((sibling for sibling in siblings if fold(sibling.name) == fold(name)), None)
    if namesake is None:
        return
    if (not chosen or namesake.slug == slug) and any(sibling.name == name for sibling in siblings):
        raise Duplicate(kind="category", field="name", value=name, id=namesake.id)
    same_slug = next((sibling for sibling in siblings if sibling.slug == slug), None)
    if same_slug is not None:
        raise Duplicate(kind="category", field="slug", value=slug, id=same_slug.id)


def _unique_slug(slug: str, parent_id: int, categories: Iterable[Category], category_id: int) -> str:
    """A slug that no other category has: with the slugs of the categories above it, then with a number."""
    by_id = {category.id: category for category in categories}
    used = {category.slug for category in by_id.values() if category.id != category_id}
    slug = slug or "category"
    if slug not in used:
        return slug
    for _ in range(_MAX_ANCESTORS):
        if parent_id not in by_id:
            break
        slug = f"{slug}-{by_id[parent_id].slug}"
        if slug not in used:
            break
        parent_id = by_id[parent_id].parent_id
    candidate, suffix = slug[:200], 2
    while candidate in used:
        candidate, suffix = f"{slug[:190]}-{suffix}", suffix + 1
    return candidate
